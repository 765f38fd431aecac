"""A received message to the octets that go out: fields taken out and put on top, by byte range.

Pure. The body and every field that stays keep their octets, so that signatures over them still
verify (mail.md finding 1). New fields come from one writer, which nothing from outside can break
out of (mail.md B.6): it refuses line breaks and controls, encodes what is not ASCII, and folds.
New lines end as the message's own lines do, CRLF or LF; the wire makes CRLF of both.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from solicomm_build.errors import MessageError
from solicomm_build.message.split import Field, split
from solicomm_build.types import PostId, TopicId

_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 3.6.8 ftext
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")  # RFC 5322 3.2.3 atext, and spaces
_ADDR_SPEC = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_LINE = 78  # RFC 5322 2.1.1: octets a line should not exceed
_LONGEST = 900  # RFC 5322 2.1.1: a line must not exceed 998, and a word cannot be folded
_WORD = 45  # octets of UTF-8 in an encoded word: 60 in base64, 72 in all (RFC 2047 2: 75)
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"

_ALWAYS_OUT = frozenset(
    {
        "return-path",  # RFC 5321 4.4: the last hop writes it anew
        "delivered-to",
        "x-original-to",
        "bcc",  # RFC 5322 3.6.3: whom it names must not be shown to the list
        "precedence",  # ours says it once
        "return-receipt-to",  # the next four ask every member's program for an answer
        "disposition-notification-to",
        "x-confirm-reading-to",
        "x-pmrqc",
        "x-message-id-hash",
    }
)
_OUT_BEFORE = ("list-", "approved", "x-solicomm-")  # passwords are in Approved and its kin


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What the fields of RFC 2369, 2919 and 5064 are made from.

    `list_id` is the list's id, `url` the start of the hub's links; `archived` says whether posts
    are on pages that members can open, `posting` whether members may post (RFC 2369 3.4).
    """

    list_id: str
    domain: str
    title: str
    url: str
    archived: bool = True
    posting: bool = True

    @property
    def address(self) -> str:
        """Where one posts to."""
        return f"{self.list_id}@{self.domain}"

    @property
    def bounces(self) -> str:
        """The reverse-path of every copy (RFC 5321 3.9.2)."""
        return f"{self.list_id}-bounces@{self.domain}"


def list_copy(
    raw: bytes,
    facts: ListFacts,
    *,
    mid: PostId,
    tid: TopicId | None,
    message_id: str | None = None,
) -> bytes:
    """The copy of a post that members get (mail.md E6.1, E6.2), before anything personal.

    `tid` is None for a post that is not archived. `message_id` is put on when the message came
    without one, because threads need it. Raises MessageError when the header cannot be read.
    """
    nested = _is_nested(raw, facts)

    def goes(field: Field) -> bool:
        return _goes(field, facts.domain, nested=nested)

    lines = _list_fields(facts, mid, tid)
    if message_id and not _has(raw, "message-id"):
        lines.append(header_field("Message-ID", f"<{message_id}>"))
    return replace_fields(raw, goes, lines)


def replace_fields(raw: bytes, goes: Callable[[Field], bool], lines: Iterable[bytes]) -> bytes:
    """The message without the fields that go, and with `lines` (CRLF, complete) on top.

    A leading mbox `From ` line goes as well; every other octet stays.
    """
    parts = split(raw)
    eol = _line_end(raw)
    kept = [line.replace(b"\r\n", eol) for line in lines]
    kept += [_whole(raw, field, eol) for field in parts.fields if not goes(field)]
    rest = raw[parts.end :]
    if not rest.startswith((b"\r\n", b"\n")):
        rest = eol + rest  # the header had no end of its own, and must not take in the body
    return b"".join(kept) + rest


def header_field(name: str, value: str) -> bytes:
    """One header field with its CRLF: refuses controls, encodes what is not ASCII, folds.

    For text and for structured values that are ASCII. Raises MessageError.
    """
    if not _NAME.fullmatch(name):
        raise MessageError("a header field with an impossible name")
    if _CONTROL.search(value):
        raise MessageError(f"a control character in the field {name}")
    words = value.split(" ") if value.isascii() and "=?" not in value else encoded_words(value)
    return _folded(name, words)


