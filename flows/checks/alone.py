"""What can be said of one playbook by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.checks import behaviour, campaign, casework, ids, moments, names, openings, paths, rules, tasks
from flows.checks.possible import Possible
from flows.expressions import Expression
from flows.playbook import Playbook
from flows.problems import Problem, Source


def check_alone(playbook: Playbook, expressions: Mapping[str, Expression], source: Source) -> Iterator[Problem]:
    """Everything wrong inside one playbook, besides its conditions. `expressions` are those that could be compiled."""
    possible = Possible(playbook, expressions)
    found = (
        names.check(playbook),
        behaviour.check(playbook),
        ids.check(playbook),
        rules.check(playbook, possible),
        campaign.check(playbook, possible),
        casework.check(playbook),
        moments.check(playbook, possible),
        openings.check(playbook, possible),
        tasks.check(playbook),
        paths.check(playbook),
    )
    for finds in found:
        for path, message in finds:
            yield source.problem(path, message)
