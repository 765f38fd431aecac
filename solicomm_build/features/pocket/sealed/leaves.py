"""A package's pages: what stands in a payload once it is open. All HTML in it is made of what is
clean already, by the same that makes books of it (post/books/xhtml.py). Pure."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.pocket.sealed.files import Files
from solicomm_build.features.pocket.sealed.gathering import Leaf
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.post.books import xhtml
from solicomm_build.post.books.xhtml import escaped, quoted
from solicomm_build.post.pages import ConferenceFacts, PostFacts, TopicFacts
from solicomm_build.post.reading import linking, postnotes


def title(lang: str, topic: TopicFacts) -> str:
    """What a topic is called."""
    return topic.title or gettext(lang, "(no subject)")


def row(lang: str, topic: TopicFacts, pages: list[str]) -> dict[str, Any]:
    """A topic in the list."""
    posts = ngettext(
        lang,
        "%(num)s post",
        "%(num)s posts",
        topic.posts,
        num=i18n.format_number(lang, topic.posts),
    )
    said = f"{posts} · {i18n.format_date(lang, topic.last)}"
    return {"title": title(lang, topic), "lang": topic.lang, "said": said, "pages": pages}


def page(about: ConferenceFacts, home: str, leaf: Leaf, files: Files) -> dict[str, Any]:
    """Some posts of a topic, and what there is of their files; `home` is the hub's address, for
    links that lead there."""
    return {
        "html": "\n".join(_post(about.lang, home, leaf, post) for post in leaf.posts),
        "files": {
            ident(post.mid): [files.row(about.lang, one) for one in post.attachments]
            for post in leaf.posts
            if post.attachments
        },
    }


def _post(lang: str, home: str, leaf: Leaf, post: PostFacts) -> str:
    number = f"#{i18n.format_number(lang, post.number)}"
    when = (
        f"<time datetime={quoted(i18n.isodate(post.date))}>"
        f"{escaped(i18n.format_datetime(lang, post.date))}</time>"
    )
    notes = "".join(
        f'<p class="meta">{escaped(one)}</p>' for one in postnotes.words(lang, post.notes)
    )
    way = i18n.direction(post.lang) if post.lang else "auto"
    spoken = f" lang={quoted(post.lang)}" if post.lang else ""
    text = _text(lang, home, leaf, post)
    return (
        f'<article class="post" id={quoted(ident(post.mid))}>'
        f"<header><h2>{number} <bdi>{escaped(post.name)}</bdi></h2>"
        f'<p class="meta">{when}{_parent(lang, leaf, post)}</p>{_subject(lang, leaf, post)}{notes}'
        f'</header><div class="body"{spoken} dir={quoted(way)}>{text}</div></article>'
    )


def _subject(lang: str, leaf: Leaf, post: PostFacts) -> str:
    if not post.subject or post.subject == leaf.topic.title:
        return ""
    says = escaped(gettext(lang, "Subject:"))
    return f'<p class="meta">{says} <bdi>{escaped(post.subject)}</bdi></p>'


def _parent(lang: str, leaf: Leaf, post: PostFacts) -> str:
    if post.parent is None:
        return ""
    number = i18n.format_number(lang, leaf.numbers[post.parent])
    says = escaped(gettext(lang, "in reply to"))
    return f" · {says} #{number} <bdi>{escaped(leaf.names[post.parent])}</bdi>"


def _text(lang: str, home: str, leaf: Leaf, post: PostFacts) -> str:
    said = linking.cited(post.html, dict(post.cites), lang, lambda url: f"{home}{url}")
    own = xhtml.of_html(said, named=lambda name: f"{ident(post.mid)}-{name}")
    here = {one.number: one for one in leaf.posts if one.number < post.number}

    def place(number: int) -> tuple[str, str] | None:
        found = here.get(number)
        return (f"#{ident(found.mid)}", found.name) if found else None

    return linking.numbered(own, place)


def ident(mid: str) -> str:
    """The id of a post in the page."""
    return f"p-{mid}"
