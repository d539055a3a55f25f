"""What every deed about a task shares: which task is meant, whether it is still to do, and how somebody is told that it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt import Ack

from bot.slack.callers import Body, Caller
from bot.slack.case_modals import told_dialog
from bot.slack.limits import Json
from bot.slack.task_modals import too_late_dialog
from bot.slack.team.office import Office, place_of, read_value, value_of
from bot.task_facts import team_zone
from bot.wording import moment
from flows.people import Subject, TaskState
from flows.playbook import Playbook
from flows.tasks import task_in


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A task with whom it is about and the playbook it came from."""

    task: TaskState
    subject: Subject
    playbook: Playbook

    @property
    def who(self) -> str:
        """The person in whose decisions it waits: what is done about it is theirs to hear."""
        return self.task.anchor or self.subject.person.id

    @property
    def drawn_for(self) -> str:
        """The person in whose name it is drawn."""
        return self.subject.person.id

    @property
    def zone(self) -> ZoneInfo:
        """Where its team is."""
        return team_zone(self.playbook)

    @property
    def whom(self) -> str:
        """Whom it is done for, as we call them."""
        account, person = self.subject.account, self.subject.person
        return (account.name if account else "") or person.name or person.email or person.external_id


@dataclass(frozen=True, slots=True)
class TaskRoom:
    """Where the deeds about tasks are done."""

    office: Office

    def say(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        """Our words about tasks."""
        return self.office.say(f"task.{key}", facts)

    def pressed(self, body: Body, action: Body, caller: Caller) -> Job | None:
        """The task that a colleague's press is about, whatever has become of it. None when nothing may happen; then they were told why."""
        if not self.office.is_colleague(body, caller):
            return None
        job = self.find(value_of(action))
        if job is None:
            self.office.whisper(caller, place_of(body), self.say("gone"))
        return job

    def acting(self, body: Body, action: Body, caller: Caller) -> Job | None:
        """The same for what can be done about open tasks alone."""
        job = self.pressed(body, action, caller)
        if job is None or job.task.state == "open":
            return job
        self.office.whisper(caller, place_of(body), self.over(job))
        return None

    def filled(self, view: Body, caller: Caller, ack: Ack, title: str, kept: str = "") -> Job | None:
        """The open task of a dialog. None when there is none any more; then the dialog says so, with what they wrote (`kept`)."""
        job = self.find(read_value(view.get("private_metadata")))
        if not self.office.of_the_team(caller):
            ack(response_action="update", view=told_dialog(self.say(title), self.office.say("case.only_colleagues"), self.office.say))
            return None
        if job is None or job.task.state != "open":
            ack(response_action="update", view=self.too_late(job, title, kept))
            return None
        return job

    def too_late(self, job: Job | None, title: str, kept: str = "") -> Json:
        """What stands in a dialog whose task was ended meanwhile."""
        text = self.over(job) if job else self.say("gone")
        return too_late_dialog(self.say(title), text, kept, self.office.say)

    def find(self, value: Mapping[str, Any]) -> Job | None:
        """The task that a value names, as it is now."""
        person, id = str(value.get("p") or ""), str(value.get("t") or "")
        subject = self.office.door.view(person) if person and id else None
        task = task_in(subject, id) if subject and subject.person.version else None
        playbook = self._playbook(task) if task else None
        return Job(task=task, subject=subject, playbook=playbook) if task and subject and playbook else None

    def again(self, job: Job) -> Job:
        """The same task after something was done about it."""
        return self.find({"p": job.drawn_for, "t": job.task.id}) or job

    def over(self, job: Job) -> str:
        """Who ended it, how and when."""
        task, now = job.task, self.office.door.now()
        when = moment(task.done_at, job.zone, now, "", self.office.shelf.books.words) if task.done_at else ""
        return self.say(f"already_{'done' if task.state == 'done' else 'dropped'}", {"who": task.by_name, "when": when})

    def redraw(self, caller: Caller, job: Job) -> None:
        """The Homes of who did it and of who had it are out of date."""
        self.office.homes(caller.user, job.task.assignee)

    def _playbook(self, task: TaskState) -> Playbook | None:
        books = self.office.shelf.playbooks()
        return books.by_name.get(task.playbook) or next(iter(books), None)
