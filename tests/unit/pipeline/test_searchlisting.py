"""The columns of the search say of each document what was put in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.features.search.searchlisting import KEY, Listing

PLACES = ("", "conferences/bar", "unions/dockers")
Row = tuple[bytes, bytes, bytes, str, str, bool]
octets = st.binary(min_size=KEY, max_size=KEY)
rows = st.lists(
    st.tuples(octets, octets, octets, st.sampled_from(PLACES), st.text(max_size=9), st.booleans()),
    unique_by=lambda row: row[0],
    max_size=20,
)


def of(given: list[Row]) -> Listing:
    listing = Listing()
    for id, key, shown, place, name, gone in given:
        listing.add(id, key, shown, place, name, gone=gone)
    return listing


def told(listing: Listing) -> list[Row]:
    return [
        (
            listing.id(at),
            listing.key(at),
            bytes(listing.shown[at * KEY : (at + 1) * KEY]),
            listing.place(at),
            listing.name(at),
            listing.gone(at),
        )
        for at in range(len(listing))
    ]


@given(rows, st.integers(0, 25), st.integers(0, 25))
def test_a_part_is_what_was_put_in_there(given: list[Row], low: int, high: int) -> None:
    assert told(of(given).part(low, high)) == given[low:high]


@given(rows, rows)
def test_those_known_keep_their_order_and_new_ones_follow(
    given: list[Row], gone: list[Row]
) -> None:
    here = {row[0]: row for row in given}
    lost = [row[0] for row in gone if row[0] not in here]
    order = [*lost[:3], *sorted(list(here)[::2]), *lost[3:]]
    found = told(of(given).reordered(b"".join(order)))
    assert [row[0] for row in found[: len(order)]] == order
    for row in found[: len(order)]:
        assert row == here.get(row[0], (row[0], bytes(KEY), bytes(KEY), "", "", True))
    assert found[len(order) :] == [row for row in given if row[0] not in set(order)]


@pytest.mark.parametrize(
    ("column", "indexed", "shown"), [(0, False, False), (1, True, False), (2, False, True)]
)
def test_the_digests_tell_what_changed(column: int, indexed: bool, shown: bool) -> None:
    row = (b"identity", b"itstext1", b"itsshown", "", "name", False)
    other = (*row[:column], b"another1", *row[column + 1 :])
    before, after = of([row, row]), of([row, other])  # type: ignore[list-item]
    assert (before.digest() != after.digest()) is indexed
    assert (before.digest_shown() != after.digest_shown()) is shown
    assert (before.digest_shown([1]) != after.digest_shown([1])) is shown
    assert before.digest_shown([0]) == after.digest_shown([0])
