"""The operator's own texts as pages show them."""

from __future__ import annotations

import markdown

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
