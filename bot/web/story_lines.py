"""What happened to somebody, line by line: each event in words, with why what followed from it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.playbook import Playbook

Told = Mapping[str, Any]
Speaker = Callable[..., str]

_CASE = (
    "CaseOpened", "CaseAssigned", "CaseSnoozed", "CaseClaimed", "CaseClosed", "CsmReplied", "CsmTookBack", "CsmChanged",
)  # fmt: skip
_OURS = ("Tick", "Undelivered")
_ABOUT_MESSAGES = ("Undelivered", "MailReported", "AddressShut", "AddressLifted")
_TOLD = ("text", "about", "channel", "message", "name", "how", "to_name", "article", "address", "reason")
"""Fields of an event that say what it was about, the best first."""
_NO_NEWS = ("quiet", "waiting")
_LONGEST = 240


@dataclass(frozen=True, slots=True)
class Happening:
    """One line. `kind` is did, messages, case or decided; `why` are the reasons of what followed; `messages` what was said."""

    at: str
    kind: str
    text: str
    why: tuple[str, ...]
    messages: tuple[Told, ...]


def happenings(events: Sequence[Told], playbook: Playbook, say: Speaker) -> Iterator[Happening]:
    """The lines, oldest first. A wake at which nothing changed is left out."""
    for event in events:
        why = tuple(_because(reason, playbook, say) for reason in event["reasons"] if reason["result"] not in _NO_NEWS)
        messages = tuple(event["messages"])
        if event["kind"] == "Tick" and not (why or messages):
            continue
        if event["undecided"]:
            why = (say("story.undecided", {"error": event["error"]}), *why)
        text = _words(event, playbook, say)
        if event["kind"] == "Tick" and not messages:
            text, why = why[0], why[1:]
        yield Happening(event["at"], _kind(event), text, why, messages)


def _kind(event: Told) -> str:
    if event["kind"] in _CASE:
        return "case"
    if any(str(message["to"]).startswith("person:") for message in event["messages"]) or event["kind"] in _ABOUT_MESSAGES:
        return "messages"
    return "decided" if event["kind"] in _OURS else "did"


def _words(event: Told, playbook: Playbook, say: Speaker) -> str:
    """The event as a sentence without its subject: "did source.connected in the product", "wrote: it says invalid host"."""
    kind, data = event["kind"], event["data"]
    match kind:
        case "ProductEvent":
            return say("story.did_ProductEvent", {"what": known.title if (known := playbook.events.get(event["name"])) else event["name"]})
        case "Traits":
            told = {**data.get("account", {}), **data.get("person", {})}
            return say("story.did_Traits", {"what": ", ".join(name.replace("_", " ") for name in told)})
        case "StepDone" | "StepSkipped" | "SaysStuck" if data.get("step"):
            step = playbook.step(str(data["step"]))
            what = step.title if step else str(data["step"])
            if data.get("by"):
                return say("story.did_ticked", {"what": what, "by": data["by"]})
            text = f": {_short(data['text'])}" if data.get("text") else ""
            return say(f"story.did_{kind}", {"what": what}) + text
        case "Answered":
            text = f", {_short(data['text'])}" if data.get("text") else ""
            return say("story.did_Answered", {"what": f"{data.get('survey', '')}: {data.get('value', '')}"}) + text
        case "Merged" | "MergedInto":
            refused = any(reason["rule"] == "identity" and reason["result"] == "refused" for reason in event["reasons"])
            return say("story.did_not_merged" if refused else f"story.did_{kind}", {"what": data.get("because", "")})
        case "MailReported":
            return say("story.did_MailReported", {"what": _short(mail_words(data))})
        case "Snoozed":
            return say("story.did_Snoozed" if not data.get("by") else "story.did_paused", {"what": data.get("by", "")})
    who = str(data.get("name") or "") if kind in _CASE else ""
    about = next((str(data[name]) for name in _TOLD if data.get(name) and str(data[name]) != who), "")
    return say(f"story.did_{kind}", {"what": _short(about), "by": who}).removesuffix(": ").strip()


def mail_words(data: Told) -> str:
    """What a mail provider told of one mail: "welcome: bounced, 550 no such user", "day3: opened by a program"."""
    what = str(data.get("name") if data.get("what") == "other" else data.get("what"))
    told = f"{what} by a program" if data.get("machine") else what
    why = f", {data['why']}" if data.get("why") and not data.get("machine") else ""
    return f"{str(data.get('message') or 'a mail').replace('_', ' ')}: {told}{why}"


def _because(reason: Told, playbook: Playbook, say: Speaker) -> str:
    """Why a rule fired or did not."""
    group, _, name = str(reason["rule"]).partition(".")
    step = playbook.step(name) if group == "step" else None
    rule = f"{group.replace('_', ' ')} {step.title if step else name.replace('_', ' ')}".strip()
    words = str(reason["because"])
    result = str(reason["result"]).replace("_", " ")
    return say("story.why", {"rule": rule, "result": result, "because": words}) if words else f"{rule}: {result}"


def _short(text: object) -> str:
    words = " ".join(str(text).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
