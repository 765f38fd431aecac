"""Which of the hub's mails an operator gets: each chooses, and somebody always gets all."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from solicomm_build.desk.office import Office
from solicomm_build.foundation.hub import finding
from solicomm_build.foundation.hub.finding import Check, Finding
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.watch import HELD
from solicomm_build.message.parse import parse
from solicomm_build.people.operators import acts, mails
from solicomm_build.people.operators.operator import Operator
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.smallhub import item, mail
from tests.unit.operating.operatorhub import BEN, CARA, OP, made, proposed, run


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return made(tmp_path / "hub")


def told(hub: DeskHub) -> dict[str, list[str]]:
    """What the hub writes to whom now."""
    found: dict[str, list[str]] = {}
    for one in hub.work():
        found.setdefault(one.envelope.rcpt_tos[0], []).append(parse(one.raw).text)
    return found


def gets(hub: DeskHub, *, urgent: bool) -> list[str]:
    office = Office(hub.config)
    try:
        return office.operators(urgent=urgent)
    finally:
        office.close()


def test_nothing_is_told_to_nobody_whatever_they_chose() -> None:
    people = [Operator("op@x.example", is_named=True), Operator("ben@x.example", 2)]
    for one, other in product(mails.CHOICES, repeat=2):
        kept = {"op@x.example": one, "2": other}
        for urgent in (False, True):
            got = mails.told(kept, people, urgent=urgent)
            assert got
            fits = {mails.ALL, mails.URGENT} if urgent else {mails.ALL}
            wanted = [who for who, said in zip(people, (one, other), strict=True) if said in fits]
            assert list(got) == (wanted or people)
    assert mails.told({}, [], urgent=True) == ()


def test_each_chooses_and_one_gets_all(hub: DeskHub) -> None:
    assert run(hub, "operator", "mails", BEN, "urgent").exit_code == 0
    assert (gets(hub, urgent=False), gets(hub, urgent=True)) == ([OP], [OP, BEN])
    assert run(hub, "operator", "mails", BEN, "none").exit_code == 0
    assert (gets(hub, urgent=False), gets(hub, urgent=True)) == ([OP], [OP])
    done = run(hub, "operator", "mails", OP, "urgent")
    assert done.exit_code
    assert "No other operator gets all mails" in done.output
    assert "no mails" in run(hub, "operator", "list").output
    assert run(hub, "operator", "mails", CARA, "none").exit_code
    office = Office(hub.config)
    try:
        assert [one.address for one in office.moderators("board")] == [OP]
    finally:
        office.close()


def test_who_gets_all_goes_and_the_others_are_told_again(hub: DeskHub) -> None:
    run(hub, "operator", "mails", OP, "none")
    assert gets(hub, urgent=True) == [BEN]
    hub.now += timedelta(seconds=1)
    run(hub, "operator", "remove", BEN, "--alone", "has left")
    assert gets(hub, urgent=False) == [OP]
    hub.now += timedelta(seconds=1)
    assert run(hub, "operator", "add", BEN).exit_code == 0
    assert gets(hub, urgent=False) == [BEN]


def test_an_operator_who_comes_back_gets_all(hub: DeskHub) -> None:
    run(hub, "operator", "mails", BEN, "none")
    hub.now += timedelta(seconds=1)
    run(hub, "operator", "remove", BEN, "--alone", "has left")
    hub.now += timedelta(seconds=1)
    run(hub, "operator", "add", BEN)
    assert gets(hub, urgent=False) == [OP, BEN]


def test_by_mail_once_it_is_proved(hub: DeskHub) -> None:
    (said,) = hub.ask("solicomm", "mails none", sender=BEN)
    assert "you get no mails" in said.text
    assert gets(hub, urgent=True) == [OP]
    (said,) = hub.ask("solicomm", "mails", sender=BEN)
    assert "all, urgent, none" in said.text
    (said,) = hub.ask("solicomm", "mails none", sender=OP)
    assert "No other operator gets all" in said.text
    (said,) = hub.ask("solicomm", "mails none", sender=CARA)
    assert "Only operators" in said.text
    hub.ask("solicomm", "mails all", sender=BEN, proven=False)
    assert gets(hub, urgent=True) == [OP]
    (said,) = hub.ask("solicomm", "mails tous", sender=BEN)
    assert gets(hub, urgent=True) == [OP, BEN]
    assert ("operator", "mails", "none") in [act.words for act in acts.every(hub.config.root)]


def test_a_second_yes_is_asked_of_everybody(hub: DeskHub) -> None:
    run(hub, "operator", "mails", BEN, "none")
    _, got = proposed(hub, "remove", "list", "water", "--yes")
    assert set(got) == {OP, BEN}


def test_what_was_set_aside_is_urgent(hub: DeskHub) -> None:
    run(hub, "operator", "mails", BEN, "urgent")
    spool = Spool(hub.config.spool_in)
    spool.quarantine(spool.put([item(mail())]), HELD)
    assert {OP, BEN} <= set(told(hub))


def test_of_what_is_wrong_faults_are_urgent(hub: DeskHub, monkeypatch: pytest.MonkeyPatch) -> None:
    now: list[Finding] = []
    monkeypatch.setattr(finding, "watched", lambda: (Check("test", "test", lambda _: now),))
    run(hub, "operator", "mails", BEN, "urgent")
    low, high = finding.warning("The shelf is dusty", "Dust"), finding.fault("It burns", "Water")

    def after(minutes: int) -> dict[str, list[str]]:
        hub.now += timedelta(minutes=minutes)
        return told(hub)

    now.append(low)
    assert set(after(11)) == {OP}
    now.append(high)
    found = after(11)
    assert set(found) == {OP, BEN}
    assert "dusty" in found[OP][0]
    assert "dusty" not in found[BEN][0]
    assert "burns" in found[BEN][0]
    assert after(11) == {}
    now.append(finding.warning("The lamp is off", "Press"))
    assert set(after(11)) == {OP}
    assert set(after(24 * 60)) == {OP, BEN}, "a fault is told daily to both"
    now.remove(high)
    found = after(11)
    assert set(found) == {OP, BEN}
    assert "All is well again" in found[BEN][0] or "well again" in found[BEN][0]
    assert set(after(25 * 60)) == {OP}


def test_a_warning_that_becomes_a_fault_is_news_to_whom_only_that_concerns(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [finding.warning("Ten days left", "Renew", about="certificate")]
    monkeypatch.setattr(finding, "watched", lambda: (Check("test", "test", lambda _: now),))
    run(hub, "operator", "mails", BEN, "urgent")
    assert set(told(hub)) == {OP}
    now[:] = [finding.fault("It has ended", "Renew", about="certificate")]
    hub.now += timedelta(minutes=11)
    assert BEN in told(hub)
