"""What business systems told: counted by system, and kept with a company in which nobody is known yet."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from stories import MONDAY

from storage import loading
from storage.account_news import tell_account
from storage.heard_from import heard_from
from storage.store import open_store
from storage.strays import Stray, Strays
from storage.tables import accounts


def test_what_was_heard_is_counted_by_source(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    Strays(store.database).keep([Stray(source="hook:hubspot", key=str(n), at=MONDAY, what="contract.signed") for n in (1, 1, 2)])
    found = heard_from(store.database, ["hook:hubspot", "hook:stripe"])
    assert (found["hook:hubspot"].strays, found["hook:hubspot"].last_at) == (2, MONDAY)
    assert (found["hook:stripe"].events, found["hook:stripe"].last_at) == (0, None)
    store.close()


def test_of_two_who_tell_of_an_account_the_later_holds(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    acme = store.account_for("external", "acme")
    earlier = MONDAY.replace(year=2025)
    tell_account(store.database, acme, {"plan": "team", "name": "Acme"}, MONDAY)
    tell_account(store.database, acme, {"plan": "trial", "seats": 5}, earlier)
    tell_account(store.database, "nobody", {"plan": "team"}, MONDAY)
    with store.database.read() as connection:
        account = loading.account(connection.execute(select(accounts)).one())
    assert (account.traits, account.name) == ({"plan": "team", "name": "Acme", "seats": 5}, "Acme")
    store.close()
