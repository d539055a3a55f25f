"""The official clients, unchanged, with only their host set: what they send arrives, and they are content with the answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from amplitude import Amplitude, BaseEvent, EventOptions, Identify
from mixpanel import BufferedConsumer, Consumer, Mixpanel, MixpanelException
from posthog import Posthog
from rudderstack.analytics.client import Client as Rudder
from segment.analytics.client import Client as Segment

from tests.ingest.conftest import Product


class Failures:
    """What a client was told that it could not send."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, error: Any, items: Any) -> None:
        self.seen.append((error, items))


@pytest.mark.parametrize("packed", [False, True])
def test_segments_python_client_tells_of_pia(product: Product, packed: bool):
    failed, pia = Failures(), f"pia-{packed}"
    client = Segment(product.key, host=product.url, gzip=packed, on_error=failed, max_retries=0)
    client.identify(pia, {"name": "Pia", "email": f"{pia}@solo.test", "company": {"id": "pias", "plan": "team"}})
    client.track(pia, "source.connected", {"kind": "csv"})
    client.page(pia, "Docs", "Start", {"url": "https://solo.test/start"})
    client.screen(pia, None, "Home")
    client.group(pia, "pias", {"employees": 12})
    client.track(anonymous_id=f"anon-{pia}", event="pricing.opened")
    client.alias(f"anon-{pia}", pia)
    client.shutdown()

    assert failed.seen == []
    account = product.subject(pia).account
    assert account is not None
    assert (product.person(pia).email, account.traits["plan"], account.traits["employees"]) == (f"{pia}@solo.test", "team", 12)
    assert {"source.connected", "page.viewed", "screen.viewed"} <= set(product.did(pia))
    assert product.id("anonymous", f"anon-{pia}") == product.id("external", pia)


def test_segments_python_client_learns_that_its_key_is_wrong(product: Product):
    failed = Failures()
    client = Segment("not-the-key", host=product.url, on_error=failed, max_retries=0)
    client.track("nobody", "source.connected")
    client.shutdown()
    assert "invalid_write_key" in str(failed.seen[0][0])
    assert product.id("external", "nobody") is None


@pytest.mark.parametrize("packed", [False, True])
def test_rudderstacks_python_client_tells_of_rosa(product: Product, packed: bool):
    failed, rosa = Failures(), f"rosa-{packed}"
    client = Rudder(product.key, host=product.url, gzip=packed, on_error=failed, max_retries=0)
    client.identify(rosa, {"name": "Rosa", "email": f"{rosa}@solo.test"})
    client.track(rosa, "report.created", {"rows": 3})
    client.page(rosa, "Docs", "Start")
    client.group(rosa, "rosas", {"plan": "solo"})
    client.flush()
    client.join()

    assert failed.seen == []
    account = product.subject(rosa).account
    assert account is not None
    assert (product.person(rosa).name, account.traits["plan"]) == ("Rosa", "solo")
    assert product.did(rosa) == ["report.created", "page.viewed"]


def test_posthogs_python_client_tells_of_paul(product: Product):
    failed = Failures()
    client = Posthog(product.key, host=product.url, on_error=failed, max_retries=0, gzip=True, disable_geoip=True)
    client.set(distinct_id="paul", properties={"email": "paul@solo.test", "name": "Paul"})
    client.capture("report.created", distinct_id="paul", properties={"rows": 4}, groups={"company": "pauls"})
    client.capture("$pageview", distinct_id="paul")
    client.group_identify("company", "pauls", {"plan": "team"})
    client.capture("pricing.opened")
    client.alias(previous_id="paul-before", distinct_id="paul")
    client.shutdown()

    assert failed.seen == []
    account = product.subject("paul").account
    assert account is not None
    assert (product.person("paul").email, account.external_id, account.traits["plan"]) == ("paul@solo.test", "pauls", "team")
    assert product.did("paul") == ["report.created", "page.viewed"]
    assert product.id("anonymous", "paul-before") == product.id("external", "paul")


