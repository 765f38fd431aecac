"""Mail text to Markdown to HTML: shapes, safety, fallbacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solicomm_build.message.address import mask
from solicomm_build.message.parse import parse
from solicomm_build.message.text import engine, layout, markdown

MAIL = Path(__file__).parents[2] / "data" / "mail"


def same(text: str) -> str:
    """The letters of a text as the promise compares them."""
    return "".join(markdown._seen(text).replace(">", "").split())


def page(text: str) -> str:
    """The HTML of a mail text, which must read like the text."""
    html = markdown.render(markdown.from_text(text))
    assert same(markdown.text_of_html(html)) == same(text)
    return html


@pytest.mark.parametrize(
    "text",
    [
        "a *b* _c_ **d** `e` ~~f~~ snake_case __init__ _a_b_",
        "# no heading\n\nno\n===\n\nno\n---\n\n###",
        "* a\n* b\n\n+ c\n\n- d\n\n1. e\n\n2) f\n\n1986\\. g\n\n-",
        "***\n\n- - -\n\n___\n\n---",
        "<b>bold</b> <http://x.example> <a@b> <20@sf> <!-- c --> <?php ?> 1<2 a<b",
        "[a](http://x.example) ![a](b) [a]: http://x.example\n\n[a]\n\n[a][b] [ ](x)",
        "&amp; &copy; &#60; &#x3c; AT&T & &;",
        "back\\slash \\* \\\nline\\",
        "```\ncode\n```\n\n~~~\n\n````",
        "    indented\n\n\ttab\n\n  two",
        "> quote\nlazy?\n> again\n>> deeper\n> back\n\n>\n>a",
        ">" * 30 + " deep",
        "a\n\u00a0\nb\n   \nc",
        "\n\n  \n lead",
        "https://x.example/a_b*c?d=1&copy=2&amp;e;(f)). See http://y.example/[z], <https://z.example>",
        "xhttp://x.example http:// https://",
        "a\x00b\x1b[1m \u202egnp.exe \u2066i\u2069 \ufeff \ud800 p\x0cq",
        "mixed\r\nends\rhere",
        "$ ls | grep x\n{ a; }\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "From: a\nTo: b",
        "-- \nAna\nSection 12",
        "words\n\n-- \nAna\n\n| box |\n\nmore",
        "words\n-- \n",
        "words\n-- \n> odd",
        "words\n-- \n  \nx",
        "-- \n    *art*",
        "-- \n" + "line\n" * 30,
        "=?utf-8?q?x?= 50% {attach}../../x {{ config }} {% x %}",
        "---\nTemplate: nope\n---\n",
        "tab\tinside and   spaces",
        "i\u00adk\u200bx",
        "1)\n2.\n3. x",
        "\\",
        "a\\\n\\",
    ],
)
def test_reads_as_written(text: str) -> None:
    page(text)


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n", "\u00a0", "\x00"])
def test_nothing_stays_nothing(text: str) -> None:
    assert markdown.from_text(text) == ""
    assert markdown.render("") == ""


def test_only_what_would_be_markup_is_escaped() -> None:
    text = "snake_case, 3 < 4, AT&T, [1], (a) - b, 1986 was good.\n"
    assert markdown.from_text(text) == text
    assert markdown.from_text("*a* <b>") == "\\*a\\* \\<b>\n"


def test_long_lines_flow_and_short_ones_stay() -> None:
    flowing = "The committee met on Monday and agreed to ask for what it had\nasked for before."
    assert "<br>" not in page(flowing)
    assert page("Ana Souza\nRua 12\nSantos").count("<br>") == 2
    assert page("- tea\n- bread").count("<br>") == 1
    assert page("word " * 30 + "\nafter a line no mailer wraps").count("<br>") == 1
    signed = "x" * 70 + "\nSigned-off-by: A"
    assert "<br>" in page(signed)


def test_nested_items_keep_their_indentation() -> None:
    assert "<br>\n<span>&nbsp;&nbsp;- inner" in page("- outer item\n  - inner\n- next")


def test_hanging_items_flow() -> None:
    html = page("- a long item that goes on and on until the line is really full\n  and hangs")
    assert "<pre>" not in html


@pytest.mark.parametrize(
    "text",
    [
        "    four spaces\n    of code",
        "\ttab",
        "name     hours\nAna         12\nLuis         9",
        "+------+\n| gate |\n+------+",
        "int main(void) {\n  return 0;\n}",
        "$ make test\n$ make run",
        " man2/x.2 | 4 ++--\n 1 file changed",
        "- item\twith columns   here",
    ],
)
def test_preformatted_runs_are_fenced(text: str) -> None:
    assert "<pre><code>" in page(text)


@pytest.mark.parametrize(
    "text",
    [
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\n c",
        "--- x.orig\n+++ x\n@@ -1 +1 @@\n-a\n+b",
        "> +added\n>  context",
        "Index: x\n====\n@@ -1 +1 @@\n+a",
    ],
)
def test_patches_are_diffs(text: str) -> None:
    assert '<code class="language-diff">' in page(text)


def test_two_patches_are_two_fences_when_words_part_them() -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"
    assert page(f"{hunk}words\n{hunk}").count("<pre>") == 2
    assert page(f"{hunk}{hunk}").count("<pre>") == 1


def test_lists_that_begin_with_a_dash_are_no_patch() -> None:
    assert "<pre>" not in page("- tea\n- bread\n\n---\n\n-- \n")


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert markdown.from_text("    ``` a\n    ````` b").startswith("``````\n")


def test_words_after_a_quote_are_outside_it() -> None:
    assert "</blockquote>\n<p>own</p>" in page("> quoted\nown")


def test_addresses_become_links_without_the_sentence_around_them() -> None:
    html = page("(see https://x.example/a_(b)?c=1&d=2). And https://y.example/.")
    rel = 'rel="nofollow ugc noopener noreferrer"'
    assert f'<a href="https://x.example/a_(b)?c=1&amp;d=2" {rel}>' in html
    assert '<a href="https://y.example/"' in html


def test_an_ampersand_behind_an_address_is_whole() -> None:
    for text in ("https://x.example/a&    b", "https://x.example/a& b", "https://x.example/a&;"):
        html = page(text)
        assert 'href="https://x.example/a&amp;"' in html
        assert ">https://x.example/a&amp;</a>" in html


def test_signature_is_marked_and_keeps_its_lines() -> None:
    html = page("words\n-- \nAna Souza\nSection 12")
    assert '<div class="sig">\n<p>--&nbsp;<br>\nAna Souza<br>\nSection 12</p>\n</div>' in html
    assert 'class="sig"' in page("a -- b\n\n--\nx")
    assert 'class="sig"' not in page("a -- b\n\n--\n" + "x\n" * 9)
    assert 'class="sig"' not in markdown.render("\\--\\\na")
    assert 'class="sig"' not in page("> a\n> -- \n> quoted signature")


LONG = "".join(f"> line {n}\n" for n in range(9))


def test_long_quotes_fold_beside_own_words() -> None:
    html = page(f"{LONG}\nAgreed.")
    assert '<details class="quote"><summary data-ui data-lines="9">&gt; … 9</summary>' in html
    assert "9" not in markdown.text_of_html("<summary data-ui>9</summary>").split()
    assert "<details" not in page("> one\n> two\n\nAgreed.")
    assert "<details" not in page(LONG)
    assert page(f"First\n\n{LONG}\nSecond\n\n{LONG}\n").count("<details") == 2


def test_text_that_does_not_read_as_written_is_fenced_where_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def careless(paragraph: str, *, keep_breaks: bool = False) -> str:
        return paragraph

    monkeypatch.setattr(layout.prose, "to_markdown", careless)
    monkeypatch.setattr(markdown.prose, "to_markdown", careless)
    assert markdown.from_text("fine\n\n*lost*") == "fine\n\n```\n*lost*\n```\n"
    assert markdown.from_text("a\n-- \n*b*").endswith("\\--\u00a0\n\n```\n*b*\n```\n")


def test_the_last_resort_is_one_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "_markdown", lambda text, careful: ">" * 99)
    assert markdown.from_text("a\n> b") == "```\na\n> b\n```\n"


def test_huge_texts_are_fenced_and_shown() -> None:
    text = "word <b> " * 40_000
    assert markdown.from_text(text).startswith("```\nword <b>")
    huge = "`` <b> \u202e\n" * 150_000
    html = markdown.render(markdown.from_text(huge))
    assert html.startswith("<pre><code>`` &lt;b&gt; \n")
    assert same(markdown.text_of_html(html)) == same(huge)
    assert markdown.render("x" * 2_000_000).startswith("<pre><code>xxx")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:alert(1))",
        "<javascript:alert(1)>",
        "![x](http://t.example/pixel.gif)",
        '![x](http://t.example/pixel.gif "title")',
        '[x](http://x.example/"onmouseover="alert(1))',
        "[x](http://x.example 'a\" onclick=\"alert(1)')",
        '``` x" onload="alert(1)\n```',
        '```language" onload=alert(1)\nx\n```',
        "[x]: javascript:alert(1)\n\n[x]",
        "<a href='javascript:alert(1)' id=x style=x class=body>x</a>",
        'http://x.example/"onclick=alert(1)',
        "[a](http://x.example/ http://y.example/<script>)",
        "<div id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>",
        "&#x202e;gnp.exe &#x2066;",
    ],
)
def test_hostile_markdown_dies(hostile: str) -> None:
    html = markdown.render(hostile)
    tags = re.findall(r"<[^>]*>", html)
    for tag in tags:
        assert not any(word in tag.lower() for word in ("script", " on", "data:", "style=", " id="))
        assert not tag.startswith(("<img", "<svg", "<script"))
    assert "\u202e" not in html
    assert "\u2066" not in html


def test_images_become_links() -> None:
    html = markdown.render("![the gate](http://x.example/g.png)")
    assert '<a href="http://x.example/g.png"' in html
    assert ">the gate</a>" in html


def test_relative_links_lose_their_target() -> None:
    assert "href" not in markdown.render("[x](/conferences/) [y](//evil.example/)")


def test_headings_stand_below_the_page_s() -> None:
    html = markdown.render("# a\n\n## b\n\n###### c")
    assert "<h3>a</h3>" in html
    assert "<h4>b</h4>" in html
    assert "<h6>c</h6>" in html


def test_bare_addresses_in_markdown_are_linked_once() -> None:
    html = markdown.render(
        "http://x.example/a. [http://y.example](http://z.example) `http://` http://."
    )
    assert html.count("<a ") == 2
    assert ">http://x.example/a</a>. " in html


def test_known_languages_keep_their_class() -> None:
    assert 'class="language-python"' in markdown.render("```python\nx\n```")
    assert "class" not in markdown.render("```body\nx\n```")


@pytest.mark.parametrize("deep", [">" * 50_000, "> " * 50, "- " * 50 + "a", "> - " * 30 + "a"])
def test_deep_nesting_is_shown_as_it_is(deep: str) -> None:
    assert markdown.render(deep).startswith("<pre><code>")
    page(deep)


def test_many_quotes_that_do_not_nest_are_fine() -> None:
    assert markdown.render("> a\n\nb\n\n" * 60).count("<blockquote>") == 60


def test_a_signature_in_a_list_is_none() -> None:
    assert 'class="sig"' not in markdown.render("- a\n\n  \\--\u00a0\\\n  b\n")


@pytest.mark.parametrize("path", sorted(MAIL.glob("*.eml")), ids=lambda path: path.stem)
def test_samples_read_as_written(path: Path) -> None:
    message = parse(path.read_bytes())
    if message.text_kind != "markdown":
        page(mask(message.text))


def test_rendering_gives_the_memory_back() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1])

    text = "word <b> " * 20_000
    engine.to_html(text)
    before = resident()
    for _ in range(300):
        engine.to_html(text)
    assert (resident() - before) * 4096 < 20_000_000  # one copy a call would be 100 MB


@pytest.mark.parametrize(
    "text",
    [
        "Start with the *night* shift: 2 * 3_4_5, [x](y) `c` # 1.\n\n- one\n- two\n\nBye",
        "a \\ b\\* and <b> & &amp; https://a.example/b_c_d.",
        "1. one\n2. two\n\n> quoted\n> more\n\n    table   1\n    cells   2\n\nbye",
        "* a\n* b\n\n# no heading\n\n---",
    ],
)
def test_a_post_is_shown_in_a_text_as_it_was_typed(text: str) -> None:
    assert markdown.as_typed(markdown.from_text(text)).strip() == text
    assert markdown.as_typed("**We** struck.\n\n- a\n") == "**We** struck.\n\n- a\n"


def test_a_post_in_a_letter_is_as_on_its_page_and_loads_nothing() -> None:
    post = "*a* **b** [c](https://c.example) ![d](https://d.example/x.png) https://e.example\n\n# F"
    assert markdown.in_letters(post) == (
        '<p><em>a</em> <strong>b</strong> <a href="https://c.example">c</a> '
        '<a href="https://d.example/x.png">d</a> '
        '<a href="https://e.example">https://e.example</a></p>\n<h3>F</h3>\n'
    )
    quoted = "\n".join(f"> line {n}" for n in range(30)) + "\n\nyes <script>alert(1)</script>\n"
    html = markdown.in_letters(quoted)
    assert "<details" not in html
    assert "<script" not in html
