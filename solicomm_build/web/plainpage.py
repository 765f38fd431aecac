"""Small pages that the web server makes itself, without a theme and without JavaScript: questions
with a button, short forms, answers. Their policy allows no style inside them, so all share one
style sheet.
"""

from __future__ import annotations

import re
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.foundation import i18n
from solicomm_build.foundation.language import languagetag

STYLE = "/unsubscribe/page.css"
"""The style sheet's address; `/join/page.css` answers the same."""

_LANGUAGE = re.compile(rf"\s*({languagetag.WRITTEN.pattern})\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?")
_CSS = """\
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { background: Canvas; color: CanvasText; }
main { max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
a { color: #14489b; }
@media (prefers-color-scheme: dark) { a { color: #9cc2ff; } }
input, select, textarea { font: inherit; width: 100%; box-sizing: border-box; padding: 0.5rem; }
input, select { min-height: 44px; }
.field { margin: 0 0 1rem; }
.field > label, legend { font-weight: 600; }
.field p { margin: 0.2rem 0; }
.wrong { border-inline-start: 4px solid; padding-inline-start: 0.5rem; }
.scroll { overflow-x: auto; }
input[type="radio"], input[type="checkbox"] { width: auto; min-height: 0; }
fieldset { border: 1px solid; margin: 1rem 0; }
fieldset label { display: block; padding: 0.4rem 0; }
button { font: inherit; padding: 0.6rem 1.2rem; min-height: 44px; cursor: pointer; }
article { border-top: 1px solid; padding: 0.5rem 0; }
article h2 { font-size: 1.2rem; margin: 0.5rem 0 0; }
code { overflow-wrap: anywhere; }
"""


def page(
    lang: str, title: str, inside: str, status: int = 200, *, style: str = STYLE, more: str = ""
) -> Response:
    """A whole page that nobody keeps and no search engine lists. `title` is plain text, `inside`
    HTML; `more` is further HTML for the head."""
    language, heading = i18n.language(lang), escape(title)
    text = (
        f'<!doctype html>\n<html lang="{escape(language.code)}" dir="{language.dir}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f'<meta name="robots" content="noindex">\n<title>{heading}</title>\n'
        f'<link rel="stylesheet" href="{style}">\n{more}</head>\n'
        f"<body><main>\n<h1>{heading}</h1>\n{inside}\n</main></body>\n</html>\n"
    )
    return Response(text, status, {"cache-control": "no-store"}, media_type="text/html")


async def stylesheet(request: Request) -> Response:
    """The pages' style sheet."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(_CSS, media_type="text/css", headers=headers)


def wanted_language(request: Request) -> str:
    """The language of ours that Accept-Language likes most (RFC 9110 12.5.4); English if none."""
    liked = []
    for part in request.headers.get("accept-language", "")[:500].split(","):
        match = _LANGUAGE.fullmatch(part)
        language = match[1].lower().partition("-")[0] if match else ""
        if match and language in i18n.LANGUAGES:
            liked.append((_quality(match[2]), language))
    return max(liked, key=lambda one: one[0])[1] if liked else "en"


def _quality(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
