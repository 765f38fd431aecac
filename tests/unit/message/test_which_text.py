"""Which of a mail's texts are read, when it has several."""

from __future__ import annotations

from solicomm_build.message.parse import Message, parse

HTML = "Content-Type: text/html\n\n<p>We meet at six. Bring the keys of the hall.</p>"
LINES = "Content-Type: text/plain\n\n______\nA list of the union: https://hub.example/"


def _multipart(kind: str, *parts: str, boundary: str = "b") -> str:
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{body}--{boundary}--\n"


def _parsed(kind: str, *parts: str) -> Message:
    return parse(_multipart(kind, *parts).encode())


def test_what_a_list_puts_below_hides_no_html_above_it() -> None:
    message = _parsed("mixed", HTML, LINES)
    assert message.text.startswith("We meet at six. Bring the keys of the hall.\n\n______\n")
    assert message.attachments == ()
    empty = _multipart("alternative", "\n \n", HTML, boundary="c")
    assert _parsed("mixed", empty, LINES).text == message.text


def test_html_below_plain_words_is_still_to_open() -> None:
    page = HTML.replace("We meet at six", "A page")
    message = _parsed("mixed", HTML, LINES, page)
    assert "A page" not in message.text
    assert [one.type for one in message.attachments] == ["text/html"]


def test_html_without_a_word_above_plain_words_is_no_text() -> None:
    message = _parsed("mixed", "Content-Type: text/html\n\n<img src='x'>", "\nwords")
    assert (message.text, len(message.attachments)) == ("words", 1)
