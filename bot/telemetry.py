"""Sentry and OpenTelemetry, for those who set them: imported only then, and told no more of people than the log is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from bot.logs import Line, cause_now, secrets_of
from bot.meters import Meters
from bot.settings import Settings

log = logging.getLogger("handrail.telemetry")

# What sends personal data (send_default_pii) is off unless it is asked for, and deprecated even to be mentioned.
_KEPT = ("event_id", "timestamp", "platform", "level", "logger", "exception", "logentry", "release", "environment", "sdk", "fingerprint")
"""What Sentry gets of an error. Requests, users, breadcrumbs and what else it collects is left out."""
_IN_FRAMES = ("filename", "abs_path", "function", "module", "lineno", "in_app")


def start_sentry(settings: Settings, transport: Any = None) -> bool:
    """Send errors to SENTRY_DSN, when there is one. Says whether it does. `transport` takes the place of the network, for tests."""
    if settings.sentry_dsn is None:
        return False
    try:
        sentry, logging_side = import_module("sentry_sdk"), import_module("sentry_sdk.integrations.logging")
    except ImportError:
        log.warning("SENTRY_DSN is set and sentry-sdk is not installed, so nothing is sent there: pip install 'handrail[sentry]'")
        return False
    sentry.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        default_integrations=False,  # they look at requests, arguments and headers
        auto_enabling_integrations=False,
        integrations=[logging_side.LoggingIntegration(level=None, event_level=logging.ERROR)],
        before_send=_scrubbed(Line(as_json=True, secrets=secrets_of(settings))),
        **({"transport": transport} if transport else {}),
    )
    return True


def _scrubbed(line: Line) -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    def scrub(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in event.items() if name in _KEPT}
        record = hint.get("log_record")
        told = line.told(record) if record is not None else {}
        kept["logentry"] = {"message": told.get("text", "")}
        for one in (kept.get("exception") or {}).get("values", ()):
            one["value"] = told.get("error", "")
            for frame in (one.get("stacktrace") or {}).get("frames", ()):
                for name in [*frame]:
                    if name not in _IN_FRAMES:
                        del frame[name]
        return kept | ({"tags": {"cause": told["cause"]}} if "cause" in told else {})

    return scrub


def traced(settings: Settings, meters: Meters, exporter: Any = None) -> Meters:
    """The meters, and what they are told as spans too, when OTEL_EXPORTER_OTLP_ENDPOINT says where those go.

    All spans that follow from one event are one trace: its id is the event's, twice (`storage.rows.cause`). `exporter` is for tests.
    """
    if not settings.otel_endpoint and exporter is None:
        return meters
    try:
        sdk, export = import_module("opentelemetry.sdk.trace"), import_module("opentelemetry.sdk.trace.export")
        ids, resources = import_module("opentelemetry.sdk.trace.id_generator"), import_module("opentelemetry.sdk.resources")
        exporter = exporter or import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter()
    except ImportError:
        log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is set and OpenTelemetry is not installed: pip install 'handrail[otel]'")
        return meters

    class OfTheEvent(ids.RandomIdGenerator):  # type: ignore[misc, name-defined]  # the library is not there at every check
        def generate_trace_id(self) -> int:
            """The event's, when one is at work."""
            cause = cause_now()
            return int(cause * 2, 16) if cause else int(super().generate_trace_id())

    provider = sdk.TracerProvider(id_generator=OfTheEvent(), resource=resources.Resource.create({"service.name": "handrail"}))
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    return Spans(meters, provider.get_tracer("handrail"), provider.shutdown)


class Spans(Meters):
    """Passes on what it is told, and makes a span of what took time. `close` sends what is left."""

    def __init__(self, meters: Meters, tracer: Any, close: Callable[[], object] = lambda: None) -> None:
        self._meters = meters
        self._tracer = tracer
        self.close = close

    def decided(self, events: int, seconds: float) -> None:
        """So many events were loaded, decided and saved in one commit."""
        self._meters.decided(events, seconds)
        self._span("decide", seconds, {"handrail.events": events})

    def conflicted(self) -> None:
        """Somebody else was faster, and deciding starts anew."""
        self._meters.conflicted()

    def rendered(self, seconds: float) -> None:
        """One message was rendered."""
        self._meters.rendered(seconds)
        self._span("render", seconds, {})

    def settled(self, channel: str, fate: str, late: float | None) -> None:
        """A row came to its end or waits anew."""
        self._meters.settled(channel, fate, late)

    def refused(self, lane: str) -> None:
        """A provider answered 429."""
        self._meters.refused(lane)

    def called(self, channel: str, seconds: float) -> None:
        """A channel answered, or did not, after so long."""
        self._meters.called(channel, seconds)
        self._span("call", seconds, {"handrail.channel": channel})

    def acknowledged(self, surface: str, seconds: float) -> None:
        """Slack, a webhook or ingest got its answer after so long."""
        self._meters.acknowledged(surface, seconds)
        self._span("answer", seconds, {"handrail.surface": surface})

    def ticked(self, people: int, seconds: float) -> None:
        """The clock beat, and woke so many."""
        self._meters.ticked(people, seconds)
        if people:
            self._span("tick", seconds, {"handrail.people": people})

    def _span(self, name: str, seconds: float, attributes: dict[str, str | int]) -> None:
        end = time.time_ns()
        self._tracer.start_span(name, start_time=end - int(seconds * 1e9), attributes=attributes).end(end)
