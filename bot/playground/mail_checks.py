"""What SendGrid's `mail/send` asks of a payload, and the words in which it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.playground.values import Json

MOST_PERSONALIZATIONS = 1000
MOST_RECIPIENTS = 1000
MOST_BYTES_OF_CUSTOM_ARGS = 10_000
MOST_CATEGORIES = 10
RESERVED_HEADERS = frozenset(
    {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
    | {"to", "from", "subject", "reply-to", "cc", "bcc"}
)
ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")

Problem = tuple[str, str | None]
"""What is wrong, and in which field."""


def problems_of_mail(mail: Json) -> list[Problem]:
    """Everything SendGrid would say against this payload; empty when it would take it."""
    return [
        *_personalizations(mail),
        *_sender(mail),
        *_subject(mail),
        *_content(mail),
        *_custom_args(mail),
        *_categories(mail),
        *_headers(mail),
    ]


def refusal(problems: list[Problem]) -> Json:
    """The body of SendGrid's answer."""
    return {"errors": [{"message": message, "field": field, "help": None} for message, field in problems]}


def _personalizations(mail: Json) -> Iterator[Problem]:
    given = mail.get("personalizations")
    if not isinstance(given, list) or not given:
        yield "The personalizations field is required and must have at least one personalization.", "personalizations"
        return
    if len(given) > MOST_PERSONALIZATIONS:
        limit = f"The personalization block is limited to {MOST_PERSONALIZATIONS} personalizations per API request."
        yield f"{limit} You have provided {len(given)} personalizations.", "personalizations"
    if sum(len(person.get(kind) or []) for person in given for kind in ("to", "cc", "bcc")) > MOST_RECIPIENTS:
        yield f"There is a limit of {MOST_RECIPIENTS} total recipients (to + cc + bcc) per request.", "personalizations"
    for place, personalization in enumerate(given):
        yield from _recipients(personalization, f"personalizations.{place}")


def _recipients(personalization: Json, field: str) -> Iterator[Problem]:
    if not personalization.get("to"):
        yield "The to array is required for all personalization objects, and must have at least one email object.", f"{field}.to"
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for place, person in enumerate(personalization.get(kind) or []):
            yield from _address(person, f"{field}.{kind}.{place}.email")
            email = str(person.get("email", "")).lower()
            if email in seen:
                unique = "Each email address in the personalization block should be unique between to, cc, and bcc."
                yield f"{unique} We found the first duplicate instance of [{email}] in the {field}.{kind} field.", field
            seen.add(email)


def _address(person: Any, field: str) -> Iterator[Problem]:
    email = person.get("email") if isinstance(person, dict) else None
    if not isinstance(email, str) or not ADDRESS.fullmatch(email):
        yield "Does not contain a valid address.", field


def _sender(mail: Json) -> Iterator[Problem]:
    if not isinstance(mail.get("from"), dict) or not mail["from"].get("email"):
        required = "The from object must be provided for every email send. It is an object that requires the email parameter,"
        yield f'{required} but may also contain a name parameter. e.g. {{"email" : "example@example.com"}}.', "from.email"
    else:
        yield from _address(mail["from"], "from.email")
    if mail.get("reply_to"):
        yield from _address(mail["reply_to"], "reply_to.email")


def _subject(mail: Json) -> Iterator[Problem]:
    personal = [person.get("subject") for person in mail.get("personalizations") or []]
    if not mail.get("subject") and not (personal and all(personal)):
        around = "You can get around this requirement if you use a template with a subject defined"
        yield f"The subject is required. {around} or if every personalization has a subject defined.", "subject"


def _content(mail: Json) -> Iterator[Problem]:
    content = mail.get("content")
    if not isinstance(content, list) or not content:
        required = "Unless a valid template_id is provided, the content parameter is required."
        yield f"{required} There must be at least one defined content block.", "content"
        return
    for place, part in enumerate(content):
        if not isinstance(part.get("value"), str) or not part["value"]:
            yield "The content value must be a string at least one character in length.", f"content.{place}.value"
    kinds = [str(part.get("type", "")) for part in content]
    if len(set(kinds)) < len(kinds):
        yield "If present, text/plain and text/html may only be provided once.", "content"
    order = {"text/plain": 0, "text/html": 1}
    if kinds != sorted(kinds, key=lambda kind: order.get(kind, 2)):
        yield "If present, text/plain must be first, followed by text/html, followed by any other content.", "content"


def _custom_args(mail: Json) -> Iterator[Problem]:
    shared = mail.get("custom_args") or {}
    places = [("custom_args", shared)]
    for place, person in enumerate(mail.get("personalizations") or []):
        places.append((f"personalizations.{place}.custom_args", person.get("custom_args") or {}))
    for field, args in places:
        for name, value in args.items():
            if not isinstance(value, str):
                yield f"Invalid type. Expected: string, given: {_json_type(value)}.", f"{field}.{name}"
        size = sum(len(str(name).encode()) + len(str(value).encode()) for name, value in (shared | args).items())
        if size >= MOST_BYTES_OF_CUSTOM_ARGS:
            yield f"The custom_args parameter is limited to {MOST_BYTES_OF_CUSTOM_ARGS} bytes.", field


def _categories(mail: Json) -> Iterator[Problem]:
    categories = mail.get("categories") or []
    if len(categories) > MOST_CATEGORIES:
        yield f"You cannot have more than {MOST_CATEGORIES} categories per email.", "categories"
    if len(set(map(str, categories))) < len(categories):
        yield "All categories must be unique.", "categories"
    for place, category in enumerate(categories):
        if not isinstance(category, str) or len(category) > 255:
            yield "The category name cannot be longer than 255 characters.", f"categories.{place}"


def _headers(mail: Json) -> Iterator[Problem]:
    places = [("headers", mail.get("headers") or {})]
    for place, person in enumerate(mail.get("personalizations") or []):
        places.append((f"personalizations.{place}.headers", person.get("headers") or {}))
    for field, headers in places:
        for name, value in headers.items():
            if name.lower() in RESERVED_HEADERS:
                yield f"The header '{name}' is a reserved header and may not be set.", f"{field}.{name}"
            if not isinstance(value, str):
                yield f"Invalid type. Expected: string, given: {_json_type(value)}.", f"{field}.{name}"


def _json_type(value: object) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", dict: "object", list: "array", type(None): "null"}
    return kinds.get(type(value), "string")
