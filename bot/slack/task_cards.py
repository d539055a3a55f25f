"""A task as the team sees it in Slack: its card in the channel, with what can be done about it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.conversation import Speaker
from bot.drawing import Sight
from bot.saying_when import FARTHEST, MORNING, chosen
from bot.slack.case_cards import mention, option
from bot.slack.kit import actions, button, context, in_label, link_button, plain, section
from bot.slack.limits import Json, fit
from bot.task_facts import meeting_of
from flows.hours import instant, local_date
from flows.people import TaskState
from flows.playbook import Playbook

PUT_OFF = ("tomorrow", "3_days", "next_week")
"""Until when a task can be put off without choosing a day."""
A_DAY = "date"
_THREE_DAYS = timedelta(days=3)


def team_task(text_mrkdwn: str, task: TaskState, sight: Sight, page_url: str) -> list[Json]:
    """The card: its text, which says how things are, and what its state allows to do. `page_url` is the account's timeline."""
    given = [context(sight.words("task.given_to", {"owner": mention(task.assignee)}), "task.given")] if _is_given(task) else []
    row = [*_deeds(task, sight.person.id, sight.playbook, sight.words), *_timeline(task, sight.person.id, page_url, sight.words)]
    return fit([section(text_mrkdwn, "task.text"), *given, actions(row, f"task.actions.{_stamp(task)}")])


def deeds_at_home(task: TaskState, person_id: str, speak: Speaker) -> list[Json]:
    """What can be done about a task from the Home: done, put off, and taken when nobody has it."""

    def press(name: str) -> Json:
        verb = speak(f"task.button_{name}")
        return button(
            f"task_{name}", verb, about(task, person_id), label=speak("task.home_label", {"verb": verb, "title": in_label(task.title)})
        )

    return [press("done"), *([] if task.assignee else [press("take")]), put_off(task, person_id, speak)]


def about(task: TaskState, person_id: str) -> dict[str, str | int]:
    """What a button of a task names: the person in whose name it is drawn, and the task."""
    return {"p": task.card or person_id, "t": task.id}


def put_off(task: TaskState, person_id: str, speak: Speaker) -> Json:
    """The menu Postpone."""
    value = {key: str(one) for key, one in about(task, person_id).items()}
    options = [option(speak(f"task.put_off_{choice}"), {**value, "u": choice}) for choice in (*PUT_OFF, A_DAY)]
    return {
        "type": "static_select",
        "action_id": "task_postpone",
        "placeholder": plain(speak("task.button_postpone")),
        "options": options,
    }


def put_off_until(choice: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) behind a choice of that menu, at nine where the team is; None for what is no choice."""
    if choice == "3_days":
        return instant(local_date(now, zone) + _THREE_DAYS, MORNING, zone)
    return chosen(choice, now, zone) if choice in PUT_OFF else None


def within_a_year(at: datetime, now: datetime) -> bool:
    """Whether a moment lies ahead, and not too far."""
    return now < at <= now + FARTHEST


def morning_of(text: str, zone: ZoneInfo, clock: time = MORNING) -> datetime | None:
    """That time (nine) of a day that a date picker gave; None for what is no day."""
    try:
        return instant(datetime.strptime(text, "%Y-%m-%d").date(), clock, zone)  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _deeds(task: TaskState, person_id: str, playbook: Playbook, speak: Speaker) -> list[Json]:
    value, meeting = about(task, person_id), meeting_of(playbook, task)
    agenda = [button("task_agenda", speak("task.button_agenda"), value)] if meeting else []
    if task.state != "open":
        return agenda
    row = [button("task_done", speak("task.button_done"), value, primary=True)]
    if meeting:
        row.append(button("task_plan", speak("task.button_move" if task.meeting_at else "task.button_plan"), value))
    row += agenda
    row += [] if task.assignee else [button("task_take", speak("task.button_take"), value)]
    return [*row, put_off(task, person_id, speak), button("task_drop", speak("task.button_drop"), value)]


def _timeline(task: TaskState, person_id: str, page_url: str, speak: Speaker) -> list[Json]:
    return link_button("task_timeline", speak("task.button_timeline"), page_url, about(task, person_id))


def _is_given(task: TaskState) -> bool:
    """Whether somebody has it who has to do it still: Slack tells them when the card is posted."""
    return task.state == "open" and bool(mention(task.assignee))


def _stamp(task: TaskState) -> str:
    """Changes with what was chosen in a menu of the card: Slack keeps a choice until its block's id changes."""
    until = int(task.postponed_until.timestamp()) if task.postponed_until else 0
    return f"{task.state}.{until}.{task.planned}.{task.assignee}"
