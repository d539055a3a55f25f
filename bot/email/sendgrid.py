"""Mail through SendGrid: the library sees little upkeep, so it lives in this one file."""

from __future__ import annotations

import http.client
import json
import logging
import re
import ssl
import urllib.error
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from bot.channels import Attachment, Drawing, Letter, Receipt, SendError
from bot.email.https_line import NeverLeft, OneCall
from bot.email.letters import address_of, envelope_of, file_name, headers_of, media_type, name_of, sender_of, subject_of
from bot.render import Surface
from bot.world import machine_now
from flows.decision import To
from flows.people import Subject

TIMEOUT = 10.0
"""Seconds; below half the delivery lease."""
LONGEST_WAIT = 600.0
"""Seconds that SendGrid may make us wait after a 429."""
ROW = "handrail_id"
"""The custom argument that holds the outbox row: its event webhook gives it back. An id tells nobody anything."""

_OURS = frozenset({401, 403, 404, 405, *range(300, 400)})
"""Answers that are about our account or our address of SendGrid, not about the mail: the next one would fare the same."""
_SPECIAL = frozenset('()<>[]:;@\\,"')
"""Characters for which a name has to be quoted (RFC 5322, 3.2.3)."""
_INSIDE_QUOTES = str.maketrans({'"': "'", "\\": "/"})
_NOT_READ = frozenset({408, 425})
"""Answers to a request that was not taken up."""

_ADDRESS = re.compile(r"[^\s:;,]*@[^\s:;,]*")

logging.getLogger("python_http_client").setLevel(logging.INFO)  # at DEBUG it prints the API key


class SendGridChannel:
    """E-mail by SendGrid's v3 mail/send (https://www.twilio.com/docs/sendgrid/api-reference/mail-send).

    `sandbox`: SendGrid checks every mail and sends none; what it accepts counts as sent.
    """

    name = "email"
    surfaces: frozenset[Surface] = frozenset({"html", "text"})

    def __init__(self, api_key: str, *, host: str, from_email: str, sandbox: bool = False) -> None:
        self._client = SendGridAPIClient(api_key, host=host)
        usual = self._client.client
        self._client.client = OneCall(host=usual.host, request_headers=usual.request_headers, version=3, timeout=TIMEOUT)
        self._from = from_email
        self._sandbox = sandbox

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
            raise _unreached(error.reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise SendError(f"connection lost: {type(error).__name__}", unknown=True) from None
        if response.status_code != (200 if self._sandbox else 202):
            raise SendError(f"{response.status_code} from SendGrid, which is no answer to a mail", unknown=True)
        provider_id = str(response.headers.get("X-Message-Id") or "")
        return Receipt(provider_id=provider_id, payload={"subject": body["subject"], "step": letter.rendered.step})

    def body(self, letter: Letter) -> dict[str, Any]:
        """The request as SendGrid wants it: text before HTML, opaque ids alone, and no categories: those can't be erased later."""
        reply_to = envelope_of(letter).reply_to
        return {
            "personalizations": [{"to": [_named(address_of(letter), name_of(letter))], "custom_args": {ROW: str(letter.id)}}],
            "from": _named(self._from, sender_of(letter)),
            **({"reply_to": {"email": reply_to}} if reply_to else {}),
            "subject": subject_of(letter),
            "content": [
                {"type": "text/plain", "value": letter.rendered.text},
                {"type": "text/html", "value": letter.rendered.html},
            ],
            **({"attachments": [_attached(one) for one in letter.attachments]} if letter.attachments else {}),
            "headers": headers_of(letter, self._from),
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "subscription_tracking": {"enable": False},
            },
            **({"mail_settings": {"sandbox_mode": {"enable": True}}} if self._sandbox else {}),
        }

    def draw(self, drawing: Drawing) -> None:
        """A sent mail stays as it is."""

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:  # noqa: ARG002
        """SendGrid tells by its event webhook only; nothing to ask here."""
        return None

    def close(self) -> None:
        """Every mail has a connection of its own; nothing is kept."""


def _named(email: str, name: str) -> dict[str, str]:
    """An address with its name. SendGrid takes a comma in it for the next address, unless the name is quoted; nothing in it ends that."""
    safe = name.translate(_INSIDE_QUOTES)
    return {"email": email, **({"name": f'"{safe}"' if _SPECIAL & set(name) else safe} if name else {})}


def _attached(attachment: Attachment) -> dict[str, str]:
    """SendGrid takes no parameter of a type but `method`, and adds the charset itself."""
    kind, parameters = media_type(attachment)
    method = parameters.get("method")
    return {
        "content": b64encode(attachment.content).decode(),
        "type": f"{kind};method={method}" if method else kind,
        "filename": file_name(attachment),
        "disposition": "attachment",
    }


def _refused(error: HTTPError) -> SendError:
    status = int(error.status_code)
    if status == 429:
        return SendError("429 too many requests", busy=True, retry_after=_wait(error.headers or {}))
    if status in _NOT_READ:
        return SendError(f"{status}: {_words(error.body)}")
    if status >= 500:
        return SendError(f"{status} from SendGrid", unknown=True)
    return SendError(f"{status}: {_words(error.body)}", permanent=status not in _OURS, shut=status in _OURS)


def _unreached(reason: object) -> SendError:
    match reason:
        case NeverLeft(trouble=ssl.SSLCertVerificationError() as bad):
            return SendError(f"SendGrid's certificate is not good: {bad.verify_message}", shut=True)
        case NeverLeft(trouble=trouble):
            return SendError(f"could not reach SendGrid: {type(trouble).__name__}")
    return SendError(f"connection lost: {type(reason).__name__}", unknown=True)


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds until it may be tried again, None when SendGrid does not say: X-RateLimit-Reset is an instant, Retry-After a span."""
    reset, after = headers.get("X-RateLimit-Reset") or "", headers.get("Retry-After") or ""
    if reset.isdecimal():
        return _within(float(reset) - machine_now().timestamp())
    return _within(float(after)) if after.isdecimal() else None


def _within(seconds: float) -> float:
    return min(LONGEST_WAIT, max(1.0, seconds))


def _words(body: bytes | str) -> str:
    """SendGrid's words for people who ask why, without the addresses in them: they stand in logs."""
    try:
        told = "; ".join(str(e.get("message", "")) for e in json.loads(body)["errors"])
        return _ADDRESS.sub("…", " ".join(told.split()))[:300]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "refused"
