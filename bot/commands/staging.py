"""A scene rendered for every surface, as delivery would do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.invited import with_session
from bot.commands.mistakes import UserError
from bot.commands.scenes import Scene
from bot.drawing import Sight
from bot.facts import message_facts
from bot.links import Links, PersonLinks
from bot.render import Rendered, RenderError, Surface, Text, render
from bot.settings import Settings
from bot.shelf import Books
from bot.slack.limits import Json
from bot.slack.views import case_card, case_said, message_blocks
from flows.checklist import checklist
from flows.facts import zone_for
from flows.playbook import Playbook

_KEY = "for previews only"
"""Signs the links of a preview, which lead nowhere: no real key is asked for."""


_FOR_PEOPLE: tuple[Surface, ...] = ("html", "text", "slack")
_FOR_THE_TEAM: tuple[Surface, ...] = ("slack",)


@dataclass(frozen=True, slots=True)
class Staged:
    """A message as rendered, its blocks in Slack, and the scene it is from. `links` look like the person's and open nothing."""

    scene: Scene
    sight: Sight
    rendered: Rendered
    blocks: Sequence[Json]
    links: PersonLinks


def staged(books: Books, playbook: Playbook, message: str, variant: str, scene: Scene, settings: Settings) -> Staged:
    """Render a message for the scene's person. `variant` goes before the scene's own. Raises UserError when that can't be done."""
    subject, person = scene.subject, scene.subject.person
    team = books.messages.pick(message).audience == "team"
    drawn = checklist(playbook, subject, scene.at, locale="" if team else None) if person.journey else None
    sight = Sight(subject, playbook, drawn, zone_for(playbook, person, subject.account), books)
    links = Links(settings.base_url, _KEY).of(person.id, scene.at)
    playbooks, told = with_session(books.playbooks, playbook, message, scene.facts, scene.at)
    facts = message_facts(
        playbook,
        subject,
        drawn,
        told,
        company=settings.company,
        postal_address=settings.postal_address or "Your postal address (HANDRAIL_POSTAL_ADDRESS)",
        now=scene.at,
        reader="team" if team else "person",
        words=books.words,
        playbooks=playbooks,
    )
    try:
        rendered = render(
            books.messages,
            message=message,
            facts=facts,
            checklist=drawn,
            links=None if team else links,
            variants=(variant or scene.variant, *sight.segments),
            locale="" if team else person.locale,
            surfaces=_FOR_THE_TEAM if team else _FOR_PEOPLE,
        )
    except RenderError as error:
        raise UserError(f"This can't be said to {person.name or person.id} now: {error}.") from None
    return Staged(scene, sight, rendered, _blocks(message, rendered, sight, scene, links), links)


def _blocks(message: str, rendered: Rendered, sight: Sight, scene: Scene, links: PersonLinks) -> list[Json]:
    person, case = sight.person, scene.subject.case
    if message == "case_card" and case:
        text = "\n\n".join(part.mrkdwn for part in rendered.slack_parts if isinstance(part, Text))
        return case_card(text, case, sight.words, page_url=links.page)
    if message == "case_said":
        return case_said(person.name, str(scene.facts.get("text", "")), str(scene.facts.get("mouth", "")), sight.words)
    return message_blocks(
        rendered.slack_parts,
        rendered.button,
        rendered.choices,
        sight.checklist,
        person.id,
        sight.speak,
        step=rendered.step,
        case=rendered.case,
        page_url=links.page,
    )
