"""How templates become Python: what Jinja makes of them, with short ways for what every page does
some hundred times.

Templates mean exactly what they mean to Jinja. Shorter is only the way to it: a text is escaped
without an object around it, a key of a dict is looked up before attributes that no dict has, macros
and our own functions are called at once. All that is used here of Jinja without being promised is
listed in `tests/meta/test_inner_names.py`; measured: half of the time in templates (ADR 0024). A
site made by Pelican itself goes without (stock.py), and its pages are the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.idtracking import VAR_LOAD_RESOLVE
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner
except ImportError:  # where markupsafe came without its C part
    from markupsafe._native import _escape_inner

_NAMES = "from pelican.plugins.solicomm.compiling import shown, called, imported"


def shown(value: object) -> str:
    """What `{{ value }}` becomes: as `markupsafe.escape` has it, to be joined to the page."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[return-value]
    return _escape_inner(value) if kind is str else escape(value)  # type: ignore[arg-type]


def called(
    context: Context, callee: Any, loop: Any, block: Any, /, *args: Any, **kwargs: Any
) -> Any:
    """What `callee(…)` in a template gives: as `Context.call` has it. `loop` and `block` are what
    the template set in a loop or a block around it."""
    if type(callee) is Macro:
        is_plain = not (kwargs or callee.caller or callee.catch_kwargs or callee.catch_varargs)
        if is_plain and len(args) == len(callee.arguments):
            said = callee._func(*args)
            return str.__new__(Markup, said) if context.eval_ctx.autoescape else said
        return callee(context.eval_ctx, *args, **kwargs)
    return context.call(callee, *args, _loop_vars=loop, _block_vars=block, **kwargs)


class PageContext(Context):
    """What a page's templates find under their names, and the `modules` they have imported.
    `is_imported` is whether it is that of such a one, `is_passing` whether that can be of this page
    only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules: dict[Template, Imported] = {}
        self.is_imported = self.is_passing = False


@dataclass(slots=True)
class Imported:
    """A template that was imported: its names, what it finds under names itself, and what whoever
    imported it had set before."""

    module: TemplateModule
    context: PageContext
    before: dict[str, Any]

    def take_to(self, names: dict[str, Any]) -> None:
        """Lets its macros find these names of another page."""
        self.context.parent = {**names, **self.before} if self.before else names
        for one in self.context.modules.values():
            one.take_to(self.context.parent)


_lent: list[list[tuple[list[Imported], Imported]]] = []
"""What pages that are being made have been lent, and where it belongs."""


@contextlib.contextmanager
def lending() -> Iterator[None]:
    """While a page is made, it is lent what the last one has imported. Templates of macros only are
    the same for all pages but for the names that their macros look up."""
    _lent.append([])
    try:
        yield
    finally:
        for place, one in _lent.pop():
            if not one.context.is_passing:
                one.take_to({})
                place.append(one)


def imported(context: PageContext, template: Template) -> TemplateModule:
    """What `{% import … with context %}` gives. A page's template and the one it extends import the
    same macros: they are made once, unless the template has set more than macros in between."""
    if not all(type(value) in (Macro, TemplateModule) for value in context.vars.values()):
        context.is_passing = True
        return template.make_module(context.get_all(), True, {})
    found = context.modules.get(template)
    if found is None:
        found = context.modules[template] = _lent_or_made(context, template)
        context.is_passing |= found.context.is_passing
    return found.module


def _lent_or_made(context: PageContext, template: Template) -> Imported:
    names, before = context.get_all(), dict(context.vars)
    place: list[Imported] | None = getattr(template.root_render_func, "lasting", None)
    is_lent = bool(_lent) and place is not None and not context.is_imported
    if place and is_lent:
        one = place.pop()
        one.before = before
        one.take_to(names)
    else:
        inner: Any = template.new_context(names, True, {})
        inner.is_imported, inner.is_passing = True, place is None
        one = Imported(TemplateModule(template, inner), inner, before)
    if place is not None and is_lent:
        _lent[-1].append((place, one))
    return one


class Compiler(CodeGenerator):
    """Jinja's compiler, for templates that escape and do not wait. Every function that a template
    finds under a name in `direct` takes the context first."""

    direct: ClassVar[frozenset[str]] = frozenset()

    def enter_frame(self, frame: Frame) -> None:
        """Begins a scope. What a template or a block says is gathered and given at once, where
        Jinja gives each piece: a page has four hundred, each through all templates it extends."""
        if frame.buffer is None:
            self.buffer(frame)
            self._gathering.add(frame)
        super().enter_frame(frame)

    def leave_frame(self, frame: Frame, with_python_scope: bool = False) -> None:
        """Ends it."""
        super().leave_frame(frame, with_python_scope)
        if frame in self._gathering:
            self.writeline(f"yield concat({frame.buffer})")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gathering: set[Frame] = set()

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """Brings the functions above into the template's module."""
        self.writeline(_NAMES)
        super().visit_Template(node, frame)
        if all(map(_is_lasting, node.body)):
            self.writeline("root.lasting = []")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("shown(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """`value.name`."""
        if hasattr(dict, node.attr):
            super().visit_Getattr(node, frame)
            return
        name = repr(node.attr)
        self.write(f"(_it[{name}] if type(_it := ")
        self.visit(node.node, frame)
        self.write(f") is dict and {name} in _it else environment.getattr(_it, {name}))")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """`callee(…)`."""
        more = {"caller": "caller"} if forward_caller else None
        if self._is_direct(node.node, frame):
            self.visit(node.node, frame)
            self.write("(context")
        else:
            self.write("called(context, ")
            self.visit(node.node, frame)
            self.write(", _loop_vars" if frame.loop_frame else ", None")
            self.write(", _block_vars" if frame.block_frame else ", None")
        self.signature(node, frame, more)
        self.write(")")

    def visit_Import(self, node: nodes.Import, frame: Frame) -> None:
        """`{% import … as target %}`."""
        if not (node.with_context and frame.toplevel):
            super().visit_Import(node, frame)
            return
        target = frame.symbols.ref(node.target)
        self.writeline(f"{target} = context.vars[{node.target!r}] = imported(context, ", node)
        self.write("environment.get_template(")
        self.visit(node.template, frame)
        self.write(f", {self.name!r}))")
        if not node.target.startswith("_"):
            self.writeline(f"context.exported_vars.discard({node.target!r})")

    def _is_direct(self, callee: nodes.Node, frame: Frame) -> bool:
        if not isinstance(callee, nodes.Name) or callee.name not in self.direct:
            return False
        load = frame.symbols.find_load(frame.symbols.ref(callee.name))
        return load is not None and load[0] == VAR_LOAD_RESOLVE


def _is_lasting(node: nodes.Node) -> bool:
    """Whether a part of a template is the same whatever it is imported into."""
    if isinstance(node, nodes.Output):
        return all(isinstance(one, nodes.TemplateData) for one in node.nodes)
    return isinstance(node, nodes.Macro) or (isinstance(node, nodes.Import) and node.with_context)
