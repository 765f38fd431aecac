"""What a member missed during a pause, as mails of at most 100 posts or 1 MB each.

A mail is multipart/mixed: what there is, then the messages whole in a multipart/digest (RFC 2046
5.1.5). Posts are those that went out to the list meanwhile, from its log; those taken back
since are left out, and those in topics that the member has muted.

The rules: docs/mail-rules.md#membership.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from solicomm_build.courier import composed, hooks
from solicomm_build.courier.hooks import Sent
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person
from solicomm_build.desk.plan import Letter
from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git import log
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.message.listcopy import list_copy
from solicomm_build.message.parse import parse
from solicomm_build.people import wishes
from solicomm_build.people.address import fold
from solicomm_build.people.membership import ANSWERS, option
from solicomm_build.people.moved import along
from solicomm_build.post import post as post_file
from solicomm_build.post import veiled
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.post import Post
from solicomm_build.post.reading import postcount
from solicomm_build.post.store import answered, knownids, topicplaces
from solicomm_build.post.store.poststore import topic_state

MOST_POSTS = 100
MOST_OCTETS = 1_000_000
_LONGEST_TABLE = 100
_UNARCHIVED = re.compile(r"unarchived/[^/]+/([a-z2-7]{32})")


@dataclass(frozen=True, slots=True)
class _Missed:
    subject: str
    author: str
    raw: bytes
    tid: TopicId | None
    mid: PostId
    name: str
    """Names its message in mail.git; empty for one from another hub."""


def mails(office: Office, conference: str, person: Person, since: datetime) -> tuple[Letter, ...]:
    """The mails with what was posted since, up to where single copies go on; none when nothing
    was."""
    repo = office.repo(conference)
    until = Cursor(repo, COURIER).read() or repo.ref()
    if until is None:
        return ()
    return letters(office, conference, person, log.before(repo, until, since), until)


def letters(
    office: Office,
    conference: str,
    person: Person,
    since: Oid | None,
    until: Oid,
    *,
    beyond: int = 0,
    wanted: tuple[str, ...] = (),
) -> tuple[Letter, ...]:
    """The same for what came between two commits; of each day only the posts after the first
    `beyond`, and only those about the topics `wanted`. None for who is shut out."""
    if is_shut_out(office, conference, person):
        return ()
    options = person.options or {}
    own = fold(person.address) if option(options, "mail") == ANSWERS else ""
    wish = _Wish(beyond, wanted or wishes.topics(options), own)
    missed = [*_missed(office, conference, since, until, wish)]
    unwanted = _unwanted(office, conference, person, missed)
    groups = list(_grouped(one for one in missed if one.mid not in unwanted))
    return tuple(
        _letter(office, conference, person, group, number, len(groups))
        for number, group in enumerate(groups, 1)
    )


def is_shut_out(office: Office, conference: str, person: Person) -> bool:
    """Whether somebody is on a list that is for members only and reads nothing of it, since a
    moderator banned that one."""
    settings, member = office.conference(conference), person.member
    if settings is None or not settings.is_closed or member is None:
        return False
    return office.roster().is_shut_out(conference, member)


def _unwanted(
    office: Office, conference: str, person: Person, missed: list[_Missed]
) -> frozenset[str]:
    """Those of which the member wants nothing, as of a topic that is muted; by their ids."""
    settings = office.conference(conference)
    if settings is None:
        return frozenset()

    def raw(name: str) -> bytes:
        return (office.mail.raw(name, settings.id) if name else None) or b""

    sent = [Sent(one.tid, one.mid, partial(raw, one.name)) for one in missed if one.tid]
    said = hooks.unwanted(office.config, settings, sent, office.log) if sent else {}
    address = fold(person.address)
    return frozenset(mid for mid, addresses in said.items() if address in addresses)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Posts of a day after the first `beyond`, about these topics; with an address in `answers`
    only what answers it."""

    beyond: int
    topics: tuple[str, ...]
    answers: str = ""


