"""What came back: `spool/bounces` to roster events, probes and notices.

Who is meant says the tag in the envelope's recipient and nothing else; what it costs says
features/bounces/bounce.py. A message without a good tag never scores: it waits in
`private/bounces/<conference>/` for the owners (bouncewaiting.py), like one that nobody understands.
Files are taken up
to a hundred at a time: mails are put into spool/out, then all events go into the roster in one
commit, then the files go. Killed anywhere, they are taken again: the same failure of a day counts
once, and what is ended already is not ended again.

`chores` is what time brings (bouncechores.py). One consumer: courier/run.py holds the lock of
spool/out.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.courier import hooks
from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces import bounceevents, bouncemail, bouncewaiting
from solicomm_build.features.bounces.bounce import Bounce
from solicomm_build.features.bounces.bouncebreaker import KINDS, Breaker
from solicomm_build.features.bounces.bouncechores import Chores, Frames, Work
from solicomm_build.features.bounces.bounceclass import classify
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bouncewaiting import BY
from solicomm_build.features.bounces.kind import Kind
from solicomm_build.features.bounces.reports import dsn
from solicomm_build.features.bounces.reports.dsn import Auto, Complaint, Failure
from solicomm_build.features.bounces.secondopinion import SecondOpinion
from solicomm_build.features.bounces.whatcameback import (
    about,
    about_post,
    gets_mail,
    is_of_before,
    place_of,
)
from solicomm_build.foundation import clock, faults, keys
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.watch import Watch
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents, token
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import Member
from solicomm_build.people.operators import staff
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store.postdays import post_days

_trace = logging.getLogger("solicomm.courier")
_FILES = 100
_CHORES_EVERY = timedelta(hours=1)


@dataclass
class _Batch(Work):
    """What some files lead to, before it is durable."""

    bounces: list[Bounce] = field(default_factory=list)
    ended: set[tuple[str, int]] = field(default_factory=set)  # subscriptions that get no mail now
    probed: set[tuple[str, int]] = field(default_factory=set)
    frozen: set[str] = field(default_factory=set)


class Bounces:
    """Reads what came back to one hub. Not for several threads. Close it."""

    def __init__(
        self, config: Config, out: Spool, log: MailLog, watch: Watch | None = None
    ) -> None:
        self._config, self._out, self._log = config, out, log
        self._watch = watch or Watch.idle()
        self._spool = Spool(config.spool_bounces)
        self._roster = RosterStore.of(config)
        self._key = keys.token_key(config.keys)
        self._frames = Frames(config, self._key, log)
        self._chores = Chores(config, self._frames, log)
        self._breaker = Breaker()
        self._opinion = SecondOpinion()
        self._chores_done: datetime | None = None

    def run(self) -> int:
        """Takes what waits, at most a hundred files, and does the chores if they are due; returns
        how many messages were read: if any, there may be more. Blocking."""
        paths = self._spool.pending(_FILES)
        count = self._take(paths) if paths else 0
        now = clock.now()
        if self._chores_done is None or abs(now - self._chores_done) >= _CHORES_EVERY:
            self.chores()
            self._chores_done = now
        return count

    def close(self) -> None:
        """Ends the reading process."""
        self._roster.close()
        self._frames.close()
        self._opinion.close()
        self._spool.close()

    # -- messages -----------------------------------------------------------------------------

    def _take(self, paths: list[Path]) -> int:
        batch, count = _Batch(), 0
        for path in paths:
            try:
                items = self._spool.read(path)
            except StoreError as error:
                self._spool.quarantine(path, error.public)
                self._log.event("quarantined", id=path.stem, reason=error.public)
                continue
            for item in items:
                self._item(batch, item)
                count += 1
        self._keep(batch, "Bounces")
        faults.point("bounces.before-done")
        for path in paths:
            self._spool.done(path)
        return count

    def _item(self, batch: _Batch, item: Item) -> None:
        """One message for all its addresses."""
        try:
            with self._watch.item(item.name, len(item.raw)):
                faults.hold("bounces", item.raw)
                for rcpt_to in item.envelope.rcpt_tos:
                    self._read(batch, item, rcpt_to)
        except (OSError, StoreError):
            raise  # the disk's fault, not the message's: it stays where it is
        except Exception as error:  # noqa: BLE001 - the edge of the stage: one item stops no other
            _trace.exception("a bounce was set aside")
            self._spool.quarantine(item, f"Reading it failed unexpectedly: {error!r}")
            self._log.event("quarantined", reason=f"{error!r}")

    def _keep(self, batch: Work, subject: str) -> None:
        """Makes what a batch leads to durable: mails first, so that nothing is noted as said that
        was not."""
        if batch.mails:
            self._out.put(batch.mails)
            self._out.ring()
        faults.point("bounces.before-events")
        if batch.events:
            self._roster.append(batch.events, at=clock.now(), subject=subject)

    def _read(self, batch: _Batch, item: Item, rcpt_to: str) -> None:
        """One message for one address; logs what it was."""
        name, tag = place_of(self._config, rcpt_to)
        if name == SITE and not self._config.conference_repo(SITE).is_dir():
            self._own_letter(item, tag)
            return
        known = token.read_verp_tag(self._key, tag) if tag else None
        member = self._roster.roster().members.get(known[0]) if known else None
        if known and member is None and self._is_others(item, name, known[0]):
            return
        if not name or known is None or member is None:
            self._leave(name, item, rcpt_to, "untagged")
            return
        day, is_probe = rules.read_day(known[1])
        report = dsn.read(item.raw, self._opinion)
        if is_of_before(self._roster.roster(), member, day, report):
            self._log.event("bounce-former", id=item.name, conference=name, member=member.number)
        elif isinstance(report, Auto):
            self._log.event("bounce-automatic", conference=name, what=report.reason)
        elif isinstance(report, Complaint):
            self._complaint(batch, name, member)
        elif isinstance(report, tuple):
            failure = about(report, member)
            self._failure(batch, item, name, member, failure, day, is_probe=is_probe)
        else:
            self._leave(name, item, rcpt_to, "unknown")

    def _is_others(self, item: Item, name: str, number: int) -> bool:
        """Whether the number of a tag is a feature's own, which then knows what came back."""
        if number in self._roster.roster().members:
            return False
        report = dsn.read(item.raw, self._opinion)
        kind = ""
        if isinstance(report, Complaint):
            kind = "complaint"
        elif isinstance(report, tuple):
            kind = str(classify(min(report, key=lambda one: rules.WEIGHTS[classify(one)])))
        if not hooks.returned(self._config, name, number, kind):
            return False
        self._log.event("bounce-follower", id=item.name, conference=name or None, what=kind or None)
        return True

    def _own_letter(self, item: Item, tag: str) -> None:
        """A letter of the hub itself came back, which no list's mail is: the log says so, and that
        is all. Nobody's subscription hangs on it; mail from lists finds out dead addresses."""
        known = token.read_verp_tag(self._key, tag) if tag else None
        report, kept = dsn.read(item.raw, self._opinion), None
        failure = None
        if isinstance(report, Auto):
            what = "automatic"
        elif isinstance(report, Complaint):
            what = "complaint"
        elif isinstance(report, tuple) and report:
            failure = min(report, key=lambda one: rules.WEIGHTS[classify(one)])
            what = str(classify(failure))
        else:
            what, kept = "unknown", bouncewaiting.keep(self._config, SITE, item.raw)
        self._log.event(
            "bounce-own",
            id=item.name,
            what=what,
            member=known[0] if known else None,
            status=failure.status if failure else None,
            kept=kept,
        )

    def _leave(self, name: str, item: Item, rcpt_to: str, why: str) -> None:
        """Keeps a message for the owners; one for no list we have goes to the quarantine."""
        kept = True
        if name:
            kept = bouncewaiting.keep(self._config, name, item.raw)
        else:
            self._spool.quarantine(item, "A bounce to an address that is no list's")
        self._log.event(f"bounce-{why}", conference=name or None, rcpt_to=rcpt_to, kept=kept)

    # -- failures -----------------------------------------------------------------------------

    def _failure(
        self,
        batch: _Batch,
        item: Item,
        name: str,
        member: Member,
        failure: Failure,
        day: int,
        *,
        is_probe: bool,
    ) -> None:
        kind, at = classify(failure), item.envelope.received_at.astimezone(UTC)
        found = Bounce(
            member.number,
            name,
            kind,
            at,
            rules.domain_of(member.address),
            failure.status,
            rules.diagnostic_line(failure),
            day,
        )
        self._log.event(
            "bounce",
            id=item.name,
            conference=name,
            member=member.number,
            what=kind,
            status=failure.status,
            day=day,
            about=about_post(item.raw),
            probe=is_probe,
            domain=found.domain,
        )
        place = (name, member.number)
        if place in batch.ended or not gets_mail(self._roster.roster(), name, member):
            return
        if rules.epoch_day(at) - day > rules.OLDEST_TAG:
            return
        self._note(batch, found)
        if is_probe:  # asked about this one address: its answer counts whatever others' bounces say
            if kind is Kind.GONE and place in self._roster.roster().ledger(Returns).probes:
                self._end(batch, name, member)
            return
        self._trip(batch, found)
        if self._is_frozen(batch, found.domain, at):
            return
        if self._score(batch, found) >= rules.PROBE_AT and self._may_probe(batch, place):
            self._probe(batch, name, member)

    def _note(self, batch: _Batch, found: Bounce) -> None:
        """Writes a failure down, once for each class and day, and apart for what does not count."""
        folded = self._roster.roster()

        def key(conference: str, kind: str, at: str) -> tuple[str, str, str, bool]:
            return conference, kind, at[:10], folded.ledger(Returns).is_frozen(found.domain, at)

        known = {
            key(one.conference, one.kind, one.at)
            for one in folded.ledger(Returns).bounces(found.number)
        }
        known |= {
            key(one.conference, str(one.kind), rules.time_text(one.at))
            for one in batch.bounces
            if one.number == found.number
        }
        if key(found.conference, str(found.kind), rules.time_text(found.at)) not in known:
            batch.events.append(bounceevents.bounce(found))
        batch.bounces.append(found)

    def _score(self, batch: _Batch, found: Bounce) -> float:
        """The score of a subscription with this failure in it."""
        folded, name = self._roster.roster(), found.conference
        since = self._probed((name, found.number))
        until = rules.time_text(found.at + clock.FAST)  # what lies ahead says nothing about today
        times = [
            (one.at, Kind(one.kind))
            for one in folded.ledger(Returns).bounces(found.number)
            if one.conference == name and one.kind in KINDS
        ]
        times += [
            (rules.time_text(one.at), one.kind)
            for one in batch.bounces
            if (one.number, one.conference) == (found.number, name)
        ]
        counted = (
            (rules.epoch_day(datetime.fromisoformat(at)), kind)
            for at, kind in times
            if since < at <= until and not folded.ledger(Returns).is_frozen(found.domain, at)
        )
        return rules.score(counted, rules.epoch_day(found.at), self._posted(name))

    def _posted(self, name: str) -> Callable[[int, int], int]:
        repo = open_repo(self._config.conference_repo(name))
        return lambda first, last: len(post_days(repo, first, last))

    def _may_probe(self, batch: _Batch, place: tuple[str, int]) -> bool:
        if place in batch.probed:
            return False
        last, wait = self._probed(place), timedelta(days=rules.PROBE_WAIT)
        return not last or clock.now() - datetime.fromisoformat(last) > wait

    def _probed(self, place: tuple[str, int]) -> str:
        """When a subscription was last asked about; empty where it never was, or a clock said when
        that was far ahead."""
        last = self._roster.roster().ledger(Returns).probes.get(place, "")
        return last if last <= rules.time_text(clock.now() + clock.FAST) else ""

    def _probe(self, batch: _Batch, name: str, member: Member) -> None:
        batch.probed.add((name, member.number))
        now = clock.now()
        day = rules.probe_day(rules.epoch_day(now))
        frame = self._frames.of_member(self._roster.roster(), name, member, day)
        batch.mails.append(bouncemail.probe(frame))
        batch.events.append(bounceevents.probe(name, member.number, at=now))
        self._log.event("bounce-probe", conference=name, member=member.number)

    def _end(self, batch: _Batch, name: str, member: Member) -> None:
        """A probe came back: no more mail from this list, or from any if it is the third."""
        now, number = clock.now(), member.number
        folded = self._roster.roster()
        batch.ended.add((name, number))
        batch.events.append(bounceevents.probe_gone(name, number, at=now))
        batch.events.append(
            rosterevents.state(number, "disabled", at=now, by=BY, conference=name, reason=BY)
        )
        dead = folded.ledger(Returns).dead.get(number, frozenset()) | {
            place for place, other in batch.ended if other == number
        }
        if len(dead) >= rules.PROBES_EVERYWHERE:
            batch.events.append(rosterevents.state(number, "disabled", at=now, by=BY, reason=BY))
        self._log.event("bounce-disabled", conference=name, member=number, lists=len(dead))

    def _complaint(self, batch: _Batch, name: str, member: Member) -> None:
        """Unsubscribed at once, without a mail (E8.6); the owners are told with the summary."""
        place = (name, member.number)
        subscribed = member.number in self._roster.roster().subscriptions[name]
        if subscribed and place not in batch.ended:
            batch.ended.add(place)
            now = clock.now()
            batch.events.append(
                rosterevents.unsubscribe(name, member.number, at=now, by="complaint")
            )
            bouncewaiting.remember(self._config, name, "complaint", member.address)
        self._log.event("complaint", conference=name, member=member.number)

    def _trip(self, batch: _Batch, found: Bounce) -> None:
        """Freezes a domain whose bounces say nothing about people (E8.5)."""
        trip = self._breaker.look(self._roster.roster(), found, self._roster.tip)
        if trip is None or self._is_frozen(batch, found.domain, found.at):
            return
        batch.frozen.add(found.domain)
        batch.events.append(bounceevents.freeze(found.domain, trip, at=found.at))
        until, since = found.at + rules.FREEZE, rules.frozen_from(found.at)
        for to in staff.addresses(self._config, self._roster.roster(), urgent=True):
            frame = self._frames.of_operator(to)
            batch.mails.append(bouncemail.alert(frame, found.domain, trip, until, since))
        self._log.event("bounce-freeze", domain=found.domain, what=trip.kind, members=trip.members)

    def _is_frozen(self, batch: _Batch, domain: str, at: datetime) -> bool:
        returns = self._roster.roster().ledger(Returns)
        return domain in batch.frozen or returns.is_frozen(domain, rules.time_text(at))

    # -- what time brings ---------------------------------------------------------------------

    def chores(self) -> None:
        """Notices, ends and summaries that are due. Safe to call at any time."""
        work = self._chores.due(self._roster.roster())
        self._keep(work, "Notices about bounces")
        for path in work.files:
            path.unlink(missing_ok=True)
