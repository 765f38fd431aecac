"""Typed lists hang, drawings stand at the side, long signatures fold, and not a letter is lost."""

from __future__ import annotations

import pytest

from solicomm_build.message.text import excerpt, markdown

LIST = "So:\n\n - What do you put on such a map, when\n nobody knows?\n - How do you start?\n"
DRAWN = "    +-----+----+\n    | one | 2  |\n    +-----+----+\n      * listened to\n"
SIGNED = "Words.\n\n-- \nMaija\nPainter\nHall 4\nPort Vesna\nBaltic\n"


def shown(text: str) -> str:
    return markdown.render(markdown.from_text(text))


def test_lines_that_begin_with_a_dash_hang() -> None:
    html = shown(LIST)
    assert html.count('<p class="hang">') == 1
    assert html.count("<span>") == html.count("</span>") == 2
    assert "- How do you start?</span></p>" in html
    assert 'class="hang"' not in shown("One - line\nand - another\n")


@pytest.mark.parametrize("text", [LIST, DRAWN, SIGNED, "1. **a\n2. b**\n", "(a) one\n(b) two\n"])
def test_it_reads_as_it_was_typed(text: str) -> None:
    read = "".join(markdown.text_of_html(shown(text)).split())
    typed = "".join(
        markdown.text_of_html(markdown.engine.to_html(markdown.from_text(text))).split()
    )
    assert read.replace("\u00a0", "") == typed.replace("\u00a0", "")


def test_what_stands_bold_over_several_lines_is_left_as_it_is() -> None:
    html = markdown.render("\\- **one\\\n\\- two**\\\n\\- three\n")
    assert 'class="hang"' not in html
    assert html.count("<br>") == 2


def test_a_drawing_loses_the_space_that_all_its_lines_have() -> None:
    html = shown(DRAWN)
    assert "<pre><code>+-----+----+\n| one" in html
    assert "\n  * listened to" in html
    assert "<code>  a\n\n b</code>" not in markdown.render("```\n   a\n\n  b\n```\n")


def test_a_long_signature_folds() -> None:
    html = shown(SIGNED)
    assert '<details class="signed"><summary data-ui data-lines="5">' in html
    assert "<details" not in shown("Words.\n\n-- \nMaija\nPainter\n")
    assert excerpt.beginning(html, 80) == "Words."
