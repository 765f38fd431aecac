"""An update brings a stick to where another one is: by the program, by the script that lies on it,
in parts, broken off; and nothing that does not fit is taken.

old stick + update.zip ─→ the new stick, octet by octet
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.pocket import updating
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import about, checking, sums, writing
from solicomm_build.features.pocket.updating import apply as program
from solicomm_build.features.pocket.updating import between, lists, making
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml, sshsig
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs


class Sticks(NamedTuple):
    config: Config
    old: Path
    new: Path
    update: Path


@pytest.fixture(scope="module")
def made(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Sticks:
    """A stick, the same a post later, and the update between them."""
    place = tmp_path_factory.mktemp("updates")
    config = hubyaml.load(shutil.copytree(founded_sample, place / "hub"))
    old, new, choice = place / "old", place / "new", Choice(conferences=("formation",))
    hubs.add(config, "formation", [hubs.post("first", body="The first words")])
    for number, name in enumerate(("second", "third")):
        hubs.add(config, "formation", [hubs.post(name, body=f"More words: {name}")])
        with clock.fixed(clock.now() + timedelta(minutes=number)):  # one is surely the older
            writing.write(config, new, choice, progress=lambda what, done, of: None)
        if not old.exists():
            shutil.copytree(new, old)
    update = place / "week.zip"
    making.write(new, lists.found(str(old), None), update)
    return Sticks(config, old, new, update)


@pytest.fixture
def stick(made: Sticks, tmp_path: Path) -> Path:
    return shutil.copytree(made.old, tmp_path / "stick")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_others_have_beside_an_update_stays(made: Sticks, tmp_path: Path) -> None:
    mine = tmp_path / "week.zip.1.part"
    mine.write_text("mine")
    making.write(made.new, lists.found(str(made.old), None), tmp_path / "week.zip")
    assert mine.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["week.zip", "week.zip.1.part"]


def test_a_link_leads_an_update_nowhere(made: Sticks, stick: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine")
    (stick / "conferences/formation/index.html.part").symlink_to(mine)
    between.take(stick, (made.update,))
    assert mine.read_bytes() == b"mine"
    assert tree(stick) == tree(made.new)


def test_an_update_makes_a_stick_what_the_new_one_is(made: Sticks, stick: Path) -> None:
    ran = CliRunner().invoke(main, ["stick", "apply", str(stick), str(made.update)])
    assert ran.exit_code == 0, ran.output
    assert " taken away" in ran.output
    assert tree(stick) == tree(made.new)
    assert checking.look(stick).is_sound
    ran = CliRunner().invoke(main, ["stick", "apply", str(stick), str(made.update)])
    assert (ran.exit_code, "has all of it" in ran.output) == (0, True)


def test_the_script_on_the_stick_does_the_same_without_any_program_of_ours(
    made: Sticks, stick: Path
) -> None:
    (stick / "outbox" / "mine.eml").write_bytes(b"a letter")
    script = [sys.executable, "-I", "-S", str(stick / updating.SCRIPT)]
    ran = subprocess.run([*script, str(made.update)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "files written" in ran.stdout
    assert "%" not in ran.stdout  # how far it is, only a terminal is told
    assert "was not looked at" not in ran.stdout
    assert tree(stick) == tree(made.new) | {"outbox/mine.eml": b"a letter"}
    ran = subprocess.run(
        [*script, str(made.new / "index.html")], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, "no update of a stick" in ran.stderr) == (65, True)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_stick_that_is_damaged_has_not_all_of_it(
    made: Sticks, tmp_path: Path, is_there: bool
) -> None:
    """What is damaged is named, with what helps: by the program, the script, and from a stick."""
    stick = shutil.copytree(made.new, tmp_path / "stick")
    page = "conferences/formation/index.html"
    (stick / page).write_bytes(b"x") if is_there else (stick / page).unlink()
    script = [sys.executable, "-I", "-S", str(stick / updating.SCRIPT), str(made.update)]
    ran = subprocess.run(script, capture_output=True, text=True, check=False)
    said = [(ran.returncode, ran.stderr)]
    for words in (["apply", str(stick), str(made.update)], ["update", str(made.new), str(stick)]):
        done = CliRunner().invoke(main, ["stick", *words])
        said.append((done.exit_code, done.output))
    for code, text in said:
        assert code, text
        assert page in text
        assert "solicomm stick check" in text
        assert "has all of it" not in text


def test_a_copy_of_the_script_is_run_in_the_folder_of_the_stick(
    made: Sticks, stick: Path, tmp_path: Path
) -> None:
    copy = shutil.copy(stick / updating.SCRIPT, tmp_path / "apply.py")
    script = [sys.executable, "-I", "-S", str(copy), str(made.update)]
    subprocess.run(script, cwd=stick, check=True)
    assert tree(stick) == tree(made.new)


def test_parts_are_small_and_all_of_them_are_needed(
    made: Sticks, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "LEAST_PART", 1)
    most = made.update.stat().st_size // 2
    out = tmp_path / "parts.zip"
    parts = making.write(made.new, lists.found(str(made.old), None), out, part=most).paths
    assert len(parts) > 2
    assert all(path.stat().st_size <= most and zipfile.is_zipfile(path) for path in parts)
    assert sorted(tmp_path.glob("parts*")) == sorted(parts)
    before = tree(stick)
    with pytest.raises(UsageError, match=f"{len(parts)} parts, 2 are missing"):
        between.take(stick, tuple(path for path in parts if path != parts[1]))
    assert tree(stick) == before
    between.take(stick, tuple(reversed(parts)))
    assert tree(stick) == tree(made.new)


def test_between_two_sticks_no_file_is_needed(made: Sticks, stick: Path) -> None:
    ran = CliRunner().invoke(main, ["stick", "update", str(made.new), str(stick)])
    assert ran.exit_code == 0, ran.output
    assert tree(stick) == tree(made.new)
    ran = CliRunner().invoke(main, ["stick", "update", str(made.new), str(stick)])
    assert "has all of it" in ran.output


class _PulledOut(Exception):
    """In place of a kill: nothing is cleaned up after it."""


@pytest.mark.parametrize("after", [0, 1, 5, -2, -1])
def test_an_update_that_was_broken_off_goes_on(
    made: Sticks, stick: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    replace, left = Path.replace, [after if after >= 0 else _writes(made) + after]

    def pulled(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            self.write_bytes(self.read_bytes()[:10])
            raise _PulledOut
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", pulled)
        with pytest.raises(_PulledOut):
            between.take(stick, (made.update,))
    assert checking.look(stick).unfinished
    between.take(stick, (made.update,))
    halves = {name for name in tree(stick) if name.endswith(".part")}
    assert halves == set()
    assert tree(stick) == tree(made.new)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full. What was written stays; make room"),
        (errno.EROFS, "is locked, or mounted for reading alone"),
        (errno.EIO, "was pulled out, or is damaged. Put it in and run the same again"),
    ],
)
def test_a_stick_that_takes_no_update_is_told_why(
    made: Sticks,
    stick: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    words: str,
) -> None:
    def fails(self: Path, target: Path) -> Path:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", fails)
    ran = CliRunner().invoke(main, ["stick", "apply", str(stick), str(made.update)])
    assert ran.exit_code == 64
    assert words in ran.output
    monkeypatch.setattr(program, "__file__", str(stick / "_stick" / "apply.py"))
    assert program.main([str(made.update)]) == 75
    assert f"Broken off: {os.strerror(number)}. Mend that, run it again" in capsys.readouterr().err
    said = CliRunner().invoke(main, ["stick", "check", str(stick)]).output
    assert "or apply the same update again: it goes on" in said


def _writes(made: Sticks) -> int:
    """How many files the whole update replaces: its own, the signature, the list."""
    with zipfile.ZipFile(made.update) as archive:
        return len(json.loads(archive.read("update.json"))["files"]) + 2


def _changed(made: Sticks, out: Path, **said: Any) -> Path:
    """The update with another head, and the data as they are."""
    with zipfile.ZipFile(made.update) as archive, zipfile.ZipFile(out, "w") as target:
        for name in archive.namelist():
            octets = archive.read(name)
            if name == "update.json":
                octets = json.dumps(json.loads(octets) | said).encode()
            if name == said.get("damaged"):
                octets = octets[:-1] + bytes([octets[-1] ^ 1])
            target.writestr(name, octets)
    return out


def _forged(made: Sticks) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return sshsig.sign((made.new / sums.SUMS).read_bytes(), pem, sums.NAMESPACE)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("another state", "is for a stick whose SHA256SUMS has the sum 0000"),
        ("a damaged file", "is not what its list says"),
        ("a forged signature", "signature is not of the hub"),
        ("a list that leads elsewhere", "does not lead to the state"),
        ("a name outside", "none of a stick's files"),
        ("a letter", "none of a stick's files"),
        ("the key", "none of a stick's files"),
        ("the key as FAT reads it", "none of a stick's files"),
        ("a letter as FAT reads it", "none of a stick's files"),
        ("a short name of the list", "none of a stick's files"),
        ("more parts than there can be", "no update of a stick"),
        ("parts that are no number", "no update of a stick"),
        ("nothing of ours", "no parts of one update"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_changed(
    made: Sticks, stick: Path, tmp_path: Path, change: str, why: str
) -> None:
    with zipfile.ZipFile(made.update) as archive:
        head = json.loads(archive.read("update.json"))
    _, sha, size = head["files"][0]
    changes: dict[str, dict[str, Any]] = {
        "another state": {"from": "0" * 64},
        "a damaged file": {"damaged": "data/0.0"},
        "a forged signature": {"signature": _forged(made)},
        "a list that leads elsewhere": {"gone": []},
        "a name outside": {"files": [["../x.html", sha, size], *head["files"][1:]]},
        "a letter": {"gone": ["outbox/mine.eml"]},
        "the key": {"files": [["_stick/signers", sha, size], *head["files"]]},
        "the key as FAT reads it": {"files": [["_STICK/signers", sha, size], *head["files"]]},
        "a letter as FAT reads it": {"gone": ["OutBox/mine.eml"]},
        "a short name of the list": {"gone": ["SHA256~1.SIG"]},
        "more parts than there can be": {"parts": 10**10},
        "parts that are no number": {"parts": "x"},
        "nothing of ours": {"schema": "solicomm/update@9"},
    }
    update = _changed(made, tmp_path / "x.zip", **changes[change])
    before = tree(stick)
    with pytest.raises(UsageError, match=why):
        between.take(stick, (update,))
    assert tree(stick) == before
    script = [sys.executable, "-I", "-S", str(stick / updating.SCRIPT), str(update)]
    ran = subprocess.run(script, capture_output=True, text=True, check=False)
    assert ran.returncode == 65, ran.stdout
    assert tree(stick) == before


def test_what_is_said_of_a_damaged_file_names_it_as_it_is_called(
    made: Sticks, stick: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(made.update) as archive:
        name = json.loads(archive.read("update.json"))["files"][0][0]
    update = _changed(made, tmp_path / "x.zip", damaged="data/0.0")
    with pytest.raises(UsageError, match=f"^The file {re.escape(name)} in it is"):
        between.take(stick, (update,))
    (tmp_path / "no.zip").write_bytes(b"no")
    with pytest.raises(UsageError, match=f"^The file {re.escape(str(tmp_path))}/no.zip is damaged"):
        between.take(stick, (tmp_path / "no.zip",))


@pytest.mark.parametrize(("words", "code"), [(["--help"], 0), (["-h"], 0), (["--new"], 64)])
def test_the_script_says_how_it_is_used(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(words) == code
    said = capsys.readouterr()
    assert "python3 _stick/apply.py update.zip" in (said.err if code else said.out)


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("conferences/water/Index~1.html", True),
        ("_stick/stick.yaml", True),
        ("_stick/signers.", False),
        ("_stick /signers", False),
        ("sha256sums", False),
        ("_\u017ftick/signers", False),
        ("a/\ud800", False),
    ],
)
def test_names_are_compared_as_fat_reads_them(name: str, is_ours: bool) -> None:
    assert program._is_ours(name) is is_ours


def test_an_update_to_an_older_state_is_refused(made: Sticks, tmp_path: Path) -> None:
    """It is signed well: the hub has once written that state."""
    stick = shutil.copytree(made.new, tmp_path / "stick")
    older = tmp_path / "older.zip"
    making.write(made.old, lists.found(str(made.new), None), older)
    before = tree(stick)
    with pytest.raises(UsageError, match="It is older than this stick: of 20"):
        between.take(stick, (older,))
    with pytest.raises(UsageError, match="older than this stick"):
        between.bring(made.old, stick)
    assert tree(stick) == before


def test_the_hub_knows_what_its_sticks_had(made: Sticks, tmp_path: Path) -> None:
    """By the first signs of a list's sum, or by the small file that says what a stick is."""
    now = lists.found(str(made.new), None)
    assert lists.found(now.sum[:12], made.config) == now
    small = shutil.copyfile(made.new / about.FILE, tmp_path / "stick.yaml")
    assert lists.found(str(small), made.config) == now
    ran = CliRunner().invoke(
        main,
        ["stick", "update", str(made.new), str(tmp_path / "x.zip"), "--since", str(made.old)],
    )
    assert ran.exit_code == 0, ran.output
    assert "of the stick" in ran.output
    for unknown in ("abcdef0123", str(tmp_path / "nothing")):
        with pytest.raises(UsageError, match="is no stick that is known"):
            lists.found(unknown, made.config)


def test_a_stick_that_was_damaged_since_makes_no_update(
    made: Sticks, tmp_path: Path, stick: Path
) -> None:
    damaged = shutil.copytree(made.new, tmp_path / "damaged")
    page = next(iter(making.changed(lists.found(str(made.old), None), making.proved(damaged)[0])))
    (damaged / page).write_bytes((damaged / page).read_bytes() + b"x")
    out = tmp_path / "out" / "x.zip"
    out.parent.mkdir()
    ran = CliRunner().invoke(
        main, ["stick", "update", str(damaged), str(out), "--since", str(stick)]
    )
    assert ran.exit_code != 0
    assert page in ran.output
    assert [*out.parent.iterdir()] == []
    before = tree(stick)
    assert CliRunner().invoke(main, ["stick", "update", str(damaged), str(stick)]).exit_code != 0
    assert tree(stick) == before
