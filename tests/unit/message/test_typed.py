"""What people type into forms: few marks mean something, all else reads as it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.message.text.markdown import from_text, render, text_of_html
from solicomm_build.message.text.typed import from_typed


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Hello **all** of you", "<p>Hello <strong>all</strong> of you</p>"),
        (
            "__two words__, *so* and _so_",
            "<p><strong>two words</strong>, <em>so</em> and <em>so</em></p>",
        ),
        ("Type `ls -l` there", "<p>Type <code>ls -l</code> there</p>"),
        (
            "Bring:\n- salt\n- **bread**\nThanks",
            "<p>Bring:</p>\n<ul>\n<li>salt</li>\n<li><strong>bread</strong></li>\n</ul>\n<p>Thanks</p>",
        ),
        ("* one\n* two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("3. one\n4. two", '<ol start="3">\n<li>one</li>\n<li>two</li>\n</ol>'),
    ],
)
def test_marks_mean_what_they_look_like(typed: str, shown: str) -> None:
    assert render(from_typed(typed)).strip() == shown


@pytest.mark.parametrize(
    "typed",
    [
        "2*3*4 and a ** b ** c, snake_case_name, **open",
        "- Bonjour, dit-elle.",
        "# no heading\n<script>alert(1)</script> [x](http://a.example)",
        "\\*not\\* and \\`not\\`",
        "> **theirs**\n> - a\n> - b",
        "a    | **b** | c\nd    | e | f",
        "",
    ],
)
def test_all_else_reads_as_it_was_typed(typed: str) -> None:
    assert from_typed(typed) == from_text(typed)


@given(st.text(alphabet="ab *_`-+.)\\<>1\n[](:", max_size=60))
def test_nothing_but_marks_is_missing(typed: str) -> None:
    def letters(markdown: str) -> list[str]:
        return [sign for sign in text_of_html(render(markdown)) if sign in "ab<[]:"]

    assert letters(from_typed(typed)) == letters(from_text(typed))
