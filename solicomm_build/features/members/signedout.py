"""The script of the page that says that one is signed out: it takes away what this browser had
noted of places that members alone read. Which they are says who is a member, on a machine that
others use.
"""

from __future__ import annotations

import functools
import hashlib

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.foundation import data

PATH = "/logout/forget.js"
_KEPT = {"cache-control": "public, max-age=31536000, immutable"}


@functools.cache
def text() -> str:
    """The script."""
    return "\n".join(data.script_lines(data.beside(__file__, "signedout.js"))) + "\n"


@functools.cache
def tag() -> str:
    """What loads it; its address changes with it, so browsers may keep it."""
    digest = hashlib.sha256(text().encode()).hexdigest()[:8]
    return f'<script src="{PATH}?v={digest}" defer></script>\n'


async def answer(request: Request) -> Response:
    """Sends it."""
    return Response(text(), media_type="text/javascript", headers=_KEPT)
