"""A moderator's summary of the week, and the reminder to write one (`rhythm: {summary: weekly}`).

    [summary] … to the conference ─→ ingest (policy: weekly-summary) ─→ spool/desk
        ─→ the same mail to the conference, as the hub's own; events: summary, pin; unpin the last
    Monday ─→ a letter to the moderators with the topics of the week that was

The mail goes back to ingest with the octets it came with. A moderator whose address is not proved
is asked first; the mail waits meanwhile (people/pending.py).
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from solicomm_build.desk import letters, tokens
from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import (
    NOTHING,
    Case,
    Letter,
    Plan,
    Write,
)
from solicomm_build.features.weekly import summary as weekly
from solicomm_build.features.weekly.summary import Weekly
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, PostId, Proven, TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.message.msgid import topic_of
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import pending
from solicomm_build.people.membership import Member, TokenFacts
from solicomm_build.people.proof import by_token
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import knownids

CONFIRM = "weekly"
_REST = 60.0  # seconds between two looks at the calendar
_MOST_TOPICS = 30
_HOUR = 8


def posted(office: Office, case: Case) -> Plan | None:
    """What a mail with the mark leads to; policy let only moderators' come here. None for any
    other."""
    return _summary(office, case) if weekly.is_meant(case.message.subject) else None


def _summary(office: Office, case: Case) -> Plan:
    if office.conference(case.conference) is None or not case.author:
        return NOTHING
    if case.proof is None:
        return NOTHING if case.mute else _asked(office, case)
    day = _day(office, case)
    return _made(office, case.conference, case.proof, case.message, day)


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The moderator did write it."""
    draft = pending.ASKED.get(office.config, str(facts.data.get("draft", "")))
    try:
        message = parse(base64.b64decode(str(draft["raw"]))) if draft else None
    except MessageError:
        message = None
    if message is None:
        return NOTHING
    try:
        day = date.fromisoformat(str(facts.data.get("day", "")))
    except ValueError:  # asked by a hub of an earlier version
        day = clock.now().date()
    return _made(office, facts.conference, by_token(facts), message, day)


def _day(office: Office, case: Case) -> date:
    """The day on which a mail came, where the conference is."""
    found = office.conference(case.conference)
    return case.envelope.received_at.astimezone(_zone(found) if found else UTC).date()


def _zone(found: Conference) -> tzinfo:
    return ZoneInfo(found.zone) if found.zone else UTC


def _asked(office: Office, case: Case) -> Plan:
    name = pending.identifier(case.cause)
    lang = office.language(case)
    rows = [case.message.subject]
    plan = tokens.ask(
        office,
        case,
        CONFIRM,
        case.author,
        lambda text, kind: letters.ask_commands(
            office, case.conference, case.author, lang, text, rows, kind=kind
        ),
        kind=f"{CONFIRM}:{case.conference}:{name}",
        data={"draft": name, "day": _day(office, case).isoformat()},
    )
    if plan:
        raw = base64.b64encode(case.message.raw).decode("ascii")
        pending.ASKED.put(office.config, name, {"address": case.author, "raw": raw})
    return plan


def _made(office: Office, name: str, author: Proven, message: Message, day: date) -> Plan:
    """The post, what marks and pins it, and what unpins the one before. `day` is when it came: the
    week that it sums up is another one when it is looked at late, or confirmed."""
    roster = office.roster()
    member = roster.member(author)
    if member is None or roster.role(name, author) not in ("moderator", "host"):
        return _as_any(office, name, author, message)
    lang = office.language_of(author, name, hint=message.language or "")
    if not message.msgid:
        return _misshapen(office, name, author, lang)
    settings, now = office.conference(name), timekeeping.believed(office.config.state)
    if settings is None:
        return NOTHING
    mid = post_id(knownids.made(office.config, settings, message.msgid))
    if str(topic_of(message, mid)) != str(mid):
        return _misshapen(office, name, author, lang)
    found = Weekly(TopicId(str(mid)), weekly.monday(day))
    by, minted = office.person(member.number)
    made = [
        events.make("summary", at=now, by=by, data={"post": str(mid), "covers": found.covers}),
        events.make("pin", at=now, by=by),
    ]
    added = [(found.topic, one) for one in made]
    before = _before(office, name, found)
    if before is not None:
        added.append((before.topic, events.make("unpin", at=now, by=by)))
    files = tuple(
        Write.to_conference(name, events.path(tid, one), events.encode(one).decode())
        for tid, one in added
    )
    record = Write.to_conference(name, found.path, weekly.encode(found).decode())
    envelope = Envelope(author, (office.address(name),), now, ours=True)
    return Plan(
        events=minted,
        writes=(*files, record),
        posts=(Item(envelope, message.raw),),
        letters=(_told(office, name, author, lang, found),),
        subject=f"Pin the summary of a week in {name}",
    )


def _as_any(office: Office, name: str, author: Proven, message: Message) -> Plan:
    """Of who has ceased to moderate meanwhile it is a mail to the conference, as of anybody."""
    envelope = Envelope(author, (office.address(name),), clock.now(), proved=True)
    return Plan(posts=(Item(envelope, message.raw),), subject=f"Pass a mail on to {name}")


