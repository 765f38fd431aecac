"""A list's posts out to its members.

list repository + mail.git → courier/fanout.py → spool/out → courier/queue.py
    → courier/sink.py → spool/sink.mbox
    → courier/relay.py → SMTP → a real server on loopback
"""

from __future__ import annotations

import asyncio
import contextlib
import mailbox
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from solicomm_build.courier.delivery import delivery_of
from solicomm_build.courier.line import Timeouts
from solicomm_build.courier.making.copies import Chunk, Copy, Letter
from solicomm_build.courier.outcome import SENT, Outcome
from solicomm_build.courier.relay import Relay
from solicomm_build.courier.run import Courier, deliver
from solicomm_build.courier.signing import key_of
from solicomm_build.courier.sink import Sink
from solicomm_build.foundation import clock, keys, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.safeio import locked
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope as OurEnvelope
from solicomm_build.message.split import split
from solicomm_build.people import token
from solicomm_build.testing.listhub import WHEN, ListHub, message

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MEMBERS = [f"m{number}@union.example" for number in range(120)]


@dataclass
class Server:
    """An SMTP server's handler: keeps what it takes, unless told what to answer at RCPT or DATA."""

    taken: list[tuple[str | None, list[str], bytes]] = field(default_factory=list)
    rcpt: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    on_data: str = ""
    port: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.on_data == "drop" and server.transport is not None:
            server.transport.close()
            return "250 never seen"
        if self.on_data == "hang":
            await asyncio.sleep(3600)
        if self.data:
            return self.data.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), content))
        return "250 2.0.0 taken"

    def recipients(self) -> list[str]:
        return sorted(address for _, to, _ in self.taken for address in to)


@contextlib.asynccontextmanager
async def serving(handler: Server, **options: Any) -> AsyncIterator[Server]:
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        made = SMTP(handler, loop=loop, hostname="mx.example", **options)
        sessions.append(made)
        return made

    listener = await loop.create_server(session, "127.0.0.1", handler.port)
    handler.port = listener.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        listener.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.close()
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("template")
    made = ListHub(root)
    made.members(MEMBERS)
    key_of(made.config)  # takes a while, so once
    made.close()
    return root


@pytest.fixture
def hub(tmp_path: Path, template: Path) -> Iterator[ListHub]:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    made = ListHub(tmp_path)
    yield made
    made.close()


def _once(hub: ListHub, server: Server | None = None, *, timeout: float = 5) -> Counter[str]:
    """One round of the courier, against a server that runs meanwhile; the log's counters."""
    log = maillog.to_nobody()

    async def scenario() -> None:
        if server is None:
            await deliver(hub.config, once=True, log=log)
            return
        async with serving(server):
            relay = Relay(
                ("127.0.0.1", server.port), helo="hub.example", timeouts=Timeouts.all(timeout)
            )
            await deliver(hub.config, once=True, log=log, delivery=relay)

    asyncio.run(scenario())
    return Counter(log.counters())


def _waiting(hub: ListHub) -> int:
    return len(Spool(hub.config.spool_out).pending())


def _sink(hub: ListHub) -> list[mailbox.mboxMessage]:
    box = mailbox.mbox(hub.config.sink)
    try:
        return list(box)
    finally:
        box.close()


# -- the sink ---------------------------------------------------------------------------------


def test_a_copy_for_each_member_in_the_sink(hub: ListHub) -> None:
    hub.post(message())
    _once(hub)
    copies = _sink(hub)
    assert len(copies) == len(MEMBERS)
    assert {copy["X-Loop"] for copy in copies} == {"water@hub.example"}
    senders = {copy.get_from().partition(" ")[0] for copy in copies}
    assert len(senders) == len(MEMBERS)
    assert all(one.startswith("water-bounces+") for one in senders)
    assert "X-Envelope-To" not in copies[0]
    assert b"\n>From here on.\n" in hub.config.sink.read_bytes()
    assert list(hub.config.spool_out.glob("*.[ms]*")) == []
    _once(hub)
    assert len(_sink(hub)) == len(MEMBERS)


