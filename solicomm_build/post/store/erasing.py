"""What features know of a person, and how it goes by law: `privacy.py` in the folder of a feature.

Who asks is what tells people their data and erases (features/privacy); what is said here is what
each side may count on. Any step of an erasure may be killed and is then done again.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import PostId
from solicomm_build.git.history import Cut
from solicomm_build.git.repo import Repo
from solicomm_build.people import pending
from solicomm_build.people.pending import Pending
from solicomm_build.people.roster import Roster

Bears = Callable[[bytes], bool]
"""Whether a message is, or has inside, one that is sought."""

RECEIPTS = "private/erasures/"
"""Where a hub says what it erased."""

Cutter = Callable[[Repo, Cut, Iterable[str], int], None]
"""Cuts something out of a repository's history: what, the ids of the objects that go, and how many
things the receipt counts."""


class Erased(Protocol):
    """What goes: messages by their post ids, and a person, if it is about one."""

    @property
    def mids(self) -> tuple[str, ...]:
        """The post ids of all messages that go."""

    @property
    def address(self) -> str:
        """The person's address; empty when it is about messages alone."""

    @property
    def member(self) -> int | None:
        """The person's number in the roster, if there is one."""

    @property
    def cards(self) -> tuple[str, ...]:
        """What features named before (`PrivacyHook.NAMES`): the cards that the person shows or
        showed, addresses here that were the person's."""

    def bears(self, raw: bytes) -> bool:
        """Whether a message is, or has inside, one that goes."""


class Taking(Protocol):
    """Where is noted what was taken away."""

    def cut(self, repo: Repo, what: Cut, objects: Iterable[str], count: int) -> None:
        """As `Cutter`; nothing happens when `what` is empty."""

    def counted(self, place: str, count: int) -> None:
        """Notes how much a place below the hub lost."""

    def folders(self, place: str, gone: Iterable[Path]) -> None:
        """Takes folders away that lie below `place`, and notes their names: they are hashes, and
        are looked for later."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What went from a hub, for its copies elsewhere: the erasure's id, when it went, the post ids,
    the repositories whose histories lost something, by path in the hub, the ids that git had for
    it; since when nothing here says any more what it was, None while something does; and the copies
    that need not be asked again, as they have said so already."""

    id: str
    at: datetime
    mids: tuple[str, ...]
    repositories: tuple[str, ...]
    objects: tuple[str, ...]
    since: datetime | None = None
    done: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a hub: what it is called, how it stands, and a sentence without its dot, where
    there is one to be said. `gone`: nothing is left. `ready`: nothing is left but of what names it
    here still. `asked`: it is at it, or lets go of it in a moment. `silent`: it does not answer, or
    could not do it. `told`: it is somebody else's, or goes with time."""

    name: str
    state: Literal["gone", "ready", "asked", "silent", "told"]
    said: str = ""


def followers_at(node: str) -> str:
    """What the copy at a machine's own follower is called."""
    return f"followers at {node}"


class Waiting(Protocol):
    """Mail of ours that waits in `spool/out` and holds several posts: it is withdrawn because of
    one of them, and made anew for the others."""

    def remember(self, config: Config, name: str, item: Item, bears: Bears) -> None:
        """An item of such mail is about to be withdrawn. Nothing happens for other mail."""

    def from_notes(self, config: Config, bears: Bears) -> None:
        """Takes posts out of what is to be made anew."""

    def not_to(self, config: Config, wanted: str) -> int:
        """Takes an address, by its key, out of the recipients of what is to be made anew; how many
        copies that were."""


