"""What was erased goes from every follower's objects, and the receipt names who has it still."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.cli.serving import standing
from solicomm_build.desk.chores import Looked
from solicomm_build.features.cells import carrying
from solicomm_build.features.privacy import asking, checks, chores, erase, erasures, unfinished
from solicomm_build.features.privacy.erasures import Receipt
from solicomm_build.foundation import clock, formernames, maillog
from solicomm_build.foundation.errors import StoreError, UsageError
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git import refs
from solicomm_build.git.replica import forgetting, machine
from solicomm_build.git.replica import places as places_of
from solicomm_build.git.replica.places import Place, Places
from solicomm_build.git.replica.pushing import DROPPED
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import erasing
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail
from tests.unit.cluster.conftest import Machine

from . import worlds
from .test_lease import pytestmark as with_etcd
from .test_lease import server

__all__ = ["server"]  # a fixture

SECRET = "Only the branch office may know this sentence"
BAR = "content/conferences/bar.git"
NAMES = ("n1", "n2", "n3")
PLACES = [f"followers at {name}" for name in NAMES]


@pytest.fixture
def hub(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, list[Path]]:
    """A hub on n1 with a post to be erased and another one, and the folders of all three."""
    worlds.begin("erasing", tmp_path, tmp_path_factory, hub_in)
    first = first_of(tmp_path)
    first.holds(1)
    first.acts()
    return first.config, [tmp_path / name / "git" for name in NAMES]


def hub_in(top: Path) -> None:
    for name in NAMES:
        (top / name / "git").mkdir(parents=True)
    list_ = Conference("bar", {"en": "Bar"}, kind="list", posting="open")
    smallhub.make(top / "n1" / "hub", list_)
    first = first_of(top)
    first.takes_over(1)
    put(first.config, SECRET, "secret")
    put(first.config, "Everybody may know this other sentence", "other")
    carry(first.config)


def first_of(top: Path) -> Machine:
    """n1, which knows the others by name."""
    first = Machine(top, "n1", NAMES[1:])
    said = dataclasses.replace(
        first.config.cluster.git, names={name: str(top / name / "git") for name in NAMES[1:]}
    )
    cluster = dataclasses.replace(first.config.cluster, git=said)
    first.config = dataclasses.replace(smallhub.config(first.config.root), cluster=cluster)
    return first


def put(config: Config, text: str, name: str) -> None:
    raw = mail(text, msgid=f"<{name}@union.example>", sender="Bo <bo@union.example>")
    Spool(config.spool_in).put([item(raw, "bar@hub.example", "bo@hub.example")])
    ingest(config, once=True, log=maillog.to_nobody())


def carry(config: Config) -> None:
    machine.pair(config)[1].of(0).keep(whole=True)


def age(*places: Path) -> None:
    """All that git has there came an hour ago."""
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                if "/objects" in folder:
                    os.utime(Path(folder, name), (time.time() - 3600,) * 2)


def holding(place: Path, words: bytes = SECRET.encode()) -> list[str]:
    """The repositories of a folder of which some object, in a pack or not, has the words."""
    found = []
    for path in sorted(one for one in place.rglob("*.git") if one.is_dir()):
        done = subprocess.run(
            ["git", f"--git-dir={path}", "cat-file", "--batch", "--batch-all-objects"],
            capture_output=True,
            check=True,
        )
        if words in done.stdout:
            found.append(path.relative_to(place).as_posix())
    return found


def erase_it(config: Config) -> Receipt:
    order, _ = erase.erase(config, "<secret@union.example>", reason="Request", by="op")
    carry(config)
    asking.ask(config)
    return receipt_of(config, order.id)


def receipt_of(config: Config, identifier: str) -> Receipt:
    found = erasures.receipt(config, identifier)
    assert found is not None
    return found


def states(receipt: Receipt) -> dict[str, str]:
    return {name: one["state"] for name, one in receipt.copies.items()}


def later(config: Config, minutes: int) -> None:
    with clock.fixed(clock.now() + timedelta(minutes=minutes)):
        carry(config)
        asking.ask(config)


def has_it_meanwhile(config: Config, folder: Path) -> Machine:
    """Another machine, n2, which has the hub now."""
    second = Machine(folder, "n2", ("n1", "n3"))
    second.config = dataclasses.replace(
        config, root=folder / "n2" / "hub", cluster=second.config.cluster
    )
    lease.end(config)
    second.takes_over(2)
    return second


def goes_back(second: Config, config: Config) -> None:
    """The hub, to n1."""
    lease.end(second)
    lease.write(config, lease.Lease("n1", 3, lease.now() + 600, lease.boot()))
    machine.take_over(config)


def test_it_goes_from_every_object_of_every_follower(
    hub: tuple[Config, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, places = hub
    assert all(BAR in holding(place) and "private/mail.git" in holding(place) for place in places)
    receipt = erase_it(config)
    assert states(receipt) == dict.fromkeys(PLACES, "asked"), receipt.copies
    age(*places)
    later(config, 2)
    receipt = receipt_of(config, receipt.id)
    assert states(receipt) == dict.fromkeys(PLACES, "ready"), receipt.copies
    for place in places:
        assert set(holding(place)) <= {"private/carried.git"}
    assert "union.example" not in erasures.todo(config, receipt.id).read_text()
    later(config, 5)  # plain files are in packs that are new
    receipt = receipt_of(config, receipt.id)
    assert states(receipt) == dict.fromkeys(PLACES, "asked"), receipt.copies
    assert receipt.open
    monkeypatch.setattr(forgetting, "FRESH", "now")  # a minute has gone by on the disk, too
    later(config, 8)
    receipt = receipt_of(config, receipt.id)
    assert states(receipt) == dict.fromkeys(PLACES, "gone"), receipt.copies
    assert not receipt.open
    assert not unfinished.is_open(config)
    assert [holding(place) for place in (config.root, *places)] == [[], [], [], []]
    assert all(holding(place, b"this other sentence") for place in places)
    for place in places:
        for path in place.rglob("*.git"):
            Repo(path).git("fsck", "--strict")
    lines = list(asking.lines(config, receipt))
    assert lines[:3] == [f"{one}: nothing is left" for one in PLACES]
    assert [one.partition(":")[0] for one in lines[3:]] == [
        "hub's folder at n2",
        "hub's folder at n3",
    ]


def test_what_came_a_moment_ago_is_left_for_the_next_look(
    hub: tuple[Config, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be on its way to a branch: git lets it be, with all that it leads to."""
    config, places = hub
    receipt = erase_it(config)
    later(config, 2)  # by our clock; by that of the disk all of it is new
    receipt = receipt_of(config, receipt.id)
    assert states(receipt) == dict.fromkeys(PLACES, "asked"), receipt.copies
    assert receipt.copies[PLACES[1]]["said"] == forgetting.RECENT
    assert "secret@union.example" in erasures.todo(config, receipt.id).read_text()
    monkeypatch.setattr(forgetting, "FRESH", "now")
    for minutes in (4, 6, 8):
        later(config, minutes)
    assert not unfinished.is_open(config)
    assert not any(map(holding, places))


