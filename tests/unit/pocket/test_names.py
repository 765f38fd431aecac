"""Names that FAT32, exFAT and Windows take."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.builder.carrying import names

BAD = re.compile(r'[\x00-\x1f\x7f"*:<>?\\|]')
NAME = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300
)


def test_what_is_one_already_stays() -> None:
    paths = ["index.html", "conferences/bar/t/x/index.html", "files/Café – ünïcode.pdf"]
    assert names.mapped(paths) == {path: path for path in paths}


def test_names_of_devices_and_signs_that_windows_has_for_itself() -> None:
    found = names.mapped(["aux.txt", "a/con/x.html", "what: now?.pdf", "ends. ", "nul"])
    assert all(re.search("~[0-9a-f]{8}", name) for name in found.values()), found
    assert found["what: now?.pdf"].endswith(".pdf")


def test_two_that_differ_in_case_alone_do_not_fall_together() -> None:
    found = names.mapped(["a/Photo.jpg", "a/photo.jpg", "a/PHOTO.JPG"])
    assert len({name.casefold() for name in found.values()}) == 3


@given(st.lists(st.lists(NAME, min_size=1, max_size=8).map("/".join), max_size=6, unique=True))
def test_any_names_are_taken_and_none_is_lost(paths: list[str]) -> None:
    found = names.mapped(paths)
    assert found == names.mapped(reversed(paths))
    assert len({name.casefold() for name in found.values()}) == len(paths)
    for name in found.values():
        assert len(name) <= 400
        for part in name.split("/"):
            assert not BAD.search(part)
            assert not part.endswith((".", " "))
            assert len(part) <= names.LONGEST
