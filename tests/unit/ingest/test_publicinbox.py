"""The git repositories of public-inbox, both versions, as an archive to import."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import repo as repos
from solicomm_build.ingest import archive
from solicomm_build.ingest.importer import run_import
from solicomm_build.testing import smallhub

BRANCH = "refs/heads/master"


def mail(name: str) -> bytes:
    return smallhub.mail(msgid=f"<{name}@union.example>").replace(b"\r\n", b"\n")


def inbox(path: Path, *commits: tuple[str, bytes | None]) -> Path:
    """A bare repository; each commit writes one file, or with None takes it away. As in the
    original, a version 2 commit holds nothing else."""
    path.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "master", path], check=True)
    stream = b""
    for number, (name, data) in enumerate(commits):
        stream += f"commit {BRANCH}\ncommitter A <a@b> {number} +0000\ndata 0\n".encode()
        if len(name) == 1:
            stream += b"deleteall\n"
        if data is None:
            stream += f"D {name}\n".encode()
        else:
            stream += f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n"
    command = ["git", f"--git-dir={path}", "fast-import", "--quiet"]
    subprocess.run(command, input=stream, check=True)
    return path


def test_version_2_in_epochs_without_what_was_taken_out(tmp_path: Path) -> None:
    inbox(
        tmp_path / "git" / "0.git",
        ("m", mail("one")),
        ("m", mail("spam")),
        ("m", mail("two")),
        ("d", mail("spam")),
    )
    inbox(tmp_path / "git" / "1.git", ("m", mail("three")))
    found = list(archive.read(tmp_path))
    assert [one.raw for one in found] == [mail("one"), mail("two"), mail("three")]
    assert found[0].where.startswith("0.git, message 1 (")
    assert [one.raw for one in archive.read(tmp_path / "git" / "1.git")] == [mail("three")]


def test_version_1_holds_what_is_in_its_tree(tmp_path: Path) -> None:
    names = {name: f"{n:02x}/{'a' * 38}" for n, name in enumerate(("one", "spam", "two"))}
    path = inbox(
        tmp_path / "water.git",
        *((where, mail(name)) for name, where in names.items()),
        (names["spam"], None),
    )
    assert [one.raw for one in archive.read(path)] == [mail("one"), mail("two")]


def test_settings_of_a_strange_repository_start_nothing(tmp_path: Path) -> None:
    path = inbox(tmp_path / "water.git", ("m", mail("one")))
    mark, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    with (path / "config").open("a") as file:
        file.write(
            f"[core]\n\tfsmonitor = {program}\n\talternateRefsCommand = {program}\n"
            f"[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {program}\n"
        )
    assert len(list(archive.read(path))) == 1
    assert not mark.exists()


def test_import_twice(tmp_path: Path) -> None:
    hub: Config = smallhub.make(tmp_path / "hub")
    path = inbox(tmp_path / "water.git", ("m", mail("one")), ("m", mail("two")))
    assert run_import(hub, "bar", [path]).posts == 2
    tip = repos.open_repo(hub.conference_repo("bar")).ref()
    again = run_import(hub, "bar", [path])
    assert (again.posts, again.known) == (0, 2)
    assert repos.open_repo(hub.conference_repo("bar")).ref() == tip


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="nor a public-inbox"):
        list(archive.read(tmp_path))
