"""The two scripts as browsers get them: what both need comes first in each, so that neither loads
another. Comments and indentation go; no text in them stands on several lines."""

from __future__ import annotations

from functools import cache

from solicomm_build.foundation import data

PAGE, WORKER = "/offline/page.js", "/sw.js"


@cache
def page() -> str:
    """What the page of what is kept does."""
    return _together("page.js")


@cache
def worker() -> str:
    """The worker. A browser takes another one when an octet of it is another."""
    return _together("worker.js")


def _together(name: str) -> str:
    texts = (data.beside(__file__, "keeping.js"), data.beside(__file__, name))
    return "\n".join(line for text in texts for line in data.script_lines(text)) + "\n"
