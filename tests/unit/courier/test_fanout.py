"""Which commits become outgoing items, once each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.queue import post_of
from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Oid
from solicomm_build.git import refs
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.split import split
from solicomm_build.post.conference import Conference
from solicomm_build.testing.listhub import WHEN, ListHub, message

MADE = f"{'a' * 32}@no-message-id.invalid"
"""As a hub calls a message that has no Message-ID."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members(["ana@union.example", "bo@union.example"])
    yield made
    made.close()


def _run(hub: ListHub) -> int:
    """One look by a courier that has just started."""
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
    try:
        return fanout.run()
    finally:
        fanout.close()


def _items(hub: ListHub) -> list[Item]:
    spool = Spool(hub.config.spool_out)
    return [item for path in spool.pending() for item in spool.read(path)]


def _subjects(hub: ListHub) -> list[str]:
    return [
        field.value
        for item in _items(hub)
        for field in split(item.raw).fields
        if field.name == "Subject"
    ]


def test_one_item_a_post_for_all(hub: ListHub) -> None:
    _, mid = hub.post(message())
    assert _run(hub) == 1
    (item,) = _items(hub)
    assert item.envelope.mail_from == "water-bounces@hub.example"
    assert item.envelope.rcpt_tos == ("ana@union.example", "bo@union.example")
    assert item.raw.endswith(message())
    assert f"/#{mid}>".encode() in item.raw
    assert Cursor(hub.list, COURIER).read() == hub.list.ref()


@pytest.mark.parametrize(("cell", "moves"), [(0, 1), (1, 2)])
def test_what_another_sends_meanwhile_is_passed_post_by_post(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch, cell: int, moves: int
) -> None:
    """A kill in the middle of a look may not queue again what has left another cell's spool; our
    own is sent after it. Nobody waits for the disk where nobody gets anything."""
    of_cell = SimpleNamespace(**{**vars(cells), "at": lambda config, _name: config.in_cell(cell)})
    monkeypatch.setattr("solicomm_build.courier.fanout.cells", of_cell)
    moved, advance = list[Oid](), Cursor.advance

    def advances(cursor: Cursor, old: Oid | None, new: Oid) -> None:
        moved.append(new)
        advance(cursor, old, new)

    monkeypatch.setattr(Cursor, "advance", advances)
    hub.post(message(1))
    for number in (2, 3):
        hub.post(message(number), source="import")
    hub.post(message(4))
    assert _run(hub) == 2
    assert len(moved) == moves
    assert moved[-1] == hub.list.ref()
    there = Spool(hub.config.in_cell(cell).spool_out)
    assert len(there.pending()) == 2


def test_once_however_often_it_looks(hub: ListHub) -> None:
    hub.post(message(1))
    hub.post(message(2))
    assert [_run(hub), _run(hub)] == [2, 0]
    hub.post(message(3))
    assert _run(hub) == 1
    assert _subjects(hub) == ["Water 1", "Water 2", "Water 3"]


def test_killed_before_the_cursor_moved(hub: ListHub) -> None:
    hub.post(message(1))
    start = Cursor(hub.list, COURIER).read()
    _run(hub)
    refs.swap(
        hub.list.path, f"refs/solicomm/cursors/{COURIER}", start, Cursor(hub.list, COURIER).read()
    )
    hub.post(message(2))
    assert _run(hub) == 1
    assert _subjects(hub) == ["Water 1", "Water 2"]


def test_imports_and_pushes_are_passed_over(hub: ListHub) -> None:
    hub.post(message(1), source="import")
    hub.post(message(2), source="push")
    assert _run(hub) == 0
    assert _items(hub) == []
    assert Cursor(hub.list, COURIER).read() == hub.list.ref()


def test_a_list_with_faulty_settings_waits_and_catches_up(hub: ListHub) -> None:
    hub.post(message(1))
    hub.settings(hub.list, b"kind: [list")
    hub.post(message(2))
    assert _run(hub) == 0
    hub.settings(hub.list, Conference("water", {"en": "Water"}, kind="list"))
    hub.post(message(3))
    assert _run(hub) == 3


def test_not_archived_goes_out_without_an_address_of_its_page(hub: ListHub) -> None:
    hub.post(message(), archived=False)
    assert _run(hub) == 1
    (item,) = _items(hub)
    assert b"Archived-At" not in item.raw
    assert b"List-Archive" in item.raw


def test_a_missing_message_id_is_the_posts(hub: ListHub) -> None:
    raw = message().replace(b"Message-ID: <1@union.example>\r\n", b"")
    hub.post(raw, message_id=MADE)
    _run(hub)
    assert f"Message-ID: <{MADE}>\r\n".encode() in _items(hub)[0].raw


