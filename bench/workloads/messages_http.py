"""(b) `messages-http`: the day of (a) with every message through real HTTP to the playground's SendGrid and Slack, half each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import Order
from bench.figures import Figure
from bench.population import slack_users
from bench.run import Run


def messages_http(run: Run) -> Iterator[Figure]:
    """Messages a second by one process; Slack and SendGrid run beside it on the same machine."""
    n = run.sizes.by_http
    ours: list[float] = []
    floors: list[float] = []
    for turn in range(run.sizes.rounds):
        run.say(f"{run.place.kind}: {n:,} messages over HTTP, turn {turn + 1}: by hand, then Handrail")
        for work, rates in (("by_hand", floors), ("ours", ours)):
            own: Order = {"slack_user": slack_users(n)[0]} if work == "by_hand" else {"profile": run.profile}
            with (
                TemporaryDirectory(dir=run.folder) as folder,
                run.people(n, in_slack=True) as url,
                run.served("playground", Path(folder), {"BENCH_PEOPLE": str(n)}) as port,
            ):
                told = run.alone({"work": f"bench.by_http:{work}", "url": url, "play": f"http://127.0.0.1:{port}", **own})
            if told["sent"] < n:
                raise RuntimeError(f"only {told['sent']} of {n} messages went out")
            rates.append(told["sent"] / told["seconds"])
        run.say(f"    by hand {floors[-1]:,.0f}/s, Handrail {ours[-1]:,.0f}/s")
    best, floor = max(ours), max(floors)
    yield Figure(
        name="messages-http",
        database=run.place.kind,
        value=best,
        unit="messages/s",
        how="one process, half mail, half Slack",
        floor=floor,
        floor_ratio=best / floor,
        vs=run.by_peers(best),
    )
