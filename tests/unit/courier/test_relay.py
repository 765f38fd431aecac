"""SMTP to the relay, against a server that does as it is told."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from solicomm_build.courier import connection as one
from solicomm_build.courier import relay as many
from solicomm_build.courier.line import Line, Lost, Timeouts, open_line
from solicomm_build.courier.making.copies import Copy, Letter
from solicomm_build.courier.outcome import Outcome
from solicomm_build.courier.relay import Relay
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.testing.listhub import WHEN

ALL = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10000000")
TEXT = b"Subject: s\r\n\r\nhello\r\n.dot\r\n"


@dataclass
class Mta:
    """Takes mail. `says` maps the beginning of a command (or `text`) to the reply it gets; a reply
    of None hangs up, an empty one hangs."""

    offers: tuple[str, ...] = ALL
    says: dict[str, str | None] = field(default_factory=dict)
    greeting: str | None = "220 mx"
    connections: int = 1000
    lasts: int = 1_000_000  # messages of one connection
    tls: ssl.SSLContext | None = None
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    per_connection: Counter[int] = field(default_factory=Counter)
    open: int = 0
    most: int = 0
    made: int = 0

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        number, self.open = self.made, self.open + 1
        self.most = max(self.most, self.open)
        try:
            if self.open > self.connections or self.greeting is None:
                writer.write(b"421 4.7.0 too many of you\r\n")
                return
            writer.write(self.greeting.encode() + b"\r\n")
            await self._session(number, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _session(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sender = to = ""
        while line := (await reader.readline()).decode():
            command = line.strip()
            self.commands.append(command)
            reply = self._reply(command)
            if reply == "":
                await reader.read()  # hangs
            if not reply or (command.startswith("MAIL") and self._over(number)):
                writer.write(b"421 4.3.2 that was enough\r\n" if reply else b"")
                return
            if command.startswith("MAIL"):
                sender, to = command.partition("<")[2].partition(">")[0], ""
            if command.startswith("RCPT") and reply.startswith("2"):
                to = command.partition("<")[2].partition(">")[0]
            writer.write(reply.encode() + b"\r\n")
            await writer.drain()
            if command == "STARTTLS" and self.tls:
                await writer.start_tls(self.tls)
            if reply.startswith("354"):
                text = await self._text(reader)
                after = self._reply("text") if to else "554 5.5.1 nobody"
                if after == "":
                    await reader.read()
                if not after:
                    return
                if to and after.startswith("2"):
                    self.taken.append((sender, to, text))
                    self.per_connection[number] += 1
                writer.write(after.encode() + b"\r\n")
            if command == "QUIT":
                return

    def _over(self, number: int) -> bool:
        return self.per_connection[number] >= self.lasts

    def _reply(self, command: str) -> str | None:
        for start in sorted(self.says, key=len, reverse=True):
            if command.startswith(start):
                return self.says[start]
        if command.startswith("EHLO"):
            lines = ["mx", *self.offers]
            ends = ["-"] * (len(lines) - 1) + [" "]
            return "\r\n".join(f"250{end}{text}" for end, text in zip(ends, lines, strict=True))
        return {"DATA": "354 go", "QUIT": "221 bye", "STARTTLS": "220 go"}.get(command, "250 ok")

    async def _text(self, reader: asyncio.StreamReader) -> bytes:
        text = b""
        while (line := await reader.readuntil(b"\n")) != b".\r\n":
            text += line[1:] if line.startswith(b".") else line
        return text


def _letter(count: int, raw: bytes = TEXT, *, to: list[str] | None = None) -> Letter:
    names = tuple(to or (f"m{number}@union.example" for number in range(count)))
    return Letter(Item(Envelope("list-bounces@hub.example", names, WHEN), raw))


async def _chunk(letter: Letter, places: list[int]) -> list[Copy]:
    return letter.copies(places)


def _chunks(letter: Letter) -> list[Awaitable[list[Copy]]]:
    count = len(letter.item.envelope.rcpt_tos)
    return [_chunk(letter, list(range(at, min(at + 5, count)))) for at in range(0, count, 5)]


async def _serving(mta: Mta, work: Callable[[int], Awaitable[None]]) -> None:
    server = await asyncio.start_server(mta.speak, "127.0.0.1", 0)
    try:
        await work(server.sockets[0].getsockname()[1])
    finally:
        server.close()


def _run(
    mta: Mta, *letters: Letter, seconds: float = 5, connections: int = 20, rest: bool = False
) -> list[list[Outcome]]:
    outcomes: list[list[Outcome]] = []

    async def work(port: int) -> None:
        relay = Relay(
            ("127.0.0.1", port),
            helo="hub.example",
            timeouts=Timeouts.all(seconds),
            connections=connections,
        )
        try:
            for letter in letters:
                outcomes.append(await relay.hand_over(letter, _chunks(letter)))
                unreachable.append(relay.unreachable)
                if rest:
                    await relay.rest()
        finally:
            await relay.close()

    unreachable: list[bool] = []
    asyncio.run(_serving(mta, work))
    mta.says["unreachable"] = str(unreachable[-1])
    return outcomes


def _kinds(outcomes: list[Outcome]) -> Counter[str]:
    return Counter(outcome.kind for outcome in outcomes)


@pytest.mark.parametrize("offers", [ALL, (), ("8BITMIME",)])
def test_each_copy_once_octet_for_octet(offers: tuple[str, ...]) -> None:
    mta = Mta(offers=offers)
    (outcomes,) = _run(mta, _letter(50))
    assert [outcome.kind for outcome in outcomes] == ["sent"] * 50
    assert Counter(to for _, to, _ in mta.taken) == Counter(
        f"m{n}@union.example" for n in range(50)
    )
    assert {text for _, _, text in mta.taken} == {TEXT}
    assert mta.most <= 20
    assert "RSET" not in mta.commands


def test_a_chunk_is_worth_a_connection() -> None:
    mta = Mta()
    _run(mta, _letter(3))
    assert mta.made == 1
    assert mta.commands[-1] == "QUIT"


def test_connections_are_kept_between_batches_and_left_at_rest() -> None:
    mta = Mta()
    _run(mta, _letter(1), _letter(1), _letter(1))
    assert mta.made == 1
    mta = Mta()
    _run(mta, _letter(1), _letter(1), rest=True)
    assert mta.made == 2


def test_a_connection_has_its_share_and_no_more() -> None:
    mta = Mta()
    _run(mta, *[_letter(60)] * 4, connections=1)
    assert sorted(mta.per_connection.values()) == [40, 100, 100]


@pytest.mark.parametrize("offers", [ALL, ()])
@pytest.mark.parametrize(
    ("says", "reply"),
    [
        ({"RCPT TO:<m1@": "550 5.1.1 nobody"}, "550 5.1.1 nobody"),
        ({"RCPT TO:<m1@": "550 5.1.1 nobody", "DATA": "354 go"}, "550 5.1.1 nobody"),
        ({"RCPT TO:<m1@": "452 4.2.2 full"}, "452 4.2.2 full"),
    ],
)
def test_a_refused_recipient_is_one_recipient(
    offers: tuple[str, ...], says: dict[str, str | None], reply: str
) -> None:
    mta = Mta(offers=offers, says=says)
    (outcomes,) = _run(mta, _letter(4), connections=1)
    assert [outcome.kind == "sent" for outcome in outcomes] == [True, False, True, True]
    assert outcomes[1].reply == reply
    assert len(mta.taken) == 3


def test_refused_at_data_the_transaction_is_ended() -> None:
    mta = Mta(says={"DATA": "554 5.5.1 no valid recipients", "RCPT": "550 5.1.1 nobody"})
    (outcomes,) = _run(mta, _letter(3), connections=1)
    assert {outcome.reply for outcome in outcomes} == {"550 5.1.1 nobody"}
    assert mta.commands.count("RSET") == 3


@pytest.mark.parametrize("at", ["MAIL", "DATA", "text"])
def test_a_refusal_of_the_message_is_an_answer(at: str) -> None:
    mta = Mta(says={at: "552 5.3.4 too much"})
    (outcomes,) = _run(mta, _letter(6))
    assert _kinds(outcomes) == {"failed": 6}
    assert mta.says["unreachable"] == "False"


def test_data_answered_as_if_it_were_over_is_nothing_sent() -> None:
    mta = Mta(says={"DATA": "250 thanks"})
    (outcomes,) = _run(mta, _letter(6))
    assert _kinds(outcomes) == {"later": 6}
    assert mta.says["unreachable"] == "True"


def test_a_server_that_ends_connections_early_gets_more_of_them() -> None:
    mta = Mta(lasts=3)
    (outcomes,) = _run(mta, _letter(20), connections=2)
    assert _kinds(outcomes) == {"sent": 20}
    assert len(mta.taken) == 20


def test_a_server_with_few_connections_for_us() -> None:
    mta = Mta(connections=2)
    first, second = _run(mta, _letter(50), _letter(50))
    assert _kinds(first) + _kinds(second) == {"sent": 100}
    made = mta.made
    assert made < 20
    assert mta.says["unreachable"] == "False"


def test_a_copy_that_ends_connections_does_not_end_all() -> None:
    mta = Mta(says={"RCPT TO:<m3@": None})
    (outcomes,) = _run(mta, _letter(20), connections=8)
    assert outcomes[3].kind == "later"
    assert _kinds(outcomes)["sent"] >= 10
    assert len({to for _, to, _ in mta.taken}) == len(mta.taken) == _kinds(outcomes)["sent"]


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "text"])
@pytest.mark.parametrize("how", [None, "", "nonsense", "421 4.3.2 bye", "999 x"])
def test_a_line_that_breaks_loses_nothing_and_sends_nothing_twice(at: str, how: str | None) -> None:
    mta = Mta(says={at: how})
    (outcomes,) = _run(mta, _letter(7), seconds=0.2)
    assert _kinds(outcomes) == {"later": 7}
    assert all(outcome.reply for outcome in outcomes)
    assert mta.taken == []


@pytest.mark.parametrize("offers", [ALL, ()])
@pytest.mark.parametrize(
    "says",
    [
        {"MAIL": "530 5.7.0 Must issue a STARTTLS command first"},
        {"MAIL": "535 5.7.8 no"},
        {"RCPT": "554 5.7.1 <m1@union.example>: Relay access denied"},
        {"RCPT": "554 5.7.1 <hub[192.0.2.1]>: Client host rejected: Access denied"},
        {"RCPT": "550 5.7.1 <m1@union.example>... Relaying denied"},
    ],
)
def test_a_server_that_lets_nothing_of_ours_pass_has_refused_nobody(
    offers: tuple[str, ...], says: dict[str, str | None]
) -> None:
    mta = Mta(offers=offers, says=says)
    (outcomes,) = _run(mta, _letter(6))
    assert _kinds(outcomes) == {"later": 6}
    assert outcomes[0].reply == next(iter(says.values()))


@pytest.mark.parametrize(
    "mta",
    [
        Mta(greeting=None),
        Mta(greeting="554 not you"),
        Mta(greeting="hello"),
        Mta(greeting="220-mx\r\n220-and\r\nso on"),
        Mta(says={"EHLO": "502 what", "HELO": "502 what"}),
        Mta(says={"EHLO": "250-" + "x" * 70_000}),
        Mta(says={"EHLO": "\r\n".join(["250-x"] * 1000)}),
        Mta(says={"EHLO": "\r\n".join(["250 x"] * 1000)}),
    ],
)
def test_a_server_that_makes_no_sense(mta: Mta) -> None:
    (outcomes,) = _run(mta, _letter(2), seconds=0.5)
    assert _kinds(outcomes) == {"later": 2}
    assert mta.says["unreachable"] == "True"


def test_an_old_server() -> None:
    mta = Mta(says={"EHLO": "502 5.5.2 what"})
    (outcomes,) = _run(mta, _letter(2))
    assert _kinds(outcomes) == {"sent": 2}
    assert mta.commands[:2] == ["EHLO hub.example", "HELO hub.example"]


def test_what_the_server_cannot_take_is_not_offered() -> None:
    mta = Mta(offers=("PIPELINING", "SIZE 1000"))
    eight_bit = "A: b\r\n\r\nñ\r\n".encode()
    letters = [
        _letter(1, TEXT * 100),
        _letter(1, eight_bit),
        _letter(1, to=["josé@union.example", "a@b.example> SIZE=1"]),
    ]
    replies = [[one.reply for one in outcomes] for outcomes in _run(mta, *letters)]
    assert replies[0][0].startswith("552 5.3.4")
    assert "8BITMIME" in replies[1][0]
    assert [reply[:9] for reply in replies[2]] == ["553 5.6.7", "501 5.1.3"]
    assert mta.taken == []
    assert not any(command.startswith("MAIL") for command in mta.commands)


def test_what_it_can_take_it_is_told() -> None:
    mta = Mta()
    letters = [_letter(1, "A: ñ\r\n\r\nñ\r\n".encode()), _letter(1, to=["josé@union.example"])]
    assert [_kinds(outcomes) for outcomes in _run(mta, *letters)] == [{"sent": 1}] * 2
    first, second = (command for command in mta.commands if command.startswith("MAIL"))
    assert first.endswith(" BODY=8BITMIME SIZE=13 SMTPUTF8")
    assert second.endswith(f" SIZE={len(TEXT) + 1} SMTPUTF8")


def test_a_large_message_over_many_connections() -> None:
    body = (b"x" * 900 + b"\r\n") * 2000
    mta = Mta()
    (outcomes,) = _run(mta, _letter(6, b"A: b\r\n\r\n" + body))
    assert _kinds(outcomes) == {"sent": 6}
    assert {len(text) for _, _, text in mta.taken} == {len(body) + 8}


def test_what_making_copies_raises_is_raised() -> None:
    async def fail() -> list[Copy]:
        raise RuntimeError("never thought of")

    async def work(port: int) -> None:
        relay = Relay(("127.0.0.1", port), helo="hub.example")
        letter = _letter(5)
        with pytest.raises(RuntimeError, match="never thought of"):
            await relay.hand_over(letter, [*_chunks(letter), fail()])
        await relay.close()

    mta = Mta()
    asyncio.run(_serving(mta, work))
    assert len(mta.taken) == 5


def test_a_connection_that_went_while_nobody_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(port: int) -> None:
        relay = Relay(("127.0.0.1", port), helo="hub.example")
        for idle in (30.0, -1.0):
            monkeypatch.setattr(many, "_IDLE", idle)
            letter = _letter(1)
            assert _kinds(await relay.hand_over(letter, _chunks(letter))) == {"sent": 1}
        await relay.close()

    mta = Mta()
    asyncio.run(_serving(mta, work))
    assert mta.made == 2


# -- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def _encrypted(mta: Mta, monkeypatch: pytest.MonkeyPatch, letter: Letter) -> list[Outcome]:
    monkeypatch.setattr(many, "_is_loopback", lambda host: False)
    return _run(mta, letter, seconds=2)[0]


def test_tls_where_it_is_offered(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    mta = Mta(offers=(*ALL, "STARTTLS"), tls=tls)
    assert _kinds(_encrypted(mta, monkeypatch, _letter(12))) == {"sent": 12}
    assert mta.commands.count("STARTTLS") == 3
    assert mta.commands.count("EHLO hub.example") == 6
    plain = Mta()
    assert _kinds(_encrypted(plain, monkeypatch, _letter(1))) == {"sent": 1}


@pytest.mark.parametrize("reply", ["454 not now", "220 go\r\n250 as if under TLS", "220 go"])
def test_tls_that_does_not_come_about(reply: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mta = Mta(offers=(*ALL, "STARTTLS"), says={"STARTTLS": reply})
    assert _kinds(_encrypted(mta, monkeypatch, _letter(1))) == {"later": 1}
    assert mta.taken == []


def test_loopback_is_known_by_its_address() -> None:
    assert many._is_loopback("localhost")
    assert many._is_loopback("127.0.0.9")
    assert many._is_loopback("::1")
    assert not many._is_loopback("192.0.2.1")
    assert not many._is_loopback("mx.example")


# -- the line ---------------------------------------------------------------------------------


def test_nobody_there() -> None:
    with pytest.raises(Lost, match="ConnectionRefused"):
        asyncio.run(open_line(("127.0.0.1", 1), 5))


def test_a_server_that_takes_nothing() -> None:
    async def work(port: int) -> None:
        line: Line = await open_line(("127.0.0.1", port), 5)
        with pytest.raises(Lost, match="nothing was taken"):
            await line.write(0.1, b"x" * 50_000_000)
        with pytest.raises(Lost, match="nothing was taken"):
            await line.write(0.1, b"x")
        with pytest.raises(Lost, match="nothing was taken"):
            await line.reply(1)
        assert not line.quiet

    class Deaf(Mta):
        async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(1)
            writer.transport.abort()

    asyncio.run(_serving(Deaf(), work))


def test_the_timeouts_are_those_of_the_standard() -> None:
    times = Timeouts()
    assert (times.greeting, times.command, times.data, times.block, times.end) == (
        300,
        300,
        120,
        180,
        600,
    )
    assert one.MOST == 100
