"""The scripts of the search page, made of the theme's folder `search` of JavaScript modules.

They become one classic script, `search.js`, because a module does not load from `file://`; beside
it come the stemmers that it may ask for, `stem-<lang>.js`, the Romance ones together: a word in
Latin letters needs all that the index has documents of. Only whole lines are taken out (comments,
imports) and indentation: nothing that could change what the script does, as long as no text in it
goes over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from solicomm_build.features.search.engine import stemmerjs
from solicomm_build.foundation.data import script_lines

STEMMERS = {
    "stem-ar": ("ar",),
    "stem-en": ("en",),
    "stem-romance": ("es", "fr", "pt"),
    "stem-ru": ("ru",),
}
"""Scripts with stemmers, and the languages in each."""
_MODULES = "search"
_ENTRY = "page.js"
_IMPORT = re.compile(r'^import [^"\n]*+"\./([a-z]+\.js)";', re.MULTILINE)
STEMMER = "snowballstemmer"
"""The distribution that the stemmers are made of."""


def statics(theme: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The static files of a theme with the scripts in place of the modules."""
    modules = {
        name.removeprefix(f"{_MODULES}/"): octets.decode()
        for name, octets in theme.items()
        if name.startswith(f"{_MODULES}/") and name.endswith(".js")
    }
    if not modules:
        return theme
    found = {
        name: octets
        for name, octets in theme.items()
        if name.removeprefix(f"{_MODULES}/") not in modules or not name.startswith(f"{_MODULES}/")
    }
    found[f"{_MODULES}.js"] = joined(modules).encode()
    for name, langs in STEMMERS.items():
        found[f"{name}.js"] = "".join(map(stemmerjs.javascript, langs)).encode()
    return found


def joined(modules: dict[str, str]) -> str:
    """One classic script of JavaScript modules by file name, each after those that it imports."""
    order: list[str] = []

    def add(name: str) -> None:
        for imported in _IMPORT.findall(modules[name]):
            if imported not in order:
                add(imported)
        order.append(name)

    add(_ENTRY)
    body = "\n".join(line for name in order for line in _lines(modules[name]))
    return f'"use strict";(()=>{{\n{body}\n}})();\n'


def _lines(module: str) -> list[str]:
    lines = script_lines(module)
    return [line.removeprefix("export ") for line in lines if not _IMPORT.fullmatch(line)]
