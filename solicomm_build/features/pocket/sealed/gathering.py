"""What of a conference for members goes into a package: its topics and posts, as the pages for
members show them. What is hidden there is hidden here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from solicomm_build.builder import tree
from solicomm_build.builder.conferences.looking import Looking
from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.contents import MEMBERS, conference_facts
from solicomm_build.builder.sources import Planned
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.pages import ConferenceFacts, PostFacts, TopicFacts
from solicomm_build.post.store import placesettings

_ALL = -1  # no limit, as SQLite says it


@dataclass(frozen=True, slots=True)
class Leaf:
    """Some posts of a topic, as many as its pages show at once; `names` are who wrote each post of
    the topic, and `numbers` the places of these, by mid."""

    topic: TopicFacts
    posts: tuple[PostFacts, ...]
    names: Mapping[str, str]
    numbers: Mapping[str, int]


def look(config: Config, names: tuple[str, ...]) -> None:
    """Raises UsageError for the first that is no conference for members. Blocking."""
    known = placesettings.conferences(config).now()
    for name in names:
        found = known.get(name)
        if found is None:
            raise UsageError(
                f"conferences/{name} is not there. Its name is the last part of its address"
            )
        if found.visibility in placesettings.PUBLIC:
            raise UsageError(
                f"conferences/{name} is for everybody to read, so nothing of it is sealed. Leave "
                f"--members {name} out; --conference {name} takes it along as it is"
            )
        if found.visibility != MEMBERS:
            raise UsageError(
                f"conferences/{name} is {found.visibility}: the hub has no pages of it that could "
                "be sealed. Only what is for members comes along"
            )


class Inside:
    """One conference for members. Close it. Raises UsageError for what is none, StoreError where
    no pages were made. Blocking."""

    def __init__(self, config: Config, name: str) -> None:
        look(config, (name,))
        settings = placesettings.conferences(config).now()[name]
        self.config = config
        self.about: ConferenceFacts = conference_facts(config, name, settings)
        self._sources = Looking(config, tree.members(config))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sources.close()

    def topics(self) -> list[TopicFacts]:
        """All of them, those with the newest posts first."""
        return Lookup(self._sources.db, self.about.id).active_topics(_ALL)

    def leaves(self, topic: TopicFacts) -> Iterator[Leaf]:
        """A topic's posts, in their order."""
        repo = self.config.conference_repo(self.about.id)
        pages = TopicPages(self._sources, repo, self.about, "")
        for planned in pages.stored_thread(topic.tid):
            page = planned.make() if isinstance(planned, Planned) else None
            if page is not None and page.kind == "topic":
                facts = page.facts
                places = facts["places"]
                yield Leaf(facts["topic"], tuple(facts["posts"]), places.name, places.number)
