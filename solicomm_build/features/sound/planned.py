"""The podcast of a conference: its newest recordings, as RSS.

    /conferences/<id>/podcast.xml     only where there is a recording

A function of the posts and their files, never of the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from solicomm_build.builder.conferences.heard import heard
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.sound.rss import Episode, feed
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import MAIN
from solicomm_build.post import sounds
from solicomm_build.post.pages import Page
from solicomm_build.post.post import attachment_path, small_path
from solicomm_build.post.reading.topicpages import page_url

VERSION = "1"
"""Part of the key: raise it when the feed of the same posts becomes another."""
EPISODES = 50

_Found = tuple[str, str, str, str, int, str, str, str, Oid, Oid | None]
"""topic, mid, name of the author, title, time; SHA-256, name and type of the file, its blob and
that of its small copy."""


class Podcast:
    """Plans the feed of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._sources, self._repo, self._facts = around.sources, around.repo, around.facts
        self.url = f"{around.facts.url}podcast.xml"

    def period(self) -> str:
        """It does not depend on the calendar."""
        return ""

    def renewed(self) -> Iterator[Planned | str]:
        """So nothing is renewed."""
        yield from ()

    def everything(self) -> Iterator[Planned | str]:
        """The feed, if there is a recording."""
        found = tuple(islice(self._found(), EPISODES))
        if found:
            yield Planned(self.url, self._around.section, 0, partial(self._feed, found))
        else:
            yield self.url

    def links(self, lang: str) -> Iterator[tuple[str, str]]:
        """The feed, for programs that take podcasts."""
        if next(self._found(), None) is not None:
            yield gettext(lang, "Podcast"), self.url

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The feed, when posts or files came or went."""
        if touched.tids:
            yield from self.everything()

    def _found(self) -> Iterator[_Found]:
        """The newest recordings that are here, the newest first."""
        rows = self._around.rows.spoken(EPISODES)
        if not rows:
            return
        reader, texts = self._sources.reader(self._repo), self._sources.texts(self._repo)
        for topic, mid, blob, time, name, title in rows:
            for sha256, file, kind, _ in texts.many([blob])[blob].attachments:
                oid = reader.oid_at(MAIN, attachment_path(sha256))
                if oid is not None and sounds.is_sound(file, kind):
                    small = reader.oid_at(MAIN, small_path(sha256))
                    yield topic, mid, name, title, time, sha256, file, kind, oid, small

    def _feed(self, found: tuple[_Found, ...]) -> Page:
        about, hub = self._facts, self._sources.config.url
        pages = [self._page_of(topic, mid) for topic, mid, *_ in found]
        key = digest("podcast", VERSION, self._around.env, about, hub, found, pages)

        def facts() -> Mapping[str, Any]:
            episodes = [*map(self._episode, found, pages)]
            return {"octets": feed(about, f"{hub}{self.url}", hub, episodes)}

        section = self._around.section
        return Page(self.url, "octets", section, about.lang, about.title, key, LazyFacts(facts))

    def _episode(self, row: _Found, page: str) -> Episode:
        topic, mid, name, title, time, sha256, file, kind, oid, _ = row
        reader, hub = self._sources.reader(self._repo), self._sources.config.url
        url = sounds.address(self._facts.url, sha256, file)
        played = heard(reader, sha256, file, oid, url)
        where, type_, blob = url, sounds.played_type(file) or kind, oid
        if played is not None and played.small and played.oid:
            where, type_, blob = played.small, sounds.SMALL_TYPE, Oid(played.oid)
        return Episode(
            title=title,
            author=name,
            page=f"{hub}{self._facts.url}t/{topic}/{page}#{mid}",
            time=time,
            sound=f"{hub}{where}",
            kind=type_,
            octets=reader.size(blob),
            length=played.length if played else "",
            file=file,
        )

    def _page_of(self, topic: str, mid: str) -> str:
        """`page/2/` where a long topic goes on."""
        return page_url("", self._around.rows.pages(topic).get(mid, 1))
