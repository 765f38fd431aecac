"""The contract of what waits for ingest, held by files on this machine and by objects in S3."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.objects.incoming import Incoming
from solicomm_build.foundation.objects.objectspool import ObjectSpool
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from tests.unit.objects.conftest import ENGINES, Start

MOMENT = datetime(2026, 11, 24, 14, 53, 7, 120000, tzinfo=UTC)
Make = Callable[..., Incoming]


def item(text: str = "Subject: x\r\n\r\nhello\r\n", sender: str | None = "ana@x.example") -> Item:
    to = ("bar@hub.example", "josé@hub.example")
    return Item(Envelope(sender, to, MOMENT, "192.0.2.1", "mx", True), text.encode())


@pytest.fixture(params=["files", *ENGINES])
def make(request: pytest.FixtureRequest, start: Start, tmp_path: Path) -> Make:
    """What makes the spool of a cell as another process sees it."""
    config = Config(tmp_path / "hub", "Hub", "hub.example", "https://hub.example")
    if request.param != "files":
        config = start(request.param).of(config, "spool")

    def made(cell: int = 0) -> Incoming:
        return incoming.of(config.in_cell(cell))

    return made


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """What the spool of this test is kept by."""
    return str(request.node.callspec.params["make"])


@pytest.fixture
def spool(make: Make) -> Incoming:
    return make()


def test_it_is_kept_where_the_settings_say(spool: Incoming, kind: str) -> None:
    is_files = kind == "files"
    assert type(spool) is (Spool if is_files else ObjectSpool)
    path = spool.put([item()])
    assert path.exists() == is_files


def test_what_is_put_is_read_back_by_others(make: Make, spool: Incoming) -> None:
    items = [item(), item("", None), Item(item().envelope, b"end 3\nitem 1 2\n\0\xff\r\n")]
    path = spool.put(items)
    other = make()
    assert other.pending() == [path]
    assert other.read(path) == items
    names = [one.name for one in other.read(path)]
    assert names == [f"{path.stem}.{number}" for number in range(3)]


def test_a_cell_has_its_own(make: Make) -> None:
    first, tenth, one = make(), make(10), make(1)
    path = tenth.put([item()])
    assert (first.pending(), one.pending(), tenth.pending()) == ([], [], [path])


def test_the_oldest_comes_first(make: Make, spool: Incoming) -> None:
    with clock.fixed(MOMENT):
        paths = [spool.put([item(str(number))]) for number in range(12)]
    with clock.fixed(MOMENT.replace(year=2025)):
        early = spool.put([item("early")])
    assert make().pending() == [early, *paths]
    assert make().pending(3) == [early, *paths[:2]]
    assert make().pending(100) == [early, *paths]


def test_done_may_be_said_twice(make: Make, spool: Incoming) -> None:
    path = spool.put([item()])
    spool.done(path)
    spool.done(path)
    assert spool.pending() == make().pending() == []
    with pytest.raises(FileNotFoundError):
        make().read(path)


def test_all_of_it_is_set_aside_with_its_reason(make: Make, spool: Incoming) -> None:
    path = spool.put([item(), item("Subject: y\r\n\r\n")])
    aside = spool.quarantine(path, "no good")
    assert spool.pending() == make().pending() == []
    assert aside == spool.folder.parent / "quarantine" / f"in-{path.name}"
    assert Spool(spool.folder).quarantined() == [(aside, "no good")]
    assert len(Spool(spool.folder).read(aside)) == 2


def test_what_was_set_aside_is_taken_again_when_it_is_put_back(spool: Incoming) -> None:
    aside = spool.quarantine(spool.put([item()]), "our mistake, mended")
    back = Spool(spool.folder).retry(aside)
    assert spool.pending() == [back]
    assert spool.read(back) == [item()]
    spool.done(back)
    assert spool.pending() == []


def test_one_message_is_set_aside_and_the_others_stay(make: Make, spool: Incoming) -> None:
    path = spool.put([item("a"), item("b"), item("c")])
    name = f"{path.stem}.1"
    assert spool.set_aside(name, "it held the stage") is not None
    assert [one.raw for one in make().read(path)] == [b"a", b"c"]
    assert [one.name for one in make().read(path)] == [f"{path.stem}.0", f"{path.stem}.2"]
    assert spool.set_aside(name, "again") is None
    for number in (0, 2):
        assert spool.set_aside(f"{path.stem}.{number}", "too") is not None
    assert make().pending() == []
    assert len(Spool(spool.folder).quarantined()) == 3
    assert make().set_aside("0000000000000000-none.0", "x") is None


def test_whoever_waits_is_woken(make: Make, spool: Incoming) -> None:
    assert spool.wait(0) is False
    thread = threading.Thread(target=make().ring)
    thread.start()
    assert spool.wait(30) is True
    thread.join()
    spool.put([item()])
    late = make()
    late.ring()
    spool.close()


def test_its_length_is_known_soon(spool: Incoming) -> None:
    for _ in range(5):
        spool.put([item()])
    for _ in range(400):
        if spool.length() >= 5:
            break
        threading.Event().wait(0.02)
    assert 5 <= spool.length() < 10


def test_many_writers_lose_nothing(make: Make) -> None:
    def write(number: int) -> None:
        own = make()
        for count in range(10):
            own.put([item(f"{number}.{count}")])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = make()
    found = [one.raw for path in reader.pending() for one in reader.read(path)]
    assert sorted(found) == sorted(b"%d.%d" % (n, c) for n in range(4) for c in range(10))


def test_damage_is_told_and_kept(make: Make, spool: Incoming, kind: str) -> None:
    path = spool.put([item(), item()])
    if isinstance(spool, ObjectSpool):
        octets = spool._objects.get(f"in/0/{path.name}")
        spool._objects.put(f"in/0/{path.name}", octets[:-1] + bytes([octets[-1] ^ 1]))
    else:
        path.write_bytes(path.read_bytes()[:-3])
    reader = make()
    with pytest.raises(StoreError, match=path.stem) as told:
        reader.read(path)
    aside = reader.quarantine(path, told.value.public)
    assert aside.stat().st_size > 200, kind
    assert make().pending() == []
