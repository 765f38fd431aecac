"""The scripts of a stick's pages, as browsers get them: classic ones, since a module does not load
from `file://`. Comments and indentation go; no text in them stands on several lines."""

from __future__ import annotations

from functools import cache

from solicomm_build.foundation import data

WRITE, UPDATE = "/write/write.js", "/update/update.js"


@cache
def write() -> str:
    """What the page to write on does."""
    return _together("letters.js", "write.js")


@cache
def reader() -> str:
    """What the page of a package does."""
    return _together("reader.js")


@cache
def update() -> str:
    """What the page that brings the stick up to date does."""
    return _together("update.js")


def _together(*names: str) -> str:
    texts = (data.beside(__file__, name) for name in names)
    body = "\n".join(line for text in texts for line in data.script_lines(text))
    return f'"use strict";(()=>{{\n{body}\n}})();\n'
