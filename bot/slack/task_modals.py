"""The dialogs of a task: it is done, put off until a day, not needed; its meeting is planned, its agenda read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.conversation import Speaker
from bot.slack.case_cards import quoted
from bot.slack.case_modals import dialog, field, lines
from bot.slack.kit import bold, context, plain, section, select, shown
from bot.slack.limits import BLOCKS_IN_VIEW, MODAL_TITLE, Json, fit
from bot.task_facts import Question
from flows.people import TaskState

NOTE, ACTIONS, WHY = "note", "actions", "why"
DAY, CLOCK, MINUTES, LINK = "day", "clock", "minutes", "link"
"""Fields: the block and the action id are the same word."""
ANSWER = "answer."
"""Before the name of the trait that an answer becomes."""
MOST_NOTE, MOST_ACTION, MOST_ACTIONS, MOST_ANSWER, MOST_WHY, MOST_LINK = 2_000, 300, 20, 500, 300, 500
MOST_WRITTEN = 3_000
"""Characters that a field of Slack's takes at most."""
LEAST_MINUTES, MOST_MINUTES = 5, 480
"""How short and how long a meeting may be."""


def done_dialog(task: TaskState, person_id: str, questions: Sequence[Question], *, says: bool, speak: Speaker) -> Json:
    """What is worth keeping: the form first, whose answers become the account's, then a summary and what was agreed."""
    asked = [_question(question) for question in questions]
    note = field(NOTE, speak("task.done_note"), lines(MOST_NOTE), hint=speak("task.done_note_hint"), optional=True)
    agreed = field(ACTIONS, speak("task.done_actions"), lines(MOST_WRITTEN), hint=speak("task.done_actions_hint"), optional=True)
    then = context(shown(speak("task.done_says" if says else "task.done_stays")), "done.then")
    blocks = [section(bold(task.title), "done.what"), *asked, note, agreed, then]
    return dialog("task_done", speak("task.done_title"), speak("task.done_submit"), blocks, _about(task, person_id), speak)


def postpone_dialog(task: TaskState, person_id: str, first: date, zone: ZoneInfo, speak: Speaker) -> Json:
    """Until which day. `first` is what the picker shows."""
    blocks = [
        field(DAY, speak("task.postpone_label"), {"type": "datepicker", "initial_date": first.isoformat()}),
        context(shown(speak("task.postpone_then", {"zone": zone.key})), "postpone.then"),
    ]
    return dialog("task_postpone", speak("task.postpone_title"), speak("task.button_postpone"), blocks, _about(task, person_id), speak)


def drop_dialog(task: TaskState, person_id: str, speak: Speaker) -> Json:
    """Why it is not needed; that may stay empty."""
    element: Json = {"type": "plain_text_input", "max_length": MOST_WHY}
    blocks = [
        section(bold(task.title), "drop.what"),
        field(WHY, speak("task.drop_label"), element, hint=speak("task.drop_hint"), optional=True),
    ]
    return dialog("task_drop", speak("task.drop_title"), speak("task.drop_submit"), blocks, _about(task, person_id), speak)


def plan_dialog(task: TaskState, person_id: str, who: str, when: tuple[datetime, int], link: str, zone: ZoneInfo, speak: Speaker) -> Json:
    """When, how many minutes, and where. `when` is what the pickers show, in the team's zone."""
    begins, minutes = when
    local = begins.astimezone(zone)
    number: Json = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "initial_value": str(minutes),
        "min_value": str(LEAST_MINUTES),
        "max_value": str(MOST_MINUTES),
    }
    address: Json = {"type": "plain_text_input", "max_length": MOST_LINK} | ({"initial_value": link} if link else {})
    blocks = [
        section(bold(task.title), "plan.what"),
        field(DAY, speak("task.plan_day"), {"type": "datepicker", "initial_date": f"{local:%Y-%m-%d}"}),
        field(CLOCK, speak("task.plan_time"), {"type": "timepicker", "initial_time": f"{local:%H:%M}", "timezone": zone.key}),
        field(MINUTES, speak("task.plan_minutes"), number),
        field(LINK, speak("task.plan_link"), address, hint=speak("task.plan_link_hint"), optional=True),
        context(shown(speak("task.plan_zone", {"zone": zone.key, "who": who})), "plan.zone"),
    ]
    return dialog("task_plan", speak("task.plan_title"), speak("task.plan_submit"), blocks, _about(task, person_id), speak)


def agenda_dialog(texts: Sequence[str], speak: Speaker) -> Json:
    """The agenda to read, as mrkdwn."""
    blocks = [section(text, f"agenda.{place}") for place, text in enumerate(texts)]
    return _reading(speak("task.agenda_title"), blocks, speak)


def too_late_dialog(title: str, text: str, kept: str, speak: Speaker) -> Json:
    """A task that was ended meanwhile: by whom, and what they had written, so that nothing is lost."""
    words = [section(f"{shown(speak('task.kept_words'))}\n{quoted(kept)}", "late.kept")] if kept.strip() else []
    return _reading(title, [section(shown(text), "late.text"), *words], speak)


def _reading(title: str, blocks: list[Json], speak: Speaker) -> Json:
    return {
        "type": "modal",
        "callback_id": "task_told",
        "title": plain(title, MODAL_TITLE),
        "close": plain(speak("button.close"), MODAL_TITLE),
        "blocks": fit(blocks, at_most=BLOCKS_IN_VIEW),
    }


def _question(question: Question) -> Json:
    element: Json = {"type": "plain_text_input", "multiline": True, "max_length": MOST_ANSWER}
    if question.options:
        element = select(f"{ANSWER}{question.trait}", {one: one for one in question.options})
    elif isinstance(question.guess, int | float):
        element = {"type": "plain_text_input", "max_length": MOST_ANSWER}
    return field(f"{ANSWER}{question.trait}", question.words, element, optional=question.optional)


def _about(task: TaskState, person_id: str) -> dict[str, str]:
    return {"p": task.card or person_id, "t": task.id}
