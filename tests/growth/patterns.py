"""All regular expressions of the program, and with which methods each is used.

Compiled ones are found in every module's names, classes and tables; those that are written where
they are used (`re.sub(r"...", ...)`) and those made in functions, by the syntax tree, their words
taken from the module. What is made of a function's own values cannot be known so: `MADE` says what
it looks like.
"""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from solicomm_build.features.bounces import bounceclass
from solicomm_build.features.bounces.reports import dsn
from solicomm_build.features.library.comparing import matters
from solicomm_build.features.library.deposits import depositguesses
from solicomm_build.features.library.reading import finding
from solicomm_build.features.weekly import summary
from solicomm_build.foundation.language import wordtables
from solicomm_build.gate import words as gate_words
from solicomm_build.message.text import oldthread
from solicomm_build.post.reading import linking
from solicomm_build.post.store import hooks as store_hooks
from solicomm_build.web import mediatype

METHODS = frozenset({"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
_USES = re.compile(rf"\.\s*(?:{'|'.join(sorted(METHODS))})\b|\bre\s*\.|\bpattern\s*=")
_LOOKS = {"match": "match", "fullmatch": "fullmatch"}  # all others look at every place

MADE: dict[str, tuple[str, ...]] = {
    "solicomm_build.post.store.hooks: "
    "re.compile(f'(?<![\\\\w/.-])(?:{whole})(?![\\\\w-])', re.IGNORECASE | re.ASCII)": (
        store_hooks._references().pattern,
    ),
    "solicomm_build.post.reading.linking: "
    "re.compile(f'{_ASIDE}|(?<![\\\\w/.-])({names})(?![\\\\w-])', re.IGNORECASE | re.ASCII)": (
        rf"{linking._ASIDE}|(?<![\w/.-])(lib:2026\-7qk3xa2m)(?![\w-])",
    ),
    "solicomm_build.foundation.characters: re.compile(f\"{ahead}[{''.join(parts)}]\")": (
        "(?![ab])[c-e\\s]",
    ),
    "solicomm_build.features.bounces.bouncewaiting: "
    "re.compile(b'(?<![\\\\w.+-])(?:%s)(?![\\\\w-]|\\\\.\\\\w)'"
    " % b'|'.join(map(re.escape, names)))": (
        r"(?<![\w.+-])(?:ana@union\.example|bücher@union\.example)(?![\w-]|\.\w)",
    ),
    "solicomm_build.features.people.unsaid: re.compile(re.escape(address), re.IGNORECASE)": (
        re.escape("ana@union.example"),
    ),
    "solicomm_build.features.sites.privacy: "
    "re.compile(f'(?<![\\\\w.+-])(?:{words})(?![\\\\w-]|\\\\.\\\\w)')": (
        r"(?<![\w.+-])(?:ana@union\.example|bücher@union\.example)(?![\w-]|\.\w)",
    ),
    "solicomm_build.web.mediatype: re.search(end, path)": tuple(mediatype.OPDS),
    "solicomm_build.features.library.deposits.depositguesses: "
    "re.search('|'.join(wordtables.every(patterns)), text, re.IGNORECASE)": tuple(
        "|".join(wordtables.every(like))
        for like in (depositguesses._UNIONS, *depositguesses._TYPES.values())
    ),
    "solicomm_build.gate.words: re.compile(''.join(_pieces(form)), re.DOTALL)": (
        r"the\ file\ (.*?)\ has\ (.*?)\ octets\.\ (.*)",
    ),
    "solicomm_build.features.weekly.summary: "
    "re.match(f'\\\\s*[\\\\[［]\\\\s*(?:{marks})\\\\s*[\\\\]］]\\\\s*', subject, re.IGNORECASE)": (
        rf"\s*[\[［]\s*(?:{'|'.join(wordtables.every(summary.WORDS))})\s*[\]］]\s*",
    ),
    f"{oldthread.__name__}: re.compile(line, re.IGNORECASE)": (oldthread._original().pattern,),
    f"{oldthread.__name__}: "
    "re.compile(f'{dashes}{_either(_AGAIN)}[ \\\\t]*+:?+{dashes}', re.IGNORECASE)": (
        oldthread._forwarded().pattern,
    ),
    f"{oldthread.__name__}: re.compile(f'(?:-{{{{2,4}}}} ?)?(?:{{_either(_LEADS)}}|{{says}})')": (
        oldthread._wrote().pattern,
    ),
    f"{oldthread.__name__}: re.compile('|'.join(sorted(names)))": (oldthread._labelled().pattern,),
    "solicomm_build.message.text.hypertext: re.compile(f'</{tag}', re.IGNORECASE)": ("</script",),
    "solicomm_build.features.library.exchange.xml: "
    """re.search(f'xmlns:(ns\\\\d+)="{re.escape(namespace)}"', prefixed)""": (
        r'xmlns:(ns\d+)="http://a\.example/"',
    ),
    "solicomm_build.features.library.exchange.xml: re.sub(f'(</?){prefix}:', '\\\\1', prefixed)": (
        "(</?)ns0:",
    ),
    "solicomm_build.features.library.comparing.matters: re.compile('|'.join(found))": tuple(
        one.pattern for one in matters.PATTERNS.values()
    ),
    "solicomm_build.features.library.reading.finding: re.compile('|'.join(map(_spelled, "
    "sorted(words, key=len, reverse=True))), re.IGNORECASE)": (
        finding._spelled("accion") + "|" + finding._spelled("a.*b"),
    ),
    "solicomm_build.features.library.reading.finding: re.compile(_spelled(word), re.IGNORECASE)": (
        finding._spelled("negociacion"),
    ),
}
"""What functions make patterns of, by module and call, with what comes out."""

SHORT = {
    "solicomm_build.features.bounces.bounceclass": bounceclass.MOST_WORDS,
    "solicomm_build.features.bounces.reports.dsn._DELIMITER": dsn._FROM_HERE,
    "solicomm_build.gate.words": gate_words._LONGEST,
    "solicomm_build.web.mediatype": mediatype.LONGEST,
}
"""Where patterns, all of a module or one, only meet texts of so many characters, which the code
cuts before."""

FORMED = {
    "solicomm_build.foundation.faults": "it never ends on purpose, for tests",
    "solicomm_build.git.trees._ENTRY": "a tree that git or we made: each name ends with NUL",
    "solicomm_build.git.objects.entries._ENTRY": "a tree of ours: each name ends with NUL",
}
"""What meets no foreign text, and why."""


@dataclass(frozen=True, slots=True)
class Use:
    """A pattern and how it is used: `match`, `fullmatch` or `search`."""

    where: str
    source: str | bytes
    flags: int
    how: str
    longest: int = 64_000

    @property
    def name(self) -> str:
        return f"{self.where} {self.how}"


def modules() -> Iterator[ModuleType]:
    """Every module of the program and its plugins, imported."""
    for top in ("solicomm_build", "pelican.plugins.solicomm"):
        package = importlib.import_module(top)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{top}."):
            if not found.name.endswith("__main__") and ".testing" not in found.name:
                yield importlib.import_module(found.name)


@cache
def uses() -> tuple[list[Use], list[str]]:
    """All uses, and what could not be told: `module: the call`. Millions of nodes live until they
    are found: to look again and again for those that do not would take longer than to read them."""
    gc.disable()
    try:
        return _found()
    finally:
        gc.enable()


def _longest(where: str) -> int:
    module = where.rpartition(":")[0] or where.rpartition(".")[0]
    return SHORT.get(where) or SHORT.get(module) or 64_000


def _found() -> tuple[list[Use], list[str]]:
    everything = list(modules())
    trees = dict(_trees(everything))
    nodes = {name: list(ast.walk(tree)) for name, tree in trees.items()}
    named = _methods(nodes)
    found: dict[tuple[str | bytes, int, str], str] = {}
    unknown: list[str] = []
    for module in everything:
        for name, pattern in _compiled(module):
            hows = (
                named.get((module.__name__, name.partition("[")[0])) or named[module.__name__, ""]
            )
            for how in hows or {"search", "fullmatch"}:
                found.setdefault((pattern.pattern, pattern.flags, how), f"{module.__name__}.{name}")
        if module.__name__ not in trees:
            continue
        for line, call, source, flags, how in _written(
            module, trees[module.__name__], nodes[module.__name__]
        ):
            if source is None:
                made = MADE.get(f"{module.__name__}: {call}")
                if made is None:
                    unknown.append(f"{module.__name__}: {call}")
                for one in made or ():
                    found.setdefault((one, flags, how), f"{module.__name__}:{line}")
            else:
                found.setdefault((source, flags, how), f"{module.__name__}:{line}")
    return [
        Use(where, *key, longest=_longest(where))
        for key, where in found.items()
        if where not in FORMED and where.rpartition(":")[0] not in FORMED
    ], unknown


def _trees(those: list[ModuleType]) -> Iterator[tuple[str, ast.Module]]:
    """The syntax of those that use a pattern, or hand one on, by name."""
    for module in those:
        source = inspect.getsource(module)
        if _USES.search(source):
            yield module.__name__, ast.parse(source)


def _compiled(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns among what a module itself defines, with their names."""
    for name, value in vars(module).items():
        yield from _within(name, value, module, 0)


def _within(
    name: str, value: Any, module: ModuleType, depth: int
) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif depth > 4:
        return
    elif isinstance(value, dict):
        for key, one in [*value.items()]:
            for inside in (key, one):
                yield from _within(f"{name}[{str(key)[:20]}]", inside, module, depth + 1)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for number, one in enumerate(value):
            yield from _within(f"{name}[{number}]", one, module, depth + 1)
    elif isinstance(value, type) and value.__module__ == module.__name__:
        for key, one in vars(value).items():
            if not key.startswith("__"):
                yield from _within(f"{name}[{key}]", one, module, depth + 1)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for key in value.__dataclass_fields__:
            yield from _within(f"{name}[{key}]", getattr(value, key, None), module, depth + 1)


def _methods(nodes: dict[str, list[ast.AST]]) -> dict[tuple[str, str], set[str]]:
    """How patterns are used, by module and name; under the name "" how the module uses what it does
    not name itself: members of tables, parameters."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module, those in nodes.items():
        homes = dict(_imported(those))
        for node in those:
            for name in _of_schema(node):
                found[homes.get(name, (module, name))].add("fullmatch")
            if not isinstance(node, ast.Attribute) or node.attr not in METHODS:
                continue
            how, owner = _LOOKS.get(node.attr, "search"), node.value
            if isinstance(owner, ast.Name):
                found[homes.get(owner.id, (module, owner.id))].add(how)
                found[module, ""].add(how)
            elif isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name):
                home = homes.get(owner.value.id, ("", owner.value.id))
                found[".".join(filter(None, home)), owner.attr].add(how)
                found[module, ""].add(how)
            else:
                found[module, ""].add(how)
    return found


def _of_schema(node: ast.AST) -> Iterator[str]:
    """Names of patterns that the schema reader compares whole values with: `pattern=NAME`."""
    if isinstance(node, ast.Call):
        for word in node.keywords:
            if word.arg == "pattern" and isinstance(word.value, ast.Name):
                yield word.value.id


def _imported(nodes: list[ast.AST]) -> Iterator[tuple[str, tuple[str, str]]]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                yield one.asname or one.name, (node.module, one.name)


def _written(
    module: ModuleType, tree: ast.Module, nodes: list[ast.AST]
) -> Iterator[tuple[int, str, str | bytes | None, int, str]]:
    """Calls of `re` itself: line, text, pattern (None: made of a function's values), flags, how."""
    top = {id(call) for node in tree.body for call in _outside_functions(node)}
    for node in nodes:
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in METHODS | {"compile"}
            and node.args
        ):
            continue
        if node.func.attr == "compile" and id(node) in top:
            continue  # it has a name, or stands in a table: found there
        source = _value(node.args[0], module)
        if isinstance(source, re.Pattern):
            continue
        known = source if isinstance(source, (str, bytes)) else None
        hows = (
            ("match", "fullmatch")
            if node.func.attr == "compile"
            else (_LOOKS.get(node.func.attr, "search"),)
        )
        for how in hows:
            yield node.lineno, ast.unparse(node), known, _flags(node, module), how


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _outside_functions(child)


def _flags(call: ast.Call, module: ModuleType) -> int:
    given = [word.value for word in call.keywords if word.arg == "flags"]
    at = {"compile": 1, "match": 2, "fullmatch": 2, "search": 2, "findall": 2, "finditer": 2}
    assert isinstance(call.func, ast.Attribute)
    place = at.get(call.func.attr, 99)
    given += call.args[place : place + 1]
    return int(sum(value for one in given if isinstance(value := _value(one, module), int)))


def _value(node: ast.expr, module: ModuleType) -> Any:
    """What an expression of constants and the module's names is worth; None when it has others."""
    try:
        return eval(compile(ast.Expression(node), "<pattern>", "eval"), dict(vars(module)))
    except Exception:
        return None
