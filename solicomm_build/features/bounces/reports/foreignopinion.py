"""What another program sees in a message that came back, where nothing here reads it."""

from __future__ import annotations

import email
import logging
from collections.abc import Sequence

from solicomm_build.message.split import text_of

OPINION_OCTETS = 32 * 1024
"""Of a message that flufl.bounce sees: what a server says stands before what it sends back."""
_OPINION_LINE = 998  # octets of a line (RFC 5322 2.1.1); some of its detectors take the square


def second_opinion(raw: bytes) -> Sequence[str]:
    """The addresses that flufl.bounce sees, without a class: it says who, not why."""
    from flufl.bounce import all_failures  # dozens of detectors that are hardly ever needed

    logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())  # it logs what it raises
    lines = raw[:OPINION_OCTETS].split(b"\n")
    short = b"\n".join(line for line in lines if len(line) <= _OPINION_LINE)
    try:
        temporary, permanent = all_failures(email.message_from_bytes(short))
    except Exception:  # noqa: BLE001 - foreign code on foreign octets: an opinion may be missing
        return ()
    return sorted({text_of(bytes(one)) for one in (*temporary, *permanent)})
