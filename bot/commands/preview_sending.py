"""`handrail preview … --send`: that one message to oneself, by the real channel. Nobody's record and no outbox is touched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from uuid import uuid4

from slack_sdk import WebClient

from bot.channels import Letter, SendError
from bot.commands.mistakes import UserError
from bot.commands.staging import Staged
from bot.doctor.site import Site
from bot.doctor.workspaces import token_at_home
from bot.email.carrier import carrier
from bot.mailbox import Envelope
from bot.settings import Settings
from bot.slack.client import called, slack_client
from bot.threads import signed
from flows.decision import To

By = Literal["email", "slack"]

MARK = "[Preview]"
"""Before the subject, so that nobody takes it for the real one."""
_SLACK_USER = re.compile(r"[UW][A-Z0-9_]{2,}")


def send_preview(seen: Staged, to: str, by: By | None, settings: Settings) -> str:
    """Send what was rendered to one address, and say where it went. Its links are signed with no key of ours, so that they do nothing.

    Raises UserError.
    """
    by = by or ("slack" if _SLACK_USER.fullmatch(to) else "email")
    try:
        return _by_mail(seen, to, settings) if by == "email" else _by_slack(seen, to, settings)
    except SendError as error:
        unsure = "Nobody knows whether it was sent" if error.unknown else "It was not sent"
        raise UserError(f"{unsure}: {error}.") from None


def _by_mail(seen: Staged, to: str, settings: Settings) -> str:
    absent = [name for name, value in settings.email_needs.items() if value is None]
    if absent:
        raise UserError(f"E-mail is not set up: set {', '.join(absent)}.")
    if not seen.rendered.html:
        raise UserError(f"{seen.rendered.message} is for the team in Slack; --by slack sends it there.")
    try:
        channel = carrier(settings)
    except ValueError as error:
        raise UserError(f"SMTP_URL: {error}.") from None
    assert channel is not None
    letter = _letter(seen, to, settings)
    try:
        channel.send(letter)
    finally:
        channel.close()
    way = f"by SMTP ({settings.smtp_server.host})" if settings.smtp_server else "by SendGrid"
    if settings.sendgrid_sandbox and not settings.smtp_server:
        return f"Checked {way} and not sent, for SENDGRID_SANDBOX is on: “{letter.rendered.subject}”"
    return f"Sent to {to} {way}: “{letter.rendered.subject}”"


def _letter(seen: Staged, to: str, settings: Settings) -> Letter:
    """The letter as it would go to the person, with another address and no row: nothing that comes back to it means anybody."""
    person = seen.sight.person
    domain = (settings.from_email or "").rpartition("@")[2]
    who = signed(seen.rendered.message, seen.scene.facts, person.locale, settings.company, seen.sight.books.words)
    return Letter(
        id=0,
        key="preview",
        to=To("person", person.id, ("email",)),
        message=seen.rendered.message,
        rendered=replace(seen.rendered, subject=f"{MARK} {seen.rendered.subject}"),
        subject=replace(seen.sight.subject, person=replace(person, email=to, name="")),
        checklist=seen.sight.checklist,
        case=None,
        page_url="",
        unsubscribe_url=seen.links.unsubscribe,
        facts=seen.scene.facts,
        sight=seen.sight,
        envelope=Envelope(from_name=who, message_id=f"<preview.{uuid4().hex}@{domain}>"),
    )


def _by_slack(seen: Staged, to: str, settings: Settings) -> str:
    token, _ = token_at_home(Site(settings))
    if not token:
        raise UserError("Slack is not set up in your own workspace; handrail doctor says what is missing.")
    client = slack_client(token, settings.slack_api_url)
    user = to if _SLACK_USER.fullmatch(to) else _user_of(client, to)
    text = f"{MARK} {seen.rendered.slack_text}"
    mark = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"{MARK} {seen.rendered.message}"}]}
    blocks = [mark, *(_inert(block) for block in seen.blocks)]
    called(lambda: client.chat_postMessage(channel=user, text=text, blocks=blocks, unfurl_links=False, unfurl_media=False))
    return f"Sent to {to} in Slack: {seen.rendered.message}. Its buttons do nothing."


def _user_of(client: WebClient, email: str) -> str:
    try:
        return str(called(lambda: client.users_lookupByEmail(email=email))["user"]["id"])
    except SendError as error:
        if str(error) == "users_not_found":
            raise UserError(
                f"Nobody in your workspace has the address {email}; --send takes a user's id as well, such as U0123ABCD."
            ) from None
        raise


def _inert(block: Mapping[str, Any]) -> dict[str, Any]:
    """The block as it looks, with buttons and menus that nothing listens to: whoever tries it out acts for nobody."""
    elements = [
        {**{key: value for key, value in one.items() if key != "value"}, "action_id": f"preview_{place}"} if "action_id" in one else one
        for place, one in enumerate(block.get("elements", ()))
    ]
    return {key: value for key, value in block.items() if key != "block_id"} | ({"elements": elements} if elements else {})
