"""What somebody gets in weeks of the shipped playbooks, a line a message as it lies in their mailbox; what they and ours do between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from readers import TEAM, reads, shipped
from stories import MONDAY, Story

from flows.decision import Say
from flows.events import Answered, AnyEvent, ProductEvent, TaskDone
from flows.simulate import Turn, after
from flows.tasks import task_in

BERLIN = ZoneInfo("Europe/Berlin")
JOINED = MONDAY.astimezone(BERLIN).date()


def on(day: float) -> datetime:
    """The moment so many days after they joined."""
    return MONDAY + timedelta(days=day)


def did(*deeds: tuple[float, str]) -> list[AnyEvent]:
    """Events of the product, by the days since they joined. A lesson is written `lesson.completed reports`."""
    return [_deed(day, *name.split(" ")) for day, name in deeds]


def _deed(day: float, name: str, lesson: str = "") -> ProductEvent:
    properties = {"lesson": lesson} if lesson else {}
    return ProductEvent(source="test", key=f"{name} {lesson} {day}", who="ana", at=on(day), name=name, properties=properties)


def answered(day: float, survey: str, value: str | int) -> AnyEvent:
    return Answered(source="test", key=f"answer {survey}", who="ana", at=on(day), survey=survey, value=value)


def said(turns: Sequence[Turn]) -> list[tuple[datetime, str]]:
    """What they were told, each message once however many channels it took."""
    told = [(turn.at, say.message) for turn in turns for say in turn.decision.says if say.to.kind == "person"]
    return list(dict.fromkeys(told))


def team_heard(turns: Sequence[Turn], message: str = "task_card") -> list[tuple[datetime, str]]:
    """The tasks that the team got, or was reminded of."""
    found = [(turn.at, say) for turn in turns for say in turn.decision.says if say.message == message]
    return [(at, str(say.facts.get("task", ""))) for at, say in found]


def diary(turns: Sequence[Turn]) -> str:
    """A line for each message as it lies in their mailbox; what they do stands between them. The team's reminders stand there once."""
    lines: list[str] = []
    today, reminded = None, set[str]()
    for turn in turns:
        at = turn.at.astimezone(BERLIN)
        for line in filter(None, [_did(turn), *_told(turn)]):
            if line in reminded:
                continue
            if "task_due" in line:
                reminded.add(line)
            if at.date() != today:
                today = at.date()
                lines += ["", f"Day {(today - JOINED).days}, {at:%a %d %b}"]
            lines.append(f"  {at:%H:%M}  {line}")
    return "\n".join(lines).strip() + "\n"


def _did(turn: Turn) -> str:
    match turn.event:
        case ProductEvent(name=name, properties=properties):
            return "    · " + " ".join([name, *map(str, properties.values())])
        case Answered(survey=survey, value=value):
            return f"    · {survey}: {value}"
        case TaskDone(task=id, name=name) if (task := task_in(turn.before, id)) and task.state == "open":
            return f"    ▲ {name} did: {task.title}"
    return ""


def _told(turn: Turn) -> Iterable[str]:
    story = Story(shipped()[0])
    story.subject, story.now = after(turn.decision), turn.at
    found: dict[str, str] = {}
    for say in turn.decision.says:
        if say.to.kind != "person" or say.message in TEAM:
            found[say.key] = f"    ▲ the team hears: {say.message}{_task(say)}"
            continue
        journey = story.subject.person.journey
        segments = tuple(segment.name for segment in journey.segments.values()) if journey else ()
        read = reads(story, say.message, variants=(say.variant, *segments), **say.facts)
        found[say.message] = f"✉ {say.message}: {read.subject}"
    return found.values()


def _task(say: Say) -> str:
    return f": {say.facts['task_title']}" if say.facts.get("task_title") else ""
