"""Who may tell us something by a webhook, and what it means: the values of `sources/*.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bot.hooks.expressions import Expression
from flows.events import BUSINESS
from flows.notation import Flag, Name, Part, TraitName, listed

Kind = Literal["hubspot", "stripe", "zendesk", "salesforce", "webhook"]
"""Whose webhooks they are. `webhook` is anybody's who signs as https://www.standardwebhooks.com says."""

Signing = Literal["hubspot", "stripe", "zendesk", "standard", "header"]
"""How a request is proved: the vendor's own signature, Standard Webhooks, or a secret in a header."""

_USUAL: Mapping[Kind, Signing] = {
    "hubspot": "hubspot",
    "stripe": "stripe",
    "zendesk": "zendesk",
    "salesforce": "header",
    "webhook": "standard",
}


def _names(value: Any) -> Any:
    """The value is never repeated: it may be the secret itself, and what is said of it ends up in logs."""
    names = listed(value)
    if not all(isinstance(name, str) and name and name[0].isalpha() and name.isupper() and name.isidentifier() for name in names):
        raise ValueError("it is the name of an environment variable, like HUBSPOT_SECRET, and never the secret itself")
    return names


def _created(value: Any) -> Any:
    return {True: "people", False: "nobody"}[value] if isinstance(value, bool) else value


Creates = Literal["nobody", "accounts", "people"]
"""Who is known from then on, whom nobody knew: companies alone, or people and their companies."""
CreatesWord = Annotated[Creates, BeforeValidator(_created)]
SecretNames = Annotated[tuple[str, ...], BeforeValidator(_names), Field(min_length=1)]


class SomebodyOf(Part):
    """Where somebody is named. `id` is our product's id of them; `sender_id` is the sender's own, which nobody else knows."""

    id: Expression | None = None
    sender_id: Expression | None = None
    email: Expression | None = None
    name: Expression | None = None


class CompanyOf(Part):
    """Where their company is named. `domain` may be read from an address of theirs, or from that of their pages."""

    id: Expression | None = None
    sender_id: Expression | None = None
    domain: Expression | None = None
    name: Expression | None = None


class TraitsOf(Part):
    """What is known about both, by the names that playbooks ask for."""

    person: Mapping[TraitName, Expression] = Field(default_factory=dict)
    account: Mapping[TraitName, Expression] = Field(default_factory=dict)


class Take(Part):
    """One rule: when it holds, what came means this. Of several the first that holds is taken.

    `event` is a name as it is written here, `event_from` asks for it. `key` is the sender's own id: what comes twice changes nothing.
    `at` is when it happened: ISO 8601, or seconds or milliseconds since 1970; without it, when it came. `numbers` are the traits and
    properties that are numbers, although the sender writes them as texts. `joins`: this is somebody new, whose welcome is due.
    `creates`: whether somebody nobody knows yet is known from then on: `people` (with their companies), `accounts`, or `nobody`.
    """

    when: Expression | None = None
    event: str = ""
    event_from: Expression | None = None
    key: Expression | None = None
    at: Expression | None = None
    person: SomebodyOf = SomebodyOf()
    account: CompanyOf = CompanyOf()
    traits: TraitsOf = TraitsOf()
    properties: Mapping[TraitName, Expression] = Field(default_factory=dict)
    numbers: tuple[TraitName, ...] = ()
    joins: Flag = False
    creates: CreatesWord | None = None


class HookSource(Part):
    """A business system. `secret` names the settings with its secret; of several any may do, so that one can be changed for another.

    `signed` is how its requests are proved, when not in its kind's way. With no `takes` those of its kind hold.
    `creates`: what its rules do with somebody nobody knows, unless they say so themselves.
    """

    source: Name
    kind: Kind
    title: str = ""
    secret: SecretNames
    signed: Signing | None = None
    creates: CreatesWord = "nobody"
    paused: Flag = False
    takes: tuple[Take, ...] = ()

    @property
    def signing(self) -> Signing:
        """How its requests are proved."""
        return self.signed or _USUAL[self.kind]

    @property
    def heard_as(self) -> str:
        """The `source` of its events."""
        return f"{BUSINESS}{self.source}"

    @property
    def path(self) -> str:
        """Where it is heard, beneath our public address."""
        return f"/v1/hooks/{self.source}"


class Sources(Part):
    """All of a project's, by name."""

    sources: tuple[HookSource, ...] = ()

    def get(self, name: str) -> HookSource | None:
        """The source of that name that is heard now, None when there is none."""
        found = self._by_name.get(name)
        return None if found is None or found.paused else found

    def names(self) -> Iterable[str]:
        """The names of all, paused ones too."""
        return self._by_name

    @cached_property
    def _by_name(self) -> dict[str, HookSource]:
        return {one.source: one for one in self.sources}


class Defaults(Part):
    """What a vendor's webhooks mean when a project does not say: a file of `bot/hooks/defaults`."""

    takes: tuple[Take, ...]
