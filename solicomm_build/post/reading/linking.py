"""What people write in posts as a way to somewhere else: `#3` for the third post of the topic, and
references such as `lib:2026-7qk3xa2m`. The text around stays as its author typed it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import Cited

_ASIDE = (
    r"<a\b[^<>]*+>(?:[^<]++|<(?!/?a\b))*+</a>|<code\b[^<>]*+>[^<]*+</code>|<[^<>]*+>"
    r"|&[^;&\s]{0,40};"
)
"""What of a text is none of it: tags, links, code, entities."""
_NUMBER = re.compile(_ASIDE + r"|(?<![\w#/.-])#([1-9]\d{0,3})(?![\w-])")
"""`#12` in a text, and what is none."""


def numbered(html: str, place: Callable[[int], tuple[str, str] | None]) -> str:
    """Clean HTML in which numbers of posts are links: `place` gives the address and who wrote the
    post, None where a number is none."""
    if "#" not in html:
        return html

    def link(match: re.Match[str]) -> str:
        found = place(int(match[1])) if match[1] else None
        if found is None:
            return match[0]
        url, name = found
        return f'<a href="{escape(url)}" title="{escape(name)}">#{match[1]}</a>'

    return _NUMBER.sub(link, html)


def cited(
    html: str, cites: Mapping[str, Cited | None], lang: str, address: Callable[[str], str]
) -> str:
    """Clean HTML in which what it names of other parts of the hub is a link that says its title,
    too; what names nothing that everybody may read says so. What the author typed stays as it is:
    the rest is marked as the interface's (`data-ui`). `address` makes of a root-relative address
    what the link says."""
    if not cites:
        return html
    names = "|".join(map(re.escape, cites))
    pattern = re.compile(rf"{_ASIDE}|(?<![\w/.-])({names})(?![\w-])", re.IGNORECASE | re.ASCII)

    def link(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0]
        found = cites[match[1].lower()]
        if found is None:
            hint = gettext(lang, "not in a library that everybody may read")
            return f"{match[1]}<small data-ui> ({escape(hint)})</small>"
        spoken = f' lang="{escape(found.lang)}"' if found.lang else ""
        return (
            f'<a href="{escape(address(found.url))}">{match[1]}'
            f"<cite data-ui{spoken}> <bdi>{escape(found.title)}</bdi></cite></a>"
        )

    return pattern.sub(link, html)
