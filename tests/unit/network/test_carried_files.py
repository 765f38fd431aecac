"""Large files of a library travel by stick and by mail, as many as fit, until all are here."""

from __future__ import annotations

import hashlib
import io
import urllib.error
import urllib.request
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry, File, Rights
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.copies import carried, fetched
from solicomm_build.features.network import reporting, run
from solicomm_build.features.network.carrying import inbox, mailing, packets
from solicomm_build.features.network.sharing import choosing, large
from solicomm_build.foundation import maillog
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import repo as repos
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.ingest.run import ingest
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.networks import Network

WHEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REPO = "libraries/agreements"
FILES = [bytes([65 + n]) * (20_000 + 1000 * n) for n in range(6)]
CLOSED = b"for members of the union alone" * 1000
NAMES = [hashlib.sha256(data).hexdigest() for data in FILES]


def _carded(key: str, *datas: bytes, **more: object) -> Change:
    files = tuple(
        File(hashlib.sha256(data).hexdigest(), f"f{n}.pdf", "application/pdf", len(data))
        for n, data in enumerate(datas)
    )
    made = Entry(f"lib:{key}", "report", {"en": key}, languages=("en",), files=files)
    blob = entryfile.encode(replace(made, **more))  # type: ignore[arg-type]
    return Change(f"entries/{key}/entry.md", blob)


def _plant(hub: Config, *datas: bytes) -> None:
    """A library whose files all lie outside of git, and a card that is for members."""
    settings = libraries.encode(libraries.Library("agreements", {"en": "A"}, {}, ("en",)))
    closed = _carded("2026-cccccccc", CLOSED, rights=Rights(access="members"))
    with Writer(repos.create(hub.library_repo("agreements"))) as writer:
        changes = [Change(libraries.FILE, settings), _carded("2026-aaaaaaaa", *datas), closed]
        writer.commit(changes, author_name="x", when=WHEN, message="Begin\n")
    for data in (*datas, CLOSED):
        FileStore(hub, "agreements").put(io.BytesIO(data))


def _network(folder: Path, names: str = "ab", files: str = "whole") -> Network:
    net = Network(folder, names)
    _plant(net.hubs["a"], *FILES)
    for name in names[1:]:
        choosing.follow(net.hubs[name], net.id("a"), REPO, files=files)
    return net


def _here(net: Network, name: str = "b") -> set[str]:
    return {path.name for path in FileStore(net.hubs[name], "agreements").folder.glob("??/*")}


def _status(net: Network, name: str) -> str:
    return "\n".join(reporting.lines(reporting.status(net.hubs[name])))


def _stick(net: Network, giver: str, taker: str, room: int) -> tuple[Path, list[str]]:
    known, out = net.known(giver), net.folder / f"{room}.stick"
    net.sign(giver)
    who = (net.hubs[giver], net.identity(giver), known)
    said = packets.write(*who, out, known.peers[net.id(taker)], room=room)
    return out, said


def test_a_library_that_is_kept_whole_comes_with_its_files_on_the_first_stick(
    tmp_path: Path,
) -> None:
    net = _network(tmp_path)
    net.carry("b", "a")
    lines = net.carry("a", "b").lines
    assert _here(net) == {*NAMES}, "all of them, and nothing of the card that is for members"
    assert f"{REPO}@{net.id('a')}: 6 large files came" in lines
    with Writer(Repo(net.hubs["a"].library_repo("agreements"))) as writer:
        new = _carded("2026-bbbbbbbb", b"new" * 9000)
        writer.commit([new], author_name="x", when=WHEN, message="Add\n")
    FileStore(net.hubs["a"], "agreements").put(io.BytesIO(b"new" * 9000))
    net.carry("b", "a")
    stick = net.stick("a", "b")
    assert _large(stick) == {hashlib.sha256(b"new" * 9000).hexdigest()}, "what is here stays there"


def _large(stick: Path) -> set[str]:
    with zipfile.ZipFile(stick) as read:
        return {one.removeprefix("large/") for one in read.namelist() if one.startswith("large/")}


def test_what_does_not_fit_comes_with_the_next_stick_and_a_lost_one_is_written_again(
    tmp_path: Path,
) -> None:
    net = _network(tmp_path)
    net.carry("b", "a")
    room = 90_000
    first, said = _stick(net, "a", "b", room)
    assert first.stat().st_size <= room
    got = _large(first)
    assert 0 < len(got) < 6
    assert f"{6 - len(got)} large files left for the next" in said
    first.unlink()  # it was lost: nobody brought it
    second, _ = _stick(net, "a", "b", room)
    assert _large(second).isdisjoint(got), "first those that were not brought"
    net.read("b", second)
    assert _here(net) == _large(second)
    left = 6 - len(_large(second))
    assert f"; {large.counted(left)} still to come" in _status(net, "b")
    net.carry("b", "a")  # says what is lacking still
    third, _ = _stick(net, "a", "b", 10_000_000)
    assert _large(third) == {*NAMES} - _large(second)
    net.read("b", third)
    assert "still to come" not in _status(net, "b")
    assert _here(net) == {*NAMES}


