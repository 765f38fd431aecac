"""The templates of letters: `letters/<letter>.txt` in a feature's folder or the desk's, and a hub's
own in `letters/<feature>/<letter>.txt` of its folder (docs/howto/theme.md#letters).

The first paragraph of a template is the subject, the rest is the text. A file whose name begins
with `_` is a part that others include. A line `[Label](link)` of a template is a button
(message/richtext.py); a fact never is, since strangers wrote many of them. Templates are Jinja in
its sandbox and have less than that: no assignments, no arithmetic, no methods, loops over facts
only, the filters below. So whoever copies ours and changes it can break a letter's words and
nothing else. What is wrong with a hub's own file is logged, and ours takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import jinja2
from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from solicomm_build import desk
from solicomm_build.foundation import hooks
from solicomm_build.message import richtext

MOST_OCTETS = 65_536
"""Of a hub's own template."""
MOST_CHARACTERS = 1_000_000
"""Of a letter that it makes."""

GIVEN = frozenset({"_", "ngettext", "pgettext", "at", "day", "moment", "number", "size", "word"})
GIVEN_FACTS = frozenset({"conference", "hub", "lang", "list", "to", "url"})
"""What every template has: functions, and facts."""

_NAME = re.compile(r"[a-z]+/_?[a-z][a-z-]*\.txt")
_SUBJECT, _TEXT = ":subject", ":text"
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.Call, nodes.Keyword, nodes.Filter, nodes.Test, nodes.If, nodes.For,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat,
    nodes.Include, nodes.Tuple,
)  # fmt: skip
_FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


# -- text with marks: what is kept, and which lines are ours -----------------------------------


def _kept(text: str) -> _Kept:
    """Text that stays as it is, with its blank rows."""
    return _Kept(text.replace("\0", "").replace("\n", "\0n"))


def _post(markdown: str) -> _Kept:
    """A post in Markdown, as on its page (message/richtext.py)."""
    rows = markdown.replace("\0", "").strip("\n").split("\n")
    return _Kept("\0n".join(f"\0m{row}" for row in rows))


def restored(text: str) -> str:
    """A text without our marks: what was `kept` is as it was, only buttons of ours are buttons."""
    shown = richtext.literal(text.replace("\0n", "\n"))
    return shown.replace("\0b", "").replace("\0m", richtext.POST)


def _paragraphs(parts: Iterable[str]) -> _Kept:
    """Paragraphs that were made elsewhere, by us; blank rows in them stay."""
    split = (part.replace("\0", "").split("\n") for part in parts if part)
    return _Kept("\n\n".join("\0n".join(map(_marked_row, rows)) for rows in split))


def _marked_row(row: str) -> str:
    return f"\0b{row}" if richtext.is_button(row) else row


def _lines(value: str | tuple[str, ...] | list[str]) -> str:
    """Lines that stay as they are, indented: of a text, or one each."""
    rows = value.split("\n") if isinstance(value, str) else value
    return "\n".join(f"    {row}" for row in rows)


def marked(text: str) -> str:
    """What a template made, to be put into another with its marks."""
    return _Kept(text)


class _Kept(str):
    """Marked by us: nobody else's text has a mark in it."""

    __slots__ = ()


def _unmarked(value: object) -> object:
    if isinstance(value, _Kept | jinja2.Undefined):
        return value
    return str(value).replace("\0", "")


# -- where templates lie ----------------------------------------------------------------------


@hooks.derived
def ours() -> Mapping[str, Path]:
    """Every template that comes with the program or with an operator's own feature, by its name:
    `people/form.txt`."""
    found = {f"desk/{path.name}": path for path in Path(desk.__path__[0]).glob("letters/*.txt")}
    for feature, folder in hooks.folders().items():
        found |= {f"{feature}/{path.name}": path for path in folder.glob("letters/*.txt")}
    return found


class _Loader(jinja2.BaseLoader):
    """`people/form.txt`, and of it `people/form.txt:subject` and `people/form.txt:text`. A hub's
    own file comes first when there is a folder of such."""

    def __init__(self, own: Path | None) -> None:
        self._own = own

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        name, _, part = template.partition(":")
        path = self._place(name)
        changed = path.stat().st_mtime_ns
        text = _read(environment, path, name)
        return _part(text, part), str(path), lambda: _mtime(self._place(name)) == changed

    def _place(self, name: str) -> Path:
        if self._own and _NAME.fullmatch(name) and (self._own / name).is_file():
            return self._own / name
        found = ours().get(name)
        if found is None:
            raise jinja2.TemplateNotFound(name)
        return found