def _missed(
    office: Office, conference: str, since: Oid | None, until: Oid, wish: _Wish
) -> Iterator[_Missed]:
    settings, repo = office.conference(conference), office.repo(conference)
    away: topicplaces.Away | None = None
    if settings is None:
        return
    with Reader(repo) as reader:
        for commit in log.commits(repo, since, until):
            if commit.trailer("Source") not in (*composed.SOURCES, "web"):
                continue
            for change in commit.changes:
                kept = _post(change.path) if change.status == "A" else None
                if kept is None or reader.oid_at(MAIN, change.path) is None:
                    continue
                away = away or topicplaces.shut_away(office.config, settings.id)
                if away.has(*kept) or not _is_for(repo, reader, commit, kept, wish):
                    continue
                blob = reader.at(MAIN, change.path) or b""
                found = _read(office, settings, kept, blob, commit, wish.answers)
                if found is not None:
                    yield found


def _is_for(
    repo: Repo, reader: Reader, commit: log.Commit, kept: tuple[TopicId | None, PostId], wish: _Wish
) -> bool:
    """Whether a post is not hidden, and wanted."""
    tid, mid = kept
    if tid is not None and mid in topic_state(reader, tid).hidden:
        return False
    if not (wish.beyond or wish.topics):
        return True
    nth = postcount.number_in_day(repo, commit.oid, commit.committed) if wish.beyond else 1
    about = postcount.about(reader, nth, tid, mid)
    return nth > wish.beyond and wishes.is_wanted(wish.topics, about)


def _post(path: str) -> tuple[TopicId | None, PostId] | None:
    """The topic and post of a path, without a topic when it is kept on no page; None for others."""
    sent = _UNARCHIVED.fullmatch(path)
    return (None, PostId(sent[1])) if sent else post_file.parse_path(path)


def _read(
    office: Office,
    settings: Conference,
    place: tuple[TopicId | None, PostId],
    blob: bytes,
    commit: log.Commit,
    answers: str,
) -> _Missed | None:
    """A post as it went out; None when it is gone, or does not answer the address `answers`."""
    (tid, mid), config = place, office.config
    facts = list_facts(config, settings)
    name = commit.trailer("Raw") or office.mail.find(mid, facts.list_id)
    raw = office.mail.raw(name, facts.list_id) if name else None
    kept = _decoded(blob)
    if raw is None and kept is not None and commit.trailer("Source") == composed.PEER:
        raw = composed.of(config, settings, kept, mid, tid, commit.committed)
    if raw is None:
        return None
    by = answered.by(office.mail, settings.id, raw, tid, config) if answers else frozenset[str]()
    if answers and answers not in along.known_as(office.roster(), by):
        return None
    ids = knownids.unkept(config, settings)
    try:
        raw = veiled.shown(raw, settings, facts, mid, tid, commit.committed, kept=kept, ids=ids)
        message = parse(raw)
        copy = list_copy(raw, facts, mid=mid, tid=tid)
    except MessageError:
        return None
    author = message.from_[0] if message.from_ else None
    who = (author.name or author.addr_spec.partition("@")[0]) if author else ""
    return _Missed(message.subject, who, copy, tid, mid, name or "")


def _decoded(blob: bytes) -> Post | None:
    with contextlib.suppress(SoliCommError):
        return post_file.decode(blob) if blob else None
    return None


def _grouped(posts: Iterator[_Missed]) -> Iterator[list[_Missed]]:
    """At most so many posts and octets a group; a post that is larger stands alone."""
    group: list[_Missed] = []
    octets = 0
    for post in posts:
        if group and (len(group) == MOST_POSTS or octets + len(post.raw) > MOST_OCTETS):
            yield group
            group, octets = [], 0
        group.append(post)
        octets += len(post.raw)
    if group:
        yield group


def _letter(
    office: Office, conference: str, person: Person, group: list[_Missed], number: int, count: int
) -> Letter:
    made = letter(
        office,
        "lists/missed",
        person.address,
        person.lang,
        conference=conference,
        notice=True,
        posts=len(group),
        rows=tuple(map(_row, group[:_LONGEST_TABLE])),
        part=number,
        count=count,
    )
    return replace(made, digest=tuple(post.raw for post in group))


def _row(post: _Missed) -> str:
    row = " ".join(f"{post.subject} ({post.author})".split())
    return row if len(row) <= 68 else row[:67] + "…"
