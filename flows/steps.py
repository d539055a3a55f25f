"""Steps: done by the product's word or the person's own, skipped, opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flows.events import StepDone, StepSkipped
from flows.parts.steps import Step
from flows.people import StepState
from flows.signals import proved_at
from flows.work import Work


def said(work: Work, event: StepDone | StepSkipped) -> Work:
    """They pressed Done or Skip, or typed it."""
    step = work.playbook.step(event.step)
    if step is None or work.journey is None:
        return work.because(f"step.{event.step}", "refused", "there is no such step for them").answer("next_step")
    if step.step in work.standing.done:
        return _spoken(work, event, "next_step")
    if step.owner != "customer":
        return work.because(f"step.{step.step}", "refused", "it is a step of ours").answer("next_step")
    if isinstance(event, StepSkipped):
        return _skipped(work, event, step)
    if step.asks and not event.elsewhere:
        return work.with_person(asked="goal").answer("goal_ask", {"step": step.step})
    if step.by_word or event.elsewhere:
        work = finish(work, step, event.at, "word")
        return _spoken(work, event, "step_done", step.step)
    state = work.running.steps.get(step.step, StepState())
    work = _set(work, step, replace(state, said_done_at=event.at)).redraw()
    work = work.because(f"step.{step.step}", "unseen", "they say it is done; the product has not reported it")
    return work.answer("done_unseen", {"step": step.step})


def _spoken(work: Work, event: StepDone | StepSkipped, message: str, step: str | None = None) -> Work:
    if not event.typed and event.mouth == "slack":
        return work.redraw()
    if event.mouth == "page":
        return work
    return work.answer(message, {"step": step} if step else None)


def _skipped(work: Work, event: StepSkipped, step: Step) -> Work:
    if not step.optional:
        return work.because(f"step.{step.step}", "refused", "it is not optional").answer("next_step")
    work = _set(work, step, StepState(at=event.at, how="skipped")).redraw()
    work = work.because(f"step.{step.step}", "skipped", "they left it out").withdraw_pending(step=step.step)
    return _spoken(work, event, "skipped", step.step)


def goal_told(work: Work, words: str) -> Work:
    """Their goal in their own words; it finishes the step that asks for it."""
    traits = {**work.person.traits, "goal": words.strip()[:500]}
    work = work.with_person(traits=traits, traits_at={**work.person.traits_at, "goal": work.event.at}, asked="")
    for _, step in work.playbook.steps():
        if step.asks == "goal" and work.journey and step.step not in work.standing.done:
            work = finish(work, step, work.event.at, "word")
    return work.redraw().answer("goal_set", {"goal": words.strip()[:500]})


def finish(work: Work, step: Step, at: datetime, how: str) -> Work:
    """A step is done, for them or for their whole account."""
    assert work.journey is not None
    said_before = work.journey.steps.get(step.step, StepState()).said_done_at
    work = _set(work, step, StepState(at=at, how=how, said_done_at=said_before))
    if step.scope == "account" and work.account and step.step not in work.account.steps:
        by = {**work.account.steps_by, step.step: work.person.name}
        work = work.but(account=replace(work.account, steps={**work.account.steps, step.step: at}, steps_by=by))
    work = work.because(f"step.{step.step}", "done", f"by {how}").withdraw_pending(step=step.step).redraw()
    work = work.happened("step_done", at, step=step.step).happened(f"done.{step.step}", at, step=step.step)
    if how == "product" and said_before and work.acted:
        work = work.answer("step_done", {"step": step.step})
    return work.happened("milestone", at, step=step.step) if step.milestone else work


def reported(work: Work) -> Work:
    """Finish the steps that the product's events prove by now. One proven earlier than it was known takes that moment."""
    if work.journey is None:
        return work
    for step, keys in work.playbook.plan.proofs:
        at = None if work.activity.keys().isdisjoint(keys) else proved_at(step, work.activity)
        if at is None:
            continue
        known = work.standing.done.get(step.step)
        if known is None:
            work = finish(work, step, at, "product")
        elif at < known:
            work = _earlier(work, step, at)
    return work


def _earlier(work: Work, step: Step, at: datetime) -> Work:
    """An event came late: what it proves was done before we thought."""
    state = work.running.steps.get(step.step, StepState())
    if state.at and state.how in ("product", "word"):
        work = _set(work, step, replace(state, at=min(at, state.at), how="product"))
    account = work.account
    if step.scope == "account" and account and at < account.steps.get(step.step, at):
        by = {**account.steps_by, step.step: work.person.name}
        work = work.but(account=replace(account, steps={**account.steps, step.step: at}, steps_by=by))
    return work


def proven(work: Work) -> Work:
    """Finish the steps whose condition holds by now, open or not, and what that proves in turn."""
    if work.journey is None:
        return work
    asked = work.playbook.plan.done_when
    left = len(asked) + 1
    while asked and left:
        left, held = left - 1, [step for module, step in asked if not module.paused and _holds(work, step)]
        if not held:
            break
        for step in held:
            work = finish(work, step, work.event.at, "product")
    return work


def _holds(work: Work, step: Step) -> bool:
    if step.paused or step.step in work.standing.done or step.step not in work.standing.applies:
        return False
    return work.playbook.holds(step.done_when, work.facts)


def open_steps(work: Work) -> Work:
    """Open the modules whose time has come. What is open stays open."""
    if work.journey is None:
        return work
    for module in work.playbook.checklist:
        name = f"module.{module.module}"
        if module.module in work.running.opened or module.paused or work.is_quiet(name, module.opens_when):
            continue
        answer = work.playbook.ask(module.opens_when, work.facts)
        if not answer.holds:
            work = work.because(name, "locked", answer)
            continue
        first = not work.running.opened
        work = work.with_journey(opened={**work.running.opened, module.module: work.now})
        work = work.because(name, "opened", answer)
        theirs = any(step.step in work.standing.applies for step in module.steps)  # what has nothing for them is no news to them
        if not first and module.opens_when and theirs:
            work = work.happened("module_opened", work.event.at).redraw()
    return work


def _set(work: Work, step: Step, state: StepState) -> Work:
    assert work.journey is not None
    return work.with_journey(steps={**work.journey.steps, step.step: state})
