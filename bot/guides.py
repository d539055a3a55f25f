"""Which help somebody is offered at a step: by the step, by their segments, and from the first to read to the last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from bot.articles import LEVELS, Article, Articles
from flows.kinds import closest
from flows.playbook import Playbook
from flows.problems import Problem

MOST = 3
"""So many beside the article that a step names."""


def guides(articles: Articles, step: str, help: str, segments: Sequence[str], locale: str) -> list[Article]:
    """What else helps with a step besides its `help`: written for one of their segments first, then for everybody.

    Of each the level decides, then the name.
    """
    offered = [name for name in articles if name != help and step in articles[name].steps and _is_for(articles[name], segments)]

    def rank(name: str) -> tuple[bool, int, str]:
        article = articles[name]
        return not article.segments, LEVELS.index(article.level), name

    found = (articles.in_language(name, locale, segments) for name in sorted(offered, key=rank)[:MOST])
    return [article for article in found if article]


def wrong_guides(articles: Articles, playbooks: Iterable[Playbook], shipped: Path | None) -> Iterator[Problem]:
    """Steps and segments that articles name and no playbook has. Files under `shipped` are left out: they speak of another product."""
    playbooks = list(playbooks)
    steps = {step.step for playbook in playbooks for _, step in playbook.steps()}
    segments = {rule.is_ for playbook in playbooks for rules in playbook.segments.values() for rule in rules}
    for article in (*articles.found.values(), *articles.variants.values()):
        if shipped is not None and Path(article.file).is_relative_to(shipped):
            continue
        for key, named, known in (("steps", article.steps, steps), ("segments", article.segments, segments)):
            for name in named:
                if name not in known:
                    meant = closest(name, known)
                    hint = f", did you mean {meant}?" if meant else ""
                    yield Problem(article.file, 1, key, f"unknown {key.removesuffix('s')} {name}{hint}")


def _is_for(article: Article, segments: Collection[str]) -> bool:
    return not article.segments or not set(article.segments).isdisjoint(segments)
