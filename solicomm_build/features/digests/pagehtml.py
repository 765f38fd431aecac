"""The HTML part of a digest that reads like a page.

Pure. One column that fits a telephone, in both directions and in the dark; nothing is loaded from
anywhere, and what authors wrote comes in as text. Styles stand in the head, for programs that read
them, and what must hold without them is in the elements themselves.
"""

from __future__ import annotations

import re
from html import escape

from solicomm_build.features.digests.page import Item, Topic
from solicomm_build.features.digests.pagetext import file_words
from solicomm_build.features.digests.values import Digest, FileLine
from solicomm_build.foundation import data
from solicomm_build.foundation.i18n import direction

# Colours are those of letters (message/richtext.py) and of the theme, light and dark.
_PRESS = (
    "display:inline-block;padding:13px 24px;border-radius:8px;background:#96301f;color:#ffffff;"
    "font-weight:600;text-decoration:none"
)
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'’”»]")


def html_of(digest: Digest, topics: tuple[Topic, ...]) -> str:
    """The HTML part: a whole document, a few lines."""
    words, lang = digest.words, digest.lang
    style = data.beside(__file__, "page.css")
    head = (
        f'<!doctype html>\n<html lang="{escape(lang)}" dir="{direction(lang)}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(words.subject)}</title>\n<style>{style}</style></head>\n<body>"
    )
    about = (
        f'<h1><bdi>{escape(digest.facts.title)}</bdi></h1>\n<p class="m">{escape(words.about)}</p>'
    )
    inside = [about, _contents(digest, topics), *(_topic(digest, topic) for topic in topics)]
    body = "\n".join(filter(None, [*inside, _foot(digest)]))
    return f'{head}<div class="d">\n{body}\n</div></body></html>\n'


def _contents(digest: Digest, topics: tuple[Topic, ...]) -> str:
    if len(topics) < 2:
        return ""
    rows = "\n".join(f"<li>{_title(topic)}{_count(topic)}</li>" for topic in topics)
    return f"<p>{escape(digest.words.contents)}</p>\n<ul>\n{rows}\n</ul>"


def _count(topic: Topic) -> str:
    return f' <span class="m">({len(topic.items)})</span>' if len(topic.items) > 1 else ""


def _title(topic: Topic) -> str:
    title = f"<bdi>{escape(topic.title)}</bdi>"
    return f'<a href="{escape(topic.link)}">{title}</a>' if topic.link else title


def _topic(digest: Digest, topic: Topic) -> str:
    posts = "\n".join(_post(digest, item, nth) for nth, item in enumerate(topic.items))
    return f'<div class="t"><h2>{_title(topic)}</h2>\n{posts}\n</div>'


def _post(digest: Digest, item: Item, nth: int) -> str:
    name = f'<b><bdi>{escape(item.author)}</bdi></b> <span class="m">· {escape(item.when)}</span>'
    rows = [f"<p>{name}</p>", *(f'<p dir="auto">{_words(one)}</p>' for one in item.paragraphs)]
    rows += [_files(digest, digest.words.pictures, item.pictures)]
    rows += [_files(digest, digest.words.attached, item.files)]
    rows.append(_doors(digest, item))
    kind = ' class="p"' if nth else ""
    return f"<div{kind}>" + "\n".join(filter(None, rows)) + "</div>"


def _words(paragraph: str) -> str:
    """The author's words: text, with its links to press and its lines as they are."""
    pieces, at = [], 0
    for link in _LINK.finditer(paragraph):
        shown = escape(link[0])
        pieces += [escape(paragraph[at : link.start()]), f'<a href="{shown}">{shown}</a>']
        at = link.end()
    pieces.append(escape(paragraph[at:]))
    return "".join(pieces).replace("\n", "<br>\n")


def _files(digest: Digest, label: str, files: tuple[FileLine, ...]) -> str:
    if not files:
        return ""
    rows = "\n".join(f"<li>{_file(digest, one)}</li>" for one in files)
    return f'<p class="m">{escape(label)}</p>\n<ul>\n{rows}\n</ul>'


def _file(digest: Digest, file: FileLine) -> str:
    said = f"<bdi>{escape(file_words(digest, file))}</bdi>"
    return f'<a href="{escape(file.link)}">{said}</a>' if file.link else said


def _doors(digest: Digest, item: Item) -> str:
    words, doors = digest.words, []
    if item.answer:
        link = f'href="{escape(item.mailto)}"'
        doors.append(f'<a class="b" style="{_PRESS}" {link}>{escape(words.reply)}</a>')
    if item.link:
        doors.append(f'<a class="l" href="{escape(item.link)}">{escape(words.read)}</a>')
    return f"<p>{' &nbsp; '.join(doors)}</p>" if doors else ""


def _foot(digest: Digest) -> str:
    words, facts = digest.words, digest.facts
    rows = [
        escape(words.reason),
        f"{escape(words.options)} {_address(f'{facts.list_id}-request@{facts.domain}')}",
        f'<a class="s" href="{escape(digest.choices)}">{escape(words.choose)}</a>',
        f"{escape(words.leaving)} {_address(f'{facts.list_id}-leave@{facts.domain}')}",
        escape(words.issue),
    ]
    return '<div class="f m">' + "\n".join(f"<p>{row}</p>" for row in rows) + "</div>"


def _address(address: str) -> str:
    return f'<a href="mailto:{escape(address)}"><bdi dir="ltr">{escape(address)}</bdi></a>'
