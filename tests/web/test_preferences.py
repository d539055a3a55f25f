"""The page on which people choose what they get: all of it is obeyed, nothing typed is lost, and a look changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from browsing import Page
from on_pages import consent, heard, newcomer, person, preferences_of, unsubscribe_of
from town import Town

from flows.parts.rules import KINDS
from storage.suppressions import Suppression, Suppressions

FRIDAY = datetime(2026, 3, 6, 13, 30, tzinfo=UTC)
"""Half past two in the afternoon where she is."""


def keeps(town: Town, who: str, *, without: tuple[str, ...] = (), untailored: bool = False, **filled: str) -> Page:
    """She fills in the form and keeps it; the page that follows."""
    address = preferences_of(town, who)
    form = town.opens(address).form(address.rpartition("/")[2])
    form.ticked = [(name, kind) for name, kind in form.ticked if kind not in without]
    form.ticked += [("untailored", "yes")] if untailored else []
    return town.sends(form, **filled)


def test_all_that_she_chooses_is_kept_said_back_and_stands_in_the_form(town: Town, nora: str):
    page = keeps(
        town, nora, without=("tips", "summaries"), untailored=True, since="10:00", until="12:30", by="email", pause="2026-03-06T14:30"
    )
    now = person(town, nora)
    wanted = {"since": "10:00", "until": "12:30", "by": "email", "without": "tips,summaries", "tailored": "no"}
    assert (dict(now.chosen), now.snoozed_until) == (wanted, FRIDAY)
    assert "Kept. You chose: none until Friday at 14:30, between 10:00 and 12:30, by e-mail" in page.text
    assert "no “Tips and features”, “Your week”, the same as everybody" in page.text
    form = town.opens(preferences_of(town, nora)).form("")
    assert form.fields | {"by": "email", "since": "10:00", "until": "12:30", "pause": "2026-03-06T14:30"} == form.fields
    assert form.ticked == [*(("kind", kind) for kind in KINDS if kind not in ("tips", "summaries")), ("untailored", "yes")]


def test_back_to_usual_undoes_it(town: Town, nora: str):
    page = keeps(town, nora, without=KINDS, by="nothing", pause="2026-03-06T14:30")
    assert person(town, nora).opted_out == ("all",)
    answer = town.submits(f"{page.form('').action}/usual")
    assert "As usual again" in town.opens(answer.headers["location"]).text
    now = person(town, nora)
    assert (dict(now.chosen), now.snoozed_until, now.opted_out) == ({}, None, ())


def test_keeping_the_form_as_it_is_is_no_news(town: Town, nora: str):
    keeps(town, nora, without=("questions",), since="10:00", until="12:30", pause="2026-03-06T14:30")
    before = heard(town, nora)
    assert "Kept." in keeps(town, nora).text
    assert heard(town, nora) == before


def test_what_cannot_be_kept_is_told_at_its_field_and_nothing_typed_is_lost(town: Town, nora: str):
    page = keeps(town, nora, without=("tips",), by="email", pause="next friday", since="nine", until="17:00")
    assert "Nothing was kept yet" in page.text
    assert page.text.count("Write the day and the time like this") == page.text.count("Write it like this: 09:30.") == 2
    form = page.form("")
    assert form.fields | {"by": "email", "pause": "next friday", "since": "nine", "until": "17:00"} == form.fields
    assert ("kind", "tips") not in form.ticked
    assert dict(person(town, nora).chosen) == {}
    page = town.sends(form, pause="2026-03-06 14:30", since="9:30")
    assert "Kept." in page.text
    assert dict(person(town, nora).chosen) == {"since": "09:30", "until": "17:00", "by": "email", "without": "tips"}


@pytest.mark.parametrize(
    ("filled", "told"),
    [({"since": "12:00", "until": "10:00"}, "later than the first time"), ({"since": "12:00"}, "both times, or none"),
     ({"pause": "2026-03-01T09:00"}, "That has passed"), ({"pause": "2029-03-01T09:00"}, "more than a year ahead"),
     ({"pause": "0001-01-01T00:00"}, "Write the day and the time"), ({"pause": "9999-12-31T23:59"}, "")],
)  # fmt: skip
def test_hours_and_pauses_that_make_no_sense_are_refused(town: Town, nora: str, filled: dict[str, str], told: str):
    assert told in keeps(town, nora, **filled).text
    assert (dict(person(town, nora).chosen), person(town, nora).snoozed_until) == ({}, None)


def test_the_consent_log_keeps_the_words_that_she_read(town: Town, nora: str):
    keeps(town, nora, by="nothing")
    keeps(town, nora, by="email")
    assert consent(town, nora) == [("stopped", "all", "No messages at all"), ("resumed", "all", "By e-mail")]


def test_who_stopped_mail_sees_so_and_has_it_again_with_one_press(town: Town, nora: str):
    town.sends(town.opens(unsubscribe_of(town, nora)).forms[0])
    page = town.opens(preferences_of(town, nora))
    assert "You stopped our e-mails." in page.text
    assert "You get messages again" in town.sends(page.form("/resume")).text
    assert person(town, nora).opted_out == ()
    assert consent(town, nora)[-1] == ("resumed", "email", "Send me e-mails again")


def test_who_stopped_mail_and_keeps_other_things_still_gets_none(town: Town, nora: str):
    town.sends(town.opens(unsubscribe_of(town, nora)).forms[0])
    keeps(town, nora, since="10:00", until="12:30")
    assert person(town, nora).opted_out == ("email",)
    keeps(town, nora, by="email")
    assert person(town, nora).opted_out == ()


def test_a_form_of_somebody_elses_making_breaks_nothing(town: Town, nora: str):
    address = preferences_of(town, nora)
    for fields in ({"by": "<script>", "locale": "xx", "kind": "steps"}, {"by": "x" * 900, "kind": "steps", "pause": ""}):
        assert town.submits(address, **fields).status == 303
    assert dict(person(town, nora).chosen) == {"without": ",".join(KINDS[1:])}
    before = heard(town, nora)
    for path in ("/bogus", "/fresh", "/resume"):
        assert town.submits(f"{address}{path}", channel="<script>").status == 303
    assert heard(town, nora) == before


def test_looking_changes_nothing(town: Town, nora: str):
    before = person(town, nora)
    for method in ("GET", "HEAD"):
        for query in ("", "?notice=kept", "?notice=<script>", "?by=nothing&kind="):
            answer = town.fetch(method, preferences_of(town, nora) + query.replace("<", "%3C").replace(">", "%3E"))
            assert answer.status == 200
            assert "<script" not in answer.text
    assert town.fetch("GET", f"{preferences_of(town, nora)}/usual").status in (404, 405)
    assert person(town, nora) == before


def test_it_opens_for_sixty_days_by_its_own_link_alone(town: Town, nora: str):
    links, id, now = town.house.links, person(town, nora).id, town.demo.now()
    assert town.fetch("GET", links.preferences(id, now - timedelta(days=60) + timedelta(minutes=1))).status == 200
    assert town.fetch("GET", links.preferences(id, now - timedelta(days=60))).status == 410
    for other in (links.page(id, now), links.unsubscribe(id), links.story(id, now)):
        assert town.fetch("GET", f"/preferences/{other.rpartition('/')[2]}").status == 404


def test_in_german_it_speaks_german(town: Town):
    ute = newcomer(town, locale="de")
    page = town.fetch("GET", preferences_of(town, ute)).text
    assert '<html lang="de">' in page


def on_an_old_list(town: Town, who: str) -> None:
    new = Suppression(channel="email", address=f"{who}@solo.test".lower(), reason="opt-out", source="old list", at=town.demo.now())
    Suppressions(town.house.store.database).add([new])


def is_listed(town: Town, who: str) -> bool:
    place = ("email", f"{who}@solo.test".lower())
    return place in Suppressions(town.house.store.database).of([place])


def test_who_stands_on_an_old_list_as_she_signs_up_sees_so_and_has_mail_again_with_one_press(town: Town):
    on_an_old_list(town, "Lea")
    lea = town.newcomer("Lea")
    assert town.inbox("lea@solo.test") == []
    page = town.opens(preferences_of(town, lea))
    assert "You stopped our e-mails." in page.text
    assert "You get messages again" in town.sends(page.form("/resume")).text
    assert (person(town, lea).opted_out, is_listed(town, "Lea")) == ((), False)
    assert consent(town, lea) == [("stopped", "email", "on a list: old list"), ("resumed", "email", "Send me e-mails again")]


def test_a_stop_that_only_the_list_knows_of_stands_on_her_page_and_she_lifts_it(town: Town, nora: str):
    on_an_old_list(town, nora)
    page = town.opens(preferences_of(town, nora))
    assert "You stopped our e-mails." in page.text
    town.sends(page.form("/resume"))
    assert not is_listed(town, nora)
    on_an_old_list(town, nora)
    keeps(town, nora, by="email")
    assert not is_listed(town, nora)
