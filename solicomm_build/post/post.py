"""A post: one message as a Markdown file, `topics/<tt>/<tid>/posts/<mid>.md`.

Pure; imports message, frontmatter and types. The file is a pure function of the message, so two
hubs that receive the same mail write the same blob at the same path. It holds only what the mail
itself says: no receipt time, no guesses. Addresses are masked before they get here. The format,
`solicomm/post@1`, is docs/formats/post.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import ContentError, MessageError
from solicomm_build.foundation.frontmatter import Record, Word
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.oneline import (
    LONGEST_NAME,
    LONGEST_SUBJECT,
    file_name,
    media_type,
    one_line,
)
from solicomm_build.foundation.types import Mailbox, PostId, TopicId, post_id, public_id
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.message import header
from solicomm_build.message.address import mask, mask_name
from solicomm_build.message.origin import ORIGIN, PAGE
from solicomm_build.message.text.markdown import from_text
from solicomm_build.message.text.typed import from_typed
from solicomm_build.message.values import Attachment, Message
from solicomm_build.post import hooks, sounds

SCHEMA = "solicomm/post@1"
KINDS = frozenset({"post", "summary", "announcement", "form", "decision", "translation"})
MOST_REFERENCES = 50
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""A Date before this is a broken clock (docs/mail-rules.md#reading)."""

_MAJOR = re.compile(r"solicomm/post@[0-9]{1,9}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,15}")
_PATH = re.compile(r"topics/([a-z2-7]{2})/(\1[a-z2-7]{30})/posts/([a-z2-7]{32})\.md")
_ID = re.compile(r"[a-z2-7]{32}")
_HIDDEN = re.compile(
    r"(([^\s()<>:;]++) [^\s()<>:;.]{1,8} [^\s()<>:;.]++\.[^\s()<>:;]++)(?: ++\((.*)\))?"
)


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment by the SHA-256 of the octets that were sent; under that lies what is offered of
    them, their clean copy (docs/adr/0030). `name` is a safe segment, `bytes` what was sent."""

    sha256: str
    name: str
    type: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Post:
    """What a post file says. Ids are Message-IDs without brackets. `date` is UTC, to the second;
    `date_raw` is kept only where there is no date. `body` is CommonMark. `answer` is what a post of
    a kind of its own, such as `form`, says by fields: a frozen dataclass of the feature that knows
    them (post/hooks.py::Part).
    """

    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    name: str = ""
    date: datetime | None = None
    date_raw: str = ""
    lang: str | None = None
    subject: str = ""
    kind: str = "post"
    attachments: tuple[Attached, ...] = ()
    notes: tuple[str, ...] = ()
    answer: Any = None
    body: str = ""

    @property
    def mid(self) -> PostId:
        """The name of the post's file."""
        return post_id(self.message_id)


# -- where ------------------------------------------------------------------------------------


def path(tid: TopicId, mid: PostId) -> str:
    """The store-relative path of a post. Raises ValueError for what is no id."""
    if not (_ID.fullmatch(tid) and _ID.fullmatch(mid)):
        raise ValueError(f"no ids of a topic and a post: {tid!r}, {mid!r}")
    return f"topics/{tid[:2]}/{tid}/posts/{mid}.md"


def parse_path(text: str) -> tuple[TopicId, PostId] | None:
    """The topic and post that a path names; None when it is not the path of a post."""
    match = _PATH.fullmatch(text)
    return (TopicId(match[2]), PostId(match[3])) if match else None


def attachment_path(sha256: str) -> str:
    """Where what is offered of an attachment lies. Raises ValueError for what is no SHA-256.

    Two levels, as topics have: a flat folder would be rewritten whole with every new file.
    """
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256: {sha256!r}")
    return f"files/{sha256[:2]}/{sha256}"


def small_path(sha256: str) -> str:
    """Where the small JPEG of a picture lies that is shown in a page."""
    return f"{attachment_path(sha256)}.small"


# -- when -------------------------------------------------------------------------------------


def effective_time(date: datetime | None, receipt: datetime) -> datetime:
    """What a post is ordered by: its date clamped to [receipt - 7 days, receipt].

    So neither a forged date nor a clock in the future can pin a post to the top.
    """
    if date is None:
        return receipt
    return min(max(date, receipt - timedelta(days=7)), receipt)


# -- to the file and back ---------------------------------------------------------------------


