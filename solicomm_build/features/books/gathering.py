"""What a book is made of: topics with their posts, as the pages show them.

They are read as the builder shows them (builder/looking/inside.py). Of a conference for members a
book is made for a member who asks, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from solicomm_build.builder import hooks
from solicomm_build.builder.conferences.topics import label_slug
from solicomm_build.builder.contents import MEMBERS
from solicomm_build.builder.looking.inside import Inside
from solicomm_build.builder.parts import Placing, Surroundings
from solicomm_build.builder.sources import digest
from solicomm_build.features.books.wanted import COURSE, LABEL, MONTH, TOPIC, Wanted
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.books.gathered import Stretch
from solicomm_build.post.conference import Conference
from solicomm_build.post.pages import ConferenceFacts, Place, PostFacts, TopicFacts
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.placesettings import PUBLIC, PlaceSettings

MOST_POSTS = 5_000
"""Posts in one book: a year of a busy conference is several."""
VERSION = "1"
"""Part of every key: raise it when the same posts become another book."""

_MARK = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A topic, or what stands in its place: `names` are who wrote each of its posts and `numbers`
    the places of these, by mid; `posts` are those that belong to the book."""

    stretch: Stretch
    topic: TopicFacts | None = None
    posts: tuple[PostFacts, ...] = ()
    names: Mapping[str, str] | None = None
    numbers: Mapping[str, int] | None = None
    mids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """All of it: `key` is another text whenever the book may be another; `last` is when the newest
    post was written."""

    wanted: Wanted
    title: str
    about: ConferenceFacts
    parts: tuple[Part, ...]
    key: str

    @property
    def posts(self) -> int:
        """How many posts are in it."""
        return sum(len(part.posts) for part in self.parts)

    @property
    def dates(self) -> list[datetime]:
        """When its posts were written, in order."""
        return sorted(post.date for part in self.parts for post in part.posts)

    @property
    def last(self) -> datetime:
        """When the newest post was written; the beginning of time where there is none."""
        return max(self.dates, default=datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label: as addresses have it and as it is written, with how many topics have it, and how
    many posts these have."""

    slug: str
    label: str
    topics: int
    posts: int


def _for_members(found: Conference | None) -> str:
    """What else a fault says of a conference for members."""
    if found is None or found.visibility != MEMBERS:
        return ""
    return (
        ". Of one for members, members take books themselves: beside its pages, signed in, or by "
        "mail with `get ID epub`"
    )


class Shelf(Inside):
    """One conference, for whoever makes books of it. Close it. Raises UsageError for what is not
    there or not for everybody; with `closed`, for what is not for members either: whoever asks is
    known to be one of them. Raises StoreError where no pages were made. Blocking."""

    def __init__(
        self,
        config: Config,
        conference: str,
        places: PlaceSettings[Conference] | None = None,
        *,
        closed: bool = False,
    ) -> None:
        """`places` are the conferences as whoever stays knows them."""
        found = (places or placesettings.conferences(config)).now().get(conference)
        if found is None or found.visibility not in ((*PUBLIC, MEMBERS) if closed else PUBLIC):
            raise UsageError(
                f"conferences/{conference} is not there, or not for everybody to read. Books are "
                "made of what is public; its name is the last part of its address"
                + _for_members(found)
            )
        super().__init__(config, conference, found)

    @property
    def state(self) -> str:
        """Another text whenever the pages may be others."""
        found = self.sources.db.execute("SELECT source, commit_id FROM reflects ORDER BY source")
        return digest(found.fetchall())

    @cached_property
    def around(self) -> Surroundings:
        """It as its parts see it."""
        lang = self.about.lang
        return Surroundings(
            self.sources,
            self.repo,
            self.about,
            self.settings,
            (lang, *(other for other in self.config.languages if other != lang)),
            "",
            clock.now().date(),
        )

    def hub(self, hub: str) -> Place | None:
        """What another hub is called, and where one reads of it."""
        parts = (part.make(self.around) for part in hooks.parts())
        placing = (part for part in parts if isinstance(part, Placing))
        return next((part.place(hub, self.about.lang) for part in placing), None)

    def home(self, wanted: Wanted) -> Wanted:
        """The same, named as it is read now: a topic that was joined to another is that one, and a
        post the topic that it is read in."""
        if wanted.kind != TOPIC or self.rows.topic(wanted.name):
            return wanted
        asked = "SELECT topic FROM post WHERE conf=? AND mid=?"
        row = self.sources.db.execute(asked, (self.id, wanted.name)).fetchone()
        tid = row[0] if row else self.rows.leads_to(wanted.name)
        return replace(wanted, name=tid or wanted.name)

    def gathered(self, wanted: Wanted, most: int = MOST_POSTS) -> Gathered:
        """What a book is made of. Raises UsageError where there is nothing, or more than `most`
        posts."""
        wanted = self.home(wanted)
        title, stretches = self._named(wanted)
        parts, keys, count = [], [], 0
        for stretch in stretches:
            part, key = self._part(stretch)
            count += len(part.posts)
            if count > most:
                raise UsageError(
                    f"more than {most} posts would be in this book. Choose a month, or one topic"
                )
            if part.posts or not stretch.topic:
                parts.append(part)
                keys.append(key)
        if not count:
            raise UsageError(f"there is nothing to read at {wanted.place}. Look at its pages")
        if wanted.kind == TOPIC and parts[0].topic:
            title = parts[0].topic.title or title
        key = digest(VERSION, wanted, title, self.about, stretches, keys, self.config.name)
        return Gathered(wanted, title, self.about, tuple(parts), key)

    def mark(self, wanted: Wanted) -> str:
        """Short: of what a book is and how many posts are there now. So a book with the same mark
        is as large as one that is made today, but for a text that was changed. No post is read."""
        return digest(VERSION, wanted, self._count(wanted))[:_MARK]

    def _count(self, wanted: Wanted) -> int:
        if wanted.kind == MONTH:
            return self.months.get(wanted.name, 0)
        if wanted.kind == LABEL:
            return sum(one.posts for one in self.labels if one.slug == wanted.name)
        bound = hooks.bound().get(wanted.kind)
        tids = [one.topic for one in bound(self.around)] if bound else [wanted.name]
        topics = (self.rows.topic(tid) for tid in dict.fromkeys(tids) if tid)
        return sum(topic.posts for topic in topics if topic)

    def _named(self, wanted: Wanted) -> tuple[str, list[Stretch]]:
        """What the book is called, and its parts."""
        about, rows = self.about, self.rows
        if wanted.kind == TOPIC:
            return gettext(about.lang, "(no subject)"), [Stretch(wanted.name)]
        if wanted.kind == MONTH:
            if wanted.name not in self.months:
                raise UsageError(
                    f"there is nothing to read at {wanted.place}. Look at the months of {about.url}"
                )
            start = datetime.fromisoformat(f"{wanted.name}-01T00:00:00+00:00")
            month = i18n.format_date(about.lang, start, "monthyear")
            return f"{about.title}: {month}", list(self._month(wanted.name))
        if wanted.kind == LABEL:
            found = {label_slug(name): (label, name) for label, name, _ in rows.labels()}
            if wanted.name not in found:
                names = ", ".join(sorted(found)) or "none"
                raise UsageError(f"{wanted.name} is no label of {self.id}. There are: {names}")
            label, name = found[wanted.name]
            tids = (one.tid for one in rows.labelled(label, 0, MOST_POSTS))
            return f"{about.title}: {name}", [Stretch(tid) for tid in tids]
        bound = hooks.bound().get(wanted.kind)
        stretches = list(bound(self.around)) if bound else []
        if not stretches:
            raise UsageError(f"{self.id} has no course (`calendar` in its conference.yaml)")
        return about.title, stretches

    def _month(self, month: str) -> Iterator[Stretch]:
        """The topics of a month with the posts of that month, in the order they were spoken in."""
        found: dict[str, set[str]] = {}
        for topic, mid, _, _ in self.rows.month_posts(month):
            found.setdefault(topic, set()).add(mid)
        for topic, mids in found.items():
            yield Stretch(topic, only=frozenset(mids))

    def _part(self, stretch: Stretch) -> tuple[Part, str]:
        if not stretch.topic:
            return Part(stretch), ""
        shown = list(self.thread(stretch.topic))
        if not shown:
            return Part(stretch), ""
        head, last = shown[0].facts, shown[-1].facts
        posts = tuple(
            post
            for page in shown
            for post in page.facts["posts"]
            if stretch.only is None or post.mid in stretch.only
        )
        places = head["places"]
        part = Part(stretch, head["topic"], posts, places.name, places.number, tuple(last["mids"]))
        return part, digest(*(page.key for page in shown))

    @cached_property
    def months(self) -> Mapping[str, int]:
        """The posts of each month that has any, the newest first."""
        return dict(self.rows.months())

    @cached_property
    def labels(self) -> tuple[Labelled, ...]:
        """Its labels, in the order of their pages."""
        posts = self.rows.posts_by_label()
        return tuple(
            Labelled(label_slug(name), name, topics, posts.get(label, 0))
            for label, name, topics in self.rows.labels()
        )

    def has_course(self) -> bool:
        """Whether a course can be made a book."""
        bound = hooks.bound().get(COURSE)
        return bool(bound and any(stretch.topic for stretch in bound(self.around)))
