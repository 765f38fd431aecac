"""A clone or bundle of a conference comes home, with all it has."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.importing import command
from solicomm_build.features.network.judging import homecoming
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Option, Poll
from solicomm_build.features.removing import places as removing
from solicomm_build.features.removing.places import Place
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.repo import create, environment
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import START, Network


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """`a` and `b` share a conference; `c` knows nothing of it. Two versions of a message came."""
    made = Network(tmp_path_factory.mktemp("net"))
    made.write("a", *(hubs.post(f"p{n}", minutes=n) for n in range(5)))
    made.carry("a", "b")
    for name in "ab":
        made.write(name, hubs.post("twice", "p1", body=f"as {name} heard it\n"))
    made.carry("a", "b")
    made.carry("b", "a")
    assert made.tree("a") == made.tree("b")
    return made


@pytest.mark.parametrize("kind", ["mirror", "worktree", "bundle"])
def test_a_lost_conference_comes_back(net: Network, tmp_path: Path, kind: str) -> None:
    repo = net.repo("b").path
    words = {
        "mirror": ["clone", "-q", "--mirror", str(repo), str(tmp_path / "x")],
        "worktree": ["clone", "-q", str(repo), str(tmp_path / "x")],
        "bundle": [f"--git-dir={repo}", "bundle", "create", "-q", str(tmp_path / "x"), "main"],
    }[kind]
    subprocess.run(["git", *words], env=environment(), check=True)
    fresh = Network(tmp_path / "hubs", "a")
    gone = fresh.hubs["a"].conference_repo("net")
    gone.rename(tmp_path / "gone.git")
    assert homecoming.fits(tmp_path / "x")
    said = homecoming.bring(fresh.hubs["a"], "net", tmp_path / "x", lambda *_: None)
    assert said.startswith("7 new posts")
    assert fresh.tree("a") == net.tree("b")
    assert conferences.decode(fresh.files("a")[conferences.FILE]).home == ""
    before = fresh.tip("a")
    homecoming.bring(fresh.hubs["a"], "net", tmp_path / "x", lambda *_: None)
    assert fresh.tip("a") == before
    bodies = b"".join(blob for path, blob in fresh.files("a").items() if "/posts/" in path)
    assert b"as a heard it" in bodies
    assert b"as b heard it" in bodies


def test_what_is_mail_is_no_clone(tmp_path: Path) -> None:
    (tmp_path / "x.mbox").write_bytes(b"From x\n\nwords\n")
    (tmp_path / "Maildir" / "cur").mkdir(parents=True)
    assert not homecoming.fits(tmp_path / "x.mbox")
    assert not homecoming.fits(tmp_path / "Maildir")


def test_a_repository_of_mail_is_no_clone(tmp_path: Path) -> None:
    """As public-inbox keeps it, v1: a bare repository without settings of a conference."""
    made = create(tmp_path / "inbox.git")
    assert not homecoming.fits(made.path)
    write_once(made, [Change("aa/mail", b"From: x\n\nwords\n")], message="x\n", when=START)
    assert not homecoming.fits(made.path)


def test_a_bundle_that_was_cut_off_is_refused(net: Network, tmp_path: Path) -> None:
    out = tmp_path / "x"
    net.repo("b").git("bundle", "create", "-q", str(out), "main")
    out.write_bytes(out.read_bytes()[:-100])
    with pytest.raises(SoliCommError):
        homecoming.bring(net.hubs["c"], "net", out, lambda *_: None)


def test_the_command_takes_a_clone(net: Network, tmp_path: Path) -> None:
    from solicomm_build.features.founding import founding

    hub = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False)
    words = ["net", str(net.repo("a").path), "--hub", str(hub.root)]
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "7 new posts" in done.output


def test_a_vote_that_has_ended_comes_home_whole(tmp_path: Path) -> None:
    net = Network(tmp_path / "hubs", "ab")
    options = (Option("1", {"en": "Yes"}), Option("2", {"en": "No"}))
    end = START - timedelta(days=300)
    ended = polls.encode(Poll("q-last", {"en": "Shall we strike?"}, "choice", options, end))
    net.push("a", Change("polls/q-last/poll.yaml", ended))
    gone = net.repo("a").path.rename(tmp_path / "gone.git")
    said = homecoming.bring(net.hubs["a"], "net", gone, lambda *_: None)
    assert "not taken" not in said, said
    assert net.files("a")["polls/q-last/poll.yaml"] == ended


def test_a_removed_conference_comes_home_by_undo_alone(tmp_path: Path) -> None:
    """Thirty days later all members of the one that began anew were taken off it."""
    net = Network(tmp_path / "hubs", "a")
    hub, place = net.hubs["a"], Place("conference", "net")
    net.write("a", hubs.post("one"))
    out = tmp_path / "net.bundle"
    net.repo("a").git("bundle", "create", "-q", str(out), "main")
    removing.remove(hub, place)
    with pytest.raises(SoliCommError, match="remove conference net --undo"):
        homecoming.bring(hub, "net", out, lambda *_: None)
    assert not hub.conference_repo("net").exists()
    removing.restore(hub, place)
    assert homecoming.bring(hub, "net", out, lambda *_: None).startswith("0 new posts")


def test_a_followed_conference_that_was_removed_does_not_come_back(tmp_path: Path) -> None:
    net = Network(tmp_path / "hubs", "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    hub = net.hubs["b"]
    removing.remove(hub, Place("conference", "net"))
    net.write("a", hubs.post("two"))
    report = net.carry("a", "b")
    assert not hub.conference_repo("net").exists()
    assert "peer unfollow conferences/net" in "\n".join(report.lines)
