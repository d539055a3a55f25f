"""People who read messages, for tests of what they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from stories import MONDAY, Story

from bot.facts import message_facts
from bot.links import Links
from bot.messages import Messages, load_messages
from bot.render import Component, Rendered, Surface, Text, render
from flows.checklist import checklist
from flows.csms import Csm, Roster
from flows.events import Answered, CaseClaimed, SaysStuck, Traits
from flows.library import SHIPPED, Playbooks
from flows.reading import read_playbooks
from flows.sessions import sessions_in

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "bot" / "golden"
TEAM = (
    "case_card", "case_said", "case_note", "case_late", "ops_note", "task_card", "task_due",
    "meeting_agenda", "kickoff_agenda", "exec_kickoff_agenda", "check_in_agenda", "review_agenda",
)  # fmt: skip
LINKS = Links("https://hello.example.com", "a secret of at least sixteen")

SESSIONS, _ = sessions_in(
    """sessions:
  - session: webinar
    title: Your first report, built live
    starts: 2026-03-12T15:00
    zone: Europe/Berlin
    minutes: 45
    link: https://meet.example.com/first-report
    recording: https://video.example.com/first-report
  - session: office_hours
    title: Office hours
    starts: 2026-03-18T16:00
    zone: Europe/Berlin
    minutes: 30
    link: https://meet.example.com/office-hours
  - session: admin_training
    title: Training for admins
    starts: 2026-03-26T15:00
    zone: Europe/Berlin
    minutes: 60
    link: https://meet.example.com/admins
    recording: https://video.example.com/admins
""",
    "sessions.yaml",
)
"""What is held, as Ana hears of it."""

ROSTER = Roster(csms=(Csm(csm="U9", name="Maya Chen"),))

MEETING: dict[str, Any] = {
    "task_title": "Kickoff",
    "task_uid": "acme:kickoff",
    "meeting_at": "2026-03-12T14:00:00+00:00",
    "meeting_minutes": 45,
    "meeting_link": "https://meet.example.com/kickoff",
    "by_name": "Maya Chen",
    "moved": True,
}

AGREED: dict[str, Any] = {
    "task_title": "Check-in",
    "note": "Revenue by week comes first.",
    "actions": ["You send us the list of shops", "We build the report by Thursday"],
    "by_name": "Maya Chen",
}
"""What a colleague wrote when a task was done."""

SAID: dict[str, dict[str, Any]] = {
    "all_busy": {"text": "", "respond_by": "2026-03-05T14:30:00+00:00", "step": "connect_source"},
    "answer_thanks": {"survey": "ease", "value": 1, "late": False},
    "article": {"article_name": "connect-a-source"},
    "article_helped": {"article_name": "connect-a-source"},
    "article_no_help": {"article_name": "connect-a-source"},
    "ask_blockers": {"survey": "blockers", "answers": [1, 2, 3, 4, 5]},
    "ask_leaving": {"survey": "leaving", "answers": ["missing", "hard", "time", "elsewhere", "other"]},
    "ask_ease": {"survey": "ease", "answers": [1, 2, 3, 4, 5]},
    "case_card": {},
    "case_late": {"respond_by": "2026-03-05T14:30:00+00:00"},
    "case_note": {"note": "not_yet"},
    "case_said": {"text": "it says invalid host\nand then nothing", "mouth": "slack"},
    "claimed": {"csm": "Maya Chen"},
    "csm_reply": {"csm": "Maya Chen", "text": "Leave out https://, then it works.\nTell me if not."},
    "did_you_mean": {"text": "hm"},
    "done_unseen": {"step": "connect_source"},
    "file_not_passed": {"file": "red-test.png", "too_large": True},
    "found": {"text": "how do I connect postgres?", "found": ["connect-a-source", "read-only-user"]},
    "goal_check": {"survey": "goal_reached", "answers": ["yes", "partly", "no"]},
    "goal_set": {"goal": "weekly revenue for my boss"},
    "handed_over": {"csm": "Tom Okafor"},
    "how": {"step": "connect_source"},
    "nobody_free": {"text": "", "back_at": "2026-03-09T08:00:00+00:00", "step": "connect_source"},
    "invite_session": {"session": "webinar@2026-03-12T14:00"},
    "session_recording": {"session": "webinar@2026-03-12T14:00"},
    "link_slack": {"confirm": "https://hello.example.com/slack/link/token", "slack_name": "Ana Ruiz", "workspace": "Acme"},
    "meeting_agenda": {"task_title": "Kickoff", "meeting_at": "2026-03-12T14:00:00+00:00", "meeting_minutes": 45},
    "meeting_called_off": MEETING,
    "meeting_invitation": MEETING,
    "meeting_tomorrow": MEETING | {"meeting_at": "2026-03-06T14:00:00+00:00"},
    "not_a_time": {"text": "soonish"},
    "ops_note": {"text": "day3.md was not taken, the version before it still runs."},
    "reopened": {"csm": "Maya Chen"},
    "resolved": {"csm": "Maya Chen"},
    "resumed": {"channel": "all"},
    "skipped": {"step": "invite_team"},
    "snoozed": {"until": "2026-03-06T08:00:00+00:00"},
    "still_waiting": {"csm": "Maya Chen", "back_at": "2026-03-09T08:00:00+00:00"},
    "step_done": {"step": "connect_source"},
    "stopped": {"channel": "all"},
    "stuck": {"step": "connect_source", "text": "", "respond_by": "2026-03-05T14:30:00+00:00"},
    "task_summary": {
        "task_title": "Kickoff",
        "note": "Reports for the board come first.",
        "actions": ["You send last month's numbers", "We set up the first board"],
        "by_name": "Maya Chen",
    },
    "well_done": {"step": "share_report"},
    **dict.fromkeys(("kickoff_done", "check_in_done", "live_now", "review_done", "pilot_live", "rollout_done"), AGREED),
    "ask_goal_reached": {"survey": "goal_reached", "answers": ["yes", "partly", "no"]},
}
"""What a decision says beside what is known of the person, by message."""


@cache
def shipped() -> tuple[Playbooks, Messages]:
    """The playbooks and messages that come with Handrail; nothing may be wrong with them."""
    playbooks, wrong = read_playbooks([SHIPPED])
    messages, more = load_messages([ROOT / "templates"], playbooks)
    assert not [*wrong, *more], "\n".join(str(problem) for problem in [*wrong, *more])
    return playbooks, messages


def ana(*, name: str = "Ana Ruiz", goal: str = "", company: str = "Acme GmbH", steps: int = 1, stuck: str = "", csm: str = "") -> Story:
    """Ana in Berlin on her fourth day, `steps` of the product's steps done, perhaps with a goal, perhaps stuck."""
    playbooks, _ = shipped()
    story = Story(playbooks, name=name)
    story.subject = replace(story.subject, account=replace(story.subject.account, name=company) if story.subject.account else None)
    story.happens(Traits, person={"role": "analyst"}, account={"employees": 12, "plan": "starter"})
    story.joins()
    if goal:
        story.happens(Answered, survey="goal", value=goal)
    for event in ("source.connected", "report.created", "report.shared")[:steps]:
        story.does(event)
    story.now = MONDAY + timedelta(days=3)
    if stuck:
        story.happens(SaysStuck, step="connect_source", text=stuck)
    if csm and story.subject.case:
        story.happens(CaseClaimed, case=story.subject.case.id, by="U9", name=csm)
    return story