def test_posthogs_python_client_learns_that_its_key_is_wrong(product: Product):
    failed = Failures()
    client = Posthog("not-the-key", host=product.url, on_error=failed, max_retries=0)
    client.capture("report.created", distinct_id="nobody")
    client.shutdown()
    assert "write key" in str(failed.seen[0][0])


@pytest.mark.parametrize("consumer", [Consumer, BufferedConsumer])
def test_mixpanels_python_client_tells_of_mila(product: Product, consumer: type[Consumer | BufferedConsumer]):
    mila = f"mila-{consumer.__name__}".lower()
    urls = {f"{kind}_url": f"{product.url}/{path}" for kind, path in (("events", "track"), ("people", "engage"), ("import", "import"))}
    line = consumer(**urls, groups_url=f"{product.url}/groups")
    client = Mixpanel(product.key, consumer=line)
    client.people_set(mila, {"$email": f"{mila}@solo.test", "$first_name": "Mila", "role": "analyst"})
    client.track(mila, "report.created", {"rows": 5, "time": int(product.now().timestamp())})
    earlier = product.now() - timedelta(days=9)
    client.import_data(product.key, mila, "source.connected", int(earlier.timestamp()))
    client.people_increment(mila, {"visits": 1})
    if isinstance(line, BufferedConsumer):
        line.flush()

    person = product.person(mila)
    assert (person.email, person.traits["first_name"], person.traits["role"]) == (f"{mila}@solo.test", "Mila", "analyst")
    assert sorted(product.did(mila)) == ["report.created", "source.connected"]
    assert product.tally(mila, "source.connected").first_at == earlier.replace(microsecond=0)


def test_mixpanels_python_client_learns_that_its_token_is_wrong(product: Product):
    client = Mixpanel("not-the-key", consumer=Consumer(events_url=f"{product.url}/track"))
    with pytest.raises(MixpanelException, match="write key"):
        client.track("nobody", "report.created")


def test_amplitudes_python_client_tells_of_amir(product: Product):
    answers: list[tuple[int, Any]] = []
    client = Amplitude(product.key)
    client.configuration.server_url = f"{product.url}/2/httpapi"
    client.configuration.callback = lambda _, code, message=None: answers.append((code, message))
    at = int(product.now().timestamp() * 1000)
    traits = Identify()
    traits.set("email", "amir@solo.test")
    traits.set("role", "developer")
    client.identify(traits, EventOptions(user_id="amir", device_id="amirs-phone", time=at))
    client.track(
        BaseEvent("report.created", user_id="amir", event_properties={"rows": 6}, groups={"company": "amirs"}, time=at, insert_id="once")
    )
    client.track(BaseEvent("report.created", user_id="amir", time=at, insert_id="once"))
    client.track(BaseEvent("pricing.opened", device_id="some-phone", time=at))
    for done in client.flush():
        done.result()
    client.shutdown()

    assert {code for code, _ in answers} == {200}
    assert (product.person("amir").email, product.person("amir").traits["role"]) == ("amir@solo.test", "developer")
    assert product.did("amir") == ["report.created"]
    assert product.did("some-phone", "device") == ["pricing.opened"]
    account = product.subject("amir").account
    assert account is not None
    assert account.external_id == "amirs"


def test_what_a_client_with_a_clock_of_its_own_says_is_set_right(product: Product):
    """The machine's clock is months ahead of the town's; the client says when it sent, so what it did a day ago was a day ago."""
    client = Segment(product.key, host=product.url, max_retries=0)
    client.track("otto", "report.created", timestamp=datetime.now(UTC) - timedelta(days=1))
    client.shutdown()
    first = product.tally("otto", "report.created").first_at
    assert first is not None
    assert timedelta(hours=23) < product.now() - first < timedelta(hours=25)
