"""One town with every door open: all languages of events, all webhooks, mail both ways, and an app of Slack that anybody may add."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from by_mail import SETTINGS
from town import two_workspaces

from tests.hooks import signing
from tests.security.signed import EVENTS_KEY
from tests.security.strangers import City

SECRETS = {  # by names of its own: the city stands as long as the run, and other tests look at the environment
    "CITY_HUBSPOT_SECRET": signing.HUBSPOT_SECRET,
    "CITY_STRIPE_SECRET": signing.STRIPE_SECRET,
    "CITY_ZENDESK_SECRET": signing.ZENDESK_SECRET,
    "CITY_SALESFORCE_SECRET": signing.HEADER_SECRET,
}


@pytest.fixture(scope="package")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that hears four business systems."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "sources").mkdir()
    for kind in ("hubspot", "stripe", "zendesk", "salesforce"):
        (folder / "sources" / f"{kind}.yaml").write_text(f"source: {kind}\nkind: {kind}\nsecret: CITY_{kind.upper()}_SECRET\n")
    return folder


@pytest.fixture(scope="package")
def city(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with pytest.MonkeyPatch.context() as patch:
        for name, secret in SECRETS.items():
            patch.setenv(name, secret)
        settings = {**SETTINGS, "SENDGRID_WEBHOOK_PUBLIC_KEY": EVENTS_KEY, "HANDRAIL_SOFT_BOUNCES": "3 in 14 days"}
        with two_workspaces(tmp_path_factory.mktemp("town"), sources, settings=settings) as town:
            assert town.installs("U_MAYA").status == 200
            found = City(town)
            yield found
            found.end()
