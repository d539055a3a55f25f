"""What we draw in Slack, in one place: values in, Block Kit out. Nothing here asks anybody anything."""

from bot.slack.cards import CARD, component, message_blocks, redraw, step_card
from bot.slack.case_cards import case_card, case_said, send_on
from bot.slack.home import home, stranger_blocks, stranger_home
from bot.slack.limits import fit
from bot.slack.modals import FIELD, goal_modal, later_modal, read_field, told_modal, who_modal
from bot.slack.preferences import preferences_modal, read_preferences
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
    "later_modal",
    "message_blocks",
    "preferences_modal",
    "progress",
    "rail",
    "read_field",
    "read_preferences",
    "redraw",
    "send_on",
    "step_card",
    "stranger_blocks",
    "stranger_home",
    "told_modal",
    "who_modal",
]
