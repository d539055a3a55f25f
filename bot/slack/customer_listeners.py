"""Which of a customer's deliveries goes where."""

from __future__ import annotations

import re

from slack_bolt import App

from bot.conversation import Finder, found_nothing
from bot.slack.commands import COMMAND, Commands
from bot.slack.confirming import Confirming
from bot.slack.customer import Customer
from bot.slack.forms import Forms
from bot.slack.reception import Reception
from bot.slack.strangers import Strangers

PERSON_ACTIONS = re.compile(
    r"^(done|elsewhere|failed|how|later|pick|snooze|stuck|human|skip|next|help|stop|undo|answer|solved|goal|open|article|helped|preferences"
    r"|usual|who)(:.*)?$"
)
"""The buttons of ours that a person presses; the second of a kind in one message is "later:2"."""


def listen_to_customers(app: App, at: Reception, confirming: Confirming, *, find: Finder = found_nothing) -> Customer:
    """Register every listener but that of messages, which the caller shares out."""
    forms, strangers = Forms(at), Strangers(at, confirming)
    customer = Customer(at, forms, strangers, find)
    app.event("app_home_opened")(customer.opened)
    app.event("app_mention")(customer.mentioned)
    app.action(PERSON_ACTIONS)(customer.pressed)
    app.view("goal")(forms.told_goal)
    app.view("later")(forms.told_later)
    app.view("preferences")(forms.told_preferences)
    app.view("who")(strangers.told)
    app.command(COMMAND)(Commands(at, strangers).heard)
    return customer