def encode(post: Post) -> bytes:
    """The post's file. `decode` gives back an equal post, provided its texts are on one line."""
    values: dict[str, frontmatter.Value] = {
        "schema": Word(SCHEMA),
        "message_id": post.message_id,
        "in_reply_to": post.in_reply_to or "",
        "references": post.references,
        "name": post.name,
        "date": Word(_date_to_text(post.date)),
        "date_raw": post.date_raw,
        "lang": Word(post.lang or ""),
        "subject": post.subject,
        "kind": Word(post.kind),
        "attachments": [
            {"sha256": item.sha256, "name": item.name, "type": item.type, "bytes": item.bytes}
            for item in post.attachments
        ],
        "notes": post.notes,
    }
    if post.answer is not None:
        values |= hooks.parts()[post.kind].fields(post.answer)
    return frontmatter.write(values, post.body)


def decode(blob: bytes, *, file: str = "") -> Post:
    """The post in a file. A file of an unknown major version is shown as plain text.

    Names and subjects come out on one line without control characters, whoever wrote the file.
    Raises ContentError.
    """
    head, body = frontmatter.split(blob, file=file)
    values = frontmatter.read(head, file=file)
    schema = values.get("schema")
    if schema != SCHEMA:
        return _from_the_future(values, schema, blob, file)
    return _post(frontmatter.Record(values, file), body)


def _from_the_future(values: dict[str, Node], schema: Node | None, blob: bytes, file: str) -> Post:
    if not isinstance(schema, str) or not _MAJOR.fullmatch(schema):
        raise ContentError(
            f"the schema is {schema!r}" if schema else "the key `schema` is missing",
            file=file,
            line=2,
            remedy=f"Begin with `schema: {SCHEMA}`",
        )
    message_id = values.get("message_id")
    return Post(
        message_id=message_id if isinstance(message_id, str) else "",
        notes=(f"unknown schema {schema}",),
        body=from_text(mask(blob.decode("utf-8"))),
    )


def _post(read: Record, body: str) -> Post:
    message_id = read.optional("message_id")
    if not message_id:
        remedy = 'Add `message_id: "..."`'
        raise ContentError("`message_id` is missing", file=read.file, remedy=remedy)
    date, kind, lang = _date(read), read.optional("kind"), read.optional("lang")
    return Post(
        message_id,
        read.optional("in_reply_to") or None,
        tuple(read.texts("references")[:MOST_REFERENCES]),
        one_line(read.optional("name"), LONGEST_NAME),
        date,
        "" if date else one_line(read.optional("date_raw"), LONGEST_NAME),
        lang if languagetag.TAG.fullmatch(lang) else None,
        one_line(read.optional("subject"), LONGEST_SUBJECT),
        kind if kind in KINDS else "post",
        _attachments(read) if "attachments" in read.values else (),
        tuple([one_line(item, LONGEST_NAME) for item in read.texts("notes")]),
        _answer(read, kind) if kind != "post" else None,
        body,
    )


def _date(read: Record) -> datetime | None:
    text = read.optional("date")
    if not text:
        return None
    try:
        date = datetime.fromisoformat(text)
        if date.tzinfo is UTC and not date.microsecond:
            return date
        if date.tzinfo is not None:
            return date.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise read.fault("date", "Write `date: 2026-03-04T06:12:00Z`")


def _attachments(read: Record) -> tuple[Attached, ...]:
    return tuple([_attachment(read, item) for item in read.values["attachments"]])


def _attachment(read: Record, item: Node) -> Attached:
    fields = item if isinstance(item, dict) else {}
    sha256, name, kind, size = (
        text if isinstance(text := fields.get(key, ""), str) else ""
        for key in ("sha256", "name", "type", "bytes")
    )
    if not (_SHA256.fullmatch(sha256) and _NUMBER.fullmatch(size)):
        remedy = 'Write `[{"sha256": "...", "name": "...", "type": "...", "bytes": 123}]`'
        fault = "`attachments` holds an entry without a SHA-256 and a size"
        raise ContentError(fault, file=read.file, remedy=remedy)
    return Attached(sha256, mask_name(file_name(name)), media_type(kind), int(size))


def _answer(read: Record, kind: str) -> Any:
    """What a post of this kind says by fields; None when a file says of itself that it is one, and
    is not."""
    part = hooks.parts().get(kind)
    return part.read(read) if part else None


def _date_to_text(date: datetime | None) -> str:
    if date is None:
        return ""
    return date.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


# -- from a message ---------------------------------------------------------------------------


