"""The posts of a digest as its entries: what is still there, as members may see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

from solicomm_build.courier import composed
from solicomm_build.features.digests.digest import Pending
from solicomm_build.features.digests.values import Entry, FileLine
from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.watch import Watch
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.message.listcopy import ListFacts, list_copy
from solicomm_build.message.parse import parse
from solicomm_build.post import post as post_file
from solicomm_build.post import veiled
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.post import Post
from solicomm_build.post.store import knownids, topicplaces
from solicomm_build.post.store.poststore import topic_state, unarchived_path


def entries_of(
    config: Config,
    settings: Conference,
    reader: Reader,
    mail: HubMail,
    chunk: Sequence[Pending],
    log: MailLog,
    watch: Watch,
) -> Iterator[tuple[datetime, Entry]]:
    """The posts that are still there, with their times: summaries of the week lead. One that
    cannot be read is logged and left out, and so is one that held the courier."""
    facts = list_facts(config, settings)
    states = {tid: topic_state(reader, tid) for tid in {one.tid for one in chunk if one.tid}}
    hidden = {tid: set(state.hidden) for tid, state in states.items()}
    away = topicplaces.shut_away(config, settings.id) if states else topicplaces.Away()
    first = {
        tid
        for tid, state in states.items()
        if any(str(one.post) == str(tid) for one in state.summaries)
    }
    for post in sorted(
        chunk, key=lambda one: not (one.tid in first and str(one.mid) == str(one.tid))
    ):
        blob = _blob(reader, post)
        if blob is None or away.has(post.tid, post.mid):
            continue
        if post.tid and post.mid in hidden[post.tid]:
            continue
        kept, ids = _kept(blob), knownids.unkept(config, settings)
        raw = (
            mail.raw(post.name, settings.id)
            if post.name
            else _composed(config, settings, kept, post)
        )
        if raw is None:
            continue
        own = kept.message_id if kept else ""
        if watch.is_aside(mark := f"post:{settings.id}/{post.mid}"):
            continue
        try:
            with watch.item(mark, len(raw)):
                hold("digest", raw)
                place = post.mid, post.tid, post.received
                raw = veiled.shown(raw, settings, facts, *place, kept=kept, ids=ids)
                entry = _entry(facts, post, own, raw, _files(reader, facts, kept))
            yield entry
        except MessageError as error:
            log.event("digest-unreadable", post=post.mid, reason=error.public)


def _composed(
    config: Config, settings: Conference, kept: Post | None, post: Pending
) -> bytes | None:
    """The message of a post that came without it."""
    if kept is None:
        return None
    return composed.of(config, settings, kept, post.mid, post.tid, post.received)


def _files(reader: Reader, facts: ListFacts, kept: Post | None) -> tuple[FileLine, ...]:
    """The files of a post, with links to those that its page offers."""
    found = []
    for one in kept.attachments if kept else ():
        there = reader.oid_at(MAIN, post_file.attachment_path(one.sha256)) is not None
        folder = f"{facts.url}/conferences/{facts.list_id}/files/{one.sha256}"
        link = f"{folder}/{quote(one.name)}" if there and facts.archived else ""
        found.append(FileLine(one.name, one.type, one.bytes, link))
    return tuple(found)


def _entry(
    facts: ListFacts, post: Pending, own: str, raw: bytes, files: tuple[FileLine, ...]
) -> tuple[datetime, Entry]:
    message = parse(raw)
    message_id = message.msgid or own
    copy = list_copy(raw, facts, mid=post.mid, tid=post.tid, message_id=own or None)
    link = ""
    if facts.archived and post.tid is not None:
        link = f"{facts.url}/conferences/{facts.list_id}/t/{post.tid}/#{post.mid}"
    entry = Entry(post.tid or post.mid, message, message_id, copy, link, post.mid, files)
    return post_file.effective_time(message.date, post.received), entry


def _blob(reader: Reader, post: Pending) -> bytes | None:
    """The post's file, empty when it is kept on no page; None when the post is gone."""
    if post.tid is None:
        return b"" if reader.oid_at(MAIN, unarchived_path(post.mid)) is not None else None
    return reader.at(MAIN, post_file.path(post.tid, post.mid))


def _kept(blob: bytes) -> Post | None:
    """The post as the archive has it, if it can be read."""
    try:
        return post_file.decode(blob) if blob else None
    except SoliCommError:
        return None
