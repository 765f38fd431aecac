"""The polls of a conference: a page with all of them, and one for each, in every language.

    /conferences/<id>/polls/            what is open, and what was decided
    /conferences/<id>/polls/<poll>/     question, rules, and the table when it may be shown

Each is a function of the poll's files (features/polls/values/pollfiles.py) and never of the clock:
a poll has ended when `close.yaml` is there. The desk writes that in time
(features/polls/polling.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from solicomm_build.builder.conferences.listed import Listed
from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.months import since
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.pollstore import running
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.reader import Reader
from solicomm_build.post.pages import Page

NAME = "polls"
"""Under which conferences have this part."""


class PollPages(Listed):
    """Plans the pages of a conference's polls."""

    folder, named, one = "polls", voteaddress.POLL_ID, "poll"
    _is_touched = False

    def everything(self) -> Iterator[Planned | str]:
        """All of them."""
        self._is_touched = True
        yield from super().everything()

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """Those that new commits touched, and the list."""
        self._is_touched = any(path.startswith("polls/") for path in touched.paths)
        yield from super().changed(touched)

    def period(self) -> str:
        """Which topics say that a poll is open about them; looked up when polls were touched."""
        if not self._is_touched:
            return since(self.sources, self.section, NAME)
        about = (f"{poll.id}:{poll.topic}" for polls in self._topical.values() for poll in polls)
        return " ".join(("open", *sorted(about)))

    def renewed_topics(self) -> Iterable[str]:
        """The topics about which another poll is open than before, or none any more."""
        before = since(self.sources, self.section, NAME)
        for one in sorted({*before.split()} ^ {*self.period().split()}):
            tid = one.partition(":")[2]
            yield from (tid, self._rows.leads_to(tid) or tid) if tid else ()

    def title(self, lang: str) -> str:
        """What the list is called."""
        return gettext(lang, "Votes")

    def read(self, reader: Reader, identifier: str) -> PollFiles | None:
        """A poll with its ballots."""
        return store.load(reader, identifier)

    def notices(self, lang: str) -> Iterable[tuple[str, str]]:
        """The polls that are open, each with its question."""
        reader = self.sources.reader(self.repo)
        for identifier, tree in self.trees.items():
            poll = running(reader, identifier, tree)
            if poll is not None:
                question = poll.asked(lang)[0]
                words = gettext(lang, "Open for your vote: %(question)s", question=question)
                yield words, self.at(f"{self.url}{identifier}/", lang)

    def about(self, tid: str, lang: str) -> Iterable[tuple[str, str]]:
        """The polls that are open about a topic, each with its question and its end."""
        for poll in self._topical.get(tid, ()):
            words = gettext(
                lang,
                "Open for your vote until %(end)s: %(question)s",
                end=i18n.format_datetime(lang, poll.closes),
                question=poll.asked(lang)[0],
            )
            spoken = lang if lang in self.languages else self.languages[0]
            yield words, self.at(f"{self.url}{poll.id}/", spoken)

    def topics(self, touched: Touched) -> Iterable[str]:
        """Those of the polls that were touched; where one is gone, any topic may have had it."""
        named = {path.split("/")[1] for path in touched.paths if path.startswith("polls/")}
        if named - self.trees.keys():
            yield from self._rows.addresses()
        for identifier in named & self.trees.keys():
            found = self._files(identifier)
            if found is not None and found.poll.topic:
                yield found.poll.topic
                yield self._rows.leads_to(found.poll.topic) or found.poll.topic

    @property
    def _rows(self) -> Lookup:
        return Lookup(self.sources.db, self.facts.id)

    @cached_property
    def _topical(self) -> Mapping[str, list[Poll]]:
        """The open polls about topics, by where the topic is read: asked once a build."""
        reader, found = self.sources.reader(self.repo), dict[str, list[Poll]]()
        for identifier, tree in self.trees.items():
            poll = running(reader, identifier, tree)
            if poll is not None and poll.topic:
                tid = self._rows.leads_to(poll.topic) or poll.topic
                found.setdefault(tid, []).append(poll)
        return found

    def single(self, identifier: str, tree: str, lang: str) -> Page:
        """Question, rules, and the table when it may be shown."""
        key = digest(self.env, "poll", lang, self.facts, tree)

        def facts() -> Mapping[str, Any]:
            return {
                "conference": self.facts,
                "id": identifier,
                "files": self.load(identifier),
                "list": self.at(self.url, lang),
            }

        title = self._question(identifier, lang) or identifier
        return self.page(self.one, f"{self.url}{identifier}/", lang, title, key, facts)

    def _question(self, identifier: str, lang: str) -> str:
        files = self._files(identifier)
        return files.poll.asked(lang)[0] if files else ""

    def _files(self, identifier: str) -> PollFiles | None:
        """A poll without its ballots."""
        try:
            return store.load(self.sources.reader(self.repo), identifier, ballots=False)
        except SoliCommError:
            return None
