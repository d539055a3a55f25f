"""Events that come late, early, or by a wrong clock: they count where a rule asks "when", and nobody is congratulated for long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.ingest.conftest import Product

DAY = timedelta(days=1)


@pytest.fixture
def gil(product: Product, request: pytest.FixtureRequest) -> str:
    """Somebody who joined two weeks ago and has done nothing since. Each test has one of its own."""
    who = f"gil-{request.node.name.partition('_')[2][:24]}".lower()
    joined = (product.now() - 14 * DAY).isoformat()
    traits = {"name": "Gil", "email": f"{who}@solo.test", "consent": True, "timezone": "Europe/Berlin", "createdAt": joined}
    product.batch({"type": "identify", "userId": who, "traits": traits})
    product.town.settle()
    return who


def messages(product: Product, who: str) -> list[str]:
    return product.town.messages(f"{who}@solo.test")


def reasons(product: Product, who: str, about: str) -> list[str]:
    return [reason["result"] for event in product.town.why(f"{who}@solo.test") for reason in event["reasons"] if reason["rule"] == about]


def done_at(product: Product, who: str) -> dict[str, datetime]:
    """When each step was done, theirs and their company's."""
    subject = product.subject(who)
    assert subject.person.journey is not None
    steps = {**(subject.account.steps if subject.account else {}), **subject.person.journey.steps}
    return {name: step.at for name, step in steps.items() if step.at}


def test_gils_report_of_ten_days_ago_counts_sets_the_steps_time_and_says_nothing_for_a_day_gone_by(product: Product, gil: str):
    then = product.now() - 10 * DAY
    product.batch(
        {"type": "track", "userId": gil, "event": "source.connected", "timestamp": (then - DAY).isoformat()},
        {"type": "track", "userId": gil, "event": "report.created", "timestamp": then.isoformat()},
        {"type": "track", "userId": gil, "event": "report.shared", "timestamp": then.isoformat()},
        {"type": "track", "userId": gil, "event": "integrations.viewed", "timestamp": then.isoformat()},
        sentAt=product.now().isoformat(),
    )
    product.town.settle()
    subject, times = product.subject(gil), done_at(product, gil)
    assert (subject.activity["report.created"].n, subject.activity["integrations.viewed"].n) == (1, 1)
    assert abs(times["share_report"] - then) < timedelta(seconds=30)
    assert abs(times["connect_source"] - (then - DAY)) < timedelta(seconds=30)
    product.town.days(0.5)
    assert not {"well_done", "try_integrations"} & {*messages(product, gil)}


def test_the_same_today_is_answered_so_the_silence_is_about_the_days_gone_by(product: Product, gil: str):
    product.batch(*({"type": "track", "userId": gil, "event": name} for name in ("source.connected", "report.created", "report.shared")))
    product.town.settle()
    product.town.days(1)
    assert "well_done" in messages(product, gil)


def test_an_event_that_came_first_and_happened_later_does_not_hide_the_late_one(product: Product, gil: str):
    then = product.now() - 10 * DAY
    product.batch({"type": "track", "userId": gil, "event": "source.connected"})
    product.batch({"type": "track", "userId": gil, "event": "source.connected", "timestamp": then.isoformat()})
    assert done_at(product, gil)["connect_source"] == then
    assert product.tally(gil, "source.connected").first_at == then


def test_what_is_older_than_thirty_days_is_kept_and_counts_nowhere_and_why_says_so(product: Product, gil: str):
    product.batch({"type": "track", "userId": gil, "event": "report.created", "timestamp": (product.now() - 31 * DAY).isoformat()})
    assert product.did(gil) == ["report.created"]
    assert reasons(product, gil, "event.report.created") == ["too_late"]
    assert "report.created" not in product.subject(gil).activity or product.tally(gil, "report.created").n == 0


def test_what_has_not_happened_yet_counts_as_now_and_why_says_what_it_said(product: Product, gil: str):
    product.batch({"type": "track", "userId": gil, "event": "report.created", "timestamp": "2031-01-01T00:00:00Z"})
    assert product.tally(gil, "report.created").last_at <= product.now()
    assert reasons(product, gil, "event.report.created") == ["capped"]
    assert "2031-01-01 00:00" in str(product.town.why(f"{gil}@solo.test")[-1])


def test_a_clock_that_is_two_hours_ahead_is_set_right_by_when_it_sent(product: Product, gil: str):
    ahead = product.now() + timedelta(hours=2)
    product.batch(
        {"type": "track", "userId": gil, "event": "report.created", "timestamp": (ahead - timedelta(minutes=5)).isoformat()},
        sentAt=ahead.isoformat(),
    )
    assert abs(product.tally(gil, "report.created").last_at - (product.now() - timedelta(minutes=5))) < timedelta(seconds=30)
    assert reasons(product, gil, "event.report.created") == []
