"""What we draw in Slack, in one place: values in, Block Kit out. Nothing here asks anybody anything."""

from bot.slack.cards import CARD, component, message_blocks, redraw, step_card
from bot.slack.case_cards import case_card, case_said, send_on
from bot.slack.home import home, stranger_home
from bot.slack.limits import fit
from bot.slack.modals import FIELD, goal_modal, read_field
from bot.slack.rail import progress, rail

__all__ = [
    "CARD",
    "FIELD",
    "case_card",
    "case_said",
    "component",
    "fit",
    "goal_modal",
    "home",
    "message_blocks",
    "progress",
    "rail",
    "read_field",
    "redraw",
    "send_on",
    "step_card",
    "stranger_home",
]
