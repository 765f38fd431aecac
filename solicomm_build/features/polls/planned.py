"""The polls of a conference: a page with all of them, and one for each, in every language.

    /conferences/<id>/polls/            what is open, and what was decided
    /conferences/<id>/polls/<poll>/     question, rules, and the table when it may be shown

Each is a function of the poll's files (features/polls/values/pollfiles.py) and never of the clock:
a poll has ended when `close.yaml` is there. The desk writes that in time
(features/polls/polling.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from solicomm_build.builder.conferences.listed import Listed
from solicomm_build.builder.sources import digest
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.pollstore import running
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.reader import Reader
from solicomm_build.post.pages import Page


class PollPages(Listed):
    """Plans the pages of a conference's polls."""

    folder, named, one = "polls", voteaddress.POLL_ID, "poll"

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
        try:
            files = store.load(self.sources.reader(self.repo), identifier, ballots=False)
        except SoliCommError:
            return ""
        return files.poll.asked(lang)[0] if files else ""
