"""What many send at the same moment is taken together, and each is answered for their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ingest.calls import Call, Identify, Refusal, Track
from bot.ingest.taking import MOST_TOGETHER, Intake
from bot.ingest.together import Together, take_together
from bot.knowing import Ids
from tests.ingest.conftest import Product

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Desk:
    """Somebody at work, who begins when told to, and notes who came together."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.go_on = threading.Semaphore(0)

    def work(self, names: Sequence[str]) -> list[str | Exception]:
        self.groups.append(list(names))
        assert self.go_on.acquire(timeout=20)
        return [ValueError(name) if name == "bob" else name.upper() for name in names]


async def said(waiting: asyncio.Task[str]) -> str:
    try:
        return await waiting
    except ValueError as error:
        return f"no: {error}"


def test_who_comes_while_others_are_at_work_is_taken_with_all_who_came_meanwhile():
    desk = Desk()

    async def day() -> list[str]:
        together: Together[str, str] = Together(desk.work, most=100)
        first = asyncio.create_task(together.done("ana", 1))
        while not desk.groups:
            await asyncio.sleep(0.001)
        others = [asyncio.create_task(together.done(name, 1)) for name in ("bob", "carla", "dan")]
        await asyncio.sleep(0.01)
        others[2].cancel()
        for _ in range(2):
            desk.go_on.release()
        return [await said(one) for one in (first, *others[:2])]

    assert asyncio.run(day()) == ["ANA", "no: bob", "CARLA"]
    assert desk.groups == [["ana"], ["bob", "carla"]]


def test_a_group_weighs_no_more_than_it_may_and_who_is_too_heavy_goes_alone():
    desk = Desk()
    desk.go_on.release(10)

    async def day() -> list[str]:
        together: Together[str, str] = Together(desk.work, most=3)
        return list(await asyncio.gather(*(together.done(name, weight) for name, weight in (("ana", 2), ("carla", 1), ("dan", 9)))))

    assert asyncio.run(day()) == ["ANA", "CARLA", "DAN"]
    assert desk.groups == [["ana", "carla"], ["dan"]]


def test_a_defect_of_the_whole_group_is_told_to_each_and_the_next_are_served():
    def work(names: Sequence[str]) -> list[str | Exception]:
        if "bob" in names:
            raise ValueError("everything is wrong")
        return list(names)

    async def day() -> list[str]:
        together: Together[str, str] = Together(work, most=9)
        first = [asyncio.create_task(together.done(name, 1)) for name in ("bob", "ana")]
        return [await said(one) for one in first] + [await together.done("carla", 1)]

    assert asyncio.run(day()) == ["no: everything is wrong", "no: everything is wrong", "carla"]


class FakeIntake:
    """Takes what it is given, but for Mallory's calls: with one of those nothing can be taken. Nobody knows Bob."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []

    def take(self, calls: Sequence[Call]) -> list[Refusal]:
        names = [call.ids.external for call in calls]
        self.commits.append(names)
        if "mallory" in names:
            raise RuntimeError("no database takes this")
        return [Refusal(index=place, code="nobody", message="") for place, name in enumerate(names) if name == "bob"]


def tracks(*names: str) -> list[Call]:
    return [Track(ids=Ids(external=name), at=NOON, key=uuid4().hex, name="report.opened") for name in names]


def together(*requests: Sequence[Call]) -> tuple[list[list[str]], list[list[int] | str | None]]:
    """The commits, and of each request the places that were refused."""
    intake = FakeIntake()
    answers = take_together(cast(Intake, intake), requests)
    return intake.commits, [[r.index for r in one] if isinstance(one, list) else one and type(one).__name__ for one in answers]


def test_several_requests_are_one_commit_and_each_hears_of_its_own_refusals():
    assert together(tracks("ana", "bob"), tracks("carla"), tracks("bob")) == (
        [["ana", "bob", "carla", "bob"]],
        [[1], [], [0]],
    )


def test_who_may_have_spoiled_it_for_the_others_is_taken_alone_and_so_are_they():
    assert together(tracks("ana"), tracks("mallory")) == ([["ana", "mallory"]], [None, None])
    assert together(tracks("mallory")) == ([["mallory"]], ["RuntimeError"])


def test_who_may_have_to_be_looked_for_in_slack_and_a_large_batch_hold_up_nobody():
    identify = [Identify(ids=Ids(external="ana"), at=NOON, key="1")]
    large = tracks(*["ana"] * (MOST_TOGETHER + 1))
    assert together(identify, tracks("carla"), large) == ([["carla"]], [None, [], None])


def test_a_commit_holds_no_more_calls_than_it_may():
    commits, answers = together(*[tracks(*["ana"] * 100)] * 5)
    assert ([len(one) for one in commits], answers) == ([200, 200, 100], [[]] * 5)


SENT = st.lists(
    st.lists(st.sampled_from(["single", "batch", "wrong", "half", "repeat", "identify"]), min_size=1, max_size=5), min_size=2, max_size=6
)


@settings(max_examples=12, deadline=None)
@given(SENT)
def test_whoever_sends_at_once_is_answered_for_their_own_and_all_that_was_taken_is_kept_once_in_order(product: Product, plans: Any):
    """Every sender waits for an answer before they send again; all tell of the same person, and each of themselves."""
    run = uuid4().hex[:8]
    shared = f"shared-{run}"
    problems: list[str] = []
    kept: dict[str, list[str]] = {}

    def send(me: str, plan: Sequence[str]) -> None:
        mine = kept[me] = []
        last: dict[str, Any] | None = None
        for n, what in enumerate(plan):
            name = f"{me}.{n}"
            call = {"userId": shared, "event": name, "messageId": name}
            if what == "wrong":
                answer = product.tells("/v1/track", {"userId": shared})
                ok = (answer.status, answer.json["code"]) == (400, "invalid_request")
            elif what == "identify":
                ok = product.tells("/v1/identify", {"userId": f"{me}-{run}", "traits": {"name": me}}).status == 200
            elif what == "repeat" and last:
                ok = product.tells("/v1/track", last).status == 200
            elif what in ("batch", "half"):
                items = [{"type": "track", **call}, {"type": "track", **call, "event": f"{name}+", "messageId": f"{name}+"}]
                answer = product.tells("/v1/batch", {"batch": [items[0], *([{"type": "track"}] if what == "half" else []), items[1]]})
                wrong = [one["index"] for one in answer.json.get("rejected", [])]
                ok = (answer.status, wrong) == (200, [1] if what == "half" else [])
                mine += [name, f"{name}+"]
            else:
                ok = product.tells("/v1/track", call).status == 200
                mine.append(name)
                last = call
            if not ok:
                problems.append(f"{me} {n}: {what}")

    senders = [threading.Thread(target=send, args=(f"{run}.s{n}", plan)) for n, plan in enumerate(plans)]
    for one in senders:
        one.start()
    for one in senders:
        one.join(timeout=60)
    assert problems == []
    if any(kept.values()):
        did = product.did(shared)
        assert sorted(did) == sorted(name for names in kept.values() for name in names)
        for me, names in kept.items():
            assert [name for name in did if name.startswith(f"{me}.")] == names
