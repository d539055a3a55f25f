"""The store: what `handle` and the clock ask of the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, select, union_all

from flows.decision import Decision
from flows.desk import Desk
from flows.events import AnyEvent
from flows.library import Playbooks
from flows.people import Case, Subject
from flows.tallies import Needs
from storage import account_names, codec, identities, loading, saving, undecided, waking
from storage.batch import Batch
from storage.database import AlreadyRunning, Conflict, Database, StorageError
from storage.desk import Look, load_cases, load_desk
from storage.identities import Identity
from storage.migrate import open_database
from storage.prepared import Among
from storage.suppressions import Suppression, Suppressions
from storage.tables import events, spent_keys

__all__ = ["AlreadyRunning", "Conflict", "Identity", "StorageError", "Store", "open_store"]


_SEEN = union_all(
    select(events.c.source, events.c.key).where(events.c.decided_at.is_not(None)), select(spent_keys.c.source, spent_keys.c.key)
).subquery()
_DECIDED = Among(select(_SEEN.c.source, _SEEN.c.key).where(_SEEN.c.source == bindparam("by")), _SEEN.c.key, ["by"])


def open_store(url: str) -> Store:
    """A store ready for use; SQLite is migrated on the way. Raises StorageError in one line."""
    return Store(open_database(url))


def _machine_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """People and what happened to them. Safe to share between threads; every method is one short transaction.

    `now` is always world time. `clock` is machine time and only dates attempts.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime] = _machine_now) -> None:
        self.database = database
        self._clock = clock

    def resolve(self, kind: str, namespace: str, value: str) -> str | None:
        """The person known by that identity, if any. Kinds: external, email, slack (namespace: team or enterprise), anonymous."""
        return identities.resolve(self.database, (kind, namespace, value))

    def identify(self, ids: Sequence[Identity]) -> str:
        """The person named by the first known identity, else a new one; identities nobody has yet are attached to them."""
        return self.identify_all([ids])[0]

    def identify_all(self, groups: Sequence[Sequence[Identity]]) -> list[str]:
        """The same for many people in one transaction."""
        return identities.identify_all(self.database, groups)

    def account_for(self, kind: str, value: str) -> str:
        """The account known by that name, else a new one."""
        return account_names.account_for(self.database, kind, value)

    def release_others(self, one: Identity, person_id: str) -> None:
        """Make this the only name of its kind that the person has: whoever had the others speaks for them no more."""
        identities.release_others(self.database, one, person_id)

    def trust(self, team: str, account_id: str) -> None:
        """From now on believe the addresses of this Slack workspace (or organisation) for people of that account."""
        identities.trust(self.database, team, account_id)

    def trusts(self, team: str, account_id: str | None) -> bool:
        """Whether an address in this Slack workspace proves who somebody of the account is."""
        return bool(account_id) and team in identities.trusted(self.database, account_id or "")

    def trusted(self, account_id: str | None) -> list[str]:
        """The Slack workspaces whose addresses are believed for that account; none without one."""
        return identities.trusted(self.database, account_id) if account_id else []

    def load(self, who: Sequence[str], accounts: Mapping[str, str], needs: Needs, now: datetime) -> dict[str, Subject]:
        """All that decisions about these people at `now` (world time) look at, with the tallies that are needed.

        `accounts`: person → the account that the event at hand names for them.
        """
        return loading.load(self.database, who, accounts, needs, now)

    def desk(self, playbooks: Playbooks, now: datetime) -> Desk:
        """The team's day: open cases, who has how much, how many came today. `now` is world time."""
        return load_desk(self.database, playbooks, now)

    def cases(self, ids: Sequence[str], csms: Collection[str]) -> tuple[dict[str, Case], Desk]:
        """Cases, open or closed, and as much of the desk as their cards show; `csms` are those of whom it tells how much they have."""
        return load_cases(self.database, ids, csms)

    def known(self, heard: Iterable[AnyEvent]) -> set[tuple[str, str]]:
        """Those (source, key) that were decided already, also where the event is gone (`storage.retention`).

        Undecided ones are not among them: a repeat decides them.
        """
        keys = {codec.event_key(event): (event.source, event.key) for event in heard}
        of: dict[str, list[str]] = {}
        for source, key in keys:
            of.setdefault(source, []).append(key)
        with self.database.read() as connection:
            return {keys[found] for source, those in of.items() for found in _DECIDED.rows(connection, those, by=source)}

    def save(
        self,
        decided: Sequence[tuple[AnyEvent, Decision]],
        subjects_before: Mapping[str, Subject],
        now: datetime,
        raw: Mapping[tuple[str, str], str] | None = None,
        look: Look | None = None,
    ) -> None:
        """Keep events and what follows from them in one commit. `raw`: (source, key) → the body an event came in; `look`: the desk at
        `now`, when a decision asked it.

        Raises Conflict, having written nothing, when a person, account or case changed since it was loaded, an event was decided
        meanwhile, or others gave away the desk's room: load and decide again.
        """
        if decided:
            saving.save(self.database, Batch(decided=decided, before=subjects_before, now=now), raw or {}, look)

    def save_undecided(self, event: AnyEvent, error: str, raw: str | None = None) -> int:
        """Keep an event that could not be decided; the fifth failure parks it where people see it.

        Gives the attempts so far, 0 when someone has decided it meanwhile.
        """
        return undecided.keep(self.database, event, error, raw, self._clock())

    def undecided(self, limit: int, older_than: datetime) -> list[AnyEvent]:
        """Events to try again: not parked, last tried before `older_than` (machine time), oldest first."""
        return undecided.waiting(self.database, limit, older_than)

    def suppress(self, channel: str, address: str, reason: str, source: str, at: datetime, why: str = "") -> None:
        """Write no more to an address of nobody, or whoever has it. `reason` is anything but "opt-out", which only the person says."""
        closed = Suppression(channel=channel, address=address, reason=reason, source=source, at=at, why=why)
        Suppressions(self.database).add([closed])

    def owners(self, ones: Collection[Identity]) -> dict[Identity, str]:
        """The people behind those of these identities that somebody has."""
        return identities.owners(self.database, ones)

    def due(self, now: datetime, limit: int = 500, which: waking.Which = "longest") -> list[str]:
        """People to wake, the longest overdue first, or who became due just now."""
        return waking.due(self.database, now, limit, which)

    def held(self, now: datetime, limit: int = 500) -> list[str]:
        """People whose case waited for room until now, the riskiest first."""
        return waking.held(self.database, now, limit)

    def claim_due(
        self,
        now: datetime,
        limit: int,
        machine_now: datetime,
        lease: timedelta,
        which: waking.Which = "longest",
        then: waking.Taken | None = None,
        since: datetime | None = None,
    ) -> list[str]:
        """Lease people to wake to somebody who decides for them; `then` is called in that transaction. See `storage.waking`."""
        return waking.claim_due(self.database, now, limit, machine_now, lease, which, then, since)

    def leased(self, ids: Sequence[str], until: datetime, machine_now: datetime, now: datetime) -> waking.Leased:
        """Those of these people who are still leased until that moment (machine time), and which of them are due at `now` (world time)."""
        return waking.leased(self.database, ids, until, machine_now, now)

    def rest(self, ids: Sequence[str], machine_now: datetime, span: timedelta) -> None:
        """Leave people alone for so long (machine time)."""
        waking.rest(self.database, ids, machine_now, span)

    def wake(self, playbook: str, spread_from: datetime, spread_to: datetime) -> int:
        """Ask everyone on a journey of this playbook again within that span of world time. Gives how many."""
        return waking.wake(self.database, playbook, spread_from, spread_to)

    def next_due(self) -> datetime | None:
        """The next moment at which something happens by itself."""
        return waking.next_due(self.database)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
