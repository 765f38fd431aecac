"""Held mail and the people who decide on it, by mail (docs/mail-rules.md#moderation).

Newly held mail is told to every moderator of its list, each with a token of his own; when more
than five messages wait, together and once an hour at most. What nobody decides is told again on the
third and the tenth day and thrown away on the fourteenth; where the hub was off,
two days after its author was warned. A decision is a file in mail.git (post/decision.py), which
ingest carries out; who was first has decided.

`notices/<conference>/<mid>.json` in mail.git remembers when they were told: {"told": [time…]}.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from solicomm_build.desk import proving, tokens
from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.ledger import Ledger, Move
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import NOTHING, Letter, Plan, Write
from solicomm_build.features.moderation import heldcase
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.features.moderation.deciding import answered
from solicomm_build.features.moderation.moderationletters import Shown
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.people import token
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.post.held.followed import Followed, Trees, note_path, trees
from solicomm_build.post.held.heldmail import EXPIRE, since
from solicomm_build.post.policy import DNS_SILENT, UNPROVEN
from solicomm_build.post.store.mailstore import BROUGHT, Held, Place

__all__ = ["answered", "steps"]

BUNDLE_FROM = 6
"""So many waiting messages of a list are told together."""
_MOST_BUNDLED = 50
_BUNDLE_REST = timedelta(hours=1)
_REMIND = (timedelta(days=3), timedelta(days=10))
_WARN = timedelta(days=11)
_REST = timedelta(days=1)  # between the two letters to an author
_LAST = timedelta(days=2)
"""So long it waits at least once its author was warned, however long the hub was off."""
_PATIENCE = timedelta(hours=4)
"""So long the DNS may be silent before moderators are asked (ADR 0012)."""
_ANSWER = timedelta(days=1)
"""So long the author of a mail has to say that he wrote it before moderators are asked."""
_LOOK = timedelta(hours=1)
_LOOK_SOON = timedelta(minutes=1)

_Seen = tuple[Oid | None, datetime, Trees]
"""Where a mail.git was at the last look, with these of its trees, and when the next one is due."""


@dataclass(frozen=True, slots=True)
class _Held:
    held: Held
    received: datetime
    told: tuple[datetime, ...]
    asked: datetime | None = None
    author: tuple[datetime, ...] = ()  # when the author was told that it waits, and will go

    @property
    def is_to_ask(self) -> bool:
        """Whether its author is to be asked before moderators are."""
        is_new = self.asked is None and not self.told
        return is_new and self.held.facts.get("rule") == UNPROVEN

    def in_time(self, now: datetime) -> _Held:
        """The same; what a clock dated that was far ahead waits since somebody was told of it in
        right time, else from now on."""
        latest = now + clock.FAST
        if self.received <= latest:
            return self
        told, author = (
            tuple(at for at in all_ if at <= latest) for all_ in (self.told, self.author)
        )
        return replace(self, received=min((*told, *author), default=now), told=told, author=author)

    def ends(self, now: datetime) -> datetime:
        """When it is thrown away: never before its author could be warned."""
        warned = self.author[1] if len(self.author) > 1 else now
        return max(self.received + EXPIRE, warned + _LAST)

    def waits(self, now: datetime, *, is_sure: bool) -> bool:
        """Whether it is not over; by a clock that may be ahead nobody is warned."""
        return now < (self.ends(now) if is_sure else self.received + EXPIRE)

    def is_due(self, now: datetime) -> bool:
        """Whether moderators must hear of it now: for the first time, or again."""
        if not self.told:
            rule = self.held.facts.get("rule")
            if rule == UNPROVEN:
                return self.asked is None or _is_past(self.asked, now, _ANSWER)
            return rule != DNS_SILENT or _is_past(self.received, now, _PATIENCE)
        again = len(self.told) - 1
        if again >= len(_REMIND) or not _is_past(self.told[-1], now, timedelta(days=1)):
            return False
        return now - self.received >= _REMIND[again]


class Queues:
    """The messages that wait for a decision, by the mail that they are in."""

    def __init__(self) -> None:
        self._followed: dict[str, Followed[_Held]] = {}

    def of(self, ledger: Ledger, mail: str, tip: Oid) -> dict[str, list[_Held]]:
        """By list, oldest first. Notices of those that wait no more are forgotten on the way (at
        the next notice)."""
        followed = self._followed.setdefault(mail, Followed(_held_of))
        queues: dict[str, list[_Held]] = defaultdict(list)
        with Reader(ledger.repo(mail)) as reader:
            for one in followed.now(reader, tip):
                queues[one.held.conference].append(one)
        for queue in queues.values():
            queue.sort(key=lambda one: (one.received, one.held.mid))
        return queues


def steps(office: Office, ledger: Ledger, looked: Looked[_Seen], queues: Queues) -> Iterator[Step]:
    """What is to be told or thrown away now: as something was held, told or decided, or is due."""
    for name, cell in ledger.mails().items():
        yield from _steps(office, ledger, looked, queues, name, cell)


def _steps(
    office: Office, ledger: Ledger, looked: Looked[_Seen], queues: Queues, mail: str, cell: int
) -> Iterator[Step]:
    """The same in the mail of one cell."""
    tip, now = ledger.repo(mail).ref(), clock.now()
    seen, until, there = looked.seen.get(mail, (None, now, ()))
    is_early = clock.is_early(until, _LOOK)
    if tip is None or (tip == seen and is_early):
        return
    is_sure = timekeeping.is_sure(office.config.state)
    is_right = timekeeping.is_right(office.config.state)
    yield from _decided(office, ledger, mail, tip)
    before, there = there, trees(ledger.reader(mail), tip)
    if there == before and is_early:  # what came is other mail
        looked.seen[mail] = (tip, until, there)
        return
    soon = False
    for conference, waiting_here in queues.of(ledger, mail, tip).items():
        if cells.cell_of(office.config, cells.CONFERENCES, conference) != cell:
            continue  # it has gone to another cell, and its traces go
        if is_right:
            waiting_here = [one.in_time(now) for one in waiting_here]  # noqa: PLW2901
        asked = set[str]()
        for step in _asked(office, conference, waiting_here, now):
            asked.add(step.cause.rpartition("-")[2])
            yield step
        queue = [one for one in waiting_here if str(one.held.mid) not in asked]
        if is_sure:
            yield from _expired(conference, queue, now)
        living = [one for one in queue if one.waits(now, is_sure=is_sure)]
        due = [one for one in living if one.is_due(now)]
        now_due = {one.held.mid for one in due}
        living = [one for one in living if one.told or one.held.mid in now_due]
        if due and len(living) >= BUNDLE_FROM and not _may_bundle(living, now):
            soon = True
        elif due:
            yield from _told(office, conference, living, due, now)
        now_told = now_due if office.moderators(conference) else set()  # notes are being written
        resting = [one for one in living if one.held.mid not in now_told]
        yield from _warned(office, conference, resting, now)
    looked.seen[mail] = (tip, now + (_LOOK_SOON if soon else _LOOK), there)


def _held_of(place: Place, facts: bytes, note: bytes | None) -> _Held:
    held = Held(*place, json.loads(facts))
    return _Held(held, since(held.facts), *_noted(note))


def _noted(
    blob: bytes | None,
) -> tuple[tuple[datetime, ...], datetime | None, tuple[datetime, ...]]:
    """When moderators were told of a message, its author was asked, and told. A note of before has
    moderators alone, and the author was told with them."""
    noted = json.loads(blob) if blob else {}
    told = tuple(map(datetime.fromisoformat, noted.get("told", ())))
    author = tuple(map(datetime.fromisoformat, noted.get("author", noted.get("told", ())[:1])))
    return told, datetime.fromisoformat(noted["asked"]) if noted.get("asked") else None, author


def _asked(office: Office, conference: str, queue: list[_Held], now: datetime) -> Iterator[Step]:
    """Questions to authors who are not proved. Those who may not be asked are left to the
    moderators."""
    for one, raw in _read(office, conference, [one for one in queue if one.is_to_ask]):
        case = heldcase.read(office, one.held, raw) if raw else None
        plan = proving.question(office, case, one.held.mid) if case else NOTHING
        if plan:
            noted = Plan(writes=(_note(conference, one, asked=now),))
            yield Step(f"asked-{conference}-{one.held.mid}", plan + noted)


def _may_bundle(queue: list[_Held], now: datetime) -> bool:
    return all(_is_past(one.told[-1], now, _BUNDLE_REST) for one in queue if one.told)


def _is_past(moment: datetime, now: datetime, span: timedelta) -> bool:
    """Whether a moment is so long ago; also one that a clock which was far ahead has written, so
    that nobody waits until that time comes."""
    return abs(now - moment) >= span


def _told(
    office: Office, conference: str, queue: list[_Held], due: list[_Held], now: datetime
) -> Iterator[Step]:
    """Notices about what is due: one a message while few wait, else bundles."""
    together = len(queue) >= BUNDLE_FROM
    size = _MOST_BUNDLED if together else 1
    for start in range(0, len(due), size):
        group = due[start : start + size]
        first = group[0]
        cause = f"told-{conference}-{first.held.mid}-{len(first.told)}"
        if together:
            cause += "-together"
        plan = _notices(office, conference, group, now, together=together)
        if plan:
            yield Step(cause, plan)


def _notices(
    office: Office, conference: str, group: list[_Held], now: datetime, *, together: bool
) -> Plan:
    """A letter to each moderator, a token each, and the note that they were told. While there is
    nobody to tell, authors are told all the same, once."""
    people = office.moderators(conference)
    new = [one for one in group if not one.author]
    if not people and not new:
        return NOTHING
    found = [*_read(office, conference, group)]
    shown = [_shown(one, raw or b"", now) for one, raw in found]
    again = all(one.told for one in group)
    mids = [one.held.mid for one in group]
    plan = Plan(subject=f"Tell moderators of {conference}")
    for to in people:
        text = token.fresh()
        data = {"mids": mids, "number": to.number, **({"numbered": True} if together else {})}
        event = tokens.given(text, "moderate", conference, to.address, days=MODERATE, data=data)
        letter: Letter
        if together:
            letter = letters.bundle(office, conference, to, shown, text, again=again)
        else:
            letter = letters.notice(office, conference, to, shown[0], text, again=again)
        plan += Plan(events=(event,), letters=(letter,))
    if not people:
        plan = Plan(subject=f"Tell authors of {conference}; nobody moderates it")
    told = Plan(
        writes=tuple(
            _note(conference, one, (now,) if people else (), () if one.author else (now,))
            for one in group
        )
    )
    return plan + told + _authors(office, conference, [one for one in found if not one[0].author])


def _note(
    conference: str,
    one: _Held,
    told: tuple[datetime, ...] = (),
    author: tuple[datetime, ...] = (),
    *,
    asked: datetime | None = None,
) -> Write:
    """What is noted of a message, with the moments that are new."""
    noted: dict[str, object] = {
        "told": [moment.isoformat() for moment in (*one.told, *told)],
        "author": [moment.isoformat() for moment in (*one.author, *author)],
    }
    if begun := asked or one.asked:
        noted["asked"] = begun.isoformat()
    data = json.dumps(noted) + "\n"
    return Write.to_mail(note_path(conference, one.held.mid), data.encode("ascii"))


def _warned(office: Office, conference: str, queue: list[_Held], now: datetime) -> Iterator[Step]:
    """Authors hear that nobody has decided yet, before their message is thrown away."""
    due = [one for one in queue if now - one.received >= _WARN and len(one.author) == 1]
    due = [one for one in due if _is_past(one.author[0], now, _REST)]  # not in one breath
    for one, raw in _read(office, conference, due):
        plan = Plan(writes=(_note(conference, one, (), (now,)),), subject=f"Warn of {conference}")
        plan += _authors(office, conference, [(one, raw)], last=True)
        yield Step(f"warned-{conference}-{one.held.mid}", plan)


_Read = tuple[_Held, bytes | None]


def _read(office: Office, conference: str, queue: list[_Held]) -> Iterator[_Read]:
    """These with their octets."""
    yield from zip(queue, heldcase.raws(office, [one.held for one in queue]), strict=True)


def _shown(one: _Held, raw: bytes, now: datetime) -> Shown:
    facts = one.held.facts
    return Shown(
        subject=str(facts.get("subject", "")),
        author=heldcase.author(raw) or str(facts.get("name", "")),
        rule=str(facts.get("rule", "")),
        reason=str(facts.get("reason", "")),
        until=one.ends(now),
        raw=raw,
    )


def _authors(
    office: Office, conference: str, group: Iterable[_Read], *, last: bool = False
) -> Plan:
    """Authors are told that their message waits, when it is sure that they wrote it (E10.3); at
    `last`, until when."""
    plan = NOTHING
    for one, raw in group:
        case = heldcase.proven(office, one.held, raw) if raw else None
        kind = f"{'held-last' if last else 'held'}:{conference}:{one.held.mid}"
        if case is None or not office.may(case, case.author, kind):
            continue
        lang = office.language_of(case.author, conference, hint=case.said)
        rule = str(one.held.facts.get("rule", ""))
        to, until = case.author, one.ends(clock.now())
        if last:
            letter = letters.held_on(office, conference, to, lang, case.message, until, kind=kind)
        else:
            about = (case.message, rule, until)
            letter = letters.held(office, conference, to, lang, *about, kind=kind)
        plan += Plan(letters=(letter,))
    return plan


def _expired(conference: str, queue: list[_Held], now: datetime) -> Iterator[Step]:
    for one in queue:
        if now >= one.ends(now):
            made = Decision(decision.DISCARD, decision.EXPIRY, now, "nobody decided for 14 days")
            change = Write.to_mail(decision.path(conference, one.held.mid), decision.encode(made))
            plan = Plan(writes=(change,), subject=f"Expire one of {conference}")
            yield Step(f"expired-{conference}-{one.held.mid}", plan)


def _decided(office: Office, ledger: Ledger, mail: str, tip: Oid) -> Iterator[Step]:
    """Authors of rejected messages are told, whoever decided and in whatever way."""
    repo, done = ledger.repo(mail), ledger.cursor(mail).read()
    if done is None or done == tip:
        if done is None:
            yield Step(f"begin-{mail}", NOTHING, Move(mail, None, tip))
        return
    reached = done
    for commit in log.commits(repo, done, tip, reader=ledger.reader(mail)):
        letters_ = tuple(
            letter
            for change in commit.changes
            if change.status == "A" and (place := decision.parse_path(change.path))
            if commit.trailer("Source") != BROUGHT  # told where it was decided
            for letter in heldcase.rejection(office, ledger, mail, commit.oid, change.oid, *place)
        )
        if letters_:
            yield Step(
                f"decided-{commit.oid}",
                Plan(letters=letters_, subject="Tell authors"),
                Move(mail, done, commit.oid),
            )
            done = commit.oid
        reached = commit.oid
    if reached != done:
        yield Step(f"read-{mail}", NOTHING, Move(mail, done, reached))
