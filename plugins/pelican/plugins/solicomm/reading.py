"""What helps to keep up with a conference, for Pelican: its weeks, and its health."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pelican.plugins.solicomm.generator import Presenter

from solicomm_build.features.health.health import Month, Started
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page
from solicomm_build.post.presenters import conference

_DRAWN = 2
"""Months that say more as a drawing than as numbers."""


def week(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """What a week brought, topic by topic."""
    nothing = gettext(page.lang, "(no subject)")
    rows = [{**row, "title": row["title"] or nothing} for row in page.facts["rows"]]
    months = [
        {"url": url, "month": datetime.fromisoformat(f"{month}-01T00:00:00+00:00")}
        for url, month in page.facts["months"]
    ]
    about = conference(page.facts["conference"])
    return {**page.facts, "conference": about, "rows": rows, "months": months}


def health(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """How a conference is doing: lists, drawings, and the table with their numbers."""
    facts, lang = page.facts, page.lang
    about: ConferenceFacts = facts["conference"]
    rtl = i18n.direction(lang) == "rtl"
    target = facts["target"] * 3600
    months: list[tuple[datetime, Month]] = facts["months"]
    medians = [(start, month.median) for start, month in months]
    people = [(start, month.people) for start, month in months]
    return {
        "conference": conference(about),
        "called_in": page.facts["called_in"],
        "front": about.url if lang == about.lang else f"/{lang}{about.url}",
        "day": facts["day"],
        "answers": facts["answers"],
        "waiting": [_waiting(topic, about, hub, lang) for topic in facts["waiting"]],
        "waits": facts["waits"],
        "target": span(lang, target),
        "enough": len(months) >= _DRAWN,
        "chart_answers": chart(medians, rtl=rtl, line=target, label=lambda s: str(round(s / 3600))),
        "says_answers": _says(lang, [(at, span(lang, value)) for at, value in medians if value]),
        "chart_people": chart(people, rtl=rtl, label=lambda count: i18n.format_number(lang, count)),
        "says_people": _says(
            lang, [(at, i18n.format_number(lang, value)) for at, value in people if value]
        ),
        "rows": [_month(lang, start, month) for start, month in reversed(months)],
        "moderated": any(month.decided is not None for _, month in months),
        "languages": [{"lang": tag, "posts": posts} for tag, posts in facts["languages"]],
    }


def _waiting(topic: Started, about: ConferenceFacts, hub: HubFacts, lang: str) -> dict[str, Any]:
    local, _, _ = about.address.partition("@")
    bare = topic.title or gettext(lang, "(no subject)")
    subject = bare if bare.lower().startswith("re:") else f"Re: {bare}"
    return {
        "tid": topic.tid,
        "url": f"{about.url}t/{topic.tid}/",
        "title": bare,
        "starter": topic.starter,
        "started": datetime.fromtimestamp(topic.started, UTC),
        "lang": topic.lang,
        "reply": f"mailto:{quote(local)}+t-{topic.tid}@{hub.domain}"
        f"?subject={quote(subject, safe='')}",
    }


def _month(lang: str, start: datetime, month: Month) -> dict[str, Any]:
    told = {
        name: "–" if seconds is None else span(lang, seconds)
        for name, seconds in (
            ("median", month.median),
            ("ninth", month.ninth),
            ("decided", month.decided),
        )
    }
    numbers = {
        name: i18n.format_number(lang, value) if value else "–"
        for name, value in asdict(month).items()
        if name in ("posts", "people", "topics", "answered", "in_time")
    }
    return numbers | told | {"month": start}


def span(lang: str, seconds: int) -> str:
    """A length of time in words: minutes, hours or days, whichever says enough."""
    minutes, hours, days = (max(1, round(seconds / size)) for size in (60, 3600, 86_400))
    if minutes < 90:
        return ngettext(lang, "%(num)s minute", "%(num)s minutes", minutes)
    if hours < 72:
        return ngettext(lang, "%(num)s hour", "%(num)s hours", hours)
    return ngettext(lang, "%(num)s day", "%(num)s days", days)


def _says(lang: str, values: list[tuple[datetime, str]]) -> str:
    """A drawing in words: its newest values."""
    told = [f"{i18n.format_date(lang, at, 'monthyear')}: {value}" for at, value in values[-3:]]
    return "; ".join(told) or gettext(lang, "There is nothing to show yet.")


def chart(
    values: Sequence[tuple[datetime, int | None]],
    *,
    rtl: bool,
    label: Callable[[int], str],
    line: int | None = None,
) -> dict[str, Any]:
    """Bars of up to twelve months in a field of 360 by 120; time runs as the page's language does.
    With a `line` bars are cut at three times its value, so that one slow month does not flatten the
    others."""
    shown = [value or 0 for _, value in values]
    top = max(1, *shown) if line is None else min(max(line * 1.2, *shown), line * 3.0)
    bars = []
    for place, ((start, value), high) in enumerate(zip(values, shown, strict=True)):
        height = round(min(1.0, high / top) * 84)
        bars.append(
            {
                "x": (len(values) - 1 - place if rtl else place) * 30 + 4,
                "y": 104 - height,
                "height": height,
                "month": start.month,
                "label": label(value) if value else "",
            }
        )
    return {"bars": bars, "line": None if line is None else round(104 - line / top * 84)}


PRESENTERS: Mapping[str, Presenter] = {"week": week, "health": health}
