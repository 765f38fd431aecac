"""Each module imports alone; the layers that pyproject.toml names exist; libraries stay hidden."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PLUGINS = ROOT / "plugins"
SOURCES = sorted((*(ROOT / "solicomm_build").rglob("*.py"), *PLUGINS.rglob("*.py")))

_IMPORT_NAMES = {
    "dkimpy": "dkim",
    "dnspython": "dns",
    "gitpython": "git",
    "pillow": "PIL",
    "pyyaml": "yaml",
}

# One process for all: before each module everything of ours is forgotten, libraries stay.
_ALONE = """
import importlib, json, sys, traceback
failed = []
for name in json.loads(sys.argv[1]):
    for known in list(sys.modules):
        if known.startswith(("solicomm_build", "pelican.plugins.solicomm")):
            del sys.modules[known]
    try:
        importlib.import_module(name)
    except Exception:
        traceback.print_exc()
        failed.append(name)
print(json.dumps(failed))
"""

_IMPORTS = """
import ast, json, sys
found = []
for file in json.loads(sys.argv[1]):
    with open(file, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        else:
            continue
        ours = ("solicomm_build", "pelican.plugins.solicomm")
        found += [(file, name.partition(".")[0]) for name in names if not name.startswith(ours)]
print(json.dumps(found))
"""


def _module(path: Path) -> str:
    root = PLUGINS if path.is_relative_to(PLUGINS) else ROOT
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _dependencies() -> dict[str, str]:
    """The name to import, by the name in pyproject.toml."""
    extras = PROJECT["project"]["optional-dependencies"]
    more = [item for name, some in extras.items() if name != "dev" for item in some]
    items = [*PROJECT["project"]["dependencies"], *more]
    names = (re.split(r"[<>=!~\[ ;]", item)[0] for item in items)
    return {name: _IMPORT_NAMES.get(name, name) for name in names}


def test_each_module_imports_alone() -> None:
    modules = [_module(path) for path in SOURCES]
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, json.dumps(modules)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [], done.stderr


def test_every_layer_exists() -> None:
    for contract in PROJECT["tool"]["importlinter"]["contracts"]:
        for container in contract.get("containers", ()):
            for layer in contract["layers"]:
                for name in re.split(r"[|:]", layer):
                    assert _is_module(f"{container}.{name.strip()}"), f"no layer {name.strip()}"
        for name in (*contract.get("source_modules", ()), *contract.get("forbidden_modules", ())):
            assert _is_module(name), f"{contract['name']} names {name}"


def test_the_guide_shows_the_layers_of_the_contract() -> None:
    guide = (ROOT / "docs" / "howto" / "developer.md").read_text("utf-8")
    section = guide.split("\n## Layers\n")[1].split("\n## ")[0]
    lines = re.findall(r"^    (\S.*)$", section, re.MULTILINE)
    shown = [re.split(r"\s{2,}", line)[0] for line in lines]
    contracts = [one for one in PROJECT["tool"]["importlinter"]["contracts"] if "layers" in one]
    assert shown == [layer for one in contracts for layer in one["layers"]]


def _is_module(name: str) -> bool:
    paths = [root.joinpath(*name.split(".")) for root in (ROOT, PLUGINS)]
    return any(p.with_suffix(".py").is_file() or (p / "__init__.py").is_file() for p in paths)


@cache
def _importers() -> dict[str, set[str]]:
    """Which files import each top-level package.

    In a process of its own: `ast.parse` of Python 3.11 raises SystemError ("recursion depth
    mismatch") where a finaliser that the collector runs meanwhile parses too (cpython#106905),
    which depends on what the tests before left behind.
    """
    files = [path.relative_to(ROOT).as_posix() for path in SOURCES]
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS, json.dumps(files)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    found: dict[str, set[str]] = defaultdict(set)
    for file, package in json.loads(done.stdout):
        found[package].add(file)
    return found


def _rows() -> dict[str, tuple[str, ...]]:
    """Package and the places that may know it, of the table in ADR 0002."""
    text = (ROOT / "docs" / "adr" / "0002-libraries.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \|([^|]*)\|$", text, re.MULTILINE)
    return {name: tuple(re.findall(r"`([^`]+)`", places)) for name, places in rows}


@pytest.mark.parametrize("package", sorted(_dependencies()))
def test_library_is_known_only_to_the_place_that_hides_it(package: str) -> None:
    assert package in _rows(), f"{package} has no row in docs/adr/0002-libraries.md"
    allowed = _rows()[package]
    users = _importers()[_dependencies()[package]]
    strangers = {
        file
        for file in users
        if not any(file.removeprefix("solicomm_build/").startswith(place) for place in allowed)
    }
    assert not strangers


def test_no_row_for_a_library_that_is_not_required() -> None:
    assert set(_rows()) - {"package"} == set(_dependencies())
