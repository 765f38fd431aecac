"""The zip of a group on groups.io."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from solicomm_build.features.migration.servers import groupsio
from solicomm_build.foundation.errors import ContentError, ContentErrors, HubError

HEAD = "Email,Display Name,Status,Email Delivery,Moderator Status\n"


def export(root: Path, rows: str, box: bytes | None = b"From a b\n") -> Path:
    file = root / "water.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("water/members.csv", "\ufeff" + HEAD + rows)
        archive.writestr("water/photos/a.jpg", b"x")
        if box is not None:
            archive.writestr("../../water.mbox", box)
    return file


def test_members_and_archive(tmp_path: Path) -> None:
    rows = (
        "ana@union.example,Ana Paz,Normal,Individual,Owner\n"
        "ben@union.example,Ben,Normal,Full Digest,\n"
        "chen@union.example,,Bouncing,No Email,Moderator\n"
        "Dora@union.example,,Banned,,\n"
        "eva@union.example,,Pending,,\n"
    )
    out = tmp_path / "out"
    out.mkdir()
    found = groupsio.read(export(tmp_path, rows), "", out)
    assert [(one.address, one.name, one.options, one.stopped) for one in found.members] == [
        ("ana@union.example", "Ana Paz", {}, ""),
        ("ben@union.example", "Ben", {"digest": "daily"}, ""),
        ("chen@union.example", "", {"mail": "off"}, "mail came back"),
    ]
    assert (found.name, found.owners, found.moderators) == (
        "water",
        ("ana@union.example",),
        ("chen@union.example",),
    )
    (box,) = found.archives
    assert box.parent == out, "the name in the zip is not believed"
    assert box.read_bytes() == b"From a b\n"
    assert "1 files" in "\n".join(found.absent)
    assert found.banned == ("dora@union.example",), "who was banned there may not join here"
    assert "no members there (invited, waiting, removed): 1" in "\n".join(found.absent)


def test_a_zip_that_came_damaged_is_said(tmp_path: Path) -> None:
    box = b"".join(b"From a b\n%d\n" % (one * 7919 % 104729) for one in range(5000))
    file = export(tmp_path, "", box)
    octets = bytearray(file.read_bytes())
    at = octets.index(b"water.mbox") + 2000
    octets[at : at + 64] = b"\xff" * 64
    file.write_bytes(octets)
    with pytest.raises(ContentError, match="the zip is damaged"):
        groupsio.read(file, "", tmp_path)


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors, match=r"members\.csv\), line 3: 'nobody' is not an address"):
        groupsio.read(export(tmp_path, "ana@union.example,,,,\nnobody,,,,\n"))


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "x.zip"
    wrong.write_bytes(b"PK\x03\x04 no")
    with pytest.raises(ContentError, match="damaged"):
        groupsio.read(wrong)
    with pytest.raises(HubError, match="no such file"):
        groupsio.read(tmp_path / "none.zip")
    with zipfile.ZipFile(wrong, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ContentError, match=r"nothing of groups\.io"):
        groupsio.read(wrong)


def test_a_small_zip_cannot_fill_the_disk(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="larger than mail can be"):
        groupsio.read(export(tmp_path, "", b"\0" * 8_000_000), "", tmp_path)


def test_google_groups(tmp_path: Path) -> None:
    people = tmp_path / "members.csv"
    people.write_text(
        "Members for group water\n"
        "Email address,Nickname,Group status,Email status,Email preference,Posting permissions\n"
        "ana@union.example,Ana,owner,,email,allowed\n"
        "ben@union.example,Ben,manager,bouncing,digest,allowed\n"
        "chen@union.example,,member,,no email,allowed\n"
        "dora@union.example,,invited,,email,allowed\n"
    )
    takeout = tmp_path / "takeout.zip"
    with zipfile.ZipFile(takeout, "w") as archive:
        archive.writestr("Takeout/Groups/water/topics.mbox", b"From a b\n")
    found = groupsio.read(takeout, "water", server="Google Groups", members=people)
    assert [(one.address, one.name, one.options, one.stopped) for one in found.members] == [
        ("ana@union.example", "Ana", {}, ""),
        ("ben@union.example", "Ben", {"digest": "daily"}, "mail came back"),
        ("chen@union.example", "", {"mail": "off"}, ""),
    ]
    assert (found.owners, found.moderators) == (("ana@union.example",), ("ben@union.example",))
    assert len(found.archives) == 1
    alone = groupsio.read(None, "water", server="Google Groups", members=people)
    assert alone.members == found.members
    people.write_text("a,b\n1,2\n")
    with pytest.raises(ContentError, match=r"members\.csv, line 1: .* no column Email"):
        groupsio.read(None, "water", members=people)


def test_what_a_member_may_not_or_wishes_in_other_words_is_said(tmp_path: Path) -> None:
    """Who was not allowed to post there posted here, and nobody told the operator."""
    people = tmp_path / "members.csv"
    people.write_text(
        "Email address,Group status,Email preference,Posting permissions\n"
        "ana@union.example,owner,email,Allowed\n"
        "ben@union.example,member,weekly round-up,Not allowed\n"
        "chen@union.example,member,digest,Moderated\n"
        "dora@union.example,banned,weekly round-up,Not allowed\n"
    )
    told = "\n".join(groupsio.read(None, "water", members=people).absent)
    hindered = "may not post there, or only with leave, and may here"
    assert f"{hindered}: ben@union.example, chen@union.example\n" in f"{told}\n"
    assert "delivery 'weekly round-up': 1 members, who get each message here" in told
    people.write_text("Email address,Email preference\nana@union.example,email\n")
    told = "\n".join(groupsio.read(None, "water", members=people).absent)
    assert "delivery" not in told
    assert hindered not in told


def test_of_several_groups_in_a_zip_one_has_to_be_named(tmp_path: Path) -> None:
    """All of them went into one list: what is for the members of one was read by the others."""
    takeout, out = tmp_path / "takeout.zip", tmp_path / "out"
    out.mkdir()
    with zipfile.ZipFile(takeout, "w") as archive:
        for name in ("fire", "Water@union.example"):
            archive.writestr(f"Takeout/Groups/{name}/topics.mbox", f"From {name} b\n")
            archive.writestr(
                f"Takeout/Groups/{name}/members.csv", f"{HEAD}{name[:4]}@x.example,,,,\n"
            )
    found = groupsio.read(takeout, "water", out, server="Google Groups")
    assert [file.read_bytes() for file in found.archives] == [b"From Water@union.example b\n"]
    assert [one.address for one in found.members] == ["Wate@x.example"]
    for name in ("", "wat"):
        with pytest.raises(ContentError, match=r"several groups .*: Water@union.example, fire"):
            groupsio.read(takeout, name, out, server="Google Groups")
    alone = export(tmp_path, "ana@union.example,,,,\n")
    assert len(groupsio.read(alone, "another", out).archives) == 1


def test_members_of_another_group_in_the_zip_are_not_brought(tmp_path: Path) -> None:
    """Where that one has no mail, its members came onto the list of this one."""
    file = tmp_path / "takeout.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("Groups/board/members.csv", HEAD + "eva@union.example,,,,\n")
        archive.writestr("Groups/water/members.csv", HEAD + "ana@union.example,,,,\n")
        archive.writestr("Groups/water/topics.mbox", b"From a b\n")
    found = groupsio.read(file, "water", server="Google Groups")
    assert [one.address for one in found.members] == ["ana@union.example"]
    assert len(found.archives) == 1
    with pytest.raises(ContentError, match="several groups are in this zip: board, water"):
        groupsio.read(file, "", server="Google Groups")


def test_a_quotation_mark_that_is_not_closed_swallows_no_members(tmp_path: Path) -> None:
    rows = 'ana@union.example,"Ana,,,\nben@union.example,Ben,,,\n'
    with pytest.raises(ContentError, match="no table from here on"):
        groupsio.read(export(tmp_path, rows))
    with pytest.raises(ContentError, match="no table from here on"):
        groupsio.read(export(tmp_path, rows + 'chen@union.example,"Chen",,,\n'))
    found = groupsio.read(export(tmp_path, 'ana@union.example,"Ana\n(at night)",,,\n'))
    assert [one.name for one in found.members] == ["Ana (at night)"]


@pytest.mark.parametrize(
    ("encoding", "part"), [("utf-8-sig", ","), ("cp1252", ";"), ("cp1252", ","), ("utf-16", "\t")]
)
def test_a_table_that_a_spreadsheet_saved(tmp_path: Path, encoding: str, part: str) -> None:
    rows = [
        ["Members for group water"],
        ["Email address", "Nickname", "Group status", "Email status"],
        ["ana@union.example", "Ana Muñoz Peña", "owner", ""],
        ["ben@union.example", "Ben", "member", "Bouncing"],
    ]
    file = tmp_path / "members.csv"
    file.write_bytes("".join(f"{part.join(row)}\r\n" for row in rows).encode(encoding))
    found = groupsio.read(None, "water", server="Google Groups", members=file)
    assert [(one.address, one.name, one.stopped) for one in found.members] == [
        ("ana@union.example", "Ana Muñoz Peña", ""),
        ("ben@union.example", "Ben", "mail came back"),
    ]


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ("All Messages", {}),
        ("Full Featured Digests", {"digest": "daily"}),
        ("email_delivery_html_digest", {"digest": "daily"}),
        ("Plain Digests", {"digest": "daily", "form": "plain"}),
        ("Daily Summaries", {"digest": "daily", "form": "summary"}),
        ("Abridged email", {"digest": "daily", "form": "summary"}),
        ("Special Notices", {"mail": "off"}),
        ("email_delivery_none", {"mail": "off"}),
        ("", {}),
    ],
)
def test_how_members_want_their_mail(tmp_path: Path, said: str, options: dict[str, str]) -> None:
    file = export(tmp_path, f"ana@union.example,Ana,Normal,{said},\n", None)
    assert groupsio.read(file).members[0].options == options
