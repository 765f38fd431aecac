"""The stemmers for readers' browsers, translated from the installed Python ones.

Index and query must reduce words to the same stems. The Python stemmers (snowballstemmer) are what
the Snowball compiler wrote: methods of a few kinds of statements over one string and a cursor.
Those kinds, and no others, are translated here; anything else stops the translation, so that a new
version of the package cannot quietly change what a browser does. Reads the package's source, and
nothing else. Why: docs/adr/0013-search-in-the-browser.md.

A translated stemmer is a function of the *machine* `m` of the theme's static/search/stemming.js:
`m.w` the word, `m.c` the cursor, `m.l` and `m.b` its limits forwards and backwards, `m.p` and
`m.k` the slice (Snowball's bra and ket), and the commands below. Classes of letters are strings,
tables of endings (Snowball's among) are `m.t({result: "endings with spaces between"})`.
"""

from __future__ import annotations

import ast
import functools
import json
from importlib.resources import files

from solicomm_build.features.search.engine.analyser import STOP_WORDS

LANGUAGES = {
    "ar": "arabic",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "pt": "portuguese",
    "ru": "russian",
}

_STATE = {
    "current": "w",
    "cursor": "c",
    "limit": "l",
    "limit_backward": "b",
    "bra": "p",
    "ket": "k",
}
_COMMANDS = {
    "in_grouping": "i",
    "out_grouping": "o",
    "in_grouping_b": "ib",
    "out_grouping_b": "ob",
    "go_in_grouping": "gi",
    "go_out_grouping": "go",
    "go_in_grouping_b": "gib",
    "go_out_grouping_b": "gob",
    "eq_s": "e",
    "eq_s_b": "eb",
    "find_among": "f",
    "find_among_b": "fb",
    "slice_from": "s",
    "slice_del": "d",
}
_OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.And: "&&",
    ast.Or: "||",
}


class TranslationError(Exception):
    """The installed stemmer is written in a way that is not known here."""


@functools.cache
def javascript(lang: str) -> str:
    """The script `stem-<lang>.js`: one call that hands the stop words and the stemmer of `lang` to
    the page's search.

    Raises TranslationError when the installed package is not as expected.
    """
    name = LANGUAGES[lang]
    source = (files("snowballstemmer") / f"{name}_stemmer.py").read_text("utf-8")
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == f"{name.capitalize()}Stemmer":
            stops = json.dumps(" ".join(sorted(STOP_WORDS[lang])), ensure_ascii=False)
            return f'solicommStem("{lang}",{stops},m=>{{{_Stemmer(node).text()}}});\n'
    raise TranslationError(
        f"snowballstemmer has no {name.capitalize()}Stemmer in its {name}_stemmer.py"
    )


