"""What of a page the search reads."""

from __future__ import annotations

import pytest

from solicomm_build.features.search.texts.searchtext import of_page, of_post, plain


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>We won.</p>", "We won."),
        ("<p>Say<br>it</p><p>again", "Say it again"),
        ("<p>wa<b>ter</b></p>", "water"),
        ("<p>a &amp; b &lt;c&gt; &eacute;</p>", "a & b <c> é"),
        ("<blockquote><p>old words</p></blockquote><p>mine</p>", "mine"),
        ("<p>one</p><blockquote>a<blockquote>b</blockquote>c</blockquote><p>two</p>", "one two"),
        ("<blockquote><p>all is quoted</p></blockquote>", "all is quoted"),
        ("<p>kept</p></blockquote><p>too</p>", "kept too"),
        ("<p>kept</p><blockquote>never closed", "kept"),
        ('<p>Hello</p><div class="sig">Ana, treasurer</div>', "Hello"),
        ("<details><summary data-ui>Show the quoted text</summary><p>x</p></details>", "x"),
        ("", ""),
        ("kept <p", "kept"),
        ("<p", ""),
    ],
)
def test_the_own_words_of_a_post(html: str, words: str) -> None:
    assert of_post(html).split() == words.split()


PAGE = """<!doctype html><html lang="es" dir="ltr"><head><title>Caja · Hub</title></head><body>
<header>menu</header><main id="main"><nav>crumbs</nav><h1>Caja de <b>huelga</b></h1>
<p>Abierta el <time datetime="2026-02-03T10:00:00Z">3 feb</time></p><form>join</form>
<script>evil()</script><p>Siempre.</p></main><footer>end</footer></body></html>"""


def test_a_page_is_what_stands_between_header_and_footer() -> None:
    page = of_page(PAGE)
    assert page is not None
    assert (page.title, page.lang, page.time) == ("Caja de huelga", "es", 1_770_112_800)
    assert page.text.split() == ["Abierta", "el", "3", "feb", "Siempre."]


def test_a_page_without_heading_has_the_title_of_its_window() -> None:
    page = of_page("<title>Old &amp; good</title><main><p>x</p></main>")
    assert page is not None
    assert (page.title, page.lang, page.time) == ("Old & good", "", 0)


@pytest.mark.parametrize(
    "html",
    [
        "<p>no main</p>",
        "",
        '<meta name="robots" content="noindex"><main>x</main>',
        '<meta name="robots" content="nofollow, noindex"><main>x</main>',
    ],
)
def test_what_asks_not_to_be_found(html: str) -> None:
    assert of_page(html) is None


def test_a_date_that_is_none() -> None:
    page = of_page('<main><time datetime="soon">soon</time></main>')
    assert page is not None
    assert page.time == 0
    dated = of_page('<main><time datetime="1970-01-02">x</time></main>')
    assert dated is not None
    assert dated.time == 86_400


def test_plain_puts_a_space_where_a_block_begins() -> None:
    assert plain("<li>a</li><li>b<i>c</i></li>").split() == ["a", "bc"]


def test_a_card_is_of_the_day_its_document_came_out() -> None:
    page = (
        '<html lang="en"><head><title>Heat</title>'
        '<meta name="citation_publication_date" content="2026/05"></head>'
        '<body><main id="main"><h1>Heat</h1><p>Words.</p></main></body></html>'
    )
    found = of_page(page)
    assert found is not None
    assert found.time == 1777593600  # 1 May 2026
