"""The steps of a message's life (features/tracing/tracing.py) in words. Pure.

Members are their numbers and masked addresses, unless the operator asked for addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from solicomm_build.cli.asking import counted, masked
from solicomm_build.features.tracing.tracing import Step
from solicomm_build.foundation.maillog import spans

_NAMED = 10  # so many members of a batch are named one by one
Facts = Mapping[str, Any]


class Words:
    """Writes steps; `members` are the addresses by number."""

    def __init__(self, members: Mapping[int, str], *, addresses: bool = False) -> None:
        self._members, self._addresses = members, addresses

    def line(self, step: Step) -> str:
        """One step as a sentence."""
        if step.event in _ACTIONS:
            return self._verdict({"action": step.event, **step.facts})
        write = _WORDS.get(step.event)
        return write(self, step.facts) if write else self._plain(step)

    def member(self, number: int) -> str:
        """A member as the operator sees one."""
        address = self._members.get(number)
        shown = f" <{masked(address, self._addresses)}>" if address else ""
        return f"member {number}{shown}"

    def members(self, found: list[int]) -> str:
        """Many of them; one by one while they are few, or with addresses."""
        if len(found) <= _NAMED or self._addresses:
            return ", ".join(map(self.member, found))
        return f"members {spans(found)}"

    def _plain(self, step: Step) -> str:
        return " ".join([step.event, *(f"{name}={fact}" for name, fact in step.facts.items())])

    def _kept(self, facts: Facts) -> str:
        return (
            f"kept as {facts['id']}: {facts.get('octets')} octets for "
            f"{counted(facts.get('rcpts', '?'), 'recipient')}, from {facts.get('mail_from', '<>')}"
        )

    def _verdict(self, facts: Facts) -> str:
        grounds = ", ".join(
            f"{name} {facts[name]}"
            for name in ("level", "today", "ever", "settings", "roster", "decision", "by")
            if facts.get(name)
        )
        place, action = facts["conference"], _ACTIONS.get(facts["action"], facts["action"])
        if facts["rule"] == "decided":
            return f"{place}: {action}, as decided"
        return f"{place}: {action} by rule {facts['rule']}" + (f" ({grounds})" if grounds else "")

    def _waits(self, facts: Facts) -> str:
        return f"{facts['conference']}: still waits for a moderator: {facts['reason']}"

    def _decision(self, facts: Facts) -> str:
        return f"{facts['conference']}: {self._by(facts['by'])} decided: {facts['decision']}"

    def _decided(self, facts: Facts) -> str:
        fault = facts.get("fault")
        how = f"could not be carried out: {fault}" if fault else "carried out"
        return f"{facts['conference']}: decision {facts['decision']} {how}"

    def _by(self, who: str) -> str:
        kind, _, number = who.partition(":")
        return self.member(int(number)) if kind == "member" and number.isdigit() else who

    def _commit(self, facts: Facts) -> str:
        return f"{facts['conference']}: in the repository, commit {facts['commit'][:12]}"

    def _published(self, facts: Facts) -> str:
        when = f", {facts['when']}" if facts.get("when") else ""
        return f"{facts['conference']}: on its pages{when}"

    def _not_published(self, facts: Facts) -> str:
        return f"{facts['conference']}: not on the pages yet (solicomm status)"

    def _queued(self, facts: Facts) -> str:
        name, count = str(facts.get("post", "")).partition("/")[0], facts.get("rcpts", "0")
        if count == "0":
            return f"{name}: nobody gets a copy now"
        return f"{name}: waits in spool/out as {facts.get('id')} for {counted(count, 'member')}"

    def _withdrawn(self, facts: Facts) -> str:
        name, left = str(facts.get("post", "")).partition("/")[0], facts.get("left", "0")
        return f"{name}: withdrawn before {counted(left, 'member')} got it"

    def _not_theirs(self, facts: Facts) -> str:
        name, left = facts.get("conference", ""), facts.get("left", "0")
        return f"{name}: not for {counted(left, 'member')} who read there no more"

    def _digest(self, facts: Facts) -> str:
        name, count = facts.get("conference", ""), facts.get("rcpts", "?")
        return f"{name}: in a digest, {facts.get('id')}, for {counted(count, 'member')}"

    def _handed_over(self, facts: Facts) -> str:
        sent, rest = facts.get("sent", "0"), []
        for name, word in (("later", "to be offered again"), ("failed", "refused")):
            if facts.get(name, "0") != "0":
                rest.append(f"{facts[name]} {word}")
        to = f": {self.members(facts['members'])}" if facts.get("members") else ""
        return f"{counted(sent, 'copy', 'copies')} handed over{to}" + (
            f"; {', '.join(rest)}" if rest else ""
        )

    def _deferred(self, facts: Facts) -> str:
        until = str(facts.get("next", "?"))[:19].replace("T", " ")
        return f"{self._to(facts)}: not taken now, next try {until}: {self._reply(facts)}"

    def _undelivered(self, facts: Facts) -> str:
        return f"{self._to(facts)}: refused for good: {self._reply(facts)}"

    def _to(self, facts: Facts) -> str:
        number = facts.get("member")
        return self.member(number) if number else str(facts.get("rcpt_to", "somebody"))

    def _reply(self, facts: Facts) -> str:
        return masked(str(facts.get("reply", "")), self._addresses)

    def _bounce(self, facts: Facts) -> str:
        status = f", {facts['status']}" if facts.get("status") else ""
        return f"{self._to(facts)}: came back, class {facts.get('what')}{status}"

    def _delivered(self, facts: Facts) -> str:
        return f"a person's address {facts.get('address')}: {facts.get('result')}"

    def _command(self, facts: Facts) -> str:
        what = "reports of failed delivery" if facts.get("purpose") is None else "the desk"
        return f"{facts.get('conference', '')}: on to {what} as {facts.get('as')}"

    def _desk(self, facts: Facts) -> str:
        did = masked(str(facts.get("did", "nothing")), self._addresses)
        return f"the desk: {did}, {counted(facts.get('letters', '0'), 'letter')}"

    def _known(self, facts: Facts) -> str:
        return f"{facts['conference']}: came again and was there already"

    def _moved(self, facts: Facts) -> str:
        return f"{facts['conference']}: its topic has moved to {facts['to']}, so it goes there"

    def _quarantined(self, facts: Facts) -> str:
        reason = masked(str(facts.get("reason", "")), self._addresses)
        return f"set aside (solicomm quarantine list): {reason}"


_ACTIONS = {
    "accept": "accepted",
    "hold": "held",
    "discard": "discarded",
    "answer": "answered with help",
    "reject": "rejected",
}
_WORDS: dict[str, Callable[[Words, Facts], str]] = {
    "kept": Words._kept,
    "verdict": Words._verdict,
    "known": Words._known,
    "moved": Words._moved,
    "waits": Words._waits,
    "decision": Words._decision,
    "decided": Words._decided,
    "commit": Words._commit,
    "published": Words._published,
    "not-published": Words._not_published,
    "queued": Words._queued,
    "withdrawn": Words._withdrawn,
    "not-theirs": Words._not_theirs,
    "digest": Words._digest,
    "handed-over": Words._handed_over,
    "deferred": Words._deferred,
    "undelivered": Words._undelivered,
    "bounce": Words._bounce,
    "delivered": Words._delivered,
    "command": Words._command,
    "bounce-report": Words._command,
    "desk": Words._desk,
    "quarantined": Words._quarantined,
}
