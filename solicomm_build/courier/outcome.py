"""What became of one copy for one recipient. Pure."""

from __future__ import annotations

import re
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
_WANT_US_OTHERWISE = frozenset({530, 534, 535, 538})  # RFC 3207 4, RFC 4954 6
_ABOUT_US = re.compile(
    r"must issue a starttls|authentication (?:is )?required"
    r"|relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed|prohibited)"
    r"|unable to relay|client host rejected",
    re.IGNORECASE,
)
"""What mail servers say whose settings do not let this machine send."""


def is_about_us(code: int, text: str) -> bool:
    """Whether a server refuses for good what comes from this machine, whatever it is and whomever
    it is for: its settings lack something, and nobody's address is at fault."""
    return code in _WANT_US_OTHERWISE or (500 <= code < 600 and bool(_ABOUT_US.search(text)))


def of_reply(code: int, text: str) -> Outcome:
    """What an SMTP reply to MAIL, RCPT or DATA means (RFC 5321 4.2.1); no real code is `later`, and
    a refusal that is about us: an operator may mend that, and mail is not lost meanwhile."""
    line = " ".join(f"{code} {text}".split())[:500]
    if 200 <= code < 300:
        return Outcome("sent", line)
    failed = 500 <= code < 600 and not is_about_us(code, line)
    return Outcome("failed" if failed else "later", line)