def test_a_follower_that_is_away_keeps_it_open(hub: tuple[Config, list[Path]]) -> None:
    config, places = hub
    away = places[2].rename(places[2].with_name("away"))
    receipt = erase_it(config)
    assert [*states(receipt).values()] == ["asked", "asked", "silent"], receipt.copies
    todo = erasures.todo(config, receipt.id).read_text()
    assert "secret@union.example" in todo  # who comes back has to be told what is sought
    (said,) = checks.CHECKS[0].look(config)
    assert "followers at n3 has something still" in said.what
    assert list(checks.WATCHED[0].look(config)) == [said]
    (line,) = [one for one in asking.lines(config, receipt) if "NOT GONE" in one]
    assert line.startswith("followers at n3: NOT GONE; ")
    assert not asking.is_due(config)
    age(*places[:2])
    later(config, 10)
    assert [*states(receipt_of(config, receipt.id)).values()] == ["ready", "ready", "silent"]
    assert erasures.todo(config, receipt.id).read_text() == todo
    assert BAR in holding(away)
    away.rename(places[2])
    for minutes in (20, 30, 40):
        age(*places)
        later(config, minutes)
    assert not unfinished.is_open(config)
    assert not receipt_of(config, receipt.id).open
    assert [holding(place) for place in (config.root, *places)] == [[], [], [], []]
    assert [one.level for one in checks.CHECKS[0].look(config)] == ["fine"]


