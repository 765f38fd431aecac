"""Digests: who gets which, when one is due, what goes into it, how it is numbered.

Pure. Members of a list who want the same rhythm, form and language share a digest; so do those with
a time zone of their own. A digest is due at six in the morning, for weekly ones on Monday, or
earlier with 30 posts or 300 KB; it is never empty. Issues are counted by features/digests/issue.py.

The rules: docs/mail-rules.md#digests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from zoneinfo import ZoneInfo

from solicomm_build.foundation.types import Oid, PostId, TopicId, post_id
from solicomm_build.people.membership import Member, option
from solicomm_build.people.roster import Roster
from solicomm_build.people.wishes import is_zone, most_a_day, topics
from solicomm_build.post import post as post_file

RHYTHMS = ("daily", "weekly")
MOST_POSTS = 30
MOST_OCTETS = 300_000
HOUR = 6
"""The hour of the day, in the reader's zone."""

_PRIMARY = re.compile(r"[a-z]{2,8}")
_OWN_ID = "digest."
_UNARCHIVED = re.compile(r"unarchived/[^/]+/([a-z2-7]{32})")


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Members of a list who share a digest. `zone` is an IANA name; empty for the hub's. `beyond`
    is the number of posts a day that come by themselves, for who gets only the rest in a digest;
    `topics` are those that are wanted (people/wishes.py).
    """

    rhythm: str
    form: str
    lang: str
    zone: str = ""
    beyond: int = 0
    topics: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its cursor: `digest-daily-page-en`, with a hash for what is more special."""
        return self._named(self.form)

    @property
    def former(self) -> str:
        """The name that the cursor of a `page` group had when `mime` was the default; else empty:
        such a group goes on where the other was."""
        return self._named("mime") if self.form == "page" else ""

    def _named(self, form: str) -> str:
        special = self.zone
        if self.beyond or self.topics:
            special = f"{self.zone}|{self.beyond}|{','.join(self.topics)}"
        mark = f"-{sha256(special.encode()).hexdigest()[:8]}" if special else ""
        return f"digest-{self.rhythm}-{form}-{self.lang}{mark}"


@dataclass(frozen=True, slots=True)
class Pending:
    """A post of the log that a digest has not had: `commit` brought it in at `received` (UTC);
    `tid` is None when it is not kept on pages; `name` names its message in mail.git and is
    empty for one that came without it, from another hub; `nth` says the how-manieth of its day it
    is."""

    commit: Oid
    received: datetime
    mid: PostId
    tid: TopicId | None
    name: str
    octets: int
    nth: int = 1


def place(path: str) -> tuple[TopicId | None, PostId] | None:
    """The thread and the id of the post at this path of a log, if it is one; one that is not kept
    on pages has no thread."""
    if kept := post_file.parse_path(path):
        return kept
    sent = _UNARCHIVED.fullmatch(path)
    return (None, PostId(sent[1])) if sent else None


def groups(
    roster: Roster, list_id: str, language: str, *, closed: bool
) -> dict[Group, list[Member]]:
    """The groups of a list with their members, who are active, want mail and are not paused; where
    only members read (`closed`), nor banned. `language` is the list's."""
    found: dict[Group, list[Member]] = {}
    for member, options in roster.subscribers(list_id, closed=closed, chosen=True):
        group = group_of(member, options, language)
        if group is not None:
            found.setdefault(group, []).append(member)
    return found


def group_of(member: Member, options: Mapping[str, str], language: str) -> Group | None:
    """Whose digest a subscription with these options brings; None when it brings none."""
    rhythm, most = option(options, "digest"), most_a_day(options)
    if rhythm in RHYTHMS:
        most = 0
    elif most:
        rhythm = "daily"
    if rhythm not in RHYTHMS or option(options, "mail") != "on" or option(options, "paused"):
        return None
    tag = options.get("lang") or member.lang or language
    zone = options.get("zone", "")
    zone = zone if is_zone(zone) else ""
    return Group(rhythm, option(options, "form"), _primary(tag), zone, most, topics(options))


def _primary(tag: str) -> str:
    """The language of a tag (RFC 5646 2.2.1); English for what is none."""
    match = _PRIMARY.match(tag.lower())
    return match[0] if match else "en"


def zone_of(name: str) -> tzinfo:
    """The zone of a name that `is_zone`; UTC needs no database."""
    return UTC if name in ("", "UTC") else ZoneInfo(name)


# -- when -------------------------------------------------------------------------------------


def boundary(rhythm: str, now: datetime, zone: tzinfo) -> datetime:
    """The last moment at or before `now` at which a digest of this rhythm is due."""
    local = now.astimezone(zone)
    due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if due > local:
        due -= timedelta(days=1)
    if rhythm == "weekly":
        due -= timedelta(days=due.weekday())
    return due.astimezone(UTC)


def due(rhythm: str, pending: Sequence[Pending], now: datetime, zone: tzinfo) -> bool:
    """Whether a digest of these posts, oldest first, goes out now."""
    if not pending:
        return False
    full = len(pending) >= MOST_POSTS or sum(one.octets for one in pending) >= MOST_OCTETS
    return full or pending[0].received < boundary(rhythm, now, zone)


def take(pending: Sequence[Pending]) -> Sequence[Pending]:
    """The posts of the next digest: the first 30, or as many as it takes to reach 300 KB.

    What one commit brought stays together, since a cursor stands between commits.
    """
    octets = 0
    for count, post in enumerate(pending, 1):
        octets += post.octets
        whole = count == len(pending) or pending[count].commit != post.commit
        if whole and (count >= MOST_POSTS or octets >= MOST_OCTETS):
            return pending[:count]
    return pending


# -- names --------------------------------------------------------------------------------


def key(list_id: str, group: Group, until: str) -> str:
    """The value of X-SoliComm-Digest: names a digest in the whole hub."""
    return f"{list_id}/{group.name}/{until}"


def message_id(digest_key: str, domain: str) -> str:
    """The Message-ID of a digest: always the same for the same one, and told from a post's."""
    return f"{_OWN_ID}{post_id(digest_key)}@{domain}"


def is_answer(replied_to: Iterable[str], domain: str) -> bool:
    """Whether a mail with these ids in In-Reply-To or References answers a digest rather than a
    post: its author has to choose one (docs/mail-rules.md#digests)."""
    ids = list(replied_to)
    return bool(ids) and ids[-1].startswith(_OWN_ID) and ids[-1].endswith(f"@{domain}")