def test_a_file_that_no_stick_of_that_size_holds_is_named(tmp_path: Path) -> None:
    net = _network(tmp_path)
    net.carry("b", "a")
    stick, said = _stick(net, "a", "b", 0)
    assert not _large(stick)
    assert "6 large files left out: there is no room for up to 1 MB" in said


def test_a_third_hub_brings_the_files_of_a_copy_that_it_keeps(tmp_path: Path) -> None:
    net = _network(tmp_path, "abc")
    for giver, taker in (("b", "a"), ("a", "b"), ("c", "b"), ("b", "c")):
        net.carry(giver, taker)
    assert _here(net, "c") == {*NAMES}


def test_on_demand_the_files_come_that_somebody_wanted_while_there_was_no_line(
    tmp_path: Path,
) -> None:
    net = _network(tmp_path, files="on-demand")
    net.carry("b", "a")
    net.carry("a", "b")
    assert _here(net) == set()
    carried.ask(net.hubs["b"], "agreements", NAMES[2])
    carried.ask(net.hubs["b"], "agreements", "0" * 64)
    net.carry("b", "a")
    net.carry("a", "b")
    assert _here(net) == {NAMES[2]}
    carried.ask(net.hubs["b"], "agreements", NAMES[3])
    assert carried.lacking(net.hubs["b"], "agreements") == [NAMES[3]]


def test_a_file_that_is_another_or_of_no_card_is_not_kept(tmp_path: Path) -> None:
    net = _network(tmp_path)
    net.carry("b", "a")
    store = FileStore(net.hubs["a"], "agreements")
    store.place(NAMES[0]).write_bytes(FILES[0].replace(b"A", b"B"))  # of as many octets
    stray = hashlib.sha256(b"stray").hexdigest()
    path = tmp_path / "stray"
    path.write_bytes(b"stray")
    assert large.take(net.hubs["b"], net.known("b"), {f"large/{stray}": path}) == ([], [])
    report = net.carry("a", "b")
    assert any("not what its card says" in line for line in report.faults)
    assert NAMES[0] not in _here(net)
    assert stray not in _here(net)
    store.place(NAMES[0]).write_bytes(FILES[0])
    net.carry("b", "a")
    net.carry("a", "b")
    assert _here(net) == {*NAMES}


def test_while_the_disk_is_nearly_full_none_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = _network(tmp_path)
    net.carry("b", "a")
    stick = net.stick("a", "b")
    with monkeypatch.context() as full:
        full.setattr(health, "disk", lambda _: "less than 5 % of the disk is free")
        (fault,) = net.read("b", stick).faults
    assert "6 large files did not fit" in fault
    assert _here(net) == set()
    net.read("b", stick)
    assert _here(net) == {*NAMES}


def _by_mail(net: Network, most: int) -> list[str]:
    a, b, known = net.hubs["a"], net.hubs["b"], net.known("a")
    net.sign("a")
    to, size, said = mailing.send(a, net.identity("a"), known, known.peers[net.id("b")], most=most)
    assert size <= most
    out, into = Spool(a.spool_out), Spool(b.spool_in)
    for path in out.pending():
        for item in out.read(path):
            into.put([smallhub.item(item.raw, to)])
        path.unlink()
    out.close()
    into.close()
    ingest(b, once=True, log=maillog.to_nobody())
    assert len([*inbox.waiting(b)]) == 1
    run.network(b, once=True, log=maillog.to_nobody())
    return said


def test_by_mail_they_come_in_as_many_mails_as_it_takes(tmp_path: Path) -> None:
    net = _network(tmp_path)
    net.carry("b", "a")
    said, counts = ["left for the next"], [0]
    while "left for the next" in said[-1]:
        said = _by_mail(net, 110_000)
        counts.append(len(_here(net)))
        assert counts[-1] > counts[-2], "each mail goes on with the others"
    assert _here(net) == {*NAMES}
    assert len(counts) > 2


def test_nothing_else_is_left_on_the_stick(tmp_path: Path) -> None:
    net = _network(tmp_path)
    net.carry("b", "a")
    net.sign("a")
    known, out = net.known("a"), tmp_path / "stick" / "for-b.zip"
    said = packets.write(net.hubs["a"], net.identity("a"), known, out, known.peers[net.id("b")])
    assert f"6 large files of {REPO}" in said
    assert [path.name for path in out.parent.iterdir()] == ["for-b.zip"]


def test_a_file_that_cannot_be_fetched_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = _network(tmp_path, files="on-demand")
    net.carry("b", "a")
    net.carry("a", "b")

    def away(*_: object) -> None:
        raise FetchError("there is no line")

    monkeypatch.setattr(fetched, "fetch", away)
    with (
        webserver.running(net.hubs["b"]) as (host, port),
        pytest.raises(urllib.error.HTTPError, match="502"),
    ):
        urllib.request.urlopen(f"http://{host}:{port}/{REPO}/2026-aaaaaaaa/files/f1.pdf")
    assert carried.lacking(net.hubs["b"], "agreements") == [NAMES[1]]
