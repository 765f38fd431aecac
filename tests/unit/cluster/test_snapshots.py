"""Snapshots in S3: a machine begins with them, and gets what came since from the others. Real git,
real SeaweedFS."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.cells import privacy
from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.git.replica import carried, comparing, machine, snapshots
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.replica.snapshots import Snapshots
from solicomm_build.git.repo import Repo
from solicomm_build.post.store.erasing import Copy, Gone
from solicomm_build.testing import objectstores
from solicomm_build.testing.objectstores import Store

from .conftest import WATER, Machine
from .test_kills import agree

pytestmark = pytest.mark.skipif(objectstores.missing(), reason="SeaweedFS is there with make dev")
FIRE = "content/conferences/fire.git"
Three = tuple[Machine, Machine, Machine]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with objectstores.seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as found:
        yield found


@pytest.fixture
def hub(three: Three, running: Store) -> Three:
    """n1 has a hub of two repositories, of which snapshots may be made."""
    running.empty()
    one, *others = three
    one.config = running.of(one.config, "spool")
    Snapshots(one.config)  # makes the key
    for other in others:
        shutil.copytree(one.config.keys, other.config.keys)
        other.config = running.of(other.config, "spool")
    for name in (WATER, FIRE):
        one.found(name)
    one.takes_over(1)
    one.writes("first")
    one.writes("burns", FIRE)
    return three


def _lost(machine: Machine) -> None:
    """Its disk is another one, with the keys alone on it."""
    for path in (machine.place, *machine.config.root.iterdir()):
        if path != machine.config.private:
            shutil.rmtree(path)
    for path in machine.config.private.iterdir():
        if path != machine.config.keys:
            shutil.rmtree(path)
    machine.place.mkdir()


def _looks(machine_of: Machine) -> None:
    """What its stage `carry` does every ten seconds."""
    mover, kept = machine.pair(machine_of.config)
    mover.look(kept.of(0).repo.path)
    assert mover.catch_up() == 0


def test_a_machine_is_made_of_a_snapshot_and_what_a_follower_has_more(hub: Three) -> None:
    one, two, other = hub
    assert Snapshots(one.config).make(0) == 2
    then = one.repo().ref(FENCE)
    tip = one.writes("second")
    _lost(two)
    said: list[str] = []
    snapshots.seed_new(two.config, said.append)
    assert said == ["2 repositories begin with their snapshots; the rest comes from other machines"]
    assert two.at_place(ref=FENCE) == then
    assert two.at_place() == Repo(one.repo().path).git("rev-parse", f"{tip}~").decode().strip()
    assert not (two.place / WATER / "refs/solicomm/snapshot").exists()

    had = set((two.place / WATER / "objects/pack").glob("*.pack"))
    last = one.writes("third")
    assert two.at_place() == last
    (new,) = set((two.place / WATER / "objects/pack").glob("*.pack")) - had
    brought = Repo(two.place / WATER).git("show-index", input=new.with_suffix(".idx").read_bytes())
    assert Repo(two.place / WATER).git("cat-file", "-e", tip) == b""
    assert str(then).encode() not in brought, "no more than what came since"
    _looks(one)
    assert {row.state for row in comparing.compare(one.config)} == {comparing.SAME}

    one.place_gone()
    two.takes_over(2)
    assert two.words() == ["third", "second", "first"]
    assert two.words(FIRE) == ["burns"]
    one.place_back()
    two.writes("fourth")
    assert other.at_place() == two.repo().ref()


def test_only_what_moved_is_made_anew_and_its_age_is_told(hub: Three, running: Store) -> None:
    one, *_ = hub
    assert snapshots.told(one.config) == (
        "snapshots in S3: none yet. `solicomm cells snapshot` makes them"
    )
    kept = Snapshots(one.config)
    assert kept.make(0) == 2
    one.writes("second")
    later = clock.now() + timedelta(hours=30)
    with clock.fixed(later):
        assert Snapshots(one.config).make(0) == 1
        assert "0 hours ago" in snapshots.told(one.config)
    with clock.fixed(later + timedelta(hours=50, minutes=1)):
        assert snapshots.told(one.config).endswith(f"{later:%Y-%m-%d %H:%M} UTC, 50 hours ago")
    names = running.bucket("spool").names("snapshots")
    assert len(names) == 3, "two pieces and the list; the old piece is gone"
    for name in names:
        assert b"burns" not in running.bucket("spool").get(name)
    assert kept.forget_all() == 2
    assert running.bucket("spool").names("snapshots") == []


@pytest.mark.parametrize("where", ["after-pieces", "before-list"])
def test_killed_while_they_are_made_the_ones_before_count(hub: Three, where: str) -> None:
    one, two, _ = hub
    Snapshots(one.config).make(0)
    before = Snapshots(one.config).listed(0)
    one.writes("second")
    _dies(where, one)
    assert Snapshots(one.config).listed(0) == before
    _lost(two)
    snapshots.seed_new(two.config, lambda _said: None)
    assert two.at_place(ref=FENCE) == before[WATER].fence
    assert Snapshots(one.config).make(0) == 1
    one.writes("third")
    _looks(one)
    agree(hub, one)


def _dies(where: str, machine: Machine) -> None:
    """A process of its own: what opened the store may not fork."""
    code = (
        "import pickle, sys; from solicomm_build.git.replica.snapshots import Snapshots; "
        "Snapshots(pickle.load(sys.stdin.buffer)).make(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(machine.config),
        env={**os.environ, "SOLICOMM_FAULT": f"snapshots.{where}:1"},
        check=False,
    )
    assert done.returncode == -9


def test_one_that_is_damaged_or_away_costs_nothing_but_time(hub: Three, running: Store) -> None:
    one, two, _ = hub
    Snapshots(one.config).make(0)
    bucket = running.bucket("spool")
    piece = next(name for name in bucket.names("snapshots/0") if "json" not in name)
    bucket.put(piece, bucket.get(piece)[:-1] + b"x")
    _lost(two)
    said: list[str] = []
    snapshots.seed_new(two.config, said.append)
    assert any("its snapshot is of no use" in line for line in said)
    assert any("1 repositories begin" in line for line in said)
    assert not [*two.place.rglob(".snapshot-*")]
    one.writes("second")
    _looks(one)
    agree(hub, one)

    _lost(two)
    away = replace(two.config.cluster, s3=objectstores.unreachable(running.s3))
    said.clear()
    snapshots.seed_new(replace(two.config, cluster=away), said.append)
    assert said[0].startswith("no snapshots (")


def test_a_list_that_is_damaged_is_made_anew(hub: Three, running: Store) -> None:
    one, two, _ = hub
    Snapshots(one.config).make(0)
    bucket = running.bucket("spool")
    bucket.put("snapshots/0.json", b"damaged")
    _lost(two)
    said: list[str] = []
    snapshots.seed_new(two.config, said.append)
    assert said == ["snapshots/0.json: not sealed by a hub (version 1)"]
    assert "not sealed" in snapshots.told(one.config)
    assert Snapshots(one.config).make(0, said.append) == 2
    assert said[1] == said[0]
    assert "0 hours ago" in snapshots.told(one.config)
    assert len(bucket.names("snapshots")) == 3
    snapshots.seed_new(two.config, said.append)
    assert two.at_place(ref=FENCE) == one.repo().ref(FENCE)


def test_a_repository_that_is_damaged_keeps_no_other_from_its_snapshot(hub: Three) -> None:
    one, two, _ = hub
    Snapshots(one.config).make(0)
    before = Snapshots(one.config).listed(0)
    one.writes("second")
    one.writes("burns on", FIRE)
    for pack in (one.config.root / FIRE / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"")
    said: list[str] = []
    with pytest.raises(StoreError, match=r"of fire\.git, as they are damaged"):
        Snapshots(one.config).make(0, said.append)
    assert any(line.startswith(f"{WATER}: ") for line in said)
    now = Snapshots(one.config).listed(0)
    assert now[FIRE] == before[FIRE]
    assert now[WATER].fence == one.repo().ref(FENCE) != before[WATER].fence
    _lost(two)
    snapshots.seed_new(two.config, said.append)
    assert said[-1].startswith("2 repositories begin with their snapshots")


def test_a_place_that_has_something_is_left_alone(hub: Three) -> None:
    one, two, _ = hub
    Snapshots(one.config).make(0)
    before = two.at_place(ref=FENCE)
    one.writes("second")
    said: list[str] = []
    snapshots.seed_new(two.config, said.append)
    assert said == []
    assert two.at_place(ref=FENCE) == one.repo().ref(FENCE) != before


def test_a_hub_that_keeps_nothing_in_s3_has_none(three: Three) -> None:
    one, *_ = three
    said: list[str] = []
    snapshots.seed_new(one.config, said.append)
    assert said == []


def test_commands_make_take_and_tell_and_an_erasure_takes_away(
    tmp_path: Path, running: Store
) -> None:
    running.empty()
    root = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False).root
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    with open(root / "hub.yaml", "a") as file:
        file.write(
            "\ncluster:\n  node: n1\n  lease: {etcd: 'http://127.0.0.1:1'}\n"
            f"  git: {{followers: [{other}], own: {own}}}\n"
            f"  s3: {{endpoint: '{running.s3.endpoint}', spool: {running.s3.spool}}}\n"
        )
    config = running.of(hubyaml.load(root), "spool")

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, [*words, "--hub", str(root)])
        assert done.exit_code == 0, done.output
        return done.output

    assert "n1 has no cell just now" in run("cells", "snapshot")
    lease.write(config, lease.Lease("n1", 3, lease.now() + 600, lease.boot()))
    machine.take_over(config)
    machine.leave()
    assert "none yet" in run("fsck", "--replicas")
    count = len(carried.repositories(config))
    assert f"{count} repositories had moved" in run("cells", "snapshot")
    assert "0 repositories had moved" in run("cells", "snapshot")
    assert "0 hours ago" in run("fsck", "--replicas")
    shutil.rmtree(own)
    own.mkdir()
    assert f"{count} repositories taken" in run("cells", "snapshot", "--take")
    assert "0 repositories taken" in run("cells", "snapshot", "--take")
    gone = Gone("x", clock.now(), (), (), ())
    (found,) = privacy._snapshots(config, gone)
    assert found == Copy("snapshots in S3", "gone", f"{count} repositories had one")
    assert running.bucket("spool").names("snapshots") == []
    away = replace(running.s3, endpoint="http://127.0.0.1:9", spool="spool")
    cluster = replace(config.cluster, s3=away)
    (found,) = privacy._snapshots(replace(config, cluster=cluster), gone)
    assert found.state == "silent"
