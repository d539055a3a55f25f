"""What a colleague filled in about a task: read, checked, and only then done. What is wrong is said beside its field; nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from slack_bolt import Ack

from bot.slack.callers import Body, Caller
from bot.slack.case_modals import field_of
from bot.slack.task_cards import morning_of, within_a_year
from bot.slack.task_modals import (
    ACTIONS,
    ANSWER,
    CLOCK,
    DAY,
    LEAST_MINUTES,
    LINK,
    MINUTES,
    MOST_ACTION,
    MOST_ACTIONS,
    MOST_ANSWER,
    MOST_MINUTES,
    MOST_NOTE,
    MOST_WHY,
    NOTE,
    WHY,
)
from bot.slack.team.office import Office
from bot.slack.team.tasks_room import Job, TaskRoom
from bot.surfaces import safe_link
from bot.task_facts import Question, questions_of
from flows.events import MeetingPlanned, TaskDone, TaskDropped, TaskPostponed
from flows.facts import reads

Errors = dict[str, str]


@dataclass(frozen=True, slots=True)
class TasksFilled:
    """The dialogs of a task, sent back."""

    room: TaskRoom

    @property
    def office(self) -> Office:
        """The team's room."""
        return self.room.office

    def done(self, view: Body, caller: Caller, ack: Ack) -> None:
        """It is done, with what is worth keeping. Who was slower finds their words again in the answer."""
        kept = _written(view)
        job = self.room.filled(view, caller, ack, "done_title", kept)
        if job is None:
            return
        questions = questions_of(job.playbook, job.task)
        if wrong := dict(self._wrong_in_done(view, questions)):
            ack(response_action="errors", errors=wrong)
            return
        done = TaskDone(
            source="slack",
            key=f"task:{view['id']}",
            who=job.who,
            at=self.office.door.now(),
            task=job.task.id,
            by=caller.user,
            name=self.office.who.name(caller.user),
            note=field_of(view, NOTE).strip(),
            actions=tuple(_agreed(view)),
            answers={one.trait: said for one in questions if (said := _answer(view, one))},
        )
        self.office.door.handle(done)
        after = self.room.again(job)
        self.room.redraw(caller, job)
        if after.task.by != caller.user:
            ack(response_action="update", view=self.room.too_late(after, "done_title", kept))
        else:
            ack()

    def postponed(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They chose a day: at nine where the team is."""
        job = self.room.filled(view, caller, ack, "postpone_title")
        if job is None:
            return
        now, until = self.office.door.now(), morning_of(field_of(view, DAY), job.zone)
        if until is None or not within_a_year(until, now):
            ack(response_action="errors", errors={DAY: self.room.say("past")})
            return
        name = self.office.who.name(caller.user)
        self.office.door.handle(
            TaskPostponed(
                source="slack", key=f"task:{view['id']}", who=job.who, at=now, task=job.task.id, until=until, by=caller.user, name=name
            )
        )
        self.room.redraw(caller, job)
        ack()

    def dropped(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They said why it is not needed, or nothing."""
        why = " ".join(field_of(view, WHY).split())
        job = self.room.filled(view, caller, ack, "drop_title", why)
        if job is None:
            return
        if len(why) > MOST_WHY:
            ack(response_action="errors", errors={WHY: self.room.say("words_long", {"most": MOST_WHY})})
            return
        now, name = self.office.door.now(), self.office.who.name(caller.user)
        self.office.door.handle(
            TaskDropped(source="slack", key=f"task:{view['id']}", who=job.who, at=now, task=job.task.id, by=caller.user, name=name, why=why)
        )
        after = self.room.again(job)
        self.room.redraw(caller, job)
        if after.task.by != caller.user:
            ack(response_action="update", view=self.room.too_late(after, "drop_title", why))
        else:
            ack()

    def planned(self, view: Body, caller: Caller, ack: Ack) -> None:
        """When and where they meet."""
        job = self.room.filled(view, caller, ack, "plan_title", field_of(view, LINK))
        if job is None:
            return
        begins, minutes, link = _begins(view, job), _whole(field_of(view, MINUTES)), field_of(view, LINK).strip()
        if wrong := dict(self._wrong_in_plan(begins, minutes, link, job)):
            ack(response_action="errors", errors=wrong)
            return
        assert begins is not None
        planned = MeetingPlanned(
            source="slack",
            key=f"task:{view['id']}",
            who=job.who,
            at=self.office.door.now(),
            task=job.task.id,
            starts=begins,
            minutes=minutes,
            by=caller.user,
            name=self.office.who.name(caller.user),
            link=link,
        )
        self.office.door.handle(planned)
        self.room.redraw(caller, job)
        ack()

    def _wrong_in_done(self, view: Body, questions: tuple[Question, ...]) -> Iterator[tuple[str, str]]:
        for one in questions:
            said = _answer(view, one)
            if not said and not one.optional:
                yield f"{ANSWER}{one.trait}", self.room.say("answer_missing")
            elif len(said) > MOST_ANSWER:
                yield f"{ANSWER}{one.trait}", self.room.say("words_long", {"most": MOST_ANSWER})
            elif said and not reads(said, one.guess):
                yield f"{ANSWER}{one.trait}", self.room.say("answer_yes_no" if isinstance(one.guess, bool) else "answer_number")
        if len(field_of(view, NOTE).strip()) > MOST_NOTE:
            yield NOTE, self.room.say("words_long", {"most": MOST_NOTE})
        agreed = list(_agreed(view))
        if any(len(line) > MOST_ACTION for line in agreed):
            yield ACTIONS, self.room.say("action_long", {"most": MOST_ACTION})
        elif len(agreed) > MOST_ACTIONS:
            yield ACTIONS, self.room.say("actions_many", {"most": MOST_ACTIONS})

    def _wrong_in_plan(self, begins: datetime | None, minutes: int, link: str, job: Job) -> Iterator[tuple[str, str]]:
        now = self.office.door.now()
        if begins is None:
            yield DAY, self.room.say("plan_unclear")
        elif begins <= now:
            yield DAY, self.room.say("plan_past", {"zone": job.zone.key})
        elif not within_a_year(begins, now):
            yield DAY, self.room.say("plan_far")
        if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
            yield MINUTES, self.room.say("plan_minutes_wrong", {"least": LEAST_MINUTES, "most": MOST_MINUTES})
        if link and not safe_link(link).startswith("http"):
            yield LINK, self.room.say("plan_link_wrong")


def _answer(view: Mapping[str, object], question: Question) -> str:
    return field_of(view, f"{ANSWER}{question.trait}").strip()


def _agreed(view: Mapping[str, object]) -> Iterator[str]:
    """What was agreed, a line each, without the signs that people put before lines of a list."""
    for line in field_of(view, ACTIONS).splitlines():
        if words := " ".join(line.split()).lstrip("-•*· ").strip():
            yield words


def _written(view: Mapping[str, object]) -> str:
    """All that they wrote, to be given back to them."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    return "\n".join(filter(None, (field_of(view, name).strip() for name in values))) if isinstance(values, Mapping) else ""


def _begins(view: Mapping[str, object], job: Job) -> datetime | None:
    """The moment they chose, as the clocks of the team's zone tell it."""
    try:
        clock = time.fromisoformat(field_of(view, CLOCK))
    except ValueError:
        return None
    return morning_of(field_of(view, DAY), job.zone, clock)


def _whole(text: str) -> int:
    """A number of minutes; -1 for what is none."""
    return int(text) if text.strip().isascii() and text.strip().isdigit() else -1
