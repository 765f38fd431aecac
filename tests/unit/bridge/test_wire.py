from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.bridge.wire import Body, LineError, Wire


def test_lines_come_one_by_one_however_they_arrive() -> None:
    wire = Wire()
    for octet in b"EHLO x\r\nMAIL FROM:<>\r\n":
        wire.feed(bytes([octet]))
    wire.feed(b"half")
    assert [wire.line(), wire.line(), wire.line()] == [b"EHLO x", b"MAIL FROM:<>", None]
    wire.feed(b" a line\r\n")
    assert wire.line() == b"half a line"


@pytest.mark.parametrize("octets", [b"NOOP\n", b"NOOP\rNOOP\r\n", b"NO\0OP\r\n", b"\n"])
def test_only_crlf_ends_a_command(octets: bytes) -> None:
    wire = Wire()
    wire.feed(octets)
    with pytest.raises(LineError) as caught:
        wire.line()
    assert caught.value.last
    assert caught.value.reply.startswith(b"500 5.5.2")


@pytest.mark.parametrize("pieces", [1, 7, 5000])
def test_a_long_line_is_refused_and_the_next_one_is_read(pieces: int) -> None:
    wire, octets, refused, lines = Wire(100), b"x" * 5000 + b"\r\nNOOP\r\n", 0, []
    for at in range(0, len(octets), pieces):
        wire.feed(octets[at : at + pieces])
        try:
            lines.append(wire.line())
        except LineError as error:
            refused += not error.last
            lines.append(wire.line())
    assert refused == 1
    assert [line for line in lines if line is not None] == [b"NOOP"]


def test_nothing_outlives_clear() -> None:
    wire = Wire(10)
    wire.feed(b"MAIL FROM:<evil@x")
    assert wire.line() is None
    wire.feed(b">\r\nRCPT")
    wire.clear()
    assert len(wire) == 0
    wire.feed(b"NOOP\r\n")
    assert wire.line() == b"NOOP"


def dotted(message: bytes) -> bytes:
    """How a client sends the message (RFC 5321 4.5.2)."""
    lines = message.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"


pieces = st.lists(st.sampled_from([b".", b"\r\n", b"..", b"a", b"\r", b"\n", b"\0", b"bc."]))


@given(pieces, st.binary(max_size=9), st.integers(1, 9))
def test_a_message_is_the_same_after_dots_and_any_packets(
    parts: list[bytes], after: bytes, step: int
) -> None:
    message = b"".join(parts) + b"\r\n"
    octets = dotted(message) + after
    body, rest = Body(1000), None
    while rest is None:
        rest = body.feed(octets[:step])
        octets = octets[step:]
    assert rest + octets == after
    assert body.message() == message


def test_the_empty_message() -> None:
    body = Body(10)
    assert body.feed(b".\r\nQUIT\r\n") == b"QUIT\r\n"
    assert body.message() == b""


@pytest.mark.parametrize(
    "octets", [b"x\n.\n", b"x\r.\r", b"x\n.\r\n", b"x\r\n.\n", b"x\r\n.\r", b"\r\n\0.\r\n"]
)
def test_what_does_not_end_a_message(octets: bytes) -> None:
    body = Body(100)
    assert body.feed(octets + b"y") is None


def test_the_limit_counts_the_message_without_its_dots() -> None:
    for text, whole in ((b"..\r\n" * 10, True), (b"..\r\n" * 10 + b"x\r\n", False)):
        body = Body(30)
        assert body.feed(text + b".\r\n") == b""
        assert (body.message() is not None) == whole


def test_too_much_is_not_kept_but_its_end_is_found() -> None:
    body = Body(1000)
    for _ in range(100):
        assert body.feed(b"x" * 997 + b"\r\n.") is None
    assert len(body._buffer) < 2400
    assert body.feed(b"\r\nNOOP") == b"NOOP"
    assert body.message() is None
    assert body.octets == 100 * 1000 + 6


def test_the_end_of_a_message_that_was_dropped_is_found_however_it_comes() -> None:
    """It was looked for behind it, so that nobody was answered."""
    body = Body(10_000)
    assert body.feed(b"x" * 5_000) is None
    body.drop()
    assert body.feed(b"y\r\n") is None
    assert body.feed(b".\r\nQUIT\r\n") == b"QUIT\r\n"
    assert body.message() is None
