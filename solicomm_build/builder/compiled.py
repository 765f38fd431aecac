"""Templates' code, compiled in a child: taking templates apart leaves holes all over the memory of
the process that does it, and the builder lives long.

    child:  templates ─→ Jinja ─→ Code ─→ pipe ─→ builder: templates ─→ Code ─→ functions

It is kept in `state/templates.json`, so that a command that makes one page does not compile all
templates for it. The file is the hub's own, as its plugins are; deleting it costs seconds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

import solicomm_build
from solicomm_build.builder.apart import children
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

VERSION = "3"
"""Raised when templates are compiled with other settings (render.py::Renderer._jinja)."""


class Code(BytecodeCache):
    """The code of templates by Jinja's key; what is not `known` is compiled and kept in it.

    Jinja itself sees to it that code is of the template's text as it is and of this Python."""

    def __init__(self, known: dict[str, bytes] | None = None) -> None:
        self.known = known or {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hands over the code of a template, if it is known."""
        data = self.known.get(bucket.key)
        if data is not None:
            bucket.bytecode_from_string(data)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code of a template that was compiled."""
        self.known.setdefault(bucket.key, bucket.bytecode_to_string())


def of(config: Config) -> Path:
    """Where a hub keeps it."""
    return config.state / "templates.json"


def made(theme: Path, work: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    """The code of all templates of `theme`, which `work` compiles; done in a child. The caller may
    change what it gets. Blocking."""
    del theme  # only tests, which have many builders, keep what was made of one
    return children.apart(work)


def kept(file: Path, theme: Path, work: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    """What `made` gives, taken from `file` when it was made of the same templates by the same
    programs; else made, and kept there. Blocking."""
    if (found := known(file, theme)) is not None:
        return found
    with safeio.locked(file.with_suffix(".lock")):  # else two who begin together do it twice
        found = known(file, theme)
        if found is None:
            mark, found = _mark(theme), made(theme, work)
            code = {key: base64.b64encode(data).decode("ascii") for key, data in found.items()}
            octets = json.dumps({"mark": mark, "code": code}).encode()
            safeio.write_atomic(file, octets, durable=False, mode=0o600)
    return found


def known(file: Path, theme: Path) -> dict[str, bytes] | None:
    """What is kept in `file` of these templates; None when there is none, or it is damaged."""
    mark = _mark(theme)
    try:
        said = json.loads(file.read_bytes())
        if said["mark"] == mark:
            return {key: base64.b64decode(code) for key, code in said["code"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _mark(theme: Path) -> str:
    """What code is made of: the theme's templates, Jinja, Python, and this program."""
    digest = hashlib.sha256()
    programs = (VERSION, solicomm_build.__version__, jinja2.__version__, sys.version)
    digest.update(repr(programs).encode())
    for path in sorted(theme.rglob("*.html")):
        digest.update(path.relative_to(theme).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
