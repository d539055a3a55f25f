"""What a colleague presses on a task's card and in their Home: done, put off, not needed, taken, its meeting, its agenda."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from slack_bolt import Ack

from bot.drawing import see
from bot.facts import message_facts
from bot.render import Surface, render
from bot.rendered import RenderError, Text
from bot.slack.callers import Body, Caller
from bot.slack.task_cards import A_DAY, put_off_until
from bot.slack.task_modals import agenda_dialog, done_dialog, drop_dialog, plan_dialog, postpone_dialog
from bot.slack.team.office import Office, place_of, value_of
from bot.slack.team.tasks_room import Job, TaskRoom
from bot.task_facts import asks, meeting_of, questions_of, says
from flows.events import TaskAssigned, TaskDone, TaskPostponed
from flows.hours import local_date, next_opening

_SLACK: tuple[Surface, ...] = ("slack",)


@dataclass(frozen=True, slots=True)
class Tasks:
    """The buttons of a task."""

    room: TaskRoom

    @property
    def office(self) -> Office:
        """The team's room."""
        return self.room.office

    def done(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They did it. What asks for nothing is done at once; of two who press the first commit wins, and the other hears who it was."""
        job = self.room.acting(body, action, caller)
        if job is not None and asks(job.playbook, job.task):
            questions = questions_of(job.playbook, job.task)
            told = says(job.playbook, job.task)
            self.office.dialog(caller, body, done_dialog(job.task, job.drawn_for, questions, says=told, speak=self.office.say))
        elif job is not None:
            now, name = self.office.door.now(), self.office.who.name(caller.user)
            self.office.door.handle(
                TaskDone(source="slack", key=_key(body), who=job.who, at=now, task=job.task.id, by=caller.user, name=name)
            )
            after = self.room.again(job)
            self.room.redraw(caller, job)
            if after.task.by != caller.user:
                self.office.whisper(caller, place_of(body), self.room.over(after))
        ack()

    def postponed(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They chose until when, or that they want to choose a day."""
        job, choice = self.room.acting(body, action, caller), str(value_of(action).get("u") or "")
        if job is not None and choice == A_DAY:
            first = local_date(self.office.door.now(), job.zone) + timedelta(days=1)
            self.office.dialog(caller, body, postpone_dialog(job.task, job.drawn_for, first, job.zone, self.office.say))
        elif job is not None and (until := put_off_until(choice, self.office.door.now(), job.zone)):
            now, name = self.office.door.now(), self.office.who.name(caller.user)
            self.office.door.handle(
                TaskPostponed(source="slack", key=_key(body), who=job.who, at=now, task=job.task.id, until=until, by=caller.user, name=name)
            )
            self.room.redraw(caller, job)
        ack()

    def dropped(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They say that it is not needed; a dialog asks why, for this can't be taken back."""
        job = self.room.acting(body, action, caller)
        if job is not None:
            self.office.dialog(caller, body, drop_dialog(job.task, job.drawn_for, self.office.say))
        ack()

    def taken(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They take it. Who was slower hears who has it."""
        job = self.room.acting(body, action, caller)
        if job is not None and job.task.assignee:
            self._taken_already(job, body, caller)
        elif job is not None:
            now, name = self.office.door.now(), self.office.who.name(caller.user)
            taken = TaskAssigned(
                source="slack",
                key=_key(body),
                who=job.who,
                at=now,
                task=job.task.id,
                to=caller.user,
                to_name=name,
                by=caller.user,
                name=name,
            )
            self.office.door.handle(taken)
            after = self.room.again(job)
            self.office.homes(caller.user, after.task.assignee)
            if after.task.assignee != caller.user:
                self._taken_already(after, body, caller)
        ack()

    def planned(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They want to give the meeting a date, or another one."""
        job = self.room.acting(body, action, caller)
        meeting = meeting_of(job.playbook, job.task) if job else None
        if job is not None and meeting is not None:
            task, now = job.task, self.office.door.now()
            begins = task.meeting_at or next_opening(job.playbook.team.hours, now + timedelta(days=1), job.zone)
            minutes, link = task.meeting_minutes or meeting.minutes, task.meeting_link or meeting.link
            view = plan_dialog(task, job.drawn_for, job.whom, (begins, minutes), link, job.zone, self.office.say)
            self.office.dialog(caller, body, view)
        ack()

    def agenda(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They want to read the meeting's agenda; also that of one which is over."""
        job = self.room.pressed(body, action, caller)
        if job is not None:
            texts = self._agenda(job)
            if texts:
                self.office.dialog(caller, body, agenda_dialog(texts, self.office.say))
            else:
                self.office.whisper(caller, place_of(body), self.room.say("no_agenda"))
        ack()

    def _taken_already(self, job: Job, body: Body, caller: Caller) -> None:
        text = self.room.say("already_yours") if job.task.assignee == caller.user else self._faster(job)
        self.office.whisper(caller, place_of(body), text)

    def _faster(self, job: Job) -> str:
        return self.room.say("faster", {"who": job.task.assignee_name or self.office.who.name(job.task.assignee)})

    def _agenda(self, job: Job) -> list[str]:
        """The agenda as mrkdwn, with what is known of the account; nothing when nobody wrote one."""
        meeting, books, now = meeting_of(job.playbook, job.task), self.office.shelf.books, self.office.door.now()
        sight = see(books, job.subject, now, team=True)
        if meeting is None or sight is None:
            return []
        facts = message_facts(
            job.playbook,
            job.subject,
            sight.checklist,
            {"task": job.task.id},
            company=self.office.company,
            now=now,
            reader="team",
            words=books.words,
            playbooks=books.playbooks,
        )
        try:
            found = render(books.messages, message=meeting.agenda, facts=facts, checklist=sight.checklist, links=None, surfaces=_SLACK)
        except RenderError:
            return []
        return [part.mrkdwn for part in found.slack_parts if isinstance(part, Text)]


def _key(body: Body) -> str:
    return str(body["trigger_id"])
