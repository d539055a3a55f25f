"""The demo's workspace: one customer, two customer success managers, and the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.playground.installation import Installation
from bot.playground.values import Channel, User
from bot.playground.world import World, machine_time

ANA = User(id="U_ANA", name="Ana Ruiz", email="ana@acme.test", tz="Europe/Berlin")
MAYA = User(id="U_MAYA", name="Maya Chen", email="maya@vendor.test", tz="Europe/Berlin", role="csm")
TOM = User(id="U_TOM", name="Tom Okafor", email="tom@vendor.test", tz="Europe/London", role="csm")


def demo_world(now: Callable[[], datetime] = machine_time, path: Path | None = None) -> World:
    """The workspace in which the demo and most tests play; with a `path` it goes on where it was."""
    installation = Installation()
    bot = User(id=installation.bot_user, name="Handrail", role="bot")
    team = (MAYA.id, TOM.id, bot.id)
    channels = (
        Channel(id="C_CSM_SMB", name="csm-smb", members=team),
        Channel(id="C_CS_OPS", name="cs-ops", members=team),
        Channel(id="C_ACME", name="acme-rollout", members=(ANA.id, MAYA.id, bot.id)),
    )
    return World((ANA, MAYA, TOM, bot), channels, installation=installation, now=now, path=path)
