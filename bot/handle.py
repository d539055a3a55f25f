"""The one door in: events are decided and saved, in one commit, whoever brings them."""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from bot.logs import about
from bot.meters import SILENT, Meters
from bot.places import of_one_place
from bot.stopped_addresses import Stops, stops_of, words_kept
from bot.world import World
from flows.assigning import after
from flows.decide import decide
from flows.decision import Decision, Draw
from flows.desk import Desk
from flows.events import AnyEvent, CsmReplied, Merged, MergedInto, Traits
from flows.library import Playbooks
from flows.merging import follow, named, second_half
from flows.people import Account, Case, Subject
from flows.relaying import as_sent
from flows.shares import Companies
from storage.codec import event_key
from storage.desk import Look
from storage.outbox import Outbox
from storage.outgoing import WordsLeft
from storage.reports import Reports
from storage.rows import cause
from storage.store import Conflict, Store

log = logging.getLogger("handrail.handle")

_LONGEST_PAUSE = 0.2


def handle(
    store: Store,
    playbooks: Playbooks,
    events: Sequence[AnyEvent],
    now: datetime,
    raw: str | Mapping[tuple[str, str], str] = "",
    clock: Callable[[], datetime] | None = None,
    meters: Meters = SILENT,
) -> list[Decision]:
    """Let events change people; say what follows, one decision for each event that was news.

    `raw` is the body they came in, kept with them: one for all, or (source, key) → that of each.
    A repeat changes nothing. A defect in deciding raises nothing: the event is kept, undecided, and a sweep tries again.
    A conflict with another writer loads and decides again until it holds, at the moment `clock` (world time) then tells.
    All of it is one commit, unless somebody's events are of several companies: then it is one for each stay in one of them.
    """
    decisions: list[Decision] = []
    waiting = events
    while waiting:
        said, waiting = _commit(store, playbooks, waiting, now, raw, clock, meters)
        decisions += said
    return decisions


def _commit(
    store: Store,
    playbooks: Playbooks,
    events: Sequence[AnyEvent],
    now: datetime,
    raw: str | Mapping[tuple[str, str], str],
    clock: Callable[[], datetime] | None,
    meters: Meters,
) -> tuple[list[Decision], Sequence[AnyEvent]]:
    """Let in as many as may be decided together. Gives what follows from them, and the events that wait for their turn."""
    attempt, began = 0, time.monotonic()
    later: list[AnyEvent] = []
    while True:
        news = _news(store, events)
        if not news:
            return [], later
        before = store.load(
            list(dict.fromkeys(who for e in news for who in named(e))),
            {e.who: e.account_id for e in news if isinstance(e, Traits) and e.account_id},
            playbooks.needs,
            now,
        )
        if moved := _moved(before):
            followed = [follow(e, moved) for e in events]
            if followed != list(events):
                events = followed
                continue
        together = of_one_place(before, news)
        if together < len(news):
            events, later = news[:together], news[together:] + later
            continue
        stops = stops_of(store, before, news)
        desk = _DeskOfBatch(partial(store.desk, playbooks, now))
        decided, failed = _decide_all(playbooks, before, news, now, desk, stops)
        try:
            if decided:
                bodies = {(e.source, e.key): _body(e, raw) for e, _ in decided} if raw else None
                store.save(decided, before, now, bodies, Look(desk=desk.found, playbooks=playbooks) if desk.found else None)
        except WordsLeft as left:
            events, now = [as_sent(e) if (e.source, e.key) in left.events else e for e in events], clock() if clock else now
            continue
        except Conflict:
            attempt += 1
            meters.conflicted()
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.005 * 2**attempt)))
            now = clock() if clock else now
            continue
        if decided:
            meters.decided(len(decided), time.monotonic() - began)
        for event, error in failed:
            store.save_undecided(event, error, _body(event, raw) or None)
        asked = {(e.source, e.key) for e in news}
        return [decision for e, decision in decided if (e.source, e.key) in asked], later


def _body(event: AnyEvent, raw: str | Mapping[tuple[str, str], str]) -> str:
    return raw if isinstance(raw, str) else raw.get((event.source, event.key), "")


def _news(store: Store, events: Sequence[AnyEvent]) -> list[AnyEvent]:
    unique = {event_key(e): e for e in reversed(events)}
    known = store.known(list(unique.values()))
    return [e for e in reversed(unique.values()) if (e.source, e.key) not in known]


def _decide_all(
    playbooks: Playbooks, before: dict[str, Subject], events: Sequence[AnyEvent], now: datetime, desk: _DeskOfBatch, stops: Stops
) -> tuple[list[tuple[AnyEvent, Decision]], list[tuple[AnyEvent, str]]]:
    """One after another: what the first changed, the next one sees, account and desk included. An address brings its stop along."""
    subjects = dict(before)
    companies = Companies(before.values(), now)
    accounts: dict[str, Account] = {s.account.id: s.account for s in before.values() if s.account}
    decided: list[tuple[AnyEvent, Decision]] = []
    failed: list[tuple[AnyEvent, str]] = []
    moved: dict[str, str] = {}
    loud = log.isEnabledFor(logging.DEBUG)
    waiting = deque(events)
    while waiting:
        event = follow(waiting.popleft(), moved)
        subject = companies.seen_by(_as_now(subjects, accounts, event.who))
        if isinstance(event, Merged | MergedInto):
            subject = replace(subject, other=_as_now(subjects, accounts, named(event)[1]))
        try:
            decision = desk.decide(playbooks, subject, event, now)
        except Exception as error:
            # the key stays out of it: a sender's may hold an address
            log.exception(
                "could not decide a %s of %s for %s", type(event).__name__, event.source, event.who, extra={"cause": cause(event)}
            )
            failed.append((event, f"{type(error).__name__}: {error}"))
            continue
        subjects[event.who] = Subject(
            person=decision.person,
            account=decision.account,
            case=decision.case if decision.person.case else None,
            activity=decision.activity,
        )
        if decision.account:
            accounts[decision.account.id] = decision.account
        companies.took(subject.person, decision.person)
        decided.append((event, decision))
        if loud:
            said = [type(event).__name__, event.source, len(decision.says)]
            log.debug("decided a %s of %s: %d to say", *said, extra={"cause": cause(event)})
        if isinstance(event, Merged) and event.other in decision.person.merged and event.other not in subject.person.merged:
            waiting.appendleft(second_half(event))
        if decision.person.merged_into:
            moved = {who: decision.person.merged_into if into == event.who else into for who, into in moved.items()}
            moved[event.who] = decision.person.merged_into
        if stops:
            waiting.extendleft(words_kept(event, subject.person, decision.person, stops, now))
    return decided, failed


