"""Templates' code, compiled in a child: taking templates apart leaves holes all over the memory of
the process that does it, and the builder lives long.

    child:  templates ─→ Jinja ─→ Code ─→ pipe ─→ builder: templates ─→ Code ─→ functions
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache

from solicomm_build.builder.apart import children


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


def made(theme: Path, work: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    """The code of all templates of `theme`, which `work` compiles; done in a child. The caller may
    change what it gets. Blocking."""
    del theme  # only tests, which have many builders, keep what was made of one
    return children.apart(work)