def test_the_desk_asks_again_by_itself(hub: tuple[Config, list[Path]]) -> None:
    config, places = hub
    receipt = erase_it(config)
    looked = Looked[threading.Thread]()
    for minutes in (1, 3, 6, 9):
        age(*places)
        looked.at_once()
        with clock.fixed(clock.now() + timedelta(minutes=minutes)):
            assert asking.is_due(config) == (minutes > 1)
            assert list(chores._steps(config, looked)) == []
            if asked := looked.seen.get("asking"):
                asked.join(60)
    assert not receipt_of(config, receipt.id).open
    assert not unfinished.is_open(config)


def test_what_a_deposed_machine_had_alone_goes_too(hub: tuple[Config, list[Path]]) -> None:
    config, places = hub
    repo = open_repo(config.root / BAR)
    refs.swap(repo.path, f"{DROPPED}/1-1", repo.ref(), None)
    age(*places)
    erase_it(config)
    assert BAR not in holding(config.root)


def test_a_killed_one_is_finished_and_asked_after(hub: tuple[Config, list[Path]]) -> None:
    config, places = hub
    age(*places)
    order, _ = erase.erase(config, "<secret@union.example>", reason="Request", by="op")
    again, receipt = erase.erase(config, "<secret@union.example>", reason="Request", by="op")
    assert again.id == order.id
    assert receipt.done
    assert not receipt.copies


def test_of_several_owners_the_one_with_cell_0_erases(hub: tuple[Config, list[Path]]) -> None:
    config, _ = hub
    config = dataclasses.replace(
        config, cluster=dataclasses.replace(config.cluster, node="n2", divided=True)
    )
    lease.end(config)
    lease.write_owners(config, {0: lease.Owner("n1", 1)})
    with pytest.raises(UsageError, match="Do it on n1"):
        erase.erase(config, post_id("secret@union.example"), reason="Request", by="op")


def test_a_repository_that_the_hub_has_no_more_is_not_said_to_be_gone(
    hub: tuple[Config, list[Path]], tmp_path: Path
) -> None:
    """As a list that got another name while a follower was asked."""
    config, places = hub
    receipt = erase_it(config)
    for place in places:
        repo = Repo(place / BAR)
        old = repo.git("hash-object", "-w", "--stdin", input=b"old").decode().strip()
        repo.git("update-ref", "refs/tags/old", old)  # leads to it still
        receipt.objects.append(old)
    erasures.keep(erasures.receipt_file(config, receipt.id), dataclasses.asdict(receipt))
    (config.root / BAR).rename(tmp_path / "other.git")
    age(*places)
    later(config, 2)
    receipt = receipt_of(config, receipt.id)
    assert states(receipt) == dict.fromkeys(PLACES, "silent"), receipt.copies
    assert all(f"it has {BAR}, which" in one["said"] for one in receipt.copies.values())
    for place in places:
        shutil.rmtree(place / BAR)
    later(config, 12)
    assert states(receipt_of(config, receipt.id)) == dict.fromkeys(PLACES, "ready")