def _before(office: Office, name: str, found: Weekly) -> Weekly | None:
    """The summary that was sent last; when this one is the very same, none."""
    with Reader(office.repo(name)) as reader:
        kept = [
            weekly.parse_path(f"summaries/{one.path}") for one in reader.tree(MAIN, "summaries")
        ]
        at = {one: _pinned_since(reader, one) for one in kept if one and one.topic != found.topic}
    pinned = [one for one, when in at.items() if when]
    return max(pinned, key=lambda one: at[one], default=None)


def _pinned_since(reader: Reader, one: Weekly) -> str:
    """The name of the newest event that pins a topic; empty when a newer one unpins it."""
    newest: dict[str, str] = {"pin": "", "unpin": ""}
    folder = f"topics/{one.topic[:2]}/{one.topic}/events"
    for entry in reader.tree(MAIN, folder):
        try:
            event = events.decode(reader.blob(entry.oid), file=entry.path)
        except SoliCommError:
            continue
        if event.type in newest:
            newest[event.type] = max(newest[event.type], entry.path)
    return newest["pin"] if newest["pin"] > newest["unpin"] else ""


def _told(office: Office, name: str, to: str, lang: str, found: Weekly) -> Letter:
    page = f"{office.config.url}/conferences/{name}/t/{found.topic}/"
    begins = found.begins
    return letter(office, "weekly/thanks", to, lang, conference=name, begins=begins, page=page)


def _misshapen(office: Office, name: str, to: str, lang: str) -> Plan:
    kind = f"weekly:{name}"
    return Plan(letters=(letter(office, "weekly/misshapen", to, lang, conference=name, kind=kind),))


# -- the reminder -----------------------------------------------------------------------------


def steps(office: Office, looked: Looked[None]) -> Iterator[Step]:
    """A letter to the moderators of each conference that wants a summary, once a week, on Monday
    from eight where the conference is, or on Tuesday when the hub was down."""
    if looked.rests(_REST):
        return
    wanted = {name: one for name, one in office.conferences().items() if one.weekly_summary}
    for name in office.watch.each("weekly", wanted):
        found = wanted[name]
        here = clock.now().astimezone(_zone(found))
        if here.weekday() > 1 or (here.weekday() == 0 and here.hour < _HOUR):
            continue
        begins = weekly.monday(here.date())
        path = f"reminders/{name}.week"
        if _is_told(office.config, path, begins) or _is_written(office, name, begins):
            continue
        plan = _reminder(office, found, begins)
        yield Step(
            f"weekly-{name}-{begins.isoformat()}",
            plan
            + Plan(
                writes=(Write.to_private(path, begins.isoformat()),), subject="Remind of summaries"
            ),
        )


def _is_told(config: Config, path: str, begins: date) -> bool:
    """Whether the moderators were reminded of a week. What a clock noted that was far ahead keeps
    them from none, once the time is right."""
    try:
        told = (config.private / path).read_text("ascii")
    except (FileNotFoundError, ValueError):
        return False
    if told > (begins + timedelta(days=7)).isoformat():
        return not timekeeping.is_right(config.state)
    return told >= begins.isoformat()


def _is_written(office: Office, name: str, begins: date) -> bool:
    with Reader(office.repo(name)) as reader:
        kept = [
            weekly.parse_path(f"summaries/{one.path}") for one in reader.tree(MAIN, "summaries")
        ]
    return any(one is not None and one.begins == begins for one in kept)


def _reminder(office: Office, found: Conference, begins: date) -> Plan:
    topics = _topics_of(office, found, begins)
    people = office.roster().with_role(found.id, "moderator", "host")
    return Plan(letters=tuple(_draft(office, found, begins, topics, one) for one in people))


def _draft(
    office: Office, found: Conference, begins: date, topics: list[tuple[str, str, int]], to: Member
) -> Letter:
    """The topics of the week to start from, and how a summary is sent."""
    lang = office.language_of(to.address, found.id)
    return letter(
        office,
        "weekly/reminder",
        to.address,
        lang,
        conference=found.id,
        notice=True,
        list=found.title_in(lang),
        begins=begins,
        topics=topics,
        mark=wordtables.in_language(weekly.WORDS, lang),
    )


def _topics_of(office: Office, found: Conference, begins: date) -> list[tuple[str, str, int]]:
    """(subject, address, posts) of the topics that were written in during a week, most first."""
    repo = office.repo(found.id)
    since = datetime(*begins.timetuple()[:3], tzinfo=_zone(found))
    told = repo.git(
        "log",
        f"--since={since.isoformat()}",
        f"--until={(since + timedelta(days=7)).isoformat()}",
        "--diff-filter=A",
        "--name-only",
        "--format=",
        "--end-of-options",
        MAIN,
        "--",
        "topics",
    )
    ids = filter(None, map(posts.parse_path, told.decode("utf-8", "replace").split("\n")))
    newest: dict[TopicId, PostId] = {}
    counts: Counter[TopicId] = Counter()
    for tid, mid in ids:
        newest.setdefault(tid, mid)
        counts[tid] += 1
    rows = []
    with Reader(repo) as reader:
        for tid, count in counts.most_common(_MOST_TOPICS):
            root = reader.at(MAIN, posts.path(tid, PostId(str(tid))))
            blob = root or reader.at(MAIN, posts.path(tid, newest[tid]))
            try:
                subject = posts.decode(blob or b"").subject
            except SoliCommError:
                continue
            rows.append(
                (subject or "–", f"{office.config.url}/conferences/{found.id}/t/{tid}/", count)
            )
    return rows
