"""One conference as its pages show it: what is hidden, masked, moved or split there is so here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from solicomm_build.builder import tree
from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.contents import MEMBERS, conference_facts
from solicomm_build.builder.looking.looking import Looking
from solicomm_build.builder.sources import Planned
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import Closing
from solicomm_build.foundation.types import Oid
from solicomm_build.post.conference import Conference
from solicomm_build.post.pages import ConferenceFacts, Page, Place


class Inside(Closing):
    """A conference, by its id and its settings, in the tree of pages that it belongs to: that of
    members where it is for members. Close it. Whatever reads the state raises StoreError where no
    pages were made. Blocking; for one thread."""

    def __init__(self, config: Config, conference: str, settings: Conference) -> None:
        self.config, self.id, self.settings = config, conference, settings
        self.is_closed = settings.visibility == MEMBERS
        self.about: ConferenceFacts = conference_facts(config, conference, settings)
        self.repo: Path = config.conference_repo(conference)
        of = tree.members if self.is_closed else tree.public
        self.sources = Looking(config, of(config))

    def close(self) -> None:
        """Ends the look."""
        self.sources.close()

    @property
    def rows(self) -> Lookup:
        """Its rows."""
        return Lookup(self.sources.db, self.id)

    def hub(self, hub: str) -> Place | None:
        """What another hub is called, where that is said."""
        del hub
        return None

    @cached_property
    def _topics(self) -> TopicPages:
        return TopicPages(self.sources, self.repo, self.about, "", hub=self.hub)

    def thread(self, tid: str) -> Iterator[Page]:
        """The pages of a topic, in order; none where nothing is read there."""
        for planned in self._topics.stored_thread(tid):
            page = planned.make() if isinstance(planned, Planned) else None
            if page is not None and page.kind == "topic":
                yield page

    def blob(self, oid: str) -> bytes:
        """A file of the conference."""
        return self.sources.reader(self.repo).blob(Oid(oid))
