"""What a message says is so: about them, about what comes, and about who answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from readers import ana, reads
from stories import MONDAY, Story

from flows.events import Answered, Traits

STEPS = ("source.connected", "member.invited", "member.invited", "report.created", "report.shared")
LOCALES = ("", "de")
BUILT = {"": "up to date", "de": "aktuell"}
A_PERSON = {"": "writes to you", "de": "schreibt dir"}


def after_a_month(answer: str, *, steps: int = 0, goal: str = "weekly revenue") -> Story:
    """Ana on day 31, with that many deeds done, who has answered whether she got there."""
    story = ana(goal=goal, steps=0)
    for event in STEPS[:steps]:
        story.does(event)
    story.now = MONDAY + timedelta(days=30, hours=3)
    if answer:
        story.happens(Answered, survey="goal_reached", value=answer)
    return story


def words(story: Story, message: str, locale: str, **said: object) -> str:
    read = reads(story, message, surfaces=("text",), locale=locale, **said)
    return f"{read.subject}\n{read.preheader}\n{read.body}"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("steps", [0, 3, 5])
def test_who_got_there_in_part_is_not_told_that_all_is_well(steps: int, locale: str):
    read = words(after_a_month("partly", steps=steps), "completion", locale)
    assert BUILT[locale] not in read
    assert {"": "what is missing", "de": "was fehlt"}[locale] in read
    assert not [said for said in ("where you wanted to be", "all set", "wo du hinwolltest", "eingerichtet") if said in read]


@pytest.mark.parametrize("locale", LOCALES)
def test_who_got_there_with_steps_left_is_promised_nothing_about_reports_they_have_not_built(locale: str):
    read = words(after_a_month("yes"), "completion", locale)
    assert {"": "You got where you wanted to be, Ana", "de": "Du bist da, wo du hinwolltest, Ana"}[locale] in read
    assert {"": "alert", "de": "Warnung"}[locale] not in read
    assert BUILT[locale] not in read


def test_each_ending_has_words_of_its_own():
    endings = [("partly", 0), ("yes", 0), ("partly", 5), ("yes", 5), ("", 5)]
    for locale in LOCALES:
        assert len({words(after_a_month(answer, steps=steps), "completion", locale) for answer, steps in endings}) == len(endings)


@pytest.mark.parametrize(
    ("locale", "have", "are"), [("", "This is what you have:", "This is where you are:"), ("de", "Das hast du", "So steht es")]
)
def test_the_hand_off_calls_a_way_half_gone_that(locale: str, have: str, are: str):
    half, whole = (words(after_a_month("yes", steps=steps), "hand_off", locale) for steps in (3, 5))
    assert (have in half, are in half, have in whole, are in whole) == (False, True, True, False)


def test_the_hand_off_says_who_gets_a_question_and_not_that_somebody_was_told():
    story = after_a_month("yes", steps=5)
    story.happens(Traits, account={"owner": "Maya Chen"})
    read = words(story, "hand_off", "")
    assert "Your question goes to Maya first, with how far you are and what you wanted: weekly revenue." in read
    assert "written down" not in read


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("survey", "value"), [("ease", 1), ("blockers", 4), ("goal_reached", "no")])
def test_an_answer_after_the_end_is_thanked_for_without_promising_a_person(survey: str, value: str | int, locale: str):
    story = after_a_month("")
    assert A_PERSON[locale] in words(story, "answer_thanks", locale, survey=survey, value=value)
    assert A_PERSON[locale] in words(story, "answer_thanks", locale, survey=survey, value=value, late=False)
    assert A_PERSON[locale] not in words(story, "answer_thanks", locale, survey=survey, value=value, late=True)


def test_who_has_nothing_in_the_way_is_not_promised_silence():
    assert words(ana(), "answer_thanks", "", survey="blockers", value=5).endswith("Good to hear. Your place is kept.")


@pytest.mark.parametrize(("locale", "on"), [("", "Thu 12 March, 15:00"), ("de", "Do., 12. März, 15 Uhr")])
@pytest.mark.parametrize("days", [3, 9, 10])
def test_an_invitation_has_its_date_written_out_whenever_it_is_read(locale: str, on: str, days: int):
    read = reads(ana(), "invite_session", locale=locale, now=MONDAY + timedelta(days=days))
    assert on in read.subject
    assert on in read.body
    assert on in read.slack_text


def test_in_slack_an_invitation_speaks_of_no_mail():
    for locale in LOCALES:
        read = reads(ana(), "invite_session", surfaces=("slack",), locale=locale)
        assert not any(word in read.slack_text for word in ("mail", "attached", "Mail", "hängt an"))


def test_an_invitation_offers_to_do_a_step_together_and_none_that_is_one_line_of_theirs():
    assert "Build your first report" in words(ana(steps=1, goal="revenue"), "invite_session", "")
    assert "bring it, and" not in words(ana(steps=3), "invite_session", "")
