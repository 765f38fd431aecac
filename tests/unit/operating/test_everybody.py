"""What is for the operator is for all of them, and who is one says a signed fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.office import Office
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.watch import HELD
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.parse import parse
from solicomm_build.people import grants
from solicomm_build.people.membership import HUB, MACHINE
from solicomm_build.people.operators import acts, staff
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.smallhub import item, mail
from tests.unit.operating.operatorhub import BEN, CARA, OP, made, run


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return made(tmp_path / "hub")


def test_a_list_without_moderators_is_looked_after_by_all(hub: DeskHub) -> None:
    office = Office(hub.config)
    try:
        assert [one.address for one in office.moderators("board")] == [OP, BEN]
        assert [one.address for one in office.moderators("water")] == [CARA]
        assert office.operators() == [OP, BEN]
    finally:
        office.close()


def test_what_was_set_aside_is_told_to_all(hub: DeskHub) -> None:
    spool = Spool(hub.config.spool_in)
    spool.quarantine(spool.put([item(mail())]), HELD)
    told = {one.envelope.rcpt_tos[0] for one in hub.work()}
    assert {OP, BEN} <= told


def test_a_role_of_conferences_is_another_thing(hub: DeskHub) -> None:
    assert hub.roster.listed_role("water", BEN) == "member"
    assert hub.roster.with_role(HUB, "moderator", "host") == []
    assert run(hub, "member", "role", "*", BEN, "host").exit_code == 0
    assert run(hub, "member", "role", "*", BEN, "none").exit_code == 0
    assert staff.of(hub.config, hub.roster, BEN) is not None


def test_it_is_a_signed_fact_and_one_that_somebody_wrote_does_not_count(hub: DeskHub) -> None:
    person, now = hub.roster.persons.of(2) or "", clock.now()
    found = grants.read(hub.config, own=True)
    assert found.runs_hub(person, now)
    repo = open_repo(hub.config.site_repo)
    names = repo.git("ls-tree", "-r", "--name-only", "main", "roles").decode().split()
    files = {name: repo.git("show", f"main:{name}") for name in names}
    (name,) = [name for name, octets in files.items() if MACHINE.encode() in octets]
    forged = files[name].replace(person.encode(), b"p_" + b"a" * 10)
    other = f"{name[:-21]}{'a' * 16}.yaml"
    write_once(repo, [Change(other, forged)], message="Forge\n", when=now)
    found = grants.read(hub.config, own=True)
    assert not found.runs_hub("p_" + "a" * 10, now)
    assert found.refused


def test_it_ends_as_a_fact_too(hub: DeskHub) -> None:
    person = hub.roster.persons.of(2) or ""
    hub.now += timedelta(seconds=1)
    assert run(hub, "operator", "remove", BEN, "--alone", "has left").exit_code == 0
    assert not grants.read(hub.config, own=True).runs_hub(person, clock.now())
    assert staff.addresses(hub.config, hub.roster) == [OP]
    assert run(hub, "operator", "list").output.count("@") == 1


def test_the_last_one_stays(hub: DeskHub) -> None:
    text = (hub.config.root / "hub.yaml").read_text().replace(f"operator: {OP}\n", "")
    (hub.config.root / "hub.yaml").write_text(text)
    assert "is the last operator" in run(hub, "operator", "remove", BEN).output
    assert "is the last operator" in run(hub, "remove", "person", BEN, "--yes").output
    assert run(hub, "operator", "add", CARA).exit_code == 0
    assert run(hub, "operator", "remove", BEN, "--alone", "test").exit_code == 0


def test_another_operator_in_hub_yaml_is_told_to_the_one_before_and_to_all(hub: DeskHub) -> None:
    assert hub.work() == [], "who is named now is known"
    hub.config = replace(hub.config, operator=CARA)
    got = hub.work()
    told = [(item.envelope.rcpt_tos[0], parse(item.raw).text) for item in got]
    assert {OP, BEN, CARA} == {to for to, _ in told}
    assert any(to == OP and "no operator of this hub any more" in text for to, text in told)
    assert any(to == BEN and "from now on" in text for to, text in told)
    words = [act.words[:2] for act in acts.every(hub.config.root)]
    assert words[-2:] == [("operator", "not-named"), ("operator", "named")]
    assert hub.work() == []
