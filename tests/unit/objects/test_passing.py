"""What goes from one machine of a hub to a spool on another, by a real store, killed anywhere."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.passing import Coming, Passing
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing.objectstores import Store
from tests.unit.objects.test_incoming import item

TAKES = (
    "import pickle, sys; from solicomm_build.foundation.objects.passing import Coming; "
    "Coming(pickle.load(sys.stdin.buffer), lambda: None).take()"
)
POINTS = ("after-come", "after-kept", "after-removed")


def machine(root: Path, store: Store, *cells: int) -> Config:
    """One that has these cells."""
    config = Config(root, "Hub", "hub.example", "https://hub.example")
    config = store.of(config, "spool")
    cluster = replace(config.cluster, node=root.name, divided=True)
    config = replace(config, cluster=cluster)
    (config.keys / "spool.key").write_bytes(b"k" * 32)
    (config.keys / "spool.key").chmod(0o600)
    for cell in cells:
        held = lease.Lease(root.name, 1, lease.now() + 600, lease.boot())
        lease.write(config, held, cell)
    return config


@pytest.fixture
def home(tmp_path: Path, store: Store) -> Config:
    return machine(tmp_path / "n1", store, 0)


@pytest.fixture
def other(tmp_path: Path, store: Store) -> Config:
    return machine(tmp_path / "n2", store, 2)


def texts(config: Config, folder: Path) -> list[bytes]:
    spool = Spool(folder)
    return [one.raw for path in spool.pending() for one in spool.read(path)]


def test_a_command_goes_to_the_desk_of_the_machine_with_cell_0(home: Config, other: Config) -> None:
    assert Passing(other).put(other.spool_desk, [item("join")], "")
    assert Passing(other).put(other.spool_bounces, [item("bounce")], "")
    kept: list[list[str]] = []
    coming = Coming(home, lambda: kept.append(sorted(os.listdir(home.root / "spool" / "come"))))
    assert coming.take() == 2
    assert coming.take() == 0
    assert texts(home, home.spool_desk) == [b"join"]
    assert texts(home, home.spool_bounces) == [b"bounce"]
    assert len(kept) == 1
    assert len(kept[0]) == 3, "two files and what was taken, before they left the store"


def test_what_is_for_a_spool_of_its_own_stays(home: Config, other: Config) -> None:
    passing = Passing(other)
    assert passing.put(other.in_cell(2).spool_out, [item()], "") is None
    assert passing.put(other.root / "spool" / "forwarded", [item()], "") is None
    assert passing.put(other.root / "elsewhere" / "desk", [item()], "") is None
    assert Passing(home).put(home.spool_desk, [item()], "") is None


def test_copies_go_to_the_cell_of_their_list_once(home: Config, other: Config) -> None:
    there = other.in_cell(2)
    coming = Coming(there, lambda: None)
    for _ in range(2):  # home died between putting and noting it, and another took over
        Passing(home).put(home.in_cell(2).spool_out, [item("post")], "water/m1 5f1c")
        coming.take()
    assert texts(other, there.spool_out) == [b"post"]
    spool = Spool(there.spool_out)
    spool.done(spool.pending()[0])
    Passing(home).put(home.in_cell(2).spool_out, [item("post")], "water/m1 5f1c")
    assert Coming(there, lambda: None).take() == 0
    assert texts(other, there.spool_out) == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_it_is_let_in_once(home: Config, other: Config, point: str) -> None:
    for number in range(2):
        Passing(other).put(other.spool_desk, [item(f"{number}")], "")
    died = subprocess.run(  # a fork of who has the store open could not use it
        [sys.executable, "-c", TAKES],
        input=pickle.dumps(home),
        env=os.environ | {"SOLICOMM_FAULT": f"passing.{point}:1"},
        check=False,
    )
    assert died.returncode == -9, f"it never passed {point}"
    Coming(home, lambda: None).take()
    assert texts(home, home.spool_desk) == [b"0", b"1"]


def test_what_is_not_kept_elsewhere_stays_in_the_store(
    home: Config, other: Config, store: Store
) -> None:
    Passing(other).put(other.spool_desk, [item("join")], "")

    def too_few() -> None:
        raise OSError

    with pytest.raises(OSError):
        Coming(home, too_few).take()
    assert len(store.bucket("spool").names("desk/0")) == 1
    assert texts(home, home.spool_desk) == []


def test_a_damaged_one_is_set_aside(home: Config, other: Config, store: Store) -> None:
    Passing(other).put(other.spool_desk, [item("join")], "")
    (name,) = store.bucket("spool").names("desk/0")
    store.bucket("spool").put(name, b"no seal")
    assert Coming(home, lambda: None).take() == 0
    assert len(Spool(home.spool_desk).quarantined()) == 1
    assert not store.bucket("spool").names("desk/0")


def out(config: Config) -> Path:
    return Spool(config.in_cell(2).spool_out).folder


def goes_on(given: Config, to: Config) -> None:
    """The plain files of cell 2 go to another machine."""
    for name in ("out-2", "come-2"):
        shutil.copytree(given.root / "spool" / name, to.root / "spool" / name, dirs_exist_ok=True)
    lease.end(given, 2)


def test_copies_of_a_cell_that_goes_to_another_machine_meanwhile_are_there_once(
    home: Config, other: Config
) -> None:
    """Who was to note that they are in its spool could not, and puts them again, as does whoever
    has cell 0 next."""
    lease.write(home, lease.Lease("n1", 1, lease.now() + 600, lease.boot()), 2)
    passing, there = Passing(home), other.in_cell(2)
    first = passing.put(out(home), [item("post")], "water/m1 5f1c")
    assert first is not None
    assert first.exists()
    assert passing.put(out(home), [item("post")], "water/m1 5f1c") != first
    assert texts(home, out(home)) == [item("post").raw]
    goes_on(home, other)
    passing.shared(out(home), is_so=False)
    sent = Spool(there.spool_out)
    sent.done(sent.pending()[0])
    passing.put(out(home), [item("post")], "water/m1 5f1c")
    passing.put(out(home), [item("next")], "water/m2 77aa")
    assert Coming(there, lambda: None).take() == 1
    assert texts(other, there.spool_out) == [item("next").raw]
    again = Passing(other)
    for word, key in (("post", "water/m1 5f1c"), ("next", "water/m2 77aa")):
        assert again.put(there.spool_out, [item(word)], key) is not None
    assert texts(other, there.spool_out) == [item("next").raw]


def test_what_other_machines_did_not_keep_is_put_again(home: Config) -> None:
    lease.write(home, lease.Lease("n1", 1, lease.now() + 600, lease.boot()), 2)
    passing = Passing(home)
    for is_so, count in ((False, 1), (True, 1), (True, 0)):
        put = passing.put(out(home), [item("post")], "water/m1 5f1c")
        assert put is not None
        assert put.exists() == bool(count)
        passing.shared(out(home), is_so=is_so)
        put.unlink(missing_ok=True)
    assert Passing(home).put(home.spool_out, [item("post")], "water/m1 5f1c") is None, "cell 0's"
