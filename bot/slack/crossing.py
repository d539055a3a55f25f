"""What crosses between a customer's workspace and the team's: a colleague's words under their own name and face, and files both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from bot.channels import Channel, Drawing, Letter, Receipt, SendError
from bot.handle import Door
from bot.render import Surface
from bot.slack.case_cards import words_of_a_colleague
from bot.slack.files import FilePassing, Spot
from bot.slack.limits import Json
from bot.slack.workspaces import Workspaces
from bot.surfaces import safe_link
from flows.decision import Say, To
from flows.events import File
from flows.people import Subject
from storage.outbox import Outbox

OF_A_COLLEAGUE = "csm_reply"
OF_THE_CUSTOMER = "case_said"
OF_A_MAIL = ("no_picture", "gone_from_mail")
"""Why something that came by mail stays behind: mail programs attach things that nobody means to send, so the sender hears nothing."""
CUSTOMIZE = "chat:write.customize"
LONGEST_NAME = 80

T = TypeVar("T")

_FIELDS = {field.name for field in fields(File)}


class Crossing:
    """Dresses a colleague's words, and passes files on after the words they came with. `tell` says something more to somebody."""

    def __init__(self, workspaces: Workspaces, passing: FilePassing, tell: Callable[[Say], None]) -> None:
        self._workspaces = workspaces
        self._passing = passing
        self._tell = tell

    def dressed(self, letter: Letter, team: str) -> Json | None:
        """A colleague's words as a message under their name and face; None when it is no such message, or that workspace did not allow it.

        Then their name stands in the text.
        """
        name, text = str(letter.facts.get("csm") or ""), str(letter.facts.get("text") or "")
        if letter.message != OF_A_COLLEAGUE or not (name and text.strip()) or CUSTOMIZE not in self._workspaces.scopes(team):
            return None
        face = safe_link(letter.facts.get("face") or "")
        picture = {"icon_url": face} if face.startswith("https://") else {}
        return {**words_of_a_colleague(text), "username": name[:LONGEST_NAME], **picture}

    def first(self, post: Callable[[Json], T], dressed: Json | None, plain: Json) -> T:
        """Post the dressed words, else the plain ones: a workspace may have taken its leave back a moment ago. Raises SendError."""
        if dressed is None:
            return post(plain)
        try:
            return post(dressed)
        except SendError as error:
            if str(error) != "missing_scope":
                raise
            return post(plain)

    def files(self, letter: Letter, to: Spot) -> None:
        """Pass on what came with the words. What stays behind is said aloud to both sides, with what to do. Raises nothing."""
        given = files_of(letter)
        for file, why in self._passing.pass_on(given, to) if given else ():
            self._tell(left_behind(letter, file, why))
            if letter.message == OF_THE_CUSTOMER and why not in OF_A_MAIL:
                self._tell(_tell_the_customer(letter, file, why))


class WithoutFiles:
    """A channel that carries words alone: that a colleague's file did not go along is said aloud in the thread."""

    def __init__(self, channel: Channel, tell: Callable[[Say], None]) -> None:
        self._channel = channel
        self._tell = tell

    @property
    def name(self) -> str:
        """As in `reach`."""
        return self._channel.name

    @property
    def surfaces(self) -> frozenset[Surface]:
        """What must be rendered for it."""
        return self._channel.surfaces

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        """Whether it has an address for them."""
        return self._channel.reaches(letter_to, subject)

    def send(self, letter: Letter) -> Receipt:
        """Hand it to the provider, once. Raises SendError."""
        receipt = self._channel.send(letter)
        if letter.message == OF_A_COLLEAGUE:
            for file in files_of(letter):
                self._tell(left_behind(letter, file, "by_mail"))
        return receipt

    def draw(self, drawing: Drawing) -> None:
        """Bring a view up to date. Raises SendError."""
        self._channel.draw(drawing)

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:
        """The provider's id of a message whose fate is unknown. Raises SendError."""
        return self._channel.find(letter_id, letter_to, subject)


def files_of(letter: Letter) -> tuple[File, ...]:
    """The files that a message brings."""
    if letter.message not in (OF_A_COLLEAGUE, OF_THE_CUSTOMER):
        return ()
    return tuple(_files(letter.facts.get("files")))


def _files(given: object) -> Iterator[File]:
    for one in given if isinstance(given, list) else ():
        if isinstance(one, Mapping) and set(one) >= _FIELDS:
            known: dict[str, Any] = {name: one[name] for name in _FIELDS}
            yield File(**known)


def left_behind(letter: Letter, file: File, why: str) -> Say:
    """A note in the case's thread: which file was not passed on, and what to do."""
    case = str(letter.facts.get("case") or (letter.case.id if letter.case else ""))
    return Say(
        key=f"case:{case}:case_note:file:{letter.key}:{file.id}",
        to=To("case", case),
        message="case_note",
        person=letter.subject.person.id,
        facts={"case": case, "note": f"file_{why}", "name": file.name},
        priority=50,
        essential=True,
        if_unknown="resend",
    )


def _tell_the_customer(letter: Letter, file: File, why: str) -> Say:
    person = letter.subject.person.id
    return Say(
        key=f"{person}:file_not_passed:{letter.key}:{file.id}",
        to=To("person", person, ("slack", "email")),
        message="file_not_passed",
        person=person,
        facts={"file": file.name, "too_large": why == "too_large"},
        priority=100,
        essential=True,
    )


def tell(outbox: Outbox, door: Door, say: Say) -> None:
    """Have something said outside of any decision, once for its key."""
    outbox.enqueue(say, door.now())