def phrase(text: str) -> str:
    """A display name as it stands before `<…>`: atoms, a quoted string or encoded words
    (RFC 5322 3.2.5, RFC 2047 5). Raises MessageError for controls."""
    if _CONTROL.search(text):
        raise MessageError("a control character in a display name")
    if not text.isascii() or "=?" in text:
        return " ".join(encoded_words(text))
    if _ATOMS.fullmatch(text):
        return text.strip()
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def named_field(name: str, display: str, inside: str) -> bytes:
    """A field `Display <inside>`; `inside` is an addr-spec or a list-id. Raises MessageError."""
    if not re.fullmatch(r"[!-;=?-~]+", inside):
        raise MessageError(f"what is in the brackets of {name} is no address")
    before = phrase(display)
    if _CONTROL.search(inside) or not _NAME.fullmatch(name):
        raise MessageError(f"a control character in the field {name}")
    return _folded(name, [*(before.split(" ") if before else ()), f"<{inside}>"])


def mailbox_field(name: str, display: str, addr_spec: str) -> bytes:
    """A field with one mailbox, written from its parts. Raises MessageError."""
    if not _ADDR_SPEC.fullmatch(addr_spec):
        raise MessageError(f"{name}: not an address that can be written in a header")
    return named_field(name, display, addr_spec)


def encoded_words(text: str) -> list[str]:
    """UTF-8 text as encoded words of at most 75 octets that split no character (RFC 2047 5)."""
    words, piece = [], b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _WORD:
            words.append(piece)
            piece = b""
        piece += octets
    words.append(piece)
    return [f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in words if word]


def _list_fields(facts: ListFacts, mid: PostId, tid: TopicId | None) -> list[bytes]:
    """The fields of mail.md E6.2 in their order, those of tokens and signatures aside."""
    about = f"{quote(facts.url, safe=_URL_SAFE)}/conferences/{facts.list_id}/"
    on_pages = []
    if facts.archived:
        on_pages.append(header_field("List-Archive", f"<{about}>"))
        if tid is not None:
            on_pages.append(header_field("Archived-At", f"<{about}t/{tid}/#{mid}>"))
    return [
        header_field("List-Unsubscribe", f"<mailto:{facts.list_id}-leave@{facts.domain}>"),
        named_field("List-Id", facts.title, f"{facts.list_id}.{facts.domain}"),
        header_field("List-Post", f"<mailto:{facts.address}>" if facts.posting else "NO"),
        header_field("List-Owner", f"<mailto:{facts.list_id}-owner@{facts.domain}>"),
        *on_pages,
        header_field("X-Message-ID-Hash", mid.upper()),  # as Mailman writes it
        header_field("X-Loop", facts.address),
        header_field("Precedence", "list"),
        header_field("X-SoliComm-Post", post_key(facts.list_id, mid)),
    ]


def post_key(list_id: str, mid: PostId) -> str:
    """The value of X-SoliComm-Post: names a post of a list in the whole hub."""
    return f"{list_id}/{mid}"


def key_of(raw: bytes) -> str | None:
    """The X-SoliComm-Post of a copy of ours, None when it is something else."""
    for field in split(raw).fields:
        if field.name.lower() == "x-solicomm-post":
            return field.value
    return None


def _is_nested(raw: bytes, facts: ListFacts) -> bool:
    """Whether another list sent it to us; then its Archived-At stays (RFC 5064 2.2)."""
    ours = f"<{facts.list_id}.{facts.domain}>"
    return any(f.name.lower() == "list-id" and ours not in f.value for f in split(raw).fields)


def _has(raw: bytes, name: str) -> bool:
    return any(field.name.lower() == name for field in split(raw).fields)


def _goes(field: Field, domain: str, *, nested: bool) -> bool:
    name = field.name.lower()
    if name == "archived-at":
        return not nested
    if name == "authentication-results":  # RFC 8601 5: nobody else speaks in our name
        return field.value.partition(";")[0].split()[:1] == [domain]
    return name in _ALWAYS_OUT or name.startswith(_OUT_BEFORE)


def _line_end(raw: bytes) -> bytes:
    first = raw.find(b"\n")
    return b"\n" if first > 0 and raw[first - 1] != 13 else b"\r\n"


def _whole(raw: bytes, field: Field, eol: bytes) -> bytes:
    """A field's own octets; the last of a message that breaks off gets its line end."""
    octets = raw[field.start : field.end]
    return octets if octets.endswith(b"\n") else octets + eol


def _folded(name: str, words: list[str]) -> bytes:
    """`Name: word word…` with CRLF SPACE where a line would pass 78 octets (RFC 5322 2.2.3).

    Never a line of white space alone: a fold needs a word on either side.
    """
    if any(len(word) > _LONGEST for word in words):
        raise MessageError(f"a word of the field {name} is too long for a line")
    lines, line = [], f"{name}:"
    for word in words:
        if len(line) + 1 + len(word) > _LINE and line.strip() not in ("", f"{name}:") and word:
            lines.append(line)
            line = ""
        line += " " + word
    return "\r\n".join([*lines, line]).rstrip().encode("ascii") + b"\r\n"
