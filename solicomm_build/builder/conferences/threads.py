"""Which posts are read as one topic: a pure function of what the posts say.

Clients cut References, so where a post is *stored* (`tid`) is not yet what people read together.
The reader's topic joins all posts that mention a common Message-ID (their own, References,
In-Reply-To), also one that never arrived; and, as a fallback, a "Re:" that mentions nothing with
the newest earlier post of the same subject within sixty days that was still read here when it came.
What moderators say overrules both (grouping.py). The result depends on the sets of posts and of
their words alone, not on the order in which they came: that is what makes incremental equal full.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from solicomm_build.foundation.types import PostId, TopicId, post_id

_NEVER = 1 << 62
FALLBACK_SECONDS = 60 * 86_400
"""How far back a "Re:" without references looks for its subject."""

_REPLY_MARKS = re.compile(
    r"^\s*+(?:(?:(?:re|aw|antw|sv|vs|ref|rif|odp|ynt|res|rv|tr|fwd?|wg|enc|i)\s*+(?:\[\d++\]\s*+)?"
    r"[:：]|(?:отв|на|رد|回复|答复)\s*+[:：]|\[[^\]]{1,40}\]\s*+(?=\S))\s*+)*+",
    re.IGNORECASE,
)
_WAS = re.compile(
    r"(?<!\s)\s*+[(\[（]\s*+(?:was|war|era|antes|avant|anciennement|было|كان|كانت)\s*+[:：].*+",
    re.IGNORECASE | re.DOTALL,
)
"""What a subject that was changed on purpose says of the one before it."""
_IS_REPLY = re.compile(
    r"^\s*+(?:\[[^\]]{1,40}\]\s*+)*+"
    r"(?:re|aw|antw|sv|vs|ref|rif|odp|ynt|res|отв|на|رد|回复|答复)\s*+(?:\[\d++\]\s*+)?[:：]",
    re.IGNORECASE,
)
_RES = re.compile(r"^\s*+(?:(?:re|aw|antw|sv|res|رد|отв)\s*+[:：]\s*+)*+", re.IGNORECASE)


_DIGITS = str.maketrans("abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdefghijklmnopqrstuv")
"""From base32's alphabet (RFC 4648 6) to the digits that int() reads in base 32."""


@dataclass(frozen=True, slots=True)
class Node:
    """A post as threading sees it. `time` is the effective time in seconds; `mentions` are hashes
    of every Message-ID it names, its own included; `fallback` is the post it follows by subject;
    `parents` are the mids it answers, nearest first."""

    mid: PostId
    tid: TopicId
    time: int
    mentions: tuple[int, ...]
    fallback: PostId | None = None
    parents: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, PostId]:
        """How posts are sorted, everywhere."""
        return self.time, self.mid


def base_subject(subject: str) -> str:
    """The subject without reply marks, list tags and "(was: …)", folded for comparison; "" joins
    nothing."""
    text = _REPLY_MARKS.sub("", _WAS.sub("", subject) or subject)
    return " ".join(text.split()).casefold()


def is_reply(subject: str) -> bool:
    """Whether the subject says of itself that it answers ("Re:" in any usual language)."""
    return _IS_REPLY.match(subject) is not None


def shown_subject(subject: str) -> str:
    """The subject as a topic's title: without leading "Re:" and "(was: …)", the words untouched."""
    return _RES.sub("", _WAS.sub("", subject) or subject).strip()


def mention(identifier: str) -> int:
    """A Message-ID (or a `mid` already hashed) as a 63-bit number that SQLite keeps well."""
    mid = identifier if _is_mid(identifier) else post_id(identifier)
    return number(mid)


def _is_mid(text: str) -> bool:
    return len(text) == 32 and text.isalnum() and text == text.lower() and "@" not in text


def number(mid: str) -> int:
    """`mention` of what is known to be a mid or a tid."""
    return int(mid[:12].translate(_DIGITS), 32)  # 12 x 5 = 60 bits


def follow_by_subject(
    group: Sequence[tuple[int, PostId, bool]],
    gone: Mapping[PostId, int] = MappingProxyType({}),
    came: Mapping[PostId, int] = MappingProxyType({}),
) -> dict[PostId, PostId | None]:
    """For posts of one subject, sorted by (time, mid): whom each seeker follows.

    An item is (time, mid, seeks); a seeker is a "Re:" that mentions nobody. It follows the post
    just before it when that is at most sixty days older, else nobody. What was `gone` to another
    conference when a seeker `came`, in seconds, with whom followed it, is passed over: there it
    would be shown to nobody.
    """
    found: dict[PostId, PostId | None] = {}
    since = dict(gone)
    stays: tuple[int, PostId] | None = None
    for position, (time, mid, seeks) in enumerate(group):
        if seeks:
            before = group[position - 1][:2] if position else None
            if before is not None and since.get(before[1], _NEVER) <= came.get(mid, 0):
                before = stays
            near = before is not None and time - before[0] <= FALLBACK_SECONDS
            found[mid] = target = before[1] if before is not None and near else None
            if target is not None and target in since:
                since.setdefault(mid, since[target])
        if mid not in since:
            stays = time, mid
    return found
