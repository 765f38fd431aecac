"""Mailboxes: our own reader of RFC 5322 3.4 and 4.4, with one answer on every Python.

`email.utils.parseaddr` answers `a@b.com <x@y.z>` with the display name on one version and with
nothing on another (docs/mail-rules.md#reading); here angle brackets always win. Also the masking of
addresses in what is published.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from solicomm_build.foundation.characters import BOM, MARKS
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message import header

MAX_MAILBOXES = 1000
"""Read from one field; what a policy allows is far less (docs/mail-rules.md#reading)."""

# Encoded words may hold commas. An unclosed quote or bracket is an ordinary character; quoted
# strings have a limit, or else unclosed ones would cost the square of their number.
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.){0,255})"|<(?P<angle>"(?:[^"\\]|\\.){0,255}"[^<>"]*+|[^<>]*+)>'
    r"|(?P<word>=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)|(?P<separator>[,;:()])|(?P<space>\s+)"
    r"|(?P<atom>\\.|[^\s\"<,;:()\\]+|[\"<\\])"
)
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.){1,255}"@[^\s"<>@]+')
_PIECE = re.compile(r'"(?:[^"\\]|\\.){0,255}"|\\.|[()]|\s+|[^"\\()\s]+|.', re.DOTALL)
# Nine of ten mailboxes look like this and need no tokens; any other sends the whole list that way.
_USUAL = re.compile(
    r'\s*+(?:(?:"([^"\\]*+)"\s*+|([^"<>(),:;@\\=]*+))<([^\s<>"(),:;\\]++)>'
    r'|([^\s<>"(),:;\\@]++@[^\s<>"(),:;\\]++))\s*+(?:,|\Z)'
)
_QUOTED_PAIR = re.compile(r"\\(.)")
_ROUTE = re.compile(r"^@[^:]*:")
_ADDR_SPEC = re.compile(
    r'(?:[^\s()<>\[\]:;@\\,"\x00-\x1f\x7f]+|"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])*")@'
    r"(?:(?!-)[\w-]+(?:\.[\w-]+)*|\[[0-9A-Za-z:.]+\])"
)


def parse_list(value: str) -> tuple[Mailbox, ...]:
    """Every mailbox of an address list, group members included (RFC 5322 3.4).

    Display names are decoded after the structure is read, so that an encoded comma or bracket
    cannot make a mailbox. What has no address, as in an empty group, gives none.
    """
    boxes: list[Mailbox] = []
    position, size = 0, len(value)
    while position < size and len(boxes) < MAX_MAILBOXES:
        match = _USUAL.match(value, position)
        if match is None:
            return tuple(islice(_mailboxes(value), MAX_MAILBOXES))
        quoted, name, spec, bare = match.groups()
        boxes.append(Mailbox(header.decode(quoted or name or ""), spec or bare))
        position = match.end()
    return tuple(boxes)


def _mailboxes(value: str) -> Iterator[Mailbox]:
    phrase: list[str] = []
    specs: list[str] = []
    comment: list[str] = []
    angle, depth, has_at = None, 0, False
    for match in _TOKEN.finditer(value):
        piece, kind = match[0], match.lastgroup
        if depth:
            depth += (piece == "(") - (piece == ")")
            comment.append(piece if depth else "")
        elif piece == "(":
            depth = 1
        elif kind == "angle":
            angle = match["angle"] if angle is None else angle
        elif kind == "separator" and piece in ",;":
            yield from _mailbox(phrase, specs, comment, angle)
            phrase, specs, comment, angle, has_at = [], [], [], None, False
        elif piece == ":" and angle is None and not has_at:
            phrase, specs, comment = [], [], []  # what came before was a group's name
        else:
            has_at = has_at or "@" in piece
            specs.append(piece)
            phrase.append(_QUOTED_PAIR.sub(r"\1", match["quoted"]) if kind == "quoted" else piece)
    yield from _mailbox(phrase, specs, comment, angle)


def _mailbox(
    phrase: list[str], specs: list[str], comment: list[str], angle: str | None
) -> Iterator[Mailbox]:
    if angle is not None:
        addr_spec = _ROUTE.sub("", _without_comments(angle))
        if addr_spec:
            yield Mailbox(header.decode("".join(phrase)), addr_spec)
        return
    addr_spec = "".join(specs).strip()
    if "@" not in addr_spec:
        if addr_spec and not any(c.isspace() for c in addr_spec):
            yield Mailbox("", addr_spec)
        return
    if not any(c.isspace() for c in addr_spec) or _QUOTED_LOCAL.fullmatch(addr_spec):
        yield Mailbox(header.decode("".join(comment)), addr_spec)
        return
    # `Ana ana@union.example`, brackets forgotten: the last word with an @ is the address.
    words = addr_spec.split()
    at = max(n for n, word in enumerate(words) if "@" in word)
    yield Mailbox(header.decode(" ".join(words[:at])).strip('" '), words[at])


def _without_comments(text: str) -> str:
    """What stands in angle brackets without comments and white space, save in quoted strings
    (RFC 5322 3.2.2, A.5)."""
    if not any(c in text for c in '("\\'):
        return "".join(text.split())
    kept: list[str] = []
    depth = 0
    for piece in _PIECE.findall(text):
        if piece == "(" or (piece == ")" and depth):
            depth += 1 if piece == "(" else -1
        elif not depth and not piece.isspace():
            kept.append(piece)
    return "".join(kept)


def is_valid(addr_spec: str) -> bool:
    """True for `local@domain` as RFC 5321 4.1.2 and RFC 6531 3.3 have it, at most 254 octets."""
    return len(addr_spec.encode("utf-8", "replace")) <= 254 and bool(
        _ADDR_SPEC.fullmatch(addr_spec)
    )


