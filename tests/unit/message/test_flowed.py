"""format=flowed (RFC 3676) undone."""

from __future__ import annotations

import pytest

from solicomm_build.message.text.flowed import unflow


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        (" stuffed\n From here", "stuffed\nFrom here"),
        (" >no quote", " >no quote"),
        ("> a \n> b\n>c", "> a b\n> c"),
        (">> a \n> b", "> > a\n> b"),
        ("a \n-- \nAna", "a\n-- \nAna"),
        ("> -- \n> Ana", "> -- \n> Ana"),
        (">\n> a", ">\n> a"),
        ("a \n\nb", "a \nb".replace(" \n", "\n")),
        ("", ""),
    ],
)
def test_unflow(text: str, plain: str) -> None:
    assert unflow(text) == plain


def test_delsp_takes_the_space() -> None:
    assert unflow("部分 \nです", delsp=True) == "部分です"
