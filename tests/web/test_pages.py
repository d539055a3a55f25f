"""The person's own pages behind signed links, as a browser opens them: a look changes nothing, a press does what it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from browsing import Page
from in_slack import resolves
from on_pages import heard, newcomer, page_of, person, unsubscribe_of
from town import Town


def presses(town: Town, who: str, action: str, **form: str) -> Page:
    """She fills in and sends the first such form of her page; the page she comes to."""
    asked = {name: value for name, value in form.items() if name != "text"}
    after = town.sends(town.opens(page_of(town, who)).form(f"/{action}", **asked), **form)
    town.settle()
    return after


def done(town: Town, who: str) -> set[str]:
    journey = person(town, who).journey
    assert journey is not None
    return {step for step, state in journey.steps.items() if state.at and state.how != "skipped"}


# Looking


def test_her_page_shows_the_checklist_the_next_step_and_what_it_takes(town: Town, nora: str):
    page = town.opens(page_of(town, nora))
    for said in (
        "Hi Nora",
        "Four steps left, about 18 minutes",
        "0 of 4 done",
        "Connect your first data source",
        "invalid host",
        "Opens after “Connect your first data source”",
    ):
        assert said in page.text
    assert {form.method for form in page.forms} == {"post"}


def test_every_link_of_her_mail_opens_and_changes_nothing(town: Town, nora: str):
    mail, before = town.inbox(f"{nora}@solo.test")[-1], heard(town, nora)
    ours = {href.partition("#")[0] for _, href in Page(mail.html).links if href.startswith(town.demo.app_url)}
    in_text = {link.partition("#")[0] for link in re.findall(r"https?://\S+", mail.text) if link.startswith(town.demo.app_url)}
    assert len(ours) >= 6
    assert in_text == ours
    for link in ours:
        assert "<title>" in town.fetch("GET", link).text
        town.opens(link)
    assert heard(town, nora) == before


@pytest.mark.parametrize("action", ["done", "elsewhere", "skip", "failed", "stuck", "human", "snooze", "stop", "undo", "solved"])
def test_a_link_that_would_change_something_asks_first(town: Town, nora: str, action: str):
    before = heard(town, nora)
    asked = town.opens(f"{page_of(town, nora)}?do={action}&step=invite_team&survey=ease&value=3&until=tomorrow")
    assert "One click to make sure" in asked.text
    assert "Mail programs open links" in asked.text
    assert [form.method for form in asked.forms] == ["post"]
    assert heard(town, nora) == before


def test_how_and_later_open_where_the_mail_says_they_lead(town: Town, nora: str):
    for action in ("how", "later"):
        html = town.fetch("GET", f"{page_of(town, nora)}?do={action}").text
        assert html.count('<details class="fold" open>') == 2, "the fold, and her goal"


@pytest.mark.parametrize("query", ["do=bogus", "do=", "notice=bogus", "notice=<script>", "answered=<script>", "do=snooze&until=never"])
def test_a_query_of_somebody_elses_making_shows_no_markup_and_no_promise(town: Town, nora: str, query: str):
    answer = town.fetch("GET", f"{page_of(town, nora)}?{query}".replace("<", "%3C").replace(">", "%3E"))
    assert answer.status == 200
    assert "<script" not in answer.text
    assert "bogus" not in answer.text


def test_a_name_with_markup_in_it_is_only_a_name(town: Town):
    bob = newcomer(town, name="<b>Bob</b>{{ 7 * 7 }}")
    html = town.fetch("GET", page_of(town, bob)).text
    assert "Hi &lt;b&gt;Bob&lt;/b&gt;{{" in html
    assert "<b>" not in html


# Doing


def test_done_is_not_believed_until_the_product_says_so_or_she_insists(town: Town, nora: str):
    assert "I don't see it yet" in presses(town, nora, "done", s="connect_source").text
    assert done(town, nora) == set()
    assert "Ticked." in presses(town, nora, "elsewhere", s="connect_source").text
    assert done(town, nora) == {"connect_source"}


def test_done_from_the_mail_is_ticked_after_one_press(town: Town, nora: str):
    town.uses("source.connected", user=nora)
    town.uses("report.created", user=nora)
    asked = town.opens(f"{page_of(town, nora)}?do=done&step=share_report")
    assert "Mark “Share it with a colleague” as done?" in asked.text
    assert "Ticked." in town.sends(asked.forms[0]).text
    assert "share_report" in done(town, nora)


def test_it_failed_brings_a_human(town: Town, nora: str):
    presses(town, nora, "done", s="connect_source")
    assert "You will hear from a person" in presses(town, nora, "failed", s="connect_source").text
    assert person(town, nora).case is not None


def test_an_optional_step_can_be_skipped(town: Town, nora: str):
    assert "Skipped." in presses(town, nora, "skip", s="invite_team").text
    journey = person(town, nora).journey
    assert journey is not None
    assert journey.steps["invite_team"].how == "skipped"


def test_stuck_with_what_she_sees_reaches_the_team_in_her_words(town: Town, nora: str):
    said = "it says <b>invalid host</b> & <!channel>"
    assert "Our team has it" in presses(town, nora, "stuck", s="connect_source", text=said).text
    card = str(town.channel()[-1].blocks)
    assert "&lt;b&gt;invalid host&lt;/b&gt; &amp; &lt;!channel&gt;" in card
    assert "<!channel>" not in card
    assert "Our team has your question" in town.opens(page_of(town, nora)).text


def test_her_goal_is_kept_in_her_words(town: Town, nora: str):
    assert "Kept." in presses(town, nora, "goal", text="weekly revenue for my boss").text
    assert "weekly revenue for my boss" in town.opens(page_of(town, nora)).text
    assert done(town, nora) == {"pick_goal"}


@pytest.mark.parametrize(("choice", "when"), [("3_hours", "today"), ("tomorrow", "tomorrow at 09:00"), ("next_week", "Mon 9 March, 09:00")])
def test_later_says_until_when_it_is_quiet(town: Town, nora: str, choice: str, when: str):
    assert f"I'll come back {when}" in presses(town, nora, "snooze", u=choice).text
    assert person(town, nora).snoozed_until is not None


def test_she_picks_a_time_where_she_is_and_a_past_one_changes_nothing(town: Town, nora: str):
    address = page_of(town, nora)
    page = town.sends(town.opens(address).form("/snooze"), at="2026-03-01T09:00", u="")
    assert "That has passed. Pick a time ahead of us." in page.text
    assert person(town, nora).snoozed_until is None
    page = town.sends(page.form("/snooze"), at="2026-03-06T14:30", u="")
    assert "I'll come back Friday at 14:30" in page.text
    assert person(town, nora).snoozed_until == datetime(2026, 3, 6, 13, 30, tzinfo=UTC)


def test_her_page_says_what_she_chose_and_leads_to_where_it_is_changed(town: Town, nora: str):
    page = town.opens(page_of(town, nora))
    assert "a few short messages" in page.text
    form = town.opens(page.link("Choose what you get")).form("")
    town.sends(form, since="10:00", until="12:30", by="email")
    assert "You chose: between 10:00 and 12:30, by e-mail" in town.opens(page_of(town, nora)).text


def test_what_she_wants_and_why_she_came_are_kept_together(town: Town, nora: str):
    page = town.opens(f"{page_of(town, nora)}?do=goal")
    page = town.sends(page.form("/goal"), text="weekly revenue", **{"intake.use_case": "boss"})
    told = person(town, nora).traits
    assert (told["goal"], told["use_case"]) == ("weekly revenue", "boss")
    assert page.form("/goal").fields["text"] == "weekly revenue"
    assert "A few words are enough" in town.sends(page.form("/goal"), text=" ").text


def test_whether_an_article_helped_is_asked_before_it_counts(town: Town, nora: str):
    asked = town.opens(f"{page_of(town, nora)}?do=helped&value=yes&article=connect-a-source")
    assert "Did the article help?" in asked.text
    assert "Good to know" in town.sends(asked.forms[0]).text


def test_slack_is_offered_until_she_has_come(town: Town, nora: str):
    assert "Continue in Slack" in town.opens(page_of(town, nora)).text


def test_stop_stops_everything_and_the_same_page_undoes_it(town: Town, nora: str):
    assert "No more onboarding messages" in presses(town, nora, "stop").text
    assert person(town, nora).opted_out == ("all",)
    assert "You get messages again" in presses(town, nora, "undo").text
    assert person(town, nora).opted_out == ()


@pytest.mark.parametrize(("press", "state"), [("yes", "closed"), ("not_yet", "claimed")])
def test_she_says_on_her_page_whether_it_is_solved(town: Town, nora: str, press: str, state: str):
    presses(town, nora, "stuck", s="connect_source", text="invalid host")
    town.team_presses("Claim")
    resolves(town)
    case = person(town, nora).case
    assert case is not None
    mail = town.inbox(f"{nora}@solo.test")[-1]
    asked = town.opens(Page(mail.html).link({"yes": "Yes", "not_yet": "Not yet"}[press]))
    town.sends(asked.forms[0])
    town.settle()
    found = town.house.reports.case(case.id)
    assert found is not None
    assert found.state == state


@pytest.mark.parametrize(
    ("action", "form"),
    [("bogus", {}), ("snooze", {"u": "never"}), ("solved", {"v": "perhaps"}), ("help", {}), ("claim", {"c": "x"}),
     ("preferences", {"by": "nothing"}), ("fresh", {})],
)  # fmt: skip
def test_a_form_of_somebody_elses_making_changes_nothing_and_thanks_for_nothing(town: Town, nora: str, action: str, form: dict[str, str]):
    before = heard(town, nora)
    answer = town.submits(f"{page_of(town, nora)}/{action}", **form)
    assert (answer.status, "notice" in answer.headers["location"]) == (303, False)
    assert heard(town, nora) == before


def test_a_get_of_an_action_is_nothing(town: Town, nora: str):
    before = heard(town, nora)
    assert town.fetch("GET", f"{page_of(town, nora)}/stop").status in (404, 405)
    assert heard(town, nora) == before


# Whose link it is


def forged(town: Town, who: str) -> list[str]:
    """Tokens for /p that must not open: touched, cut, for something else, of nobody, of no form."""
    links, id, now = town.house.links, person(town, who).id, town.demo.now()
    good = page_of(town, who).rpartition("/")[2]
    claim, _, signature = good.partition(".")
    return [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good[:-4],
        claim,
        f"{claim}.",
        f".{signature}",
        f"x{good}",
        links.sign("unsubscribe", id, now + timedelta(days=1)),
        links.sign("page", "nobody", now + timedelta(days=1)),
        "%C3%A9.%C3%A9",
        "%00.%00",
        ".",
        "x" * 3_000,
    ]


def test_every_link_that_is_not_hers_gets_the_same_page(town: Town, nora: str):
    before = heard(town, nora)
    answers = []
    for token in forged(town, nora):
        answers += [town.fetch("GET", f"/p/{token}"), town.fetch("GET", f"/p/{token}?do=stop"), town.submits(f"/p/{token}/stop")]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "This link no longer opens" in answers[0].text
    assert heard(town, nora) == before


# What every page says to a browser


def test_every_page_is_closed_to_frames_scripts_caches_and_snoopers(town: Town, nora: str):
    page = page_of(town, nora)
    answers = [
        town.fetch("GET", page),
        town.fetch("GET", f"{page}?do=stop"),
        town.fetch("GET", unsubscribe_of(town, nora)),
        town.fetch("GET", "/p/forged"),
        town.fetch("GET", "/u/forged"),
        town.submits(f"{page}/goal", text="x"),
        town.submits(unsubscribe_of(town, nora)),
        town.fetch("GET", "/nowhere", headers={"Accept": "text/html"}),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "style=" not in answer.text
        assert "<script" not in answer.text
