"""What a conference offers to take home: one mbox a month, and the page that lists them.

    /conferences/<id>/download/               the months there are
    /conferences/<id>/download/2026-10.mbox.gz

A month is offered when it has ended (UTC): then its file is a function of its posts alone, nobody
downloads a part of a month, and no post of today waits for it. A mail that counts into a month that
has ended (at most seven days back) makes its file anew, and so does an import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from solicomm_build.builder.conferences.lookup import moment
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.gzipped import gzipped
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.post.pages import Page
from solicomm_build.post.post import decode
from solicomm_build.post.store import mboxfile

VERSION = "3"
"""Part of every file's key: raise it when the files of the same posts become others."""


class Downloads:
    """Plans the downloads of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.env, self.section = around.env, around.section
        self._rows = around.rows
        self._today = around.today

    @property
    def url(self) -> str:
        """Where the list of months is."""
        return f"{self.facts.url}download/"

    def period(self) -> str:
        """The month that has not ended, `2026-11`."""
        return f"{self._today:%Y-%m}"

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The files of months whose posts changed."""
        yield from self.months(iter(sorted(touched.months)))

    def renewed(self) -> Iterator[Planned | str]:
        """A month has ended."""
        yield from self.everything()

    def ended(self) -> list[tuple[str, int]]:
        """(month, posts) of the months that can be had, the newest first."""
        now = self.period()
        return [(month, posts) for month, posts in self._rows.months() if month < now]

    def links(self, lang: str) -> Iterator[tuple[str, str]]:
        """The list of months, once there is one."""
        if self.ended():
            yield gettext(lang, "Download"), self.url

    def everything(self) -> Iterator[Planned | str]:
        """All files and the page."""
        yield from self.months(month for month, _ in self.ended())

    def months(self, changed: Iterator[str]) -> Iterator[Planned | str]:
        """The files of months that changed, and the page if one of them has ended."""
        ended, now = dict(self.ended()), self.period()
        old = [month for month in changed if month < now]
        for month in old:
            url = f"{self.url}{month}.mbox.gz"
            if month in ended:
                yield Planned(url, self.section, 0, partial(self._file, month, url))
            else:
                yield url
        if old:
            if ended:
                yield Planned(self.url, self.section, 1, self._page)
            else:
                yield self.url

    def _file(self, month: str, url: str) -> Page:
        rows = self._rows.month_posts(month)
        key = digest("mbox", VERSION, self.sources.config.url, self.facts.url, rows)

        def facts() -> Mapping[str, Any]:
            return {"octets": gzipped(b"".join(self._entries(rows)))}

        return Page(url, "octets", self.section, self.facts.lang, month, key, LazyFacts(facts))

    def _entries(self, rows: list[tuple[str, str, str, int]]) -> Iterator[bytes]:
        hub, reader = self.sources.config.url, self.sources.reader(self.repo)
        blobs = reader.blobs(Oid(blob) for _, _, blob, _ in rows)
        for (topic, mid, _, time), blob in zip(rows, blobs, strict=True):
            try:
                post = decode(blob)
            except SoliCommError:
                continue
            url = f"{hub}{self.facts.url}t/{topic}/#{mid}"
            yield mboxfile.entry(post, moment(time), url=url)

    def _page(self) -> Page:
        ended = self.ended()
        key = digest(self.env, "download", self.facts, ended)
        facts = {
            "conference": self.facts,
            "months": [
                {"url": f"{self.url}{month}.mbox.gz", "month": month, "posts": posts}
                for month, posts in ended
            ],
        }
        return Page(
            self.url,
            "download",
            self.section,
            self.facts.lang,
            self.facts.title,
            key,
            facts,
            indexed=self.facts.indexed,
        )
