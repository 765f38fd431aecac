"""The addresses a list answers at: `water-join@...`, `water+t-<tid>@...` and so on.

Pure naming; nothing here knows which lists exist or whether a token is good. Each sub-address may
be written with `-` or with `+` (Postfix's recipient_delimiter); a token or tag follows a `+`, and
is recognised in the forms that mail programs make of it (people/token.py). Local parts are compared
in ASCII without case, as everybody's mail server does.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from solicomm_build.foundation import hooks
from solicomm_build.people import token as tokens


class Purpose(StrEnum):
    """What mail to an address of a list or of the hub is for. A feature names what its own are for
    (its `addresses.py`)."""

    POST = "post"
    TOPIC = "topic"
    REQUEST = "request"
    JOIN = "join"
    LEAVE = "leave"
    OWNER = "owner"
    CONFIRM = "confirm"
    BOUNCES = "bounces"
    MODERATE = "moderate"
    DIGEST = "digest"
    NOMAIL = "nomail"
    LOGIN = "login"


_SUFFIXES = {
    "request": Purpose.REQUEST,
    "join": Purpose.JOIN,
    "subscribe": Purpose.JOIN,
    "leave": Purpose.LEAVE,
    "unsubscribe": Purpose.LEAVE,
    "owner": Purpose.OWNER,
    "confirm": Purpose.CONFIRM,
    "bounces": Purpose.BOUNCES,
    "moderate": Purpose.MODERATE,
    "digest": Purpose.DIGEST,
    "nomail": Purpose.NOMAIL,
    "login": Purpose.LOGIN,
}


@hooks.derived
def _words() -> Mapping[str, str]:
    """What may follow `<list>-`, with what it is for: ours, and those of features."""
    more: Mapping[str, str] = hooks.table("addresses", "SUFFIXES")
    return {**_SUFFIXES, **more}


def suffixes() -> tuple[str, ...]:
    """All words that may follow `<list>-`; other words for the same come last."""
    words = _words()
    return (*dict.fromkeys(map(str, words.values())), *(w for w in words if w != words[w]))


@hooks.derived
def given_tokens() -> frozenset[str]:
    """The purposes in whose addresses a tag is a token that the roster knows."""
    return _NEEDS_TOKEN.union(*hooks.each("addresses", "TOKENS"))


_NEEDS_TOKEN: frozenset[str] = frozenset({Purpose.CONFIRM, Purpose.MODERATE})
_MAY_HAVE_TOKEN = frozenset({Purpose.CONFIRM, Purpose.MODERATE, Purpose.LEAVE, Purpose.BOUNCES})
_TOPIC = re.compile(r"t-([a-z2-7]{32})")
_MANGLED = 6  # characters that `=3D`, percent signs and the like add to a token at most

SITE = "solicomm"
"""The local part of the hub's own commands; also `solicomm-confirm+TOKEN`."""

COMMANDS = frozenset(
    {
        Purpose.REQUEST,
        Purpose.JOIN,
        Purpose.LEAVE,
        Purpose.CONFIRM,
        Purpose.MODERATE,
        Purpose.DIGEST,
        Purpose.NOMAIL,
        Purpose.LOGIN,
    }
)
"""What the desk answers besides what features have."""

FORMS = "forms"
"""The local part that forms of all conferences are asked for at."""

RESERVED = frozenset(
    {SITE, FORMS, "vote", "postmaster", "abuse", "mailer-daemon", "noreply", "no-reply"}
)
"""Local parts no list or member may have (RFC 2142, and our own site address)."""


@dataclass(frozen=True, slots=True)
class ListAddress:
    """A local part taken apart: the list's own local part, the purpose, the tid or the token."""

    base: str
    purpose: str  # one of `Purpose`, or a feature's own word
    tag: str = ""


def fold(text: str) -> str:
    """An address or local part as it is compared: ASCII letters in lower case, others untouched."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def split(local_part: str, lists: Container[str]) -> ListAddress | None:
    """What a local part addresses among `lists` (their local parts, folded); None when nothing.

    A list's own name wins over a sub-address of another: `a-join` may be a list.
    """
    local = fold(local_part)
    if local in lists:
        return ListAddress(local, Purpose.POST)
    head, plus, tail = local.partition("+")
    if plus and head in lists:
        return _after_plus(head, tail)
    base, hyphen, suffix = head.rpartition("-")
    if hyphen and base in lists and suffix in _words():
        return _with_token(base, _words()[suffix], tail)
    return None


def _after_plus(base: str, tail: str) -> ListAddress | None:
    """`join`, `t-<tid>`, `leave+<token>`: what follows `<list>+`."""
    if match := _TOPIC.fullmatch(tail):
        return ListAddress(base, Purpose.TOPIC, match[1])
    suffix, _, token = tail.partition("+")
    return _with_token(base, _words()[suffix], token) if suffix in _words() else None


def _with_token(base: str, purpose: str, tail: str) -> ListAddress | None:
    if not tail:
        return None if purpose in _NEEDS_TOKEN else ListAddress(base, purpose)
    if purpose not in _MAY_HAVE_TOKEN | given_tokens() or len(tail) > tokens.LENGTH + _MANGLED:
        return None
    token = tokens.normalise(tail)
    return ListAddress(base, purpose, token) if token else None


def local_part(base: str, purpose: str, tag: str = "") -> str:
    """The local part for a purpose; `split` takes it apart again."""
    if purpose is Purpose.POST:
        return base
    if purpose is Purpose.TOPIC:
        return f"{base}+t-{tag}"
    return f"{base}-{purpose}" + (f"+{tag}" if tag else "")


def moved(local: str, names: Mapping[str, str]) -> str | None:
    """The local part that one of a list's former name stands for now; None for any other. `names`
    are the former names with those of today."""
    found = split(local, names) if names else None
    return local_part(names[found.base], found.purpose, found.tag) if found else None


def why_not(base: str) -> str:
    """Why a list may not have this local part (docs/mail-rules.md#addresses), as a sentence; empty
    when it may."""
    if base in RESERVED:
        return f"{base} is an address of the hub itself"
    suffix = base.rpartition("-")[2]
    if suffix != base and suffix in _words():
        return f"names ending in -{suffix} are addresses of other lists"
    return ""


def clash(name: str, *, lists: Container[str], mailboxes: Iterable[str]) -> str:
    """Why no list or mailbox may be called `name` beside the others, as a sentence; empty when it
    may. Two things under one address would take each other's mail."""
    if name in RESERVED:
        return why_not(name)
    if name in lists:
        return f"{name} is a conference or list already"
    if found := split(name, lists):
        return f"{name} is the address for {found.purpose} of {found.base}"
    own = frozenset({name})
    for mailbox in mailboxes:
        if mailbox == name:
            return f"{name} is a member's address already"
        if found := split(mailbox, own):
            return f"{mailbox} is a member's address, and would be the one for {found.purpose}"
    return ""
