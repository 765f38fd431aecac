"""Tokens and tags: what we made is read, what others made is not, and mail programs may mangle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.people import token

KEY, OTHER = b"k" * 32, b"o" * 32
NUMBERS = st.integers(0, token.MOST_NUMBER)
DAYS = st.integers(0, 2**16 - 1)
CONFERENCES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,27}", fullmatch=True)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@given(NUMBERS, DAYS)
def test_a_tag_says_who_and_when(number: int, day: int) -> None:
    tag = token.verp_tag(KEY, number, day)
    assert len(tag) == token.LENGTH
    assert tag == tag.lower()
    assert token.read_verp_tag(KEY, tag) == (number, day)
    assert token.read_verp_tag(OTHER, tag) is None
    assert token.read_leave_token(KEY, tag, ["water"]) is None


@given(CONFERENCES, NUMBERS, st.lists(CONFERENCES))
def test_a_leave_token_says_who_and_what(name: str, number: int, others: list[str]) -> None:
    made = token.leave_token(KEY, name, number)
    assert len(made) == token.LENGTH
    assert token.read_leave_token(KEY, made, [*others, name]) == (name, number)
    assert token.read_leave_token(KEY, made, set(others) - {name}) is None
    assert token.read_leave_token(OTHER, made, [name]) is None
    assert token.read_verp_tag(KEY, made) is None


@given(st.integers(0, token.LENGTH - 1), st.sampled_from(LETTERS), NUMBERS)
def test_one_letter_changed_is_a_forgery(at: int, letter: str, number: int) -> None:
    for made, read in (
        (token.verp_tag(KEY, number, 20000), lambda text: token.read_verp_tag(KEY, text)),
        (
            token.leave_token(KEY, "water", number),
            lambda text: token.read_leave_token(KEY, text, ["water"]),
        ),
    ):
        forged = made[:at] + letter + made[at + 1 :]
        assert (read(forged) is not None) == (forged == made)


@given(st.text())
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert token.read_verp_tag(KEY, text) is None
    assert token.read_leave_token(KEY, text, ["water"]) is None
    found = token.normalise(text)
    assert found is None or token.normalise(found) == found


@given(st.text(LETTERS, min_size=26, max_size=26))
def test_forged_tokens_never_verify(text: str) -> None:
    assert token.read_verp_tag(KEY, text) is None
    assert token.read_leave_token(KEY, text, ["water", "a", "b"]) is None


MANGLED = [
    "{}",
    " {}\r\n",
    "=3D{}",
    "=3d{}",
    "3D{}",
    "%3D{}",
    "confirm {}",
    "Re: confirm {} please",
    "<{}>",
    "mailto:water-confirm+{}@hub.example",
    "MAILTO:water-confirm%2B{}@hub.example?subject=confirm",
    "<mailto:water-leave+{}@hub.example?body=leave>",
    "aaaaaaaaaaaaaaaaaaaaaaaaaa-leave+{}@hub.example",
    "aaaaaaaaaaaaaaaaaaaaaaaaaa-leave%2b{}@hub.example",
    "water-confirm+=3D{}",
    "https://hub.example/unsubscribe/{}",
    "https://hub.example/unsubscribe?token=3D{}",
]
FOLDS = ["", "\r\n ", "\n\t", "=\r\n", "=\n", "= \r\n"]


@given(
    NUMBERS,
    st.sampled_from(MANGLED),
    st.sampled_from(FOLDS),
    st.integers(1, 25),
    st.booleans(),
)
def test_mangled_forms_are_the_token(
    number: int, form: str, fold: str, at: int, upper: bool
) -> None:
    made = token.leave_token(KEY, "water", number)
    text = form.format(made[:at] + fold + made[at:])
    assert token.normalise(text.upper() if upper else text) == made


def test_a_token_split_by_a_blank_is_joined() -> None:
    made = token.fresh()
    assert token.normalise(f"{made[:9]} {made[9:]}") == made


@pytest.mark.parametrize(
    "text", ["", "confirm", "a" * 25, "a" * 27, "1" * 26, "é" * 26, f"{'a' * 26} or {'b' * 26}"]
)
def test_what_holds_no_token(text: str) -> None:
    assert token.normalise(text) is None


def test_fresh_tokens_differ_and_are_stored_as_digests() -> None:
    one, two = token.fresh(), token.fresh()
    assert one != two
    assert token.normalise(one) == one
    assert len(token.digest(one)) == 64
    assert one not in token.digest(one)
    assert token.digest(one) != token.digest(two)


@pytest.mark.parametrize(("number", "day"), [(2**32, 1), (-1, 1), (1, 2**16)])
def test_numbers_that_do_not_fit_are_refused(number: int, day: int) -> None:
    with pytest.raises(OverflowError):
        token.verp_tag(KEY, number, day)


def test_a_document_token_is_for_one_file_of_one_deposit_until_its_day() -> None:
    made = token.document_token(KEY, "2026-7qk3xa2m", "ab" * 32, "7", 20_800)
    assert len(made) == token.LENGTH
    assert token.read_document_token(KEY, made, "2026-7qk3xa2m", "ab" * 32, "7") == 20_800
    assert token.read_document_token(KEY, made, "2026-7qk3xa2n", "ab" * 32, "7") is None
    assert token.read_document_token(KEY, made, "2026-7qk3xa2m", "cd" * 32, "7") is None
    assert token.read_document_token(b"other" * 7, made, "2026-7qk3xa2m", "ab" * 32, "7") is None
    assert token.read_document_token(KEY, made, "2026-7qk3xa2m", "ab" * 32, "8") is None
    assert token.read_document_token(KEY, "no token", "2026-7qk3xa2m", "ab" * 32, "7") is None


def test_a_members_token_is_good_for_one_use_and_one_thing() -> None:
    made = token.member_token(KEY, "meeting", "water", "m-abcd", 7)
    assert token.read_member_token(KEY, "meeting", made, "m-abcd") == 7
    assert token.read_member_token(KEY, "chair", made, "m-abcd") is None
    assert token.read_member_token(KEY, "meeting", made, "m-abce") is None
    assert token.read_vote_token(KEY, made, "m-abcd") is None
    assert token.is_of(made, "water")
