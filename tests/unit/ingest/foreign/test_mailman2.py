"""A list of Mailman 2.1, its config.pck as Python 2 wrote it."""

from __future__ import annotations

import contextlib
import struct
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solicomm_build.features.migration.servers import mailman2
from solicomm_build.foundation.errors import ContentError, ContentErrors, HubError, SoliCommError


def py2(value: Any) -> bytes:
    """A value as cPickle of Python 2 writes it with protocol 1: str as octets, unicode as UTF-8,
    old-style instances by OBJ. `bytes` stand for str, `str` for unicode."""
    return _py2(value) + b"."


def _py2(value: Any) -> bytes:
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"I01\n" if value else b"I00\n"
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return b"T" + struct.pack("<i", len(value)) + value
    if isinstance(value, str):
        return b"X" + struct.pack("<i", len(value.encode())) + value.encode()
    if isinstance(value, list):
        return b"](" + b"".join(map(_py2, value)) + b"e"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(_py2, value)) + b"t"
    if isinstance(value, dict):
        return b"}(" + b"".join(_py2(k) + _py2(v) for k, v in value.items()) + b"u"
    assert isinstance(value, Instance)
    return b"(c" + value.name.encode() + b"\no" + _py2(value.state) + b"b"


class Instance:
    def __init__(self, name: str, **state: Any) -> None:
        self.name = name.rpartition(".")[0] + "\n" + name.rpartition(".")[2]
        self.state = {key.encode(): one for key, one in state.items()}


VALUES: dict[bytes, Any] = {
    b"_internal_name": b"water",
    b"real_name": b"Water",
    b"host_name": b"lists.example.org",
    b"description": b"Those who keep the water running: Jos\xe9",
    b"preferred_language": b"pt_BR",
    b"members": {
        b"ana@union.example": 0,
        b"chen@union.example": b"Chen@Union.example",
        b"dora@union.example": 0,
        b"eva@union.example": 0,
        b"fred@union.example": 0,
    },
    b"digest_members": {b"ben@union.example": 0},
    b"user_options": {
        b"ana@union.example": 2 | 4 | 16,
        b"ben@union.example": 8,
        b"chen@union.example": 256,
        b"fred@union.example": 1 | 128,
    },
    b"usernames": {b"ana@union.example": "Ana Paz", b"ben@union.example": "Бен"},
    b"language": {b"ana@union.example": b"es", b"chen@union.example": b"xx"},
    b"passwords": {b"ana@union.example": b"secret"},
    b"delivery_status": {
        b"dora@union.example": (4, 1.5),
        b"eva@union.example": (3, 1.5),
        b"fred@union.example": (2, 1.5),
    },
    b"bounce_info": {b"dora@union.example": Instance("Mailman.Bouncer._BounceInfo", score=5.0)},
    b"owner": [b"olga@union.example"],
    b"moderator": [b"ana@union.example"],
    b"ban_list": [b"spam@bad.example", b"^.*@evil\\.example$", b"^x[0-9]+@y.example"],
    b"accept_these_nonmembers": [b"press@paper.example"],
    b"discard_these_nonmembers": [b"rude@bad.example"],
    b"default_member_moderation": 0,
    b"generic_nonmember_action": 3,
    b"reply_goes_to_list": 1,
    b"subject_prefix": b"[Water] ",
    b"max_message_size": 20_480,
    b"archive": True,
    b"archive_private": 0,
    b"advertised": True,
    b"digest_volume_frequency": 1,
    b"digest_send_periodic": True,
    b"require_explicit_destination": 1,
    b"emergency": 0,
    b"subscribe_policy": 3,
    b"msg_footer": b"___",
}


def server(root: Path, **changed: Any) -> Path:
    """Mailman's folder with the list `water`."""
    folder = root / "lists" / "water"
    folder.mkdir(parents=True)
    values = VALUES | {key.encode(): value for key, value in changed.items()}
    (folder / "config.pck").write_bytes(py2(values))
    return root


