"""Which modules import each other: `python importgraph.py ROOT PACKAGE…` prints a circle, as JSON.

Imports within functions and for type checkers count too: what two modules need of each other
belongs into a third. A process of its own, for the reason that `test_modules.py::_importers` gives.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def circle(root: Path, packages: list[str]) -> list[str]:
    """The modules of one circle, the first of them again at the end; empty when there is none."""
    files = [path for package in packages for path in sorted((root / package).rglob("*.py"))]
    known = {_module(path, root) for path in files}
    graph = {
        _module(path, root): known.intersection(_imported(path, root)) - {_module(path, root)}
        for path in files
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def _module(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, root: Path) -> Iterator[str]:
    """Names that may be modules: those after `import`, and of `from a import b` both a and a.b."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join((*above, *filter(None, [node.module])))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


if __name__ == "__main__":
    print(json.dumps(circle(Path(sys.argv[1]), sys.argv[2:])))
