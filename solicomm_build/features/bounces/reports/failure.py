"""One recipient that mail did not reach, and what a diagnosis says by itself. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from solicomm_build.message import header

Action = Literal["failed", "delayed"]

MAX_DIAGNOSTIC = 500
ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.#])([45])\d\d(?:[ -]#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?(?![\d.])")
_ADDRESS = re.compile(r"(?<![^\s<>()\[\],;:\"])[^\s<>()\[\],;:\"]{1,256}@[^\s<>()\[\],;:\"]{1,256}")
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533 3


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient that a message did not reach, or has not reached yet (`delayed`).

    `recipient` is whom we wrote to, if the report says so (RFC 3464 2.3.1, Original-Recipient);
    `final` where that ended up, behind forwardings; in words told without a report, the alias that
    it was for. `status` is the most telling enhanced status found (RFC 3463), `x.0.0` when only an
    SMTP reply was, and empty when nothing was. `diagnostic` is one line (`one_line`). `source` is
    what it was read from: a report, text, an SMTP reply or the second opinion.
    """

    recipient: str | None
    action: Action = "failed"
    status: str = ""
    diagnostic: str = ""
    mta: str = ""
    final: str | None = None
    source: Literal["report", "text", "reply", "second"] = "report"


def status_in(text: str) -> str:
    """The enhanced status in a diagnosis: that of an SMTP reply first, else any, else `x.0.0` of a
    reply without one; empty when there is none."""
    plain = ""
    for match in _REPLY.finditer(text):
        if match[2]:
            return match[2]
        plain = plain or f"{match[1]}.0.0"
    found = ENHANCED.search(text)
    return found[1] if found else plain


def one_line(text: str) -> str:
    """A diagnosis on one line, encoded words decoded, at most 500 characters."""
    return header.decode(" ".join(text.split()))[:MAX_DIAGNOSTIC].strip()


def address_in(value: str) -> str | None:
    """The address in `rfc822; ana@union.example` or `utf-8; …` (RFC 6533 3); None when there is
    none, as in X.400 names."""
    kind, semicolon, rest = value.partition(";")
    text = rest if semicolon else value
    if kind.strip().lower() == "utf-8":
        text = _HEX.sub(_character, text)
    text = text.strip().strip("<>").removeprefix("mailto:")
    text = re.sub(r"^.{0,100}\bsmtp[=:]", "", text, flags=re.IGNORECASE)
    if "@" not in text:  # RFC 3461 4: xtext, which should have been decoded
        text = re.sub(r"\+40", "@", text, count=1)
    match = _ADDRESS.search(text)
    return match[0].rstrip(".") if match else None


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if 0x20 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""
