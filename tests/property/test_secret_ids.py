"""Ids that only the hub can make of a Message-ID, whatever that looks like."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.foundation.types import post_id, public_id, secret_id
from solicomm_build.message.msgid import known_as
from solicomm_build.message.parse import parse

KEY, OTHER = b"k" * 32, b"o" * 32
IDS = st.text(st.characters(codec="utf-8", exclude_characters="<>\r\n"), min_size=1, max_size=80)


@given(IDS)
def test_it_is_an_id_like_any_other_and_says_nothing_of_the_mail(message_id: str) -> None:
    made = secret_id(message_id, KEY)
    assert re.fullmatch(r"[a-z2-7]{32}@post\.solicomm\.invalid", made)
    assert public_id(made) == made == f"{post_id(made)}@post.solicomm.invalid"
    assert made == secret_id(message_id, KEY)
    assert post_id(made) != post_id(message_id)
    assert made != secret_id(message_id, OTHER)


@given(IDS)
def test_an_id_of_ours_stays_so_that_answers_to_copies_find_their_post(message_id: str) -> None:
    for ours in (secret_id(message_id, KEY), f"{post_id(message_id)}@post.solicomm.invalid"):
        assert secret_id(ours, KEY) == secret_id(ours, OTHER) == ours


@given(st.sets(IDS, min_size=2, max_size=20))
def test_no_two_messages_get_one_id(message_ids: set[str]) -> None:
    assert len({secret_id(one, KEY) for one in message_ids}) == len(message_ids)


@given(st.lists(st.integers(0, 30), max_size=6))
def test_a_message_that_is_renamed_again_stays_what_it_was(numbers: list[int]) -> None:
    above = " ".join(f"<{number}@laptop.example>" for number in numbers)
    raw = f"From: a@b.example\nMessage-ID: <own@laptop.example>\nReferences: {above}\n\nx\n"

    def ids(one: str) -> str:
        return secret_id(one, KEY)

    once = known_as(parse(raw.encode()), ids)
    assert known_as(once, ids) == once
    assert once.msgid == ids("own@laptop.example")
    assert once.references == tuple(dict.fromkeys(ids(f"{n}@laptop.example") for n in numbers))
    assert once.fields == parse(raw.encode()).fields
