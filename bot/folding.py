"""Phrases folded into layouts: what a language says at a place is known when the layout is compiled for it, and not asked again.

`{{ word("mail.page") }}` in a layout becomes part of the text around it, escaped for the surface, wherever the phrase needs no facts.
Everything else stays as it was, so that a folded layout writes what the layout writes.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from bot.sandbox import Writing, own_names
from bot.words import Language

_WORD = "word"


def folded(tree: nodes.Template, writing: Writing, language: Language) -> Template:
    """The template of a layout in one language. The tree stays as it was."""
    own = _copied(tree)
    if _WORD in own_names(own):
        _Folding(writing, language).visit(own)
    return writing.from_tree(own)


class _Folding(NodeTransformer):
    """Puts phrases in the place of the calls that ask for them."""

    def __init__(self, writing: Writing, language: Language) -> None:
        self._writing = writing
        self._language = language
        self._found = 0

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """A phrase that needs no facts is its text."""
        self.generic_visit(node)
        key = node.args[0] if len(node.args) == 1 and not (node.kwargs or node.dyn_args or node.dyn_kwargs) else None
        if not (isinstance(node.node, nodes.Name) and node.node.name == _WORD and isinstance(key, nodes.Const)):
            return node
        phrase = self._language.phrases.get(key.value)
        if phrase is None or phrase.template is not None:
            return node
        self._found += 1
        return nodes.Const(phrase.text, lineno=node.lineno, environment=node.environment)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        """What has become constant is written now, as it would be for each reader."""
        node.nodes = [self._output(child) for child in node.nodes]
        return node

    def _output(self, child: nodes.Expr) -> nodes.Expr:
        before = self._found
        child = self.visit(child)
        if self._found == before:
            return child
        try:
            value = child.as_const()
        except nodes.Impossible:
            return child
        return nodes.TemplateData(str(self._writing.written(value)), lineno=child.lineno, environment=child.environment)

    def visit_ScopedEvalContextModifier(self, node: nodes.Node) -> nodes.Node:
        """Inside {% autoescape %} other rules hold."""
        return node


def _copied(node: Any) -> Any:
    """A tree that may be changed: compiling changes one, too."""
    if isinstance(node, list):
        return [_copied(one) for one in node]
    if not isinstance(node, nodes.Node):
        return node
    fields = [_copied(getattr(node, name)) for name in node.fields]
    return type(node)(*fields, **{name: getattr(node, name) for name in node.attributes})