def reads(
    story: Story,
    message: str,
    *,
    surfaces: Sequence[Surface] = ("html", "text", "slack"),
    variants: Sequence[str] = (),
    locale: str = "",
    messages: Messages | None = None,
    now: datetime | None = None,
    **said: Any,
) -> Rendered:
    """What somebody reads when that message is said about this person, in the shipped playbook they are on."""
    playbooks, ours = shipped()
    journey, team = story.subject.person.journey, message in TEAM
    playbook = (playbooks.get(journey.playbook) if journey else None) or playbooks["smb"]
    drawn = checklist(playbook, story.subject, now or story.now)
    facts = message_facts(
        playbook,
        story.subject,
        drawn,
        SAID.get(message, {}) | said,
        company="Example Analytics",
        now=now or story.now,
        postal_address="Example Ltd, 1 Harbour Street, Lisbon",
        reader="team" if team else "person",
        playbooks=playbooks.planned(SESSIONS).staffed(ROSTER),
    )
    return render(
        messages or ours,
        message=message,
        variants=variants,
        locale=locale,
        facts=facts,
        checklist=drawn,
        links=None if team else LINKS.of("ana", story.now),
        surfaces=surfaces,
    )


def on_paper(read: Rendered) -> str:
    """A message as a golden file shows it: the mail's text, then Slack, with signed tokens left out."""
    slack = [part.mrkdwn if isinstance(part, Text) else f"[{part.name}]" for part in read.slack_parts if isinstance(part, Text | Component)]
    buttons = [choice.text for choice in read.choices]
    lines = [
        f"Subject: {read.subject}",
        f"Preheader: {read.preheader}",
        "",
        _without_tokens(read.text),
        "",
        "=== Slack ===",
        "",
        _without_tokens("\n\n".join(slack)),
    ]
    return "\n".join([*lines, *(["", " ".join(f"[ {text} ]" for text in buttons)] if buttons else []), ""])


def _without_tokens(text: str) -> str:
    links = LINKS.of("ana", MONDAY + timedelta(days=3))
    text = text.replace(links.page, "https://hello.example.com/p/…").replace(links.unsubscribe, "https://hello.example.com/u/…")
    text = text.replace(links.preferences, "https://hello.example.com/preferences/…")
    return text.replace(links.reader, "…")


def golden_readings() -> dict[str, str]:
    """Every golden file's name and what it should hold."""
    _, messages = shipped()
    story = ana(goal="weekly revenue for my boss", stuck="it says invalid host", csm="")
    readings = {name: on_paper(reads(story, name)) for name in messages.variants()}
    for variant in messages.variants()["day3"]:
        readings[f"day3.{variant}"] = on_paper(reads(story, "day3", variants=(variant,)))
    return readings
