"""Which modules import each other: `python importgraph.py ROOT PACKAGE…` prints a circle, as JSON;
with `--from MODULE` first, all modules that this one brings along.

A PACKAGE is a folder below ROOT; what comes before a `:` in it is no part of modules' names.

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
    try:
        TopologicalSorter(_graph(root, packages)).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def reached(root: Path, packages: list[str], start: str) -> list[str]:
    """The modules that `start` imports, and those that they import, and so on."""
    graph = _graph(root, packages)
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return sorted(found)


def _graph(root: Path, packages: list[str]) -> dict[str, set[str]]:
    files = list(_files(root, packages))
    known = {_module(path, above) for path, above in files}
    return {
        _module(path, above): known.intersection(_imported(path, above)) - {_module(path, above)}
        for path, above in files
    }


def _files(root: Path, packages: list[str]) -> Iterator[tuple[Path, Path]]:
    """Each file of ours, and the folder that its module's name begins in."""
    for package in packages:
        above, _, name = package.rpartition(":")
        for path in sorted((root / above / name).rglob("*.py")):
            yield path, root / above


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
    words = sys.argv[1:]
    if words[0] == "--from":
        print(json.dumps(reached(Path(words[2]), words[3:], words[1])))
    else:
        print(json.dumps(circle(Path(words[0]), words[1:])))
