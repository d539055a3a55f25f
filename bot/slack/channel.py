"""Slack as a channel: messages to people, cards and threads for the team, and the views that are drawn again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.channels import Drawing, Letter, Receipt, SendError
from bot.render import Surface
from bot.slack.case_cards import LONG, pinging, team_card
from bot.slack.crossing import OF_A_COLLEAGUE, Crossing
from bot.slack.csm_day import CsmHomes
from bot.slack.files import Spot
from bot.slack.home_pages import HomePages
from bot.slack.limits import Json
from bot.slack.retiring import drawn_again, has_card, is_live
from bot.slack.task_cards import team_task
from bot.slack.views import case_said, home, message_blocks
from bot.slack.workspaces import Workspaces
from bot.world import World
from flows.decision import To
from flows.people import Subject
from flows.tasks import task_in

EVENT_TYPE = "handrail_message"
"""Marks our messages in Slack's metadata, so that one of unknown fate can be found again."""

_LOOKED_BACK = 15


class SlackChannel:
    """Sends and draws with the token of the workspace at hand: the person's for what they see, the vendor's for the team's."""

    name = "slack"
    surfaces: frozenset[Surface] = frozenset({"slack"})

    def __init__(self, workspaces: Workspaces, world: World, crossing: Crossing, homes: CsmHomes, pages: HomePages) -> None:
        self._workspaces = workspaces
        self._world = world
        self._crossing = crossing
        self._homes = homes
        self._pages = pages

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        """Whether the person has a Slack user where we are installed; the team always can be reached."""
        slack = subject.person.slack
        return letter_to.kind != "person" or (bool(slack) and self._workspaces.installed(team_of(slack)))

    def send(self, letter: Letter) -> Receipt:
        """Post it, once. `payload` holds text and blocks when there is a card in it to be drawn again. Raises SendError."""
        team, channel, thread = self._place(letter)
        payload: Json = {"text": letter.rendered.slack_text or letter.message, "blocks": self._blocks(letter)}
        if letter.message == OF_A_COLLEAGUE and len(str(letter.facts.get("text") or "")) > LONG:
            # blocks hold less than a message does, and no page of the customer's has the rest
            payload = {"text": _text(letter.rendered.slack_parts), "blocks": []}
        payload = pinging(payload, _pinged(letter))
        dressed = self._crossing.dressed(letter, team)
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"id": str(letter.id)}}

        def post(words: Json) -> Any:
            return self._workspaces.call(
                team,
                "chat.postMessage",
                lambda client: client.chat_postMessage(
                    channel=channel, thread_ts=thread or None, metadata=metadata, unfurl_links=False, unfurl_media=False, **words
                ),
            )

        posted = self._crossing.first(post, dressed, payload)
        self._crossing.files(letter, Spot(team=team, channel=str(posted["channel"]), thread=thread))
        live = letter.to.kind == "person" and is_live(payload["blocks"])
        return Receipt(provider_id=f"{posted['channel']}/{posted['ts']}", payload={**payload, "step": _step_of(letter)} if live else {})

    def draw(self, drawing: Drawing) -> Mapping[str, Mapping[str, Any]]:
        """Publish a Home, update a card in place, or tick a CSM's message. What is gone needs no drawing."""
        match drawing.draw.surface:
            case "home":
                self._home(drawing)
            case "card":
                return self._cards(drawing)
            case "case":
                self._case(drawing)
            case "tick":
                self._tick(drawing.draw.ref)
            case "team":
                self._csm_home(drawing.draw.ref)
            case "task":
                self._task(drawing)
        return {}

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:
        """Look for a message of ours by its metadata in the latest of the conversation; one call. Raises SendError."""
        case = subject.case
        if letter_to.kind == "case" and case and case.thread:
            return _ours(self._replies("", case.channel, case.thread), case.channel, letter_id)
        if letter_to.kind == "thread":
            team, channel, thread = place_of(letter_to.ref)
            return _ours(self._replies(team, channel, thread), channel, letter_id)
        if letter_to.kind == "person":
            team, _, user = subject.person.slack.rpartition("/")
            opened = self._workspaces.call(team, "conversations.open", lambda client: client.conversations_open(users=user))
            return _ours(self._history(team, str(opened["channel"]["id"])), str(opened["channel"]["id"]), letter_id)
        channel = self._channel_id(letter_to.via[0] if letter_to.via else letter_to.ref.partition("/")[0])
        return _ours(self._history("", channel), channel, letter_id)

    def _replies(self, team: str, channel: str, thread: str) -> list[Mapping[str, Any]]:
        found = self._workspaces.call(
            team,
            "conversations.replies",
            lambda client: client.conversations_replies(channel=channel, ts=thread, include_all_metadata=True, limit=_LOOKED_BACK),
        )
        return list(found["messages"])

    def _history(self, team: str, channel: str) -> list[Mapping[str, Any]]:
        found = self._workspaces.call(
            team,
            "conversations.history",
            lambda client: client.conversations_history(channel=channel, include_all_metadata=True, limit=_LOOKED_BACK),
        )
        return list(found["messages"])

    def _place(self, letter: Letter) -> tuple[str, str, str]:
        """Workspace, channel and thread; '' is the vendor's workspace, and no thread."""
        match letter.to.kind:
            case "person":
                team, _, user = letter.subject.person.slack.rpartition("/")
                return team, user, ""
            case "thread":
                return place_of(letter.to.ref)
            case "channel":
                channel, _, thread = letter.beneath.partition("/")
                return "", channel or letter.to.ref, thread
            case "case":
                if letter.message == "case_card":
                    return "", letter.to.via[0], ""
                if letter.case is None or not letter.case.thread:
                    raise SendError("the case's card is not posted yet", retry_after=30)
                return "", letter.case.channel, letter.case.thread
            case "hook":
                raise SendError("Slack is no endpoint", permanent=True)

    def _blocks(self, letter: Letter) -> list[Json]:
        sight = letter.sight
        assert sight is not None
        rendered, person = letter.rendered, letter.subject.person
        if letter.message == "case_card" and letter.case:
            return team_card(_text(rendered.slack_parts), letter.case, sight, self._world.now(), letter.page_url)
        task = task_in(letter.subject, str(letter.facts.get("task") or "")) if letter.message == "task_card" else None
        if task is not None:
            return team_task(_text(rendered.slack_parts), task, sight, letter.page_url)
        if letter.message == "case_said":
            who = person.name or person.email or person.external_id
            return case_said(who, str(letter.facts.get("text", "")), str(letter.facts.get("mouth", "")), sight.words, letter.page_url)
        return message_blocks(
            rendered.slack_parts,
            rendered.button,
            rendered.choices,
            letter.checklist,
            person.id,
            sight.speak,
            step=rendered.step,
            case=rendered.case,
            page_url=letter.page_url,
        )

    def _home(self, drawing: Drawing) -> None:
        sight = drawing.sight
        if sight is None or not self._shows(sight.person.slack):
            return
        view = home(sight.checklist, sight.person, sight.books.words, now=self._world.now(), zone=sight.zone, page_url=drawing.page_url)
        team, _, user = sight.person.slack.rpartition("/")
        self._pages.publish(team, user, view)

    def _cards(self, drawing: Drawing) -> dict[str, Mapping[str, Any]]:
        """The newest card as things are now, those before it retired, and no buttons under questions that were answered."""
        sight = drawing.sight
        if sight is None or not drawing.sent or not drawing.sent_id or not self._shows(sight.person.slack):
            return {}
        stands: dict[str, Mapping[str, Any]] = {}
        newer = False
        for place, payload in ((drawing.sent_id, drawing.sent), *((one.id, one.payload) for one in drawing.older)):
            before = list(payload.get("blocks") or [])
            blocks = drawn_again(before, sight, newer=newer, about=str(payload.get("step", "")))
            newer = newer or has_card(before)
            if blocks != before:
                self._update(team_of(sight.person.slack), place, str(payload.get("text", "")), blocks)
                stands[place] = {**payload, "blocks": blocks} if is_live(blocks) else {}
        return stands

    def _case(self, drawing: Drawing) -> None:
        case, rendered, sight = drawing.case, drawing.rendered, drawing.sight
        if case is None or rendered is None or sight is None or not case.thread:
            return
        blocks = team_card(_text(rendered.slack_parts), case, sight, self._world.now(), drawing.page_url)
        self._update("", f"{case.channel}/{case.thread}", rendered.slack_text, blocks)

    def _task(self, drawing: Drawing) -> None:
        """A task's card where it stands; before it was posted there is nothing to draw."""
        rendered, sight = drawing.rendered, drawing.sight
        task = task_in(sight.subject, drawing.draw.ref.partition(":")[2]) if sight else None
        if rendered is None or sight is None or task is None or not drawing.sent_id:
            return
        blocks = team_task(_text(rendered.slack_parts), task, sight, drawing.page_url)
        self._update("", drawing.sent_id, rendered.slack_text, blocks)

    def _csm_home(self, user: str) -> None:
        """A colleague's Home; who has left or is of another workspace has none."""
        view = self._homes.view(user)
        _unless(
            ("user_not_found", "not_enabled"),
            lambda: self._pages.publish(self._workspaces.csm_team, user, view),
        )

    def _tick(self, ref: str) -> None:
        channel, _, ts = ref.rpartition("/")
        _unless(
            ("already_reacted", "message_not_found"),
            lambda: self._workspaces.csm_call(
                "reactions.add", lambda client: client.reactions_add(channel=channel, timestamp=ts, name="white_check_mark")
            ),
        )

    def _update(self, team: str, place: str, text: str, blocks: list[Json]) -> None:
        """Change a message of ours; one that is gone, or is in a workspace they left, needs no change."""
        channel, _, ts = place.partition("/")
        _unless(
            ("message_not_found", "channel_not_found"),
            lambda: self._workspaces.call(
                team, "chat.update", lambda client: client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
            ),
        )

    def _shows(self, slack: str) -> bool:
        """Whether there is a Slack to draw in: without an installation nobody sees anything."""
        return bool(slack) and self._workspaces.installed(team_of(slack))

    def _channel_id(self, name: str) -> str:
        if not name.startswith("#"):
            return name
        found = self._workspaces.csm_call("conversations.list", lambda client: client.conversations_list(limit=999, exclude_archived=True))
        return next((str(c["id"]) for c in found["channels"] if c["name"] == name[1:]), name)