def test_it_stays_and_hears_the_bell_and_the_stop(hub: ListHub) -> None:
    async def scenario() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(deliver(hub.config, stop=stop, log=maillog.to_nobody()))
        await _until((hub.config.spool_out / ".bell").exists)
        await asyncio.to_thread(hub.post, message())
        Spool(hub.config.spool_out).ring()
        await _until(lambda: hub.config.sink.exists() and not _waiting(hub))
        stop.set()
        await running

    asyncio.run(scenario())
    assert len(_sink(hub)) == len(MEMBERS)


async def _until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)  # another thread's work; nothing to wait on


def test_two_couriers_never_work_on_one_hub(hub: ListHub) -> None:
    with locked(hub.config.spool_out / ".lock"), pytest.raises(HubError, match="Another courier"):
        _once(hub)


# -- the relay --------------------------------------------------------------------------------


def test_all_members_by_smtp_octet_for_octet(hub: ListHub) -> None:
    hub.post(message())
    server = Server()
    with clock.fixed(WHEN):
        _once(hub, server)
    assert server.recipients() == sorted(MEMBERS)
    key = keys.token_key(hub.config.keys)
    for mail_from, (to,), content in server.taken:
        tag = (mail_from or "").removeprefix("water-bounces+").removesuffix("@hub.example")
        number = MEMBERS.index(to) + 1
        assert token.read_verp_tag(key, tag) == (number, (WHEN - EPOCH).days)
        assert content.endswith(message())
        leave = token.leave_token(key, "water", number).encode()
        assert b"<https://hub.example/unsubscribe/" + leave + b">" in content
        assert b"<mailto:water-leave+" + leave + b"@hub.example>" in content
    assert _waiting(hub) == 0


def test_bare_lf_becomes_crlf_on_the_wire(hub: ListHub) -> None:
    hub.post(message().replace(b"\r\n", b"\n"))
    server = Server()
    _once(hub, server)
    assert server.taken[0][2].endswith(message())
    assert b"\n" not in server.taken[0][2].replace(b"\r\n", b"")


def test_each_recipient_has_an_outcome_of_its_own(hub: ListHub) -> None:
    hub.post(message())
    slow, gone = MEMBERS[3], MEMBERS[77]
    server = Server(rcpt={slow: "450 4.2.1 come back", gone: "550 5.1.1 nobody"})
    with clock.fixed(WHEN):
        counts = _once(hub, server)
    assert counts["undelivered"] == 1
    assert server.recipients() == sorted(set(MEMBERS) - {slow, gone})
    server.taken.clear()
    with clock.fixed(WHEN + timedelta(seconds=59)):
        _once(hub, server)
    assert server.recipients() == []
    server.rcpt.clear()
    with clock.fixed(WHEN + timedelta(seconds=60)):
        _once(hub, server)
    assert server.recipients() == [slow]
    assert _waiting(hub) == 0


@pytest.mark.parametrize(
    ("reply", "tries"), [("451 4.3.0 busy", 2), ("552 5.3.4 too big", 1), ("421 4.3.2 bye", 2)]
)
def test_a_refusal_at_data(hub: ListHub, reply: str, tries: int) -> None:
    hub.members(["x@y.example"], to="small")
    hub.add_conference("small")
    hub.post(message(), to="small")
    server = Server(data=[reply])
    with clock.fixed(WHEN):
        _once(hub, server)
    assert server.taken == []
    assert _waiting(hub) == tries - 1
    with clock.fixed(WHEN + timedelta(minutes=5)):
        _once(hub, server)
    assert server.recipients() == ["x@y.example"] * (tries - 1)
    assert _waiting(hub) == 0


