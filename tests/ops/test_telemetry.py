"""Sentry and OpenTelemetry: there when they are set, silent about people, and missed in one line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.logs import about
from bot.measuring import Measures
from bot.settings import Settings
from bot.telemetry import Spans, start_sentry, traced

WORDS = "Ana Ruiz <ana@acme.test> said hello with xoxb-1-2"
CAUSE = "0123456789abcdef"


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def test_without_settings_nothing_is_imported_or_sent(caplog: pytest.LogCaptureFixture):
    measures = Measures()
    assert start_sentry(settings()) is False
    assert traced(settings(), measures) is measures
    assert caplog.text == ""


def test_a_package_that_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("bot.telemetry.import_module", missing)
    measures = Measures()
    assert start_sentry(settings(SENTRY_DSN="https://key@sentry.test/1")) is False
    assert traced(settings(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318"), measures) is measures
    assert [record.getMessage().partition(":")[2].strip() for record in caplog.records] == [
        "pip install 'handrail[sentry]'",
        "pip install 'handrail[otel]'",
    ]


@pytest.fixture
def sentry() -> Iterator[list[Any]]:
    """What would go to Sentry."""
    sdk = pytest.importorskip("sentry_sdk", reason="what goes to Sentry DID NOT RUN: sentry-sdk is not installed")
    sent: list[Any] = []

    class Kept(sdk.Transport):  # type: ignore[misc, name-defined]
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(envelope)

    assert start_sentry(settings(SENTRY_DSN="https://key@sentry.test/1"), transport=Kept)
    yield sent
    sdk.get_client().close()
    sdk.init()


def test_an_error_reaches_sentry_without_anybodys_words(sentry: list[Any]):
    def stumbles(name: str) -> None:
        raise ValueError(f"{name}: {WORDS}")

    try:
        stumbles("Quetzalli")
    except ValueError:
        with about(CAUSE):
            logging.getLogger("handrail.test").exception("could not decide for %s", "ana@acme.test")
    [event] = [envelope.get_event() for envelope in sentry]
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "stumbles"
    assert event["tags"] == {"cause": CAUSE}
    text = json.dumps(event)
    for word in ("Quetzalli", "Ana Ruiz", "acme.test", "xoxb", "vars", "request", "argv", "breadcrumbs", "user"):
        assert word not in text


@pytest.fixture
def spans() -> Iterator[tuple[Spans, Any]]:
    memory = pytest.importorskip(
        "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason="what is traced DID NOT RUN: opentelemetry-sdk is not installed"
    )
    exporter = memory.InMemorySpanExporter()
    found = traced(settings(), Measures(), exporter)
    assert isinstance(found, Spans)
    yield found, exporter
    found.close()


def test_from_the_event_to_the_call_it_is_one_trace(spans: tuple[Spans, Any]):
    meters, exporter = spans
    with about(CAUSE):
        meters.decided(1, 0.01)
        meters.rendered(0.002)
        meters.called("email", 0.25)
    meters.called("slack", 0.1)
    meters.close()
    found = exporter.get_finished_spans()
    assert [one.name for one in found] == ["decide", "render", "call", "call"]
    assert {f"{one.context.trace_id:032x}" for one in found[:3]} == {CAUSE * 2}
    assert f"{found[3].context.trace_id:032x}" != CAUSE * 2
    assert dict(found[2].attributes) == {"handrail.channel": "email"}
    assert (found[2].end_time - found[2].start_time) / 1e9 == pytest.approx(0.25)


def test_what_is_traced_is_counted_all_the_same(spans: tuple[Spans, Any]):
    meters, _ = spans
    meters.settled("email", "sent", 0.5)
    meters.refused("slack:T1")
    meters.acknowledged("slack", 0.1)
    meters.ticked(3, 0.1)
    meters.conflicted()
    counted = meters._meters
    assert isinstance(counted, Measures)
    assert [(one.channel, one.fate) for one in counted.fresh()] == [("email", "sent"), ("slack", "busy")]
