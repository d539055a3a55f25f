"""The workspaces to play in: the demo's, with one customer, two customer success managers and the app; and a customer's own."""

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


BEN = User(id="U_BEN", name="Ben Sato", email="ben@acme.test", tz="Europe/Berlin")
LIA = User(id="U_LIA", name="Lia Torres", email="lia@acme.test", tz="America/Lima", locale="es-LA")


def demo_world(now: Callable[[], datetime] = machine_time, path: Path | None = None, *, installed: bool = True) -> World:
    """The vendor's workspace, in which the demo and most tests play; with a `path` it goes on where it was."""
    installation = Installation(installed=installed)
    bot = User(id=installation.bot_user, name="Handrail", role="bot")
    team = (MAYA.id, TOM.id, bot.id)
    channels = (
        Channel(id="C_CSM_SMB", name="csm-smb", members=team),
        Channel(id="C_CSM_MID", name="csm-mid-market", members=team),
        Channel(id="C_CSM_ENT", name="csm-enterprise", members=team),
        Channel(id="C_CS_OPS", name="cs-ops", members=team),
        Channel(id="C_ACME", name="acme-rollout", members=(ANA.id, MAYA.id, bot.id)),
    )
    return World((ANA, MAYA, TOM, bot), channels, installation=installation, now=now, path=path)


def acme_world(now: Callable[[], datetime] = machine_time, path: Path | None = None) -> World:
    """A customer's workspace, where nobody has installed the app yet: Ben and Lia, and a channel of theirs."""
    installation = Installation(
        team="T_ACME",
        domain="acme",
        name="Acme",
        bot="B_HANDRAIL_ACME",
        bot_user="U_HANDRAIL_ACME",
        token="xoxb-never-given",
        installed=False,
    )
    bot = User(id=installation.bot_user, name="Handrail", role="bot")
    channels = (Channel(id="C_ACME_GENERAL", name="general", members=(BEN.id, LIA.id)),)
    return World((BEN, LIA, bot), channels, installation=installation, now=now, path=path)