def test_a_list_without_subscribers(hub: ListHub) -> None:
    empty = hub.add_conference("empty")
    hub.post(message(), to="empty")
    assert _run(hub) == 0
    assert Cursor(empty, COURIER).read() == empty.ref()


@pytest.mark.parametrize(("visibility", "named"), [("members", True), ("encrypted", False)])
def test_lists_name_an_archive_that_their_members_can_read(
    hub: ListHub, visibility: str, named: bool
) -> None:
    hub.add_conference("closed", visibility=visibility)
    hub.members(["cy@union.example"], to="closed")
    hub.post(message(), to="closed")
    _run(hub)
    assert (b"Archive" in _items(hub)[0].raw.split(b"\r\n\r\n")[0]) == named


def test_one_broken_list_does_not_stop_the_others(hub: ListHub) -> None:
    broken = hub.add_conference("broken")
    (broken.path / "HEAD").unlink()
    hub.post(message())
    assert _run(hub) == 1


def test_a_post_without_its_message_is_passed_over(hub: ListHub) -> None:
    log = maillog.to_nobody()
    hub.post(message())
    head = hub.config.mail_repo / "refs" / "heads" / "main"
    head.unlink()
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), log)
    assert fanout.run() == 0
    fanout.close()
    assert log.counters() == {"fanout-no-message": 1}


def test_a_post_waits_for_a_message_that_is_on_its_way_from_another_machine(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = maillog.to_nobody()
    config = replace(hub.config, cluster=replace(hub.config.cluster, divided=True))
    now = WHEN
    monkeypatch.setattr(clock, "now", lambda: now)
    hub.post(message(1))
    head = hub.config.mail_repo / "refs" / "heads" / "main"
    tip = head.read_bytes()
    fanout = Fanout(config, Spool(config.spool_out), log)
    try:
        assert fanout.run() == 1
        hub.post(message(2))
        later = head.read_bytes()
        head.write_bytes(tip)  # its conference is here first
        now = WHEN + timedelta(minutes=1)
        assert [fanout.run(), fanout.run()] == [0, 0]
        assert fanout._behind
        assert fanout.waits()
        assert log.counters() == {"queued": 1, "fanout-waits": 1}
        head.write_bytes(later)
        assert fanout.run() == 1
        assert not fanout._behind
        hub.post(message(3))
        head.write_bytes(later)
        now = WHEN + timedelta(hours=1)
        assert fanout.run() == 0  # it does not come any more
        assert not fanout._behind
        assert log.counters()["fanout-no-message"] == 1
    finally:
        fanout.close()


def test_a_message_that_cannot_be_copied_is_set_aside(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from solicomm_build.foundation.errors import MessageError
    from solicomm_build.message import listcopy

    def refuse(*_: object, **__: object) -> bytes:
        raise MessageError("the header is larger than 256 KiB")

    hub.post(message())
    monkeypatch.setattr(listcopy, "list_copy", refuse)
    assert _run(hub) == 0
    ((_, reason),) = Spool(hub.config.spool_out).quarantined()
    assert "256 KiB" in reason


def test_without_a_roster_it_says_so(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    hub.close()
    hub.config.roster_repo.rename(tmp_path / "elsewhere")
    with pytest.raises(HubError, match="roster"):
        _run(hub)


def test_a_forwarded_copy_is_no_list_copy() -> None:
    copy = b"X-SoliComm-Post: water/abc\r\nA: b\r\n\r\n"
    for sender, key in (
        ("water-bounces@hub.example", "water/abc"),
        ("postmaster@hub.example", None),
        (None, None),
    ):
        assert post_of(Item(Envelope(sender, ("a@b.example",), WHEN), copy)) == key
    flood = b"A: b\r\n" * 2000 + b"\r\n"
    assert post_of(Item(Envelope(None, (), WHEN), flood)) is None


def test_deleted_settings_end_the_list(hub: ListHub) -> None:
    hub.post(message(1))
    assert _run(hub) == 1
    change = Change("conference.yaml", None)
    write_once(hub.list, [change], message="Gone\n", when=WHEN)
    hub.post(message(2))
    hub.settings(hub.list, Conference("water", {"en": "Water"}, kind="list"))
    hub.post(message(3))
    assert _run(hub) == 1
    assert _subjects(hub) == ["Water 1", "Water 3"]


def test_damaged_files_in_the_spool_do_not_matter_here(hub: ListHub) -> None:
    spool = Spool(hub.config.spool_out)
    spool.put([]).write_bytes(b"nonsense")
    hub.post(message())
    assert _run(hub) == 1


# -- where it begins ----------------------------------------------------------------------------


def test_a_list_that_was_restored_is_not_mailed_again(hub: ListHub) -> None:
    """Without its cursor a list starts at its tip, whatever its log holds."""
    hub.post(message(1))
    _run(hub)
    refs.swap(
        hub.list.path, f"refs/solicomm/cursors/{COURIER}", None, Cursor(hub.list, COURIER).read()
    )
    before = len(_items(hub))
    hub.post(message(2))
    log = maillog.to_nobody()
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), log)
    assert fanout.run() == 0
    assert log.counters() == {"fanout-begins": 1}
    assert Cursor(hub.list, COURIER).read() == hub.list.ref()
    hub.post(message(3))
    assert fanout.run() == 1
    fanout.close()
    assert _subjects(hub)[before:] == ["Water 3"]


def test_whoever_founds_a_list_begins_its_cursor(tmp_path: Path) -> None:
    config = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=True)
    founding.new_conference(
        config, "bar", kind="list", title="Bar", posting="open", lang="en", visibility="public"
    )
    for path in config.conferences.glob("*.git"):
        repo = open_repo(path)
        assert Cursor(repo, COURIER).read() == repo.ref()
    assert all(Cursor(open_repo(p), COURIER).read() is None for p in config.libraries.glob("*"))


