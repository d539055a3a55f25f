"""Whatever somebody does and wherever they live: the promises of series, rounds, sessions and kinds hold."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from stories import MONDAY, Story, a_playbook

from flows.events import Left, OptedIn, OptedOut, Preferred, ProductEvent, SaysStuck, Snoozed, StepDone
from flows.hours import local_date
from flows.library import Playbooks
from flows.sessions import sessions_in

TIPS = {"sharing", "alerts", "dashboards"}
UNCHARGED = {"welcome", "well_done", "completion", "ask_why", "next_step", "still_waiting"}
"""Messages that follow what the person just did, or come at the hour they chose."""
CAMPAIGN = {
    "series": """  - series: features
    from: 1 day
    to: 12 days
    between: ["10:00", "16:00"]
    limit: {per_day: 1, per_week: 2}
    messages: [{message: sharing, when: views == 0}, {message: alerts}, {message: dashboards, when: done.source}]
""",
    "recurring": "[{message: weekly, every: 7 days, when: active_days >= 1}, {message: pulse, every: 3 days}]",
    "invitations": "[{session: webinar, message: invite, recording: seen, attended: member.invited, when: days_in >= 2}]",
    "surveys": "[{survey: why, message: ask_why, on: left, answers: [hard, time]}]",
    "escalations": "[{escalation: asked, on: says_stuck}]",
}
DATES = """sessions:
  - {session: webinar, title: Reports, starts: 2026-03-06T15:00, zone: Europe/Berlin, recording: https://example.com/seen}
  - {session: webinar, title: Reports, starts: 2026-03-20T10:00, zone: America/Lima, minutes: 90}
"""
DEEDS = ("page.viewed", "source.connected", "member.invited", "stuck", "quiet", "tips", "all", "stop", "go", "word", "leave")


def books() -> Playbooks:
    sessions, problems = sessions_in(DATES, "sessions.yaml")
    assert problems == []
    return a_playbook(**CAMPAIGN).planned(sessions)


BOOKS = books()


def acts(ana: Story, deed: str) -> None:
    match deed:
        case "stuck":
            ana.happens(SaysStuck)
        case "quiet":
            ana.happens(Snoozed, until=ana.now + timedelta(days=2, hours=3))
        case "tips":
            ana.happens(Preferred, without=("tips", "summaries"), tailored=False, mouth="page")
        case "all":
            ana.happens(Preferred, since="10:00", until="18:30", mouth="page")
        case "stop":
            ana.happens(OptedOut, channel="all", mouth="page")
        case "go":
            ana.happens(OptedIn, channel="all", mouth="page")
        case "word":
            ana.happens(StepDone, step="word")
        case "leave":
            ana.happens(Left)
        case name:
            ana.happens(ProductEvent, name=name)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(["Europe/Berlin", "America/Lima", "Pacific/Auckland", "Asia/Kolkata", "America/St_Johns"]),
    joins=st.integers(0, 24 * 9),
    deeds=st.lists(st.tuples(st.integers(1, 80), st.sampled_from(DEEDS)), max_size=14),
)
def test_the_promises_hold_in_any_life(zone: str, joins: int, deeds: list[tuple[int, str]]) -> None:
    ana = Story(BOOKS, zone=zone)
    ana.now = MONDAY + timedelta(hours=joins)
    ana.joins()
    without: list[tuple[datetime, bool]] = [(ana.now, False)]
    for hours, deed in deeds:
        ana.until(ana.now + timedelta(hours=hours))
        acts(ana, deed)
        without.append((ana.now, "tips" in ana.subject.person.chosen.get("without", "")))
    ana.until(ana.now + timedelta(days=60))

    here = ZoneInfo(zone)
    said = [(at, say) for at, say in ana.said if not say.essential]
    keys = Counter(say.key for _, say in said)
    assert max(keys.values(), default=1) == 1
    tips = [at for at, say in said if say.message in TIPS]
    days = [local_date(at, here) for at in tips]
    assert len(days) == len(set(days))
    assert all(sum(day - timedelta(days=7) < other <= day for other in days) <= 2 for day in days)
    assert len(tips) == len({say.message for _, say in said if say.message in TIPS})
    common = [local_date(at, here) for at, say in said if say.message not in TIPS | UNCHARGED]
    assert max(Counter(common).values(), default=0) <= 1
    assert sum(say.message == "ask_why" for _, say in said) <= 1
    for at in (*tips, *(at for at, say in said if say.message == "weekly")):
        assert not next(flag for since, flag in reversed(without) if since <= at)
        assert at.astimezone(here).weekday() < 5
    if left := ana.subject.person.left_at:
        assert all(at <= left for at, _ in said)