class PrivacyHook(Protocol):
    """`privacy.py` of a feature."""

    FACTS: Mapping[str, Callable[[Config, Roster, int, frozenset[str]], Any]]
    """What is kept of a person, by the name under which it stands in the person's data: asked with
    the roster, the member's number (0 for none), and all addresses of the person. What is empty
    says that nothing is kept."""

    MESSAGES: Iterable[Callable[[Config, str], Iterator[str]]]
    """The post ids of what a person, called by the roster's name for persons, has written though
    no mail says so."""

    NAMES: Iterable[Callable[[Config, Roster, int, frozenset[str]], Iterable[str]]]
    """By what the feature finds what it keeps of a person whom the roster will know no more: asked
    with the member's number (0 for none) and all addresses before anything goes, and given back as
    `Erased.cards`. Each feature has a word of its own in front, and passes over others'."""

    HOLDS: Iterable[Callable[[Config], Iterator[bytes]]]
    """Whole messages that the feature keeps outside of mail.git and the spools: each can be erased
    by its Message-ID."""

    KEEPS: Iterable[Callable[[Config, str], bool]]
    """Whether something is kept of an address that neither mail nor roster has."""

    OVER: Iterable[Callable[[Config], None]]
    """Takes away what the feature keeps for a time only, once that is over: asked every ten
    minutes, whoever comes by or not. Quick where there is nothing; safe at any time."""

    PENDING: Iterable[Pending]
    """What waits for a person's yes: it is told and erased with all that is kept of the person."""

    BEFORE: Callable[[Config, Erased], None]
    """Looks at what goes while all of it is there still, though it is sure to go. Blocking; safe to
    do again."""

    ERASE: Callable[[Config, Erased, Taking], None]
    """Takes away what the feature keeps of what goes. Blocking; safe to do again."""

    COPIES: Iterable[Callable[[Config, Gone], Iterator[Copy]]]
    """Has copies of the hub on other machines and in stores forget what went, and says of each how
    it stands. Asked once all that is here is gone, and again until each is gone. Blocking, for
    minutes; safe to do again; costs nothing where there is no copy."""

    TOLD: Iterable[Callable[[Config, Gone], Iterator[Copy]]]
    """Copies that are others' to erase, or go with time, as they stand now. Reads only."""

    STAYS: Iterable[Callable[[Config, Collection[str], Collection[str]], Iterator[str]]]
    """What names one of these addresses of a person who was erased in words of others, or may be
    others' mail, which an erasure leaves to them: what it is, and what to do about it, a sentence
    without its dot. The last argument is what `NAMES` said. Reads only."""

    HERE: Callable[[Config], None]
    """Has a machine of several, whose repositories have followed, let go of what was erased on
    another. Blocking; quick when nothing was."""

    MACHINE: Callable[[Config, Erased], None]
    """Takes away what each machine keeps for itself of what goes, such as below `state`: asked on
    those where something was erased on another (`HERE`). Blocking; safe to do again; makes
    nothing."""

    AWAITS: Callable[[Config, Collection[str]], bool]
    """Whether of the hub's plain files, by path, one tells of an erasure that this machine has not
    done in its own copy. Quick."""

    AGAIN: Callable[[Config, Mapping[str, bytes]], Iterator[str]]
    """Says what was erased and is here again, by the files below `RECEIPTS` of a newer backup than
    the one the hub came back from, and sees to it as far as that needs nobody. Safe to do again."""

    RESTORED: Callable[[Config], None]
    """Leaves out the numbers of people and of what they want that were given since the backup from
    which the hub came back: links in those mails are not to act for others. Safe to do again."""

    POSTS: Callable[[Config, Sequence[PostId], str, str, MailLog], None]
    """Erases posts for good: which, why, who decided it. Blocking; safe to do again."""

    COLLECTIONS: Iterable[str]
    """The header fields by which mail of ours is known that holds several posts, and names them in
    its text by their addresses."""

    WAITING: Waiting
    """What knows such mail."""

    SETTLE: Callable[[Config, Any], None]
    """Forgets what was derived from what went, once the pages are built anew: asked with the
    builder's contents (builder/contents.py)."""


def facts(
    config: Config, members: Roster, number: int, addresses: frozenset[str]
) -> dict[str, Any]:
    """What features keep of a person, and what waits for the person's yes."""
    table: Mapping[str, Callable[..., Any]] = hooks.table("privacy", "FACTS")
    found = {name: told(config, members, number, addresses) for name, told in table.items()}
    return {**found, "waiting": pending.told(config, number or None, addresses)}


def messages(config: Config, person: str) -> Iterator[str]:
    """The post ids of what features know a person has written."""
    for some in hooks.each("privacy", "MESSAGES"):
        for written in some:
            yield from written(config, person)


def names(
    config: Config, members: Roster, number: int, addresses: frozenset[str]
) -> tuple[str, ...]:
    """By what features find what they keep of a person."""
    found = (named for some in hooks.each("privacy", "NAMES") for named in some)
    return tuple(name for named in found for name in named(config, members, number, addresses))