def _as_now(subjects: Mapping[str, Subject], accounts: Mapping[str, Account], who: str) -> Subject:
    subject = subjects[who]
    return replace(subject, account=accounts[subject.account.id]) if subject.account else subject


def _moved(subjects: Mapping[str, Subject]) -> dict[str, str]:
    """Who became somebody else, and whom."""
    return {who: subject.person.merged_into for who, subject in subjects.items() if subject.person.merged_into}


class _DeskOfBatch:
    """The team's day as the decisions of one batch move it on. Most never ask for it, so it is loaded for the first that does.

    `found` is how it was then.
    """

    def __init__(self, load: Callable[[], Desk]) -> None:
        self.found: Desk | None = None
        self._load = load
        self._desk: Desk | None = None

    def decide(self, playbooks: Playbooks, subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        """Decide; a decision that asked the desk is made again with it, which costs little and changes nothing else."""
        decision = decide(playbooks, subject, event, now)
        if _asks_desk(subject, decision):
            if self._desk is None:
                self.found = self._desk = self._load()
            decision = decide(playbooks, replace(subject, desk=self._desk), event, now)
        if self._desk is not None:
            self._desk = after(self._desk, subject.person, subject.case, decision)
        return decision


def _asks_desk(subject: Subject, decision: Decision) -> bool:
    """Whether a case opens, is held back, or closes: the cards of its account's other cases are named by the desk."""
    closes = subject.case is not None and decision.person.case is None
    return decision.allotment is not None or closes


class Views(NamedTuple):
    """What drawing looks at: people by their ids, and by the ids of cases their people, each with that case."""

    people: Mapping[str, Subject]
    cases: Mapping[str, Subject]


class Door:
    """`handle` with its store, its playbooks and its clock, as the surfaces use it."""

    def __init__(
        self,
        store: Store,
        playbooks: Callable[[], Playbooks],
        world: World,
        knock: Callable[[], None] = lambda: None,
        meters: Meters = SILENT,
    ) -> None:
        self.store = store
        self.playbooks = playbooks
        self.world = world
        self._knock = knock
        self._meters = meters

    def now(self) -> datetime:
        """World time."""
        return self.world.now()

    def handle(self, *events: AnyEvent, raw: str | Mapping[tuple[str, str], str] = "") -> list[Decision]:
        """Let events in, with the body they came in, or that of each by (source, key).

        After the commit the delivery loop is told that there may be something to send.
        """
        decisions = self.decide(*events, raw=raw)
        if any(d.says or d.draws for d in decisions):
            self._knock()
        return decisions

    def decide(self, *events: AnyEvent, raw: str | Mapping[tuple[str, str], str] = "") -> list[Decision]:
        """The same for who sends what follows themselves: nobody is told."""
        with about(cause(events[0]) if len(events) == 1 else ""):
            return handle(self.store, self.playbooks(), events, self.now(), raw, self.now, self._meters)

    def redraw(self, draw: Draw) -> None:
        """Somebody looks at a view: have it drawn as things are now."""
        Outbox(self.store.database).redraw(draw, self.now())
        self._knock()

    def view(self, person_id: str) -> Subject | None:
        """A person as saved, with account and open case, for drawing. Who was merged is seen as who they became."""
        return self.views([person_id]).get(person_id)

    def views(self, person_ids: Sequence[str]) -> dict[str, Subject]:
        """The same for many, in a handful of statements."""
        needs, now = self.playbooks().needs, self.now()
        found = self.store.load(person_ids, {}, needs, now)
        if moved := _moved(found):
            became = self.store.load([*moved.values()], {}, needs, now)
            found |= {who: became[into] for who, into in moved.items()}
        return found

    def view_case(self, case_id: str) -> Subject | None:
        """The person of a case, with that case, open or closed, and as much of the desk as its card shows."""
        return self.look((), [case_id]).cases.get(case_id)

    def look(self, person_ids: Sequence[str], case_ids: Sequence[str]) -> Views:
        """People and cases as saved, for drawing, in a handful of statements however many they are."""
        csms = [one.csm for one in self.playbooks().roster.csms]
        cases, desk = self.store.cases(case_ids, csms) if case_ids else ({}, Desk())
        people = self.views([*person_ids, *(case.person_id for case in cases.values())]) if person_ids or cases else {}
        return Views(people, {case.id: replace(people[case.person_id], case=case, desk=desk) for case in cases.values()})

    def case(self, case_id: str) -> Case | None:
        """A case as saved, open or closed."""
        return Reports(self.store.database).case(case_id)

    def words_in_thread(self, case_id: str, ts: str) -> CsmReplied | None:
        """What a CSM wrote there, as it was heard."""
        case = self.case(case_id)
        return Reports(self.store.database).thread_words(case.person_id, ts) if case else None
