"""What moderators write becomes a poll, or a list of all that is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from solicomm_build.features.polls.bymail.pollasking import said_of
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.polltext import Fault, Order, example, first, order, read
from solicomm_build.foundation import clock

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def said(text: str, *, subject: str = "", lang: str = "en") -> Poll | list[Fault]:
    return read("q-5f3a", text.split("\n"), subject, lang, NOW)


def test_plain_words() -> None:
    poll = said(
        "Which day\nshall it be?\nquestion (fr): Quel jour ?\n1. Monday\n2) Friday\n1 (fr): lundi\n"
        "closes: 2026-12-01 18:00\nquorum: 40 %\ntype: ranked\nballot: pseudonymous"
    )
    assert isinstance(poll, Poll)
    assert poll.question == {"en": "Which day shall it be?", "fr": "Quel jour ?"}
    assert [dict(one.label) for one in poll.options] == [
        {"en": "Monday", "fr": "lundi"},
        {"en": "Friday"},
    ]
    assert (poll.type, poll.ballot, poll.quorum) == ("ranked", "pseudonymous", Fraction(2, 5))
    assert poll.closes == datetime(2026, 12, 1, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "Faisons-nous grève ?\nfin : 2026-12-01"),
        ("es", "¿Vamos a la huelga?\ntermina: 2026-12-01\ntipo: propuesta"),
        ("pt", "Vamos à greve?\nencerra: 2026-12-01"),
        ("ar", "هل نضرب؟\nينتهي: ٢٠٢٦-١٢-٠١"),
        ("ru", "Бастуем?\nдо: 2026-12-01 23:59"),
    ],
)
def test_in_every_language(lang: str, text: str) -> None:
    poll = said(text, lang=lang)
    assert isinstance(poll, Poll), poll
    assert poll.type == "proposal"
    assert list(poll.question) == [lang]
    assert (poll.closes.day, poll.closes.hour, poll.closes.minute) == (1, 23, 59)


def test_lines_that_begin_with_a_mark_of_direction() -> None:
    poll = said("\u200fهل نضرب؟\n\u200f1. نعم\n\u2067 2. لا\n\u200fينتهي: ٢٠٢٦-١٢-٠١", lang="ar")
    assert isinstance(poll, Poll), poll
    assert poll.question == {"ar": "هل نضرب؟"}
    assert [dict(one.label) for one in poll.options] == [{"ar": "نعم"}, {"ar": "لا"}]


def test_the_subject_is_the_question_when_the_text_has_none() -> None:
    poll = said("closes: 2026-12-01", subject="Shall we?")
    assert isinstance(poll, Poll)
    assert poll.question == {"en": "Shall we?"}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Shall we?", ["closes-missing"]),
        ("Shall we?\ncloses: 12/1/2026", ["closes"]),
        ("Shall we?\ncloses: 2026-02-30", ["closes"]),
        ("Shall we?\ncloses: 2026-11-23", ["closes-past"]),
        ("closes: 2026-12-01", ["question"]),
        ("Q?\n1. A\n1. B\ncloses: 2026-12-01", ["number"]),
        ("Q?\n2. A\n3. B\ncloses: 2026-12-01", ["number"]),
        ("Q?\n1. A\ncloses: 2026-12-01", ["file"]),
        ("Q?\ncloses: 2026-12-01\nand more", ["line"]),
        ("Q?\ncloses: 2026-12-01\ntype: lottery\nballot: paper", ["type", "ballot"]),
        ("Q?\ncloses: 2026-12-01\nballot: secret", ["sealed"]),
        ("Q?\ncloses: 2026-12-01\nquorum: most", ["file"]),
        ("Q?\ncloses: 2026-12-01\nshow: live\nballot: pseudonymous", ["file"]),
        ("schema: solicomm/poll@1\nquestion: Q?\ncloses: 2020-01-01T00:00:00Z", ["closes-past"]),
        ("schema: solicomm/poll@1\nquestion: Q?", ["file"]),
    ],
)
def test_faults(text: str, codes: list[str]) -> None:
    found = said(text)
    assert isinstance(found, list)
    assert sorted(fault.code for fault in found) == sorted(codes)


def test_a_file_in_a_mail() -> None:
    poll = said("schema: solicomm/poll@1\nquestion: Q?\ncloses: 2026-12-01T00:00:00Z")
    assert isinstance(poll, Poll)
    assert poll.id == "q-5f3a"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("list", Order("list")),
        ("Who has not voted?", Order("missing")),
        ("Qui n’a pas voté q-5f3a", Order("missing", "q-5f3a")),
        ("إغلاق", Order("close")),
        ("НАПОМНИТЬ q-5f3a.", Order("remind", "q-5f3a")),
        ("Close the factory?", None),
        ("", None),
        ("remind q-5f3a", Order("remind", "q-5f3a")),
        ("ayuda", Order("help")),
    ],
)
def test_orders(line: str, wanted: Order | None) -> None:
    assert order(line) == wanted


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_the_example_of_a_letter_is_in_its_language_and_opens_a_vote(lang: str) -> None:
    lines = example(lang)
    assert lang == "en" or set(lines) & set(example("en")) <= {"2. No"}
    poll = said("\n".join(lines), lang=lang)
    assert isinstance(poll, Poll)
    assert poll.question == {lang: lines[0]}
    assert len(poll.options) == 3
    for name in ("list", "missing", "remind", "close"):
        assert order(f"{first(name, lang)} q-5f3a") == Order(name, "q-5f3a")


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_the_example_of_a_letter_can_be_sent_as_it_is_in_any_year(lang: str) -> None:
    later = datetime(2027, 5, 1, 9, tzinfo=UTC)
    with clock.fixed(later):
        rows = example(lang)
        poll = read("q-5f3a", rows, "", lang, later)
        (told,) = said_of(Fault("closes-missing"), lang)
    assert isinstance(poll, Poll), poll
    assert poll.closes == datetime(2027, 5, 8, 18, tzinfo=UTC)
    assert told.endswith(f" {rows[-1]}"), "the line is missing in the words of the example"
