"""The parser of mail commands: six languages, real mail programs, and what is no command."""

from __future__ import annotations

import pytest

from solicomm_build.desk import commands, vocabulary
from solicomm_build.desk.commands import Command, read
from solicomm_build.message.parse import parse

LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")


def names(text: str, subject: str = "", *fields: str) -> list[str]:
    """The commands of a mail as lines."""
    return [command.line for command in script(text, subject, *fields).commands]


def script(text: str, subject: str = "", *fields: str) -> commands.Script:
    lines = ["From: ana@union.example", f"Subject: {subject}", *fields]
    if not fields:
        lines.append("Content-Type: text/plain; charset=utf-8")
    return read(parse("\r\n".join([*lines, "", text]).encode()))


@pytest.mark.parametrize(
    ("name", "language", "word"),
    [
        (name, language, word)
        for name, by_language in vocabulary.commands().items()
        for language, words in by_language.items()
        for word in words
    ],
)
def test_every_word_means_its_command(name: str, language: str, word: str) -> None:
    for written in (word, word.upper(), f"  {word}.", f"«{word}»", word.capitalize() + "!"):
        found = commands.one(written)
        assert found is not None, written
        assert found.name == name


@pytest.mark.parametrize(
    "table",
    [vocabulary.commands(), vocabulary.VALUES, vocabulary.OPTIONS, vocabulary.DECISIONS],
    ids=["commands", "values", "options", "decisions"],
)
def test_a_word_means_one_thing(table: vocabulary.Words) -> None:
    meaning: dict[str, str] = {}
    for name, by_language in table.items():
        for words in by_language.values():
            for word in words:
                assert meaning.setdefault(vocabulary.plain(word), name) == name, word


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_a_word_in_every_language(language: str) -> None:
    assert [n for n, words in vocabulary.commands().items() if not words.get(language)] == []
    assert [n for n, words in vocabulary.DECISIONS.items() if not words.get(language)] == []


def test_accents_and_vowel_signs_do_not_matter() -> None:
    assert names("desinscription") == names("DÉSINSCRIPTION") == ["leave"]
    assert names("تأكيد x") == names("تاكيد x") == ["confirm x"]
    assert names("مُساعدة") == ["help"]


def test_subject_first_then_the_text() -> None:
    assert names("set digest daily\n\nwhich\n", "help") == ["help", "set digest daily", "which"]
    assert names("help\nwhich", "help") == ["help", "which"], "the same in subject and text"
    assert names("which", "Re: AW: help") == ["help", "which"]
    assert names("which", "A question") == ["which"]


def test_reading_ends_at_the_first_other_line_and_at_the_signature() -> None:
    assert names("which\nThank you!\nleave") == ["which"]
    assert names("which\n-- \nleave") == ["which"]
    assert names("which\nstop\nleave") == ["which", "stop"]
    assert names("Hello, I would like to leave\nleave") == []
    assert script("Hello, I would like to leave").rest


def test_quoted_and_blank_lines_are_passed_over() -> None:
    assert names("\n> leave\n>> join\n| leave\n\nwhich\n> who") == ["which"]


def test_at_most_ten() -> None:
    found = script("which\n" * 30)
    assert len(found.commands) == 10
    assert found.more
    assert not script("which\n" * 10).more


@pytest.mark.parametrize(
    "line",
    [
        "who can help me with this strike",
        "join us on friday at nine",
        "leave it to me, will you",
        "من الذي سيحضر الاجتماع غدًا",
        "get well soon dear comrades of the port of Valencia and all",
        "x" * 300,
        "set" + " a" * 20,
        "stopping",
        "helpful",
    ],
)
def test_sentences_are_no_commands(line: str) -> None:
    assert commands.one(line) is None


def test_html_only_mail_is_understood() -> None:
    html = "<html><body><div>set digest weekly</div><p>which<br></p><p>-- <br>Ana</p></body></html>"
    assert names(html, "", "Content-Type: text/html; charset=utf-8") == [
        "set digest weekly",
        "which",
    ]


def test_the_language_is_that_of_the_words() -> None:
    assert script("ayuda").language == "es"
    assert script("help\nсправка").language == "ru"
    assert script("help").language == ""
    assert commands.one("mis datos") == Command("mydata", (), "es")


@pytest.mark.parametrize(
    ("greeting", "word", "name"),
    [
        ("Hello,", "leave", "leave"),
        ("Hola a todas,", "baja", "leave"),
        ("Bonjour,", "aide", "help"),
        ("Bom dia!", "sair", "leave"),
        ("Здравствуйте!", "отписаться", "leave"),
        ("Добрый день", "помощь", "help"),
        ("السلام عليكم", "مساعدة", "help"),
    ],
)
def test_a_greeting_stands_above_a_command(greeting: str, word: str, name: str) -> None:
    assert names(f"{greeting}\n\n{word}\n\nAna") == [name]
    assert names(greeting) == [], "alone it is none"


@pytest.mark.parametrize(
    "subject",
    [
        "Re：help",
        "WG: help",
        "Antw: Re: help",
        "Ответ: help",
        "Пересл: help",
        "\u200fرد: مساعدة",
        "\u200fرد: \u200fمساعدة",
        "إعادة توجيه: مساعدة",
    ],
)
def test_marks_of_answers_in_front_of_a_subject(subject: str) -> None:
    raw = f"From: ana@union.example\r\nSubject: {subject}\r\n\r\n".encode()
    assert [command.name for command in read(parse(raw)).commands] == ["help"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("set digest daily.", "set digest daily"),
        ("set digest: “daily”", "set digest daily"),
        ("set digest = daily", "set digest daily"),
        ("*help*", "help"),
        ("‘help’", "help"),
        ("aide\u00a0?", "help"),
        ("désabonner\u202f!", "leave"),
        ("join <berths>.", "join berths"),
        ("\u202bضبط موجز يومي\u202c", "set موجز يومي"),
        ("\u200fضبط \u200fموجز\u200f يومي.", "set موجز يومي"),
        ("search “wage theft”", "search “wage theft”"),
        ("address <_ana@new.example>", "address _ana@new.example"),
    ],
)
def test_marks_around_words_are_no_part_of_them(written: str, meant: str) -> None:
    found = commands.one(written)
    assert found is not None
    assert found.line == meant
