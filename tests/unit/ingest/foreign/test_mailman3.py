"""A list of Mailman 3: a database that Mailman wrote itself, and JSON of its REST interface."""

from __future__ import annotations

import json
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from solicomm_build.features.migration.servers import mailman3
from solicomm_build.foundation.errors import ContentError, ContentErrors, HubError

DUMP = Path(__file__).parents[3] / "data" / "foreign" / "mailman3.sql"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """mailman.db with the list `water@lists.example.org`."""
    file = tmp_path / "mailman.db"
    with closing(sqlite3.connect(file)) as db:
        db.executescript(DUMP.read_text("utf-8"))
    return file


def change(base: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(base)) as db, db:
        db.execute(statement, values)


def test_everything_a_database_says(base: Path) -> None:
    before = base.read_bytes()
    assert mailman3.lists(base) == ["water.lists.example.org"]
    for name in ("water.lists.example.org", "water@lists.example.org", "water", ""):
        found = mailman3.read(base, name)
        assert found.address == "water@lists.example.org"
    assert (found.title, found.description) == ("Water workers", "Those who keep the water running")
    people = {member.address: member for member in found.members}
    assert people["ana@union.example"].options == {}
    assert people["ben@union.example"].options == {"digest": "daily", "form": "plain"}
    assert people["chen@union.example"].stopped == "mail came back"
    assert people["dora@union.example"].options == {"mail": "off", "copy": "off"}
    assert people["dora@union.example"].lang == "es"
    assert people["dora@union.example"].name == "Dora"
    assert found.owners == ("olga@union.example",)
    assert found.moderators == ("ana@union.example",)
    assert found.trusted == ("guest@press.example",)
    assert found.banned == ("spam@bad.example", "@evil.example")
    assert (found.settings.posting, found.settings.visibility) == ("members", "members")
    assert any("moderation_action (1 members)" in one for one in found.absent)
    assert base.read_bytes() == before
    assert [path.name for path in base.parent.iterdir()] == ["mailman.db"], "no journal either"


def test_the_choices_of_address_and_person_count_where_the_member_has_none(base: Path) -> None:
    change(base, "UPDATE preferences SET delivery_status=2 WHERE id=2")  # Ana, the person
    change(base, "UPDATE preferences SET delivery_mode=4 WHERE id=1")  # Ana, the address
    ana = mailman3.read(base, "water").members[0]
    assert ana.options == {"digest": "daily", "form": "summary", "mail": "off"}


def test_settings(base: Path) -> None:
    change(base, "UPDATE mailinglist SET archive_policy=2, default_member_action=0, emergency=1")
    change(base, "UPDATE mailinglist SET reply_goes_to_list=1, default_nonmember_action=3")
    said = mailman3.read(base, "water").settings
    assert (said.posting, said.visibility, said.reply_to) == ("moderated", "public", "list")
    assert (said.nonmembers, said.emergency) == ("accept", True)


def test_a_wicked_pickle_in_the_database_is_refused(base: Path) -> None:
    change(base, "UPDATE mailinglist SET accept_these_nonmembers=?", pickle.dumps(print))
    with pytest.raises(ContentError, match=r"accept_these_nonmembers\): this pickle is not plain"):
        mailman3.read(base, "water")


def test_what_is_no_database_is_refused_with_a_way_out(base: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.db"
    wrong.write_bytes(b"PostgreSQL dump")
    with pytest.raises(ContentError, match="REST"):
        mailman3.read(wrong, "water")
    with pytest.raises(HubError, match="no such file"):
        mailman3.read(tmp_path / "none.db", "water")
    with pytest.raises(HubError, match=r"--list with one of: water\.lists"):
        mailman3.read(base, "fire")
    change(base, "DROP TABLE member")
    with pytest.raises(ContentError, match="damaged"):
        mailman3.read(base, "water")


def test_every_broken_address_is_named(base: Path) -> None:
    change(base, "UPDATE address SET email='nobody' WHERE id IN (2, 6)")
    with pytest.raises(ContentErrors) as caught:
        mailman3.read(base, "water")
    assert len(caught.value.faults) == 2


def test_json_of_the_rest_interface(tmp_path: Path) -> None:
    files = {
        "config": {
            "fqdn_listname": "water@lists.example.org",
            "display_name": "Water",
            "archive_policy": "public",
            "default_member_action": "defer",
            "reply_goes_to_list": "point_to_list",
            "max_message_size": 100_000,
        },
        "member": {
            "entries": [
                {
                    "email": "ana@union.example",
                    "display_name": "Ana",
                    "delivery_mode": "mime_digests",
                    "delivery_status": "enabled",
                }
            ]
        },
        "owner": {"entries": [{"email": "olga@union.example"}]},
        "bans": {"entries": [{"email": "spam@bad.example"}]},
    }
    for name, answer in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(answer))
    found = mailman3.read(tmp_path, "")
    assert [(one.address, one.options) for one in found.members] == [
        ("ana@union.example", {"digest": "daily"})
    ]
    assert (found.owners, found.banned) == (("olga@union.example",), ("spam@bad.example",))
    assert found.settings.reply_to == "list"
    (tmp_path / "config.json").write_text("<html>")
    with pytest.raises(ContentError, match="no JSON"):
        mailman3.read(tmp_path, "")


