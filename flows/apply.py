"""The first stage: what an event says about a person becomes part of them. Nothing is sent for its own sake here but answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flows import cases, colleagues, mail, preferences, steps, task_events
from flows.account_traits import newer, told
from flows.events import (
    AddressLifted,
    AddressShut,
    Answered,
    ArticleRead,
    Asked,
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CaseOpened,
    CaseSnoozed,
    CsmChanged,
    CsmReplied,
    CsmTookBack,
    Joined,
    Left,
    MailIgnored,
    MailReported,
    MeetingPlanned,
    Merged,
    MergedInto,
    OptedIn,
    OptedOut,
    Preferred,
    ProductEvent,
    Replied,
    SaysStuck,
    SlackOpened,
    Snoozed,
    Split,
    StepDone,
    StepSkipped,
    TaskAssigned,
    TaskDone,
    TaskDropped,
    TaskPostponed,
    Tick,
    Traits,
    Undelivered,
    is_theirs,
)
from flows.hours import zone_named
from flows.people import Sent
from flows.tallies import too_late
from flows.work import Work

KNOWN = {
    "external_id": "external_id",
    "name": "name",
    "email": "email",
    "timezone": "zone",
    "zone": "zone",
    "locale": "locale",
    "slack": "slack",
}
"""Traits that every product means the same by, and the field each becomes."""

LEFT = "they left"
"""Why a journey ended that goes on when they come back."""

CAME = {"installed": "installed the app", "wrote": "wrote to us", "opened": "opened the app", "pressed": "pressed a button"}


def apply(work: Work) -> Work:
    """Take the event in."""
    work = _noticed(work)
    event = work.event
    match event:
        case Tick():  # what comes most is looked for first
            return work
        case ProductEvent():
            return _counted(work, event)
        case Joined():
            return _joined(work, event.at)
        case Left():
            return _left(work, event.at)
        case Traits():
            return _traits(work, event)
        case StepDone(by=by) if by and (step := work.playbook.step(event.step)):
            return colleagues.ticked(work, step, event)
        case StepDone() | StepSkipped():
            return steps.said(work, event)
        case SaysStuck() | CaseOpened() | CaseAssigned() | CaseSnoozed() | CaseClaimed() | CaseClosed():
            return cases.heard(work, event)
        case CsmReplied() | CsmTookBack() | CsmChanged():
            return cases.heard(work, event)
        case SlackOpened():
            return _came(work, event)
        case Preferred():
            return preferences.preferred(work, event)
        case ArticleRead():
            return _read(work, event)
        case Replied() if event.text and work.person.asked == "goal" and not work.case:
            return steps.goal_told(work, event.text)
        case Replied() if work.case:
            return cases.relayed(work, event.text, event.mouth)
        case Replied(found=found) if found:
            return work.because("question", "found", ", ".join(found)).answer("found", {"text": event.text, "found": list(found)})
        case Replied():
            return work.answer("did_you_mean", {"text": event.text})
        case Asked():
            return _asked(work, event)
        case Answered():
            return _answered(work, event)
        case Snoozed() if event.by:
            return colleagues.paused(work, event)
        case Snoozed(until=until) if until <= work.now:
            return work.with_person(snoozed_until=None, paused_by="").because("snooze", "over", "they are back to usual").redraw()
        case Snoozed():
            work = work.with_person(snoozed_until=event.until, paused_by="").redraw()
            return work.answer("snoozed", {"until": event.until.isoformat()})
        case OptedOut():
            return _opted_out(work, event)
        case OptedIn():
            return _opted_in(work, event)
        case Undelivered():
            return _undelivered(work, event)
        case MailReported():
            return mail.reported(work, event)
        case MailIgnored():
            return work.because("mail", "ignored", event.why)
        case AddressShut() | AddressLifted():
            return mail.addressed(work, event)
        case TaskDone() | TaskPostponed() | TaskDropped() | TaskAssigned() | MeetingPlanned():
            return task_events.heard(work, event)
        case Merged() | MergedInto() | Split():
            return work


def _noticed(work: Work) -> Work:
    event, person = work.event, work.person
    if getattr(event, "by", "") and isinstance(event, StepDone | Snoozed):
        return work  # a colleague of ours did it
    mouth = getattr(event, "mouth", None)
    if mouth in ("slack", "email") and mouth != person.last_mouth and event.source != mail.PROVIDER:
        work = work.with_person(last_mouth=mouth)
    if person.asked and (is_theirs(event) or isinstance(event, Tick)) and not isinstance(event, Replied):
        work = work.with_person(asked="")
    if not is_theirs(event):
        return work
    return work.with_person(last_active=max(event.at, person.last_active) if person.last_active else event.at)


def _came(work: Work, event: SlackOpened) -> Work:
    """From now on we may write to them in Slack first."""
    if work.person.slack_ok:
        return work
    return work.with_person(slack_ok=event.how).because("slack", "open", f"they {CAME[event.how]}")


def _joined(work: Work, at: datetime) -> Work:
    person = work.person
    if person.left_at and at > person.left_at:
        return _back(work)
    if person.joined_at is None:
        return work.with_person(joined_at=at)
    return work.because("joined", "refused", "they joined before")


def _back(work: Work) -> Work:
    """Who had left is here again: their journey goes on."""
    work = work.with_person(left_at=None).because("left", "back", "they are here again")
    journey = work.person.journey
    return work.with_journey(ended_at=None, ended_why="") if journey and journey.ended_why == LEFT else work


def _left(work: Work, at: datetime) -> Work:
    return work.with_person(left_at=at).because("left", "left").happened("left", at).withdraw_pending()


def end(work: Work, why: str) -> Work:
    """The journey is over; its playbook, and those it came from, are not entered again."""
    assert work.journey is not None
    past = work.person.past if why == LEFT else tuple(dict.fromkeys((*work.person.past, *work.journey.moved, work.journey.playbook)))
    return work.with_journey(ended_at=work.now, ended_why=why).with_person(past=past).because("journey", "ended", why).redraw()


def _counted(work: Work, event: ProductEvent) -> Work:
    known = event.name in work.playbook.events
    if not known:
        work = work.because(f"event.{event.name}", "unknown", "no playbook names this event")
    if event.said_at is not None:
        said = f"{event.said_at:%Y-%m-%d %H:%M}"
        work = work.because(f"event.{event.name}", "capped", f"it said {said} UTC, which had not come yet, so it counts as when it came")
    if too_late(event.at, work.now):
        work = work.because(f"event.{event.name}", "too_late", "it came more than 30 days after it happened, and counts nowhere")
    elif (activity := work.needs.counted(work.activity, event)) is not work.activity:
        work = work.but(activity=activity)
    if work.person.left_at and event.at > work.person.left_at and event.name != work.playbook.leaves_on and is_theirs(event):
        work = _back(work)
    work = work.happened(event.name, event.at) if known else work  # else a product's "completed" were ours
    return _left(work, event.at) if event.name == work.playbook.leaves_on else work


def _traits(work: Work, event: Traits) -> Work:
    person, account = work.person, work.account
    new = {**event.person}
    if "name" not in new and (parts := [str(new[k]) for k in ("first_name", "last_name") if new.get(k)]):
        new["name"] = " ".join(parts)
    fresh = newer(new, person.traits_at, event.at)
    person = replace(person, traits={**person.traits, **fresh}, traits_at={**person.traits_at, **dict.fromkeys(fresh, event.at)})
    fields: dict[str, Any] = {KNOWN[k]: v.strip() for k, v in fresh.items() if k in KNOWN and isinstance(v, str)}
    if "zone" in fields and person.zone and zone_named(fields["zone"]) is None:
        del fields["zone"]  # the one we know is better than one nobody knows
    person = replace(person, **fields)
    if person.chosen.get("locale"):
        person = replace(person, locale=person.chosen["locale"])
    if "consent" in fresh:
        person = replace(person, consent=_yes(fresh["consent"]))
    if event.account_id and newer({"account_id": event.account_id}, person.traits_at, event.at):
        person = replace(person, account_id=event.account_id, traits_at={**person.traits_at, "account_id": event.at})
    work = work.but(person=person)
    if person.consent is False:
        work = work.withdraw_pending()
    for name in ("timezone", "zone"):
        if fresh.get(name) and zone_named(str(fresh[name])) is None:
            work = work.because("zone", "unknown", f"{fresh[name]!r} is no zone we know; the account's or the playbook's holds")
    if account is not None and event.account:
        work = work.but(account=told(account, event.account, event.at))
    return work.redraw()


def _yes(value: Any) -> bool:
    return str(value).strip().lower() in ("true", "yes", "y", "1", "ja", "oui", "si", "sí")


def _asked(work: Work, event: Asked) -> Work:
    messages = {"next": "next_step", "help": "help", "how": "how", "later": "later", "goal": "goal_ask", "hello": "hello"}
    if event.about == "not_a_time":
        return work.answer("not_a_time", {"text": event.text})
    if event.about == "fresh_link":
        return work.answer("fresh_link", only="email")  # to their own mailbox, whoever held the old one
    if event.about == "mentioned":
        return work.answer_in("mentioned", event.place)
    if event.about == "how" and event.step and work.journey:
        work = work.with_journey(helped={**work.journey.helped, event.step: work.journey.helped.get(event.step, 0) + 1})
    if event.about == "goal":
        work = work.with_person(asked="goal")
    return work.answer(messages.get(event.about, "help"), {"step": event.step} if event.step else None)


def _read(work: Work, event: ArticleRead) -> Work:
    """An article was opened, or its reader says whether it helped."""
    if event.helped:
        work = work.because(f"article.{event.article}", "helped" if event.helped == "yes" else "no_help")
        return work.answer("article_helped" if event.helped == "yes" else "article_no_help", {"article_name": event.article})
    work = work.because(f"article.{event.article}", "read", f"on {event.mouth}")
    step = next((s for _, s in work.playbook.steps() if s.help == event.article), None)
    if step and work.journey:
        work = work.with_journey(helped={**work.journey.helped, step.step: work.journey.helped.get(step.step, 0) + 1})
    return work.answer("article", {"article_name": event.article}) if event.mouth == "slack" else work


def _answered(work: Work, event: Answered) -> Work:
    if event.survey == "solved":
        return cases.solved(work, event)
    if event.survey == "goal":
        return steps.goal_told(work, str(event.value))
    survey = next((s for s in work.playbook.surveys if s.survey == event.survey), None)
    journey = work.person.journey  # an answer counts after the end too: the last question is asked there
    if survey is None or event.value not in survey.answers or journey is None:
        return work.because(f"survey.{event.survey}", "refused", f"{event.value!r} is no answer to it")
    work = work.with_journey(answers={**journey.answers, event.survey: event.value})
    work = _added(work.because(f"survey.{event.survey}", "answered", str(event.value)), event).redraw()
    late = work.journey is None  # no escalation follows any more
    if late and work.case:
        work = work.tell_team("case_note", {"note": "late_answer", "survey": event.survey, "value": event.value})
    if event.mouth == "page":
        return work  # the page thanks
    return work.answer("answer_thanks", {"survey": event.survey, "value": event.value} | ({"late": True} if late else {}))


def _added(work: Work, event: Answered) -> Work:
    """What they wrote beside an answer stays with it, for the case that it may open. To an open one it goes at once."""
    assert work.person.journey is not None
    others = {survey: text for survey, text in work.person.journey.added.items() if survey != event.survey}
    work = work.with_journey(added=others | ({event.survey: event.text} if event.text else {}))
    return cases.relayed(work, event.text, event.mouth) if event.text and work.case else work


def _opted_out(work: Work, event: OptedOut) -> Work:
    out = tuple(sorted({*work.person.opted_out, event.channel}))
    work = work.with_person(opted_out=out).because("opted_out", "stopped", f"{event.channel}, by {event.mouth}").redraw()
    if event.channel == "all" or len(out) > 1:
        work = work.withdraw_pending()
    return work.answer("stopped", {"channel": event.channel}) if mail.is_answered(event) else work


def _opted_in(work: Work, event: OptedIn) -> Work:
    closed = {"slack", "email"} if "all" in work.person.opted_out else {*work.person.opted_out}
    kept = tuple(sorted(closed - ({event.channel} if event.channel != "all" else closed)))
    work = work.with_person(opted_out=kept).because("opted_out", "resumed", f"{event.channel}, by {event.mouth}").redraw()
    return work.answer("resumed", {"channel": event.channel}) if mail.is_answered(event) else work


def _undelivered(work: Work, event: Undelivered) -> Work:
    work = work.because(f"delivery.{event.message}", event.fate, event.why)
    work = cases.undelivered(work, event)
    if event.fate == "unknown":
        return work
    whole, _, channel = event.message_key.rpartition(":")
    known = work.person.journey.sent if work.person.journey else {}
    name, sent = next(((n, s) for n, s in known.items() if s.key == (whole if s.on else event.message_key)), ("", Sent()))
    if sent.on:
        sent = replace(sent, on=tuple(one for one in sent.on if one != channel))
        work = work.with_journey(sent={**known, name: sent})
        if sent.on:
            return work
    if work.journey is not None:
        work = _unsaid(work, name, sent)
    return work.with_person(spent=tuple(s for s in work.person.spent if s.key not in (sent.key, event.message_key)))


def _unsaid(work: Work, name: str, sent: Sent) -> Work:
    """Nobody read it: a survey that was never asked waits for no answer, a nudge that never came was not ignored, nobody was invited."""
    if name.startswith("invitation."):
        sent = replace(sent, rounds=0, skipped="it did not reach them")
        return work.with_journey(sent={**work.running.sent, name: sent}).because(name, "skipped", sent.skipped)
    if name.startswith("survey."):
        return work.with_journey(sent={**work.running.sent, name: replace(sent, last_at=None)})
    if name.startswith(("nudge.", "instead.")):
        return work.with_journey(nudged=tuple(at for at in work.running.nudged if at != sent.last_at))
    return work