def _pinged(letter: Letter) -> str:
    """Whom it mentions: whom its facts name, and for a task's reminder who has the task now."""
    task = task_in(letter.subject, str(letter.facts.get("task") or "")) if letter.message == "task_due" else None
    return task.assignee if task else str(letter.facts.get("ping") or "")


def _step_of(letter: Letter) -> str:
    """The step that its card is about, '' for none."""
    return letter.checklist.next.step if letter.checklist and letter.checklist.next else ""


def team_of(slack: str) -> str:
    """The workspace in "TEAM/USER"; '' for a user without one, who is in the vendor's."""
    return slack.rpartition("/")[0]


def place_of(ref: str) -> tuple[str, str, str]:
    """Workspace, channel and ts of "TEAM/CHANNEL/ts"; "CHANNEL/ts" is in the vendor's workspace, ''."""
    team, _, rest = ref.rpartition("/")[0].rpartition("/")
    return team, rest, ref.rpartition("/")[2]


def _ours(messages: list[Mapping[str, Any]], channel: str, letter_id: int) -> str | None:
    for message in messages:
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == EVENT_TYPE and str(metadata.get("event_payload", {}).get("id")) == str(letter_id):
            return f"{channel}/{message['ts']}"
    return None


def _unless(harmless: tuple[str, ...], call: Callable[[], object]) -> None:
    try:
        call()
    except SendError as error:
        if str(error) not in harmless:
            raise


def _text(parts: Any) -> str:
    return "\n\n".join(part.mrkdwn for part in parts if hasattr(part, "mrkdwn"))