@lru_cache(maxsize=1024)  # one message asks a score of times, the next ones again
def key(addr_spec: str) -> str:
    """What two spellings of one mailbox share: NFC, domain as A-labels, ASCII in lower case.

    Local parts that are not ASCII keep their case (RFC 5321 2.4). Never fails.
    """
    local, _, domain = unicodedata.normalize("NFC", addr_spec).rpartition("@")
    if local.isascii():
        local = local.lower()
    if not domain.isascii() and len(domain) < 256:
        with contextlib.suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain.lower()}" if local else domain.lower()


# The last label of a domain, in one script: Chinese and Japanese go on behind an address without a
# space, and what follows it is no part of it.
_LATIN = "A-Za-z\u00c0-\u024f"
_LAST = rf"(?:[{_LATIN}][{_LATIN}0-9-]*|[^\W\d_{_LATIN}][\w-]*)"
# The look-behind stands after the @, so that the search can jump from one @ to the next.
_AT = r"@(?<=[\w.!#$%&'*+/=?^`{|}~\"-]@)"
_ENCODED_AT = r"%40(?<=[\w.!#$&'*+=^`{|}~-]%40)"
_DOMAIN = rf"(?:[\w-]+(?:\.[\w-]+)*\.{_LAST}|\[[0-9A-Fa-f:.]+\])"
_PLAIN = re.compile(_AT + _DOMAIN)
_EITHER = re.compile(f"(?:{_AT}|{_ENCODED_AT}){_DOMAIN}")
_HIDDEN = f"\u00ad{MARKS}{BOM}"
_DOT = "[.\u3002\uff0e\uff61]"
# The same with what only looks like it, what nobody sees, and comments (RFC 5322 3.2.2).
_ODD_AT = re.compile(
    rf"(?<=[\w.!#$%&'*+/=?^`{{|}}~\")-])[{_HIDDEN}]*[@\uff20\ufe6b][{_HIDDEN}]*"
    rf"(?:\([^()]{{0,80}}\))?(?:[\w-]+(?:{_DOT}[\w-]+)*{_DOT}{_LAST}"
    r"|\[[0-9A-Fa-f:.]+\])"
)
_ODD = re.compile(f"[\uff20\ufe6b\u3002\uff0e\uff61{_HIDDEN}]|\\)@|@\\(")
_WITHOUT_DOT = re.compile(r"(?<=[\w.+)-])[@\uff20\ufe6b](?:[^\W\d_][\w-]*)")
# What letters of a hub have for one person alone: `water-confirm+TOKEN@…`, `vote+q-id.TOKEN@…`, and
# links that end with a token (people/token.py), which has a digit nearly always and no capitals.
_TOKEN_OF_ADDRESS = re.compile(
    r"((?:\+|%2b)(?:[a-z0-9-]{1,40}\.)?)[a-z2-7]{26}(?=@|%40)", re.IGNORECASE
)
_TOKEN_BEFORE_AT = re.compile(r"@(?<=[a-z2-7]{26}@)", re.IGNORECASE)
_TOKEN_OF_LINK = re.compile(r"[/.](?=[a-z]*+[2-7])[a-z2-7]{26}(?![A-Za-z0-9_-])")
_URL_END = re.compile(r"[\s<>\"]")
_MAX_URL = 2048


def mask(text: str) -> str:
    """Replaces the domain of everything that looks like a mailbox by `…`: `ana@…`.

    The path of an http(s) URL stays, since archives name messages by ids that look like
    addresses; its user information, query and fragment do not. Tokens in addresses and at the end
    of a link's path become `…`, too: who quotes a letter that lets him vote, or leave, would let
    everybody. Safe to call twice.
    """
    if "://" in text:
        text = _TOKEN_OF_LINK.sub(_untokened, text)
    if text.isascii():
        if "@" not in text and "%40" not in text:
            return text
        is_odd = ")@" in text or "@(" in text
    else:
        is_odd = _ODD.search(text) is not None
    is_encoded = "%40" in text
    text = (_EITHER if is_encoded else _PLAIN).sub(_masked, text)
    text = _ODD_AT.sub(_masked, text) if is_odd else text
    if is_encoded or _TOKEN_BEFORE_AT.search(text) is not None:
        text = _TOKEN_OF_ADDRESS.sub(r"\1…", text)
    return text


def mask_name(text: str) -> str:
    """`mask` for the name of a file, whose extension stays; domains without a dot are masked, too.
    Safe to call twice."""
    if "@" not in text and "\uff20" not in text and "\ufe6b" not in text and "%40" not in text:
        return text
    stem, dot, end = text.rpartition(".")
    if not dot or not end.isalnum() or len(end) > 5:
        stem, dot, end = text, "", ""
    return _WITHOUT_DOT.sub("@…", mask(stem)) + dot + end


def _untokened(match: re.Match[str]) -> str:
    text, at = match.string, match.start() + 1
    scheme = text.rfind("://", max(0, at - _MAX_URL), at)
    is_path = scheme >= 0 and "/" in text[scheme + 3 : at] and not _URL_END.search(text, scheme, at)
    return f"{match[0][0]}…" if is_path else match[0]


def _masked(match: re.Match[str]) -> str:
    if _is_in_path(match.string, match.start()):
        return match[0]
    return "%40…" if match[0].startswith("%40") else "@…"


def _is_in_path(text: str, at: int) -> bool:
    scheme = text.rfind("://", max(0, at - _MAX_URL), at)
    if scheme < 0 or _URL_END.search(text, scheme, at):
        return False
    if text[max(0, scheme - 5) : scheme].lower().removesuffix("s")[-4:] != "http":
        return False
    before = text[scheme + 3 : at]
    return "/" in before and "?" not in before and "#" not in before
