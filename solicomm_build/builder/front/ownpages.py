"""The operator's own texts as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import markdown

from solicomm_build.builder.apart import children
from solicomm_build.post.pages import relative


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
