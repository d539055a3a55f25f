"""What we draw in Slack, in one place: values in, Block Kit out. Nothing here asks anybody anything."""

from bot.slack.cards import CARD, component, message_blocks, redraw, step_card
from bot.slack.case_cards import case_card, case_said, send_on
from bot.slack.home import home, stranger_home
from bot.slack.limits import fit
from bot.slack.modals import FIELD, ephemeral, goal_modal, later_choices, read_field, stuck_modal
from bot.slack.rail import progress, rail

__all__ = [
    "CARD",
    "FIELD",
    "case_card",
    "case_said",
    "component",
    "ephemeral",
    "fit",
    "goal_modal",
    "home",
    "later_choices",
    "message_blocks",
    "progress",
    "rail",
    "read_field",
    "redraw",
    "send_on",
    "step_card",
    "stranger_home",
    "stuck_modal",
]
