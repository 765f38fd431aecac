"""Text, HTML and what says the same to programs are alternatives of a letter; files follow."""

from __future__ import annotations

from email import message_from_bytes

from solicomm_build.desk import answer
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.testing.deskhub import NOW


def _letter(*attached: Attached) -> Letter:
    forms = (Attached("text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n"),)
    return Letter(
        "",
        "ana@union.example",
        "en",
        "Meeting",
        "Hello\n",
        "water-request",
        "Water",
        attached=attached,
        other_forms=forms,
    )


def test_text_html_and_what_programs_read_are_alternatives() -> None:
    made = answer.item(_letter(), None, domain="hub.example", cause="c", now=NOW)
    mail = message_from_bytes(made.raw)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.get_payload()] == [  # type: ignore[union-attr]
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert mail.get_payload(2).get_param("method") == "REQUEST"  # type: ignore[union-attr]


def test_files_stand_beside_the_alternatives() -> None:
    letter = _letter(Attached("text/csv; charset=utf-8", b"a,b\r\n", "list.csv"))
    mail = message_from_bytes(
        answer.item(letter, None, domain="hub.example", cause="c", now=NOW).raw
    )
    assert mail.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in mail.walk()][1:] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/csv",
    ]
