"""What `handrail check` says about playbooks that can be read and still cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.checks import check_playbooks
from flows.library import SHIPPED
from flows.reading import read_playbook, read_playbooks

SMB = (SHIPPED / "smb.yaml").read_text(encoding="utf-8")
MESSAGES = {
    name: frozenset({"tips", "story"} if name == "day3" else ())
    for name in [
        "welcome", "day1", "day3", "day7", "well_done", "quick_start", "try_integrations", "completion", "hand_off", "gone_quiet",
        "how_to_share", "how_to_schedule", "how_to_integrations", "highlight_schedules", "highlight_api", "highlight_alerts",
        "highlight_integrations", "highlight_dashboards", "weekly_summary", "invite_session", "session_recording",
        "ask_ease", "ask_blockers", "goal_check", "ask_leaving",
    ]
}  # fmt: skip
ARTICLES = {"connect-a-source", "invite-people", "first-report", "share-a-report", "api-keys"}
Swap = tuple[str, str]


def smb_with(*swaps: Swap) -> str:
    text = SMB
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def said(*swaps: Swap) -> list[str]:
    return [problem.message for problem in read_playbook(smb_with(*swaps), "smb.yaml")[1]]


def said_of_files(folder: Path, *swaps: Swap, messages: dict[str, frozenset[str]] = MESSAGES) -> list[str]:
    (folder / "smb.yaml").write_text(smb_with(*swaps), encoding="utf-8")
    playbooks, _ = read_playbooks([folder])
    return [problem.message for problem in check_playbooks(playbooks, messages=messages, articles=ARTICLES)]


def without(name: str) -> dict[str, frozenset[str]]:
    return {known: variants for known, variants in MESSAGES.items() if known != name}


def test_nothing_is_said_of_the_shipped_playbook(tmp_path: Path) -> None:
    assert said() == []
    assert said_of_files(tmp_path) == []


def test_a_message_without_a_file_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    assert said_of_files(tmp_path, ("message: gone_quiet", "message: gone_quite")) == [
        "unknown message gone_quite, did you mean gone_quiet? (no file templates/messages/gone_quite.md)"
    ]
    assert said_of_files(tmp_path, messages=without("day7")) == ["unknown message day7 (no file templates/messages/day7.md)"]


def test_a_variant_without_a_file_is_named(tmp_path: Path) -> None:
    assert said_of_files(tmp_path, messages=MESSAGES | {"day3": frozenset({"tips", "de"})}) == [
        "day3_tone needs day3 as story, and there is no file templates/messages/day3.story.md"
    ]


def test_a_help_article_without_a_file_is_named(tmp_path: Path) -> None:
    assert said_of_files(tmp_path, ("help: first-report", "help: first-reports")) == [
        "unknown article first-reports, did you mean first-report? (no file content/first-reports.md)"
    ]


def test_files_are_checked_for_a_playbook_that_cannot_run_too(tmp_path: Path) -> None:
    assert said_of_files(tmp_path, ("not goal_met", "not goal_mett"), messages=without("welcome")) == [
        "unknown message welcome (no file templates/messages/welcome.md)"
    ]


@pytest.mark.parametrize(
    ("swap", "words"),
    [
        (("done_by: source.connected", "done_by: source.conected"), "unknown event source.conected, did you mean source.connected?"),
        (("{event: report.opened", "{event: report.opend"), "unknown event report.opend, did you mean report.opened?"),
        (("first_value: report.created", "first_value: report.made"), "unknown event report.made"),
        (("on: milestone", "on: milestne"), "unknown event milestne, did you mean milestone?"),
        (("on: milestone", "on: segment.stge"), "unknown event segment.stge, did you mean segment.stage?"),
        (("experiment: day3_tone}", "experiment: day3_ton, priority: 1}"), "unknown experiment day3_ton, did you mean day3_tone?"),
        (("measure: first_report", "measure: first_reprt"), "unknown step first_reprt, did you mean first_report?"),
        (("when: done.first_report and", "when: done.frst_report and"), "unknown step done.frst_report, did you mean done.first_report?"),
        (("answers.ease in", "answers.eas in"), "unknown survey answers.eas, did you mean answers.ease?"),
        (("segment.pace == 'stuck'", "segment.pac == 'stuck'"), "unknown segment segment.pac, did you mean segment.pace?"),
        (("segment.pace == 'stuck'", "segment.pace == 'stuk'"), "never 'stuk', did you mean 'stuck'?"),
        (("zone: Europe/Berlin", "zone: Europe/Berln"), "unknown zone Europe/Berln; write a name like Europe/Berlin"),
        (("zone: theirs", "zone: ours"), "unknown zone ours; write theirs or a name like Europe/Berlin"),
        (
            ("ends: 30 days", "ends: 30 days\nwait_for: {trait: account.employes, up_to: 2 hours}"),
            "unknown trait account.employes, did you",
        ),
        (("technical: false", "technical: [a]"), "the guess for person.technical should be a text, a number, or true or false"),
        (
            ("  integrations: {event", "  days_in: {event: integration.installed}\n  integrations: {event"),
            "a signal cannot be called days_in",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_named(swap: Swap, words: str) -> None:
    assert any(words in message for message in said(swap))


@pytest.mark.parametrize(
    ("swap", "words"),
    [
        (("step: api_key", "step: first_report"), "step first_report is there twice; each step has a name of its own"),
        (("message: day7", "message: day1"), "message day1 is there twice in sequence; each message has a name of its own"),
        (("escalation: silent", "escalation: asked"), "escalation asked is there twice; each escalation has a name of its own"),
        (("survey: goal_reached", "survey: ease"), "survey ease is there twice in surveys; each survey has a name of its own"),
        (("module: Automate", "module: See value"), "module See value is there twice; each module has a name of its own"),
        (("title: Create an API key", "title: Create one\n        was: first_report"), "first_report is still the name of a step"),
    ],
)
def test_an_id_that_is_used_twice_is_named(swap: Swap, words: str) -> None:
    assert any(words in message for message in said(swap))


@pytest.mark.parametrize(
    ("swap", "words"),
    [
        (("split: {tips: 50, story: 50}", "split: {tips: 50, story: 40}"), "the shares of day3_tone add up to 90, not to 100"),
        (("split: {tips: 50, story: 50}", "split: {tips: 100}"), "experiment day3_tone compares two variants or more"),
        (("{message: welcome, right_away: true, by: all}", "{message: welcome}"), "message welcome needs its day"),
        (("right_away: true, by: all}", "right_away: true, after: 1 day}"), "right_away: true stands alone"),
        (("after: 7 days, between", "after: 7 hours, between"), "`at` and `between` need a day: after: 1 day"),
        (('between: ["10:00", "12:00"]', 'between: ["12:00", "10:00"]'), "`between` ends before it begins"),
        (("when: days_idle >= 3 and not goal_met, ", ""), "nudge gone_quiet needs `when`"),
        (("again_after: 4 days, at_most: 2", "at_most: 2"), "at_most: 2 needs `again_after`"),
        (("when: done.first_report and days_in >= 15, ", ""), "survey ease needs `when` or `after`"),
        (("    on: says_stuck\n", ""), "escalation asked needs `on: says_stuck` or `when`"),
        (("reach: [slack, email]", "reach: []"), "`reach` needs at least one of slack and email"),
        (
            ("- {is: on_track}", "- {is: on_track}\n    - {is: lost, when: days_idle > 9}"),
            "nobody gets here: on_track above takes everyone",
        ),
    ],
)
def test_a_rule_that_cannot_do_what_it_says_is_named(swap: Swap, words: str) -> None:
    assert any(words in message for message in said(swap))


def test_what_comes_after_the_end_is_named() -> None:
    assert said(("ends: 30 days", "ends: 29 days")) == [
        "nobody can reach survey goal_reached: goal_check comes after 30 days, and the journey ends after 29 days"
    ]
    assert "day7 comes after 40 days, and the journey ends after 30 days" in said(("after: 7 days", "after: 40 days"))


@pytest.mark.parametrize(
    "when",
    [
        "days_in > 36",
        "steps_done > 6",
        "days_in >= 7 and days_in < 7",
        "goal_met and not done.share_report",
        "done.first_report and not settled.first_report",
    ],
)
def test_a_survey_that_nobody_can_reach_is_named(when: str) -> None:
    assert said(("when: done.first_report and days_in >= 15", f"when: {when}")) == [
        "nobody can reach survey ease: this can never be true in a journey of 30 days"
    ]


@pytest.mark.parametrize(
    "when",
    [
        "days_in >= 36",
        "steps_done - steps_left > 90",
        "account.acv > 5 and account.acv < 7",
        "account.acv > 0.5 and account.acv < 0.6",
        "account.acv > account.employees",
        "goal_met and 'a' in person.role and 'b' in person.role",
        "person.role == segment.stage",
        "answers.ease == none",
    ],
)
def test_a_survey_that_somebody_can_reach_is_fine(when: str) -> None:
    assert said(("when: done.first_report and days_in >= 15", f"when: {when}")) == []


def test_a_goal_once_met_stays_met_although_its_numbers_fall() -> None:
    goal = ("when: done.share_report", "when: report_views >= 3")
    assert said(goal, ("when: done.first_report and days_in >= 15", "when: goal_met and report_views == 0")) == []


class TestModulesThatNeverOpen:
    SEE = "opens_when: done.connect_source"
    AUTOMATE = "opens_when: segment.stage == 'early_adopter' or segment.skill == 'technical'"

    def test_two_that_wait_for_each_other(self) -> None:
        assert said((self.SEE, "opens_when: done.api_key"), (self.AUTOMATE, "opens_when: done.first_report")) == [
            "“See value” can never open: it waits for api_key, which is inside “Automate”, and that never opens before it",
            "“Automate” can never open: it waits for first_report, which is inside “See value”, and that never opens before it",
        ]

    @pytest.mark.parametrize(
        "when", ["done.first_report", "settled.share_report", "goal_met", "all_done", "not done.connect_source and done.first_report"]
    )
    def test_one_that_waits_for_itself(self, when: str) -> None:
        assert said((self.SEE, f"opens_when: {when}")) == ["“See value” can never open: this is never true before its own steps are done"]

    def test_one_that_has_another_way_to_open_is_fine(self) -> None:
        assert said((self.SEE, "opens_when: done.api_key or days_in >= 3")) == []
        assert said((self.SEE, "opens_when: steps_left <= 2 and not done.share_report")) == []

    def test_one_that_waits_for_a_step_people_may_leave_out(self) -> None:
        assert said((self.SEE, "opens_when: done.connect_source and done.invite_team")) == [
            "invite_team can be left out, and then “See value” never opens; write settled.invite_team"
        ]

    def test_settled_is_the_word_for_a_step_people_may_leave_out(self) -> None:
        assert said((self.SEE, "opens_when: done.connect_source and settled.invite_team")) == []

    def test_an_optional_module_may_reward_an_optional_step(self) -> None:
        assert said((self.AUTOMATE, "opens_when: done.invite_team")) == []


class TestTwoMessagesOnTheSameHour:
    DAY3 = "after: 3 days, at: \"09:30\", when: segment.stage != 'early_adopter'"

    def test_are_named(self) -> None:
        assert said((self.DAY3, 'after: 1 day, at: "09:50"')) == [
            "day3 always falls on the same hour as day1; move one, or let its `when` exclude the other"
        ]

    def test_are_fine_when_one_excludes_the_other(self) -> None:
        assert said((self.DAY3, 'after: 1 day, at: "09:30", when: steps_left == 0')) == []

    def test_are_fine_when_the_minute_is_each_persons_own(self) -> None:
        assert said((self.DAY3, "after: 7 days")) == []

    def test_are_fine_while_one_is_paused(self) -> None:
        assert said((self.DAY3, 'after: 1 day, at: "09:30", paused: true')) == []


@pytest.mark.parametrize(
    ("swap", "words"),
    [
        (("when: done.share_report", "when: goal_met"), "goal_met cannot be asked here: this is what decides it"),
        (
            ("enroll_when: account", "enroll_when: steps_done > 1 and account"),
            "before someone enrols only person.… and account.… are known",
        ),
        (("only_when: account.employees > 1", "only_when: steps_left > 1"), "it follows from which steps apply, and this decides that"),
        (("only_when: account.employees > 1", "only_when: settled.pick_goal"), "it follows from which steps apply, and this decides that"),
        (("when: steps_done >= 3 and", "when: segment.pace == 'stuck' and"), "a dimension may ask only for those above it"),
        (("when: steps_done >= 3 and", "when: segment.stage == 'explorer' and"), "a dimension may ask only for those above it"),
    ],
)
def test_a_word_that_cannot_be_asked_there_is_named(swap: Swap, words: str) -> None:
    assert any(words in message for message in said(swap))


def test_a_dimension_may_ask_for_one_above_it() -> None:
    assert said(("when: behind_days >= 1", "when: behind_days >= 1 and segment.stage != 'explorer'")) == []
