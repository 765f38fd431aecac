"""What became of one copy for one recipient. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sent`: another has it now. `later`: offer it again. `failed`: that will not help.

    `reply` is what was said, as one line.
    """

    kind: Literal["sent", "later", "failed"]
    reply: str = ""


SENT = Outcome("sent")


def of_reply(code: int, text: str) -> Outcome:
    """What an SMTP reply to MAIL, RCPT or DATA means (RFC 5321 4.2.1); no real code is `later`."""
    line = " ".join(f"{code} {text}".split())[:500]
    if 200 <= code < 300:
        return Outcome("sent", line)
    return Outcome("failed" if 500 <= code < 600 else "later", line)
