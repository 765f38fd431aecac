"""Held mail that needs no moderator, judged again: when the DNS answers, when a new day begins.

Two rules of model/policy.py hold for a time only. `dns-silent`: while the DNS does not say whether
the author wrote it; looked at again every minute (ADR 0012). `member-rate` and `list-rate`: too
much for one day; looked at again on the days after when the conference says `release: true`, the
oldest first, so that the limit holds on these days as well. What is accepted now gets a decision of
`policy`, which is carried out like a moderator's; what is held by another rule now waits under that
one; the rest waits on. Moderators may decide at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from solicomm_build import clock
from solicomm_build.errors import SoliCommError
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judge, Judged
from solicomm_build.message.msgid import topic_of
from solicomm_build.message.parse import parse
from solicomm_build.model import decision as decisions
from solicomm_build.model.decision import Decision
from solicomm_build.model.policy import DNS_SILENT, RATES, Verdict
from solicomm_build.spool import envelope_of
from solicomm_build.store.mailstore import Held

EVERY = timedelta(minutes=1)


class SecondLook:
    """Looks now and then, when ingest has nothing else to do. Not for several threads."""

    def __init__(self, stores: HubStores, judge: Judge) -> None:
        self._stores, self._judge = stores, judge
        self._next: datetime | None = None

    def run(self) -> Iterator[tuple[Held, str]]:
        """Judges what may have changed, at most once a minute; each message with the rule by which
        it goes on. Raises StoreError or OSError. Blocking."""
        now = clock.now()
        if self._next is not None and now < self._next:
            return
        self._next = now + EVERY
        waiting = [held for held in self._stores.mail.held() if self._may_change(held, now)]
        for held in sorted(waiting, key=_received):
            rule = self._look(held)
            if rule:
                yield held, rule

    def _may_change(self, held: Held, now: datetime) -> bool:
        rule = held.facts.get("rule")
        if rule == DNS_SILENT:
            return True
        if rule not in RATES or _received(held).date() >= now.date():
            return False
        try:
            return self._stores.conference(held.conference).rules.release
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
        if verdict.rule == held.facts["rule"] or verdict.action in ("answer", "discard"):
            return ""
        mail.begin()
        if mail.held_raw(held.conference, held.mid) is not None:
            self._note(held, raw, verdict)
        mail.checkpoint("Judge again", when=clock.now(), Conference=held.conference)
        if verdict.action == "accept":  # counts at once, so that the next one knows
            self._judge.noted(judged.line(held.conference, held.mid))
        return verdict.rule

    def _judged(self, held: Held, raw: bytes) -> Judged:
        message = parse(raw)
        envelope = envelope_of(held.facts["envelope"])
        return self._judge.judge(
            message, raw, envelope, self._stores.conference(held.conference),
            topic=topic_of(message, held.mid), own=held.mid, again=True,
        )  # fmt: skip

    def _note(self, held: Held, raw: bytes, verdict: Verdict) -> None:
        mail = self._stores.mail
        if verdict.action == "hold":
            facts = {**held.facts, "rule": verdict.rule, "reason": verdict.reason}
            mail.hold(held.conference, held.mid, raw, facts)
            return
        what = decisions.ACCEPT if verdict.action == "accept" else decisions.REJECT
        made = Decision(what, decisions.POLICY, clock.now(), verdict.reason)
        mail.decide(held.conference, held.mid, decisions.encode(made))


def _received(held: Held) -> datetime:
    return datetime.fromisoformat(held.facts["envelope"]["received_at"])
