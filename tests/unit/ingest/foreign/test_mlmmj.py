"""A list's spool directory of mlmmj."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.migration.servers import mlmmj
from solicomm_build.foundation.errors import ContentErrors, HubError


def spool(root: Path, **control: str) -> Path:
    folder = root / "water"
    for name in ("control", "subscribers.d", "digesters.d", "nomailsubs.d", "archive"):
        (folder / name).mkdir(parents=True)
    files = {"listaddress": "water@lists.example.org\n", "owner": "olga@union.example\n"} | control
    for name, text in files.items():
        (folder / "control" / name).write_text(text)
    (folder / "subscribers.d" / "a").write_text("ana@union.example\nagnes@union.example\n")
    (folder / "digesters.d" / "b").write_text("ben@union.example\nana@union.example\n")
    (folder / "nomailsubs.d" / "c").write_text("chen@union.example\n")
    for number in (10, 9, 1):
        (folder / "archive" / str(number)).write_bytes(b"Subject: x\n\nx\n")
    return folder


def test_members_settings_and_archive(tmp_path: Path) -> None:
    rules = (
        "deny ^From: .*@bad\\.example\nallow ^From: press@paper.example\nsend ^Subject: x\nallow\n"
    )
    folder = spool(
        tmp_path,
        moderators="ana@union.example\n",
        subonlypost="",
        prefix="[water]",
        access=rules,
        customheaders="Reply-To: water@lists.example.org\n",
    )
    found = mlmmj.read(folder)
    assert [(one.address, one.options) for one in found.members] == [
        ("ana@union.example", {}),
        ("agnes@union.example", {}),
        ("ben@union.example", {"digest": "daily"}),
        ("chen@union.example", {"mail": "off"}),
    ]
    assert found.owners == ("olga@union.example",)
    assert found.moderators == ("ana@union.example",)
    assert found.banned == ("@bad.example",)
    assert found.trusted == ("press@paper.example",)
    assert (found.settings.posting, found.settings.reply_to) == ("members", "list")
    assert [path.name for path in found.archives] == ["1", "9", "10"]
    absent = "\n".join(found.absent)
    assert "send ^Subject: x" in absent
    assert "'[water]'" in absent
    assert mlmmj.lists(tmp_path) == ["water"]
    assert mlmmj.read(tmp_path, "water") == found


def test_requests_to_join_are_no_held_mail(tmp_path: Path) -> None:
    folder = spool(tmp_path)
    (folder / "moderation").mkdir()
    (folder / "moderation" / "a1b2c3").write_bytes(b"Subject: held\n\nx\n")
    (folder / "moderation" / "subscribe4d5e6f").write_text("dora@union.example\nSUB_DIGEST\n")
    found = mlmmj.read(folder)
    assert found.held == (b"Subject: held\n\nx\n",)
    said = "\n".join(found.absent)
    assert "1 requests to join wait there, invite these: dora@union.example" in said


def test_modes(tmp_path: Path) -> None:
    assert mlmmj.read(spool(tmp_path / "1")).settings.posting == "open"
    closed = mlmmj.read(spool(tmp_path / "2", moderated="", closedlist="")).settings
    assert (closed.posting, closed.visibility) == ("moderated", "members")


def test_a_broken_line_is_named_by_file_and_line(tmp_path: Path) -> None:
    folder = spool(tmp_path)
    (folder / "subscribers.d" / "z").write_text("zoe@union.example\nnobody\n")
    with pytest.raises(
        ContentErrors, match=r"subscribers\.d/z, line 2: 'nobody' is not an address"
    ):
        mlmmj.read(folder)
    with pytest.raises(HubError, match="control/ is missing"):
        mlmmj.read(tmp_path, "fire")


def test_an_archive_that_is_not_there_is_said(tmp_path: Path) -> None:
    folder = spool(tmp_path)
    assert not any(one.startswith("no archive: ") for one in mlmmj.read(folder).absent)
    for file in (folder / "archive").iterdir():
        file.unlink()
    assert any(one.startswith("no archive: ") for one in mlmmj.read(folder).absent)
