"""A project says something in its own words: what belonged to ours goes with ours."""

from __future__ import annotations

from pathlib import Path

from bot.layers import in_force

OURS = ("day1.md", "welcome.de.md", "welcome.de.slack.md", "welcome.email.mjml", "welcome.md", "welcome.slack.md", "welcome.warm.md")


def counted(*theirs: str, arms: tuple[str, ...] = ()) -> set[str]:
    """Which files count, `ours/…` or `theirs/…`."""
    found = in_force(([Path(whose) / name for name in names] for whose, names in (("ours", OURS), ("theirs", theirs))), arms)
    return {str(path) for path in found.values()}


def test_without_a_project_all_of_ours_count():
    assert counted() == {f"ours/{name}" for name in OURS}


def test_a_welcome_of_their_own_has_none_of_our_forms_and_translations():
    assert counted("welcome.md") == {"ours/day1.md", "theirs/welcome.md"}


def test_a_variant_of_an_experiment_stays_when_they_say_the_message_in_their_own_words():
    assert counted("welcome.md", arms=("warm",)) == {"ours/day1.md", "ours/welcome.warm.md", "theirs/welcome.md"}


def test_a_german_welcome_of_their_own_leaves_the_english_forms():
    left = counted("welcome.de.md")
    assert "ours/welcome.slack.md" in left
    assert "ours/welcome.de.slack.md" not in left


def test_their_form_for_slack_goes_with_our_words():
    assert counted("welcome.slack.md") == {f"ours/{name}" for name in OURS} - {"ours/welcome.slack.md"} | {"theirs/welcome.slack.md"}
