"""A town that hears from other tools, and what each test asks of it."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from town import Answer, Town, a_town

from bot.keys import issue
from bot.playground.demo import WRITE_KEY
from bot.world import machine_now
from flows.people import Person, Subject, Tally
from storage.keys import KeyStore, Scope


@dataclass(frozen=True)
class Product:
    """The product, and what the town learned from it."""

    town: Town

    @property
    def url(self) -> str:
        return self.town.demo.app_url

    @property
    def key(self) -> str:
        return WRITE_KEY

    def now(self) -> datetime:
        return self.town.demo.now()

    def ago(self, **span: float) -> str:
        return (self.now() - timedelta(**span)).isoformat()

    def tells(self, path: str, body: Any, *, key: str | None = WRITE_KEY, packed: bool = False, **headers: str) -> Answer:
        """Send `body` as JSON (a text or bytes as they are), gzipped when `packed`."""
        raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if packed:
            sent["Content-Encoding"] = "gzip"
        if key is not None:
            sent["Authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        return self.town.fetch("POST", path, gzip.compress(raw) if packed else raw, sent)

    def batch(self, *calls: dict[str, Any], **beside: Any) -> Any:
        """A batch that is taken; the answer."""
        answer = self.tells("/v1/batch", {"batch": list(calls), **beside})
        assert answer.status == 200, answer.text
        return answer.json

    def given(self, name: str, scope: Scope = "write") -> str:
        """A new key of that name."""
        new = issue(name, scope)
        assert KeyStore(self.town.house.store.database).add(new.key)
        return new.text

    def revoked(self, name: str) -> None:
        """A key is taken back."""
        assert KeyStore(self.town.house.store.database).revoke(name, machine_now())

    def until_answered(self, status: int, path: str, body: Any, key: str) -> None:
        """Send again until that is the answer: keys are looked up every other second."""
        ends = time.monotonic() + 20
        while self.tells(path, body, key=key).status != status:
            assert time.monotonic() < ends, f"no {status} within 20 seconds"
            time.sleep(0.1)

    def id(self, kind: str, value: str) -> str | None:
        return self.town.house.store.resolve(kind, "", value)

    def subject(self, value: str, kind: str = "external") -> Subject:
        who = self.id(kind, value)
        assert who is not None, f"nobody is called {value}"
        found = self.town.house.door.view(who)
        assert found is not None
        return found

    def person(self, value: str, kind: str = "external") -> Person:
        return self.subject(value, kind).person

    def did(self, value: str, kind: str = "external") -> list[str]:
        """The events of somebody, in the order in which they came."""
        return [name for _, name, _ in self.kept(value, kind)]

    def kept(self, value: str, kind: str = "external") -> list[tuple[str, str, dict[str, Any]]]:
        """Their product events as they were kept: source, name, properties."""
        who = self.id(kind, value)
        with self.town.house.store.database.read() as connection:
            rows = connection.exec_driver_sql(
                "select source, name, data from events where person_id = ? and kind = 'ProductEvent' order by id", (who,)
            ).all()
        return [(source, name, json.loads(data)["properties"]) for source, name, data in rows]

    def tally(self, value: str, event: str) -> Tally:
        return self.subject(value).activity[event]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One town for all of a file: each test has people of its own."""
    with a_town(tmp_path_factory.mktemp("town")) as town:
        yield Product(town)