def keeps(config: Config, address: str) -> bool:
    """Whether a feature keeps something of an address, or something waits for its yes."""
    if any(True for kind in pending.kinds() for _ in kind.of(config, None, address)):
        return True
    found = (keep for some in hooks.each("privacy", "KEEPS") for keep in some)
    return any(keep(config, address) for keep in found)


def over(config: Config) -> None:
    """Has all features take away what they keep for a time only and which is over."""
    for some in hooks.each("privacy", "OVER"):
        for let_go in some:
            let_go(config)


def held(config: Config) -> Iterator[bytes]:
    """The messages that features keep outside of mail.git and the spools."""
    for some in hooks.each("privacy", "HOLDS"):
        for holds in some:
            yield from holds(config)


def before(config: Config, gone: Erased) -> None:
    """Has features look at what goes before anything does."""
    for step in hooks.each("privacy", "BEFORE"):
        step(config, gone)


def erase(config: Config, gone: Erased, taking: Taking) -> None:
    """Has all features take away what they keep, and what waits for the person's yes."""
    for kind in pending.kinds():
        for path in [*kind.of(config, gone.member, gone.address)]:
            path.unlink(missing_ok=True)
            taking.counted(f"private/{kind.folder}", 1)
    for step in hooks.each("privacy", "ERASE"):
        step(config, gone, taking)


def copies(config: Config, gone: Gone) -> Iterator[Copy]:
    """Has all copies elsewhere forget what went, and says how each stands."""
    for some in hooks.each("privacy", "COPIES"):
        for ask in some:
            yield from ask(config, gone)


def told(config: Config, gone: Gone) -> Iterator[Copy]:
    """The copies that are not ours to erase, as they stand now."""
    for some in hooks.each("privacy", "TOLD"):
        for look in some:
            yield from look(config, gone)


def stays(config: Config, addresses: Collection[str], named: Collection[str] = ()) -> Iterator[str]:
    """What may be of a person still who was erased, and is others' to decide about; `named` is what
    `names` said before."""
    for some in hooks.each("privacy", "STAYS"):
        for look in some:
            yield from look(config, addresses, named)


def here(config: Config) -> None:
    """Has this machine let go of what was erased on another one of the hub's."""
    for step in hooks.each("privacy", "HERE"):
        step(config)


def of_machine(config: Config, gone: Erased) -> None:
    """Has features take away what this machine keeps for itself of what went on another."""
    for step in hooks.each("privacy", "MACHINE"):
        step(config, gone)


def awaits(config: Config, files: Collection[str]) -> bool:
    """Whether there is something to be done for `here`, once these plain files of the hub are."""
    return any(look(config, files) for look in hooks.each("privacy", "AWAITS"))


def again(config: Config, later: Mapping[str, bytes]) -> Iterator[str]:
    """Lines for the operator about what is here again though it was erased."""
    for say in hooks.each("privacy", "AGAIN"):
        yield from say(config, later)


def restored(config: Config) -> None:
    """Has features give no number again that they may have given since a backup."""
    for step in hooks.each("privacy", "RESTORED"):
        with contextlib.suppress(StoreError):  # a damaged file, which fsck names
            step(config)


def erase_posts(
    config: Config, mids: Sequence[PostId], *, reason: str, by: str, log: MailLog
) -> None:
    """Has posts erased for good, their pages and what was derived of them too. Durable on return;
    blocking; safe to do again."""
    for step in hooks.each("privacy", "POSTS"):
        step(config, mids, reason, by, log)


def collections() -> frozenset[bytes]:
    """The header fields of mail of ours that holds several posts, in lower case."""
    found = (name for some in hooks.each("privacy", "COLLECTIONS") for name in some)
    return frozenset(name.encode("ascii").lower() for name in found)


def waiting() -> tuple[Waiting, ...]:
    """What knows waiting mail of ours that holds several posts."""
    return hooks.each("privacy", "WAITING")


def settle(config: Config, contents: Any) -> None:
    """Has features forget what they derived from what went."""
    for step in hooks.each("privacy", "SETTLE"):
        step(config, contents)


def said_anew(message: bytes) -> bytes:
    """A commit's message without a word of what it brought; `Source` stays for those who follow."""
    source = re.search(rb"^Source: ([a-z]+)$", message, re.MULTILINE)
    return b"Erased\n\nSource: %s\n" % (source[1] if source else b"mail")
