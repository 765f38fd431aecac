"""Hubs that older versions made come up to date with all that is in them, and go back again.

tests/data/hubs → upgrade → what people see → upgrade --undo → the program of then runs it
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.upgrade import newsettings
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.testing import smallhub

ROOT = Path(__file__).parents[3]
HUBS = ROOT / "tests" / "data" / "hubs"
LAST = "bf3cd9b5"
MEMBERS = "Ana Paz <ana@union.example> (moderator)\nBen <ben@home.example>\n"
FILES = "events/2026"


def _unpacked(name: str, folder: Path) -> Config:
    with tarfile.open(HUBS / f"0.1-{name}.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    return hubyaml.load(folder)


def _said(hub: Config, *words: str, ends: int = 0) -> str:
    done = CliRunner().invoke(main, [*words, "--hub", str(hub.root)])
    assert done.exit_code == ends, done.output
    return done.output


@pytest.fixture(scope="module", params=["first", "last"])
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A hub of then, brought up to date."""
    hub = _unpacked(request.param, tmp_path_factory.mktemp("old") / "hub")
    assert "will change: events-by-day" in _said(hub, "upgrade", "--check", ends=1)
    assert "Doing events-by-day" in _said(hub, "upgrade")
    _said(hub, "gate", "install")  # the file of it has no hooks
    return hub


def test_an_old_hub_is_whole_after_its_upgrade(old: Config) -> None:
    assert "Everything is there and sound" in _said(old, "fsck")
    assert "nothing in the hub has to change" in _said(old, "upgrade", "--check")
    assert all(path.count("/") == 3 for path in smallhub.files(old.roster_repo, "events"))
    assert all(path.count("/") == 3 for path in smallhub.files(old.mail_repo, "messages"))


def test_its_people_mail_and_documents_are_there(old: Config) -> None:
    assert _said(old, "member", "list", "news") == f"{MEMBERS}Carla <carla@far.example>\n"
    assert "news: An offer" in _said(old, "moderate")
    assert "Depot agreement" in _said(old, "library", "list", "shelf")
    status = _said(old, "status")
    assert "3 posts in 3 conferences" in status
    assert "Waiting for a moderator: 1" in status


def test_its_posts_are_drawn_and_new_mail_joins_them(tmp_path: Path) -> None:
    hub = _unpacked("first", tmp_path / "hub")
    _said(hub, "upgrade")
    fields = ("In-Reply-To: <two@home.example>", "References: <two@home.example>")
    answer = smallhub.mail("No longer.", *fields, msgid="<new@union.example>")
    Spool(hub.spool_in).put([smallhub.item(answer, "agora@hub.example.org")])
    ingest(hub, once=True, log=maillog.to_nobody())
    _said(hub, "build", "--once")
    pages = (hub.root / "public/conferences/agora/t").glob("*/index.html")
    said = ["Who works alone at night?", "We do, at the depot.", "No longer."]
    assert any(all(one in text for one in said) for text in map(Path.read_text, pages))


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program of 0.1.0, from the history."""
    folder = tmp_path_factory.mktemp("then")
    packed = subprocess.run(
        ["git", "archive", LAST, "solicomm_build"], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"this checkout has no commit {LAST}: its history was cut off")
    subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
    assert '__version__ = "0.1.0"' in (folder / "solicomm_build" / "__init__.py").read_text()
    yield folder
    shutil.rmtree(folder)


def _by_then(program: Path, hub: Config, *words: str) -> str:
    run = [sys.executable, "-P", "-m", "solicomm_build.cli.main", *words, "--hub", str(hub.root)]
    done = subprocess.run(
        run,
        env={**os.environ, "PYTHONPATH": str(program)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_version_before_runs_it_again_with_what_came_since(tmp_path: Path, then: Path) -> None:
    hub = _unpacked("last", tmp_path / "hub")
    _said(hub, "upgrade")
    _said(hub, "member", "add", "news", "eva@late.example")
    _said(hub, "member", "remove", "news", "carla@far.example")
    _said(hub, "new", "list", "later", "--title", "Later")
    told = _said(hub, "upgrade", "--undo")
    assert "later: answers go to the list" in told
    assert "Undone: events-by-day, mail-by-letter. Bring in the version before 0.2 now" in told
    assert all(path.count("/") == 1 for path in smallhub.files(hub.roster_repo, "events"))
    assert all(path.count("/") == 1 for path in smallhub.files(hub.mail_repo, "messages"))
    assert _by_then(then, hub, "member", "list", "news") == f"{MEMBERS}eva@late.example\n"
    _by_then(then, hub, "member", "add", "later", "fay@late.example")
    status = _by_then(then, hub, "status")
    assert "later: 0 posts" in status
    assert "Waiting for a moderator: 1" in status
    assert "Doing events-by-day" in _said(hub, "upgrade")
    assert _said(hub, "member", "list", "later") == "fay@late.example\n"


def test_what_the_version_before_refuses_in_hub_yaml_is_named(tmp_path: Path, then: Path) -> None:
    hub = _unpacked("last", tmp_path / "hub")
    new = "smarthost: {host: smtp.provider.example, port: 587}\nmta_sts: enforce\n"
    text = (hub.root / "hub.yaml").read_text()
    (hub.root / "hub.yaml").write_text(text + new)
    told = _said(hub, "upgrade", "--undo", ends=66)
    assert "does not know: smarthost, mta_sts. Put # before these lines" in told
    (hub.root / "hub.yaml").write_text(text + "".join(f"{key}: x\n" for key in newsettings.KEYS))
    with pytest.raises(AssertionError) as refused:
        _by_then(then, hub, "status")
    for key in newsettings.KEYS:
        assert f"`{key}` is not a known key" in str(refused.value)


def test_what_it_refuses_within_a_section_is_named(tmp_path: Path, then: Path) -> None:
    hub = _unpacked("last", tmp_path / "hub")
    text = (hub.root / "hub.yaml").read_text()
    (hub.root / "hub.yaml").write_text(f"{text}search: {{mirror: [water-3fk2q7ab]}}\n")
    told = _said(hub, "upgrade", "--undo", ends=66)
    assert "does not know: search: mirror. Put # before these lines" in told
    with pytest.raises(AssertionError, match=r"`search\.mirror` is not a known key"):
        _by_then(then, hub, "status")
