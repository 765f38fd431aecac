"""The labels that moderators give to topics: an overview, and the topics of each.

    /conferences/<id>/labels/                     all labels, with how many topics have each
    /conferences/<id>/labels/<label>/             its topics, the newest first, fifty at most
    /conferences/<id>/labels/<label>/page/<n>/    all of them, from the oldest; a full page stays

These pages say when a topic began and who began it, so a post changes none of them. What changes
them are label events, titles, and topics that come and go: things that touch a topic's heading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from solicomm_build.builder.conferences import leftover
from solicomm_build.builder.conferences.lookup import TOPICS_A_PAGE
from solicomm_build.builder.conferences.topics import label_slug
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Page, TopicFacts


class Labels:
    """Plans the label pages of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self._facts, self._env, self._section = around.facts, around.env, around.section
        self._rows, self._db = around.rows, around.sources.db
        self._url = f"{around.facts.url}labels/"

    def period(self) -> str:
        """Labels know no calendar."""
        return ""

    def renewed(self) -> Iterator[Planned | str]:
        """Nothing."""
        yield from ()

    def links(self, lang: str) -> Iterable[tuple[str, str]]:
        """The overview, once there is a label."""
        if self._rows.has_labels():
            yield gettext(lang, "Labels"), self._url

    def everything(self) -> Iterator[Planned | str]:
        """All of them."""
        found = self._shown()
        if not found:
            yield self._url
            return
        yield Planned(self._url, self._section, 1, self._overview)
        for label, count in found.values():
            yield from self._label(label, count)

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The overview, and the pages of labels whose topics read otherwise."""
        if not touched.labels:
            return
        if self._rows.has_labels():
            yield Planned(self._url, self._section, 1, self._overview)
        else:
            yield self._url
        found = self._shown()
        for label in sorted(touched.labels):
            yield from self._label(*found.get(label_slug(label), (label, 0)))

    def _shown(self) -> dict[str, tuple[str, int]]:
        """The label that is shown at each address, with how many topics have it."""
        return {label_slug(label): (label, count) for label, _, count in self._rows.labels()}

    def _overview(self) -> Page:
        labels = [
            {"label": name, "url": f"{self._url}{label_slug(name)}/", "count": count}
            for _, name, count in self._rows.labels()
        ]
        title = gettext(self._facts.lang, "Labels")
        key = digest(self._env, "labels", labels, title)
        facts = {"conference": self._facts, "labels": labels, "title": title}
        return Page(
            self._url,
            "labels",
            self._section,
            self._facts.lang,
            title,
            key,
            facts,
            indexed=self._facts.indexed,
        )

    def _label(self, label: str, count: int) -> Iterator[Planned | str]:
        url = f"{self._url}{label_slug(label)}/"
        if count:
            yield Planned(url, self._section, 1, partial(self._newest, label, url))
        else:
            yield url
        last = (count - 1) // TOPICS_A_PAGE + 1 if count > TOPICS_A_PAGE else 0
        for number in range(1, last + 1):
            address = f"{url}page/{number}/"
            yield Planned(
                address, self._section, 1, partial(self._numbered, label, number, last, url)
            )
        yield from leftover.pages(self._db, url, last)

    def _newest(self, label: str, url: str) -> Page:
        count = self._rows.count_labelled(label)
        rows = self._rows.labelled(label, max(0, count - TOPICS_A_PAGE), TOPICS_A_PAGE)
        last = (count - 1) // TOPICS_A_PAGE + 1
        pager = {"number": 0, "prev": f"{url}page/{last}/" if last > 1 else None, "next": None}
        return self._page(label, url, rows[::-1], pager, count)

    def _numbered(self, label: str, number: int, last: int, url: str) -> Page:
        rows = self._rows.labelled(label, (number - 1) * TOPICS_A_PAGE, TOPICS_A_PAGE)
        pager = {
            "number": number,
            "prev": f"{url}page/{number - 1}/" if number > 1 else None,
            "next": f"{url}page/{number + 1}/" if number < last else None,
        }
        return self._page(label, f"{url}page/{number}/", rows, pager, 0)

    def _page(
        self, label: str, url: str, rows: list[TopicFacts], pager: Mapping[str, object], count: int
    ) -> Page:
        name = self._rows.label_name(label)
        lines = [(t.tid, t.title, t.starter, t.started) for t in rows]
        key = digest(self._env, "label", name, lines, pager, count)
        facts = {
            "conference": self._facts,
            "label": name,
            "rows": rows,
            "pager": pager,
            "count": count,
            "own": self._url,
        }
        return Page(
            url,
            "label",
            self._section,
            self._facts.lang,
            f"{name} – {self._facts.title}",
            key,
            facts,
            indexed=self._facts.indexed and count > 0,
        )
