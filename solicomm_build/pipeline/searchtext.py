"""From pages to words: what of a post's or a page's HTML the search reads.

Quotes, old threads that are folded, and signatures are left out: else every answer would be found
for what it answers.
"""

from __future__ import annotations

import html as _html
import re
from dataclasses import dataclass
from datetime import UTC, datetime

_QUOTE = re.compile(r"<(/?)(?:blockquote|details)\b[^>]*>")
_INTERFACE = re.compile(r"<summary data-ui[^>]*>.*?</summary>", re.DOTALL)
_SIGNATURE = '<div class="sig">'
_BREAK = re.compile(
    r"</?(?:p|div|pre|li|ul|ol|dl|dt|dd|section|article|header|footer|table|tr|td|th|figure|nav"
    r"|blockquote|h[1-6]|details|summary|hr|br|a|time|small|bdi)\b[^>]*>"
)
_MARKUP = re.compile(r"<[^>]*>")
_DROPPED = re.compile(r"<(nav|script|style|form|template)\b.*?</\1>", re.DOTALL)
_MAIN = re.compile(r"<main\b[^>]*>(.*)</main>", re.DOTALL)
_TITLE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.DOTALL)
_HEAD_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title>", re.DOTALL)
_LANG = re.compile(r"<html\b[^>]*\blang=\"([^\"]*)\"")
_ISSUED = re.compile(r'<meta name="citation_publication_date" content="([0-9/]{4,10})">')
_TIME = re.compile(r"<time\b[^>]*\bdatetime=\"([^\"]*)\"")
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
    body = _INTERFACE.sub("", html if signature < 0 else html[:signature])
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
    main = _MAIN.search(html)
    if main is None or _NOINDEX.search(html):
        return None
    body = _DROPPED.sub(" ", main[1])
    heading = _TITLE.search(body) or _HEAD_TITLE.search(html)
    lang, time = _LANG.search(html), _TIME.search(body)
    title = " ".join(plain(heading[1]).split()) if heading else ""
    text = _TITLE.sub(" ", body, count=1)
    said = time[1] if time else ""
    if issued := _ISSUED.search(html):  # a card: when its document came out
        year, month, day = (*issued[1].split("/"), "01", "01")[:3]
        said = f"{year}-{month:0>2}-{day:0>2}"
    return PageText(title, lang[1] if lang else "", _seconds(said) if said else 0, plain(text))


def plain(html: str) -> str:
    """The text of HTML, with a space where a block begins."""
    return _html.unescape(_MARKUP.sub("", _BREAK.sub(" ", html)))


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