def _mtime(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def _part(text: str, part: str) -> str:
    """The subject or the text of a template, each at its own lines."""
    if not part:
        return text
    subject, gap, rest = text.partition("\n\n")
    return subject if part == _SUBJECT[1:] else "\n" * (subject + gap).count("\n") + rest


def _read(environment: jinja2.Environment, path: Path, name: str) -> str:
    """A template that keeps the rules. Raises TemplateSyntaxError."""
    octets = path.read_bytes()
    if len(octets) > MOST_OCTETS:
        raise TemplateSyntaxError(f"longer than {MOST_OCTETS} octets", 1, name, str(path))
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise TemplateSyntaxError("is not UTF-8", 1, name, str(path)) from None
    for node in _walk(environment.parse(text, name, str(path))):
        if not isinstance(node, _ALLOWED):
            words = f"`{type(node).__name__.lower()}` is not for letters"
            raise TemplateSyntaxError(words, node.lineno, name, str(path))
        if isinstance(node, nodes.Call) and not isinstance(node.node, nodes.Name):
            raise TemplateSyntaxError("methods are not for letters", node.lineno, name, str(path))
    rows = text.split("\n")
    return "\n".join(f"\0b{row}" if _is_button_row(row) else row for row in rows)


def _is_button_row(row: str) -> bool:
    """Whether a template's own row is `[Label](link)`, whatever is filled in there later."""
    return row.startswith("[") and row.rstrip(" ").endswith(")") and "](" in row


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for one in node.iter_child_nodes():
        yield from _walk(one)


# -- rendering --------------------------------------------------------------------------------


@cache
def _environment(own: Path | None) -> jinja2.Environment:
    made = ImmutableSandboxedEnvironment(
        loader=_Loader(own),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        finalize=_unmarked,
    )
    made.globals.clear()
    known = made.filters
    made.filters = {name: known[name] for name in ("join", "length", "first", "last")}
    made.filters |= {"kept": _kept, "lines": _lines, "paragraphs": _paragraphs, "post": _post}
    return made


def rendered(
    name: str, facts: Mapping[str, object], own: Path, log: Callable[[str], object]
) -> tuple[str, str]:
    """The subject and the text of the letter `people/form`, with marks for what is kept
    (`restored`). `own` is the hub's folder of its own templates, which need not be there; `log`
    takes what is wrong with one of them."""
    if own.is_dir():
        try:
            return _both(_environment(own), name, facts)
        except _FAULTS as error:
            log(str(_fault(error, own, name)))
    return _both(_environment(None), name, facts)


def part(name: str, facts: Mapping[str, object], own: Path, log: Callable[[str], object]) -> str:
    """Likewise for a file that is no letter but a part of some: `desk/_frame.txt`."""
    if own.is_dir():
        try:
            return _said(_environment(own), name, facts)
        except _FAULTS as error:
            log(str(_fault(error, own, name)))
    return _said(_environment(None), name, facts)


def _both(env: jinja2.Environment, name: str, facts: Mapping[str, object]) -> tuple[str, str]:
    subject = _said(env, f"{name}.txt{_SUBJECT}", facts)
    if not subject.strip():
        raise TemplateSyntaxError("the first paragraph, which is the subject, is empty", 1, name)
    return subject.strip().replace("\n", " "), _said(env, f"{name}.txt{_TEXT}", facts)


def _said(env: jinja2.Environment, name: str, facts: Mapping[str, object]) -> str:
    said, count = [], 0
    for piece in env.get_template(name).generate(facts):
        said.append(piece)
        count += len(piece)
        if count > MOST_CHARACTERS:
            raise ValueError(f"it makes a letter of more than {MOST_CHARACTERS} characters")
    return "".join(said)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a hub's own template: where, what, and what to do."""

    place: str
    what: str
    remedy: str = "Mend it, or take the file away"

    def __str__(self) -> str:
        return f"{self.place}: {self.what}. {self.remedy}"


def _fault(error: BaseException, own: Path, name: str) -> Fault:
    place, line = f"{name.removesuffix('.txt')}.txt", 0
    if isinstance(error, TemplateSyntaxError):
        place, line = error.filename or place, error.lineno
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(f"{own}/"):
            place, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    where = f"letters/{place.removeprefix(f'{own}/')}" + (f":{line}" if line else "")
    what = error.message if isinstance(error, jinja2.TemplateError) else str(error)
    return Fault(where, what or type(error).__name__)


# -- what is wrong before anybody gets a letter -------------------------------------------------


def faults(own: Path) -> Iterator[Fault]:
    """What is wrong with a hub's own templates. Reads only."""
    env, known = _environment(own), ours()
    for path in sorted(own.rglob("*")):
        name = path.relative_to(own).as_posix()
        if path.is_dir() or any(piece.startswith(".") for piece in path.parts[-2:]):
            continue
        if name not in known:
            remedy = "Name it as ours is, or take it away"
            yield Fault(f"letters/{name}", "there is no letter of this name", remedy)
            continue
        try:
            strange = _names(env, name) - _names(_environment(None), name) - GIVEN - GIVEN_FACTS
        except _FAULTS as error:
            yield _fault(error, own, name)
            continue
        if strange:
            words = ", ".join(f"`{one}`" for one in sorted(strange))
            yield Fault(f"letters/{name}", f"this letter does not have {words}")


def _names(env: jinja2.Environment, name: str) -> frozenset[str]:
    """The facts that a template and what it includes ask for. Raises what is wrong with them."""
    text, path, _ = cast(_Loader, env.loader).get_source(env, name)
    tree = env.parse(text, name, path)
    env.compile(tree, name, path)
    found = set(meta.find_undeclared_variables(tree))
    for included in meta.find_referenced_templates(tree):
        if included is None or included == name:
            raise TemplateSyntaxError("include a file by its name, and not itself", 1, name, path)
        found |= _names(env, included)
    return frozenset(found)
