"""What features add to the desk: `mail.py`, what they answer; `chores.py`, what they do unasked.

A handler looks and decides; what it returns is written down and carried out by the ledger. A mail
is read again after a kill, so whatever is done before that must be safe to do twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from solicomm_build.desk.chores import Chore
from solicomm_build.desk.commands import Command
from solicomm_build.desk.documents import Documents
from solicomm_build.desk.ledger import Done
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import Case, Plan
from solicomm_build.desk.vocabulary import Words
from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.values import Message
from solicomm_build.people.membership import TokenFacts

Handler: TypeAlias = Callable[[Office, Case], Plan]
"""What a mail leads to. Looks only."""
Posted: TypeAlias = Callable[[Office, Case], Plan | None]
"""What a mail to a list's own address or to the hub's leads to; None when it is not meant."""
Received: TypeAlias = Callable[[Office, Case, Documents], None]
"""Done before a mail is looked at. Safe to call twice. Raises NotYet to be called again later."""
Allowed: TypeAlias = Callable[[Office, Case, str, TokenFacts], Plan]
"""What is done with a good token: its digest and what it is for. The case is proven by it."""

Brought: TypeAlias = Callable[[Office, Case, Person, str], Result]
"""What is brought of a post that the author may read, by its id."""
After: TypeAlias = Callable[[Config, Plan], None]


@dataclass(frozen=True, slots=True)
class Act:
    """Whose business the mail to one kind of address is.

    `received` runs before. `by_tag` is asked instead of `handle` when the address has a tag, also
    for mail that a program sent and whoever it says it is from: the tag alone must prove it.
    `is_proved_first` is for what only people may ask whom the roster or a key names: nothing is
    looked at before it is proved who asks, so that everybody gets the same question. `is_short` is
    true where nobody's mail needs more of the processor than any item of a stage; elsewhere who is
    proved has the time of a look through a conference, and who writes to an address that `is_sent`,
    which only people have to whom we sent it.
    """

    handle: Handler
    received: Received | None = None
    by_tag: Handler | None = None
    is_proved_first: bool = False
    is_short: bool = False
    is_sent: bool = False


@dataclass(frozen=True, slots=True)
class Help:
    """A row of the help: its `rank` among the others (the smallest first), how the command is
    written and what it does, both in a language; `for_staff` is for people who look after a
    list."""

    rank: int
    written: Callable[[str], str]
    says: Callable[[str], str]
    for_staff: bool = False


@dataclass(frozen=True, slots=True)
class MailCommand:
    """A command of a mail to `LIST-request` or to the hub. `needs_proof`: its author is asked
    first when it is not proved who that is. `is_of_hub`: it is about no list, so that no word after
    it names one."""

    do: Callable[[Office, Case, Person, Command], Result]
    needs_proof: bool = False
    is_of_hub: bool = False
    help: tuple[Help, ...] = ()


class ChoresHook(Protocol):
    """`chores.py` of a feature: what the desk does unasked for it. Only the desk loads it."""

    CHORES: Iterable[Chore]
    """In the order of their ranks with those of other features."""


class MailHook(Protocol):
    """`mail.py` of a feature: what it does about mail to the desk. Only the desk loads it."""

    ACTS: Mapping[str, Act]
    """What answers mail, by what the address is for."""
    POSTED: Mapping[str | None, Posted]
    """Who looks at mail to a list's own address (Purpose.POST) and to the hub's (None) before it is
    taken for a post and for commands; several features may, the first that wants it has it."""
    COMMANDS: Mapping[str, MailCommand]
    """What commands do, by their English names; each has words in WORDS, or in the desk's
    vocabulary."""
    WORDS: Words
    """Words of commands in each language; the first is the one that help shows."""
    GETS: Mapping[str, Brought]
    """What `get` brings in place of a message's text, by the word behind its id."""
    CONFIRMED: Mapping[str, Allowed]
    """What tokens allow, by their actions."""
    DENIED: Mapping[str, Allowed]
    """What follows when who got a token says no, by its action; the token is taken back anyway."""
    LATE: Mapping[str, Allowed]
    """What follows from a yes with a token that is over, by its action: the case is proven by
    nothing. Where it is nothing, who answers hears that it was too late."""
    READ: frozenset[str]
    """Actions whose answer is more than a yes, such as a form: what is allowed reads it itself, and
    no doubt is looked for in its first line."""
    OWED: frozenset[str]
    """Kinds of letters (before their colon) that are always told: what became of a vote, refusals,
    one's own data, questions whether one wants what one asked for."""
    WORK: frozenset[str]
    """Kinds of letters of those who moderate and review."""
    LINKS: frozenset[str]
    """Purposes whose letters that pages cause hold a link to sign in."""
    DEEDS: Mapping[str, Done]
    """What carries out a plan's deeds, by their names."""
    LANGUAGE: Callable[[Message], str]
    """The language of a mail that consists of the feature's own words alone; "" for any other. Its
    author is asked in it whether he wrote the mail."""
    AFTER: After
    """Called with every plan that was carried out, for what it leaves to do. Safe to do again."""


def acts() -> Mapping[str, Act]:
    """All of `MailHook.ACTS`."""
    return hooks.table("mail", "ACTS")


def posted(purpose: str | None) -> tuple[Posted, ...]:
    """All of `MailHook.POSTED` for an address."""
    found: tuple[Mapping[str | None, Posted], ...] = hooks.each("mail", "POSTED")
    return tuple(table[purpose] for table in found if purpose in table)


def commands() -> Mapping[str, MailCommand]:
    """All of `MailHook.COMMANDS`."""
    return hooks.table("mail", "COMMANDS")


def gets() -> Mapping[str, Brought]:
    """All of `MailHook.GETS`."""
    return hooks.table("mail", "GETS")


def confirmed() -> Mapping[str, Allowed]:
    """All of `MailHook.CONFIRMED`."""
    return hooks.table("mail", "CONFIRMED")


def denied() -> Mapping[str, Allowed]:
    """All of `MailHook.DENIED`."""
    return hooks.table("mail", "DENIED")


def late() -> Mapping[str, Allowed]:
    """All of `MailHook.LATE`."""
    return hooks.table("mail", "LATE")


def read() -> frozenset[str]:
    """All of `MailHook.READ`."""
    return frozenset().union(*hooks.each("mail", "READ"))


def chores() -> tuple[tuple[str, Chore], ...]:
    """All of `ChoresHook.CHORES`, each with the name of its feature, in no order."""
    return tuple((name, one) for name, some in hooks.named("chores", "CHORES") for one in some)


def after() -> tuple[After, ...]:
    """All of `MailHook.AFTER`."""
    return hooks.each("mail", "AFTER")


def deeds() -> Mapping[str, Done]:
    """All of `MailHook.DEEDS`."""
    return hooks.table("mail", "DEEDS")
