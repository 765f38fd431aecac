"""Which of a mail's texts are read, when it has several."""

from __future__ import annotations

import pytest

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


NEWS = (
    "Content-Type: text/html; charset=utf-8\n\n<p>Chers camarades, le congrès commence le 3 mai à "
    "Lyon, dans la salle des fêtes. Venez nombreux, avec vos badges et vos propositions écrites "
    "pour les commissions de l’eau, de la santé et des transports publics.</p>"
)


@pytest.mark.parametrize(
    "notice",
    [
        "Votre logiciel de messagerie n’affiche pas les messages HTML.",
        "Su cliente de correo no puede mostrar este mensaje.",
        "O seu programa não mostra esta mensagem.",
        "Ваша почтовая программа не показывает это сообщение.",
        "برنامج بريدك لا يعرض هذه الرسالة",
        "View in your browser: https://union.example/news/7",
        "https://union.example/news/7",
    ],
)
def test_a_notice_in_the_place_of_the_text_is_none_in_any_language(notice: str) -> None:
    plain = f"Content-Type: text/plain; charset=utf-8\n\n{notice}"
    message = _parsed("alternative", plain, NEWS)
    assert message.text.startswith("Chers camarades, le congrès")
    seen = NEWS.replace("<p>", "<p>View in your browser.</p><p>")
    assert "Chers camarades" in _parsed("alternative", plain, seen).text


@pytest.mark.parametrize(
    "text",
    [
        "Chers camarades, le congrès commence le 3 mai à Lyon.",
        "Le 3 mai à Lyon!",
        "Chers camarades, le congrès commence le 3 mai à Lyon: https://union.example/lyon",
    ],
)
def test_a_short_text_that_the_html_says_too_is_the_authors(text: str) -> None:
    plain = f"Content-Type: text/plain; charset=utf-8\n\n{text}"
    assert _parsed("alternative", plain, NEWS).text == text


def test_a_text_that_says_more_than_the_html_is_the_authors() -> None:
    assert _parsed("alternative", "\nWe meet at six.", HTML.replace("We", "<b>Footer")).text == (
        "We meet at six."
    )


def test_lines_above_html_hide_it_no_more_than_lines_below() -> None:
    lines = "Content-Type: text/plain\n\nCAUTION: This mail comes from outside."
    message = _parsed("mixed", lines, NEWS)
    assert message.text.startswith("CAUTION: This mail comes from outside.\n\nChers camarades")
    assert message.attachments == ()
    named = NEWS.replace("text/html;", "text/html; name=news.html;")
    assert [one.name for one in _parsed("mixed", lines, named).attachments] == ["news.html"]
    same = (
        "Content-Type: text/plain; charset=utf-8\n\nChers camarades, le congrès commence le 3 mai."
    )
    assert "Lyon" not in _parsed("mixed", same, NEWS).text
