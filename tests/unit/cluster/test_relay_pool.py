"""Copies go in turn to several mail servers, and a server that is away holds none of them up."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from solicomm_build.courier import relay as many
from solicomm_build.courier import run as courier
from solicomm_build.courier.line import Timeouts
from solicomm_build.courier.relay import Relay
from solicomm_build.features.checks import delivery
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ConfigError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.cluster import relays
from solicomm_build.foundation.hub.cluster.settings import Cluster
from solicomm_build.foundation.hub.config import Config, HostPort
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.testing import smallhub
from solicomm_build.testing.ports import free_port
from tests.unit.courier.test_relay import Mta, _chunks, _kinds, _letter

TOP = "name: Hub\ndomain: hub.example.org\nurl: https://hub.example.org\n"


@dataclass
class Pool:
    """Two mail servers, and what the relay said of who is away."""

    mtas: list[Mta]
    ports: list[int] = field(default_factory=list)
    told: list[dict[HostPort, str]] = field(default_factory=list)

    @property
    def got(self) -> Counter[str]:
        return Counter(to for mta in self.mtas for _, to, _ in mta.taken)

    def tell(self, away: Mapping[HostPort, str]) -> None:
        self.told.append(dict(away))

    def away(self) -> set[int]:
        return {port for _, port in self.told[-1]} if self.told else set()


@contextlib.asynccontextmanager
async def pool(*mtas: Mta, seconds: float = 5) -> AsyncIterator[tuple[Pool, Relay]]:
    found = Pool(list(mtas))
    async with contextlib.AsyncExitStack() as stack:
        for mta in mtas:
            server = await asyncio.start_server(mta.speak, "127.0.0.1", 0)
            stack.callback(server.close)
            found.ports.append(server.sockets[0].getsockname()[1])
        relay = Relay(
            *(("127.0.0.1", port) for port in found.ports),
            helo="hub.example",
            timeouts=Timeouts.all(seconds),
            tell=found.tell,
        )
        stack.push_async_callback(relay.close)
        yield found, relay


async def hand(relay: Relay, count: int) -> Counter[str]:
    letter = _letter(count)
    return _kinds(await relay.hand_over(letter, _chunks(letter)))


def test_connections_go_round() -> None:
    async def work() -> None:
        async with pool(Mta(), Mta()) as (found, relay):
            assert await hand(relay, 100) == {"sent": 100}
            assert all(mta.made == 10 for mta in found.mtas)
            assert all(mta.taken for mta in found.mtas)
            assert set(found.got.values()) == {1}
            assert found.told == []

    asyncio.run(work())


@pytest.mark.parametrize(
    "bad",
    [
        Mta(greeting=None),
        Mta(greeting="450 4.3.2 come back"),
        Mta(greeting="554 no service here"),
        Mta(says={"EHLO": "421 4.3.2 closing", "HELO": "421 4.3.2 closing"}),
        Mta(says={"EHLO": "451 4.3.0 not now", "HELO": "451 4.3.0 not now"}),
        Mta(says={"EHLO": ""}),  # hangs
        Mta(says={"MAIL": "452 4.3.1 Insufficient system storage"}),
        Mta(says={"MAIL": "452 4.3.1 Insufficient system storage"}, offers=()),
        Mta(says={"RCPT": None}),
        Mta(says={"RCPT": "554 5.7.1 <m@union.example>: Relay access denied"}),
        Mta(says={"MAIL": "530 5.7.0 Must issue a STARTTLS command first"}, offers=()),
    ],
)
def test_one_that_says_no_gets_nothing_and_the_other_all(bad: Mta) -> None:
    async def work() -> None:
        async with pool(bad, Mta(), seconds=0.5) as (found, relay):
            assert await hand(relay, 50) == {"sent": 50}
            assert not relay.unreachable
            assert len(found.mtas[1].taken) == 50
            assert found.away() == {found.ports[0]}
            made = bad.made
            assert await hand(relay, 50) == {"sent": 50}
            assert bad.made == made  # not asked again so soon

    asyncio.run(work())


def test_one_that_is_down_is_tried_again_beside_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_AWAY", 0.01)

    async def work() -> None:
        async with pool(Mta(greeting=None), Mta()) as (found, relay):
            assert await hand(relay, 10) == {"sent": 10}
            assert found.away() == {found.ports[0]}
            found.mtas[0].greeting = "220 mx"
            for _ in range(200):
                await relay.rest()
                if not found.away():
                    break
                await asyncio.sleep(0.02)
            assert found.told[-1] == {}
            assert await hand(relay, 50) == {"sent": 50}
            assert found.mtas[0].taken

    asyncio.run(work())


def test_one_that_answers_and_takes_nothing_is_passed_over_longer_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk: it greets, so a look whether it is there is no news."""
    monkeypatch.setattr(many, "_AWAY", 0.01)

    async def work() -> None:
        async with pool(Mta(says={"MAIL": "452 4.3.1 full"}), Mta()) as (found, relay):
            full = ("127.0.0.1", found.ports[0])
            for times in (1, 2, 3):
                assert await hand(relay, 50) == {"sent": 50}
                assert relay._servers._failed[full][0] == times
                while found.away():
                    await asyncio.sleep(0.01)
                    await relay.rest()
            found.mtas[0].says = {}
            assert await hand(relay, 50) == {"sent": 50}
            assert not relay._servers._failed

    asyncio.run(work())