def test_everything_a_list_says(tmp_path: Path) -> None:
    found = mailman2.read(server(tmp_path), "water")
    assert (found.address, found.title, found.lang) == ("water@lists.example.org", "Water", "pt")
    assert found.description == "Those who keep the water running: José"
    people = {member.address: member for member in found.members}
    assert set(people) == {
        "ana@union.example",
        "ben@union.example",
        "Chen@Union.example",
        "dora@union.example",
        "eva@union.example",
        "fred@union.example",
    }
    ana = people["ana@union.example"]
    assert (ana.name, ana.lang, ana.options) == ("Ana Paz", "es", {"copy": "off"})
    ben = people["ben@union.example"]
    assert (ben.name, ben.options) == ("Бен", {"digest": "daily", "form": "plain"})
    assert people["Chen@Union.example"].options == {"dup": "off"}
    assert people["Chen@Union.example"].lang == ""
    assert people["dora@union.example"].stopped == "mail came back"
    assert people["eva@union.example"].stopped == "by an owner"
    assert people["fred@union.example"].options == {"mail": "off"}
    assert people["fred@union.example"].stopped == ""
    assert (found.owners, found.moderators) == (("olga@union.example",), ("ana@union.example",))
    assert found.banned == ("spam@bad.example", "@evil.example", "rude@bad.example")
    assert found.trusted == ("press@paper.example",)
    said = found.settings
    assert (said.posting, said.visibility, said.reply_to) == ("members", "public", "list")
    assert (said.nonmembers, said.max_bytes) == ("discard", 20_480 * 1024)


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Профсоюз работников водоканала", "koi8-r"),
        ("Профсоюз работников водоканала", "utf-8"),
        ("Związek pracowników wodociągów i oczyszczalni ścieków", "iso-8859-2"),
        ("Água e saneamento", "latin-1"),
        ("Água e saneamento", "utf-8"),
        ("Trabajadores del agua de Perú", "utf-8"),
        ("Électricité, eau et gaz — à tous", "utf-8"),
        ("Électricité, eau et gaz", "latin-1"),
    ],
)
def test_a_description_is_in_the_charset_of_the_list(
    tmp_path: Path, words: str, encoding: str
) -> None:
    found = mailman2.read(server(tmp_path, description=words.encode(encoding)), "water")
    assert found.description == words


def test_names_are_in_the_charset_of_the_list(tmp_path: Path) -> None:
    """As `add_members` takes them from a file."""
    names = {
        b"ana@union.example": "Анна Петрова".encode("koi8-r"),
        b"dora@union.example": "Łukasz Wiśniewski".encode("iso-8859-2"),
        b"eva@union.example": "Zoë".encode("latin-1"),
    }
    found = mailman2.read(server(tmp_path, usernames=names), "water")
    said = {one.address[:3]: one.name for one in found.members if one.name}
    assert said == {"ana": "Анна Петрова", "dor": "Łukasz Wiśniewski", "eva": "Zoë"}


def test_what_comes_from_other_lists_is_said(tmp_path: Path) -> None:
    changed = {"regular_include_lists": [b"fire@lists.example.org"], "umbrella_list": 1}
    absent = "\n".join(mailman2.read(server(tmp_path, **changed), "water").absent)
    assert "regular_include_lists: members come from no other list" in absent
    assert "umbrella_list: lists are no members of a list" in absent


def test_what_has_no_counterpart_is_said(tmp_path: Path) -> None:
    absent = "\n".join(mailman2.read(server(tmp_path), "water").absent)
    for word in (
        "hide (1",
        "ack (1",
        "mod flag (1",
        "'[Water]'",
        "subscribe_policy",
        "msg_footer",
        "^x[0-9]+@y.example",
        "archives/private/water.mbox",
    ):
        assert word in absent
    assert "secret" not in absent


def test_a_moderated_list_trusts_those_without_the_flag(tmp_path: Path) -> None:
    found = mailman2.read(server(tmp_path, default_member_moderation=1), "water")
    assert found.settings.posting == "moderated"
    assert {one.address for one in found.members if not one.free} == {"fred@union.example"}
    again = tmp_path / "2"
    rejects = server(again, default_member_moderation=1, member_moderation_action=1)
    assert mailman2.read(rejects, "water").settings.posting == "announce"


@pytest.mark.parametrize(
    ("changed", "visibility"),
    [
        ({"archive_private": 1}, "members"),
        ({"archive": False}, "members"),
        ({"advertised": False}, "unlisted"),
    ],
)
def test_who_sees_the_archive(tmp_path: Path, changed: dict[str, Any], visibility: str) -> None:
    found = mailman2.read(server(tmp_path, **changed), "water")
    assert found.settings.visibility == visibility


def test_every_broken_address_is_named_and_nobody_is_taken(tmp_path: Path) -> None:
    members = {b"ana@union.example": 0, b"no address": 0, b"two@@x": 0}
    with pytest.raises(ContentErrors) as caught:
        mailman2.read(server(tmp_path, members=members), "water")
    assert len(caught.value.faults) == 2
    assert "config.pck: 'no address' is not an address of a member" in caught.value.public


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    root = server(tmp_path)
    file = root / "lists" / "water" / "config.pck"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(ContentError, match=r"config\.pck: the pickle is"):
        mailman2.read(root, "water")
    file.write_bytes(py2([1, 2]))
    with pytest.raises(ContentError, match="no list of Mailman 2"):
        mailman2.read(root, "water")
    with pytest.raises(HubError, match="--list NAME"):
        mailman2.read(root, "fire")
    assert mailman2.lists(root) == ["water"]


