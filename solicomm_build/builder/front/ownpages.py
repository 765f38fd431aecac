"""The operator's own texts as pages show them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache, partial

import markdown

from solicomm_build.builder.apart import children
from solicomm_build.post.pages import relative

_PLACE = re.compile(
    r'<a href="(?:\.\./)*+(?:[a-z]{2}/)?(([a-z]++)/[a-z0-9-]++/)[^"]*+"[^>]*+>'
    r"((?:[^<]++|<(?!/?a[ >])[^<>]*+>)*+)</a>"
)
"""A link to a place, or to something in it: the place, its folder, the words."""


def operator_html(text: str, url: str) -> str:
    """The operator's own Markdown as HTML (Python-Markdown, the dialect Pelican's users know).

    The operator is trusted; root-relative links become relative to the page at `url`.
    """
    html: str = markdown.markdown(text, extensions=["extra", "sane_lists", "smarty"])
    for mark in ('href="/', 'src="/'):
        parts = html.split(mark)
        html = str(parts[0]) + "".join(
            mark[:-1] + relative(url, "/" + target) + '"' + rest
            for target, _, rest in (part.partition('"') for part in parts[1:])
        )
    return html


@lru_cache(maxsize=4)
def operator_htmls(texts: tuple[tuple[str, str], ...]) -> Sequence[str]:
    """The HTML of these (text, url), made in a child and kept while they stay: what each post makes
    anew has them at hand, and no process keeps the extensions of Python-Markdown for it. Blocking.
    """
    return children.apart(partial(_all_of, texts))


def _all_of(texts: tuple[tuple[str, str], ...]) -> Sequence[str]:
    return [operator_html(text, url) for text, url in texts]


def only_there(html: str, places: Collection[str], folders: Collection[str]) -> str:
    """The HTML with links to none but these `places` (`conferences/bar/`) of these `folders`: what
    is said of others stays as words.

    >>> only_there('<a href="unions/a/">A</a>, <a href="../b/">B</a>', (), ("unions",))
    'A, <a href="../b/">B</a>'
    """
    return _PLACE.sub(
        lambda link: link[3] if link[2] in folders and link[1] not in places else link[0], html
    )
