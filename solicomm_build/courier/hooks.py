"""What features do on the courier's round: `courier.py` of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from solicomm_build.courier.recipients import Parties
from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.foundation.watch import Watch
from solicomm_build.people.roster import Roster
from solicomm_build.post.conference import Conference


class Chore(Protocol):
    """Work on the way; made once for a courier, closed at its end."""

    def run(self) -> int:
        """Does what is due; how many things were done: if any, there may be more. Blocking."""

    def close(self) -> None:
        """Lets go of everything."""


Make = Callable[[Config, Spool, MailLog, Watch | None], Chore]
"""The hub, where mail that goes out is put, the log, and what ends a process that is held."""

Refusal = Callable[[Config, bytes, str, int, str, str], Item]
"""A refused copy as an item of spool/bounces, of: the hub, its key, the list's id, the member's
number, the recipient and the reply."""


@dataclass(frozen=True, slots=True)
class Going:
    """A post that goes out to members: of a conference, in a stored topic, the message as it came
    and whom it names, its language if it says one. `served` are the addresses, folded, that have it
    by a copy of this list or of another, or never get one."""

    conference: Conference
    tid: TopicId
    mid: PostId
    raw: bytes
    parties: Parties
    lang: str
    served: Callable[[], Collection[str]]


class Companion(Protocol):
    """Goes along with the fan-out: looks at each post before its copies are queued. What it does
    is durable, and safe to do again, since a courier that is killed begins anew. One that raises
    holds nothing: it is told, and sees what it has missed later (beside.py)."""

    def without(self, conference: Conference, tid: TopicId, raw: bytes) -> Collection[str]:
        """Who gets no copy of a post of this topic, as addresses that `fold` wrote."""

    def going(self, post: Going) -> None:
        """A post goes out; its copies are queued after this."""

    def changed(self, conference: str) -> None:
        """Topics of a conference were moved, split or joined."""

    def run(self) -> int:
        """Does what is due, after each fan-out; how many things: if any, there may be more. The
        first comes before anything leaves the spool."""

    def waits(self) -> bool:
        """Whether something is to be done later, when its time has come. Cheap."""

    def close(self) -> None:
        """Lets go of everything."""


Accompany = Callable[[Config, Spool, MailLog, Callable[[], Roster]], Companion]
"""As `Make`; the last gives the roster as it is now, of which the fan-out holds one."""

Returned = Callable[[Config, str, int, str], bool]
"""Something came back to a tag that is no member's: of a conference, with this number, of this
class of failure (`complaint` for one). Whether it was the feature's."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A post that went out: its stored topic, and the message as it came."""

    tid: TopicId
    mid: PostId
    raw: Callable[[], bytes]


Unwanted = Callable[[Config, Conference, Sequence[Sent]], Mapping[str, frozenset[str]]]
"""Who wants nothing of some posts of a conference, though they come together with others: the
addresses, as `fold` writes them, by the posts' ids. Blocking; asked once for each digest."""


Named = Callable[[Config, PostId], str]
"""The Message-ID of a post whose mail is not here; empty for one that is not known."""


Lost = Callable[[Config, Item, Iterable[str]], None]
"""Tells whom it concerns of a mail that is no list's copy, that could not be handed over, and that
was set aside; with what was replied. Blocking, durable on return. Raises no SoliCommError."""


class CourierHook(Protocol):
    """`courier.py` of a feature."""

    BEFORE: Make
    """Runs before copies of new posts are made."""
    AFTER: Make
    """Runs once before anything leaves the spool, and after each round that found nothing else."""
    COMPANION: Accompany
    """Goes along with the fan-out."""
    UNWANTED: Unwanted
    """Takes posts out of the digests of members who want nothing of them."""
    RETURNED: Returned
    """Knows numbers of tags that are no member's."""
    MESSAGE_ID: Named
    """Knows what messages are called whose posts came without them."""
    LOST: Lost
    """Tells of other mail that could not be handed over."""
    REFUSED: Refusal
    """What a refusal of the next server becomes, so that it is counted as any other."""


def before(
    config: Config, spool: Spool, log: MailLog, watch: Watch | None
) -> list[tuple[str, Chore]]:
    """What features do before copies are made, each with the name of its feature."""
    return [
        (name, make(config, spool, log, watch)) for name, make in hooks.named("courier", "BEFORE")
    ]


def after(
    config: Config, spool: Spool, log: MailLog, watch: Watch | None
) -> list[tuple[str, Chore]]:
    """What features do after a round, likewise."""
    return [
        (name, make(config, spool, log, watch)) for name, make in hooks.named("courier", "AFTER")
    ]


def companions(
    config: Config, spool: Spool, log: MailLog, roster: Callable[[], Roster]
) -> list[tuple[str, Companion]]:
    """What goes along with the fan-out, each with the name of its feature."""
    every = hooks.named("courier", "COMPANION")
    return [(name, make(config, spool, log, roster)) for name, make in every]


def unwanted(
    config: Config, conference: Conference, posts: Sequence[Sent], log: MailLog
) -> dict[str, frozenset[str]]:
    """Who wants nothing of which post. A feature that cannot say it is logged and holds nothing."""
    found: dict[str, frozenset[str]] = {}
    for module in hooks.modules("courier"):
        if "UNWANTED" not in vars(module):
            continue
        try:
            said = vars(module)["UNWANTED"](config, conference, posts)
        except SoliCommError as error:
            name = module.__name__.split(".")[-2]
            facts = {"companion": name, "conference": conference.id}
            log.event("companion-failed", **facts, reason=error.public)
            continue
        for mid, addresses in said.items():
            found[mid] = found.get(mid, frozenset()) | addresses
    return found


def returned(config: Config, conference: str, number: int, kind: str) -> bool:
    """Whether what came back was a feature's."""
    those: tuple[Returned, ...] = hooks.each("courier", "RETURNED")
    return any(knows(config, conference, number, kind) for knows in those)


def refusals() -> tuple[Refusal, ...]:
    """Who wants to know of refused copies."""
    return hooks.each("courier", "REFUSED")


def lost(config: Config, item: Item, replies: Iterable[str]) -> None:
    """Has features tell whom it concerns of a mail that was set aside. Blocking."""
    those: tuple[Lost, ...] = hooks.each("courier", "LOST")
    for tell in those:
        tell(config, item, replies)


def message_id(config: Config, mid: PostId) -> str:
    """What the message of a post is called, as far as a feature knows it; else empty."""
    those: tuple[Named, ...] = hooks.each("courier", "MESSAGE_ID")
    return next(filter(None, (named(config, mid) for named in those)), "")
