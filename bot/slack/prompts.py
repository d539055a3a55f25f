"""What is suggested above the message box when the conversation opens."""

from __future__ import annotations

import logging

from bot.channels import SendError
from bot.conversation import Speaker
from bot.slack.callers import Caller
from bot.slack.limits import Json
from bot.slack.reception import Reception
from bot.slack.workspaces import QUICK

log = logging.getLogger("handrail.slack")

PROMPTS = ("next", "how", "human", "later")
"""At most four; each is something that `understand` understands."""


def prompts(speak: Speaker) -> list[Json]:
    """The suggestions: what stands on each, and what it says for them."""
    return [{"title": speak(f"prompts.{name}"), "message": speak(f"prompts.{name}_says")} for name in PROMPTS]


def suggest(at: Reception, caller: Caller, channel: str, speak: Speaker) -> None:
    """Show them in that conversation. A comfort: what fails is only noted. Raises nothing."""
    try:
        at.workspaces.call(
            caller.team,
            "assistant.threads.setSuggestedPrompts",
            lambda client: client.assistant_threads_setSuggestedPrompts(
                channel_id=channel, title=speak("prompts.title"), prompts=prompts(speak)
            ),
            timeout=QUICK,
        )
    except SendError as error:
        log.info("no prompts were suggested: %s", error)
