"""The addresses of libraries."""

from __future__ import annotations

import pytest

from solicomm_build.features.library.libraryaddress import DEPOSIT, GET, REVIEW, split
from solicomm_build.people.address import ListAddress

TOKEN = "a" * 26


@pytest.mark.parametrize(
    ("local", "found"),
    [
        ("papers+deposit", ListAddress("papers", DEPOSIT)),
        ("Papers-Deposit", ListAddress("papers", DEPOSIT)),
        ("papers-request", ListAddress("papers", GET)),
        ("library+get", ListAddress("books", GET)),
        (f"papers-review+{TOKEN}", ListAddress("papers", REVIEW, TOKEN)),
        (f"papers+deposit+{TOKEN}", ListAddress("papers", DEPOSIT, TOKEN)),
        ("papers-review", None),
        ("papers-depositary", None),
        ("other-deposit", None),
        ("papers", None),
    ],
)
def test_split(local: str, found: ListAddress | None) -> None:
    assert split(local, ["papers", "books"]) == found


def test_no_library_no_address() -> None:
    assert split("library+deposit", []) is None
