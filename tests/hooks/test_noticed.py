"""What business systems tell is noticed too: of people we know, of strangers, and what nobody can read."""

from __future__ import annotations

from datetime import timedelta

from storage.catalogue import seen
from storage.volumes import volumes
from tests.hooks.conftest import Systems


def test_a_form_of_a_stranger_is_an_event_that_came_and_a_broken_one_is_refused(systems: Systems):
    database, noticing = systems.town.house.store.database, systems.town.house.noticing
    noticing.flush()
    before = {one.name: one.n for one in seen(database, "hook:forms")}
    told = systems.tells("forms", {"kind": "guide.read", "email": "nobody@strange.test", "user": "nobody-knows"})
    assert told["strays"] == 1
    assert systems.sends("forms", b"no JSON").status == 400
    noticing.flush()
    after = {one.name: one.n for one in seen(database, "hook:forms")}
    assert after["guide.read"] == before.get("guide.read", 0) + 1
    hours = volumes(database, systems.town.demo.now() - timedelta(hours=2))["hook:forms"]
    assert sum(one.refused for one in hours) == 1
