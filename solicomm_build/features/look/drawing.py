"""A small drawing of a page in a hub's colours, by day and by night: SVG with nothing inline.

Attributes of SVG are no styles, so the pages' policy lets them through.
"""

from __future__ import annotations

from html import escape

from solicomm_build.foundation import colour
from solicomm_build.foundation.hub import brand
from solicomm_build.foundation.i18n import direction, gettext

_INK = {False: "#2b2420", True: "#ece4d9"}
_LINE = {False: "#e6ddd0", True: "#3b352e"}


def drawn(lang: str, name: str, sentence: str, light: str, dark: str) -> str:
    """Both, beside or above each other."""
    night = dark or colour.readable(light, max(brand.DARK, key=colour.luminance))
    rows = ((light, False, gettext(lang, "By day")), (night, True, gettext(lang, "By night")))
    return "".join(
        f"<figure>{_page(lang, name, sentence, value, is_dark)}"
        f"<figcaption>{escape(words)}</figcaption></figure>"
        for value, is_dark, words in rows
    )


def _page(lang: str, name: str, sentence: str, value: str, is_dark: bool) -> str:
    paper, card, _ = brand.DARK if is_dark else brand.LIGHT
    ink, line, on = _INK[is_dark], _LINE[is_dark], colour.on(value)
    rtl = direction(lang) == "rtl"
    edge, side = (344, ' direction="rtl"') if rtl else (16, "")
    ask = escape(gettext(lang, "Ask a question"))
    link = escape(gettext(lang, "Being talked about now"))
    at = edge - 150 if rtl else edge
    words = escape(sentence[:44])
    return (
        f'<svg viewBox="0 0 360 150" role="img" aria-label="{escape(name)}"{side} '
        'font-family="sans-serif">'
        f'<rect width="360" height="150" fill="{paper}"/>'
        f'<rect width="360" height="38" fill="{card}"/><rect y="38" width="360" height="1" '
        f'fill="{line}"/><text x="{edge}" y="25" font-size="16" font-weight="700" fill="{ink}">'
        f"{escape(name[:34])}</text>"
        f'<text x="{edge}" y="66" font-size="14" fill="{ink}">{words}</text>'
        f'<rect x="{at}" y="82" width="150" height="34" rx="8" fill="{value}"/>'
        f'<text x="{at + 75}" y="104" font-size="13" font-weight="600" text-anchor="middle" '
        f'fill="{on}">{ask}</text>'
        f'<text x="{edge}" y="138" font-size="13" fill="{value}" text-decoration="underline">'
        f"{link}</text></svg>"
    )
