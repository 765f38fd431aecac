"""A hub whose places move, and whose histories are written anew, while a backup looks at it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.backup import engines, making, moment, verifying
from solicomm_build.features.backup import key as keys
from solicomm_build.features.backup.engines import Back
from solicomm_build.features.backup.errors import BackupError
from solicomm_build.features.backup.moment import Moment
from solicomm_build.features.removing import places
from solicomm_build.features.removing.places import Place
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import hubyaml, modes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import maintenance
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

_YAML = "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
_DRAFT = "refs/heads/drafts/one"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with two posts, and a branch in a folder of its own."""
    made = smallhub.make(tmp_path / "hub")
    (made.root / "hub.yaml").write_text(_YAML)
    raws = [mail(f"text {one}", msgid=f"<{one}@union.example>") for one in (1, 2)]
    Spool(made.spool_in).put([item(raw, "bar@hub.example") for raw in raws])
    ingest(made, once=True, log=maillog.to_nobody())
    _bar(made).git("update-ref", _DRAFT, "refs/heads/main")
    hub = hubyaml.load(made.root)
    modes.close(hub)
    return hub


def _bar(hub: Config) -> Repo:
    return open_repo(hub.conference_repo("bar"))


def _when_refs_are_read(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Has something happen once, between the look at the refs and that at all else."""
    real, done = moment._hold_still, list[int]()

    def hold(*words: Any) -> Any:
        found = real(*words)
        if not done:
            done.append(1)
            work()
        return found

    monkeypatch.setattr(moment, "_hold_still", hold)


def _back(hub: Config, tmp_path: Path) -> Back:
    making.make(hub, tmp_path / "b")
    where, key = str(tmp_path / "b"), keys.of_hub(hub)
    return engines.bring(where, key, tmp_path / "back", None, lambda _done, _whole: None)


def _whole(back: Back) -> verifying.Looked:
    return verifying.look(back.config, back.facts["repositories"], None)


def _remove(hub: Config) -> None:
    places.remove(hub, Place("list", "bar"))


def _drop_the_branch(hub: Config) -> None:
    _bar(hub).git("update-ref", "-d", _DRAFT)
    folder = hub.conference_repo("bar") / "refs" / "heads" / "drafts"
    if folder.exists():
        folder.rmdir()


def _erase(hub: Config) -> None:
    """The history is another, and what was is gone for good."""
    repo = _bar(hub)
    tree = repo.git("rev-parse", "main^{tree}").decode().strip()
    author = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    anew = repo.git(*author, "commit-tree", tree, "-m", "Anew").decode().strip()
    for line in repo.git("for-each-ref", "--format=%(refname)").decode().split():
        repo.git("update-ref", line, anew)
    maintenance.purge(repo)


@pytest.mark.parametrize("work", [_remove, _drop_the_branch, _erase])
def test_what_moves_while_a_backup_looks_is_in_it_whole(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Config], None]
) -> None:
    _when_refs_are_read(monkeypatch, lambda: work(hub))
    back = _back(hub, tmp_path)
    for path in moment.repositories_of(back.config.root):
        open_repo(path).git("rev-list", "--objects", "--all")  # which says what is missing
    if work is not _erase:  # which here is none that the rest of the hub knows of
        assert _whole(back).repositories == 4


def test_what_is_packed_between_two_folders_of_git_is_in_a_backup(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, real = _bar(hub), os.scandir
    packs = repo.path / "objects" / "pack"
    for pack in sorted(packs.glob("*.pack")):
        octets = pack.read_bytes()
        for one in packs.glob(f"{pack.stem}.*"):
            one.unlink()
        repo.git("unpack-objects", "-q", input=octets)
    armed: list[int] = []

    def scan(path: Any = ".") -> Any:
        if armed and str(path) == str(packs):
            armed.clear()
            found = list(real(path))
            repo.git("repack", "-a", "-d", "-q")
            return iter(found)
        return real(path)

    _when_refs_are_read(monkeypatch, lambda: armed.append(1))
    monkeypatch.setattr(os, "scandir", scan)
    assert _whole(_back(hub, tmp_path)).posts == 2


def test_a_backup_that_lacks_a_folder_comes_back_with_the_rest(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those that were made while a place was taken away, by versions before."""
    real = moment._taken

    def taken(*words: Any) -> Moment:
        found = real(*words)
        left = [one for one in found.folders if "bar.git" not in one[0]]
        return replace(found, folders=tuple(left))

    monkeypatch.setattr(moment, "_taken", taken)
    assert _whole(_back(hub, tmp_path)).posts == 2


def test_a_file_that_is_renamed_all_the_time_keeps_no_backup_from_its_end(
    hub: Config, tmp_path: Path
) -> None:
    """As a mail that somebody opens by IMAP; a first backup of a hub in use never came to its
    end."""
    box = hub.private / "maildirs" / "hub.example" / "ana" / "cur"
    box.mkdir(parents=True)
    (box / "0").write_text("Mail")
    names = iter(range(1, 10**6))

    def progress(_done: int, _whole: int) -> None:
        for one in list(box.iterdir()):
            one.rename(box / str(next(names)))

    for _ in range(2):
        making.make(hub, tmp_path / "b", progress)
    where, key = str(tmp_path / "b"), keys.of_hub(hub)
    back = engines.bring(where, key, tmp_path / "back", None, lambda _done, _whole: None)
    inner = (back.config.root / box.relative_to(hub.root)).iterdir()
    assert [one.read_text() for one in inner] == ["Mail"]
    assert _whole(back).posts == 2


def test_what_a_restore_left_that_was_killed_hinders_no_later_one(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is in every backup of the hub that came back, and none of these did."""

    def cut(_folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rmdir", cut)
        with pytest.raises(KeyboardInterrupt):
            _back(hub, tmp_path)
    back = hubyaml.load(tmp_path / "back")
    making.make(back, tmp_path / "c")
    where, key = str(tmp_path / "c"), keys.of_hub(back)
    again = engines.bring(where, key, tmp_path / "again", None, lambda _done, _whole: None)
    assert _whole(again).posts == 2
    assert not (again.config.root / ".restoring").exists()


def test_a_script_that_somebody_called_like_a_file_of_git_is_in_a_backup(
    hub: Config, tmp_path: Path
) -> None:
    script = Path("private", "sieve", "hub.example", "ana", "tmp_holiday.sieve")
    (hub.root / script).parent.mkdir(parents=True)
    (hub.root / script).write_text("keep;")
    half = _bar(hub).path / "objects" / "tmp_objdir-incoming-x"
    half.mkdir()
    (half / "tmp_pack_x").write_text("half")
    root = _back(hub, tmp_path).config.root
    assert (root / script).read_text() == "keep;"
    assert not (root / half.relative_to(hub.root)).exists()


def test_a_second_restore_into_the_same_folder_takes_nothing_from_the_first(
    hub: Config, tmp_path: Path
) -> None:
    """The first said that all was well, and lacked what the second had taken away."""
    making.make(hub, tmp_path / "b")
    where, key, said = str(tmp_path / "b"), keys.of_hub(hub), list[str]()

    def progress(_done: int, _whole: int) -> None:
        if not said:
            said.append("")
            with pytest.raises(BackupError, match="another restore") as refused:
                engines.bring(where, key, tmp_path / "back", None, lambda _done, _whole: None)
            said.append(refused.value.public)

    assert _whole(engines.bring(where, key, tmp_path / "back", None, progress)).posts == 2
    assert said[1:]
