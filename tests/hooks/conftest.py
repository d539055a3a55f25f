"""A town whose business systems talk to it: HubSpot, Stripe, Zendesk, Salesforce, and a form of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from town import Answer, Town, a_town

from bot.world import machine_now
from tests.hooks import signing

SECRETS = {
    "HUBSPOT_SECRET": signing.HUBSPOT_SECRET,
    "STRIPE_SECRET": signing.STRIPE_SECRET,
    "ZENDESK_SECRET": signing.ZENDESK_SECRET,
    "SALESFORCE_SECRET": signing.HEADER_SECRET,
    "FORMS_SECRET": signing.STANDARD_SECRET,
}

FORMS = """
source: forms
kind: webhook
secret: FORMS_SECRET
takes:
  - when: body.kind == 'asked'
    event: demo.asked
    person: {email: body.email, name: body.name}
    account: {domain: body.email}
    creates: true
  - event_from: body.kind
    at: body.at
    person: {id: body.user, email: body.email}
"""


@dataclass
class Systems:
    """What sends webhooks to a town, each signing in its own way, now by the machine's clock."""

    town: Town

    def sends(self, source: str, body: Any, *, at: datetime | None = None, id: str = "", headers: signing.Headers | None = None) -> Answer:
        """One request; `body` is sent as JSON, bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        signed = self.signed(source, raw, at or machine_now(), id) if headers is None else headers
        return self.town.fetch("POST", f"/v1/hooks/{source}", raw, {"Content-Type": "application/json"} | signed)

    def signed(self, source: str, raw: bytes, at: datetime, id: str = "") -> signing.Headers:
        ways: dict[str, Callable[[], signing.Headers]] = {
            "hubspot": lambda: signing.by_hubspot(raw, at, f"{self.town.house.settings.base_url}/v1/hooks/hubspot"),
            "stripe": lambda: signing.by_stripe(raw, at),
            "zendesk": lambda: signing.by_zendesk(raw, at),
            "forms": lambda: signing.by_standard(raw, at, id or f"msg_{hash(raw)}"),
            "salesforce": signing.by_header,
        }
        return ways[source]()

    def tells(self, source: str, body: Any, **more: Any) -> dict[str, int]:
        """One request that is in order; what became of it."""
        answer = self.sends(source, body, **more)
        assert answer.status == 200, answer.text
        self.town.settle()
        found: dict[str, int] = answer.json
        return found

    def person(self, email: str) -> Any:
        """Who is known by that address, with their account; None for nobody."""
        who = self.town.house.store.resolve("email", "", email)
        return self.town.house.door.view(who) if who else None


@pytest.fixture(scope="session")
def hooks_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "sources").mkdir()
    for kind in ("hubspot", "stripe", "zendesk", "salesforce"):
        (folder / "sources" / f"{kind}.yaml").write_text(f"source: {kind}\nkind: {kind}\nsecret: {kind.upper()}_SECRET\n")
    (folder / "sources" / "forms.yaml").write_text(FORMS)
    (folder / "sources" / "silent.yaml").write_text("source: silent\nkind: stripe\nsecret: NOBODY_SET_THIS\n")
    return folder


@pytest.fixture(scope="module")
def systems(hooks_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    with pytest.MonkeyPatch.context() as patch:
        for name, secret in SECRETS.items():
            patch.setenv(name, secret)
        with a_town(tmp_path_factory.mktemp("town"), hooks_project) as town:
            yield Systems(town)
