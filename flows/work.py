"""One decision in the making: what the stages hand on to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.changing import changed
from flows.csms import Roster
from flows.decision import ANSWERS, Draw, Reason, Say, To
from flows.desk import Allotment, Desk
from flows.events import AnyEvent, Tick
from flows.expressions import Answer
from flows.facts import OF_JOURNEY, OF_PERSON, Facts, Standing, hours_for, same_facts, same_questions, standing, zone_for
from flows.hours import is_open, local_date, zone_named
from flows.library import Playbooks
from flows.once import once
from flows.parts.rules import Dated, Rule, Series
from flows.parts.times import Hours
from flows.people import Account, Case, Company, Journey, Pending, Person, Subject, Tally, TaskState
from flows.playbook import Playbook
from flows.sessions import Sessions
from flows.tallies import Needs
from flows.task_facts import last_rounds, tasks_known

ANSWER_LASTS = timedelta(days=1)
"""How long an answer to what a person did is worth sending."""

FRESH = timedelta(hours=1)
"""What happened within the hour may be answered at once; older news waits for opening hours."""

STEADY = ("quiet", "locked")
"""Results that are told once, when they begin."""

STALE = timedelta(days=1)
"""An event older than this fires no trigger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Something that triggers may be waiting for: an event's name or one of ours (milestone, completed, …)."""

    name: str
    at: datetime
    occurrence: str
    step: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A rule whose condition holds now and that would like to speak.

    `name` is the rule's id in `journey.sent` and in reasons; `exempt` from hours and budget when it answers what the person did;
    `occurrence` tells which waiting one it is. `series` has a budget of its own. `farewell`: it is now or never, they are leaving.
    """

    name: str
    rule: Rule
    exempt: bool = False
    dated: bool = False
    late: bool = False
    deadline: datetime | None = None
    occurrence: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    series: Series | None = None
    farewell: bool = False


_MOVING = frozenset({"playbook", "person", "account", "activity"})
"""What the facts rest on."""

_STANDING = ("standing", "facts")
_COMPUTED = (*_STANDING, "zone", "today", "joined_on", "hours", "team_zone", "team_is_there")
"""What a decision computes once, and again only when something it rests on moved."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """The subject as it stands so far, and what was said, drawn and found on the way.

    `rounds` are those of recurring messages that are at hand, by name: the one that came last and the next.
    """

    playbook: Playbook
    event: AnyEvent
    now: datetime
    person: Person
    account: Account | None = None
    case: Case | None = None
    activity: Mapping[str, Tally] = field(default_factory=dict)
    roster: Roster = field(default_factory=Roster)
    sessions: Sessions = field(default_factory=Sessions)
    needs: Needs = field(default_factory=Needs)
    company: Company | None = None
    desk: Desk = field(default_factory=Desk)
    allotment: Allotment | None = None
    says: tuple[Say, ...] = ()
    draws: tuple[Draw, ...] = ()
    withdraw: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    moments: tuple[Moment, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    wakes: tuple[datetime, ...] = ()
    rounds: tuple[tuple[str, Dated], ...] = ()

    @classmethod
    def begun(cls, playbooks: Playbooks, playbook: Playbook, subject: Subject, event: AnyEvent, now: datetime) -> Work:
        """The work of deciding what follows when an event reaches a subject."""
        work = object.__new__(cls)
        work.__dict__.update(
            playbook=playbook,
            event=event,
            now=now,
            person=subject.person,
            account=subject.account,
            case=subject.case,
            activity=subject.activity,
            roster=playbooks.roster,
            sessions=playbooks.sessions,
            needs=playbooks.needs,
            company=subject.company,
            desk=subject.desk,
        )
        return work

    @once
    def journey(self) -> Journey | None:
        """The active journey, None before enrolment and after the end."""
        journey = self.person.journey
        return journey if journey and journey.ended_at is None else None

    @property
    def underway(self) -> bool:
        """Whether there is an active journey that is not completed. After completion only what waits already may speak."""
        journey = self.journey
        return journey is not None and journey.done_at is None

    @property
    def running(self) -> Journey:
        """The active journey, for stages that have made sure there is one."""
        journey = self.journey
        assert journey is not None
        return journey

    @once
    def zone(self) -> ZoneInfo:
        """Where the person is, as far as anybody knows."""
        return zone_for(self.playbook, self.person, self.account)

    @once
    def today(self) -> date:
        """The calendar day where the person is."""
        return local_date(self.now, self.zone)

    @once
    def joined_on(self) -> date:
        """The calendar day where the person is on which the journey started; a decision is about one journey at most."""
        return local_date(self.running.started, self.zone)

    @once
    def hours(self) -> Hours:
        """When we may speak to them: the playbook's hours, narrowed to what they chose; where the two never meet, what they chose."""
        return hours_for(self.playbook, self.person)

    @once
    def team_zone(self) -> ZoneInfo:
        """Where the team is."""
        return zone_named(self.playbook.team.zone) or ZoneInfo("UTC")

    @once
    def team_is_there(self) -> bool:
        """Whether the team's hours are open."""
        return is_open(self.playbook.team.hours, self.now, self.team_zone)

    @once
    def standing(self) -> Standing:
        """Facts and steps as they are at this point of the pipeline."""
        return standing(self.playbook, self, self.now, self.zone)

    @once
    def tasks(self) -> tuple[TaskState, ...]:
        """Every task of the person and of their account, open and ended ones, the oldest first."""
        return tasks_known(self)

    @once
    def last_tasks(self) -> Mapping[str, TaskState]:
        """The last round of each, by the name of its rule."""
        return last_rounds(self.tasks)

    @property
    def subject(self) -> Subject:
        """The subject as it stands so far."""
        return Subject(person=self.person, account=self.account, case=self.case, activity=self.activity, company=self.company)

    @once
    def facts(self) -> Facts:
        """What conditions may ask."""
        return self.standing.known

    @property
    def acted(self) -> bool:
        """Whether this is something they just did, rather than the clock or old news."""
        return not isinstance(self.event, Tick) and self.now - self.event.at <= FRESH

    def but(self, **changes: Any) -> Work:
        """The same work with some fields changed; what was computed is kept while nothing it rests on moved."""
        new = changed(self, changes)
        return new if _MOVING.isdisjoint(changes) else new._since(self)

    def with_person(self, **changes: Any) -> Work:
        """The same work with the person changed."""
        new = changed(self, {"person": changed(self.person, changes)})
        return new if OF_PERSON.isdisjoint(changes) else new._since(self)

    def with_journey(self, **changes: Any) -> Work:
        """The same work with the person's journey changed."""
        assert self.person.journey is not None
        journey = changed(self.person.journey, changes)
        new = changed(self, {"person": changed(self.person, {"journey": journey})})
        if not OF_JOURNEY.isdisjoint(changes) or ("sent" in changes and not same_questions(self.playbook, self.person.journey, journey)):
            return new._since(self)
        new.__dict__.pop("journey", None)
        return new

    def _since(self, before: Work) -> Work:
        """Forget what was computed before and does not hold any more; nobody has seen this one yet."""
        self.__dict__.pop("journey", None)
        if not self._tasks_as(before):
            self.__dict__.pop("tasks", None)
            self.__dict__.pop("last_tasks", None)
        for known in () if self._stands_as(before) else _STANDING if self._lives_as(before) else _COMPUTED:
            self.__dict__.pop(known, None)
        return self

    def _stands_as(self, other: Work) -> bool:
        """Whether nothing moved that facts, zone or hours rest on."""
        if self.activity is not other.activity or not self._lives_as(other):
            return False
        return self.person is other.person or "standing" not in self.__dict__ or same_facts(self.playbook, self.person, other.person)

    def _lives_as(self, other: Work) -> bool:
        """Whether nothing moved that decides which zone and hours are theirs."""
        same = self.person.zone == other.person.zone and self.person.chosen is other.person.chosen
        return same and self.account is other.account and self.playbook is other.playbook

    def _tasks_as(self, other: Work) -> bool:
        """Whether no task moved, and nobody came or went."""
        mine, theirs = self.person.journey, other.person.journey
        same = mine is theirs or (mine is not None and theirs is not None and mine.tasks is theirs.tasks)
        return same and self.account is other.account

    def because(self, rule: str, result: str, because: str | Answer = "") -> Work:
        """Note why a rule fired or did not. A "no" that stays a no is no news, although its numbers move."""
        before = self.person.reasons.get(rule)
        if before and before[0] == result and result in STEADY:
            return self
        words = because if isinstance(because, str) else because.because
        if before == (result, words):
            return self
        return changed(self, {"reasons": (*self.reasons, Reason(rule, result, words))})

    def is_quiet(self, rule: str, when: str | None) -> bool:
        """Whether a rule stays as quiet, or locked, as it was: its condition holds no more than it did, which is no news."""
        before = self.person.reasons.get(rule)
        return before is not None and before[0] in STEADY and not self.playbook.holds(when, self.facts)

    def wake(self, at: datetime | None) -> Work:
        """Ask to be woken at that moment too."""
        return changed(self, {"wakes": (*self.wakes, at)}) if at else self

    def happened(self, name: str, at: datetime, *, step: str = "") -> Work:
        """Let triggers know."""
        moment = Moment(name=name, at=at, occurrence=self.event.key, step=step)
        return self.but(moments=(*self.moments, moment))

    def redraw(self) -> Work:
        """Their Home and their latest card are out of date."""
        if not self.person.slack:
            return self
        return self.but(draws=(*self.draws, Draw("home", self.person.id), Draw("card", self.person.id)))

    def redraw_case(self) -> Work:
        """The CSM's card is out of date, and the Home of whoever has the case."""
        if self.case is None:
            return self
        home = (Draw("team", self.case.owner),) if self.case.owner else ()
        return self.but(draws=(*self.draws, Draw("case", self.case.id), *home))

    @property
    def prefix(self) -> str:
        """What the keys of this person's messages start with: their journey's id, or their own before any journey."""
        return self.person.journey.id if self.person.journey else self.person.id

    def answer(
        self,
        message: str,
        facts: Mapping[str, Any] | None = None,
        *,
        when_sent: Draw | None = None,
        promised: bool = False,
        due_at: datetime | None = None,
        key: str = "",
        only: str = "",
    ) -> Work:
        """Reply to what the person just did: at once, whatever the hour, by the mouth they used last.

        `promised`: we do so of ourselves, later, because they asked for it then; an opt-out since then holds it back.
        `due_at`: not before (world time). `key`: the message's own, where somebody has to find it again.
        `only`: by this channel, whatever mouth they used.
        """
        able = ((only,) if _address(self.person, only) else ()) if only else answer_channels(self.person)
        via = tuple(c for c in able if not (promised and c in self.person.opted_out))
        if not via:
            return self.because(f"answer.{message}", "unreachable", "no channel they can be reached by")
        mail = getattr(self.event, "mail", None)
        own = {**facts} if facts else {}
        say = Say(
            key=key or f"{self.prefix}:{message}:{self.event.source}:{self.event.key}",
            to=To("person", self.person.id, via),
            message=message,
            person=self.person.id,
            facts={"mail": {"id": mail.id, "subject": mail.subject}, **own} if mail else own,
            expires_at=(due_at or self.now) + ANSWER_LASTS,
            due_at=due_at,
            priority=ANSWERS,
            essential=not promised,
            when_sent=when_sent,
        )
        work = self.but(says=(*self.says, say))
        return work.because(f"answer.{message}", "said", f"answers {type(self.event).__name__}")

    def answer_in(self, message: str, place: str) -> Work:
        """Reply briefly where they mentioned us, in that thread."""
        say = Say(
            key=f"{self.prefix}:{message}:{self.event.source}:{self.event.key}",
            to=To("thread", place),
            message=message,
            person=self.person.id,
            expires_at=self.now + ANSWER_LASTS,
            priority=ANSWERS,
            essential=True,
        )
        return self.but(says=(*self.says, say))

    def tell_team(self, message: str, facts: Mapping[str, Any] | None = None) -> Work:
        """Write into the case's thread, or post its card. A lost word is worse than one said twice."""
        assert self.case is not None
        return self.tell_thread(self.case.id, message, facts)

    def tell_thread(self, case_id: str, message: str, facts: Mapping[str, Any] | None = None) -> Work:
        """The same into the thread of any case of theirs, closed ones too."""
        key = f"case:{case_id}:{message}:{(facts or {}).get('note', '')}:{self.event.source}:{self.event.key}"
        again = sum(say.key == key or say.key.startswith(f"{key}:again") for say in self.says)
        say = Say(
            key=f"{key}:again{again}" if again else key,
            to=To("case", case_id, (self.playbook.team.channel,)),
            message=message,
            person=self.person.id,
            facts={"case": case_id, **(facts or {})},
            priority=50,
            essential=True,
            if_unknown="resend",
        )
        return self.but(says=(*self.says, say))

    def withdraw_pending(self, *, step: str | None = None) -> Work:
        """Take back what may still wait in the outbox: all that is no answer, or only what speaks of one step."""
        gone = [p for p in self.person.pending if not p.answer and (step is None or p.step == step)]
        kept = tuple(p for p in self.person.pending if p not in gone)
        return self.with_person(pending=kept).but(withdraw=(*self.withdraw, *(p.key for p in gone)))

    def remember(self, pending: Pending) -> Work:
        """Keep a message's key as long as it can still be withdrawn."""
        return self.with_person(pending=(*self.alive, pending))

    @property
    def alive(self) -> tuple[Pending, ...]:
        """What was said to them and may still wait in the outbox."""
        return tuple([p for p in self.person.pending if p.expires_at > self.now])


