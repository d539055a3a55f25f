"""Whose a row of the outbox is: the person or the case it is about, and the lane it takes. Pure."""

from __future__ import annotations

from bot.handle import Views
from flows.people import Person, Subject
from storage.queued import Row


def subject_of(row: Row, seen: Views) -> Subject | None:
    """Whom it is about, among those that were loaded."""
    if case := which_case(row):
        return seen.cases.get(case)
    if row.to is not None and row.to.kind == "channel" and not row.person:
        return Subject(person=Person(id=""))
    return seen.people.get(whom(row))


def which_case(row: Row) -> str:
    """The case whose card or thread it is; '' when it is none's."""
    if row.draw is not None:
        return row.draw.ref if row.draw.surface == "case" else ""
    return row.to.ref if row.to is not None and row.to.kind == "case" else ""


def whom(row: Row) -> str:
    """Whose message or view it is; '' when it is nobody's."""
    if row.draw is not None and row.draw.surface == "task":
        return row.draw.ref.partition(":")[0]
    return row.person or (row.draw.ref if row.draw and row.draw.surface in ("home", "card") else "")


def lane_of(row: Row, seen: Views) -> str:
    """Whose answer it waits for: the mail provider's, an endpoint's, or Slack's for one workspace; the vendor's own is "slack:"."""
    if row.to is not None and row.to.kind == "hook":
        return f"hook:{row.to.ref.partition('/')[0]}"
    if row.to is not None and row.to.kind == "thread":
        return f"slack:{row.to.ref.rpartition('/')[0].rpartition('/')[0]}"
    theirs = row.to.kind == "person" if row.to is not None else row.draw is not None and row.draw.surface in ("home", "card")
    if row.to is not None and theirs and row.channel != "slack":
        return row.channel
    subject = seen.people.get(whom(row)) if theirs else None
    return f"slack:{subject.person.slack.rpartition('/')[0]}" if subject else "slack:"


def is_to_person(row: Row) -> bool:
    """Whether a customer reads it."""
    return row.to is not None and row.to.kind == "person"


def is_the_teams(row: Row) -> bool:
    """Whether our own people wait for it: then it is tried for as long as it takes."""
    return row.to is not None and row.to.kind != "person"
