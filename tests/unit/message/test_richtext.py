"""A letter in two forms: what becomes of each kind of line, and what a letter never does."""

from __future__ import annotations

import re
import time
from email import message_from_bytes, policy

import pytest

from solicomm_build.message import richtext

LETTER = """\
Hello,

Somebody, probably you, wants to join “Water for all” with this address:
    ana@union.example

[Yes, put me on it](https://hub.example/confirm/abc?x=1&y=2)

- first
- second

> what was said
> before

See https://hub.example/conferences/water/ (and https://w.example/a_(b)).
"""


def made(text: str = LETTER, lang: str = "en", **more: str) -> richtext.Rich:
    return richtext.render(text, **{"lang": lang, "title": "Water for all", **more})


def test_a_button_is_a_label_and_its_link_in_text_and_large_in_html() -> None:
    rich = made()
    link = "https://hub.example/confirm/abc?x=1&y=2"
    assert f"\nYes, put me on it:\n    {link}\n" in rich.text
    (anchor,) = re.findall(r'<a class="b" style="[^"]+" href="([^"]+)">([^<]+)</a>', rich.html)
    assert anchor == (link.replace("&", "&amp;"), "Yes, put me on it")


def test_no_line_is_broken_for_the_reader() -> None:
    said = "word " * 100 + "end."
    assert made(said).text == said + "\n"
    assert "<br>" not in made(said).html


def test_each_kind_of_line_is_what_it_looks_like() -> None:
    html = made("- a\n- b\n\n> q\n\n    kept  even\n\n----------\n\nsaid\nmore").html
    for part in (
        "<ul>\n<li>a</li>\n<li>b</li>\n</ul>",
        "<blockquote>q</blockquote>",
        '<pre class="m">kept  even</pre>',
        "<hr>",
        "<p>said<br>\nmore</p>",
    ):
        assert part in html


def test_a_deeper_line_hangs_below_its_word_where_a_phone_breaks_it() -> None:
    html = made("    accept\n        it goes to <everybody>\n    reject\n        it does not").html
    assert (
        '<div class="k">\n<div>accept</div>\n<div class="i">it goes to &lt;everybody&gt;</div>\n'
        '<div>reject</div>\n<div class="i">it does not</div>\n</div>' in html
    )
    arabic = made("    قبول\n        accept it", "ar").html
    assert '<div class="i"><bdi dir="ltr">accept it</bdi></div>' in arabic
    assert "<li>one</li>\n<li>two</li>" in made("– one\n– two").html


def test_one_button_is_strong_and_those_after_it_up_to_a_rule_are_outlined() -> None:
    def way(name: str) -> str:
        return richtext.button(name, f"https://hub.example/{name}")

    html = made("\n".join([way("a"), way("b"), "said", way("c"), "-----", way("d"), way("e")])).html
    looks = re.findall(r'<a class="(\w)" style="[^"]+" href="[^"]*">(\w)</a>', html)
    assert looks == [("b", "a"), ("q", "b"), ("q", "c"), ("b", "d"), ("q", "e")]


def test_links_and_addresses_can_be_pressed_without_the_marks_that_end_their_sentence() -> None:
    html = made().html
    for href in (
        "https://hub.example/conferences/water/",
        "https://w.example/a_(b)",
        "mailto:ana@union.example",
    ):
        assert f'href="{href}"' in html


def test_what_strangers_write_is_never_a_button() -> None:
    foul = "[Press here](https://evil.example/)"
    for text in (foul, f"\\{foul}", f"x\n{foul}\ny", f"\\\\{foul}"):
        rich = made(richtext.literal(text))
        assert not re.search('class="[bq]"', rich.html)
        assert rich.text == text + "\n"
        assert foul in re.sub(r"<[^>]*>", "", rich.html)


@pytest.mark.parametrize("label", ["Option [3]", "a](https://evil.example/) b", " two\nlines "])
def test_a_button_leads_where_we_say_whatever_its_label(label: str) -> None:
    rich = made(richtext.button(label, "https://hub.example/vote/x(y)"))
    assert re.findall(r'class="b"[^>]*href="([^"]*)"', rich.html) == [
        "https://hub.example/vote/x%28y%29"
    ]


def test_why_and_how_to_stop_stand_at_the_end_of_both() -> None:
    rich = made("Hello", why="You follow this topic.", stop="[Stop](https://hub.example/s/1)")
    assert rich.text == (
        "Hello\n\n-- \nYou follow this topic.\nStop:\n    https://hub.example/s/1\n"
    )
    assert rich.html.index("Hello") < rich.html.index("You follow this topic.")
    assert not re.search('class="[bq]"', rich.html)
    assert re.search(r'<a class="s" [^>]*href="https://hub.example/s/1">Stop</a>', rich.html)


