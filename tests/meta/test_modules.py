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

# One process for all. Each module runs once, when what it imports has run, and sees of ours only
# what it would have loaded itself: the rest is hidden, as a module and as its package's attribute.
_ALONE = """
import ast, importlib, json, sys, traceback
from graphlib import TopologicalSorter

files = json.load(sys.stdin)

def with_parents(name):
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]

def direct(name):
    with open(files[name], encoding="utf-8") as source:
        body = list(ast.parse(source.read()).body)
    package = name if files[name].endswith("__init__.py") else name.rpartition(".")[0]
    found = {one for one in with_parents(name) if one in files}
    while body:
        node = body.pop()
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = importlib.util.resolve_name("." * node.level + base, package)
            names = [base] + [base + "." + alias.name for alias in node.names]
        else:
            if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
                body += getattr(node, "body", []) if isinstance(node, (ast.If, ast.Try)) else []
            body += getattr(node, "orelse", []) if isinstance(node, (ast.If, ast.Try)) else []
            continue
        found |= {one for some in names for one in with_parents(some) if one in files}
    return found - {name}

def show(names):
    for name in [n for n in sys.modules if n in files]:
        del sys.modules[name]
    for name, module in known.items():
        package, _, last = name.rpartition(".")
        if name in names:
            sys.modules[name] = module
            if package in known:
                setattr(known[package], last, module)
        elif package in known and vars(known[package]).get(last) is module:
            delattr(known[package], last)

imports = {name: direct(name) for name in files}
for name, some in imports.items():  # a package that imports what is in it runs with that
    own = [one for one in with_parents(name)[:-1] if one in files]
    some -= {one for one in own if any(n.startswith(one + ".") for n in imports[one])}
known, closure, failed = {}, {}, []
for name in TopologicalSorter(imports).static_order():
    closure[name] = {name}.union(*(closure[one] for one in imports[name]))
    show(closure[name])
    try:
        known[name] = importlib.import_module(name)
    except Exception:
        traceback.print_exc()
        failed.append(name)
print(json.dumps([sorted(closure), failed]))
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
    modules = {_module(path): str(path) for path in SOURCES}
    ran, failed = _alone(modules)
    assert ran == sorted(modules)
    assert failed == []


def test_a_module_that_needs_another_to_be_loaded_first_is_found(tmp_path: Path) -> None:
    package = tmp_path / "leaning"
    package.mkdir()
    texts = {
        "__init__": "",
        "first": "import leaning.third",
        "second": "import leaning\nleaning.third",
        "third": "",
    }
    for name, text in texts.items():
        package.joinpath(f"{name}.py").write_text(text)
    files = {f"leaning.{name}": str(package / f"{name}.py") for name in texts}
    files["leaning"] = files.pop("leaning.__init__")
    assert _alone(files, tmp_path)[1] == ["leaning.second"]


def _alone(files: dict[str, str], cwd: Path = ROOT) -> tuple[list[str], list[str]]:
    """The modules that were imported, and those of them that could not be."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE],
        input=json.dumps(files),
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ran, failed = json.loads(done.stdout.splitlines()[-1])
    return ran, failed


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
