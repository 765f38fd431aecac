"""How templates become Python: what Jinja makes of them, with short ways for what every page does
some hundred times.

Templates mean exactly what they mean to Jinja. Shorter is only the way to it: a text is escaped
without an object around it, a key of a dict is looked up before attributes that no dict has, macros
and our own functions are called at once. All that is used here of Jinja without being promised is
listed in `tests/meta/test_inner_names.py`; measured: half of the time in templates (ADR 0024). A
site made by Pelican itself goes without (stock.py), and its pages are the same.
"""

from __future__ import annotations

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
        return callee(context.eval_ctx, *args, **kwargs)
    return context.call(callee, *args, _loop_vars=loop, _block_vars=block, **kwargs)


class PageContext(Context):
    """What a page's templates find under their names, and the `modules` they have imported."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules: dict[Template, TemplateModule] = {}


def imported(context: PageContext, template: Template) -> TemplateModule:
    """What `{% import … with context %}` gives. A page's template and the one it extends import the
    same macros: they are made once, unless the template has set more than macros in between."""
    if not all(type(value) in (Macro, TemplateModule) for value in context.vars.values()):
        return template.make_module(context.get_all(), True, {})
    if template not in context.modules:
        context.modules[template] = template.make_module(context.get_all(), True, {})
    return context.modules[template]


class Compiler(CodeGenerator):
    """Jinja's compiler, for templates that escape and do not wait. Every function that a template
    finds under a name in `direct` takes the context first."""

    direct: ClassVar[frozenset[str]] = frozenset()

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """Brings the functions above into the template's module."""
        self.writeline(_NAMES)
        super().visit_Template(node, frame)

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
