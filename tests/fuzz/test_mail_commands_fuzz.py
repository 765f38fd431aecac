"""Whatever somebody writes to -request, in any language: commands, or a sentence; never a fault."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.desk import commands, vocabulary
from solicomm_build.foundation.errors import MessageError
from solicomm_build.message.parse import parse
from solicomm_build.people import address, token
from solicomm_build.testing.budget import examples
from tests.fuzz import kept

WORDS = sorted(vocabulary.meanings(vocabulary.commands()))
LINES = st.lists(
    st.sampled_from(WORDS)
    | st.sampled_from(
        [" ", "  ", "\u00a0", "\n", "> ", "-- \n", "--\n", "digest", "daily", "water", "wkq3x7"]
    )
    | st.text(max_size=6),
    max_size=30,
).map("".join)
HEAD = b"From: Ana <ana@union.example>\r\nTo: water-request@hub.example\r\n"


def read(raw: bytes) -> None:
    """All that is asked of such a mail before anything is done."""
    try:
        message = parse(raw)
    except MessageError:
        return
    script = commands.read(message)
    assert len(script.commands) <= commands.MOST
    for command in script.commands:
        assert command.line
        assert "\n" not in command.line
        command.line.encode("utf-8", "replace")
    script.language.encode()


@pytest.mark.parametrize("path", kept.paths("commands"), ids=lambda path: path.name)
def test_kept(path: object) -> None:
    read(path.read_bytes())  # type: ignore[attr-defined]


@settings(max_examples=examples(150))
@given(LINES, LINES)
def test_lines_of_words(subject: str, text: str) -> None:
    first = " ".join(subject.split())
    mail = f"Subject: {first}\r\n\r\n{text}".encode("utf-8", "replace")
    read(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n" + mail)


@settings(max_examples=examples(100))
@given(kept.torn("commands"))
def test_torn_mails(raw: bytes) -> None:
    read(raw)


@settings(max_examples=examples(200))
@given(st.text(max_size=250) | LINES)
def test_one_line(text: str) -> None:
    command = commands.one(text)
    if command is not None:
        assert commands.one(command.line) is not None
    list(commands.lines(text))


@settings(max_examples=examples(150))
@given(st.text(max_size=80) | st.text("abcdefghijklmnopqrstuvwxyz234567+-@.", max_size=80))
def test_addresses_and_tokens(text: str) -> None:
    token.normalise(text)
    address.fold(text)
