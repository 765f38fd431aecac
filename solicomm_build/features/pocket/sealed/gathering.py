"""What of a conference for members goes into a package: its topics and posts, as the pages for
members show them. What is hidden there is hidden here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from solicomm_build.builder.contents import MEMBERS
from solicomm_build.builder.looking.inside import Inside
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.pages import PostFacts, TopicFacts
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


def inside(config: Config, name: str) -> Inside:
    """One conference for members, to be closed. Raises UsageError for what is none. Blocking."""
    look(config, (name,))
    return Inside(config, name, placesettings.conferences(config).now()[name])


def topics(of: Inside) -> list[TopicFacts]:
    """All of them, those with the newest posts first."""
    return of.rows.active_topics(_ALL)


def leaves(of: Inside, topic: TopicFacts) -> Iterator[Leaf]:
    """A topic's posts, in their order."""
    for page in of.thread(topic.tid):
        facts = page.facts
        places = facts["places"]
        yield Leaf(facts["topic"], tuple(facts["posts"]), places.name, places.number)
