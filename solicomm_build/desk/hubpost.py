"""A post that the hub writes into a conference: a mail of ours that ingest takes as any other,
so that lists mail it out and the post is what the mail says. Its author is the conference's own
`-request` address, which policy takes from nobody else (post/policy.py).
"""

from __future__ import annotations

from datetime import datetime

from solicomm_build.desk.office import Office
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.compose import date_field, message, text_part
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import path
from solicomm_build.post.store.knownids import mids


def item(
    config: Config,
    conference: Conference,
    *,
    subject: str,
    text: str,
    message_id: str,
    lang: str,
    now: datetime,
    author: tuple[str, str] | None = None,
) -> Item:
    """The mail of a post that begins a topic. `author` is (name, address) of the member it was
    written by; without one the conference itself wrote it."""
    own = f"{local_part(conference.id, Purpose.REQUEST)}@{config.domain}"
    name, sender = author or (conference.title_in(lang), own)
    to = f"{conference.id}@{config.domain}"
    head = [
        mailbox_field("From", name, sender),
        header_field("To", to),
        header_field("Subject", " ".join(subject.split())),
        date_field(now),
        header_field("Message-ID", f"<{message_id}>"),
        header_field("Content-Language", lang),
    ]
    return Item(Envelope(sender, (to,), now, ours=True), message(head, text_part(text)))


def send(config: Config, items: list[Item]) -> None:
    """Hands mails to ingest; durable on return."""
    spool = Spool(config.spool_in)
    try:
        spool.put(items)
        spool.ring()
    finally:
        spool.close()


def has_come(office: Office, conference: str, message_id: str) -> bool:
    """Whether a post of this id was taken, is held, was decided about, or is erased: then it is not
    sent again."""
    return any(_is_known(office, conference, mid) for mid in mids(office.config, message_id))


def _is_known(office: Office, conference: str, mid: PostId) -> bool:
    mail = office.mail
    with Reader(open_repo(office.config.conference_repo(conference))) as reader:
        if reader.oid_at(MAIN, path(TopicId(str(mid)), mid)) is not None:
            return True
    return (
        mail.find(mid, conference) is not None
        or mail.held_raw(conference, mid) is not None
        or mail.decision(conference, mid) is not None
        or mail.is_erased(mid)
    )
