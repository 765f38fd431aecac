"""Merges and splits overrule references; addresses stay, and nothing depends on the order."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.builder.conferences import threads
from solicomm_build.builder.conferences.grouping import group
from solicomm_build.builder.conferences.threads import Node
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.post.topicstate import Bonds
from solicomm_build.testing.budget import examples

A, B, C, D, E, X = (post_id(f"{name}@union.example") for name in "abcdex")


def node(mid: PostId, time: int, *answers: PostId, follows: PostId | None = None) -> Node:
    """A post that answers these, the nearest first and the root last."""
    mentions = tuple(map(threads.mention, (mid, *answers)))
    return Node(mid, TopicId((mid, *answers)[-1]), time, mentions, follows, tuple(answers))


def split(*mids: PostId) -> Bonds:
    return Bonds(splits=frozenset(mids))


def merged(**into: str) -> Bonds:
    names = {"a": A, "b": B, "c": C, "d": D, "e": E, "x": X}
    return Bonds({TopicId(names[one]): TopicId(names[other]) for one, other in into.items()})


def test_a_split_takes_its_answers_along() -> None:
    nodes = [node(A, 1), node(B, 2, A), node(C, 3, B, A), node(D, 4, A)]
    found = group(nodes, split(B))
    assert found.topic == {A: A, B: B, C: B, D: A}
    assert found.families == [(A, B)]
    assert found.parted == {A: [B]}
    assert found.owner == {A: A, B: B}


def test_answers_are_found_through_what_never_came() -> None:
    """d names x alone; that x answers b, only e says."""
    nodes = [node(A, 1), node(B, 2, A), node(D, 3, X), node(E, 4, X, B, A)]
    assert group(nodes, split(B)).topic == {A: A, B: B, D: B, E: B}


def test_the_nearest_split_counts() -> None:
    nodes = [node(A, 1), node(B, 2, A), node(C, 3, B, A), node(D, 4, C, B, A)]
    found = group(nodes, split(B, C))
    assert found.topic == {A: A, B: B, C: C, D: C}
    assert found.parted == {A: [B], B: [C]}


def test_a_split_counts_for_answers_before_its_post_comes() -> None:
    assert group([node(A, 1), node(C, 3, B, A)], split(B)).topic == {A: A, C: B}


def test_a_split_of_the_first_post_leaves_nothing() -> None:
    nodes = [node(B, 1, X), node(C, 2, B, X)]
    assert group(nodes, split(B)).topic == {B: B, C: B}


def test_who_follows_by_subject_goes_along() -> None:
    nodes = [node(A, 1), node(B, 2, A), node(C, 3, follows=B)]
    assert group(nodes, split(B)).topic == {A: A, B: B, C: B}


def test_chains_that_bite_their_tail_lead_nowhere() -> None:
    nodes = [node(A, 1, B), node(B, 2, A), node(C, 3, A)]
    assert group(nodes, split(C)).topic == {A: B, B: B, C: C}


def test_what_is_left_has_no_address_of_a_split_topic() -> None:
    """c is stored under b, but answers a."""
    odd = Node(C, TopicId(B), 0, tuple(map(threads.mention, (C, B, A))), None, (A, B))
    found = group([node(A, 5), node(B, 6, A), odd], split(B))
    assert found.topic == {A: A, B: B, C: A}
    alone = Node(A, TopicId(B), 5, tuple(map(threads.mention, (A, B))), None, ())
    assert group([alone, node(B, 6, A)], split(B)).topic == {A: A, B: B}


def test_merges_join_and_the_earliest_address_wins() -> None:
    nodes = [node(A, 5), node(B, 2), node(C, 3, B), node(D, 1)]
    found = group(nodes, merged(b="a"))
    assert found.topic == {A: B, B: B, C: B, D: D}
    assert found.joined == {B: [A]}
    assert found.owner[A] == B


def test_merges_go_on_through_what_has_no_posts() -> None:
    nodes = [node(A, 1), node(B, 2)]
    assert group(nodes, merged(a="x", b="x")).topic == {A: A, B: A}
    assert group(nodes, merged(a="b", b="a")).topic == {A: A, B: A}


def test_a_split_topic_can_be_merged_elsewhere() -> None:
    nodes = [node(A, 1), node(B, 2, A), node(C, 3, B, A), node(D, 4)]
    bonds = Bonds({TopicId(B): TopicId(D)}, frozenset({B}))
    found = group(nodes, bonds)
    assert found.topic == {A: A, B: B, C: B, D: B}
    assert found.families == [(A, B)]
    back = Bonds({TopicId(B): TopicId(A)}, frozenset({B}))
    assert set(group(nodes[:3], back).topic.values()) == {A}


ids = st.sampled_from((A, B, C, D, E, X))
made = st.lists(
    st.builds(
        lambda own, answers, time: node(own, time, *(a for a in answers if a != own)),
        ids,
        st.lists(ids, max_size=3, unique=True),
        st.integers(0, 5),
    ),
    max_size=6,
    unique_by=lambda each: each.mid,
)
said = st.builds(
    lambda merges, splits: Bonds(
        {TopicId(one): TopicId(other) for one, other in merges.items()}, splits
    ),
    st.dictionaries(ids, ids, max_size=3),
    st.frozensets(ids, max_size=3),
)


@given(made, said)
@settings(max_examples=examples(150))
def test_topics_are_a_function_of_posts_and_bonds(nodes: list[Node], bonds: Bonds) -> None:
    """Any order gives the same; every post is in one topic; an address shows its earliest post or
    the one it is named after; whole families grouped alone come out as they do among the others."""
    found = group(nodes, bonds)
    assert found.topic.keys() == {each.mid for each in nodes}
    for order in itertools.islice(itertools.permutations(nodes), 6):
        assert group(order, bonds) == found
    assert {topic for family in found.families for topic in family} == set(found.topic.values())
    for family in found.families:
        own = [each for each in nodes if found.topic[each.mid] in family]
        assert group(own, bonds).topic == {each.mid: found.topic[each.mid] for each in own}
    for each in nodes:
        if each.mid in bonds.splits:
            assert found.topic[each.mid] == found.owner[each.mid]