def test_what_places_keep_under_a_former_name_is_not_said_to_be_gone(
    hub: tuple[Config, list[Path]],
) -> None:
    config, places = hub
    old = str(Path(BAR).with_name("inn.git"))
    formernames.note(
        config.private, formernames.Renaming("conferences", "inn", "bar", clock.now(), done=True)
    )
    for place in places:
        shutil.copytree(place / BAR, place / old)
    receipt = erase_it(config)
    age(*places)
    later(config, 2)
    receipt = receipt_of(config, receipt.id)
    assert states(receipt) == dict.fromkeys(PLACES, "silent"), receipt.copies
    assert all(f"it has {old}, which" in one["said"] for one in receipt.copies.values())
    for place in places:
        shutil.rmtree(place / old)
    later(config, 12)
    assert states(receipt_of(config, receipt.id)) == dict.fromkeys(PLACES, "ready")


def test_a_receipt_that_comes_before_the_histories_is_gone_by_again(
    hub: tuple[Config, list[Path]], tmp_path: Path
) -> None:
    """As from a follower that was away: the machine has the old history when it is told."""
    config, places = hub
    second = has_it_meanwhile(config, tmp_path)
    goes_back(second.config, config)
    receipt = erase_it(config)
    there = second.config.private / "erasures"
    shutil.copytree(config.private / "erasures", there, dirs_exist_ok=True)
    erasing.here(second.config)
    assert BAR in holding(second.config.root)
    erasing.here(second.config)  # and no work again before there is news
    age(*places)
    later(config, 2)
    assert states(receipt_of(config, receipt.id))[PLACES[1]] == "ready"
    carry(config)
    lease.end(config)
    second.takes_over(4)
    erasing.here(second.config)
    assert BAR not in holding(second.config.root)
    assert len(erasures.known_here(second.config)) == 2


def test_a_machine_that_stands_by_lets_go_of_what_it_had(
    hub: tuple[Config, list[Path]], tmp_path: Path
) -> None:
    """n2 had the hub before: its histories, its spools and its log name what is erased at n1."""
    config, places = hub
    second = has_it_meanwhile(config, tmp_path)
    log = second.config.mail_log
    log.write_text("accepted msgid=secret@union.example\naccepted msgid=other@union.example\n")
    goes_back(second.config, config)
    put(config, "Said when n2 stood by already", "third")
    carry(config)
    main = refs.read(second.config.root / BAR, MAIN)
    assert standing.let_go(second.config) == 0
    assert refs.read(second.config.root / BAR, MAIN) == main, "nothing is erased: all stays"
    receipt = erase_it(config)
    assert standing.let_go(second.config) == 0
    assert BAR not in holding(second.config.root)
    assert holding(second.config.root, b"this other sentence")
    assert "secret" not in log.read_text()
    assert "other" in log.read_text()
    for minutes in (2, 5, 8, 11):
        age(*places)
        later(config, minutes)
    assert not unfinished.is_open(config)
    assert standing.let_go(second.config) == 0
    assert erasures.known_here(second.config) == {receipt.id, f"{receipt.id}.again"}
    lease.end(config)
    second.takes_over(4)
    assert set(holding(second.config.root)) <= {"private/carried.git"}
    assert holding(second.config.root, b"when n2 stood by already")


