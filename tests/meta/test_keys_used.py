"""Every key of a settings file has an effect: something besides its reader looks at it.

Looked for is the attribute that the reader fills, in code, plugins and templates; in the
reader's own module only what the value says of itself (`self.key`) counts.
"""

from __future__ import annotations

import ast
import re
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import solicomm_build

PACKAGE = Path(solicomm_build.__file__).parent
PROJECT = PACKAGE.parent
READERS = {
    "foundation.hub.config": ("foundation/hub/hubyaml.py",),
    "foundation.hub.brand": (),
    "foundation.hub.outwards": (),
    "foundation.types": (),
    "foundation.logfile": ("foundation/hub/hubyaml.py",),
    "post.conference": (),
    "post.postingrules": (),
    "features.sites.values.site": (),
    "post.editorial.sitepage": (),
    "features.forms.values.form": (),
    "features.polls.values.poll": (),
    "features.people.personcard": (),
    "features.courses.course": (),
    "features.library.library": (),
}
"""Modules with the values of settings files, and who else fills them."""

IDLE = {
    "Conference.raw_mail_days",  # the gate and docs/knownissues.md say so
    "Card.consented",  # a record of what somebody said yes to, and when
}
"""Keys that have no effect, each for a reason."""


@cache
def _sources() -> dict[str, str]:
    files = [*PACKAGE.rglob("*.py"), *(PROJECT / "plugins").rglob("*.py")]
    return {str(file): file.read_text("utf-8") for file in files}


@cache
def _reads(file: str) -> set[str]:
    return _attributes(ast.parse(_sources()[file]))


def _is_read(name: str, own: set[str]) -> bool:
    """Whether a file that is not one of its `own` looks at it; read are those that may, until one
    does."""
    return any(
        name in _reads(file)
        for file, text in _sources().items()
        if f".{name}" in text and file not in own
    )


def _attributes(tree: ast.AST, of: str = "") -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and (not of or (isinstance(node.value, ast.Name) and node.value.id == of))
    }


@cache
def _in_templates() -> set[str]:
    texts = [file.read_text("utf-8") for file in (PROJECT / "themes").rglob("*.html")]
    return set(re.findall(r"\.(\w+)", "\n".join(texts)))


@pytest.mark.parametrize(("module", "more"), READERS.items())
def test_every_key_is_looked_at(module: str, more: tuple[str, ...]) -> None:
    found = import_module(f"solicomm_build.{module}")
    own = {str(PACKAGE / name) for name in more} or {str(Path(str(found.__file__)))}
    idle = {
        f"{kind.__name__}.{field.name}"
        for kind in vars(found).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == found.__name__
        for field in fields(kind)
        if field.name not in _in_templates()
        and field.name not in _of_itself(str(found.__file__), kind.__name__)
        and not _is_read(field.name, own)
    }
    assert idle <= IDLE


@cache
def _of_itself(file: str, name: str) -> set[str]:
    tree = ast.parse(Path(file).read_text("utf-8"))
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == name]
    return set().union(*(_attributes(one, of="self") for one in classes))
