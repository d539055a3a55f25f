"""(b) `messages-http`: the day of (a) with every message through real HTTP to the playground's SendGrid and Slack, half each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import Order, alone
from bench.figures import Figure
from bench.population import slack_users
from bench.run import Run
from bench.serving import served

PLAY = [sys.executable, "-m", "bench.play"]


def messages_http(run: Run) -> Iterator[Figure]:
    """Messages a second by one process; Slack and SendGrid run beside it on the same machine."""
    n, ours, floors = run.sizes.by_http, [], []
    for turn in range(run.sizes.rounds):
        run.say(f"{run.place.kind}: {n:,} messages over HTTP, turn {turn + 1}: by hand, then Handrail")
        for work, rates in (("by_hand", floors), ("ours", ours)):
            with TemporaryDirectory(dir=run.folder) as folder, run.people(n, in_slack=True) as url:
                with served(PLAY, Path(folder), {"BENCH_PEOPLE": str(n)}) as port:
                    own: dict[str, object] = {"slack_user": slack_users(n)[0]} if work == "by_hand" else {"profile": run.profile}
                    order: Order = {"work": f"bench.by_http:{work}", "url": url, "play": f"http://127.0.0.1:{port}", **own}
                    told = alone(order)
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
