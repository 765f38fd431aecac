"""Places as git and ssh tell of them: what each answer means, and what is done about silence."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solicomm_build.features.cells import carrying
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import StoreError
from solicomm_build.git.replica import machine, places, standing
from solicomm_build.git.replica.carried import Carried
from solicomm_build.git.replica.comparing import BEHIND, MISSING, OTHER, SAME, SILENT, _row
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.replica.places import CREATE, Answer, Place, Places
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed
from tests.unit.cluster.conftest import WATER, Machine

_SSH = """#!/bin/sh
# As ssh: options, a host, then words for its shell.
while [ "${{1#-}}" != "$1" ]; do case "$1" in -p | -o) shift ;; esac; shift; done
echo "$@" >> {log}
shift
{does}
"""
_MAKES = 'if [ "$1" = solicomm-place ]; then exec git init -q --bare "$2"; fi; exec sh -c "$*"'


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "n1", ("n2",))
    (tmp_path / "n2" / "git").mkdir(parents=True)
    made.found()
    made.takes_over(1)
    made.writes("first")
    yield made
    machine.leave()


def _far(one: Machine, tmp_path: Path, does: str) -> tuple[Places, Place]:
    """Its places, and one behind an ssh that does this."""
    ssh = tmp_path / "ssh"
    ssh.write_text(_SSH.format(log=tmp_path / "asked", does=does))
    ssh.chmod(0o700)
    found = Places(one.config)
    found._environment["GIT_SSH_COMMAND"] = str(ssh)
    return found, Place(f"ssh://far:2222{tmp_path}/far")


def _asked(found: Places, place: Place, repo: Repo, patience: float = 30.0) -> Answer:
    return found.ask(repo, [(place, ("ls-remote", "--quiet", "{}"))], patience)[place]


def test_a_place_behind_ssh_is_begun_by_its_command(one: Machine, tmp_path: Path) -> None:
    found, place = _far(one, tmp_path, _MAKES)
    repo = one.repo()
    assert _asked(found, place, repo).kind == "missing"
    assert found.create(repo, place)
    assert (tmp_path / "asked").read_text().splitlines()[-1] == (
        f"far {CREATE} {tmp_path}/far/{WATER}"
    )
    assert _asked(found, place, repo) == Answer("ok", "")
    found.unlock(repo, place)  # deploy/cluster does it there


def test_a_place_that_cannot_be_begun_is_not(
    one: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, place = _far(one, tmp_path, "exit 3")
    assert not found.create(one.repo(), place)
    monkeypatch.setattr(places, "PATIENCE", 0.2)
    found, place = _far(one, tmp_path, "exec sleep 60")
    assert not found.create(one.repo(), place)
    assert found.create(one.repo(), Place("http://far/git")), "it does it at the first push"
    monkeypatch.setattr(places, "environment", lambda: {"PATH": str(tmp_path / "nothing")})
    with pytest.raises(StoreError, match="could not be begun"):
        places.begin(tmp_path / "other.git")


def test_a_place_that_somebody_was_killed_in_is_begun_anew(one: Machine, tmp_path: Path) -> None:
    """git calls such a folder no repository, and it was there, so nobody ever began one."""
    repo, found = one.repo(), Places(one.config)
    place = Place(str(tmp_path / "place"))
    half = tmp_path / "place" / WATER
    (half / "objects" / "pack").mkdir(parents=True)
    (half / "config.lock").touch()
    assert _asked(found, place, repo).kind == "missing"
    assert found.create(repo, place)
    assert _asked(found, place, repo) == Answer("ok", "")
    assert "fsyncMethod" in (half / "config").read_text()
    before = (half / "config").read_bytes()
    assert found.create(repo, place)
    assert (half / "config").read_bytes() == before
    (half / "HEAD").unlink()
    kept = half / "objects" / "pack" / "x.pack"
    kept.write_bytes(b"octets")
    assert found.create(repo, place)
    assert kept.exists()
    assert (half / "HEAD").exists()


def test_a_kill_leaves_no_half_of_a_place(tmp_path: Path) -> None:
    path = tmp_path / "a.git"
    assert killed(lambda: places.begin(path), "place.begun:1")
    assert not path.exists()
    places.begin(path)
    assert "fsyncMethod" in (path / "config").read_text()


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("! [rejected] main (stale info)", "refused", "! [rejected] main (stale info)"),
        ("error: unpacker error: No space left on device", "silent", "error: unpacker error"),
        ("fatal: '/x' does not appear to be a git repository", "missing", "fatal: '/x'"),
        ("ssh: no route to host", "silent", "ssh: no route to host"),
        ("", "silent", "fatal: Could not read from remote repository."),
    ],
)
def test_what_git_says_is_understood(
    one: Machine, tmp_path: Path, said: str, kind: str, told: str
) -> None:
    (tmp_path / "said").write_text(said)
    found, place = _far(one, tmp_path, f"cat {tmp_path / 'said'} >&2; exit 1")
    answer = _asked(found, place, one.repo())
    assert answer.kind == kind
    assert answer.said.startswith(told)


def test_who_says_nothing_is_given_up_and_left_alone_for_a_while(
    one: Machine, tmp_path: Path
) -> None:
    found, place = _far(one, tmp_path, "exec sleep 60")
    assert _asked(found, place, one.repo(), 0.3) == Answer("silent", "no answer in 0 s")
    assert place.is_down
    assert _asked(found, place, one.repo()).said == "it did not answer a moment ago"


def test_a_hub_without_a_folder_of_its_own_says_so(one: Machine) -> None:
    found = Places(one.config)
    found.own = None
    with pytest.raises(StoreError, match="names no folder"):
        _ = found.mine


def test_how_far_a_place_is_from_what_it_lists(one: Machine) -> None:
    repo = one.repo()
    before = repo.ref(FENCE)
    one.writes("second")
    here, main = repo.ref(FENCE), repo.ref(MAIN)
    assert None not in (before, here, main)
    away = "1" * 40

    def state(said: str, kind: str = "ok") -> str:
        return standing._state(repo, here, Answer(kind, said))[0]

    assert state("", "missing") == MISSING
    assert state("down", "silent") == SILENT
    assert state(f"{main}\t{MAIN}\n") == MISSING
    assert state(f"{away}\t{FENCE}\n") == standing.AHEAD
    assert state(f"{here}\t{FENCE}\n") == SAME
    assert standing._state(repo, here, Answer("ok", f"{before}\t{FENCE}\n"))[:2] == (BEHIND, 1)
    assert state(f"{main}\t{FENCE}\n") == OTHER
    assert standing._state(None, None, Answer("ok", f"{here}\t{FENCE}\n"))[0] == standing.AHEAD

    def row(*lines: str) -> str:
        return _row(repo, WATER, Place("ssh://far/git"), "\n".join(lines)).state

    assert row(f"{here}\t{FENCE}", f"{main}\t{MAIN}") == SAME
    assert row(f"{here}\t{FENCE}", f"{away}\t{MAIN}") == OTHER
    assert row(f"{main}\t{MAIN}") == MISSING
    assert row(f"{before}\t{FENCE}", f"{main}\t{MAIN}") == BEHIND
    assert row(f"{away}\t{FENCE}", f"{main}\t{MAIN}") == OTHER


def test_who_is_behind_is_asked_again(one: Machine, tmp_path: Path) -> None:
    (tmp_path / "n2" / "git").rename(tmp_path / "n2" / "away")
    rows = standing.followers(one.config)
    assert [row.state for row in rows] == [SILENT]
    (tmp_path / "n2" / "away").rename(tmp_path / "n2" / "git")
    carried = Carried(one.config)
    (one.config.private / "note.json").write_text("{}")
    assert carried.lacking() == ["private/note.json"]
    one.acts()
    carried.keep()
    assert carried.lacking() == []
    carried.tidy()
    assert "private/note.json" in carried.files()
    assert WATER in carried.listed()


def test_what_went_is_kept_for_a_day_at_most(one: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as who voted what, which is destroyed when the votes are out."""
    carried, vote = Carried(one.config), one.config.private / "vote.yaml"
    vote.write_text("choice: 2")
    one.acts()
    carried.keep()
    oid = carried.files()["private/vote.yaml"]
    vote.unlink()
    carried.keep(whole=True)
    assert carried.repo.succeeds("cat-file", "-e", oid)
    monkeypatch.setattr(carrying, "_TIDY", -1.0)
    stops = iter([False, True])
    carrying.carry(one.config, stop=lambda: next(stops), log=maillog.to_nobody())
    assert not carried.repo.succeeds("cat-file", "-e", oid)


def test_two_that_begin_the_plain_files_at_once_both_have_them(tmp_path: Path) -> None:
    """Who serves the machine, and who takes cell 0 over, begin at the same moment."""
    config = smallhub.make(tmp_path / "hub")
    with ThreadPoolExecutor(8) as pool:
        for begun in [pool.submit(Carried(config).begin) for _ in range(8)]:
            begun.result()
    assert Carried(config).files() == {}


def test_a_repository_that_is_damaged_holds_no_place_from_what_it_lacks_of_others(
    three: tuple[Machine, Machine, Machine],
) -> None:
    """The stage that brings it ended at the first, each time, and the others were never brought."""
    fire, (one, two, _) = "content/conferences/fire.git", three
    for name in (WATER, fire):
        one.found(name)
    one.takes_over(1)
    two.place_gone()
    for name in (WATER, fire):
        one.writes("while it was away", name)
    two.place_back()
    (one.config.root / fire / FENCE).write_bytes(b"\0" * 41)
    mover, _ = machine.pair(one.config)
    with pytest.raises(StoreError, match="does not hold an object id"):
        mover.catch_up()
    assert two.at_place() == one.repo().ref()
    assert mover.places.behind() == [fire]
