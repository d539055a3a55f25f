"""What people choose for themselves, and who may be written to in Slack."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stories import Story, a_playbook, day, messages

from flows.events import AddressShut, ArticleRead, Asked, OptedOut, Preferred, Replied, SlackOpened, Snoozed, StepDone
from flows.work import channels


def test_nobody_is_written_to_in_slack_who_has_not_come_there() -> None:
    ana = Story(slack_ok="")
    (welcome,) = ana.joins().says
    assert welcome.to.via == ("email",)


@pytest.mark.parametrize("how", ["installed", "wrote", "opened", "pressed"])
def test_slack_is_open_as_soon_as_ana_has_come_there(how: str) -> None:
    ana = Story(slack_ok="")
    ana.happens(SlackOpened, how=how)
    (welcome,) = ana.joins().says
    assert welcome.to.via == ("slack", "email")


def test_slack_is_open_to_somebody_whose_record_says_they_agreed() -> None:
    ana = Story(slack_ok="")
    ana.told(consent="yes")
    assert ana.joins().says[0].to.via == ("slack", "email")


def test_somebody_with_slack_alone_who_never_came_there_hears_nothing_and_why_tells() -> None:
    ana = Story(slack_ok="", email="")
    assert ana.joins().says == ()
    assert ana.reasons()["sequence.welcome"] == ("held", "no channel they can be reached by")


def test_an_answer_goes_where_ana_asked_although_she_never_came_before() -> None:
    ana = Story(slack_ok="")
    (answer,) = ana.happens(Replied, text="hm").says
    assert answer.to.via == ("slack", "email")


def test_ana_is_written_to_within_the_hours_she_chose() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Preferred, since="11:00", until="12:00", mouth="page")
    assert ana.until(day(1, "09:59")) == []
    assert ana.until(day(1, "10:00")) == ["day1"]


def test_hours_that_never_meet_ours_are_hers() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Preferred, since="19:00", until="21:00", mouth="page")
    assert ana.until(day(1, "17:59")) == []
    assert ana.until(day(1, "18:00")) == ["day1"]


def test_ana_chooses_mail_and_gets_no_slack() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Preferred, by="email", mouth="page")
    assert channels(next(iter(ana.playbooks)), ana.subject.person) == ("email",)


def test_a_channel_she_stopped_is_not_brought_back_by_choosing_it() -> None:
    ana = Story()
    ana.joins()
    ana.happens(OptedOut, channel="email", mouth="page")
    ana.happens(Preferred, by="email", mouth="page")
    assert channels(next(iter(ana.playbooks)), ana.subject.person) == ("slack",)


def test_the_language_she_chose_outlasts_what_slack_says_of_her() -> None:
    ana = Story()
    ana.told(locale="en")
    ana.happens(Preferred, locale="de", mouth="page")
    ana.told(locale="fr")
    assert ana.subject.person.locale == "de"
    ana.happens(Preferred, mouth="page")
    assert ana.subject.person.locale == "fr"


@pytest.mark.parametrize("window", [("25:00", "26:00"), ("12:00", "12:00"), ("15:00", "09:00"), ("nine", "five"), ("09:00", "")])
def test_hours_that_are_none_are_as_usual(window: tuple[str, str]) -> None:
    ana = Story()
    ana.happens(Preferred, since=window[0], until=window[1], mouth="page")
    assert ana.subject.person.chosen == {}


def test_the_kinds_she_does_without_are_kept_in_their_order_and_unknown_ones_are_not() -> None:
    ana = Story()
    ana.happens(Preferred, without=("questions", "bogus", "tips"), tailored=False, mouth="page")
    assert dict(ana.subject.person.chosen) == {"without": "tips,questions", "tailored": "no"}
    ana.happens(Preferred, mouth="page")
    assert ana.subject.person.chosen == {}


def test_a_fresh_link_goes_by_mail_alone_whatever_she_stopped_and_never_to_an_address_that_is_shut() -> None:
    ana = Story()
    ana.joins()
    ana.happens(OptedOut, channel="all", mouth="page")
    (fresh,) = ana.happens(Asked, about="fresh_link", mouth="page").says
    assert (fresh.message, fresh.to.via, fresh.essential) == ("fresh_link", ("email",), True)
    ana.happens(AddressShut, channel="email", address=ana.subject.person.email, reason="bounced")
    assert ana.happens(Asked, about="fresh_link", mouth="page").says == ()


def test_a_question_is_answered_with_what_was_found_and_without_a_find_with_choices() -> None:
    ana = Story()
    ana.joins()
    assert messages(ana.happens(Replied, text="invalid host?", found=("connect-a-source",))) == ["found"]
    assert messages(ana.happens(Replied, text="hm")) == ["did_you_mean"]


def test_reading_an_article_counts_as_help_with_its_step() -> None:
    source = "{step: source, title: Connect, help: connect-a-source, done_by: source.connected}"
    playbooks = a_playbook(
        checklist=f"  - module: Set up\n    steps:\n      - {source}\n",
        sequence="[]",
        triggers="[]",
        signals="{}",
        segments="{}",
        surveys="[]",
        nudges="[]",
        escalations="[]",
        goal="{name: it, when: done.source}",
    )
    ana = Story(playbooks)
    ana.joins()
    assert messages(ana.happens(ArticleRead, article="connect-a-source")) == ["article"]
    assert messages(ana.happens(ArticleRead, article="connect-a-source", mouth="page")) == []
    assert ana.journey.helped == {"source": 2}


def test_what_a_colleague_does_for_ana_is_no_activity_of_hers() -> None:
    ana = Story()
    ana.joins()
    assert messages(ana.happens(StepDone, step="source", by="Maya Chen", mouth="csm")) == []
    assert messages(ana.happens(Snoozed, until=day(4), by="Maya Chen", mouth="csm")) == []
    assert ana.subject.person.last_active is None
    assert ana.journey.steps["source"].how == "team"
    assert ana.subject.person.snoozed_until == day(4)


def test_teammates_see_who_did_it() -> None:
    ana = Story()
    ana.joins()
    ana.does("source.connected")
    assert ana.subject.account is not None
    assert ana.subject.account.steps_by == {"source": "Ana Ruiz"}


def test_a_pause_that_ends_now_is_over_and_nothing_is_said() -> None:
    ana = Story()
    ana.joins()
    ana.happens(Snoozed, until=ana.now + timedelta(days=3))
    assert ana.happens(Snoozed, until=ana.now).says == ()
    assert ana.subject.person.snoozed_until is None