def test_a_part_of_an_answer_is_no_whole_one(tmp_path: Path) -> None:
    """Asked with `count` and `page`, Mailman says how many there are in all."""
    config = {"list_id": "water.lists.example.org", "fqdn_listname": "water@lists.example.org"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    people = [{"email": f"m{number}@union.example"} for number in range(50)]
    answer = {"start": 0, "total_size": 120, "entries": people}
    (tmp_path / "member.json").write_text(json.dumps(answer))
    with pytest.raises(ContentError, match=r"member\.json: 50 of 120 entries are in it"):
        mailman3.read(tmp_path, "")
    (tmp_path / "member.json").write_text(json.dumps({**answer, "total_size": 50}))
    assert len(mailman3.read(tmp_path, "").members) == 50


def test_who_is_banned_on_the_whole_server_is_banned_here(base: Path, tmp_path: Path) -> None:
    change(base, "INSERT INTO ban VALUES(3, 'eva@other.example', NULL)")
    change(base, "INSERT INTO ban VALUES(4, 'of@another.example', 'fire.lists.example.org')")
    found = mailman3.read(base, "water")
    assert found.banned == ("spam@bad.example", "@evil.example", "eva@other.example")
    folder = _json_of_a_list(tmp_path)
    answer = {"entries": [{"email": "eva@other.example"}]}
    (folder / "server-bans.json").write_text(json.dumps(answer))
    assert mailman3.read(folder, "").banned == ("eva@other.example",)


def test_what_waits_for_a_moderator_there_is_said(base: Path, tmp_path: Path) -> None:
    assert "wait" not in "\n".join(mailman3.read(base, "water").absent)
    change(base, "CREATE TABLE _request (id, request_type, mailing_list_id)")
    assert "wait" not in "\n".join(mailman3.read(base, "water").absent)
    change(base, "INSERT INTO _request SELECT 1, 1, id FROM mailinglist")
    change(base, "INSERT INTO _request VALUES(2, 1, 4711)")
    said = "\n".join(mailman3.read(base, "water").absent)
    assert "1 messages and requests wait there for a moderator: decide on it there first" in said
    said = "\n".join(mailman3.read(_json_of_a_list(tmp_path), "").absent)
    assert "what waits there for a moderator" in said


def test_a_roster_of_the_rest_interface_does_not_say_who_wants_no_mail(tmp_path: Path) -> None:
    """As Mailman answers it; the preferences of each member are asked for one by one."""
    folder = _json_of_a_list(tmp_path)
    people = [
        {"email": f"{name}@union.example", "member_id": name, "delivery_mode": "regular"}
        for name in ("aa", "bb", "cc")
    ]
    (folder / "member.json").write_text(json.dumps({"entries": people}))
    said = "\n".join(mailman3.read(folder, "").absent)
    assert "delivery_status (3 members): nothing says who wants no mail" in said
    (folder / "preferences").mkdir()
    answers: dict[str, dict[str, object]] = {
        "aa": {"delivery_status": "by_user", "receive_own_postings": False},
        "bb": {"delivery_status": "by_bounces", "preferred_language": "es"},
        "cc": {"delivery_mode": "plaintext_digests", "receive_list_copy": False},
    }
    for name, answer in answers.items():
        (folder / "preferences" / f"{name}.json").write_text(json.dumps(answer))
    found = mailman3.read(folder, "")
    assert "delivery_status" not in "\n".join(found.absent)
    assert [(one.options, one.stopped, one.lang) for one in found.members] == [
        ({"mail": "off", "copy": "off"}, "", ""),
        ({}, "mail came back", "es"),
        ({"digest": "daily", "form": "plain", "dup": "off"}, "", ""),
    ]


def _json_of_a_list(root: Path) -> Path:
    folder = root / "json"
    folder.mkdir()
    config = {"list_id": "water.lists.example.org", "fqdn_listname": "water@lists.example.org"}
    (folder / "config.json").write_text(json.dumps(config))
    return folder
