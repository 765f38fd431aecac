"""A list's folder of Sympa."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.migration.servers import oldarchive, sympa
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentErrors, HubError
from solicomm_build.foundation.types import post_id

CONFIG = """\
subject Water workers
# a comment
lang es

send privateoreditorkey

subscribe owner

reply_to_header
value list
apply respect

archive
period month
web_access public

max_size 5M

custom_subject water

owner
email olga@union.example
gecos Olga

editor
email ana@union.example
"""
DUMP = """\
email ana@union.example
gecos Ana Paz
reception mail
date 1200000000

email ben@union.example
reception digestplain
lang fr

email chen@union.example
reception nomail

email dora@union.example
bounce 20260101 20260102 3 5.1.1
"""


def folder(root: Path, members: str = DUMP, name: str = "member.dump") -> Path:
    place = root / "example.org" / "water"
    place.mkdir(parents=True)
    (place / "config").write_text(CONFIG)
    (place / name).write_text(members)
    return place


def test_members_settings_and_people(tmp_path: Path) -> None:
    found = sympa.read(folder(tmp_path))
    assert (found.title, found.lang, found.address) == (
        "Water workers",
        "es",
        "water@example.org",
    )
    assert [
        (one.address, one.name, one.lang, one.options, one.stopped) for one in found.members
    ] == [
        ("ana@union.example", "Ana Paz", "", {}, ""),
        ("ben@union.example", "", "fr", {"digest": "daily", "form": "plain"}, ""),
        ("chen@union.example", "", "", {"mail": "off"}, ""),
        ("dora@union.example", "", "", {}, ""),
    ]
    assert found.owners == ("olga@union.example",)
    assert found.moderators == ("ana@union.example",)
    said = found.settings
    assert (said.posting, said.visibility, said.reply_to) == ("members", "public", "list")
    assert said.max_bytes == 5 * 1024 * 1024
    assert "'water'" in "\n".join(found.absent)


def test_an_answer_to_review(tmp_path: Path) -> None:
    text = "ana@union.example  Ana Paz\nben@union.example\n\nTotal: 2\n"
    found = sympa.read(folder(tmp_path, text, "review.txt"))
    assert [(one.address, one.name) for one in found.members] == [
        ("ana@union.example", "Ana Paz"),
        ("ben@union.example", ""),
    ]


def test_broken_and_missing_files_are_named(tmp_path: Path) -> None:
    place = folder(tmp_path, "ana@union.example\nnobody here\n", "review.txt")
    with pytest.raises(
        ContentErrors, match=r"review\.txt, line 2: 'nobody here' is not an address"
    ):
        sympa.read(place)
    (place / "review.txt").unlink()
    with pytest.raises(HubError, match=r"no file of members.*review\.txt"):
        sympa.read(place)
    with pytest.raises(HubError, match="config is missing"):
        sympa.read(tmp_path, "fire")


def test_addresses_of_the_archive(tmp_path: Path) -> None:
    place = folder(tmp_path)
    month = place / "2020-03" / "arctxt"
    month.mkdir(parents=True)
    for number in (1, 2):
        (month / str(number)).write_bytes(f"Message-ID: <{number}@x.example>\n\nhi\n".encode())
    (month.parent / "msg00001.html").write_text("<!--X-Message-Id: 7&#45;a@x.example -->")
    found = sympa.read(place)
    links = oldarchive.sympa("water", found.archives)
    assert links.target("/sympa/arc/water/2020-03/msg00000.html") == post_id("1@x.example")
    assert links.target("/sympa/arc/water/2020-03/msg00001.html") == post_id("7-a@x.example")
    assert links.target("/wws/arc/water/2020-03/thrd1.html") == "2020/03/"


def test_the_archive_lies_where_sympa_has_those_of_all_lists(tmp_path: Path) -> None:
    place = tmp_path / "list_data" / "example.org" / "water"
    folder(tmp_path / "list_data")
    assert any(one.startswith("no archive: ") for one in sympa.read(place).absent)
    month = tmp_path / "arc" / "water@example.org" / "2020-03" / "arctxt"
    month.mkdir(parents=True)
    (month / "1").write_bytes(b"Message-ID: <1@x.example>\n\nhi\n")
    found = sympa.read(place)
    assert found.archives == (month / "1",)
    assert not any(one.startswith("no archive: ") for one in found.absent)


def test_a_server_of_one_domain_has_its_lists_without_a_folder_for_it(tmp_path: Path) -> None:
    place = folder(tmp_path / "list_data").rename(tmp_path / "list_data" / "water")
    month = tmp_path / "arc" / "water@lists.example.org" / "2020-03" / "arctxt"
    month.mkdir(parents=True)
    (month / "1").write_bytes(b"Message-ID: <1@x.example>\n\nhi\n")
    (tmp_path / "arc" / "water-old@lists.example.org").mkdir()
    found = sympa.read(place)
    assert (found.address, found.archives) == ("water@lists.example.org", (month / "1",))


def test_who_was_shut_out_there_is_banned(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "search_filters").mkdir()
    text = "# those\nEva@other.example\n*@spam.example\n*bot*\n"
    (place / "search_filters" / "blacklist.txt").write_text(text)
    found = sympa.read(place)
    assert found.banned == ("eva@other.example", "@spam.example")
    assert "*bot*" in "\n".join(found.absent)


def test_whose_mail_came_back_once_gets_it_on(tmp_path: Path) -> None:
    """Sympa takes out whom nothing reaches; until then it sends on."""
    found = sympa.read(folder(tmp_path))
    assert [one.stopped for one in found.members if one.address == "dora@union.example"] == [""]


def test_a_holiday_there_is_a_pause_while_it_lasts(tmp_path: Path) -> None:
    now = int(clock.now().timestamp())
    day = 86_400
    rows = {
        "over": f"suspend 1\nstartdate {now - 9 * day}\nenddate {now - day}\n",
        "now": f"suspend 1\nstartdate {now - day}\nenddate {now + day}\nreception digest\n",
        "open": f"suspend 1\nstartdate {now - day}\n",
        "later": f"suspend 1\nstartdate {now + day}\nenddate {now + 9 * day}\n",
        "never": "suspend 0\n",
    }
    dump = "\n".join(f"email {name}@union.example\n{row}" for name, row in rows.items())
    found = sympa.read(folder(tmp_path, dump))
    assert [one.address.partition("@")[0] for one in found.members if "paused" in one.options] == [
        "now",
        "open",
    ]
    assert not any(one.stopped for one in found.members)
    assert found.members[1].options["digest"] == "daily"
    assert "suspend (2 members)" in "\n".join(found.absent)


def test_where_members_come_from_there_is_no_setting_of_the_list(tmp_path: Path) -> None:
    place = folder(tmp_path)
    more = """
include_ldap_2level_query
host ldap.union.example
name everybody

include_sympa_list
listname fire

owner_include
source union
"""
    (place / "config").write_text(CONFIG + more)
    found = sympa.read(place)
    assert found.address == "water@example.org", "and with it the archive is found"
    said = "\n".join(found.absent)
    assert "include_ldap_2level_query, include_sympa_list, owner_include: taken is who" in said


def test_marks_of_direction_are_no_part_of_an_address(tmp_path: Path) -> None:
    found = sympa.read(folder(tmp_path, "\u200fana@union.example\u200e  Ana\n", "review.txt"))
    assert [(one.address, one.name) for one in found.members] == [("ana@union.example", "Ana")]


def test_files_that_windows_wrote(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "member.dump").unlink()
    text = "jose@union.example\r\n" + "ana@union.example  Ana Muñoz Cañadas\r\n"
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        (place / "review.txt").write_bytes(text.encode(encoding))
        found = sympa.read(place)
        assert [(one.address, one.name) for one in found.members] == [
            ("jose@union.example", ""),
            ("ana@union.example", "Ana Muñoz Cañadas"),
        ]
