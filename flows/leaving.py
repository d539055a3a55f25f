"""The one question for somebody who leaves. After it, answers alone."""

from __future__ import annotations

from flows.people import Sent
from flows.rules import propose, sent_of
from flows.work import STALE, Candidate, Work


def leaving(work: Work) -> Work:
    """Ask the first question for leavers that holds, in the decision that ends their journey."""
    left = next((moment for moment in work.moments if moment.name == "left"), None)
    if not work.underway or left is None or work.now - left.at > STALE:
        return work
    for rule in work.playbook.surveys:
        name = f"survey.{rule.survey}"
        asked = rule.survey in work.running.answers or (sent_of(work, name) or Sent()).rounds
        if rule.on != "left" or rule.paused or asked:
            continue
        if (answer := work.playbook.ask(rule.when, work.facts)).holds:
            return propose(work, Candidate(name=name, rule=rule, farewell=True))
        work = work.because(name, "skipped", answer)
    return work
