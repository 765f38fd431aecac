"""Templates' code, compiled in a child: taking templates apart leaves holes all over the memory of
the process that does it, and the builder lives long.

    child:  templates ─→ Jinja ─→ Code ─→ pipe ─→ builder: templates ─→ Code ─→ functions

It lies beside the theme, as Python's own code lies beside modules: `make setup` and the Debian
package compile it once for all hubs. Where nobody did, each hub keeps it in `state/templates.json`,
so that a command that makes one page does not compile all templates for it. That file is the hub's
own, as its plugins are; deleting either costs a second.
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


def with_program(theme: Path) -> Path:
    """Where the program keeps it that brought the theme along. Who serves hubs only reads it."""
    return theme.parent / "__pycache__" / f"{theme.name}.templates.json"


def made(theme: Path, work: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    """The code of all templates of `theme`, which `work` compiles; done in a child. The caller may
    change what it gets. Blocking."""
    del theme  # only tests, which have many builders, keep what was made of one
    return children.apart(work)


def kept(file: Path, theme: Path, work: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    """What `made` gives, taken from the program or from `file` when it was made of the same
    templates by the same programs; else made, and kept in `file`. Blocking."""
    if (found := known(file, theme)) is not None:
        return found
    with safeio.locked(file.with_suffix(".lock")):  # else two who begin together do it twice
        found = known(file, theme)
        if found is None:
            found = keep(file, theme, lambda: made(theme, work))
    return found


def keep(
    file: Path, theme: Path, work: Callable[[], dict[str, bytes]], mode: int = 0o600
) -> dict[str, bytes]:
    """Has templates compiled, and keeps their code in `file`; what it is. Blocking."""
    mark, found = _mark(theme), work()
    code = {key: base64.b64encode(data).decode("ascii") for key, data in found.items()}
    octets = json.dumps({"mark": mark, "code": code}).encode()
    safeio.write_atomic(file, octets, durable=False, mode=mode)
    return found


def known(file: Path, theme: Path) -> dict[str, bytes] | None:
    """What the program, or else `file`, keeps of these templates; None when neither has it, or it
    is damaged."""
    mark = _mark(theme)
    return _of(with_program(theme), mark) or _of(file, mark)


def is_made(file: Path, theme: Path) -> bool:
    """Whether `file` keeps the code of these templates."""
    return _of(file, _mark(theme)) is not None


def _of(file: Path, mark: str) -> dict[str, bytes] | None:
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
