"""Lists of people as somebody writes them: one address a line, for those who join a list together.

Pure; imports its neighbours and the foundation.
"""

from __future__ import annotations

import re

from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.address import is_valid, key

_COMMENT = re.compile(r"(?:^|\s)#.*")


def parse(text: str, file: str = "") -> list[Mailbox]:
    """The mailboxes in a file of one `address` or `Name <address>` a line; `#` begins a comment.

    An address named twice counts once; what nobody sees, as programs put it around an address for
    the direction of a line, is no part of it. Raises ContentErrors naming every broken line: then
    nothing of the file should be taken.
    """
    found: dict[str, Mailbox] = {}
    faults: list[ContentError] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        content = _COMMENT.sub("", line).strip()
        if not content:
            continue
        mailbox = _parsed(content)
        if mailbox is None:
            fault = f"{one_line(content, 60)!r} is not an address"
            remedy = "Write `ana@example.org` or `Ana <ana@example.org>`"
            faults.append(ContentError(fault, file=file, line=number, remedy=remedy))
        else:
            found.setdefault(key(mailbox.addr_spec), mailbox)
    if faults:
        raise ContentErrors(faults)
    return list(found.values())


def _parsed(content: str) -> Mailbox | None:
    content = characters.bare(content)
    name, bracket, inside = content.removesuffix(">").rpartition("<")
    is_named = bool(bracket) and content.endswith(">") and ">" not in inside
    name, address = (name, characters.bare(inside)) if is_named else ("", content)
    if not is_valid(address) or one_line(address, 254) != address:
        return None
    return Mailbox(one_line(name.strip().strip('"'), LONGEST_NAME), address)
