"""Whatever a letter says: both forms say the same words, nothing loads, nothing breaks out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.message import richtext

_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "p", "h1", "a", "br", "hr", "ul", "li",
    "pre", "blockquote", "bdi",
}  # fmt: skip
_WORDS = st.text(
    st.characters(codec="utf-8") | st.sampled_from("[]()<>&\"'\\-> \n\t\u2028شЯ"), max_size=120
)
_LINES = st.lists(
    _WORDS
    | st.sampled_from(
        [
            "",
            "- one",
            "> quoted",
            "    kept  so",
            "[Go](https://hub.example/confirm/x)",
            "see http://x.example/?a=1&b=2.",
            "ana@union.example",
            "----------",
        ]
    ),
    max_size=12,
).map("\n".join)


class _Read(HTMLParser):
    """What a program shows of HTML: its words, its tags, where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        self._within = tag
        self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if self._within not in ("style", "title"):
            self.said.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""


def _words(text: str) -> str:
    """What is said, without white space, what nobody sees, and marks of lists, quotes and rules."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\ufffe\uffff>—-]", "", text)


@given(text=_LINES, title=_WORDS, about=_WORDS, why=_LINES, lang=st.sampled_from(["en", "ar"]))
def test_text_and_html_say_the_same_words(
    text: str, title: str, about: str, why: str, lang: str
) -> None:
    rich = richtext.render(text, lang=lang, title=title, about=about, why=why)
    read = _Read()
    read.feed(rich.html)
    # A button's link is where it leads, in HTML, and a line of its own, in text.
    plain = re.sub(r"(?m)^(.*):\n    https://hub.example/confirm/x$", r"\1", rich.text)
    assert _words("".join(read.said)) == _words(title + about + plain)


@given(text=_LINES, title=_WORDS, why=_LINES)
def test_nothing_loads_and_nothing_breaks_out(text: str, title: str, why: str) -> None:
    rich = richtext.render(text, lang="en", title=title, why=why)
    read = _Read()
    read.feed(rich.html)
    assert read.tags <= _TAGS
    assert read.names <= {"lang", "dir", "charset", "name", "content", "class", "style", "href"}
    assert all(one.startswith(("https://", "http://", "mailto:")) for one in read.links)
    assert len(rich.html.encode("utf-8")) <= richtext.MOST_OCTETS


@given(text=_WORDS)
def test_literal_text_reads_as_it_was_and_is_no_button(text: str) -> None:
    rich = richtext.render(richtext.literal(text), lang="en", title="")
    assert not re.search('class="[bq]"', rich.html)
