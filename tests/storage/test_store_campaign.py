"""A month with a series, rounds, sessions and a last question, kept and folded again from its events."""

from datetime import timedelta
from functools import partial

from flows.decide import decide
from flows.events import Answered, Left, Preferred, ProductEvent, Tick, Traits
from flows.library import Playbooks
from flows.sessions import sessions_in
from storage.rebuild import rebuild
from storage.store import Store
from tests.storage.scenes import MONDAY, hear, joined, person
from tests.stories import a_playbook

SESSIONS = (
    "sessions: [{session: webinar, title: Reports, starts: 2026-03-12T15:00, zone: Europe/Berlin, recording: https://example.com/seen}]"
)
CAMPAIGN = {
    "summary": "{page.viewed: Pages you looked at}",
    "series": """  - series: features
    from: 1 day
    to: 9 days
    at: "11:00"
    limit: {per_week: 2}
    messages: [{message: sharing}, {message: alerts}]
""",
    "recurring": '[{message: weekly, every: 7 days, at: "09:30", when: active_days >= 1}]',
    "invitations": "[{session: webinar, message: invite, recording: seen, attended: member.invited}]",
    "surveys": "[{survey: why, message: ask_why, on: left, answers: [hard, time]}]",
    "escalations": "[{escalation: asked, on: says_stuck}]",
}


def playbooks() -> Playbooks:
    sessions, problems = sessions_in(SESSIONS, "sessions.yaml")
    assert problems == []
    return a_playbook(**CAMPAIGN).planned(sessions)


def test_a_month_is_kept_and_comes_out_the_same_when_it_is_folded_again(store: Store) -> None:
    books = playbooks()
    tell = partial(hear, store, decide=partial(decide, books), signals=books.needs)
    ana = store.identify([("external", "", "ana")])
    tell(joined(ana))
    tell(Traits(source="crm", key="told", who=ana, at=MONDAY, person={"email": "ana@example.com", "timezone": "Europe/Berlin"}))
    now = MONDAY
    for n in range(120):
        wake = person(store, ana).wake_at
        if wake is None or wake > MONDAY + timedelta(days=25):
            break
        now = wake
        tell(Tick(source="clock", key=f"t{n}", who=ana, at=now), now=now)
        if n % 4 == 0:
            tell(ProductEvent(source="product", key=f"p{n}", who=ana, at=now, name="page.viewed"), now=now)
        if n == 6:
            tell(Preferred(source="page", key="pref", who=ana, at=now, without=("tips",), tailored=False, mouth="page"), now=now)
    now += timedelta(hours=1)
    tell(Left(source="crm", key="left", who=ana, at=now), now=now)
    tell(Answered(source="page", key="answer", who=ana, at=now, survey="why", value="time", mouth="page"), now=now)
    kept = person(store, ana)
    assert kept.journey is not None
    said = {name for name, sent in kept.journey.sent.items() if sent.rounds}
    assert {"series.features.sharing", "recurring.weekly#3", "invitation.webinar@2026-03-12T14:00", "survey.why"} <= said
    assert kept.journey.answers == {"why": "time"}
    assert rebuild(store, books, ana) == kept