def channels(playbook: Playbook, person: Person, by: str | None = None) -> tuple[str, ...]:
    """The channels that may carry a message we start ourselves, in the order of `reach` (or only the one of `by`)."""
    if "all" in person.opted_out or person.consent is False:
        return ()
    wanted = playbook.reach if by in (None, "all") else (by,)
    reachable = tuple([c for c in wanted if c not in person.opted_out and _address(person, c) and _welcome(person, c)])
    chosen = person.chosen.get("by", "")
    return (chosen,) if chosen in reachable else reachable


def _welcome(person: Person, channel: str) -> bool:
    """Slack's rule: nobody is written to there first unless they came to us, or their record says they agreed."""
    return channel != "slack" or bool(person.slack_ok) or person.consent is True


def answer_channels(person: Person) -> tuple[str, ...]:
    """The channels for an answer: the mouth that spoke last first. An opt-out does not silence answers there."""
    mouth = person.last_mouth or ""
    others = (c for c in ("slack", "email") if c != mouth and c not in person.opted_out and "all" not in person.opted_out)
    return tuple(c for c in (mouth, *others) if _address(person, c) and (c == mouth or _welcome(person, c)))


def _address(person: Person, channel: str) -> str:
    address = person.slack if channel == "slack" else person.email if channel == "email" else ""
    shut = person.shut.get(channel) if person.shut else None
    return "" if shut and shut.address.lower() == address.lower() else address
