"""The scripts of a stick's pages, as browsers get them: classic ones, since a module does not load
from `file://`. Comments and indentation go; no text in them stands on several lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from solicomm_build.foundation import data

WRITE, UPDATE = "/write/write.js", "/update/update.js"

_SEARCH = ("stemming.js", "analysis.js")
"""Modules of the theme, each after those that it imports."""
_MODULE = re.compile(r"^import .*\n|^export ", re.MULTILINE)


@cache
def write() -> str:
    """What the page to write on does."""
    return _together(_own("letters.js", "write.js"))


@cache
def reader() -> str:
    """What the page of a package does."""
    return _together(_own("sealedfiles.js", "reader.js"))


@cache
def finder() -> str:
    """How the page of a package searches: a script of its own, since it asks more of a browser."""
    folder = data.theme() / "static" / "search"
    modules = ((folder / name).read_text("utf-8") for name in _SEARCH)
    return _together((*(_MODULE.sub("", module) for module in modules), *_own("find.js")))


@cache
def update() -> str:
    """What the page that brings the stick up to date does."""
    return _together(_own("update.js"))


def _own(*names: str) -> Iterable[str]:
    return tuple(data.beside(__file__, name) for name in names)


def _together(texts: Iterable[str]) -> str:
    body = "\n".join(line for text in texts for line in data.script_lines(text))
    return f'"use strict";(()=>{{\n{body}\n}})();\n'
