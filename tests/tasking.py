"""A project in which people of ours have something to do for every newcomer, for tests of their tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stories import a_text
from town import Town

from bot.playground.values import Message
from flows.people import TaskState

ROSTER = """
csms:
  - {csm: U_MAYA, name: Maya Chen, email: maya@vendor.test, zone: Europe/Berlin}
  - {csm: U_TOM, name: Tom Okafor, email: tom@vendor.test, zone: Europe/London}
"""

TASKS = """
  - {task: say_hello, title: Say hello, why: They came a moment ago, when: "true", due: 1 day}
  - task: kickoff
    title: Hold the kickoff
    why: A plan that both sides wrote is a plan that is kept
    when: "true"
    due: 5 working days
    meeting: {agenda: kickoff_agenda, invitation: kickoff_invitation, minutes: 45, link: "https://meet.example.com/room"}
    says: kickoff_summary
  - task: hand_off
    title: Fill in the hand-off
    owner: sales
    when: "true"
    due: 1 working days
    form: {desired_outcome: "What do they want?", risks: "What could go wrong? (optional)"}
  - task: hold_it_up
    title: Hold it against the goal
    when: "true"
    due: 5 working days
    form: {reached: {ask: "Was it reached?", options: [yes, partly, no]}, in_use: "How many of 100 use it?"}
"""

MESSAGES = {
    "kickoff_agenda": "---\naudience: team\nsubject: Agenda\n---\nWith **{{ account.name }}**\n\n- Success, in their words\n\n- The plan",
    "kickoff_invitation": "---\nsubject: Our kickoff\n---\nWe meet {{ by_name }}.",
    "kickoff_summary": "---\nsubject: What we agreed\n---\n{{ note }}\n\n{% for action in actions %}\n- {{ action }}\n\n{% endfor %}",
}


def write_project(project: Path, **changed: str) -> Path:
    """The little playbook with tasks of ours, and the messages that go with them."""
    (project / "playbooks").mkdir(parents=True)
    known = '\n  person: {role: other}\n  account: {employees: 1, plan: starter, desired_outcome: "", risks: "", reached: "", in_use: 50}'
    team = '{channel: "#csm-smb", zone: Europe/Berlin, hours: {days: mon-fri, from: "09:00", to: "18:00"}}'
    parts = {"tasks": TASKS.strip("\n"), "traits": known.strip("\n"), "team": team}
    (project / "playbooks" / "little.yaml").write_text(a_text(**(parts | changed)))
    (project / "csms.yaml").write_text(ROSTER)
    folder = project / "templates" / "messages"
    folder.mkdir(parents=True)
    (folder / "saw_page.md").write_text("---\nsubject: That page\n---\nYou looked at a page.\n")
    for name, text in MESSAGES.items():
        (folder / f"{name}.md").write_text(f"{text}\n")
    return project


def card(town: Town, title: str, company: str = "") -> Message:
    """The latest card of a task with that title, of that company."""
    found = [m for m in town.channel() if f"◆ {title}" in m.text and company in m.text]
    assert found, f"no card says {title}"
    return found[-1]


def row(message: Message) -> list[dict[str, Any]]:
    """What can be done on a card, in order."""
    return [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


def labels(message: Message) -> list[str]:
    """The words on it."""
    return [(one.get("text") or one["placeholder"])["text"] for one in row(message)]


def presses(town: Town, message: Message, label: str, user: str = "U_MAYA") -> None:
    """A colleague presses a button of a card, or opens its menu and chooses what has these words."""
    place = message.channel, message.ts
    for block in message.blocks:
        for one in block["elements"] if block["type"] == "actions" else ():
            if one["type"] == "button" and one["text"]["text"] == label:
                town.acts.click_message(user, place, (block["block_id"], one["action_id"]))
                town.settle()
                return
            chosen = next((str(o["value"]) for o in one.get("options", ()) if label in o["text"]["text"]), "")
            if chosen:
                town.acts.click_message(user, place, (block["block_id"], one["action_id"]), chosen)
                town.settle()
                return
    raise AssertionError(f"nothing says {label!r}: {labels(message)}")


def fills(town: Town, user: str = "U_MAYA", **fields: str) -> None:
    """A colleague fills in the dialog in front of them and sends it."""
    view = town.workspace.modal(user)
    assert view is not None, f"{user} has no dialog"
    town.acts.submit(user, view["id"], {name.replace("__", "."): {name.replace("__", "."): text} for name, text in fields.items()})
    town.settle()


def task_of(town: Town, user: str, id: str) -> TaskState:
    """A task as it is kept with the account of a Slack user."""
    who = town.house.store.resolve("slack", "T_PLAYGROUND", user)
    subject = town.house.door.view(who or "")
    assert subject is not None
    assert subject.account is not None
    return subject.account.tasks[id]
