"""Held mail that needs no moderator, judged again: when its author answers, when the DNS answers,
when a new day begins.

Some rules of post/policy.py hold for a time only. `dns-silent`: while the DNS does not say
whether the author wrote it; looked at again every minute (ADR 0012). `unproven`: until the author,
whom the desk asks, says yes; looked at as soon as the answer is there (ADR 0026), and what is a
command then goes to the desk. `member-rate` and `list-rate`: too much for one day; looked at again
on the days after when the conference says `release: true`, the oldest first, so that the limit
holds on these days as well. What is accepted now gets a decision of `policy`, which is carried out
like a moderator's; what is held by another rule now waits under that one; the rest waits on.
Moderators may decide at any time.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.spool import Item, Spool, envelope_of
from solicomm_build.foundation.types import Oid
from solicomm_build.ingest.holding import answers_of
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judge, Judged
from solicomm_build.ingest.posting import desk_address
from solicomm_build.message.parse import parse
from solicomm_build.post import decision as decisions
from solicomm_build.post.decision import Decision
from solicomm_build.post.policy import DNS_SILENT, RATES, UNPROVEN
from solicomm_build.post.postingcase import Verdict
from solicomm_build.post.store.mailstore import Held, Place

EVERY = timedelta(minutes=1)
_DECISIONS = {
    "accept": decisions.ACCEPT,
    "reject": decisions.REJECT,
    "discard": decisions.DISCARD,
    "answer": decisions.DISCARD,
}


@dataclass(frozen=True, slots=True)
class _Waits:
    """What is remembered of a held message: where the facts about it are, and by which rule it
    waits since when."""

    at: Oid
    rule: str
    received: datetime


class SecondLook:
    """Looks now and then, when ingest has nothing else to do. Not for several threads."""

    def __init__(self, stores: HubStores, judge: Judge) -> None:
        self._stores, self._judge = stores, judge
        self._next: datetime | None = None
        self._tip: Oid | None = None
        self._proofs: Oid | None = None
        self._held: Oid | None = None  # where all that is held was at the last look
        self._known: dict[Place, _Waits] = {}

    def is_called(self) -> bool:
        """Whether authors have said yes since the last look. Quick when nothing has come."""
        tip = self._stores.mail.repo.ref()
        if tip == self._tip:
            return False
        came, before = self._stores.mail.id_of("proofs"), self._proofs
        self._tip, self._proofs = tip, came
        if came is None or came == before:
            return False
        self._next = None
        return True

    def run(self) -> Iterator[tuple[Held, str]]:
        """Judges what may have changed, at most once a minute unless called; each message with the
        rule by which it goes on. Raises StoreError or OSError. Blocking."""
        now = clock.now()
        if self._next is not None and clock.is_early(self._next, EVERY):
            return
        self._next = now + EVERY
        for held in sorted(self._due(now), key=_received):
            rule = self._look(held)
            if rule:
                yield held, rule

    def _due(self, now: datetime) -> list[Held]:
        """What may be judged otherwise now."""
        mail, waiting = self._stores.mail, self._waiting()
        proved = mail.proved() if any(one.rule == UNPROVEN for one in waiting.values()) else ()
        due = {
            place: one.at
            for place, one in waiting.items()
            if self._stores.is_own(place[0]) and self._may_change(place, one, proved, now)
        }
        return [*mail.held_of(due)]

    def _waiting(self) -> dict[Place, _Waits]:
        """What is held, by where. Those alone are read that came since the last look."""
        mail = self._stores.mail
        if (held := mail.id_of("held")) == self._held:
            return self._known
        there = mail.held_at(lambda conference: True)
        known = {place: one for place, one in self._known.items() if there.get(place) == one.at}
        new = {place: oid for place, oid in there.items() if place not in known}
        for one in mail.held_of(new):
            place = one.conference, one.mid
            known[place] = _Waits(new[place], str(one.facts.get("rule", "")), _received(one))
        self._held, self._known = held, known
        return known

    def _may_change(
        self, place: Place, one: _Waits, proved: Container[object], now: datetime
    ) -> bool:
        if one.rule == DNS_SILENT:
            return True
        if one.rule == UNPROVEN:
            return place in proved
        if one.rule not in RATES or one.received.date() >= now.date():
            return False
        try:
            return self._stores.conference(place[0]).rules.release
        except SoliCommError:
            return False

    def _look(self, held: Held) -> str:
        """Judges one; the new rule, or empty when nothing changed."""
        mail = self._stores.mail
        raw = mail.held_raw(held.conference, held.mid)
        if raw is None or mail.decision(held.conference, held.mid) is not None:
            return ""
        try:
            judged = self._judged(held, raw)
        except SoliCommError:
            return ""  # a conference whose settings are broken: it is looked at again
        verdict = judged.verdict
        if verdict.rule == held.facts["rule"]:
            return ""
        if verdict.action in ("answer", "discard") and held.facts["rule"] != UNPROVEN:
            return ""
        if verdict.action == "answer":
            self._to_desk(held, raw, verdict)
        mail.begin()
        own = self._stores.is_own(held.conference)
        if own and mail.held_raw(held.conference, held.mid) is not None:
            self._note(held, raw, judged)
        mail.checkpoint("Judge again", when=clock.now(), Conference=held.conference)
        if verdict.action == "accept":  # counts at once, so that the next one knows
            self._judge.noted(judged.line(held.conference, held.mid))
        return verdict.rule

    def _judged(self, held: Held, raw: bytes) -> Judged:
        message = parse(raw)
        envelope = envelope_of(held.facts["envelope"])
        return self._judge.judge(
            message,
            raw,
            envelope,
            self._stores.conference(held.conference),
            topic=answers_of(held, message)[0],
            own=held.mid,
            again=True,
            said_yes=self._said_yes(held),
        )

    def _said_yes(self, held: Held) -> bool:
        """Whether its author was asked and said yes, now or before it waited for something else."""
        before = held.facts.get("level") == "token" and held.facts.get("rule") != UNPROVEN
        return before or self._stores.mail.is_proved(held.conference, held.mid)

    def _to_desk(self, held: Held, raw: bytes, verdict: Verdict) -> None:
        """Gives a command to the desk, which learns that its author is proved. Again is harmless:
        the desk does nothing about the same mail twice."""
        topic, _ = answers_of(held, parse(raw))
        to = f"{desk_address(held.conference, topic, verdict)}@{self._stores.config.domain}"
        envelope = replace(envelope_of(held.facts["envelope"]), rcpt_tos=(to,), proved=True)
        spool = Spool(self._stores.config.spool_desk)
        spool.put([Item(envelope, raw)])
        spool.ring()

    def _note(self, held: Held, raw: bytes, judged: Judged) -> None:
        mail, verdict = self._stores.mail, judged.verdict
        if verdict.action == "hold":
            facts = {**held.facts, "rule": verdict.rule, "reason": verdict.reason}
            facts["level"] = judged.authentication.level
            mail.hold(held.conference, held.mid, raw, facts)
            mail.forget_proof(held.conference, held.mid)
            return
        what = _DECISIONS[verdict.action]
        made = Decision(what, decisions.POLICY, clock.now(), verdict.reason)
        mail.decide(held.conference, held.mid, decisions.encode(made))


def _received(held: Held) -> datetime:
    return datetime.fromisoformat(held.facts["envelope"]["received_at"])