class _Stemmer:
    """Translates one class. Its constants and the variables that live between methods become names
    of one scope, its methods functions."""

    def __init__(self, node: ast.ClassDef) -> None:
        self._class = node.name
        self._members = node.body
        self._names: dict[str, str] = {}
        for member in node.body:
            for name in _defines(member):
                self._names[name] = _short(len(self._names))

    def text(self) -> str:
        """The body of the function that makes the stemmer."""
        values, functions = [], []
        for member in self._members:
            if isinstance(member, ast.FunctionDef):
                functions.append(self._function(member))
            elif isinstance(member, ast.Assign):
                (name,) = _defines(member)
                values.append(f"{self._names[name]}={_constant(member.value)}")
        return f"let {','.join(values)};{''.join(functions)}return {self._names['_stem']}"

    def _function(self, node: ast.FunctionDef) -> str:
        local = sorted(
            {
                name.id
                for name in ast.walk(node)
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
            }
        )
        declared = f"let {','.join(map(_local, local))};" if local else ""
        return f"function {self._names[node.name]}(){{{declared}{self._block(node.body)}}}"

    def _block(self, body: list[ast.stmt]) -> str:
        return "".join(map(self._statement, body))

    def _statement(self, node: ast.stmt) -> str:
        match node:
            case ast.Assign(targets=[target]):
                return f"{self._value(target)}={self._value(node.value)};"
            case ast.AugAssign():
                return f"{self._value(node.target)}{_operator(node.op)}={self._value(node.value)};"
            case ast.If():
                return self._if(node)
            case ast.While(test=ast.Constant(value=True), orelse=[]):
                return f"for(;;){{{self._block(node.body)}}}"
            case ast.Try(
                handlers=[ast.ExceptHandler(type=ast.Name(id=label), body=[ast.Pass()])],
                orelse=[],
                finalbody=[],
            ):
                return f"{_label(label)}:{{{self._block(node.body)}}}"
            case ast.Raise(exc=ast.Call(func=ast.Name(id=label), args=[])):
                return f"break {_label(label)};"
            case ast.Break():
                return "break;"
            case ast.Continue():
                return "continue;"
            case ast.Pass():
                return ""
            case ast.Return(value=ast.Constant(value=bool(answer))):
                return f"return {int(answer)};"
            case ast.Return(value=ast.Compare() | ast.Call() as answer):
                return f"return {self._value(answer)};"
            case ast.Expr(value=ast.Call()):
                return f"{self._value(node.value)};"
        raise _unknown(node)

    def _if(self, node: ast.If) -> str:
        then = f"if({self._value(node.test)}){_braced(self._block(node.body))}"
        if not node.orelse:
            return then
        return f"{then}else {_braced(self._block(node.orelse))}"

    def _value(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=bool(answer)):
                return str(int(answer))
            case ast.Constant(value=int() | str()):
                return json.dumps(node.value, ensure_ascii=False)
            case ast.Name():
                return _local(node.id)
            case ast.Attribute(value=ast.Name(id="self" | self._class)):
                return self._attribute(node.attr)
            case ast.Call(func=ast.Name(id="len"), args=[argument]):
                return f"{self._value(argument)}.length"
            case ast.Call(func=ast.Attribute(), keywords=[]):
                arguments = ",".join(map(self._value, node.args))
                return f"{self._value(node.func)}({arguments})"
            case ast.UnaryOp(op=ast.Not()):
                return f"!{self._value(node.operand)}"
            case ast.UnaryOp(op=ast.USub()):
                return f"-{self._value(node.operand)}"
            case ast.BinOp():
                return f"{self._value(node.left)}{_operator(node.op)}{self._operand(node.right)}"
            case ast.BoolOp():
                return _operator(node.op).join(map(self._operand, node.values))
            case ast.Compare(ops=[op], comparators=[right]):
                return f"{self._value(node.left)}{_operator(op)}{self._value(right)}"
            case ast.Subscript():
                return f"{self._value(node.value)}[{self._value(node.slice)}]"
        raise _unknown(node)

    def _operand(self, node: ast.expr) -> str:
        text = self._value(node)
        return f"({text})" if isinstance(node, ast.BinOp | ast.BoolOp) else text

    def _attribute(self, name: str) -> str:
        if name in self._names:
            return self._names[name]
        short = _STATE.get(name) or _COMMANDS.get(name)
        if short is None:
            raise TranslationError(f"snowballstemmer's {self._class} uses {name}, unknown here")
        return f"m.{short}"


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _constant(node: ast.expr) -> str:
    """A member of the class: a class of letters, a table of endings, replacements, a variable."""
    match node:
        case ast.Set():
            return json.dumps("".join(sorted(ast.literal_eval(node))), ensure_ascii=False)
        case ast.Tuple():
            return json.dumps(
                list(ast.literal_eval(node)), ensure_ascii=False, separators=(",", ":")
            )
        case ast.Constant(value=str()):
            return json.dumps(node.value, ensure_ascii=False)
        case ast.Constant(value=bool() | int() as number):
            return str(int(number))
        case ast.List():
            return _table(node)
    raise _unknown(node)


def _table(node: ast.List) -> str:
    """Endings by result. Which one is the longest that fits is found by the machine, so the links
    between them (Snowball's substring_i) are not needed."""
    results: dict[int, list[str]] = {}
    for item in node.elts:
        match item:
            case ast.Call(func=ast.Name(id="Among"), args=[text, _, result], keywords=[]):
                results.setdefault(ast.literal_eval(result), []).append(ast.literal_eval(text))
            case _:
                raise _unknown(item)
    rows = ",".join(
        f"{json.dumps(str(result)) if result < 0 else result}:"
        + json.dumps(" ".join(endings), ensure_ascii=False)
        for result, endings in sorted(results.items())
    )
    return f"m.t({{{rows}}})"


def _operator(op: ast.AST) -> str:
    try:
        return _OPERATORS[type(op)]
    except KeyError:
        raise _unknown(op) from None


def _braced(block: str) -> str:
    one = block.count(";") == 1 and block.endswith(";") and "{" not in block
    return block if one else f"{{{block}}}"


def _local(name: str) -> str:
    return "x" if name == "among_var" else name.replace("v_", "v")


def _label(name: str) -> str:
    return name.replace("lab", "L")


def _short(number: int) -> str:
    """Names that clash with no other: two letters, the first a capital."""
    return chr(65 + number // 26) + chr(97 + number % 26)


def _unknown(node: ast.AST) -> TranslationError:
    place = f" in line {node.lineno}" if hasattr(node, "lineno") else ""
    return TranslationError(f"snowballstemmer has {type(node).__name__}{place}, unknown here")
