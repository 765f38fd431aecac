"""What operators hear: a second yes is asked for, what became of it, what somebody does alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solicomm_build.features.operating import granting, proposals, telling
from solicomm_build.features.operating.proposals import Proposal
from solicomm_build.people.operators.operator import Operator
from solicomm_build.people.operators.second import Wanted
from tests.snapshots.kept import Mail
from tests.snapshots.stage import BEN, MOD, OPERATOR, Stage

_KINDS = ("remove-conference", "remove-library", "remove-union", "remove-person", "erase-message")
_BACK = ("restore-conference", "restore-list", "restore-library", "restore-union", "erase-shared")
_REST = ("restore-person", "restore-hub", "erase-person", "operator-add", "operator-remove")


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each mail under its name."""
    granting.add(stage.hub.config, MOD)
    yield from (("an operator more", one) for one in stage.hub.sent())
    one = _proposal("remove-list", "water", {"members": 3, "messages": 1200})
    people = telling.everybody(stage.office)
    for letter in telling.asked(stage.office, one, people).letters:
        yield f"asked, to {letter.to}", letter
    for state in sorted(proposals.OVER):
        said = "the numbers are others than those that were shown. Ask again"
        ended = replace(
            one,
            state=state,
            said=said if state == proposals.FAILED else "",
            second_address="" if state == proposals.LAPSED else MOD,
            second_number=0 if state == proposals.LAPSED else 2,
        )
        yield f"over: {state}", telling.over(stage.office, ended)[0]
    for kind in (*_KINDS, *_BACK, *_REST):
        names = {"lists": "board, water", "roles": "host (water)", "reason": "Art. 17 GDPR"}
        made = _proposal(kind, BEN, {"messages": 2}, names if kind == "remove-person" else {})
        yield f"over: {kind}", telling.over(stage.office, replace(made, state=proposals.DONE))[0]
    yield "alone", telling.alone(stage.office, one, "root", "Mo cannot be reached")[0]
    unnamed = replace(one, address="", number=0)
    yield "alone, unnamed", telling.alone(stage.office, unnamed, "root", "A court order")[0]
    (answer,) = stage.ask("solicomm", stage.word("agree", "nothing"), sender=MOD)
    yield "nothing waits", answer
    yield "answer", telling.answer(stage.office, MOD, "It was too late for an answer.", one)
    granting.remove(stage.hub.config, MOD)
    yield from (("an operator less", one) for one in stage.hub.sent())


def _proposal(
    kind: str, about: str, counts: dict[str, int], names: dict[str, str] | None = None
) -> Proposal:
    wanted = Wanted(kind, about, ("remove",), ("remove",), counts=counts, names=names or {})
    return proposals.new(wanted, Operator(OPERATOR, 4), "p_aaaaaaaaaa")