def of_message(
    message: Message, *, message_id: str | None = None, notes: Iterable[str] = ()
) -> Post:
    """The post that a message is: always the same for the same message and arguments. Ids of
    messages stand in it as `public_id`.

    `message_id` overrules the message's own, for a message that has none, or whose id belongs to
    another message already (docs/mail-rules.md#reading); then `notes` says so. Raises MessageError
    without an id.
    """
    kind, answer = _told(message)
    own = message_id or message.msgid
    if not own:
        raise MessageError("the message has no Message-ID")
    date = message.date if message.date and message.date >= EARLIEST else None
    replies = _ids(message.in_reply_to)
    return Post(
        message_id=public_id(own),
        in_reply_to=public_id(replies[0]) if replies else None,
        references=tuple(map(public_id, _trim(_ids(message.references)))),
        name=_name(message.from_) or _hidden_name(message),
        date=date.astimezone(UTC).replace(microsecond=0) if date else None,
        date_raw="" if date else one_line(mask(message.date_raw), LONGEST_NAME),
        lang=_language(message.language),
        subject=one_line(mask(one_line(_subject(message), LONGEST_SUBJECT)), LONGEST_SUBJECT),
        kind=kind,
        attachments=tuple(map(_attach, attached(message))),
        answer=answer,
        notes=(*(["charset guessed"] if message.charset_guessed else []), *notes),
        body=_body(message),
    )


def _subject(message: Message) -> str:
    """What a message is called: a voice note without a word or a subject as its file is."""
    if message.subject or message.text.strip():
        return message.subject
    names = (one.name for one in message.attachments if sounds.is_sound(one.name, one.type))
    return next(names, "").rpartition(".")[0]


def attached(message: Message) -> tuple[Attachment, ...]:
    """The files that a reader finds with the message: all but what its post tells by fields."""
    kind, _ = _told(message)
    if kind == "post":
        return message.attachments
    own = hooks.parts()[kind].type
    return tuple(one for one in message.attachments if one.type != own)


def _told(message: Message) -> tuple[str, Any]:
    """The kind of its post, and what that says by fields, if anything."""
    types = {one.type for one in message.attachments}
    for kind, part in hooks.parts().items() if types else ():
        if part.type in types and (told := part.of_message(message)) is not None:
            return kind, told
    return "post", None


def _ids(identifiers: Iterable[str]) -> tuple[str, ...]:
    """Ids, each once; git send-email users leave addresses, `y` and `n` there."""
    return tuple(dict.fromkeys([item for item in identifiers if "@" in item]))


def _trim(references: tuple[str, ...]) -> tuple[str, ...]:
    """At most fifty: the first and the last ones, as RFC 5322 3.6.4 lets one trim."""
    if len(references) <= MOST_REFERENCES:
        return references
    return (references[0], *references[1 - MOST_REFERENCES :])


def _name(mailboxes: tuple[Mailbox, ...]) -> str:
    """The author as shown: the display name, else the address, masked either way."""
    if not mailboxes:
        return ""
    shown = one_line(mask(one_line(mailboxes[0].name, LONGEST_NAME)), LONGEST_NAME)
    if shown:
        return shown
    local, at, _ = one_line(mailboxes[0].addr_spec, 320).rpartition("@")
    return one_line(mask(local) + "@…" if at else "", LONGEST_NAME)


def _hidden_name(message: Message) -> str:
    """The author as archives write him that hide addresses from robots, each in its language:
    `ana at union.example (Ana Paz)`. Empty where that is not so."""
    found = None if message.from_ else _HIDDEN.fullmatch(header.decode(message.field("From") or ""))
    if found is None:
        return ""
    shown = "" if found[3] == found[1] else found[3] or ""
    shown = one_line(mask(one_line(shown, LONGEST_NAME)), LONGEST_NAME)
    return shown or one_line(f"{mask(found[2])}@…", LONGEST_NAME)


def _language(tag: str | None) -> str | None:
    """The tag with its language in lower case, if it is one."""
    return languagetag.of(tag or "") or None


def _attach(attachment: Attachment) -> Attached:
    payload = attachment.payload
    name, kind = mask_name(file_name(attachment.name)), media_type(attachment.type)
    return Attached(hashlib.sha256(payload).hexdigest(), name, kind, len(payload))


def _body(message: Message) -> str:
    """The text as Markdown, ending with a line end; text/markdown (RFC 7763) stays as it is. What
    was typed on a page has the marks that people type there."""
    text = mask(message.text)
    is_typed = message.field(ORIGIN) == PAGE
    made = from_typed if is_typed else from_text
    body = text if message.text_kind == "markdown" else made(text)
    return body if not body or body.endswith("\n") else body + "\n"