def test_archive_and_held_mail_lie_beside(tmp_path: Path) -> None:
    root = server(tmp_path)
    box = root / "archives" / "private" / "water.mbox" / "water.mbox"
    box.parent.mkdir(parents=True)
    box.write_bytes(b"")
    (root / "data").mkdir()
    part = Instance(
        "email.Message.Message", _headers=[(b"Content-Type", b"text/plain")], _payload=b"Hello"
    )
    fields = [(b"From", b"x@y.example"), (b"Content-Type", b'multipart/mixed;\n boundary="b"')]
    whole = Instance("email.Message.Message", _payload=[part], _headers=fields)
    (root / "data" / "heldmsg-water-1.pck").write_bytes(py2(whole))
    (root / "data" / "heldmsg-water-2.txt").write_bytes(b"From: z@y.example\n\nHi\n")
    (root / "data" / "heldmsg-water-3.pck").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (root / "data" / "heldmsg-fire-4.txt").write_bytes(b"other list")
    waiting = {1: (2, (1.0, b"new@union.example")), b"version": (0, 1)}
    (root / "lists" / "water" / "request.pck").write_bytes(py2(waiting))
    odd = Instance("email.Message.Message", _headers=[b"From", (b"a",)], _payload=None)
    (root / "data" / "heldmsg-water-5.pck").write_bytes(py2(odd))
    found = mailman2.read(root, "water")
    assert found.archives == (box,)
    assert found.held == (
        b'From: x@y.example\nContent-Type: multipart/mixed;\n boundary="b"\n\n'
        b"--b\nContent-Type: text/plain\n\nHello\n--b--\n",
        b"From: z@y.example\n\nHi\n",
    )
    assert any("1 requests to join" in one for one in found.absent)
    for name in ("heldmsg-water-3.pck", "heldmsg-water-5.pck"):
        assert any(name in one for one in found.absent)


def test_held_mail_of_a_list_whose_name_begins_alike_is_not_brought(tmp_path: Path) -> None:
    """What waited at the board's list came into that of all, one command from its archive."""
    root = server(tmp_path)
    (root / "data").mkdir()
    (root / "data" / "heldmsg-water-7.txt").write_bytes(b"Subject: ours\n\nx\n")
    (root / "data" / "heldmsg-water-board-8.txt").write_bytes(b"Subject: theirs\n\nx\n")
    assert mailman2.read(root, "water").held == (b"Subject: ours\n\nx\n",)


def test_held_mail_keeps_its_octets_and_what_was_forwarded_in_it(tmp_path: Path) -> None:
    root = server(tmp_path)
    (root / "data").mkdir()

    def message(payload: Any, *fields: tuple[bytes, bytes]) -> Instance:
        return Instance("email.Message.Message", _headers=list(fields), _payload=payload)

    kind = b"Content-Type"
    inner = message("Les clés à l’entrée\n".encode(), (b"Subject", b"Cl\xe9s"))
    forwarded = message([inner], (kind, b"message/rfc822"))
    mixed = (kind, b'multipart/mixed; boundary="b"')
    whole = message([message(b"voil\xe0\n"), forwarded], (b"From", b"x@y.example"), mixed)
    (root / "data" / "heldmsg-water-1.pck").write_bytes(py2(whole))
    (held,) = mailman2.read(root, "water").held
    assert held == (
        b'From: x@y.example\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nvoil\xe0\n\n'
        b"--b\nContent-Type: message/rfc822\n\nSubject: Cl\xe9s\n\n"
        + "Les clés à l’entrée\n\n--b--\n".encode()
    )


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([b"ana@union.example", b"^(", b"\xff"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from([b"ana@union.example", b"x", 3]), inner, max_size=3)
    ),
    max_leaves=6,
)


@example({b"delivery_status": {b"ana@union.example": ([], 1)}})
@given(st.dictionaries(st.sampled_from(sorted(VALUES)), PLAIN, max_size=6))
def test_values_of_any_kind_are_read_or_refused(changed: dict[bytes, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = server(Path(folder), **{key.decode(): value for key, value in changed.items()})
        with contextlib.suppress(SoliCommError):
            found = mailman2.read(root, "water")
            assert all("@" in member.address for member in found.members)
