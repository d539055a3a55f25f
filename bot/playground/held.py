"""Events on their way that a test holds back, to deliver them late, twice, or in another order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.playground.post import Post
from bot.playground.values import Json

if TYPE_CHECKING:
    from bot.playground.acts import Acts


@dataclass(frozen=True, slots=True)
class Holding(Post):
    """A post that keeps events instead of delivering them; clicks and commands go through."""

    envelopes: list[Json] = field(default_factory=list)

    def event(self, envelope: Json) -> None:
        """Keep an event."""
        self.envelopes.append(envelope)


def holding(post: Post) -> Holding:
    """The same post, holding events back from now on."""
    return Holding(post.host, post.faults, post.patience, post.retries_after, post.sockets)


@dataclass(frozen=True, slots=True)
class Held:
    """What `acts` do is in the world at once; the app hears of it when the test says so, in the order of `envelopes` or any other."""

    acts: Acts
    post: Post
    envelopes: list[Json]

    def deliver(self, n: int, *, retry: int = 0) -> None:
        """Deliver the n-th event once more or for the first time. `retry` is the number that Slack would put on it (X-Slack-Retry-Num)."""
        self.post.once(self.envelopes[n], retry=retry)

    def deliver_all(self, *order: int) -> None:
        """Deliver these, or all of them, in this order."""
        for n in order or range(len(self.envelopes)):
            self.deliver(n)
