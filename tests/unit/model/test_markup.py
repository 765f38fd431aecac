"""What hostile or clumsy Markdown becomes: `solicomm_build/post/editorial/markup.py`."""

from __future__ import annotations

import html.parser
import re
import tracemalloc

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mistune._inline import emphasis

from solicomm_build.post.editorial.markup import (
    MAX_BYTES,
    MAX_LINKS,
    _BlockParser,
    plain_text,
    render_page,
)

_OWN = {
    "media/march.png": "/unions/metal/media/march.png",
    "page:join": "/unions/metal/join/",
    "evil:1": "javascript:alert(1)",
    "media/far.png": "https://elsewhere.example/far.png",
}

XSS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></p><style><img src onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{background:url(//x.example)}</style>",
    "<base href='//x.example/'>",
    "<form action=//x.example><input name=password></form>",
    "<!-- --><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61vascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](%6aavascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](//x.example/)",
    "[x](\\\\x.example\\)",
    "[x](evil:1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](https://x.example/pixel.png)",
    '![x" onerror="alert(1)](media/march.png)',
    '![x](media/march.png "t\\" onerror=\\"alert(1)")',
    '[x](page:join "t\\" onclick=\\"alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    '`<img src=x onerror="alert(1)">`',
    '```"><script>alert(1)</script>\ncode\n```',
    "    <script>alert(1)</script>",
    "# <img src=x onerror=alert(1)>",
    "| <script>alert(1)</script> |\n|--|\n| <svg onload=alert(1)> |",
    "x[^1]\n\n[^1]: <script>alert(1)</script>",
    'x[^"><script>]\n\n[^"><script>]: y',
]


def resolve(address: str) -> str | None:
    return _OWN.get(address)


class Seen(html.parser.HTMLParser):
    """Every tag and attribute that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def assert_harmless(page: str) -> None:
    seen = Seen(page)
    assert not {"script", "svg", "iframe", "style", "form", "input", "base", "math"} & {*seen.tags}
    for tag, name, value in seen.attributes:
        assert not name.startswith("on"), page
        assert name != "style"
        if name in ("href", "src"):
            assert re.match(r"(https?://|mailto:|tel:|/(?!/)|#s-)", value), page
        if tag == "img" and name == "src":
            assert value.startswith("/unions/"), page


@pytest.mark.parametrize("text", XSS)
def test_hostile_text_is_harmless(text: str) -> None:
    assert_harmless(render_page(text, resolve=resolve))


@pytest.mark.parametrize("text", XSS)
def test_nh3_has_the_last_word_whatever_the_parser_lets_through(text: str) -> None:
    def careless(markdown: str, _: object) -> str:
        return f'<p style="x" onclick="y" id="main">{markdown}</p><img src="//x.example/p.png">'

    page = render_page(text, resolve=resolve, parse=careless)
    seen = Seen(page)
    assert not {"script", "svg", "iframe", "style", "form"} & {*seen.tags}
    for tag, name, value in seen.attributes:
        assert name not in ("style", "class")
        assert not name.startswith("on")
        assert name != "id" or value.startswith("s-")
        assert tag != "img" or name != "src" or "x.example" not in value


def test_links_and_pictures_are_resolved() -> None:
    page = render_page(
        "[Join](page:join) ![A march](media/march.png) [gone](page:gone)", resolve=resolve
    )
    assert '<a href="/unions/metal/join/"' in page
    assert 'src="/unions/metal/media/march.png" alt="A march"' in page
    assert "gone" in page
    assert "page:gone" not in page


def test_a_picture_from_elsewhere_is_a_link() -> None:
    for text in ("![Chart](https://x.example/c.png)", "![Chart](media/far.png)"):
        page = render_page(text, resolve=resolve)
        assert "<img" not in page
        assert ">Chart</a>" in page


def test_raw_html_is_shown_as_typed() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in render_page("<b>bold</b>", resolve=resolve)


@pytest.mark.parametrize(("first", "second"), [("#", "##"), ("##", "###"), ("###", "####")])
def test_the_highest_heading_is_h2_whatever_was_written(first: str, second: str) -> None:
    page = render_page(f"{first} Aims\n\n{second} Pay\n\n{first} Aims\n", resolve=resolve)
    assert '<h2 id="s-aims">Aims</h2>' in page
    assert '<h3 id="s-pay">Pay</h3>' in page
    assert '<h2 id="s-aims-2">Aims</h2>' in page


def test_ids_keep_other_scripts() -> None:
    assert 'id="s-أهدافنا"' in render_page("## أهدافنا", resolve=resolve)
    assert 'id="s-part"' in render_page("## ???", resolve=resolve)


def test_links_within_the_text_lead_to_its_ids() -> None:
    page = render_page("[down](#pay)\n\n## Pay\n", resolve=resolve)
    assert 'href="#s-pay"' in page
    assert 'id="s-pay"' in page


def test_tables_footnotes_and_strikethrough() -> None:
    page = render_page(
        "| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n~~no~~ x[^n]\n\n[^n]: Note.\n", resolve=resolve
    )
    assert '<td class="center">1</td>' in page
    assert '<td class="right">2</td>' in page
    assert "<del>no</del>" in page
    assert 'href="#s-fn-1"' in page
    assert 'id="s-fn-1"' in page


def test_task_lists_stay_text() -> None:
    page = render_page("- [ ] call Amina", resolve=resolve)
    assert "[ ] call Amina" in page
    assert "<input" not in page


@pytest.mark.parametrize(
    "text",
    [
        "> " * 1000 + "deep",
        "".join("  " * depth + "- x\n" for depth in range(1000))[:200_000],
        "*" * 1000 + "x" + "*" * 1000,
        "[" * 50_000,
        "![" * 50_000,
        "*a **b " * 20_000,
        "".join("e" + "`" * length for length in range(600)),
        "<" * 100_000,
        ("[" * 900 + "\n\n") * 20,
        "_" * 100_000,
        "~~a" * 30_000,
    ],
)
def test_deep_and_quadratic_text_keeps_its_words(text: str) -> None:
    page = render_page(text, resolve=resolve)
    assert_harmless(page)
    assert page.strip()


def test_too_long_a_text_is_shown_plain() -> None:
    page = render_page("*a*\n\n" * MAX_BYTES, resolve=resolve)
    assert page.startswith('<pre class="plain">*a*')


def test_links_past_the_limit_stay_text() -> None:
    page = render_page("[a](page:join)\n\n" * (MAX_LINKS + 5), resolve=resolve)
    assert page.count("<a ") == MAX_LINKS
    assert page.count("<p>") == MAX_LINKS + 5


def test_a_parser_that_runs_out_of_stack_shows_the_text() -> None:
    def endless(_: str, __: object) -> str:
        raise RecursionError

    assert render_page("<b>", resolve=resolve, parse=endless).startswith('<pre class="plain">&lt;b')


def test_plain_text_has_the_words_only() -> None:
    assert plain_text("# Pay & *hours*\n\n[Read](page:x) <b>") == "Pay & hours Read <b>"


@given(st.text("ab*_ \n"), st.integers(0, 12))
def test_the_next_run_of_marks_is_where_mistune_would_find_it(text: str, start: int) -> None:
    start = min(start, len(text))
    marks = [at for at in range(start, len(text)) if text[at] in "*_"]
    assert emphasis._next_delimiter_run(text, start) == (marks[0] if marks else len(text))


_LINES = st.lists(st.sampled_from([*"-_*= \t\v\fa", "\n", "\n\n", " \n", "- ", "    "]))


@given(_LINES)
def test_runs_are_what_mistune_would_find(pieces: list[str]) -> None:
    text = "".join(pieces)
    parsers = (_BlockParser(), mistune.BlockParser())
    for rule in ("blank_line", "setex_heading", "thematic_break"):
        found = [
            [(m.lastgroup, m.span()) for m in parser.compile_sc([rule]).finditer(text)]
            for parser in parsers
        ]
        assert found[0] == found[1], rule


@pytest.mark.parametrize("run", ["\n", " \n", "-", "- ", "=", "*\t", "_"])
def test_a_run_needs_little_memory(run: str) -> None:
    text = run * (MAX_BYTES // 2 // len(run)) + "x"
    tracemalloc.start()
    try:
        render_page(text, resolve=lambda _: None)
        assert tracemalloc.get_traced_memory()[1] < 100 * len(text)
    finally:
        tracemalloc.stop()


def test_a_text_leaves_nothing_to_the_next_one() -> None:
    text = (
        "# Aims\n\nOne[^1] [two](page:join) ~~three~~\n\n| a |\n|---|\n| b |\n\n[^1]: A *note*.\n"
    )
    first = render_page(text, resolve=_OWN.get)
    between = render_page("# Aims\n\n[^1]: other\n\n[x](page:nobody)[^1]", resolve=lambda _: None)
    assert render_page(text, resolve=_OWN.get) == first
    assert 'id="s-aims"' in between
    assert "word" not in between


@pytest.mark.parametrize("word", ["&", "©", "« mot » ", "&amp; ", "x&lt;y ", "a" * 3000 + " & "])
@pytest.mark.parametrize("before", [0, 1, 2045, 2047])
def test_a_long_paragraph_is_shown_whole(word: str, before: int) -> None:
    text = "a" * before + word * (9000 // len(word))
    shown = render_page(text, resolve=lambda _: None)
    assert "<!--" not in shown
    is_plain = shown.startswith("<pre")  # too many marks: as it was typed
    want = text if is_plain else html.unescape(text)
    assert html.unescape(re.sub(r"<[^>]*>", "", shown)).strip() == want.strip()