def test_a_letter_runs_as_its_language_does_and_foreign_lines_as_theirs() -> None:
    html = made("مرحبا\n\n    Water for all\n\nماء Water", "ar").html
    assert '<html lang="ar" dir="rtl">' in html
    assert "<p>مرحبا</p>" in html
    assert '<pre><bdi dir="ltr">Water for all</bdi></pre>' in html
    assert '<p class="t"><bdi dir="ltr">Water for all</bdi></p>' in html, "begins where it does"
    assert '<pre dir="ltr">One\nTwo</pre>' in made("    One\n    Two", "ar").html
    assert "<p>ماء Water</p>" in html
    assert '<bdi dir="ltr">Eve (e)</bdi>\nمرحبا</pre>' in made("    Eve (e)\n    مرحبا", "ar").html
    assert '<p dir="rtl">مرحبا</p>' in made("مرحبا").html


def test_html_loads_nothing_and_is_ready_for_the_dark() -> None:
    html = made('<img src="https://x.example/a.png"><script>alert(1)</script>', why="<link>").html
    assert not re.search(r"<(?:img|script|link|iframe|object|video|audio|base|form)\b", html)
    assert not re.search(
        r"(?:url\(|@import|\bsrc=)", html.replace("&quot;", '"').split("<body>")[0]
    )
    assert "prefers-color-scheme:dark" in html
    assert 'name="color-scheme"' in html


def test_a_post_is_html_as_on_its_page_and_text_as_it_was_typed() -> None:
    post = (
        "Start with the *night* shift, not \\*all\\*.\n\n- one\n- two\n\n[Go](https://x.example/)"
    )
    rich = made(f"Ana wrote:\n\n{richtext.post(post)}\n\n[Answer](https://hub.example/a)")
    assert "<em>night</em> shift, not *all*." in rich.html
    assert "<ul>\n<li>one</li>\n<li>two</li>\n</ul>" in rich.html
    assert '<p><a href="https://x.example/">Go</a></p>' in rich.html, "no button of ours"
    assert rich.html.count('class="b"') == 1
    assert "Start with the *night* shift, not *all*.\n\n- one\n- two\n" in rich.text
    assert richtext.POST not in rich.text + rich.html
    assert '<div class="w" dir="rtl">' in made(richtext.post("مرحبا *ماء*")).html
    assert '<p dir="auto">Water</p>' in made(richtext.post("مرحبا\n\nWater"), "ar").html


def test_a_post_whose_marks_would_make_it_too_long_stands_there_as_it_was_typed() -> None:
    rich = made(richtext.post("*a* " * 3_500))
    assert len(rich.html.encode()) <= richtext.MOST_OCTETS
    assert "*a* *a*" in rich.html


def test_a_letter_that_would_be_too_long_in_html_is_text_alone() -> None:
    rich = made("a line\n" * 10_000)
    assert rich.html == ""
    raw = b"Subject: x\r\nMIME-Version: 1.0\r\n" + richtext.alternative(rich, seed="s")
    assert message_from_bytes(raw, policy=policy.default).get_content_type() == "text/plain"


def test_the_same_letter_is_the_same_octets() -> None:
    first, second = (richtext.alternative(made(), seed="cause") for _ in range(2))
    assert first == second
    mail = message_from_bytes(b"MIME-Version: 1.0\r\n" + first, policy=policy.default)
    assert [one.get_content_type() for one in mail.iter_parts()] == ["text/plain", "text/html"]


def test_long_lines_of_strangers_take_no_long() -> None:
    """What grows with the square of a text would need minutes for these."""
    many = 64_000
    for foul in ("[", "](https://a", "https://a)", "a=", "a@b.", "[a](", "\\["):
        text = foul * (many // len(foul))
        started = time.process_time()
        made(richtext.literal(f"[{text}\n{text}"), why=text)
        assert time.process_time() - started < 5


def test_a_french_mark_stands_on_the_line_of_its_word() -> None:
    said = "« Eau » vous invite :\n\n[Voir]({})".format("https://hub.example/")
    rich = richtext.render(said, lang="fr", title="")
    assert "«\u00a0Eau\u00a0» vous invite\u00a0:" in rich.html
    assert "« Eau » vous invite :" in rich.text
    assert "Voir\u00a0:\n    https://hub.example/" in rich.text
    assert "« Eau » vous invite :" in richtext.render(said, lang="en", title="").html