# -- several lists ------------------------------------------------------------------------------


def _two_lists(hub: ListHub) -> None:
    """`fire` is the smaller one; bo is on both."""
    hub.add_conference("fire")
    hub.subscribe("bo@union.example", to="fire")


def _both(number: int = 1) -> bytes:
    return message(number, extra="Cc: fire@hub.example, nobody@hub.example, air@else.example\r\n")


def _to(hub: ListHub) -> dict[str, list[str]]:
    return {item.envelope.list_id: sorted(item.envelope.rcpt_tos) for item in _items(hub)}


def test_a_message_to_two_lists_is_one_copy_an_address(hub: ListHub) -> None:
    _two_lists(hub)
    hub.post(_both())
    hub.post(_both(), to="fire")
    assert _run(hub) == 2
    assert _to(hub) == {"fire": ["bo@union.example"], "water": ["ana@union.example"]}
    lists = {
        item.envelope.list_id: field.value
        for item in _items(hub)
        for field in split(item.raw).fields
        if field.name == "X-SoliComm-Lists"
    }
    assert lists == {"fire": "water", "water": "fire"}


def test_also_when_the_smaller_list_has_it_later(hub: ListHub) -> None:
    _two_lists(hub)
    hub.post(_both())
    _run(hub)
    assert _to(hub) == {"water": ["ana@union.example", "bo@union.example"]}
    hub.post(_both(), to="fire")
    assert _run(hub) == 0
    assert _to(hub) == {"water": ["ana@union.example", "bo@union.example"]}


def test_a_list_that_did_not_get_it_takes_nobody_out(hub: ListHub) -> None:
    _two_lists(hub)
    hub.post(_both())
    hub.post(message(2), to="fire")
    assert _run(hub) == 2
    assert _to(hub)["water"] == ["ana@union.example", "bo@union.example"]


def test_killed_between_two_lists(hub: ListHub) -> None:
    _two_lists(hub)
    hub.post(_both(), archived=False)
    fire = hub.post(_both(), to="fire", archived=False)
    assert fire
    repo = open_repo(hub.config.conference_repo("fire"))
    start = Cursor(repo, COURIER).read()
    _run(hub)
    refs.swap(repo.path, f"refs/solicomm/cursors/{COURIER}", start, repo.ref())
    assert _run(hub) == 0
    assert _to(hub) == {"fire": ["bo@union.example"], "water": ["ana@union.example"]}


# -- what the settings say ----------------------------------------------------------------------


def test_settings_of_copies(hub: ListHub) -> None:
    settings = Conference(
        "water",
        {"en": "Water"},
        kind="list",
        posting="announce",
        reply_to="list",
        redact_origin=True,
        dmarc="always",
        languages=("es",),
    )
    hub.settings(hub.list, settings)
    hub.post(message(extra="Received: from home by mx\r\nUser-Agent: x\r\n"))
    _run(hub)
    (item,) = _items(hub)
    fields = {field.name: field.value for field in split(item.raw).fields}
    assert fields["List-Post"] == "NO"
    assert fields["Reply-To"] == "<water@hub.example>"
    assert "water@hub.example" in fields["From"]
    assert "Ana <ana@union.example>" in fields["Author"]
    assert not {"Received", "User-Agent", "List-Unsubscribe"} & set(fields)


def test_wrapping_waits_for_a_domain_that_enforces(hub: ListHub) -> None:
    hub.settings(hub.list, Conference("water", {"en": "Water"}, kind="list", dmarc="wrap"))
    hub.post(message())
    _run(hub)
    assert _items(hub)[0].raw.endswith(message())
