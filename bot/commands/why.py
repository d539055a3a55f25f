"""`handrail why`: all that happened to one person, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.commands.days import day_words
from bot.commands.diary_page import ACCENT
from bot.commands.mistakes import UserError, counted
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, project_folder
from bot.commands.segments import score_words
from bot.commands.standing import as_stories, standing
from bot.settings import read_settings
from bot.world import World
from flows.decide import playbook_of
from flows.hours import zone_named
from flows.people import Person
from flows.portrait import Score, portrait
from storage.reports import Reports
from storage.retention import gone_before
from storage.store import Store

Story = dict[str, Any]

_NEWS = ("said", "fired", "opened", "entered", "done", "completed", "met", "reached", "merged", "merged_into")
_TROUBLE = ("failed", "unknown", "expired", "suppressed", "parked")
_LATE = timedelta(minutes=2)


def why(text: str, *, as_json: bool) -> None:
    """Tell somebody's story, the latest last."""
    with existing_store() as store:
        reports = Reports(store.database)
        person = reports.find_person(text)
        if person is None:
            raise UserError(f"Nobody is known as {text!r}; an e-mail address or an external id is needed.")
        stories: list[Story] = reports.why(person.id)
        shut, consent = reports.shut(person), reports.consent(person.id)
        gone = gone_before(store.database, [person.id])
        scores = [] if as_json else _scores(store, person)
    if as_json:
        print(json.dumps(stories + as_stories(shut, consent), indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        zone = zone_named(person.zone) or ZoneInfo("UTC")
        _head(person, zone, console)
        for score in scores:
            console.print(Text(score_words(score), style="dim"))
        for line in standing(shut, consent, zone):
            console.print(line)
        for words in _not_kept(gone, stories, World().now() - timedelta(days=read_settings().keep_days), zone):
            console.print(Text(words, style="dim"))
        _show(stories, zone, console)


def _not_kept(gone: datetime | None, stories: Sequence[Story], cut: datetime, zone: ZoneInfo) -> Iterator[str]:
    """What was let go of, so that nobody takes a gap for an answer. `cut`: reasons from before are not kept of anybody."""
    if gone:
        yield f"Earlier than {gone.astimezone(zone):%Y-%m-%d} is not kept."
    if any(not story["reasons"] and not story["undecided"] and _moment(story, zone) < cut for story in stories):
        yield f"Reasons from before {cut.astimezone(zone):%Y-%m-%d} are not kept."


def _scores(store: Store, person: Person) -> Sequence[Score]:
    """Their scores as the playbooks see them now; none while a playbook cannot be read, for the story is told anyway."""
    try:
        playbooks = good_playbooks(project_folder(None))
    except UserError:
        return ()
    playbook = playbook_of(playbooks, person)
    if playbook is None or not playbook.scores:
        return ()
    now = World().now()
    return portrait(playbook, store.load([person.id], {}, playbooks.needs, now)[person.id], now).scores


def _head(person: Person, zone: ZoneInfo, console: Console) -> None:
    console.print(Text(" · ".join(filter(None, [person.name or "Nameless", person.email, person.external_id, str(zone)])), style="bold"))
    console.print(Text(_journey(person), style="dim"))


def _show(stories: Sequence[Story], zone: ZoneInfo, console: Console) -> None:
    told = [story for story in stories if story["kind"] != "Tick" or story["reasons"] or story["messages"] or story["undecided"]]
    for _, of_day in groupby(told, key=lambda story: _moment(story, zone).date()):
        lines = list(of_day)
        at = _moment(lines[0], zone)
        console.print(Text.assemble(("● ", ACCENT), (f"{day_words(at)} {at.year}", "bold")))
        for story in lines:
            console.print(_block(story, zone))
    if quiet := len(stories) - len(told):
        console.print(f"[dim]{counted(quiet, 'wake')} at which nothing changed {'is' if quiet == 1 else 'are'} left out.[/dim]")


def _journey(person: Person) -> str:
    journey = person.journey
    if journey is None:
        return "On no journey."
    if journey.ended_at:
        return f"Their journey through {journey.playbook} is over: {journey.ended_why}."
    segments = [f"{dimension} {segment.name}" for dimension, segment in journey.segments.items()]
    return " · ".join([f"On their way through {journey.playbook}", *segments, *(["a case is open"] if person.case else [])])


def _moment(story: Story, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(story["decided_at"] or story["at"]).astimezone(zone)


def _block(story: Story, zone: ZoneInfo) -> Table:
    """One event, what was decided about it, and what became of its messages."""
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(width=1, style=ACCENT)
    grid.add_column(width=5, style="dim")
    grid.add_column(ratio=1)
    grid.add_row("│", f"{_moment(story, zone):%H:%M}", Text.assemble((_heard(story), "bold"), (_whence(story, zone), "dim")))
    for line in _followed(story, zone):
        grid.add_row("│", "", line)
    return grid


def _followed(story: Story, zone: ZoneInfo) -> Iterator[Text]:
    if story["undecided"]:
        kept = "parked" if story["parked"] else "will be tried again"
        yield Text(f"undecided after {counted(story['attempts'], 'attempt')}, {kept}: {story['error']}", style="yellow")
    for reason in story["reasons"]:
        style = "" if reason["result"] in _NEWS else "dim"
        words = f": {reason['because']}" if reason["because"] else ""
        yield Text(f"{reason['rule']} {reason['result']}{words}", style=style)
    for message in story["messages"]:
        yield _fate(message, zone)


def _fate(message: Story, zone: ZoneInfo) -> Text:
    name = f"{message['message']}.{message['variant']}" if message["variant"] else message["message"]
    when = f" {datetime.fromisoformat(message['sent_at']).astimezone(zone):%H:%M}" if message["sent_at"] else ""
    error = f" ({message['error']})" if message["error"] else ""
    style = "yellow" if message["state"] in _TROUBLE else "green" if message["state"] == "sent" else ""
    kind = str(message["to"]).partition(":")[0]
    way = message["channel"] if kind == "person" else f"{kind} by {message['channel']}"
    return Text.assemble(f"✉ {name} → {way} ", (f"{message['state']}{when}{error}", style))


def _heard(story: Story) -> str:
    """The event in words."""
    data: Story = story["data"]
    match story["kind"]:
        case "ProductEvent":
            return str(story["name"])
        case "Traits":
            told = {**data.get("account", {}), **data.get("person", {})}
            return "told " + ", ".join(f"{name} {value}" for name, value in told.items())
        case "StepDone" | "StepSkipped" as kind:
            return f"says {'done' if kind == 'StepDone' else 'skip'}: {data.get('step', '')}"
        case "Answered":
            return f"answers {data.get('survey', '')}: " + ", ".join(
                str(said) for said in (data.get("value", ""), data.get("text")) if said
            )
        case "Snoozed":
            return f"wants quiet until {data.get('until', '')}"
        case "Tick":
            return "woken"
        case kind:
            about = _ABOUT.get(kind, _nothing)(data)
            said = data.get("text") or about or next((data[one] for one in ("about", "channel", "name", "message") if data.get(one)), "")
            return f"{_WORDS.get(kind, kind)}{f': {said}' if said else ''}"


def _nothing(_: Story) -> str:
    return ""


def _chosen(data: Story) -> str:
    chosen = [f"{what} {data[what]}" for what in ("since", "until", "by", "locale") if data.get(what)]
    chosen += [f"without {kind}" for kind in data.get("without", ())] + ([] if data.get("tailored", True) else ["not tailored"])
    return ", ".join(chosen) or "as usual"


def _read(data: Story) -> str:
    return ", it helped: ".join(filter(None, [data.get("article", ""), data.get("helped", "")]))


def _mail(data: Story) -> str:
    what = str(data.get("name") if data.get("what") == "other" else data.get("what"))
    what += " by a program" if data.get("machine") else ""
    return f"{data['message']} {what}" if data.get("message") else what


_ABOUT: dict[str, Callable[[Story], str]] = {
    "CaseAssigned": lambda data: f"{data.get('to_name') or data.get('to') or 'everybody'}, by {data.get('name', '')}",
    "CaseSnoozed": lambda data: f"{data.get('until', '')}, by {data.get('name', '')}",
    "Preferred": _chosen,
    "SlackOpened": lambda data: str(data.get("how", "")),
    "ArticleRead": _read,
    "MailReported": _mail,
    "MailIgnored": lambda data: str(data.get("why", "")).replace("_", " "),
    "AddressShut": lambda data: f"{data.get('address', '')}, {str(data.get('reason', '')).replace('_', ' ')}",
    "Merged": lambda data: str(data.get("because", "")),
    "MergedInto": lambda data: str(data.get("because", "")),
    "Split": lambda data: f"by {data['by']}" if data.get("by") else "",
    "AddressLifted": lambda data: str(data.get("address", "")),
}
"""What an event is about, where that is not its words."""

_WORDS = {
    "Joined": "joined",
    "Left": "left",
    "SaysStuck": "is stuck",
    "Asked": "asks",
    "Replied": "writes",
    "CaseOpened": "case opened by hand",
    "CaseAssigned": "case given to",
    "CaseSnoozed": "case put aside until",
    "CaseClaimed": "case claimed",
    "CaseClosed": "case resolved",
    "CsmReplied": "CSM writes",
    "CsmTookBack": "CSM takes back what they wrote",
    "CsmChanged": "CSM changes what they wrote",
    "Preferred": "chooses",
    "SlackOpened": "came to us in Slack",
    "ArticleRead": "reads",
    "Undelivered": "not delivered",
    "MailReported": "mail",
    "MailIgnored": "a mail of theirs that nobody answered",
    "AddressShut": "address shut",
    "AddressLifted": "address opened again",
    "Merged": "is said to be somebody we know by another name too",
    "MergedInto": "turned out to be somebody else we know",
    "Split": "is somebody of their own again",
    "OptedOut": "stops messages",
    "OptedIn": "wants messages again",
}


def _whence(story: Story, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(story["at"]).astimezone(zone)
    late = _moment(story, zone) - at > _LATE
    happened = f", happened {day_words(at)} {at:%H:%M}" if late else ""
    return f"  {story['source']}{happened}"
