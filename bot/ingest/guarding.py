"""The guardrails: every quarter of an hour somebody looks whether the sources of events are as usual, and tells the owners' channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.ingest.judging import DAY, KEPT, Heard, Judged, judge, listed
from bot.ingest.names import named_by
from bot.ops import note, owners
from bot.words import Words
from bot.world import World
from flows.library import Playbooks
from storage import guardrails, volumes
from storage.catalogue import seen
from storage.chores import Chores
from storage.database import Database
from storage.guardrails import Kind, Mark
from storage.outbox import Outbox

CHORE = "guardrails"
EVERY = timedelta(minutes=15)
"""World time."""
BETWEEN = DAY
"""No two notes about the same trouble of the same source are closer than that."""


class Guards:
    """Looks at the sources when it is time to. Of several processes one does it."""

    def __init__(
        self, database: Database, outbox: Outbox, world: World, playbooks: Callable[[], Playbooks], words: Callable[[], Words]
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._chores = Chores(database)
        self._world = world
        self._playbooks = playbooks
        self._words = words
        self._planned = False

    def beat(self) -> bool:
        """Look if it is time to, and nobody else does. Says whether it looked."""
        now = self._world.now()
        if not self._planned:
            self._chores.plan(CHORE, now)
            self._planned = True
        due = next((at for name, at in self._chores.due(now) if name == CHORE), None)
        if due is None or not self._chores.advance(CHORE, due, now + EVERY, now):
            return False
        self.look(now)
        return True

    def look(self, now: datetime) -> list[Mark]:
        """Judge every source as it is at `now` (world time), and tell what is news. Gives what changed.

        The notes come first: cut off before it is written down that they were told, the next look says the same under the same key.
        """
        playbooks = self._playbooks()
        known = {(mark.source, mark.kind): mark for mark in guardrails.marks(self._database)}
        found = self._judged(playbooks, now)
        changed = []
        for source, all_of_it in found.items():
            for judged in all_of_it:
                before = known.get((source, judged.kind), Mark(source=source, kind=judged.kind))
                after, tells = settled(before, judged, now)
                for channel in owners(playbooks) if tells else ():
                    state = "began" if after.told else "over"
                    key = f"{source}:{judged.kind}:{state}:{now.date()}"
                    self._outbox.enqueue(note(channel, key, words_of(self._words(), after)), now)
                changed += [after] if after != before else []
        guardrails.keep(self._database, changed)
        guardrails.drop(self._database, {source for source, _ in known} - {*found})
        volumes.forget(self._database, now - KEPT - DAY)
        return changed

    def _judged(self, playbooks: Playbooks, now: datetime) -> dict[str, list[Judged]]:
        known = {*named_by(playbooks)}
        hours = volumes.volumes(self._database, now - KEPT)
        names = {source: seen(self._database, source) for source in hours}
        return {source: judge(Heard(hours=of, names=names[source], known=known, now=now)) for source, of in hours.items()}


def settled(before: Mark, judged: Judged, now: datetime) -> tuple[Mark, bool]:
    """How it stands with a trouble now, and whether our people should hear of it: once when it begins, and once when it is over.

    Names that came on top are news too. Within BETWEEN of a note there is no other: what is still so then is told then.
    """
    facts = {**judged.facts} or before.facts
    match judged.wrong:
        case None:
            after = before
        case True:
            after = replace(before, since=before.since or now, facts=facts)
        case False:
            after = replace(before, since=None)
    wrong = after.since is not None
    more = wrong and before.told and bool({*after.facts.get("names", ())} - {*before.facts.get("told", ())})
    if after.told_at is not None and now - after.told_at < BETWEEN:
        return _with_told(after, before), False
    if wrong == after.told and not more:
        return _with_told(after, before), False
    told = {"told": after.facts.get("names", ())} if judged.kind == "names" else {}
    return replace(after, told=wrong, told_at=now, facts={**after.facts, **told}), True


def _with_told(after: Mark, before: Mark) -> Mark:
    """The names that our people heard of stay known."""
    return replace(after, facts={**after.facts, "told": before.facts["told"]}) if "told" in before.facts else after


def words_of(words: Words, mark: Mark) -> str:
    """What our people read about a trouble that began or is over."""
    state = "began" if mark.told else "over"
    return words.get(f"ops.{mark.kind}_{state}", "", {"source": mark.source, **_told(words, mark)})


def _told(words: Words, mark: Mark) -> Mapping[str, Any]:
    match mark.kind:
        case "names":
            names, more = listed(mark.facts.get("names", ()), mark.facts.get("meant", {}))
            return {"names": ", ".join(names), "more": words.get("ops.more_names", "", {"n": more}) if more else ""}
        case "silent":
            last = mark.facts.get("last")
            return {**mark.facts, "last": f"{datetime.fromisoformat(last).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if last else ""}
    return mark.facts


def amiss(database: Database) -> Iterator[Mark]:
    """What is wrong now, by source and kind."""
    return (mark for mark in guardrails.marks(database) if mark.since is not None)


KINDS: Mapping[Kind, str] = {
    "volume": "far less than usual",
    "silent": "nothing comes any more",
    "names": "new names that no playbook knows",
    "skew": "its clock is wrong",
    "refused": "much of it is refused",
}
"""Each trouble in a few words."""
