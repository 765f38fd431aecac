"""HTML mail as text."""

from __future__ import annotations

import pytest

from solicomm_build.message.text.hypertext import to_text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain &amp; simple", "plain & simple"),
        ("<p>one</p><p>two\n three</p>", "one\n\ntwo three"),
        ("<div>a</div><div>b<br>c</div>", "a\nb\nc"),
        ("a<br><br>b", "a\n\nb"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ol><li>a</li><li>b<ul><li>c</ul></ol>", "1. a\n2. b\n  - c"),
        ("<li>loose", "- loose"),
        ("<blockquote>q<blockquote>r</blockquote></blockquote>s", "> q\n>\n> > r\n\ns"),
        ("</blockquote></ul></pre>x", "x"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", "a b\nc"),
        ("a<hr>b", "a\n\n---\n\nb"),
        ('<a href="https://x.example/p">here</a>.', "here <https://x.example/p>."),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ("<a href='http://x.example/'>http://x.example</a>", "http://x.example"),
        ("<a href=javascript:alert(1)>x</a><a>y</a><a href=''>z</a>", "xyz"),
        ('<a href="https://x.example/"></a>', ""),
        ('<img alt="A &amp; B"><img>', "A & B"),
        ("<script>if (a < b) x</script>y", "y"),
        ("<script>never closed", ""),
        ("<title>never closed<title>again", "never closedagain"),
        ("<head><title>t</title><body>a<head></head>b", "ab"),
        ("<head><title>t</title><body>a<header>b</header>c", "a\nb\nc"),
        ("<style>a</style", ""),
        ("a<!-- b -->c<!-- d", "ac"),
        ("<!doctype html><?xml ?>a<!x", "a"),
        ("1 < 2 <3 <", "1 < 2 <3 <"),
        ("a <b", "a <b"),
        ("<o:p>&nbsp;</o:p>word", " word"),
        ("<h1>Head</h1>body", "Head\n\nbody"),
        ("<p\nclass=a><SPAN\n style='x'>a <b>b</B> </span>\n<o:p></o:p></p>\n<p>c", "a b\n\nc"),
        ("a<bold>b</bold><i/>c<//p>d", "abc<//p>d"),
        ("<span><span", "<span"),
        ("a</style>b</pre>\n\n c&#13;d", "ab\n\nc d"),
    ],
)
def test_to_text(source: str, text: str) -> None:
    assert to_text(source).strip("\n") == text


def test_depth_is_bounded() -> None:
    assert to_text("<blockquote>" * 10_000 + "x") == "> " * 8 + "x"
    assert to_text("<ul>" * 10_000 + "<li>x") == "  " * 8 + "- x"
