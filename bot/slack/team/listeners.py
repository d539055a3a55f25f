"""Which listener hears what a colleague does."""

from __future__ import annotations

import re
from re import Pattern

from slack_bolt import App

from bot.slack.callers import Body
from bot.slack.team.arriving import Arriving
from bot.slack.team.claiming import Claiming
from bot.slack.team.helping import Helping
from bot.slack.team.office import Office
from bot.slack.team.opening import Opening, is_case_command
from bot.slack.team.replying import Replying
from bot.slack.team.resolving import Resolving
from bot.slack.team.suggesting import Suggesting
from bot.slack.team.tasks import Tasks
from bot.slack.team.tasks_filled import TasksFilled
from bot.slack.team.tasks_room import TaskRoom


def listen(app: App, office: Office) -> Replying:
    """Register everything but words, which the listener of messages hands to what this gives."""
    claiming, resolving, replying = Claiming(office), Resolving(office), Replying(office)
    suggesting, opening, helping = Suggesting(office), Opening(office), Helping(office)
    app.action(_named("claim"))(claiming.claimed)
    app.action(_named("case_assign"))(claiming.assigned)
    app.action(_named("case_snooze"))(claiming.snoozed)
    app.action(_named("resolve"))(resolving.asked)
    app.view("case_resolve")(resolving.resolved)
    app.action(_named("send"))(replying.sent_on)
    app.action(_named("case_undo"))(replying.undone)
    app.action(_named("case_suggest"))(suggesting.asked)
    app.view("case_choose")(suggesting.chosen)
    app.view("case_reply")(suggesting.sent)
    app.action(_named("case_more"))(helping.more)
    app.action(_named("case_tick"))(helping.tick)
    app.action(_named("case_pause"))(helping.pause)
    app.view("case_tick")(helping.ticked)
    app.view("case_pause")(helping.paused)
    room = TaskRoom(office)
    tasks, filled = Tasks(room), TasksFilled(room)
    app.action(_named("task_done"))(tasks.done)
    app.action(_named("task_postpone"))(tasks.postponed)
    app.action(_named("task_drop"))(tasks.dropped)
    app.action(_named("task_take"))(tasks.taken)
    app.action(_named("task_plan"))(tasks.planned)
    app.action(_named("task_agenda"))(tasks.agenda)
    app.view("task_done")(filled.done)
    app.view("task_postpone")(filled.postponed)
    app.view("task_drop")(filled.dropped)
    app.view("task_plan")(filled.planned)
    app.shortcut("open_case")(opening.by_shortcut)
    app.view("case_open")(opening.told_whom)
    app.command("/onboarding", matchers=[is_case_command])(opening.by_command)
    arriving = Arriving(office)
    app.event("app_home_opened", matchers=[arriving.is_theirs])(arriving.opened)
    app.event("reaction_added")(opening.by_reaction)
    app.event({"type": "message", "subtype": "message_changed"}, matchers=[_in_a_thread])(replying.changed)
    app.event({"type": "message", "subtype": "message_deleted"}, matchers=[_in_a_thread])(replying.deleted)
    return replying


def _named(action: str) -> Pattern[str]:
    """Its second button in a message has `:2` behind its name."""
    return re.compile(rf"^{action}(:\d+)?$")


def _in_a_thread(event: Body) -> bool:
    inner = event.get("message") or event.get("previous_message") or {}
    return event.get("channel_type") != "im" and bool(inner.get("thread_ts"))
