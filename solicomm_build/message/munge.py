"""From munging: what a list does to a copy that receivers would turn away in the author's name.

Pure. The author's DKIM survives our copies nearly always, and then nothing is done. Where it does
not, and the author's domain enforces DMARC, the copy comes from the list, `Ana via Water
<water@hub>`, and says in Author (RFC 9057) and X-Original-From whose it is. Works by byte range on
the header only: all other fields and the body keep their octets. The archive, digests and feeds
always show the true author.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from solicomm_build.foundation import characters
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message import address, transform
from solicomm_build.message.auth import coverage, dkim, dmarc
from solicomm_build.message.auth.dkim import KeyLookup
from solicomm_build.message.auth.dmarc import Policy, TxtLookup
from solicomm_build.message.origin import ORIGIN, PAGE
from solicomm_build.message.split import Field, Split, split

SETTINGS = ("auto", "always", "never", "wrap")
"""`dmarc:` of a conference: `wrap` decides as `auto` does, and puts the message into another."""

Replies = Literal["author", "list", "both", "conversation"]

_LONGEST_NAME = 100
# Controls, separators, and marks that turn the direction of what follows.
_UNSEEN = re.compile(
    f"[{characters.CONTROLS}{characters.MARKS}{characters.BREAKS}{characters.DIRECTION}"
    f"{characters.BOM}]+"
)
_OUTER = frozenset(
    {"from", "reply-to", "mime-version", "author", "x-original-from", "dkim-signature", "autocrypt"}
)
"""What a wrapping message does not take over from the one inside, besides Content-*."""


@dataclass(frozen=True, slots=True)
class Munging:
    """How a list munges. `via` is in the list's language, with {name} and {list}; `own_domains`
    are those the list signs for; a message `of_page` is munged whatever the setting."""

    list_address: str
    list_title: str
    setting: str = "auto"
    replies: Replies = "author"
    via: str = "{name} via {list}"
    own_domains: Collection[str] = field(default_factory=tuple)
    of_page: bool = False


def needs_munging(
    policy: Policy,
    author_domain: str,
    survives: bool,
    own_domains: Collection[str],
    *,
    setting: str = "auto",
) -> bool:
    """Whether a copy has to come from the list (docs/mail-rules.md#copies).

    `survives`: a signature of the author's domain verifies on the very octets that go out.
    """
    if setting == "never" or author_domain in own_domains:
        return False
    return setting == "always" or (policy.enforces and not survives)


def mitigated(
    original: bytes, copy: bytes, how: Munging, txt: TxtLookup | None, keys: KeyLookup | None
) -> bytes:
    """The copy as it may go out: itself, munged, or wrapped. Once per post; asks the DNS.

    Without `txt` no domain is known to enforce. Where the DNS does not answer, a signature that the
    copy left as it was in the original counts as one that survives. Raises MessageError past the
    limits of a header.
    """
    if how.of_page and author_domain(copy) not in how.own_domains:
        return wrap(copy, how) if how.setting == "wrap" else munge(copy, how)
    if how.setting == "never":
        return copy
    domain = author_domain(copy)
    policy, survives = dmarc.NONE, False
    if how.setting != "always" and txt is not None and domain not in how.own_domains:
        policy = dmarc.policy(domain, txt)
        if policy.enforces and keys is not None:
            survives = survives_as(copy, domain, policy, txt, keys)
        if policy.enforces and not policy.certain:
            survives = survives or (domain, True) in coverage.intact(original, copy)
    if not needs_munging(policy, domain, survives, how.own_domains, setting=how.setting):
        return copy
    return wrap(copy, how) if how.setting == "wrap" else munge(copy, how)


def survives_as(copy: bytes, domain: str, policy: Policy, txt: TxtLookup, keys: KeyLookup) -> bool:
    """Whether a signature that speaks for the author's domain verifies on these octets."""
    return dkim.passes(
        copy, keys, lambda d: dmarc.aligned(domain, d, txt, strict=policy.strict_dkim)
    )


def is_of_page(raw: bytes) -> bool:
    """Whether the hub made the message of what was written on a page."""
    return any(one.value == PAGE for one in split(raw).named(ORIGIN.lower()))


def author_domain(raw: bytes) -> str:
    """The domain of the first mailbox in From; empty when there is none."""
    boxes = _boxes(split(raw), "from")
    return dmarc.domain_of(boxes[0].addr_spec) if boxes else ""


def munge(raw: bytes, how: Munging) -> bytes:
    """The message From the list. Replies go where they went before (docs/mail-rules.md#copies).

    To the author: to the Reply-To of the original, else its From. To the list: to its address, and
    the author into Cc. Raises MessageError past the limits of a header.
    """
    parts = split(raw)
    eol = _line_end(raw)
    changed = _reply_fields(parts, how)
    pieces, first = [], True
    for one in parts.fields:
        name = one.name.lower()
        if name == "from":
            pieces.append(_from_fields(parts, how) if first else b"")
            pieces.append(b"X-Original-From:" + _value(one))
            first = False
        elif name in changed:
            pieces.append(changed.pop(name) or b"")
            changed[name] = b""
        else:
            pieces.append(_whole(raw, one))
    if first:
        pieces.append(_from_fields(parts, how))
    pieces += changed.values()
    head = b"".join(pieces).replace(b"\r\n", b"\n").replace(b"\n", eol)
    rest = raw[parts.end :]
    return head + (rest if rest.startswith((b"\r\n", b"\n")) else eol + rest)


def wrap(raw: bytes, how: Munging) -> bytes:
    """A message From the list that holds the whole original as message/rfc822 (RFC 2046 5.2.1)."""
    parts = split(raw)
    eol = _line_end(raw)
    eight = b"7bit" if raw.isascii() else b"8bit"
    pieces = [
        _whole(raw, one)
        for one in parts.fields
        if one.name.lower() not in _OUTER and not one.name.lower().startswith("content-")
    ]
    pieces += [
        _from_fields(parts, how),
        _reply_fields(parts, how).get("reply-to", b"")
        or b"".join(b"Reply-To:" + _value(one) for one in parts.named("reply-to")[:1]),
        b"MIME-Version: 1.0\n",
        b"Content-Type: message/rfc822\nContent-Disposition: inline\n",
        b"Content-Transfer-Encoding: " + eight + b"\n",
    ]
    inner = raw[parts.fields[0].start :] if parts.fields else raw
    return b"".join(pieces).replace(b"\r\n", b"\n").replace(b"\n", eol) + eol + inner


# -- the fields ---------------------------------------------------------------------------------


def _from_fields(parts: Split, how: Munging) -> bytes:
    """From of the list, and Author with the octets of the original unless there is one already."""
    boxes = _boxes(parts, "from")
    name = how.via.format(name=shown_name(boxes), list=how.list_title)
    made = transform.mailbox_field("From", clean(name), how.list_address)
    originals = parts.named("from")
    if originals and not parts.named("author"):
        made += b"Author:" + _value(originals[0])
    return made


def shown_name(boxes: tuple[Mailbox, ...]) -> str:
    """What the author is called: the display name without addresses in it, else the local part."""
    for box in boxes[:1]:
        words = clean(box.name).replace('"', "").split()
        kept = " ".join(word for word in words if "@" not in word and "＠" not in word)
        return kept[:_LONGEST_NAME].strip() or clean(box.addr_spec.partition("@")[0])[:64]
    return "?"


def clean(text: str) -> str:
    """Text for a header without anything unseen."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def _reply_fields(parts: Split, how: Munging) -> dict[str, bytes]:
    """Reply-To and Cc where they change, by name; the octets of the original's addresses stay."""
    replies = [one for one in parts.named("reply-to") if address.parse_list(one.value)]
    wanted = replies[:1] or parts.named("from")[:1]
    list_box = f"<{how.list_address}>".encode("ascii")
    if how.replies in ("author", "conversation"):  # the latter is on the copy where it may be
        return {} if replies or not wanted else {"reply-to": b"Reply-To:" + _value(wanted[0])}
    if how.replies == "both" and wanted:
        return {"reply-to": b"Reply-To:" + _joined(_value(wanted[0]), list_box + b"\n")}
    changed = {"reply-to": b"Reply-To: " + list_box + b"\n"}
    addressed = {address.key(b.addr_spec) for b in _boxes(parts, "to") + _boxes(parts, "cc")}
    new = [b for one in wanted for b in address.parse_list(one.value)]
    if wanted and not all(address.key(box.addr_spec) in addressed for box in new):
        before = [_value(one) for one in parts.named("cc") if one.value]
        value = _value(wanted[0])
        for one in reversed(before):
            value = _joined(one, value)
        changed["cc"] = b"Cc:" + value
    return changed


def _joined(first: bytes, second: bytes) -> bytes:
    """Two address lists as one value; the fold between them has an address on either side."""
    return first.rstrip(b" \t\r\n,") + b",\n " + second.lstrip(b" \t\r\n")


def _boxes(parts: Split, name: str) -> tuple[Mailbox, ...]:
    return tuple(box for one in parts.named(name) for box in address.parse_list(one.value))


def _value(one: Field) -> bytes:
    """A field's value with its folds and one line end."""
    return one.raw.rstrip(b"\r\n") + b"\n"


def _whole(raw: bytes, one: Field) -> bytes:
    octets = raw[one.start : one.end]
    return octets if octets.endswith(b"\n") else octets + b"\n"


def _line_end(raw: bytes) -> bytes:
    first = raw.find(b"\n")
    return b"\n" if first > 0 and raw[first - 1] != 13 else b"\r\n"
