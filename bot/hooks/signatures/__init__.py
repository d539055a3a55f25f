"""Whether a request is of whom it says, and of this moment. One file for each way of saying so."""

from __future__ import annotations

from collections.abc import Mapping

from bot.hooks.signatures import header, hubspot, standard, stripe, zendesk
from bot.hooks.signatures.request import Holds
from bot.hooks.sources import Signing

SIGNED: Mapping[Signing, Holds] = {
    "hubspot": hubspot.holds,
    "stripe": stripe.holds,
    "zendesk": zendesk.holds,
    "standard": standard.holds,
    "header": header.holds,
}
