"""What a digest is made of, as frozen values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from solicomm_build.message.listcopy import ListFacts
from solicomm_build.message.values import Message


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a post: `bytes` as it was sent; `link` is where it is, empty where it is not."""

    name: str
    type: str
    bytes: int
    link: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A post in a digest: `copy` is what members get of it, `link` its page or empty, `mid` its
    id in the hub."""

    topic: str
    message: Message
    message_id: str
    copy: bytes
    link: str = ""
    mid: str = ""
    files: tuple[FileLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of a digest in one language; `whens` are the entries' times."""

    subject: str
    about: str
    issue: str
    contents: str
    on_the_web: str
    answering: str
    options: str
    choose: str
    leaving: str
    attached: str
    pictures: str
    read: str
    reply: str
    reason: str
    end: str
    no_subject: str
    whens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest is made of. `key` names it in the hub; entries are oldest first."""

    facts: ListFacts
    key: str
    message_id: str
    date: datetime
    lang: str
    words: Words
    entries: tuple[Entry, ...]
    issue: tuple[int, int] = (1, 1)

    @property
    def choices(self) -> str:
        """The page where a member chooses how the list comes."""
        return f"{self.facts.url}/members/lists/{self.facts.list_id}/"
