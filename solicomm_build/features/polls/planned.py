"""The polls of a conference: a page with all of them, and one for each, in every language.

    /conferences/<id>/polls/            what is open, and what was decided
    /conferences/<id>/polls/<poll>/     question, rules, and the table when it may be shown

Each is a function of the poll's files (features/polls/values/pollfiles.py) and never of the clock:
a poll has ended when `close.yaml` is there. The desk writes that in time
(features/polls/polling.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import LazyFacts, Planned, digest
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.pollstore import running
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.repo import MAIN
from solicomm_build.post.pages import Page


class PollPages:
    """Plans the pages of a conference's polls: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self.sources, self.repo, self.facts = around.sources, around.repo, around.facts
        self.languages, self.env, self.section = around.languages, around.env, around.section

    @property
    def url(self) -> str:
        """Where the polls are listed."""
        return f"{self.facts.url}polls/"

    def period(self) -> str:
        """Pages of polls depend on no calendar."""
        return ""

    def renewed(self) -> Iterator[Planned | str]:
        """Nothing."""
        return iter(())

    def links(self, lang: str) -> Iterable[tuple[str, str]]:
        """The list, once there is a poll."""
        if self._trees:
            yield gettext(lang, "Votes"), self._at(self.url, lang)

    def notices(self, lang: str) -> Iterable[tuple[str, str]]:
        """The polls that are open, each with its question."""
        reader = self.sources.reader(self.repo)
        for identifier, tree in self._trees.items():
            poll = running(reader, identifier, tree)
            if poll is not None:
                question = poll.asked(lang)[0]
                words = gettext(lang, "Open for your vote: %(question)s", question=question)
                yield words, self._at(f"{self.url}{identifier}/", lang)

    def everything(self) -> Iterator[Planned | str]:
        """All of them."""
        yield from self._pages(self._trees)

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The polls that new commits touched, and the list."""
        named = {path.split("/")[1] for path in touched.paths if path.startswith("polls/")}
        trees = self._trees
        for identifier in sorted(named - trees.keys()):
            if voteaddress.POLL_ID.fullmatch(identifier):
                for lang in self.languages:
                    yield self._at(f"{self.url}{identifier}/", lang)
        if named:
            yield from self._pages({one: trees[one] for one in sorted(named & trees.keys())})

    def _pages(self, trees: Mapping[str, str]) -> Iterator[Planned | str]:
        for lang in self.languages:
            for identifier, tree in trees.items():
                url = self._at(f"{self.url}{identifier}/", lang)
                make = partial(self._page, identifier, tree, lang, url)
                yield Planned(url, self.section, 0, make)
            if self._trees:
                url = self._at(self.url, lang)
                yield Planned(url, self.section, 1, partial(self._list, lang, url))
            else:
                yield self._at(self.url, lang)

    @cached_property
    def _trees(self) -> dict[str, str]:
        """The polls there are, by id, with the object ids of their folders: asked once a build."""
        entries = self.sources.reader(self.repo).tree(MAIN, "polls")
        return {
            item.path: str(item.oid) for item in entries if voteaddress.POLL_ID.fullmatch(item.path)
        }

    def _load(self, identifier: str, *, ballots: bool = True) -> PollFiles | None:
        reader = self.sources.reader(self.repo)
        try:
            return store.load(reader, identifier, ballots=ballots)
        except SoliCommError:
            return None

    def _page(self, identifier: str, tree: str, lang: str, url: str) -> Page:
        key = digest(self.env, "poll", lang, self.facts, tree)
        poll = self._load(identifier, ballots=False)
        title = poll.poll.asked(lang)[0] if poll else identifier

        def facts() -> Mapping[str, Any]:
            return {
                "conference": self.facts,
                "id": identifier,
                "files": self._load(identifier),
                "list": self._at(self.url, lang),
            }

        return Page(
            url,
            "poll",
            self.section,
            lang,
            title,
            key,
            LazyFacts(facts),
            alternates=self._alternates(f"{self.url}{identifier}/"),
            indexed=self.facts.indexed,
        )

    def _list(self, lang: str, url: str) -> Page:
        trees = self._trees
        key = digest(self.env, "polls", lang, self.facts, trees)

        def facts() -> Mapping[str, Any]:
            found = ((one, self._load(one)) for one in trees)
            return {
                "conference": self.facts,
                "polls": [
                    (self._at(f"{self.url}{one}/", lang), files) for one, files in found if files
                ],
            }

        title = gettext(lang, "Votes")
        return Page(
            url,
            "polls",
            self.section,
            lang,
            title,
            key,
            LazyFacts(facts),
            alternates=self._alternates(self.url),
            indexed=self.facts.indexed,
        )

    def _at(self, url: str, lang: str) -> str:
        """The address of a page's version in `lang`; the first language has no prefix."""
        return url if lang == self.languages[0] else f"/{lang}{url}"

    def _alternates(self, url: str) -> tuple[tuple[str, str], ...]:
        return tuple((lang, self._at(url, lang)) for lang in self.languages)
