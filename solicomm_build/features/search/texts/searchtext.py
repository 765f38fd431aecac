"""From pages to words: what of a post's or a page's HTML the search reads.

Quotes, old threads that are folded, and signatures are left out: else every answer would be found
for what it answers.
"""

from __future__ import annotations

import html as _html
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from solicomm_build.message.text import markdown

_QUOTE = re.compile(r"<(/?)(?:blockquote|details)\b[^>]*+>?")
_SIGNATURE = '<div class="sig">'
_BREAK = re.compile(
    r"</?(?:p|div|pre|li|ul|ol|dl|dt|dd|section|article|header|footer|table|tr|td|th|figure|nav"
    r"|blockquote|h[1-6]|details|summary|hr|br|a|time|small|bdi)\b[^>]*+>?"
)
_MARKUP = re.compile(r"<[^>]*+>?")
_DROPPED = re.compile(r"<(nav|script|style|form|template)\b.*?</\1>", re.DOTALL)
_LANG = re.compile(r"<html\b[^<>]*?\blang=\"([^\"]*)\"")
_ISSUED = re.compile(r'<meta name="citation_publication_date" content="([0-9/]{4,10})">')
_TIME = re.compile(r"<time\b[^<>]*?\bdatetime=\"([^\"]*)\"")
_NOINDEX = re.compile(r"<meta name=\"robots\" content=\"[^\"]*noindex")


@dataclass(frozen=True, slots=True)
class PageText:
    """What a published page says; `time` in seconds since 1970, 0 when it names none."""

    title: str
    lang: str
    time: int
    text: str


def of_post(html: str) -> str:
    """The author's own words in a rendered post; what is quoted where there is nothing else."""
    signature = html.rfind(_SIGNATURE)
    body = markdown.INTERFACE.sub("", html if signature < 0 else html[:signature])
    kept: list[str] = []
    at = depth = 0
    for tag in _QUOTE.finditer(body):
        if depth == 0:
            kept.append(body[at : tag.start()])
        depth = max(0, depth + (-1 if tag[1] else 1))
        at = tag.end()
    own = plain(" ".join((*kept, body[at:] if not depth else "")))
    return own if own.strip() else plain(body)


def of_page(html: str) -> PageText | None:
    """What a page says between its header and its footer; None when it asks not to be found."""
    _, main, _ = _around(html, "main")
    if not main or _NOINDEX.search(html):
        return None
    body = _DROPPED.sub(" ", main)
    before, heading, after = _around(body, "h1")
    heading = heading or _around(html, "title")[1]
    lang, time = _LANG.search(html), _TIME.search(body)
    title = " ".join(plain(heading).split())
    text = f"{before} {after}"
    said = time[1] if time else ""
    if issued := _ISSUED.search(html):  # a card: when its document came out
        year, month, day = (*issued[1].split("/"), "01", "01")[:3]
        said = f"{year}-{month:0>2}-{day:0>2}"
    return PageText(title, lang[1] if lang else "", _seconds(said) if said else 0, plain(text))


def _around(html: str, tag: str) -> tuple[str, str, str]:
    """What stands before the first element of this tag, in it, and behind it; the page alone when
    it has none. Our pages have one of each that is asked for."""
    start = html.find(f"<{tag}")
    inner = html.find(">", start) + 1 if start >= 0 else 0
    end = html.find(f"</{tag}>", inner) if inner else -1
    if end < 0:
        return html, "", ""
    return html[:start], html[inner:end], html[end + len(tag) + 3 :]


def plain(html: str) -> str:
    """The text of HTML, with a space where a block begins."""
    return _html.unescape(_MARKUP.sub("", _BREAK.sub(" ", html)))


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
