"""What the desk has decided to do about one mail: values only, nothing is done here.

A handler looks at the hub as it is and returns a Plan; the ledger (ledger.py) writes it down and
carries it out, once, whatever happens in between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from solicomm_build.features.library.deposits.deposits import Facts
from solicomm_build.features.topics.orders import Moving
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, Proven
from solicomm_build.git.writer import Change
from solicomm_build.message.values import Message
from solicomm_build.people.rosterevents import Event


@dataclass(frozen=True, slots=True)
class Case:
    """One mail to one of our addresses.

    `cause` names it for good; `purpose` is None for the hub's own address; `conference` is empty
    then. `address` is the one it came to. `author` is the one author of From, empty when there is
    none or several; `proof` the same, once it is proved who that is: what the roster says of
    somebody is asked with it alone.
    `automatic` says why nothing may be done about it (a program sent it), `mute` why nothing may be
    answered; both are empty for most mail. `web` says that a page of ours made it; `library` is the
    library whose address this is.
    """

    cause: str
    message: Message
    envelope: Envelope
    purpose: str | None
    conference: str
    tag: str
    address: str
    author: str
    proof: Proven | None = None
    automatic: str = ""
    mute: str = ""
    web: bool = False
    library: str = ""

    @property
    def proven(self) -> bool:
        """Whether the author is proved."""
        return self.proof is not None

    def as_proven(self, who: Proven) -> Case:
        """The same mail, with `who` for its proven author."""
        return replace(self, author=who, proof=who, mute="", automatic="")


@dataclass(frozen=True, slots=True)
class Attached:
    """A part after a letter's text: octets of a leaf part, or a whole message of type
    message/rfc822."""

    type: str
    octets: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail of ours before it has its header.

    `kind` is what at most one a day is sent of to an address; empty for what follows from a change
    that was made, which is always told. `text` has LF line ends. `sender` is the local part of its
    From, `name` what stands before it; `reply_to` a local part or "".
    `notice` is for mail that nobody asked for now: it may bounce to the list. `digest` holds whole
    messages that follow as a multipart/digest; `below` is the mail that this one answers, when that
    is not the one it is about; one that stands alone names no other mail.
    """

    kind: str
    to: str
    lang: str
    subject: str
    text: str
    sender: str
    name: str
    reply_to: str = ""
    conference: str = ""
    notice: bool = False
    attached: tuple[Attached, ...] = ()
    digest: tuple[bytes, ...] = ()
    below: Message | None = None
    standalone: bool = False


@dataclass(frozen=True, slots=True)
class Filing:
    """What becomes of a deposit of the e-library: its facts, and its card when that changes."""

    key: str
    facts: Facts
    card: str = ""


@dataclass(frozen=True, slots=True)
class ConferenceFile:
    """A file that is added to a conference's repository, such as an event or a ballot. Its path is
    made of what it says, so one that is there already is the same and is passed over."""

    conference: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class CardChange:
    """A card of the people's directory as it is from now on, with its photo in base64 (or none);
    an empty `text` withdraws it, for good."""

    id: str
    text: str = ""
    photo: str = ""


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """A plain file below `private/`, such as a ballot that nobody sees yet. One that is there is
    the same."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class PrivateAnswer:
    """The fields of an answer to a form that are not public, kept beside its post `mid`."""

    conference: str
    mid: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Events for the roster, files for mail.git, for conferences and for `private/`, letters,
    deposits, cards of people, posts that the hub writes for somebody and what is kept beside them,
    topics that move; `subject` is the commits'."""

    events: tuple[Event, ...] = ()
    files: tuple[Change, ...] = ()
    letters: tuple[Letter, ...] = ()
    subject: str = ""
    filings: tuple[Filing, ...] = ()
    added: tuple[ConferenceFile, ...] = ()
    kept: tuple[PrivateFile, ...] = ()
    cards: tuple[CardChange, ...] = ()
    answers: tuple[PrivateAnswer, ...] = ()
    posts: tuple[Item, ...] = ()
    moves: tuple[Moving, ...] = ()

    def __add__(self, other: Plan) -> Plan:
        return Plan(
            self.events + other.events,
            self.files + other.files,
            self.letters + other.letters,
            self.subject or other.subject,
            self.filings + other.filings,
            self.added + other.added,
            self.kept + other.kept,
            self.cards + other.cards,
            self.answers + other.answers,
            self.posts + other.posts,
            self.moves + other.moves,
        )

    def __bool__(self) -> bool:
        facts = (self.events, self.files, self.filings, self.added, self.kept, self.cards)
        return any((*facts, self.letters, self.answers, self.posts, self.moves))


NOTHING = Plan()
