"""Two operators: what one asks for is done when the other says yes, by real mail through the desk.

solicomm remove … --as ANA ─→ letters ─→ BEN answers yes ─→ the desk does it ─→ letters to both
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.operating import proposals
from solicomm_build.features.removing import wanting
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import removed
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people.membership import MACHINE, RUNS_IT
from solicomm_build.people.operators import acts
from solicomm_build.testing.deskhub import NOW, DeskHub
from tests.unit.operating.operatorhub import BEN, CARA, OP, letters, made, proposed, run, to_answer


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return made(tmp_path / "hub")


def worked(hub: DeskHub) -> dict[str, Message]:
    """Likewise after the desk has done all there was."""
    return {item.envelope.rcpt_tos[0]: parse(item.raw) for item in hub.work()}


def test_with_one_operator_nothing_changes(hub: DeskHub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(hub, "operator", "remove", BEN, "--alone", "test").exit_code == 0
    hub.sent()
    monkeypatch.delattr(wanting, "place_gone")  # nor is anything looked at for it
    done = run(hub, "remove", "list", "water", "--yes")
    assert (done.exit_code, hub.sent()) == (0, [])
    assert not hub.config.conference_repo("water").exists()


def test_it_is_done_after_the_yes_of_the_other(hub: DeskHub) -> None:
    asked = run(hub, "remove", "list", "water", "--yes", "--as", OP)
    assert asked.exit_code == 75
    assert "Ben Ito <ben@union.example>" in asked.output
    got = letters(hub)
    assert set(got) == {OP, BEN}
    assert "Remove the list water" in got[BEN].text
    assert "Members: 3" in got[BEN].text
    assert "Olga Prado" in got[BEN].text
    assert hub.config.conference_repo("water").exists()
    hub.reply(got[BEN], "Yes", sender=BEN)
    assert not hub.config.conference_repo("water").exists()
    assert removed.find(hub.config, "conferences", "water") is not None
    assert proposals.every(hub.config) == []


def _is_here(hub: DeskHub) -> bool:
    return hub.config.conference_repo("water").exists()


REMOVE = ("remove", "list", "water", "--yes")


def test_all_hear_of_the_end_and_the_audit_log_has_both_names(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    done = worked(hub)
    assert set(done) == {OP, BEN}
    assert "It is done." in done[OP].text
    assert "Ben Ito" in done[OP].text
    said = run(hub, "audit").output
    assert "Olga Prado" in said
    (line,) = [line for line in said.splitlines() if ": done " in line]
    assert re.search(r"p_.{10} \(Olga Prado\), with p_.{10} \(Ben Ito\): done", line)
    assert "@union.example" not in said
    assert not any(act.words[:1] == ("remove",) for act in acts.every(hub.config.root))


def test_who_asked_cannot_say_yes_under_any_address(hub: DeskHub) -> None:
    name, got = proposed(hub, *REMOVE)
    (said,) = hub.reply(got[OP], "Yes", sender=OP)
    assert "another operator has to say yes" in said.text
    (said,) = hub.ask("solicomm", f"agree {name}", sender=OP)
    assert "another operator has to say yes" in said.text
    (said,) = hub.ask("solicomm", f"agree {name}", sender="op+other@hub.example")
    assert "Nothing waits for your yes" in said.text
    assert _is_here(hub)


def test_an_address_that_leads_to_an_operators_mailbox_is_none(hub: DeskHub) -> None:
    hub.member(4, "op+b@hub.example", "water")
    done = run(hub, "operator", "add", "op+b@hub.example", "--as", BEN)
    assert "leads to the mailbox of" in done.output
    assert proposals.every(hub.config) == []


def test_a_yes_without_proof_is_asked_back_and_does_nothing(hub: DeskHub) -> None:
    name, _ = proposed(hub, *REMOVE)
    (asked,) = hub.ask("solicomm", f"agree {name}", sender=BEN, proven=False)
    assert asked.to[0].addr_spec == BEN
    assert _is_here(hub)
    hub.reply(asked, "no", sender=BEN)
    assert _is_here(hub)


def test_a_member_and_a_moderator_have_no_say(hub: DeskHub) -> None:
    name, _ = proposed(hub, *REMOVE)
    for word in ("agree", "refuse"):
        (said,) = hub.ask("solicomm", f"{word} {name}", sender=CARA)
        assert "Nothing waits for your yes" in said.text
    assert [one.state for one in proposals.every(hub.config)] == ["waiting"]


def test_a_yes_counts_once_and_a_second_changes_nothing(hub: DeskHub) -> None:
    name, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    hub.send(to_answer(got[BEN]), "yes please", sender=BEN)
    hub.send("solicomm", f"agree {name}", sender=BEN)
    hub.work()
    assert not _is_here(hub)
    done = [act for act in acts.every(hub.config.root) if act.words[0] == "done"]
    assert [act.second != "" for act in done] == [True]
    assert run(hub, "remove", "list", "water", "--undo", "--alone", "test").exit_code == 0
    hub.sent()
    hub.reply(got[BEN], "yes", sender=BEN)  # replayed
    hub.ask("solicomm", f"agree {name}", sender=BEN)
    assert _is_here(hub)


def test_of_two_who_say_yes_at_once_the_first_counts(hub: DeskHub) -> None:
    assert run(hub, "operator", "add", CARA, "--alone", "test").exit_code == 0
    hub.sent()
    name, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[CARA]), "yes", sender=CARA)
    hub.send("solicomm", f"agree {name}", sender=BEN)
    told = worked(hub)
    assert set(told) == {OP, BEN, CARA}
    assert "Yes was said by Cara Diaz" in told[OP].text
    (done,) = [act for act in acts.every(hub.config.root) if act.words[0] == "done"]
    assert done.second == hub.roster.persons.of(3)
    assert [act.who for act in acts.every(hub.config.root) if act.words[0] == "yes"] == [
        done.second
    ]


def test_a_yes_to_an_order_that_was_changed_does_nothing(hub: DeskHub) -> None:
    name, got = proposed(hub, *REMOVE)
    path = hub.config.private / proposals.path(name)
    path.write_text(path.read_text().replace("water", "board"))
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    done = worked(hub)
    assert hub.config.conference_repo("board").exists()
    assert _is_here(hub)
    assert "is not what was shown" in done[OP].text


def test_a_yes_that_is_carried_out_after_a_change_does_nothing(hub: DeskHub) -> None:
    _, got = proposed(hub, "remove", "person", CARA, "--yes")
    hub.member(3, CARA, "board", name="Cara Diaz", lang="en", role="host")
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    done = worked(hub)
    assert "It was agreed to and could not be done." in done[OP].text
    assert "Ask again" in done[BEN].text
    assert hub.roster.is_listed("water", CARA)


def test_some_members_more_are_no_other_list(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.member(7, "new@union.example", "water")
    hub.reply(got[BEN], "yes", sender=BEN)
    assert not _is_here(hub)


def test_twice_as_many_members_are(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    for number in range(10, 17):
        hub.member(number, f"m{number}@union.example", "water")
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    assert "the numbers are others" in worked(hub)[OP].text
    assert _is_here(hub)


def test_what_nobody_says_yes_to_lapses_and_all_are_told(hub: DeskHub) -> None:
    name, got = proposed(hub, *REMOVE)
    hub.now = NOW + proposals.LASTS * 2
    told = worked(hub)
    assert set(told) == {OP, BEN}
    assert "Nobody said yes in time" in told[BEN].text
    hub.reply(got[BEN], "yes", sender=BEN)
    hub.ask("solicomm", f"agree {name}", sender=BEN)
    assert _is_here(hub)
    assert worked(hub) == {}


def test_a_yes_that_comes_too_late_by_a_second_does_nothing(hub: DeskHub) -> None:
    name, _ = proposed(hub, *REMOVE)
    (one,) = proposals.every(hub.config)
    hub.now = one.until
    hub.ask("solicomm", f"agree {name}", sender=BEN)
    assert _is_here(hub)


def test_what_was_asked_while_the_clock_was_ahead_lapses_when_it_is_right(hub: DeskHub) -> None:
    hub.now = NOW + timedelta(days=4000)
    name, _ = proposed(hub, *REMOVE)
    hub.now = NOW
    told = worked(hub)
    assert "Nobody said yes in time" in told[BEN].text
    hub.ask("solicomm", f"agree {name}", sender=BEN)
    hub.now = NOW + timedelta(days=4000)
    hub.ask("solicomm", f"agree {name}", sender=BEN)
    assert _is_here(hub)


def test_a_no_ends_it(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "No.", sender=BEN)
    told = worked(hub)
    assert "An operator said no" in told[OP].text
    assert _is_here(hub)
    assert proposals.every(hub.config) == []


def test_who_is_named_as_asker_can_stop_it(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE, by=BEN)
    hub.send(to_answer(got[BEN]), "no", sender=BEN)
    assert "took it back" in worked(hub)[OP].text
    assert _is_here(hub)


def test_a_doubt_is_askedto_answer(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.reply(got[BEN], "Why? I am not sure.", sender=BEN)
    assert [one.state for one in proposals.every(hub.config)] == ["waiting"]


def test_an_empty_answer_is_no_yes_and_is_asked_again(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    (again,) = hub.reply(got[BEN], "", sender=BEN)
    assert again.subject == got[BEN].subject
    assert _is_here(hub)
    hub.reply(again, "Yes, do it.", sender=BEN)
    assert not _is_here(hub)


def test_the_yes_of_one_who_is_operator_no_more_does_nothing(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    assert run(hub, "operator", "remove", BEN, "--alone", "has left").exit_code == 0
    hub.sent()
    hub.reply(got[BEN], "yes", sender=BEN)
    assert _is_here(hub)


def test_what_somebody_asked_who_is_operator_no_more_is_not_done(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE, by=BEN)
    hub.send(to_answer(got[OP]), "yes", sender=OP)
    with clock.fixed(hub.now):
        from solicomm_build.features.operating import granting

        granting.remove(hub.config, BEN)
    hub.sent()
    assert "is no operator any more" in worked(hub)[OP].text
    assert _is_here(hub)


def test_alone_is_told_to_all_before_it_is_done(hub: DeskHub) -> None:
    done = run(hub, *REMOVE, "--alone", "Ben is in hospital")
    assert done.exit_code == 0
    got = letters(hub)
    assert set(got) == {OP, BEN}
    assert "Ben is in hospital" in got[BEN].text
    assert not _is_here(hub)
    said = run(hub, "audit").output
    assert "alone remove list water" in said
    assert "Ben is in hospital" in said


def test_without_a_name_nothing_is_asked_or_done(hub: DeskHub) -> None:
    done = run(hub, *REMOVE)
    assert (done.exit_code, hub.sent()) == (64, [])
    assert "--as ADDRESS" in done.output
    assert _is_here(hub)
    assert "is no operator" in run(hub, *REMOVE, "--as", CARA).output


def test_the_same_is_asked_once(hub: DeskHub) -> None:
    proposed(hub, *REMOVE)
    again = run(hub, *REMOVE, "--as", OP)
    assert (again.exit_code, hub.sent()) == (75, [])
    assert "already" in again.output


def test_nobody_makes_himself_a_second_operator_where_two_are(hub: DeskHub) -> None:
    _, got = proposed(hub, "operator", "add", CARA)
    assert "Make Cara Diaz" in got[BEN].subject
    assert not hub.roster.roles.get((MACHINE, 3))
    hub.reply(got[BEN], "yes", sender=BEN)
    assert hub.roster.roles.get((MACHINE, 3)) == RUNS_IT


def test_a_grant_ends_with_a_ban_and_the_last_operator_stays(hub: DeskHub) -> None:
    from solicomm_build.people import rosterevents

    event = rosterevents.standing("*", BEN, "banned", at=hub.now, by="test")
    hub.note(event)
    told = worked(hub)
    assert set(told) == {OP, BEN}
    assert (MACHINE, 2) not in hub.roster.roles
    assert "is the operator in hub.yaml" in run(hub, "operator", "remove", OP).output


def test_an_erasure_waits_and_is_done_by_the_desk(hub: DeskHub) -> None:
    asked = ("erase", CARA, "--reason", "Art. 17 GDPR")
    _, got = proposed(hub, *asked)
    assert "Erase all that is kept of cara@union.example" in got[BEN].text
    assert run(hub, "operator", "waiting").output.count("Erase all") == 1
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    done = worked(hub)
    assert "It is done." in done[OP].text
    assert CARA not in done[OP].text
    assert hub.roster.member(CARA) is None
    assert not [*(hub.config.private / "proposals").glob("*.json")]


def test_what_waits_about_a_person_is_told_to_the_person_and_goes_with_it(hub: DeskHub) -> None:
    proposed(hub, "remove", "person", CARA, "--yes")
    said = [
        one for letter in hub.ask("solicomm", "mydata", sender=CARA) for one in letter.attachments
    ]
    assert any(b"remove-person" in one.payload for one in said)
    assert run(hub, "erase", CARA, "--reason", "x", "--alone", "court order").exit_code == 0
    hub.sent()
    told = worked(hub)
    assert "erased meanwhile" in told[BEN].text
    assert CARA not in told[BEN].text