@pytest.mark.parametrize("fault", ["drop", "hang", "nobody there"])
def test_a_dead_line_loses_nothing(hub: ListHub, fault: str) -> None:
    hub.post(message())
    server = Server(on_data=fault)
    with clock.fixed(WHEN):
        if fault == "nobody there":
            relay = Relay(("127.0.0.1", 1), helo="hub.example")
            asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody(), delivery=relay))
        else:
            _once(hub, server, timeout=0.3)
    assert _waiting(hub) == 1
    server.on_data = ""
    with clock.fixed(WHEN + timedelta(hours=1)):
        _once(hub, server)
    assert server.recipients() == sorted(MEMBERS)
    assert _waiting(hub) == 0


def test_a_server_that_is_down_for_three_days_is_given_up(hub: ListHub) -> None:
    """Other mail than list copies goes to the quarantine then; copies are in the log."""
    spool = Spool(hub.config.spool_out)
    forward = OurEnvelope("x@y.example", ("ana@elsewhere.example",), WHEN)
    spool.put([Item(forward, b"Subject: forwarded\r\n\r\nhi\r\n")])
    relay = Relay(("127.0.0.1", 1), helo="hub.example")

    async def hour_by_hour() -> datetime:
        now = WHEN
        courier = Courier(hub.config, spool, relay, maillog.to_nobody())
        while _waiting(hub):
            with clock.fixed(now):
                await courier.work(once=True, stop=asyncio.Event())
            now += timedelta(hours=1)
        await courier.close()
        return now

    now = asyncio.run(hour_by_hour())
    assert timedelta(days=2, hours=20) < now - WHEN < timedelta(days=3, hours=2)
    ((path, reason),) = spool.quarantined()
    assert "given up" in reason
    assert spool.read(path)[0].envelope.rcpt_tos == ("ana@elsewhere.example",)


def test_a_damaged_file_is_set_aside_and_the_next_goes_out(hub: ListHub) -> None:
    spool = Spool(hub.config.spool_out)
    first = spool.put([Item(OurEnvelope("a@b.example", ("c@d.example",), WHEN), b"x")])
    first.write_bytes(b"nonsense")
    hub.post(message())
    server = Server()
    _once(hub, server)
    assert server.recipients() == sorted(MEMBERS)
    assert len(spool.quarantined()) == 1


class Scripted:
    """A delivery that does what it is told."""

    unreachable = False

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self.batches = 0

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        self._act()
        self.batches += 1
        return [SENT for chunk in chunks for _ in await chunk]

    async def rest(self) -> None:
        pass

    async def close(self) -> None:
        pass


def test_an_unexpected_failure_sets_one_item_aside(hub: ListHub) -> None:
    def fail() -> None:
        raise RuntimeError("never thought of")

    hub.post(message())
    asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody(), delivery=Scripted(fail)))
    ((_, reason),) = Spool(hub.config.spool_out).quarantined()
    assert "never thought of" in reason
    assert _waiting(hub) == 0


def test_a_full_disk_is_not_the_items_fault(hub: ListHub) -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    hub.post(message())
    with pytest.raises(OSError, match="No space"):
        asyncio.run(
            deliver(hub.config, once=True, log=maillog.to_nobody(), delivery=Scripted(fail))
        )
    assert _waiting(hub) == 1


def test_a_stop_lets_the_batch_finish_and_the_rest_wait(hub: ListHub) -> None:
    hub.post(message())

    async def scenario() -> None:
        stop = asyncio.Event()
        delivery = Scripted(stop.set)
        await deliver(hub.config, stop=stop, log=maillog.to_nobody(), delivery=delivery)
        assert delivery.batches == 1

    asyncio.run(scenario())
    _once(hub)
    assert len(_sink(hub)) == len(MEMBERS) - 50