@with_etcd
def test_what_is_sought_is_said_until_each_folder_of_the_hub_has_let_go(
    hub: tuple[Config, list[Path]], tmp_path: Path, server: str
) -> None:
    """n3 is switched off, though its follower answers: its log still names who is gone."""
    config, places = hub
    apart = {name: divided(config, tmp_path, name, server) for name in NAMES}
    receipt = erase_it(config)
    for name in NAMES[:2]:
        bring(config, apart[name])
        erasing.here(apart[name])
    age(*places)
    for minutes in (2, 12):
        later(apart["n1"], minutes)
    found = states(receipt_of(config, receipt.id))
    folders = [f"hub's folder at {name}" for name in NAMES]
    assert [found[one] for one in (*PLACES, *folders)] == ["ready"] * 5 + ["silent"], found
    assert "secret@union.example" in erasures.todo(config, receipt.id).read_text()
    (said,) = checks.CHECKS[0].look(apart["n1"])
    assert "hub's folder at n3 has something still" in said.what
    log = apart["n3"].mail_log
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("accepted msgid=secret@union.example\naccepted msgid=other@union.example\n")
    bring(config, apart["n3"])
    erasing.here(apart["n3"])
    assert "secret" not in log.read_text()
    assert "other" in log.read_text()
    later(apart["n1"], 14)
    assert "union.example" not in erasures.todo(config, receipt.id).read_text()
    for name in NAMES:
        bring(config, apart[name])
        erasing.here(apart[name])
    age(*places)
    for minutes in (17, 20):
        later(apart["n1"], minutes)
    found = states(receipt_of(config, receipt.id))
    assert found == dict.fromkeys([*PLACES, *folders], "gone")
    assert not unfinished.is_open(config)


def divided(config: Config, top: Path, node: str, server: str) -> Config:
    """The hub as that machine has it, where each cell has an owner of its own."""
    followers = dataclasses.replace(
        config.cluster.git,
        own=str(top / node / "git"),
        followers=tuple(str(top / one / "git") for one in NAMES if one != node),
        names={one: str(top / one / "git") for one in NAMES if one != node},
    )
    said = dataclasses.replace(config.cluster.lease, etcd=(server,))
    cluster = dataclasses.replace(
        config.cluster, node=node, lease=said, git=followers, divided=True
    )
    return dataclasses.replace(config, root=top / node / "hub", cluster=cluster)


def bring(config: Config, other: Config) -> None:
    """Has another machine have the orders and receipts, as following does."""
    if other.root != config.root:
        shutil.rmtree(other.private / "erasures", ignore_errors=True)
        shutil.copytree(config.private / "erasures", other.private / "erasures")
        other.state.mkdir(exist_ok=True)


def test_what_cannot_be_looked_up_here_is_not_said_to_be_gone(
    hub: tuple[Config, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, places = hub
    receipt = erase_it(config)
    age(*places)

    def run(words: Sequence[str], *more: Any) -> Any:
        is_here = words[-1] == "--batch-check"
        return None if is_here else running(words, *more)

    running = places_of.run
    monkeypatch.setattr(forgetting, "run", run)
    later(config, 2)
    receipt = receipt_of(config, receipt.id)
    assert states(receipt) == dict.fromkeys(PLACES, "silent"), receipt.copies


def test_a_machine_that_cannot_let_go_carries_all_the_same(
    hub: tuple[Config, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, places = hub

    def here(_config: Config) -> None:
        raise StoreError("bar.git: it is damaged")

    monkeypatch.setattr(erasing, "here", here)
    (config.private / "new").write_text("new")
    left = [True, True]
    carrying.carry(config, stop=lambda: not left or not left.pop(), log=maillog.to_nobody())
    assert "private/new" in machine.pair(config)[1].of(0).files()
    assert places


def test_a_follower_of_an_older_version_is_said(hub: tuple[Config, list[Path]]) -> None:
    config, _ = hub
    places = Places(config)
    https = Place("https://git.example/hub")
    assert "no way to ask" in forgetting.purge(places, https, BAR, [])


def test_a_machine_that_had_the_hub_before_lets_go_when_it_takes_over(
    hub: tuple[Config, list[Path]], tmp_path: Path
) -> None:
    """Its own copy has the old history, which it would keep as what it had alone."""
    config, _ = hub
    second = has_it_meanwhile(config, tmp_path)
    assert BAR in holding(second.config.root)
    goes_back(second.config, config)
    erase_it(config)
    lease.end(config)
    second.takes_over(4)
    assert BAR in holding(second.config.root)
    erasing.here(second.config)
    assert set(holding(second.config.root)) <= {"private/carried.git"}
    assert erasures.known_here(second.config)
