"""Pushes of polls, by path as git runs the hook: a moderator asks, nobody pushes ballots."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.features.polls.values.poll import POSITIONS, Ballot, Closing, Option, Poll
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving

ASKED = "polls/q-5f3a/poll.yaml"


def poll(days: int = 7) -> bytes:
    closes = clock.now() + timedelta(days=days)
    options = tuple(map(Option, POSITIONS))
    return polls.encode(Poll("q-5f3a", {"en": "Shall we?"}, "proposal", options, closes))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = tmp_path_factory.mktemp("polls") / "hub"
    return founding.found_hub(root, name="Hub", domain="hub.example", sample=True)


def push(hub: Config, folder: Path, rank: str, files: dict[str, bytes]) -> str:
    """Pushes files as somebody of a rank; what was said when it was refused."""
    facts = {"grant": "t-aaaaaaaa", "person": "ana", "role": rank, "lang": "en"}
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    environment |= {receiving.PUSHER: json.dumps(facts)}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "Ana", f"GIT_{who}_EMAIL": "ana@users.hub.invalid"}

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    folder.mkdir()
    git("clone", "-q", str(hub.conference_repo("organising")), ".")
    for path, octets in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(octets)
    git("add", "-A")
    git("commit", "-qm", "x")
    done = git("push", "origin", "HEAD:main")
    return done.stderr.replace("remote: ", "") if done.returncode else ""


def test_moderators_ask(hub: Config, tmp_path: Path) -> None:
    assert "this is for a moderator" in push(hub, tmp_path / "a", "member", {ASKED: poll()})
    assert push(hub, tmp_path / "b", "moderator", {ASKED: poll()}) == ""
    changed = push(hub, tmp_path / "c", "host", {ASKED: poll() + b"# more\n"})
    assert "never changed" in changed


def test_a_faulty_poll_is_refused(hub: Config, tmp_path: Path) -> None:
    for name, octets, words in (
        ("a", b"schema: solicomm/poll@1\n", "`question` is missing"),
        ("b", poll(-1), "is over"),
        ("c", poll().replace(b"q-5f3a", b"q-9999"), "another one's name"),
    ):
        path = ASKED.replace("5f3a", "5f3b") if name == "c" else ASKED.replace("5f3a", "5f3c")
        text = octets.replace(b"q-5f3a", b"q-5f3c")
        assert words in push(hub, tmp_path / name, "moderator", {path: text})


def test_nobody_pushes_ballots_or_an_end(hub: Config, tmp_path: Path) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    ballot = Ballot("v_aaaaaaaaaa", at, ("agree",))
    for name, path, octets in (
        ("a", polls.ballot_path("q-5f3a", ballot), votefiles.encode_ballot(ballot)),
        ("b", "polls/q-5f3a/close.yaml", votefiles.encode_close(Closing(at, "deadline"))),
        ("c", "polls/q-5f3a/voters.yaml", votefiles.encode_voters("q-5f3a", [])),
    ):
        assert "only the hub adds" in push(hub, tmp_path / name, "host", {path: octets}), path
    said = push(hub, tmp_path / "d", "host", {"polls/q-5f3a/notes.txt": b"x"})
    assert "no place in a conference" in said
