"""RFC 5322 octets to a `Message`. Pure: no disk, no network, no clock.

The one place that turns whatever goes wrong inside into MessageError, so that callers see a
message or a reason and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.types import FARTHEST, Bounds, Mailbox
from solicomm_build.message import address, body, date, header, headertext, msgid, structure
from solicomm_build.message.split import Field, split
from solicomm_build.message.values import Attachment, Message, TextKind

__all__ = ["Attachment", "Message", "TextKind", "parse"]

_Seen = Mapping[str, Sequence[Field]]  # by names in lower case

# RFC 5322 3.6: at most once each.
# fmt: off
_SINGLE = frozenset((
    "from", "date", "sender", "reply-to", "to", "cc", "message-id", "in-reply-to", "references",
    "subject",
))
# fmt: on


def parse(raw: bytes, bounds: Bounds = FARTHEST) -> Message:
    """Reads a message with CRLF or LF line ends; raises MessageError and nothing else.

    Refused is only what exceeds the bounds: of the header, of nesting, of the parts. Everything
    else, however odd, gives a message.
    """
    try:
        return _parse(raw, bounds)
    except MessageError:
        raise
    except (RecursionError, MemoryError, LookupError, ValueError, AttributeError) as fault:
        raise MessageError("the message cannot be read") from fault


def _parse(raw: bytes, bounds: Bounds) -> Message:
    top = split(raw, bounds=bounds)
    root, defects = structure.tree(raw, top, bounds)
    structure.check_decoded(raw, root, bounds)
    seen = top.by_name
    content = body.read(raw, root)
    date_raw = _first(seen, "date")
    codec = None if raw[: top.end].isascii() else headertext.codec_of(raw, root, seen)
    if top.defect:
        defects = (top.defect, *defects)
    return Message(
        raw=raw,
        fields=top.fields,
        by_name=seen,
        msgid=msgid.own_id(_first(seen, "message-id")) or None,
        from_=_mailboxes(seen, "from", codec),
        from_fields=len(seen.get("from", ())),
        sender=_mailboxes(seen, "sender", codec),
        reply_to=_mailboxes(seen, "reply-to", codec),
        to=_mailboxes(seen, "to", codec),
        cc=_mailboxes(seen, "cc", codec),
        subject=header.decode(_first(seen, "subject", codec)),
        date=date.parse(date_raw) if date_raw else None,
        date_raw=date_raw,
        references=msgid.ids_of(_first(seen, "references")),
        in_reply_to=msgid.ids_of(_first(seen, "in-reply-to")),
        last_received=_last_received(seen),
        language=_language(_first(seen, "content-language")),
        text=content.text,
        text_kind=content.kind,
        charset_guessed=content.guessed,
        attachments=content.attachments,
        defects=defects + _duplicates(seen),
    )


def _first(seen: _Seen, name: str, codec: str | None = None) -> str:
    found = seen.get(name)
    return headertext.text(found[0].raw, codec) if found else ""


def _mailboxes(seen: _Seen, name: str, codec: str | None) -> tuple[Mailbox, ...]:
    """A guessed codec makes names readable, and no other addresses than a reader finds who knows
    nothing of it: in Shift_JIS or Big5 an @ can be half of a character."""
    plain = address.parse_list(_first(seen, name))
    if codec is None or not plain:
        return plain
    guessed = address.parse_list(_first(seen, name, codec))
    is_same = [one.addr_spec for one in guessed] == [one.addr_spec for one in plain]
    return guessed if is_same else plain


def _last_received(seen: _Seen) -> datetime | None:
    for field in seen.get("received", ()):
        moment = date.of_received(field.value)
        if moment is not None:
            return moment
    return None


def _language(value: str) -> str | None:
    """RFC 3282: one tag, or nothing when the mail names several."""
    return value if languagetag.WRITTEN.fullmatch(value) else None


def _duplicates(seen: _Seen) -> tuple[str, ...]:
    return tuple(f"{len(v)} {n} fields" for n, v in seen.items() if len(v) > 1 and n in _SINGLE)
