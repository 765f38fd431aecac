"""What a message says, as frozen values. Pure; imports only the foundation and `split`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.split import Field

TextKind = Literal["plain", "markdown", "html", "none"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not shown as text.

    `name` is one safe path segment, `type` a lower-case media type, `payload` the decoded octets.
    """

    name: str
    type: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One RFC 5322 message, read within the limits; `raw` is what came and is never altered.

    `msgid` has no brackets and is None when the field is missing; a malformed one is kept as its
    trimmed text. Where a field that must be single occurs twice, the first is shown and
    `defects` says so; `from_fields` counts the From fields, so that policy never picks one.
    `by_name` has the fields by their names in lower case.
    `date` is UTC-aware and None when `date_raw` is no date or lies before 1990.
    `text` has LF line ends, format=flowed undone, HTML turned into text, and no lone surrogates.
    """

    raw: bytes
    fields: tuple[Field, ...]
    by_name: Mapping[str, Sequence[Field]] = dataclasses.field(repr=False, compare=False)
    msgid: str | None
    from_: tuple[Mailbox, ...]
    from_fields: int
    sender: tuple[Mailbox, ...]
    reply_to: tuple[Mailbox, ...]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    date: datetime | None
    date_raw: str
    references: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    last_received: datetime | None
    language: str | None
    text: str
    text_kind: TextKind
    charset_guessed: bool
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]

    def field(self, name: str) -> str | None:
        """The first field of this name, unfolded, encoded words left as they are."""
        found = self.by_name.get(name.lower())
        return found[0].value if found else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every field of this name from the top, unfolded, encoded words left as they are."""
        return tuple(one.value for one in self.by_name.get(name.lower(), ()))