def test_after_a_dead_line_it_rests(hub: ListHub) -> None:
    """What is not due, and everything while it rests, is left alone within one run."""
    hub.post(message())

    async def scenario() -> None:
        log = maillog.to_nobody()
        delivery = Scripted(lambda: None)
        delivery.unreachable = True
        courier = Courier(hub.config, Spool(hub.config.spool_out), delivery, log)
        go_on = asyncio.Event()
        with clock.fixed(WHEN):
            await courier.work(once=True, stop=go_on)
            assert delivery.batches == 1
            delivery.unreachable = False
            await courier.round(go_on)
            assert delivery.batches == 1
        with clock.fixed(WHEN + timedelta(minutes=1)):
            await courier.round(go_on)
            assert delivery.batches == 3
        await courier.close()

    asyncio.run(scenario())


class Recording(Scripted):
    """Notes which list each batch was of."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(act)
        self.lists: list[str] = []

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        self.lists.append(letter.item.envelope.list_id)
        return await super().hand_over(letter, chunks)


def _with_a_small_list(hub: ListHub) -> None:
    hub.add_conference("small")
    hub.members(["x@y.example"], to="small")


def test_a_small_list_does_not_wait_for_a_large_one(hub: ListHub) -> None:
    _with_a_small_list(hub)
    posts = [hub.post]

    def ring() -> None:
        while posts:
            posts.pop()(message(2), to="small")
            Spool(hub.config.spool_out).ring()

    delivery = Recording(ring)
    hub.post(message())
    asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody(), delivery=delivery))
    assert delivery.lists == ["water", "small", "water", "water"]
    assert _waiting(hub) == 0


def test_what_waits_goes_out_smallest_first(hub: ListHub) -> None:
    _with_a_small_list(hub)
    delivery = Recording(lambda: None)
    delivery.unreachable = True
    hub.post(message())
    with clock.fixed(WHEN):
        asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody(), delivery=delivery))
    delivery.unreachable = False
    hub.post(message(2), to="small")
    with clock.fixed(WHEN + timedelta(hours=1)):
        asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody(), delivery=delivery))
    assert delivery.lists == ["water", "small", "water", "water"]


def test_the_sink_is_the_default_and_the_relay_is_as_configured(hub: ListHub) -> None:
    assert isinstance(delivery_of(hub.config), Sink)
    assert isinstance(delivery_of(replace(hub.config, delivery="relay")), Relay)


# -- what the relay can and cannot take -------------------------------------------------------


async def _by_relay(item: Item, port: int) -> tuple[list[Outcome], bool]:
    relay = Relay(("127.0.0.1", port), helo="hub.example", timeouts=Timeouts.all(5))
    letter = Letter(item)

    async def made() -> list[Copy]:
        return letter.copies(range(len(item.envelope.rcpt_tos)))

    try:
        return await relay.hand_over(letter, [made()]), relay.unreachable
    finally:
        await relay.close()


def _hand_over(item: Item, server: Server, **options: Any) -> list[Outcome]:
    async def scenario() -> list[Outcome]:
        async with serving(server, **options):
            return (await _by_relay(item, server.port))[0]

    return asyncio.run(scenario())


def _item(*to: str, mail_from: str | None = None, raw: bytes = b"A: b\r\n\r\nx\r\n") -> Item:
    return Item(OurEnvelope(mail_from, to, WHEN), raw)


def test_the_null_sender() -> None:
    server = Server()
    assert [one.kind for one in _hand_over(_item("a@b.example"), server)] == ["sent"]
    assert server.taken[0][0] in ("", "<>")


@pytest.mark.parametrize(
    "bad",
    ["a@b.example> SIZE=1", "a@b\r\nDATA", "a b@c.example", "", "x", "a@b@c", "<a@b>", "(a)b@c"],
)
def test_an_address_is_never_a_command(bad: str) -> None:
    server = Server()
    outcomes = _hand_over(_item("good@b.example", bad), server)
    assert [one.kind for one in outcomes] == ["sent", "failed"]
    assert server.recipients() == ["good@b.example"]


def _scripted(*replies: bytes, to: Item) -> tuple[list[Outcome], bool]:
    """What the relay makes of a server that says these lines, one a command, and goes."""

    async def scenario() -> tuple[list[Outcome], bool]:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for reply in replies:
                writer.write(reply + b"\r\n")
                await reader.readline()
            writer.close()

        listener = await asyncio.start_server(speak, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        try:
            return await _by_relay(to, port)
        finally:
            listener.close()

    return asyncio.run(scenario())


def test_eight_bit_mail_to_a_server_without_8bitmime_waits() -> None:
    item = _item("a@b.example", raw="A: b\r\n\r\né\r\n".encode())
    (outcome,), _ = _scripted(b"220 mx", b"250 mx", b"221 bye", to=item)
    assert outcome.kind == "later"
    assert "8BITMIME" in outcome.reply


@pytest.mark.parametrize(
    "replies",
    [
        (b"554 5.3.2 no service here",),
        (b"421 4.3.2 not now",),
        (b"220 mx", b"550 who are you", b"550 who are you"),
        (b"220 mx", b"nonsense"),
        (),
    ],
)
def test_a_server_that_will_not_talk_is_about_the_server_not_the_mail(
    replies: tuple[bytes, ...],
) -> None:
    (outcome,), unreachable = _scripted(*replies, to=_item("a@b.example"))
    assert outcome.kind == "later"
    assert unreachable


def test_international_addresses_need_smtputf8() -> None:
    item = _item("josé@union.example", raw="Subject: é\r\n\r\né\r\n".encode())
    assert [one.kind for one in _hand_over(item, Server(), enable_SMTPUTF8=True)] == ["sent"]
    (outcome,) = _hand_over(item, Server())
    assert outcome.kind == "failed"
    assert "5.6.7" in outcome.reply
    plain = _item("jo@union.example", raw="Subject: é\r\n\r\né\r\n".encode())
    assert [one.kind for one in _hand_over(plain, Server())] == ["sent"]


# -- kill -9 ----------------------------------------------------------------------------------

_KILLED = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    from pathlib import Path
    from solicomm_build.foundation import maillog, safeio, spool
    from solicomm_build.foundation.hub.config import Config
    from solicomm_build.courier import queue, run, fanout

    root, point, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    left = [count]

    def die(*args, **kwargs):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(owner, name):
        inner = getattr(owner, name)
        def wrapped(*args, **kwargs):
            die()
            return inner(*args, **kwargs)
        setattr(owner, name, wrapped)

    owners = {"put": (spool.Spool, "put"), "cursor": (fanout.Cursor, "advance"),
              "share": (spool.Spool, "share"),
              "state": (queue.Consignment, "_append"), "finish": (queue, "finish"),
              "unlink": (spool.Spool, "done")}
    before(*owners[point])
    config = Config(root=root, name="Test", domain="hub.example", url="https://hub.example")
    asyncio.run(run.deliver(config, once=True, log=maillog.to_nobody()))
    """
)


@pytest.mark.parametrize(
    ("point", "count"),
    [
        ("put", 0),
        ("put", 1),
        ("share", 0),
        ("cursor", 0),
        ("state", 0),
        ("state", 2),
        ("finish", 0),
        ("unlink", 1),
    ],
)
def test_killed_anywhere_at_most_one_batch_twice(hub: ListHub, point: str, count: int) -> None:
    hub.post(message(1))
    hub.post(message(2))
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(hub.config.root), point, str(count)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    _once(hub)
    copies = Counter(copy["Message-ID"] for copy in _sink(hub))
    assert min(copies.values()) >= len(MEMBERS)
    assert len(copies) == 2
    assert sum(copies.values()) - 2 * len(MEMBERS) in (0, 20, 50)
    assert list(hub.config.spool_out.glob("*.[ms]*")) == []
    _once(hub)
    assert Counter(copy["Message-ID"] for copy in _sink(hub)) == copies


def test_copies_differ_from_the_message_in_their_header_only(hub: ListHub) -> None:
    hub.post(message())
    server = Server()
    _once(hub, server)
    copy = server.taken[0][2]
    assert copy[split(copy).body :] == message()[split(message()).body :]
