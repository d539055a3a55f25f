"""Where a colleague's Home comes from: who they are, and what the desk's reports say of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.links import Links
from bot.shelf import Books, Shelf
from bot.slack.csm_home import CsmDay, csm_home, is_monday
from bot.slack.limits import Json
from bot.slack.who import WhoIsWho
from bot.world import World
from flows.csms import Csm
from flows.hours import zone_named
from flows.playbook import Playbook
from storage.desk_reports import CaseLine, DeskReports, Monday
from storage.task_reports import TaskReports

PACE = "pace"
"""The dimension of segments that tells how people get on; where a playbook has none of that name, its first one."""
_LAST_WEEK = timedelta(days=7)


class CsmHomes:
    """Draws the Home of any colleague as things are now."""

    def __init__(self, reports: DeskReports, tasks: TaskReports, shelf: Shelf, who: WhoIsWho, links: Links, world: World) -> None:
        self._reports = reports
        self._tasks = tasks
        self._shelf = shelf
        self._who = who
        self._links = links
        self._world = world

    def view(self, user: str) -> Json:
        """The Home of the colleague with that Slack user id. One question to Slack at most, for their name."""
        books, now = self._shelf.books, self._world.now()
        listed, name = books.playbooks.roster.csm(user), self._who.name(user)
        playbook = _playbook_of(books, listed)
        zone = _zone(listed, playbook)
        names = set(listed.names) if listed else {user.lower(), name.strip().lower()}
        team = listed.teams[0] if listed and len(listed.teams) == 1 else ""
        dimension = _dimension(playbook)
        report = _in_need(self._reports.monday(user, names, team, dimension, now, now - _LAST_WEEK), playbook, dimension)
        day = CsmDay(
            name=listed.name if listed else name if name != user else "",
            now=now,
            zone=zone,
            report=report,
            week=is_monday(now, zone),
            step_of=lambda line: _step(books, line),
            story_of=lambda person: self._links.story(person, now),
            tasks=self._tasks.mine(user),
            unowned=self._tasks.unowned(listed.teams if listed else ()),
        )
        return csm_home(day, books.words)


def _playbook_of(books: Books, listed: Csm | None) -> Playbook | None:
    """The playbook a colleague works for most likely: one of their teams', else the common one."""
    theirs = (book for book in books.playbooks.taking() if listed and book.team.channel in listed.teams)
    return next(theirs, books.playbooks.common)


def _zone(listed: Csm | None, playbook: Playbook | None) -> ZoneInfo:
    name = listed.zone if listed else playbook.team.zone if playbook else "UTC"
    return zone_named(name) or ZoneInfo("UTC")


def _dimension(playbook: Playbook | None) -> str:
    names = list(playbook.segments) if playbook else []
    return PACE if PACE in names else next(iter(names), PACE)


def _in_need(report: Monday, playbook: Playbook | None, dimension: str) -> Monday:
    """The report without those who have long been where most people are: a dimension's last line is that of everybody else."""
    rules = playbook.segments.get(dimension, ()) if playbook else ()
    usual = rules[-1].is_ if rules else ""
    longest = tuple(one for one in report.accounts.longest if one.segment != usual)
    return replace(report, accounts=replace(report.accounts, longest=longest))


def _step(books: Books, line: CaseLine) -> str:
    """The title of the step a case is about."""
    playbook = books.playbooks.by_name.get(line.case.playbook)
    step = playbook.step(line.case.step) if playbook and line.case.step else None
    return step.title if step else ""
