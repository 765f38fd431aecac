"""Copies that other processes make: the same octets as here, and none lost when one dies."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.courier.making.children import Children, Gone
from solicomm_build.courier.making.copies import Letters
from solicomm_build.courier.making.tops import Facts, Means, Top, Tops
from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.auth.signer import Signer
from solicomm_build.testing.signatures import key

WHEN = datetime(2026, 11, 30, 12, tzinfo=UTC)
MEANS = Means("hub.example", "https://hub.example", b"k" * 32, Signer(key(), "hub.example"), False)
FIELDS = (b"From: <a@hub.example>\r\n", b"Subject: s\r\n", b"X-Other: o\r\n")
WATER = Facts("water", "water-bounces@hub.example", 20_000, FIELDS, "aGFzaA==")
DUES = replace(WATER, list_id="dues", fields=FIELDS[:2])


@pytest.fixture
def still() -> Iterator[None]:
    with clock.fixed(WHEN):
        yield


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False)
    keys.dkim_key_path(made.keys, made.domain).write_bytes(key("rsa", 1))
    return made


def _asked(children: Children, *asked: tuple[Facts, list[int]]) -> list[list[Top] | None]:
    """What came of each; None where no process made it."""

    async def scenario() -> list[list[Top] | None]:
        try:
            await children.connect()
            waiting = [children.ask(facts, numbers) for facts, numbers in asked]
            done = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 60)
        finally:
            children.close()
        assert all(isinstance(one, list | Gone) for one in done)
        return [one if isinstance(one, list) else None for one in done]

    return asyncio.run(scenario())


def _pids(children: Children) -> list[int]:
    return [child._pid for child in children._children]


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("count", [1, 3])
def test_they_make_what_is_made_here(count: int) -> None:
    asked = [(one, [number, number + 1]) for number in range(1, 9, 2) for one in (WATER, DUES)]
    expected = [Tops(MEANS, facts).made(numbers) for facts, numbers in asked]
    assert _asked(Children(MEANS, count), *asked) == expected
    assert len({path for made in expected for path, _ in made}) == 16


@pytest.mark.usefixtures("still")
def test_a_letter_of_no_list_has_one_top_for_all() -> None:
    letter = Facts("", "hub@hub.example", 0, FIELDS, "aGFzaA==")
    (made,) = _asked(Children(MEANS, 1), (letter, [0, 0]))
    assert made is not None
    assert made[0] == made[1] == Tops(MEANS, letter).made([0])[0]
    assert made[0][0] == "hub@hub.example"
    plain = replace(letter, body_hash="")
    assert _asked(Children(MEANS, 1), (plain, [0])) == [[("hub@hub.example", b"")]]


def test_one_that_cannot_make_them_says_so_and_the_others_go_on() -> None:
    wrong = replace(WATER, list_id="a\r\nb")  # nothing that stands in a header
    made = _asked(Children(MEANS, 1), (wrong, [1]), (WATER, [1]), (wrong, [2]), (WATER, [2]))
    assert [one is None for one in made] == [True, False, True, False]


def test_what_nobody_makes_is_told() -> None:
    children = Children(MEANS, 2)
    for pid in _pids(children):
        os.kill(pid, signal.SIGKILL)
    assert _asked(children, (WATER, [1]), (WATER, [2]), (WATER, [3])) == [None] * 3
    assert _asked(Children(MEANS, 0), (WATER, [1])) == [None]


def test_they_hold_nothing_open_and_end_with_whoever_began_them(tmp_path: Path) -> None:
    kept = (tmp_path / "kept").open("w")
    children = Children(MEANS, 2)
    pids = _pids(children)
    for pid in pids:  # each its line and what it says of faults, and no line of another
        _until(lambda pid=pid: _open(pid) <= {0, 1, 2})
    children.close()
    kept.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    lost = Children(MEANS, 2)
    for child in lost._children:
        child.line.close()  # as when the courier is killed
        assert os.waitpid(child._pid, 0) == (child._pid, 0)


def test_a_machine_that_has_no_room_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    fork, begun = os.fork, list[int]()

    def full() -> int:
        if begun:
            raise OSError(errno.EAGAIN, "no room")
        if pid := fork():
            begun.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", full)
    children = Children(MEANS, 3)
    assert _pids(children) == begun
    made = _asked(children, (WATER, [1]), (WATER, [2]))
    assert [one is None for one in made] == [False, False]
    assert _asked(Children(MEANS, 3), (WATER, [1])) == [None]


def _open(pid: int) -> set[int]:
    return {int(one) for one in os.listdir(f"/proc/{pid}/fd")}


def _until(is_so: object) -> None:
    end = clock.timestamp() + 30
    while not is_so():  # type: ignore[operator]
        assert clock.timestamp() < end


_ASK = """
import asyncio, json, os, signal, sys, threading
from datetime import UTC, datetime
from pathlib import Path
from solicomm_build.courier.making.copies import Letters
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope

async def ask(letters, dies):
    await letters.spread()
    assert threading.active_count() == 1, "the copies are made by threads"
    to = tuple(f"m{number}@members.example" for number in range(50))
    envelope = Envelope("water-bounces@hub.example", to, datetime.now(UTC), list_id="water",
                        members=tuple(range(1, 51)))
    raw = b"From: <a@hub.example>\\r\\nSubject: s\\r\\n\\r\\nText.\\r\\n"
    letter = letters.letter(Item(envelope, raw))
    chunks = letters.prepare(letter, range(50))
    if dies:
        for child in letters._children._children:
            os.kill(child._pid, signal.SIGKILL)
    try:
        copies = [copy for chunk in chunks for copy in await chunk]
        return copies, threading.active_count() > 1
    finally:
        letters.close()

letters = Letters(hubyaml.load(Path(sys.argv[1])), threads=2)
copies, began_threads = asyncio.run(ask(letters, sys.argv[2] == "dies"))
print(json.dumps([[copy.rcpt_to, copy.mail_from, b"List-Unsubscribe" in copy.head
                   and b"DKIM-Signature" in copy.head, began_threads]
                  for copy in copies]))
"""


@pytest.mark.parametrize("dies", ["lives", "dies"])
def test_a_process_that_dies_costs_no_copy(tmp_path: Path, hub: Config, dies: str) -> None:
    """The whole way, in a process that has no threads, as the courier's has none when it begins."""
    done = subprocess.run(
        [sys.executable, "-c", _ASK, os.fspath(hub.root), dies],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    copies = json.loads(done.stdout)
    assert [one[0] for one in copies] == [f"m{number}@members.example" for number in range(50)]
    assert len({one[1] for one in copies}) == 50
    assert all(one[2] for one in copies)
    assert {one[3] for one in copies} == {dies == "dies"}


def test_a_process_with_threads_is_not_copied(hub: Config) -> None:
    letters, ends = Letters(hub), threading.Event()
    thread = threading.Thread(target=ends.wait)
    thread.start()

    async def scenario() -> list[str]:
        await letters.spread()
        assert letters._children is None
        envelope = Envelope("w-bounces@hub.example", ("b@u.example",), WHEN, ours=True)
        letter = letters.letter(Item(envelope, b"From: <a@hub.example>\r\n\r\nText.\r\n"))
        return [copy.rcpt_to for one in letters.prepare(letter, range(1)) for copy in await one]

    try:
        assert asyncio.run(scenario()) == ["b@u.example"]
    finally:
        ends.set()
        thread.join()
        letters.close()
