"""Mail through SendGrid: the library sees little upkeep, so it lives in this one file."""

from __future__ import annotations

import json
import logging
import urllib.error
from email.utils import formataddr, make_msgid
from typing import Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from bot.channels import Drawing, Letter, Receipt, SendError, never_left
from bot.render import Surface
from bot.world import machine_now
from flows.decision import To
from flows.people import Subject

TIMEOUT = 10.0
"""Seconds; below half the delivery lease."""

logging.getLogger("python_http_client").setLevel(logging.INFO)  # at DEBUG it prints the API key


class SendGridChannel:
    """E-mail by SendGrid's v3 mail/send (https://www.twilio.com/docs/sendgrid/api-reference/mail-send)."""

    name = "email"
    surfaces: frozenset[Surface] = frozenset({"html", "text"})

    def __init__(self, api_key: str, *, host: str, from_email: str, from_name: str, reply_domain: str = "") -> None:
        self._client = SendGridAPIClient(api_key, host=host)
        self._client.client.timeout = TIMEOUT
        self._from = {"email": from_email, "name": from_name}
        self._domain = reply_domain or from_email.rpartition("@")[2]

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        """Whether the person has an address."""
        return letter_to.kind == "person" and bool(subject.person.email)

    def send(self, letter: Letter) -> Receipt:
        """One mail, one call. Raises SendError: `unknown` when the request left and no clear answer came."""
        body = self.body(letter)
        try:
            response = self._client.client.mail.send.post(request_body=body)
        except HTTPError as error:
            raise _refused(error) from None
        except TimeoutError as error:
            raise SendError(f"no answer: {type(error).__name__}", unknown=True) from None
        except urllib.error.URLError as error:
            raise _unreached(error) from None
        except (ConnectionError, OSError) as error:
            raise SendError(f"connection lost: {type(error).__name__}", unknown=True) from None
        headers = dict(response.headers.items())
        return Receipt(provider_id=headers.get("X-Message-Id", ""), payload={"subject": letter.rendered.subject})

    def body(self, letter: Letter) -> dict[str, Any]:
        """The request as SendGrid wants it: text before HTML, opaque ids only, every header a polite mail has (RFC 8058, RFC 3834)."""
        to = {"email": letter.subject.person.email}
        if letter.subject.person.name:
            to["name"] = letter.subject.person.name[:100]
        return {
            "personalizations": [{"to": [to], "custom_args": {"handrail_id": str(letter.id)}}],
            "from": self._from,
            "subject": letter.rendered.subject or "Your onboarding",
            "content": [
                {"type": "text/plain", "value": letter.rendered.text},
                {"type": "text/html", "value": letter.rendered.html},
            ],
            "headers": {
                "Message-ID": make_msgid(f"handrail.{letter.id}", domain=self._domain),
                "List-Unsubscribe": f"<{letter.unsubscribe_url}>, <mailto:{self._from['email']}?subject=unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
            },
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "subscription_tracking": {"enable": False},
            },
        }

    def draw(self, drawing: Drawing) -> None:
        """A sent mail stays as it is."""

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:  # noqa: ARG002
        """SendGrid tells by its event webhook only; nothing to ask here."""
        return None

    @property
    def sender(self) -> str:
        """The From line, for previews."""
        return formataddr((self._from["name"], self._from["email"]))


def _refused(error: HTTPError) -> SendError:
    status = int(error.status_code)
    if status == 429:
        reset = (error.headers or {}).get("X-RateLimit-Reset") if hasattr(error, "headers") else None
        return SendError("429 too many requests", retry_after=_seconds(reset))
    if status >= 500:
        return SendError(f"{status} from SendGrid", unknown=True)
    return SendError(f"{status}: {_words(error.body)}", permanent=True)


def _unreached(error: urllib.error.URLError) -> SendError:
    reason = error.reason
    if never_left(reason):
        return SendError(f"could not reach SendGrid: {type(reason).__name__}")
    return SendError(f"connection lost: {type(reason).__name__}", unknown=True)


def _seconds(reset: str | None) -> float | None:
    return max(1.0, float(reset) - machine_now().timestamp()) if reset and reset.isdigit() else None


def _words(body: bytes | str) -> str:
    try:
        errors = json.loads(body)["errors"]
        return "; ".join(str(e.get("message", "")) for e in errors)[:300]
    except (ValueError, KeyError, TypeError):
        return "refused"
