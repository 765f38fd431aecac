"""How the machines of a hub stand, by a real etcd and real git: what is seen, and what is said."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.cells.machines import survey, troubles
from solicomm_build.foundation.hub.cluster import etcd
from solicomm_build.foundation.hub.cluster.etcd import Etcd
from solicomm_build.foundation.hub.cluster.members import Member
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.settings import S3
from solicomm_build.git.replica import standing
from solicomm_build.testing.ports import free_ports

from .conftest import Machine
from .test_lease import _config, client, pytestmark, server

__all__ = ["client", "pytestmark", "server"]  # fixtures
Three = tuple[Machine, Machine, Machine]


@pytest.fixture
def token(client: Etcd, three: Three) -> int:
    """The hub is n1's, which has written once; all three are there."""
    lease = client.grant(600)
    found = client.put_new({etcd.owner_key(0): "n1"}, lease)
    assert found is not None
    for machine in three:
        client.put(etcd.NODES + machine.node, _said(machine), client.grant(600))
    three[0].holds(found)
    three[0].takes_over(found)
    three[0].found()
    three[0].writes("one")
    return found


def _said(machine: Machine, version: str = "0.2.0") -> str:
    return f"host-{machine.node} boot /hub {etcd.VERSION}{version}"


def seen_by(machine: Machine, server: str) -> Config:
    """Its settings, with names for the followers."""
    config = _config(machine, server)
    said = config.cluster.git
    names = {Path(one).parent.name: one for one in said.followers}
    git = dataclasses.replace(said, names=names)
    return dataclasses.replace(config, cluster=dataclasses.replace(config.cluster, git=git))


def said(config: Config) -> list[str]:
    return [f"{one.level}: {one.what}" for one in troubles.of(config, survey.look(config))]


@pytest.mark.usefixtures("token")
def test_all_is_well_from_whichever_machine_one_looks(three: Three, server: str) -> None:
    for machine in three:
        config = seen_by(machine, server)
        found = survey.look(config)
        assert said(config) == []
        assert [(one.name, one.is_there, one.cells) for one in found.machines or ()] == [
            ("n1", True, (0,)), ("n2", True, ()), ("n3", True, ()),
        ]  # fmt: skip
        assert [(one.owner, one.lag) for one in found.cells or ()] == [("n1", 0)]
        assert [row.state for row in found.followers] == ["same", "same"]
        assert [(one.has_majority, one.leads) for one in found.etcd] == [(True, True)]
        assert [one.level for one in troubles.check(config)] == ["fine"]


@pytest.mark.usefixtures("token")
def test_a_disk_that_went_and_came_back_with_less(three: Three, server: str) -> None:
    config = seen_by(three[0], server)
    three[2].place_gone()
    three[0].writes("two")
    (silent,) = [one for one in said(config) if "followers at n3" in one]
    assert silent.startswith("fault: the followers at n3: no answer")
    assert any("repositories wait for a follower" in one for one in said(config))
    three[2].place_back()
    three[0].writes("three")
    assert said(config) == []


def test_a_machine_knows_what_its_own_place_lacks(three: Three, server: str, token: int) -> None:
    config = seen_by(three[1], server)
    assert standing.lacking(config, [token]) == []
    assert "content/conferences/water.git" in (standing.lacking(config, [token + 1]) or [])
    three[1].place_gone()
    assert standing.lacking(config, [token]) is None


@pytest.mark.usefixtures("token")
def test_who_is_not_there_and_what_is_nobodys(three: Three, server: str, client: Etcd) -> None:
    rows = client.below(etcd.NODES)
    client.delete(etcd.NODES + "n2", rows[etcd.NODES + "n2"].revision)
    owner = client.below(etcd.CELLS)[etcd.owner_key(0)]
    client.delete(etcd.owner_key(0), owner.revision)
    assert said(seen_by(three[2], server)) == [
        "fault: n2 is not there",
        "fault: cell 0: nobody has it",
    ]


@pytest.mark.usefixtures("token")
def test_two_versions_side_by_side_are_said(three: Three, server: str, client: Etcd) -> None:
    config = seen_by(three[0], server)
    for version, count in (("0.2.7", 0), ("0.3.0", 1)):
        client.put(etcd.NODES + "n2", _said(three[1], version), client.grant(600))
        assert [one.partition(",")[0] for one in said(config)] == [
            "warning: n1 has SoliComm 0.2.0"
        ] * count


@pytest.mark.usefixtures("token")
def test_a_store_that_is_away_hides_nothing_else(three: Three, server: str) -> None:
    pytest.importorskip("obstore")
    (port,) = free_ports(1)
    config = seen_by(three[0], server)
    s3 = S3(f"http://127.0.0.1:{port}", spool="t-spool")
    config = dataclasses.replace(config, cluster=dataclasses.replace(config.cluster, s3=s3))
    config.keys.mkdir(parents=True, exist_ok=True)
    account = config.keys / "s3.key"
    account.touch(mode=0o600)
    account.write_text("hub secret\n")
    (only,) = said(config)
    assert only.startswith("fault: the store of objects does not answer: ")
    assert [one.owner for one in survey.look(config).cells or ()] == ["n1"]


def test_etcd_that_is_silent_old_full_or_of_another_time(three: Three) -> None:
    (port,) = free_ports(1)
    config = seen_by(three[0], f"http://127.0.0.1:{port}")
    found = survey.look(config)
    assert found.machines is None
    assert any("etcd has no majority: 0 of 1 answer" in one for one in said(config))
    well = Member("http://n1:2379", answers=True, has_majority=True, version="3.5.16")
    wrong = (
        dataclasses.replace(well, version="3.3.1"),
        dataclasses.replace(well, says="NOSPACE"),
        dataclasses.replace(well, ahead=3600.0),
        dataclasses.replace(well, ahead=-3600.0),
    )
    told = [f"{one.what}. {one.remedy}" for one in troubles.of_etcd(wrong)]
    for words, line in zip(
        ("is version 3.3.1", "etcdctl defrag", "3,600 seconds ahead of", "3,600 seconds behind"),
        told,
        strict=True,
    ):
        assert words in line
    assert list(troubles.of_etcd((well,))) == []


@pytest.mark.usefixtures("token")
def test_the_command_shows_all_of_it(three: Three, server: str) -> None:
    root = three[0].config.root
    others = {f"n{number}": str(three[number - 1].place) for number in (2, 3)}
    (root / "hub.yaml").write_text(
        "name: Hub\ndomain: hub.example.org\nurl: https://hub.example.org\n"
        f"cluster:\n  node: n1\n  lease: {{etcd: ['{server}'], ttl: 2}}\n"
        f"  git: {{followers: {json.dumps(others)}, own: {three[0].place}}}\n"
    )
    done = CliRunner().invoke(main, ["cluster", "status", "--hub", str(root)])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert "machine n1  host-n1  SoliComm 0.2.0  has the hub" in lines
    assert "machine n2  host-n2  SoliComm 0.2.0  stands by" in lines
    assert "followers at n3  same: it has everything" in lines
    assert lines[-1] == "Nothing is wrong"
    three[1].place_gone()
    done = CliRunner().invoke(main, ["cluster", "status", "--json", "--hub", str(root)])
    assert done.exit_code == 75
    facts = json.loads(done.output)
    assert [row["state"] for row in facts["followers"]] == ["silent", "same"]
    assert facts["wrong"][0]["remedy"]
