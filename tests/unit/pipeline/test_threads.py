from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.builder.conferences import grouping, threads
from solicomm_build.builder.conferences.threads import FALLBACK_SECONDS, Node
from solicomm_build.foundation.types import PostId, TopicId, post_id

A, B, C, D = (post_id(f"{name}@union.example") for name in "abcd")


def node(mid: PostId, time: int, *answers: PostId, follows: PostId | None = None) -> Node:
    """A post that mentions itself and `answers`, the root of its stored thread first."""
    mentions = tuple(map(threads.mention, (mid, *answers)))
    return Node(mid, TopicId((*answers, mid)[0]), time, mentions, follows)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Water", "water"),
        ("Re: Water", "water"),
        ("RE[2]: AW: re : Water", "water"),
        ("[organising] Re: Water", "water"),
        ("Re: [organising] Water", "water"),
        ("Fwd: Water", "water"),
        ("Отв: Вода", "вода"),
        ("رد: الماء", "الماء"),
        ("回复：水", "水"),
        ("  Water \t and   wages ", "water and wages"),
        ("Straße", "strasse"),
        ("", ""),
        ("Re:", ""),
        ("[organising]", "[organising]"),
        ("Heat (was: Water)", "heat"),
        ("Re: Heat [was: Re: Water]", "heat"),
        ("(was: Water)", "(was: water)"),
        ("What it was: a plan", "what it was: a plan"),
        ("Retreat: the plan", "retreat: the plan"),
        ("Area: Re: a plan", "area: re: a plan"),
    ],
)
def test_base_subject(subject: str, base: str) -> None:
    assert threads.base_subject(subject) == base


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("Re: Water", True),
        ("re : Water", True),
        ("[bar] RE: Water", True),
        ("AW: Water", True),
        ("Odp: Woda", True),
        ("Water", False),
        ("Fwd: Water", False),
        ("Retreat: now", False),
        ("Water re: wages", False),
        ("", False),
    ],
)
def test_is_reply(subject: str, says: bool) -> None:
    assert threads.is_reply(subject) is says


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Re: Re: Water", "Water"),
        ("Water", "Water"),
        (" Re:  Water  ", "Water"),
        ("Fwd: Water", "Fwd: Water"),
        ("[bar] Water", "[bar] Water"),
        ("Re:", ""),
    ],
)
def test_shown_subject(subject: str, shown: str) -> None:
    assert threads.shown_subject(subject) == shown


@given(st.text(max_size=60))
def test_subjects_of_any_text(text: str) -> None:
    base = threads.base_subject(text)
    assert threads.base_subject(base) == base
    assert threads.is_reply(threads.shown_subject(text)) in (True, False)


def test_a_post_alone_is_its_own_topic() -> None:
    assert grouping.group([node(A, 1)]).topic == {A: A}


def test_answers_join_their_root() -> None:
    nodes = [node(A, 1), node(B, 2, A), node(C, 3, A, B), node(D, 4)]
    assert grouping.group(nodes).topic == {A: A, B: A, C: A, D: D}


def test_an_id_that_never_came_joins_those_who_name_it() -> None:
    """The topic's address is where its earliest post is stored, here below what is missing."""
    missing = D
    assert grouping.group([node(A, 5, missing), node(B, 3, missing)]).topic == {
        A: missing,
        B: missing,
    }


def test_cut_references_join_stored_threads() -> None:
    """C names only B, so it is stored under B; B is stored under A."""
    assert grouping.group([node(A, 1), node(B, 2, A), node(C, 3, B)]).topic == {A: A, B: A, C: A}


def test_a_late_root_takes_the_address() -> None:
    answers = [node(B, 5, A), node(C, 6, B)]
    assert set(grouping.group(answers).topic.values()) == {A}
    assert grouping.group([*answers, node(A, 1)]).topic == {A: A, B: A, C: A}
    assert grouping.group([*answers, node(D, 1, C)]).topic == dict.fromkeys((B, C, D), C)


def test_two_posts_that_answer_each_other_are_one_topic() -> None:
    assert grouping.group([node(A, 1, B), node(B, 1, A)]).topic == dict.fromkeys(
        (A, B), min((A, B), (B, A))[1]
    )


def test_a_seeker_follows_the_post_before_it() -> None:
    posts = [(1, A, False), (2, B, True), (3, C, True)]
    assert threads.follow_by_subject(posts) == {B: A, C: B}


def test_a_seeker_follows_nobody_after_sixty_days() -> None:
    near = [(0, A, False), (FALLBACK_SECONDS, B, True)]
    far = [(0, A, False), (FALLBACK_SECONDS + 1, B, True)]
    assert threads.follow_by_subject(near) == {B: A}
    assert threads.follow_by_subject(far) == {B: None}


def test_the_first_seeker_follows_nobody() -> None:
    assert threads.follow_by_subject([(1, A, True), (2, B, False)]) == {A: None}


def test_who_follows_by_subject_joins_the_topic() -> None:
    assert grouping.group([node(A, 1), node(B, 2, follows=A)]).topic == {A: A, B: A}


posts = st.lists(
    st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3), st.integers(0, 5)),
    max_size=10,
    unique_by=lambda made: made[0],
)


@given(posts)
def test_grouping_is_a_function_of_the_set(drawn: list[tuple[int, list[int], int]]) -> None:
    """Any order of arrival gives the same topics; every answer is with what it answers; each
    topic's address is the stored thread of its earliest post."""
    nodes = [
        node(post_id(str(own)), time, *(post_id(str(other)) for other in answers if other != own))
        for own, answers, time in drawn
    ]
    found = grouping.group(nodes).topic
    assert found.keys() == {each.mid for each in nodes}
    for order in itertools.islice(itertools.permutations(nodes), 6):
        assert grouping.group(order).topic == found
    for one, other in itertools.combinations(nodes, 2):
        if set(one.mentions) & set(other.mentions):
            assert found[one.mid] == found[other.mid]
    for topic in set(found.values()):
        first = min((n for n in nodes if found[n.mid] == topic), key=lambda n: (n.time, n.mid))
        assert first.tid == topic