def test_where_all_are_down_all_copies_wait() -> None:
    async def work() -> None:
        async with pool(Mta(greeting=None), Mta(greeting=None)) as (found, relay):
            assert await hand(relay, 20) == {"later": 20}
            assert relay.unreachable
            assert found.away() == set(found.ports)
            found.mtas[1].greeting = "220 mx"
            assert await hand(relay, 20) == {"sent": 20}  # the next offer asks all at once
            assert not relay.unreachable

    asyncio.run(work())


def test_what_may_have_been_taken_is_not_offered_to_the_other() -> None:
    """As with one server: who did not answer after the text may have the copy."""

    async def work() -> None:
        async with pool(Mta(says={"text": None}), Mta()) as (found, relay):
            kinds = await hand(relay, 50)
            assert kinds["later"] > 0
            assert kinds["sent"] + kinds["later"] == 50
            assert len(found.mtas[1].taken) == kinds["sent"]

    asyncio.run(work())


def test_a_copy_that_no_server_bears_waits_and_others_go_on() -> None:
    async def work() -> None:
        bad: dict[str, str | None] = {"RCPT TO:<m3@": None}
        async with pool(Mta(says=dict(bad)), Mta(says=dict(bad))) as (found, relay):
            kinds = await hand(relay, 50)
            assert kinds["later"] >= 1
            assert "m3@union.example" not in found.got
            assert set(found.got.values()) == {1}

    asyncio.run(work())


# -- a server that dies ---------------------------------------------------------------------------


class _Keeping:
    """Writes who got a copy into a file before it says that it has it."""

    def __init__(self, file: Path, most: int | None) -> None:
        self._file, self._most, self._count = file, most, 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._count += 1
        if self._most is not None and self._count > self._most:
            os.kill(os.getpid(), signal.SIGKILL)
        with self._file.open("a") as file:
            file.write("".join(f"{one}\n" for one in envelope.rcpt_tos))
        return "250 2.0.0 taken"


def _serve(port: int, file: Path, most: int | None, ready: Any) -> None:
    Controller(_Keeping(file, most), hostname="127.0.0.1", port=port).start()
    ready.set()
    signal.pause()


@contextlib.contextmanager
def _sink(port: int, file: Path, most: int | None = None) -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_serve, args=(port, file, most, ready), daemon=True)
    process.start()
    try:
        assert ready.wait(60)
        yield process
    finally:
        process.kill()
        process.join()


def _hub(root: Path, *ports: int) -> Config:
    addresses = tuple(("127.0.0.1", port) for port in ports)
    return replace(smallhub.make(root), delivery="relay", cluster=Cluster(relay=addresses))


def _queue(config: Config, count: int) -> list[str]:
    to = tuple(f"m{number}@union.example" for number in range(count))
    raw = b"From: a@hub.example\nSubject: s\n\nhello\n"
    Spool(config.spool_out).put([Item(Envelope("list-bounces@hub.example", to, clock.now()), raw)])
    return list(to)


