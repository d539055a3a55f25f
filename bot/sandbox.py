"""What a template can reach, and how fast: Jinja's sandbox, with what it asks at every dot asked when the template is compiled.

Jinja's sandbox looks at each attribute when it is read and at each callable when it is called, with a dozen questions about types that
no fact of ours has. Most of them have one answer for a whole template: a name without a leading underscore, read from a plain dict that
has no attribute of that name, is that dict's entry and can be nothing else. `_Code` writes that down as Python. Whatever is not one of
the few cases below goes through the sandbox as before, so that it forbids exactly what it always forbade.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from bot.found_facts import Facts
from flows.checklist import ModuleView, StepView

OURS = frozenset({"word"})
"""Facts that are functions of ours, safe to call. All other facts are data, which nobody can call."""
PLAIN = frozenset({LoopContext, ModuleView, StepView})
"""Types, exactly these, whose public attributes are all harmless: a loop's numbers, and frozen values."""
_OF_DICTS = frozenset(dir(dict))
"""Names that a dict answers with a method of its own before it looks at its entries."""
_MAKES_NAMES = (nodes.Macro, nodes.CallBlock, nodes.Import, nodes.FromImport)
_MOST_TEMPLATES = 8192
"""Sources whose templates are kept; all that ships is about two thousand."""


class Told(Context):
    """What a template was told, for one rendering. Jinja's own asks about more than ours ever have: globals, and blocks to inherit."""

    def __init__(self, environment: Environment, parent: Any, name: str | None, blocks: Any, globals: Any = None) -> None:  # noqa: ARG002
        self.environment, self.parent, self.name = environment, parent, name
        self.vars, self.exported_vars, self.globals_keys = {}, set(), set()
        self.blocks = {name: [block] for name, block in blocks.items()} if blocks else {}

    @cached_property
    def eval_ctx(self) -> EvalContext:  # type: ignore[override]
        """How values are written where a filter or {% autoescape %} asks: few do."""
        return EvalContext(self.environment, self.name)

    def resolve_or_missing(self, key: str) -> Any:
        """A fact. A mapping may work it out when it is asked for."""
        if key in self.vars:
            return self.vars[key]
        try:
            return self.parent[key]
        except KeyError:
            return missing

    def derived(self, locals: dict[str, Any] | None = None) -> Told:
        """The same with what a loop around it has set: facts that nobody asked for yet can still be found."""
        known = self.vars | {name: value for name, value in (locals or {}).items() if value is not missing}
        inner = Told(self.environment, Facts(known, under=self.parent).at_hand, self.name, {})
        inner.eval_ctx, inner.blocks = self.eval_ctx, {name: list(blocks) for name, blocks in self.blocks.items()}
        return inner


class _Code(CodeGenerator):
    """Writes a template as Python."""

    _own_names: frozenset[str] = frozenset()

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self._own_names = own_names(node)
        super().visit_Template(node, frame)

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("field, written = environment.field, environment.written")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        if node.attr.startswith("_") or node.attr in _OF_DICTS or not _begins_with_a_name(node):
            super().visit_Getattr(node, frame)
            return
        self.write("field(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if forward_caller or node.kwargs or node.dyn_args or node.dyn_kwargs or not self._is_ours(node.node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        if isinstance(node.node, nodes.Getattr):
            self.visit(node.node.node, frame)
            self.write(".get(")
        else:
            self.visit(node.node, frame)
            self.write("(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def _is_ours(self, called: nodes.Expr) -> bool:
        """Whether what is called can only be a function of ours, or `get` of a dict that stands in the template itself."""
        if isinstance(called, nodes.Getattr):
            return called.attr == "get" and isinstance(called.node, nodes.Dict)
        return isinstance(called, nodes.Name) and called.name in self._own_names

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if not self._escapes_as_usual(frame):
            super()._output_child_pre(node, frame, finalize)
        elif not self._stands_as_it_is(node):
            self.write("written(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if not self._escapes_as_usual(frame):
            super()._output_child_post(node, frame, finalize)
        elif not self._stands_as_it_is(node):
            self.write(")")

    def _stands_as_it_is(self, node: nodes.Expr) -> bool:
        """Whether it can only be one of some texts in the template in which nothing is to escape: a colour, a class."""
        match node:
            case nodes.Const():
                return isinstance(node.value, str) and self.environment.written(node.value) == node.value  # type: ignore[attr-defined]
            case nodes.CondExpr():
                return node.expr2 is not None and self._stands_as_it_is(node.expr1) and self._stands_as_it_is(node.expr2)
            case nodes.Call() if self._is_ours(node.node) and isinstance(node.node, nodes.Getattr) and len(node.args) == 2:
                texts = [pair.value for pair in node.node.node.items]  # type: ignore[attr-defined]
                return not (node.kwargs or node.dyn_args or node.dyn_kwargs) and all(map(self._stands_as_it_is, [*texts, node.args[1]]))
        return False

    def _escapes_as_usual(self, frame: Frame) -> bool:
        """Whether no {% autoescape %} around it says otherwise."""
        return not frame.eval_ctx.volatile and frame.eval_ctx.autoescape == self.environment.autoescape


class Writing(ImmutableSandboxedEnvironment):
    """An environment that compiles a source once: files are read again whenever one of them changes, and most are as they were.

    `written` writes a value as `finalize`, and where it `autoescape`s the escaping after it, would: the same text, by a shorter way.
    """

    code_generator_class = _Code
    context_class = Told

    def __init__(self, written: Callable[[object], str], **options: Any) -> None:
        super().__init__(**options)
        self.written = written
        self.compiled = lru_cache(_MOST_TEMPLATES)(super().from_string)

    def from_string(self, source: str) -> Template:  # type: ignore[override]
        """The template. Raises TemplateSyntaxError."""
        return self.compiled(source)

    def from_tree(self, tree: nodes.Template) -> Template:
        """The template of a tree that was put together. Raises TemplateSyntaxError."""
        return super().from_string(tree)

    def field(self, whose: Any, name: str) -> Any:
        """`whose.name`, for a name without a leading underscore that no dict has as a method: as `getattr` would find it."""
        kind = type(whose)
        try:
            if kind is dict:
                return whose[name]
            if kind in PLAIN:
                return getattr(whose, name)
        except (KeyError, AttributeError):
            pass  # the sandbox tells what is missing
        return self.getattr(whose, name)


def said(template: Template, facts: Mapping[str, Any]) -> str:
    """The template with these facts, which are not copied: what `render` gives, without its care for the lines of an error."""
    told = facts.at_hand if isinstance(facts, Facts) else facts
    return "".join(template.root_render_func(Told(template.environment, told, template.name, template.blocks)))


def own_names(tree: nodes.Template) -> frozenset[str]:
    """Names that can only be functions of ours in a template: those of `OURS` that it gives to nothing else."""
    if next(tree.find_all(_MAKES_NAMES), None) is not None:
        return frozenset()
    return OURS - {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}


def _begins_with_a_name(node: nodes.Node) -> bool:
    """Whether it is a fact, or the field of one: a constant is worked out when the template is compiled."""
    while isinstance(node, nodes.Getattr):
        node = node.node
    return isinstance(node, nodes.Name)
