"""Mail as office programs send it reads as what somebody wrote, whichever program it was."""

from __future__ import annotations

import pytest

from solicomm_build.message import body
from solicomm_build.message.parse import Message, parse
from solicomm_build.message.structure import Part
from tests.bench.corpus import Corpus
from tests.bench.officemail import dressed

_PLAIN = b"""From: Ana <ana@union.example>
Message-ID: <%d@union.example>
Date: Mon, 2 Mar 2026 10:00:00 +0000
Subject: Water
MIME-Version: 1.0
Content-Type: text/plain;
\tcharset=utf-8

Friends,

the water came back < today.
> When does it come?
"""
_PROGRAMS = ("word processor", "Exchange", "webmail", "pictures", "files")


@pytest.fixture(scope="module")
def mail() -> list[Message]:
    plain = Corpus("plain", [_PLAIN % number for number in range(len(_PROGRAMS))])
    return [parse(raw) for raw in dressed(plain).messages]


@pytest.mark.parametrize("program", _PROGRAMS)
def test_the_words_come_out(mail: list[Message], program: str) -> None:
    message = mail[_PROGRAMS.index(program)]
    words = message.text.split()
    assert words[:7] == ["Friends,", "the", "water", "came", "back", "<", "today."]
    assert "come?" in words
    assert "Mso" not in message.text
    assert message.text_kind == ("html" if program == "Exchange" else "plain")


def test_files_hang_on_it(mail: list[Message]) -> None:
    assert mail[4].attachments[0].name == "Minutes of the meeting.pdf"
    assert [one.type for one in mail[3].attachments] == ["image/png"]


def test_each_text_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    decoded = body._text

    def counted(raw: bytes, part: Part) -> tuple[str, bool]:
        asked.append(part.start)
        return decoded(raw, part)

    monkeypatch.setattr(body, "_text", counted)
    parse(dressed(Corpus("plain", [_PLAIN % 0])).messages[0])
    assert len(asked) == len(set(asked)) == 1
