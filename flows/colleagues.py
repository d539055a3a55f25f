"""What a colleague of ours does for a person: ticks a step, pauses the messages. It is told to the team, and is no activity of theirs."""

from __future__ import annotations

from flows.events import Snoozed, StepDone
from flows.parts.steps import Step
from flows.steps import finish
from flows.work import Work


def ticked(work: Work, step: Step, event: StepDone) -> Work:
    """A colleague saw that a step is done."""
    if work.journey is None or step.step in work.standing.done:
        return work.because(f"step.{step.step}", "refused", "it is done already")
    work = finish(work, step, event.at, "team").because(f"step.{step.step}", "done", f"ticked by {event.by}")
    return work.tell_team("case_note", {"note": "ticked", "step": step.step, "csm": event.by}) if work.case else work


def paused(work: Work, event: Snoozed) -> Work:
    """A colleague asks the bot to be quiet for a while; the quiet that the person asked for themselves stays as long as they wanted it."""
    own = None if work.person.paused_by else work.person.snoozed_until
    if own and own >= event.until:
        return work.because("snoozed", "kept", "they asked for longer quiet themselves")
    work = work.with_person(snoozed_until=event.until, paused_by=event.by).because("snoozed", "paused", f"by {event.by}").redraw()
    return work.tell_team("case_note", {"note": "paused", "until": event.until.isoformat(), "csm": event.by}) if work.case else work
