"""Answers in people's own words: what is meant counts, and what hesitates never does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.features.meetings.bymail import meetingwords
from solicomm_build.features.moderation.deciding import read_line
from solicomm_build.features.polls.values import pollwords
from solicomm_build.features.polls.values.poll import POSITIONS, Option, Poll
from solicomm_build.features.polls.values.pollwords import Vote
from solicomm_build.features.polls.voting import first_line
from solicomm_build.post.said import natural
from solicomm_build.post.said.natural import NO, UNSURE, YES

CLOSES = datetime(2026, 12, 1, tzinfo=UTC)


def _poll(kind: str, *labels: str) -> Poll:
    options = tuple(Option(str(n), {"en": label}) for n, label in enumerate(labels, 1))
    return Poll("q-5f3a", {"en": "?"}, kind, options, CLOSES)


PROPOSAL = Poll("q-5f3a", {"en": "?"}, "proposal", tuple(map(Option, POSITIONS)), CLOSES)
DAYS = _poll("choice", "Monday", "Tuesday", "Friday")
YES_NO = _poll("choice", "Yes", "No", "Later")
SEVERAL = _poll("approval", "Monday", "Tuesday", "Friday")
POLLS = (PROPOSAL, DAYS, YES_NO, SEVERAL)

ANSWERS = ("yes", "oui", "sí", "sim", "نعم", "да", "2", "option 2", "the second", "👍", "no", "لا")
HESITATIONS = (
    "but not tomorrow",
    "if the others do",
    "maybe",
    "only on Friday",
    "unless it rains",
    "or 3",
    "mais pas demain",
    "si les autres aussi",
    "peut-être",
    "pero mañana no",
    "solo si vienen todos",
    "quizás",
    "mas não amanhã",
    "talvez",
    "но не завтра",
    "если все",
    "может быть",
    "لكن ليس غدا",
    "ربما",
)
BETWEEN = (", ", " ", " – ", "; ", ". ", "... ", " (", "! ")


def voted(poll: Poll, line: str, lang: str = "") -> tuple[str, ...]:
    found = pollwords.read(poll, line, lang)
    return found.choice if isinstance(found, Vote) else ()


@pytest.mark.parametrize(
    ("poll", "line", "choice"),
    [
        (DAYS, "Option 3", ("3",)),
        (DAYS, "option three", ("3",)),
        (DAYS, "the second", ("2",)),
        (DAYS, "the second one, please", ("2",)),
        (DAYS, "nr 2", ("2",)),
        (DAYS, "No. 2", ("2",)),
        (DAYS, "2nd", ("2",)),
        (DAYS, "l'option 2", ("2",)),
        (DAYS, "la segunda", ("2",)),
        (DAYS, "le deuxième", ("2",)),
        (DAYS, "o terceiro", ("3",)),
        (DAYS, "второй", ("2",)),
        (DAYS, "الثاني", ("2",)),
        (DAYS, "الخيار ٢", ("2",)),
        (DAYS, "٢", ("2",)),
        (DAYS, "2 please", ("2",)),
        (DAYS, "I vote for Tuesday", ("2",)),
        (DAYS, "Hi, Tuesday!", ("2",)),
        (DAYS, "Friday, see you there :)", ("3",)),
        (DAYS, "2 👍", ("2",)),
        (YES_NO, "yes please", ("1",)),
        (YES_NO, "Oui !", ("1",)),
        (YES_NO, "Yes, I want to join :)", ("1",)),
        (YES_NO, "yes, yes!", ("1",)),
        (YES_NO, "да, конечно", ("1",)),
        (YES_NO, "نعم، شكرا", ("1",)),
        (YES_NO, "no thanks", ("2",)),
        (YES_NO, "no, gracias", ("2",)),
        (YES_NO, "👍", ("1",)),
        (YES_NO, "👎", ("2",)),
        (PROPOSAL, "D'accord, merci à tous", ("agree",)),
        (PROPOSAL, "pas d'accord", ("disagree",)),
        (SEVERAL, "1 and 3", ("1", "3")),
        (SEVERAL, "1 y 3, gracias", ("1", "3")),
        (SEVERAL, "Options 1 and 3", ("1", "3")),
        (SEVERAL, "١ و٣", ("1", "3")),
    ],
)
def test_what_is_meant_counts(poll: Poll, line: str, choice: tuple[str, ...]) -> None:
    assert voted(poll, line) == choice


@pytest.mark.parametrize(
    "line",
    [
        "sí, pero mañana no",
        "Tuesday?",
        "not Tuesday",
        "Friday or Monday",
        "yes and no",
        "yes 👎",
        "👍👎",
        "no one",
        "none",
        "first I want to ask",
        "I think 2",
        "2 but maybe 3",
        "1 or 3",
        "yes, later",
        "maybe yes",
        "si",
        "yes, 12 of us come",
    ],
)
def test_what_could_mean_something_else_is_asked_back(line: str) -> None:
    assert [voted(poll, line) for poll in POLLS] == [()] * 4


def test_a_thumb_must_say_the_same() -> None:
    assert voted(DAYS, "2 👎") == ()
    assert voted(YES_NO, "2 👍") == ()
    assert voted(YES_NO, "2 👎") == ("2",)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(ANSWERS), st.sampled_from(BETWEEN), st.sampled_from(HESITATIONS), st.booleans()
)
def test_no_hesitant_answer_ever_counts(
    answer: str, between: str, hesitation: str, first: bool
) -> None:
    line = f"{hesitation}{between}{answer}" if first else f"{answer}{between}{hesitation}"
    for poll in POLLS:
        assert voted(poll, line) == ()
    assert meetingwords.read(line) not in (meetingwords.YES, meetingwords.NO)
    if not first:
        assert natural.consent(line) != YES
        assert read_line(f"accept{between}{hesitation}") is None


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ANSWERS), st.sampled_from("?؟"), st.text(max_size=20))
def test_no_question_ever_counts(answer: str, mark: str, more: str) -> None:
    for line in (f"{answer}{mark}", f"{answer}, {more}{mark}", f"{more} {answer} {mark}"):
        one = line.replace("\n", " ")
        assert natural.consent(one) in ("", UNSURE)
        assert [voted(poll, one) for poll in POLLS] == [()] * 4
        assert meetingwords.read(one) == ""


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=250))
def test_whatever_is_written_reading_it_ends_in_an_answer_or_none(text: str) -> None:
    line = text.replace("\n", " ")
    for poll in POLLS:
        chosen = voted(poll, line)
        assert set(chosen) <= set(poll.keys)
    assert natural.consent(line) in ("", YES, NO, UNSURE)
    read_line(line)
    meetingwords.read(line)


SIGNED = (
    "\n\nGrace",
    "\n\nThanks,\nGrace",
    "\n-- \nGrace Atieno\nLakeside, but not on Fridays?",
    "\n\nSent from my phone",
    "\n\n> 1. Agree\n> 2. Abstain?",
    "\n\nOn 3 March 2026, Ana <ana@union.example> wrote:\n> maybe?",
    "\n\nLe 3 mars 2026, Ana <ana@union.example> a écrit :\n> non",
    "\n\n________________________________\nFrom: Ana\nSent: Monday\n\nno",
)


@pytest.mark.parametrize("answer", ["yes please", "Option 2", "Oui !", "👍", "نعم"])
@pytest.mark.parametrize("end", SIGNED)
@pytest.mark.parametrize("greeting", ["", "Hello Grace,\n\n", "Bonjour,\n"])
def test_names_signatures_and_quotes_never_matter(answer: str, end: str, greeting: str) -> None:
    line = first_line(f"{greeting}{answer}{end}")
    assert voted(YES_NO, line) == voted(YES_NO, answer) != ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("yes", YES),
        ("Yes please!", YES),
        ("OK", YES),
        ("Oui, je confirme", YES),
        ("sí, gracias", YES),
        ("👍", YES),
        ("no", NO),
        ("No thanks", NO),
        ("No, I did not ask for this.", NO),
        ("non merci", NO),
        ("нет, спасибо", NO),
        ("لا، شكرا", NO),
        ("👎", NO),
        ("It wasn't me", NO),
        ("No problem", UNSURE),
        ("sí, pero mañana no", UNSURE),
        ("yes, if it is free", UNSURE),
        ("What is this?", UNSURE),
        ("no, but later yes", UNSURE),
        ("", ""),
        ("Here is what I wrote to you last week about the canteen.", ""),
    ],
)
def test_consent(line: str, said: str) -> None:
    assert natural.consent(line) == said


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("accept", "accept"),
        ("Accept, please :)", "accept"),
        ("yes", "accept"),
        ("Oui, merci", "accept"),
        ("👍", "accept"),
        ("accept 1 and 3", "accept"),
        ("reject it is not about water, but about air", "reject"),
        ("accept?", ""),
        ("accept all but 2", ""),
        ("discard, or not", ""),
        ("no", ""),
        ("👎", ""),
        ("sí, pero mañana no", ""),
    ],
)
def test_moderators_answers(line: str, decision: str) -> None:
    found = read_line(line)
    assert (found.decision if found else "") == decision
