"""What a program put into a mail that its author did not say: his own address, in what it quotes.

    From: Eve through Union hub <person+…@hub.example>
    Sent: Tuesday, 24 November 2026
    To: Ana Paz <ana@union.example>

Pure. Mail through a card is to tell nobody's address (relaying.py), and Outlook writes this above
each mail that is answered.
"""

from __future__ import annotations

import re

from solicomm_build.post import ownwords

_GONE = "…"


def without(text: str, address: str, domain: str) -> str:
    """The text without its author's `address` where a program wrote it: in headers above a
    quotation, which name it or an address of this hub's `domain` and become `…`, and in what is
    quoted. What he typed himself stays."""
    lines = text.split("\n")
    marks = (address.lower(), f"@{domain.lower()}")
    for first, end in reversed([*ownwords.labelled(lines)]):
        if any(mark in line.lower() for line in lines[first:end] for mark in marks):
            lines[first:end] = [_GONE]
    own = len(ownwords.rows("\n".join(lines)))
    said = re.compile(re.escape(address), re.IGNORECASE)
    return "\n".join([*lines[:own], *(said.sub(_GONE, line) for line in lines[own:])])
