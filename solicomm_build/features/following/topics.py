"""A topic as those see it who follow it: is it there, who may read it, what is it called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.people.roster import Roster
from solicomm_build.post import conference as settings
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.post.store.poststore import topic_state
from solicomm_build.post.store.readers import is_reader

_OPEN = frozenset({"public", "unlisted"})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a conference: where it is read, and its title (empty when its posts have none)."""

    conference: str
    tid: str
    title: str


def address(config: Config, conference: str, tid: str, mid: str = "") -> str:
    """The link of a topic, or of a post in it."""
    place = f"{config.url}/conferences/{conference}/t/{tid}/"
    return f"{place}#{mid}" if mid else place


def may_read(roster: Roster, conference: Conference, address: str) -> bool:
    """Whether somebody may read what stands in a conference."""
    if not conference.has_pages or roster.is_banned(conference.id, address):
        return False
    if conference.visibility in _OPEN:
        return True
    member = roster.member(address)
    return member is not None and is_reader(roster, member.number, conference.id)


def is_active(roster: Roster, number: int, conference: str) -> bool:
    """Whether a member may be mailed about a conference: neither the address nor the subscription,
    if there is one, was stopped."""
    member = roster.members.get(number)
    if member is None or member.state != "active":
        return False
    return roster.state(number, conference).state == "active"


def conference_of(reader: Reader) -> Conference | None:
    """The settings of a conference as they are now; None while they are faulty."""
    blob = reader.at(MAIN, settings.FILE)
    try:
        return settings.decode(blob) if blob else None
    except SoliCommError:
        return None


def post_at(reader: Reader, tid: str, mid: str) -> Post | None:
    """A post as it is shown; None when it is not, or no more."""
    blob = reader.at(MAIN, posts.path(TopicId(tid), PostId(mid)))
    try:
        return posts.decode(blob) if blob else None
    except SoliCommError:
        return None


def title(reader: Reader, tid: str, *, home: str = "") -> str:
    """What a topic is called: as a moderator did, else as the post that begins it."""
    home = home or tid
    if called := topic_state(reader, TopicId(home)).title:
        return called
    first = post_at(reader, home, home) or post_at(reader, tid, home) or _any(reader, home)
    return first.subject if first else ""


def exists(reader: Reader, tid: str) -> bool:
    """Whether something is stored in a topic."""
    return reader.oid_at(MAIN, f"topics/{tid[:2]}/{tid}") is not None


def _any(reader: Reader, tid: str) -> Post | None:
    """A post of a topic whose first one is not here."""
    for entry in reader.tree(MAIN, f"topics/{tid[:2]}/{tid}/posts"):
        if found := post_at(reader, tid, entry.path.removesuffix(".md")):
            return found
    return None


def of_subject(config: Config, conference: str, subject: str) -> str | None:
    """The stored topic of the newest post with this subject, whatever `Re:` stands before it.
    Blocking: one walk of git through the log."""
    repo = open_repo(config.conference_repo(conference))
    wanted = " ".join(subject.split()).casefold()
    if len(wanted) < _SHORTEST or repo.ref() is None:
        return None
    with Reader(repo) as reader:
        for tid, mid in _named(repo, subject):
            post = post_at(reader, tid, mid)
            if post is not None and " ".join(post.subject.split()).casefold().endswith(wanted):
                return tid
    return None


_SHORTEST = 4
_MOST = 20


def _named(repo: Repo, subject: str) -> Iterator[tuple[str, str]]:
    """(topic, post) of the newest commits whose message has these words."""
    told = repo.git(
        "log",
        f"-{_MOST}",
        "--fixed-strings",
        "-i",
        f"--grep={' '.join(subject.split())}",
        "--diff-filter=A",
        "--name-only",
        "--format=",
        "-z",
        "--end-of-options",
        MAIN,
        "--",
        "topics",
    )
    for path in told.decode("utf-8", "replace").split("\0"):
        if found := posts.parse_path(path.strip("\n")):
            yield found
