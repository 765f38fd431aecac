"""What the desk has decided to do about one mail: values only, nothing is done here.

A handler looks at the hub as it is and returns a Plan; the ledger (ledger.py) writes it down and
carries it out, once, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, Proven
from solicomm_build.message.text import spoken
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

    @property
    def said(self) -> str:
        """The tag of the language that the mail is in, as far as it tells: by its words, else by
        what its program says; what a page of ours made is in the page's. "" when nothing does."""
        stated, text = self.message.language or "", self.message.text
        return (
            stated if self.web else spoken.language(text, stated) or stated or spoken.likely(text)
        )

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
    `notice` is for mail that nobody asked for now: it may bounce to the list. `other_forms` say the
    same as the text to programs (RFC 2046 5.1.4), the best one last. `digest` holds whole messages
    that follow as a multipart/digest; `below` is the mail that this one answers, when that
    is not the one it is about; one that stands alone names no other mail.
    `text` is marked as message/richtext.py says and goes out with HTML beside it; a `plain` letter
    goes as text alone, since its answer brings its own lines back. `why` says why somebody gets it
    where it is neither an answer nor to the people of a list, `stop` how that ends, and
    `unsubscribe` is an address that ends it by one POST (RFC 8058).
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
    other_forms: tuple[Attached, ...] = ()
    digest: tuple[bytes, ...] = ()
    below: Message | None = None
    standalone: bool = False
    plain: bool = False
    why: str = ""
    stop: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """A file that is written: in mail.git, in a conference's repository, or below `private/`. Safe
    to do again. `text` is None for one that goes, which is for mail.git alone.

    A conference's file, such as an event or a ballot, has a path that is made of what it says, so
    one that is there already is the same and is passed over.
    """

    home: Literal["mail", "conference", "private"]
    path: str
    text: str | None
    conference: str = ""

    @classmethod
    def to_mail(cls, path: str, octets: bytes | None) -> Write:
        """A file of mail.git, such as a decision; None takes it away."""
        return cls("mail", path, None if octets is None else octets.decode("utf-8"))

    @classmethod
    def to_conference(cls, conference: str, path: str, text: str) -> Write:
        """A file of a conference."""
        return cls("conference", path, text, conference)

    @classmethod
    def to_private(cls, path: str, text: str) -> Write:
        """A plain file below `private/`, such as a ballot that nobody sees yet."""
        return cls("private", path, text)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a feature does itself when the plan is carried out: `name` in `DEEDS` of its
    `mail.py` (hooks.py) with these facts, which JSON can hold."""

    name: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Events for the roster, files to write, letters to send, posts that the hub writes for
    somebody, and deeds of features; `subject` is the commits'."""

    events: tuple[Event, ...] = ()
    writes: tuple[Write, ...] = ()
    letters: tuple[Letter, ...] = ()
    subject: str = ""
    posts: tuple[Item, ...] = ()
    deeds: tuple[Deed, ...] = ()

    def __add__(self, other: Plan) -> Plan:
        return Plan(
            self.events + other.events,
            self.writes + other.writes,
            self.letters + other.letters,
            self.subject or other.subject,
            self.posts + other.posts,
            self.deeds + other.deeds,
        )

    def __bool__(self) -> bool:
        return any((self.events, self.writes, self.letters, self.posts, self.deeds))

    def written(self, home: str) -> list[Write]:
        """What is written there."""
        return [one for one in self.writes if one.home == home]


NOTHING = Plan()
