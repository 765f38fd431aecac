"""The hook as git calls it, where something is wrong with the call or in the hub itself."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import resource
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate import address, hook, judge, push, words
from solicomm_build.gate.findings import MOST, Enough, Found
from solicomm_build.git import receiving
from solicomm_build.git.pushes import note_pushes, recent_pushes
from solicomm_build.git.quarantine import of_hook
from solicomm_build.git.repo import MAIN, open_repo


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = tmp_path_factory.mktemp("hook") / "hub"
    return founding.found_hub(root, name="Hub", domain="hub.example", sample=True)


def _as_git(
    monkeypatch: pytest.MonkeyPatch, repo: Path, lines: str, facts: Mapping[str, str] | None = None
) -> None:
    monkeypatch.setenv("GIT_DIR", str(repo))
    monkeypatch.chdir(repo)
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    if facts is not None:
        monkeypatch.setenv(receiving.PUSHER, json.dumps(facts))


def test_a_call_that_git_does_not_make_is_refused(
    hub: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _as_git(monkeypatch, hub.union_repo("metal"), "three words\n")
    assert hook.main("pre-receive") == 1
    assert "cannot be checked, so nothing was taken: this is for git" in capsys.readouterr().out


def test_a_pusher_without_facts_is_refused(
    hub: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _as_git(monkeypatch, hub.union_repo("metal"), "", {"person": "ana"})
    assert hook.main("pre-receive") == 1
    assert "nothing was taken" in capsys.readouterr().out


def test_our_own_fault_refuses_and_keeps_its_trace(
    hub: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> NoReturn:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(hook, "_before", broken)
    _as_git(monkeypatch, hub.union_repo("metal"), "")
    assert hook.main("pre-receive") == 1
    assert "tell its operator" in capsys.readouterr().out
    assert "a fault of ours" in (hub.state / "gate.log").read_text("utf-8")


def test_what_was_found_is_left_for_the_editor(
    hub: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repo = hub.union_repo("metal")
    head = open_repo(repo).ref()
    monkeypatch.setenv(receiving.FINDINGS, str(tmp_path / "found.json"))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    facts = {"person": "ana", "role": "editor", "lang": "fr", "grant": "t-aaaaaaaa"}
    _as_git(monkeypatch, repo, f"{head} {'0' * 40} {MAIN}\n", facts)
    assert hook.main("pre-receive") == 1
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert found["faults"]
    assert all(set(one) == {"file", "line", "said"} for one in found["faults"])


def test_after_a_push_drafts_and_pages_are_told(
    hub: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = hub.union_repo("metal")
    head = open_repo(repo).ref()
    lines = f"{head} {'0' * 40} refs/heads/gone\n{'0' * 40} {head} refs/heads/may\n"
    _as_git(monkeypatch, repo, lines)
    assert hook.main("post-receive") == 0
    assert hub.url in capsys.readouterr().out


@pytest.mark.parametrize("repo", ["unions/Not-One.git", "content/ships/water.git", "x/y.git"])
def test_a_repository_of_no_hub_is_told(hub: Config, repo: str) -> None:
    with pytest.raises(HubError, match="is not a repository"):
        push.place_of(hub.root / repo)


def test_a_line_that_names_no_branch_is_told() -> None:
    with pytest.raises(UsageError, match="names on each line what moves"):
        push.read_updates(["a b\n"])


def test_a_branch_of_a_conference_has_no_address_of_its_own(hub: Config) -> None:
    place = push.Place(hub, "conferences", "organising")
    assert address.shown(place, "refs/heads/other") == ""
    assert address.shown(place, MAIN).endswith("/conferences/organising/")


def test_the_language_of_a_repository_that_says_none_is_empty(hub: Config) -> None:
    place = push.Place(hub, "libraries", "none")
    assert words.language_of(open_repo(hub.union_repo("metal")), place) == ""


def test_pushes_are_counted_but_the_operators(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    place = push.Place(hub, "unions", "metal")
    monkeypatch.setattr(judge, "recent_pushes", lambda *_: hub.limits.pushes_an_hour)
    assert judge._rate(place, push.Pusher()) == []
    somebody = push.Pusher("ana", "editor", "en", "t-aaaaaaaa")
    (fault,) = judge._rate(place, somebody)
    assert "pushes in the last hour" in str(fault)


def test_pushes_of_a_time_that_was_ahead_are_not_of_this_hour(hub: Config) -> None:
    def row(at: datetime) -> dict[str, str]:
        facts = {"repo": "unions/metal", "grant": "t-aaaaaaaa", "ref": MAIN, "new": "a" * 40}
        return {"at": at.isoformat(timespec="seconds"), **facts}

    now, hour = clock.now(), timedelta(hours=1)
    note_pushes(hub, [row(now), row(now + timedelta(days=4000)), row(now - 2 * hour)])
    assert recent_pushes(hub, "unions/metal", now - hour) == 1


def test_a_history_may_be_so_large(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(hub.union_repo("metal")))
    monkeypatch.chdir(hub.union_repo("metal"))
    repo = of_hook(os.environ)
    assert judge._history_quota(repo, hub) == []
    small = dataclasses.replace(hub, limits=dataclasses.replace(hub.limits, history_bytes=0))
    packs = hub.union_repo("metal") / "objects" / "pack"
    packs.mkdir(exist_ok=True)
    (packs / "x").write_bytes(b"x")
    (fault,) = judge._history_quota(repo, small)
    assert "At most 0" in str(fault)


def test_a_file_that_takes_too_long_is_named_and_the_rest_is_looked_at() -> None:
    found = Found()

    def deep() -> NoReturn:
        raise RecursionError

    found.look("news/deep.md", deep)
    (fault,) = found.faults
    assert (fault.file, "too long to read" in str(fault)) == ("news/deep.md", True)
    with pytest.raises(Enough):
        found.add([ContentError("x", file="y", remedy="z")] * MOST)
