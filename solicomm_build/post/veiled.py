"""What members get of a post where only pseudonyms are shown (`pseudonyms: required`).

Pure. The message as it came says who wrote it in many places: From, Received, signatures of
domains, names in files. So members get a message made anew of the post, with no more in it than its
page shows: the name before the address, the subject, the text with addresses masked, and where its
files are. It comes from the conference's own address, and answers go there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message import compose
from solicomm_build.message.address import mask
from solicomm_build.message.listcopy import ListFacts
from solicomm_build.message.msgid import Ids, known_as
from solicomm_build.message.parse import parse
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.post import detachment
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post


def shown(
    raw: bytes,
    settings: Conference,
    facts: ListFacts,
    mid: PostId,
    tid: TopicId | None,
    received: datetime,
    *,
    kept: Post | None,
    ids: Ids | None,
) -> bytes:
    """What members get in the place of a message: itself, unless only pseudonyms are shown.

    `received` (aware) is the Date of one that has none. Messages are called as `kept`, the post in
    the archive, does; those that one names which is not kept there, by `ids`. Raises MessageError.
    """
    if settings.pseudonyms != "required":
        return raw
    message = known_as(parse(raw), ids)
    own = kept.message_id if kept else f"{mid}@post.solicomm.invalid"
    post = post_file.of_message(message, message_id=own)
    if kept is not None:
        post = replace(post, in_reply_to=kept.in_reply_to, references=kept.references)
    return _made(post, message.text, facts, received, settings.languages[0], mid, tid)


def of_post(
    post: Post,
    facts: ListFacts,
    received: datetime,
    lang: str,
    mid: PostId,
    tid: TopicId | None,
    *,
    own: str,
) -> bytes:
    """A message made of a post alone, called `own`: its Markdown as text, links in the place of its
    files. `lang` is the language of the words that are added. Raises MessageError."""
    named = replace(post, message_id=own)
    return _made(named, post.body, facts, received, lang, mid, tid)


def _made(
    post: Post,
    text: str,
    facts: ListFacts,
    received: datetime,
    lang: str,
    mid: PostId,
    tid: TopicId | None,
) -> bytes:
    notes = [detachment.note(one, facts, lang, tid, mid) for one in post.attachments]
    whole = "\n\n".join([mask(text).rstrip("\n"), *(note.rstrip("\n") for note in notes)])
    return compose.message(_head(post, facts, received), compose.text_part(f"{whole}\n"))


def _head(post: Post, facts: ListFacts, received: datetime) -> list[bytes]:
    head = [
        mailbox_field("From", post.name or facts.title, facts.address),
        mailbox_field("To", facts.title, facts.address),
        header_field("Subject", post.subject),
        compose.date_field(post_file.effective_time(post.date, received)),
        header_field("Message-ID", f"<{post.message_id}>"),
    ]
    if post.in_reply_to:
        head.append(header_field("In-Reply-To", f"<{post.in_reply_to}>"))
    if post.references:
        head.append(header_field("References", " ".join(f"<{one}>" for one in post.references)))
    if post.lang:
        head.append(header_field("Content-Language", post.lang))
    return head