def _deliver(config: Config, log: list[str], hours: int = 0) -> None:
    with clock.fixed(clock.now() + timedelta(hours=hours)):
        asyncio.run(courier.deliver(config, once=True, log=MailLog(log.append)))


def test_one_of_two_is_killed_in_the_middle_of_a_thousand_copies(tmp_path: Path) -> None:
    """Each member has one copy: one server takes two hundred and is then killed while it has the
    texts of others and has said nothing of them."""
    ports, log = (free_port(), free_port()), list[str]()
    config = _hub(tmp_path / "hub", *ports)
    to = _queue(config, 1000)
    files = [tmp_path / "first", tmp_path / "second"]
    with _sink(ports[0], files[0], most=200) as first, _sink(ports[1], files[1]):
        _deliver(config, log)
        assert not first.is_alive()
        assert relays.passed_over(config).keys() == {f"127.0.0.1:{ports[0]}"}
        assert any(" relays " in line for line in log)
        _deliver(config, log, hours=1)  # what was in doubt
    assert not Spool(config.spool_out).pending()
    got = [file.read_text().split() for file in files]
    assert len(got[0]) == 200
    assert Counter(got[0] + got[1]) == Counter(to)


def test_all_down_then_one_is_back(tmp_path: Path) -> None:
    ports, log = (free_port(), free_port()), list[str]()
    config = _hub(tmp_path / "hub", *ports)
    to = _queue(config, 60)
    _deliver(config, log)
    assert len(relays.passed_over(config)) == 2
    assert Spool(config.spool_out).pending()
    with _sink(ports[1], tmp_path / "second"):
        _deliver(config, log, hours=1)
    assert Counter((tmp_path / "second").read_text().split()) == Counter(to)
    assert not Spool(config.spool_out).pending()


# -- what operators see, and hub.yaml -------------------------------------------------------------


def test_check_asks_each(tmp_path: Path) -> None:
    port = free_port()
    config = _hub(tmp_path / "hub", port, free_port())

    def levels() -> list[str]:
        return [one.level for one in delivery.way(config)]

    assert levels() == ["fault", "fault"]
    assert "no copies go out" in next(iter(delivery.down(config))).what
    with _sink(port, tmp_path / "file"):
        assert levels() == ["warning"]
        (found,) = delivery.down(config)
        assert "does not answer" in found.what
        assert "The others get all copies" in found.remedy
        alone = replace(config, cluster=Cluster(relay=config.cluster.relay[:1]))
        assert [one.what for one in delivery.way(alone)] == [f"127.0.0.1:{port} answer"]
        assert not relays.look(config)[0].trouble


def test_one_that_takes_nothing_from_here_is_told(tmp_path: Path) -> None:
    class Refusing(_Keeping):
        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, *_: Any) -> str:
            return "554 5.7.1 Relay access denied"

    port = free_port()
    listener = Controller(Refusing(tmp_path / "file", None), hostname="127.0.0.1", port=port)
    listener.start()
    try:
        config = _hub(tmp_path / "hub", port)
        (found,) = relays.look(config)
        alone = replace(config, cluster=Cluster(), relay=("127.0.0.1", port))
        (said,) = delivery.down(alone)
    finally:
        listener.stop()
    assert (said.level, "554 5.7.1 Relay access denied" in said.what) == ("fault", True)
    assert found.trouble == "does not take mail from here: 554 5.7.1 Relay access denied"


def test_settings(tmp_path: Path) -> None:
    text = f"{TOP}delivery: relay\ncluster:\n  relay: [mta1.example:10026, '[2001:db8::1]:25']\n"
    config = hubyaml.parse(text, tmp_path)
    assert config.relays == (("mta1.example", 10026), ("2001:db8::1", 25))
    assert not config.cluster.is_shared
    assert hubyaml.parse(TOP, tmp_path).relays == (("127.0.0.1", 25),)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("[mta1]", "'mta1' does not fit here"),
        ("['mta1:0', 'mta2:25']", "'mta1:0' has no port"),
        ("['mta1:70000']", "'mta1:70000' has no port"),
        ("['mta1:25', 'MTA1:25']", "names a mail server twice"),
    ],
)
def test_what_is_no_server_is_refused(tmp_path: Path, said: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        hubyaml.parse(f"{TOP}cluster:\n  relay: {said}\n", tmp_path)
