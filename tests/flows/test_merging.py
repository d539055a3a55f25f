"""Two people who turn out to be one: what each part of them becomes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from stories import MONDAY, Story, a_playbook, day

from flows.decide import decide
from flows.decision import Decision
from flows.events import CaseClaimed, Merged, MergedInto, OptedOut, ProductEvent, SaysStuck, StepDone, Tick
from flows.merging import second_half
from flows.people import Account, Journey, Person, Subject

HOUR = timedelta(hours=1)


class Phone(Story):
    """Ana as nobody knew her: on her phone, with no name."""

    def __init__(self, **person: Any) -> None:
        super().__init__(account=False, **{"name": "", "email": "", "slack": "", "slack_ok": "", "zone": "", **person})
        self.subject = replace(self.subject, person=replace(self.subject.person, id="phone"))

    def happens(self, kind: Any, **what: Any) -> Decision:
        at, key = what.pop("at", None), what.pop("key", "")
        return self.decide(kind(source="test", key=key or f"p{next(self._n)}", who="phone", at=at or self.now, **what))


def merged(ana: Story, phone: Story) -> tuple[Decision, Decision]:
    """They are one from now on: what follows for Ana, and for who she was."""
    ana.now = phone.now = max(ana.now, phone.now)
    event = Merged(source="identity", key="m", who="ana", at=ana.now, other="phone", because="anonymous id phone")
    kept = decide(ana.playbooks, replace(ana.subject, other=phone.subject), event, ana.now)
    whole = Subject(person=kept.person, account=kept.account, case=kept.case, activity=kept.activity)
    gone = decide(phone.playbooks, replace(phone.subject, other=whole), second_half(event), phone.now)
    ana.subject, phone.subject = whole, Subject(person=gone.person, case=gone.case, activity=gone.activity)
    return kept, gone


def test_the_latest_word_about_a_trait_holds_and_what_is_missing_is_filled_in() -> None:
    ana, phone = Story(email=""), Phone()
    ana.told(role="developer", plan="team")
    phone.now += HOUR
    phone.told(role="manager", email="ana@home.test", locale="de")
    merged(ana, phone)
    person = ana.subject.person
    assert dict(person.traits) == {"role": "manager", "plan": "team", "email": "ana@home.test", "locale": "de"}
    assert (person.email, person.locale, person.name, person.slack) == ("ana@home.test", "de", "Ana Ruiz", "T1/U1")


def test_an_older_word_of_the_other_changes_nothing() -> None:
    ana, phone = Story(), Phone()
    phone.told(email="old@home.test", role="manager")
    ana.now += HOUR
    ana.told(email="ana@acme.test", role="developer")
    merged(ana, phone)
    assert (ana.subject.person.email, ana.subject.person.traits["role"]) == ("ana@acme.test", "developer")


def test_what_they_did_is_added_up_and_the_first_time_holds() -> None:
    ana, phone = Story(), Phone()
    ana.does("page.viewed")
    phone.now = day(3)
    phone.does("page.viewed", at=MONDAY - HOUR)
    phone.does("page.viewed")
    merged(ana, phone)
    tally = ana.subject.activity["page.viewed"]
    assert (tally.n, tally.first_at, tally.last_at) == (3, MONDAY - HOUR, day(3))
    assert ana.subject.person.last_active == day(3)


def test_the_older_way_goes_on_with_what_was_done_on_the_other() -> None:
    ana, phone = Story(), Phone()
    phone.joins()
    phone.happens(StepDone, step="word")
    ana.now = phone.now = MONDAY + HOUR
    ana.joins()
    ana.does("source.connected")
    kept, _ = merged(ana, phone)
    journey = ana.subject.person.journey
    assert journey
    assert (journey.id, journey.started, journey.ended_at) == ("phone/1", MONDAY, None)
    assert {name for name, step in journey.steps.items() if step.at} >= {"word", "source"}
    assert ("journey", "merged") in [(reason.rule, reason.result) for reason in kept.reasons]
    assert ana.subject.person.joined_at == MONDAY


def test_nobody_is_welcomed_twice_and_what_the_other_way_had_waiting_is_taken_back() -> None:
    ana, phone = Story(), Phone(email="ana@home.test")
    ana.joins()
    phone.now = MONDAY + HOUR
    phone.joins()
    waiting = [pending.key for pending in phone.subject.person.pending if not pending.answer]
    kept, gone = merged(ana, phone)
    assert "welcome" not in [say.message for say in (*kept.says, *gone.says)]
    assert set(kept.withdraw) == set(waiting)
    assert phone.subject.person == Person(id="phone", journeys=1, merged_into="ana", reasons=phone.subject.person.reasons)


def test_a_way_gone_to_its_end_is_not_begun_again() -> None:
    ana, phone = Story(), Phone()
    ana.joins()
    person = ana.subject.person
    over = replace(person.journey, ended_at=day(2), ended_why="completed") if person.journey else None
    ana.subject = replace(ana.subject, person=replace(person, journey=over, past=("little",)))
    phone.now = day(5)
    phone.joins()
    merged(ana, phone)
    journey = ana.subject.person.journey
    assert journey
    assert (journey.id, journey.ended_why, ana.subject.person.past) == ("ana/1", "completed", ("little",))


def test_no_two_journeys_of_ana_are_ever_called_the_same() -> None:
    ana, phone = Story(), Phone()
    phone.joins()
    ana.now = MONDAY + HOUR
    ana.joins()
    merged(ana, phone)
    person = ana.subject.person
    assert person.journeys == 1
    later = replace(person, journey=None, past=())
    begun = decide(a_playbook(), replace(ana.subject, person=later), Tick(source="t", key="t", who="ana", at=day(2)), day(2))
    assert begun.person.journey
    assert begun.person.journey.id == "ana/2"


def test_the_stricter_word_holds() -> None:
    ana, phone = Story(consent=True), Phone(slack="T2/U2", slack_ok="wrote", chosen={"without": "tips", "since": "09:00", "until": "12:00"})
    phone.happens(OptedOut, channel="email")
    phone.told(consent="no")
    merged(ana, phone)
    person = ana.subject.person
    assert person.opted_out == ("email",)
    assert person.consent is False
    assert person.chosen == {"without": "tips", "since": "09:00", "until": "12:00"}


def test_the_budget_of_both_is_spent() -> None:
    ana, phone = Story(), Phone(email="ana@home.test")
    ana.joins()
    phone.joins()
    spent = {one.key for story in (ana, phone) for one in story.subject.person.spent}
    merged(ana, phone)
    assert {one.key for one in ana.subject.person.spent} == spent


def test_the_open_case_goes_on_with_ana() -> None:
    ana, phone = Story(), Phone(email="ana@home.test")
    phone.joins()
    phone.happens(SaysStuck, text="it says invalid host")
    case = phone.subject.case
    assert case
    kept, gone = merged(ana, phone)
    assert kept.case
    assert (kept.case.id, kept.case.person_id, kept.case.state) == (case.id, "ana", "open")
    assert ana.subject.person.case
    assert (gone.case, gone.person.case, gone.says) == (None, None, ())
    claimed = ana.happens(CaseClaimed, case=case.id, by="U9", name="Maya")
    assert claimed.case
    assert claimed.case.claimed_name == "Maya"


def test_of_two_open_cases_anas_stays_and_the_other_says_so_in_its_thread() -> None:
    ana, phone = Story(), Phone(email="ana@home.test")
    for one in (ana, phone):
        one.joins()
        one.happens(SaysStuck, text="help")
    mine, theirs = ana.subject.case, phone.subject.case
    assert mine
    assert theirs
    kept, gone = merged(ana, phone)
    assert kept.case == mine
    assert gone.case
    assert (gone.case.id, gone.case.state) == (theirs.id, "closed")
    assert [(say.message, say.facts["note"], say.to.ref) for say in gone.says] == [("case_note", "merged", theirs.id)]
    assert phone.subject.person.case is None


def test_two_with_different_external_ids_are_never_merged() -> None:
    ana, phone = Story(external_id="42"), Phone(external_id="43")
    before = ana.subject.person
    kept, gone = merged(ana, phone)
    assert kept.person.merged == ()
    assert kept.person.reasons["identity"] == ("refused", "anonymous id phone: they have different external ids")
    assert gone.person.merged_into == ""
    assert replace(kept.person, reasons=before.reasons, wake_at=before.wake_at) == before


def test_merged_twice_changes_nothing() -> None:
    ana, phone = Story(), Phone()
    ana.joins()
    phone.does("page.viewed")
    merged(ana, phone)
    once = ana.subject
    merged(ana, phone)
    assert ana.subject.activity == once.activity
    assert ana.subject.person.merged == ("phone",)


def test_half_a_merge_is_none() -> None:
    ana, phone = Story(), Phone()
    phone.does("page.viewed")
    event = MergedInto(source="identity", key="m:into", who="phone", at=MONDAY, into="ana")
    gone = decide(phone.playbooks, replace(phone.subject, other=ana.subject), event, MONDAY)
    assert gone.person == phone.subject.person
    assert gone.reasons[0].result == "refused"


def test_the_company_that_was_told_last_is_theirs() -> None:
    ana, phone = Story(), Phone()
    at = {"account_id": MONDAY}
    globex = Account(id="globex", name="Globex")
    ana.subject = replace(ana.subject, person=replace(ana.subject.person, traits_at=at))
    theirs = replace(phone.subject.person, account_id="globex", traits_at={"account_id": MONDAY + HOUR})
    phone.subject = replace(phone.subject, person=theirs, account=globex)
    merged(ana, phone)
    assert ana.subject.person.account_id == "globex"
    assert ana.subject.account == globex


def test_who_left_under_one_name_and_was_seen_later_under_the_other_is_here() -> None:
    ana, phone = Story(), Phone()
    ana.subject = replace(ana.subject, person=replace(ana.subject.person, left_at=MONDAY))
    phone.happens(ProductEvent, name="page.viewed", at=MONDAY)
    phone.now = MONDAY + HOUR
    phone.does("page.viewed")
    merged(ana, phone)
    assert ana.subject.person.left_at is None


def test_on_different_playbooks_the_older_goes_on_and_the_other_is_not_entered_again() -> None:
    ana, phone = Story(), Phone()
    other = Journey(id="phone/1", playbook="big", started=MONDAY + HOUR, enrolled_at=MONDAY + HOUR)
    ana.joins()
    phone.subject = replace(phone.subject, person=replace(phone.subject.person, journey=other, joined_at=MONDAY + HOUR))
    merged(ana, phone)
    person = ana.subject.person
    assert person.journey
    assert (person.journey.id, person.past) == ("ana/1", ("big",))
