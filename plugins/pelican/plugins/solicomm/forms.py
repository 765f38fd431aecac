"""Forms, for Pelican: the page to fill one in, and the page of what all answers show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from pelican.plugins.solicomm.generator import Presenter

from solicomm_build.features.forms.values import formhtml, formtable, formvalues, isic
from solicomm_build.features.forms.values.form import Field, Form
from solicomm_build.features.forms.values.formtable import Median, Report, Table
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext, pgettext
from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page

MOST_SHOWN = 100
"""Reports that the page lists; the files have all."""
_MOST_COUNTED = 20
_WIDE, _BAR, _GAP = 100, 8, 4


def filled_in(page: Page, hub: HubFacts) -> Mapping[str, Any]:
    """What the form is for, how it is sent by mail, and the form itself."""
    lang, form = page.lang, page.facts["form"]
    about: ConferenceFacts = page.facts["conference"]
    mail = f"{about.id}-form@{hub.domain}"
    subject = quote(f"{form.id} {lang}")
    by_mail = gettext(
        lang,
        "Send an empty mail to this address. The form comes back to you as a text; you answer it "
        "and can attach documents.",
    )
    asked = gettext(
        lang, "We write to this address and ask whether you sent it. Only then is it published."
    )
    public = gettext(
        lang,
        "What you write is published with your name. Lines that say so are not public: only the "
        "moderators see them.",
    )
    if page.facts["is_elsewhere"]:
        public += " " + gettext(
            lang, "The conference has its home at another hub, which gets these lines, too."
        )
    return {
        "conference": asdict(about) | {"feed": about.feed},
        "description": form.description_in(lang),
        "mail": mail,
        "mailto": f"mailto:{quote(mail, safe='@')}?subject={subject}",
        "table": page.facts["table"],
        "action": page.facts["action"],
        "is_open": page.facts["is_open"],
        "fields": Markup(formhtml.fields_html(form, lang, {})),  # noqa: S704 - escaped there
        "words": {
            "by_mail": gettext(lang, "By mail"),
            "how": by_mail,
            "here": gettext(lang, "On this page"),
            "asked": asked,
            "public": public,
            "address": gettext(lang, "Your e-mail address"),
            "name": gettext(lang, "Your name"),
            "needed": gettext(lang, "needed"),
            "send": gettext(lang, "Send"),
            "results": gettext(lang, "All reports, and what they show together"),
        },
    }


def table(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The newest reports, counts and medians."""
    lang, found, form = page.lang, page.facts["table"], page.facts["form"]
    about: ConferenceFacts = page.facts["conference"]
    names = _names(found)
    fields = [one for one in formtable.columns(form) if one.type not in ("longtext", "library")]
    newest = list(reversed(found.reports[-MOST_SHOWN:]))
    count = len(found.reports)
    told = ngettext(lang, "%(num)s report", "%(num)s reports", count)
    shown = ""
    if count > len(newest):
        shown = gettext(
            lang, "The newest %(most)s are shown here; the files have all.", most=str(MOST_SHOWN)
        )
    return {
        "conference": asdict(about) | {"feed": about.feed},
        "form_url": page.facts["form_url"],
        "told": told,
        "shown": shown,
        "heads": [
            {"label": one.label_in(lang), "number": one.type in formtable.NUMBERS} for one in fields
        ],
        "rows": [_row(one, fields, lang, names, page.facts["base"]) for one in newest],
        "years": _bars(list(found.years)),
        "counts": _counted(found, lang, names),
        "medians": _medians(found, lang),
        "files": [(url.rpartition(".")[2].upper(), url) for url in page.facts["files"]],
        "words": {
            "table": gettext(lang, "Reports"),
            "number": pgettext(lang, "a form filled in", "Report"),
            "sent": gettext(lang, "Sent"),
            "fill": gettext(lang, "Send a report"),
            "none": gettext(lang, "There is no report yet."),
            "years": gettext(lang, "Reports by year"),
            "year": gettext(lang, "Year"),
            "how_many": gettext(lang, "How many"),
            "medians": gettext(lang, "Medians"),
            "what": gettext(lang, "What"),
            "median": gettext(lang, "Median"),
            "answers": gettext(lang, "Answers"),
            "middle": gettext(lang, "Half of the reports say this or less, half this or more."),
            "files": gettext(lang, "All reports as files"),
            "sort": gettext(lang, "Press a column’s heading to sort by it."),
        },
    }


def _names(found: Table) -> dict[str, str]:
    """What unions are called, as the newest report that names one says."""
    names: dict[str, str] = {}
    for report in found.reports:
        names |= report.names
    return names


def _shown(one: Field, value: str, lang: str, names: Mapping[str, str]) -> str:
    if one.type == "registry":
        return names.get(value, value)
    if one.type == "isic4":
        return isic.shown(value, lang)
    return formvalues.shown(one, value, lang, {})


def _row(
    report: Report, fields: list[Field], lang: str, names: Mapping[str, str], base: str
) -> dict[str, Any]:
    cells = []
    for one in fields:
        value = report.values.get(one.key, "")
        if isinstance(value, list):
            rows = [
                "; ".join(
                    _shown(part, row[part.key], lang, names) for part in one.of if part.key in row
                )
                for row in value
            ]
            cells.append({"lines": rows, "sort": rows[0] if rows else ""})
        else:
            text = _shown(one, value, lang, names) if value else ""
            sort = value.partition(" ")[0] if one.type in (*formtable.NUMBERS, "money") else text
            cells.append({"lines": [text] if text else [], "sort": sort})
    url = report.url.removeprefix(base)
    return {"number": report.number, "url": url, "day": report.day, "cells": cells}


def _bars(pairs: list[tuple[str, int]]) -> list[dict[str, Any]]:
    most = max((count for _, count in pairs), default=1)
    return [
        {"label": label, "count": count, "percent": round(100 * count / most, 1)}
        for label, count in pairs
    ]


def _counted(found: Table, lang: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """A table for each field that is counted; the rest of a long one goes into the files."""
    shown = []
    for key, pairs in found.counts.items():
        one = found.form.get(key)
        if one is None or not pairs:
            continue
        bars = _bars([(_shown(one, word, lang, names), n) for word, n in pairs[:_MOST_COUNTED]])
        title = gettext(lang, "By “%(label)s”", label=one.label_in(lang))
        shown.append({"key": key, "label": one.label_in(lang), "title": title, "bars": bars})
    return shown


def _medians(found: Table, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "label": _median_label(found.form, one, lang),
            "middle": i18n.format_number(lang, round(one.middle, 2)),
            "count": one.count,
        }
        for one in found.medians
    ]


def _median_label(form: Form, one: Median, lang: str) -> str:
    owner = form.get(one.key)
    if owner is None:
        return one.key
    parts = [owner.label_in(lang)]
    parts += [part.label_in(lang) for part in owner.of if part.key == one.part]
    return " · ".join([*parts, *([one.group] if one.group else [])])


PRESENTERS: Mapping[str, Presenter] = {"form": filled_in, "form_table": table}
"""By the kind of the page."""
