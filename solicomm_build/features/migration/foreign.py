"""A list as another list server keeps it, in our words: members, people in charge, settings.

Pure values. The readers of foreign formats (`ingest/foreign/`) make them,
`features/migration/migration.py`
applies them. What has no counterpart here is said in `absent`, one sentence a thing, for the
operator to read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.foundation import characters, i18n
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.oneline import one_line
from solicomm_build.message.address import is_valid, key
from solicomm_build.message.text import guess

_DOMAIN_BAN = re.compile(r"\^?(?:\.\*|\.\+)?@((?:[a-z0-9-]+\\?\.)+[a-z0-9-]+)\$?", re.IGNORECASE)
_ADDRESS_BAN = re.compile(r"\^((?:[A-Za-z0-9_%+-]|\\?\.)+@(?:[A-Za-z0-9-]+\\?\.)+[A-Za-z0-9-]+)\$?")


@dataclass(frozen=True, slots=True)
class ForeignMember:
    """A subscription there. `options` are ours (people/membership.py); `stopped` says why it got no
    mail by somebody else's will, such as an owner's; empty when it got it. `free` is a member whom
    the moderators of a moderated list let post at once.
    """

    address: str
    name: str = ""
    lang: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class ForeignSettings:
    """Settings in the words of conference.yaml; None or empty where the source does not say.
    `max_bytes` is the largest message, which is also the largest attachment.
    """

    posting: str = ""
    visibility: str = ""
    reply_to: str = ""
    nonmembers: str = ""
    addressed: bool | None = None
    emergency: bool = False
    max_bytes: int = 0
    dmarc: str = ""

    @property
    def founded_as(self) -> str:
        """The visibility of a list that comes in anew: what does not say that it is public was
        perhaps never to be seen by strangers."""
        return self.visibility or "members"


@dataclass(frozen=True, slots=True)
class ForeignList:
    """One list. `address` is the one people posted to, empty when the source does not say.

    `trusted` and `banned` are addresses or, for bans, `@domain`. `archives` are what the importer
    can read (mbox, Maildir, .eml); `held` are messages that waited for a moderator.
    """

    server: str
    name: str
    address: str = ""
    title: str = ""
    description: str = ""
    lang: str = ""
    members: tuple[ForeignMember, ...] = ()
    owners: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    settings: ForeignSettings = ForeignSettings()
    archives: tuple[Path, ...] = ()
    held: tuple[bytes, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass
class Addresses:
    """Collects addresses of a source; those that are none become faults, all told at once."""

    file: str
    faults: list[ContentError] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)

    def take(self, address: str, *, line: int = 0, what: str = "") -> str:
        """The address when it is one; else "" and a fault noted."""
        text = characters.bare(address)
        if is_valid(text) and one_line(text, 254) == text:
            return text
        fault = f"{one_line(address, 60)!r} is not an address{' of ' + what if what else ''}"
        remedy = "Correct it or take it out, then run this again; nobody was taken over"
        self.faults.append(ContentError(fault, file=self.file, line=line, remedy=remedy))
        return ""

    def all(self, addresses: Iterable[str], *, what: str = "") -> tuple[str, ...]:
        """Each valid address once, in order."""
        found: dict[str, str] = {}
        for address in addresses:
            if taken := self.take(address, what=what):
                found.setdefault(key(taken), taken)
        return tuple(found.values())

    def check(self) -> None:
        """Raises ContentErrors when something was no address."""
        if self.faults:
            raise ContentErrors(self.faults)


def text_of(blob: bytes) -> str:
    """The text of a file that says no charset: UTF-8, UTF-16 with its mark, as spreadsheets write,
    else the charset that its letters look like."""
    if blob.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return blob.decode("utf-16", "replace")
    try:
        return blob.decode("utf-8-sig")
    except UnicodeDecodeError:
        return blob.decode(guess.codec_of(blob) or "utf-8", "replace")


def language(code: str) -> str:
    """A language of ours for a code such as `pt_BR`; empty when we do not speak it."""
    short = re.split(r"[-_@.]", code.strip().lower(), maxsplit=1)[0]
    return short if short in i18n.LANGUAGES else ""


def bans(patterns: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(addresses and `@domain`s that we can ban, patterns that we cannot) of a ban list.

    Lists of other servers hold addresses and regular expressions beginning with `^`.
    """
    taken: dict[str, None] = {}
    left: list[str] = []
    for raw in patterns:
        text = raw.strip()
        domain = _DOMAIN_BAN.fullmatch(text)
        address = _ADDRESS_BAN.fullmatch(text)
        if is_valid(text) and not text.startswith("^"):
            taken[key(text)] = None
        elif domain:
            taken["@" + domain[1].replace("\\", "").lower()] = None
        elif address and text.endswith("$"):
            taken[key(address[1].replace("\\", ""))] = None
        elif text:
            left.append(one_line(text, 120))
    return tuple(taken), tuple(left)


def exact(patterns: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(addresses, the rest) of a list of addresses and patterns."""
    found, left = bans(patterns)
    domains = tuple(one for one in found if one.startswith("@"))
    return tuple(one for one in found if not one.startswith("@")), left + domains


def some(items: Iterable[str], most: int = 5) -> str:
    """The first of some things for a sentence, and how many more there are."""
    listed = list(items)
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
