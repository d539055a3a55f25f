"""Answering a question from a mail: the page asks it again with the answer that was clicked, and only the press sends it."""

from __future__ import annotations

import pytest
from browsing import Page
from in_slack import passes
from on_pages import heard, page_of, person
from town import Town


def asked(town: Town, who: str, survey: str = "ease", value: str = "4") -> Page:
    """What she sees when she clicks a number in her mail."""
    return town.opens(f"{page_of(town, who)}?do=answer&survey={survey}&value={value}")


def sends(town: Town, who: str, survey: str, value: str, text: str = "") -> Page:
    page = town.sends(asked(town, who, survey, value).form("/answer"), text=text)
    town.settle()
    return page


def answers(town: Town, who: str) -> dict[str, str | int]:
    journey = person(town, who).journey
    assert journey is not None
    return dict(journey.answers)


def test_the_page_asks_what_the_mail_asked_with_her_number_chosen_and_nothing_sent(town: Town, nora: str):
    before = heard(town, nora)
    page = asked(town, nora)
    for said in ("How is it going so far?", "from 1 (hard) to 5 (easy)", "1 · hard", "5 · easy", "Anything you want to add?"):
        assert said in page.text
    form = page.form("/answer")
    assert (form.fields, form.button, form.method) == ({"q": "ease", "v": "4", "text": ""}, "Send", "post")
    assert (heard(town, nora), answers(town, nora)) == (before, {})


def test_one_press_sends_it_and_another_answer_takes_its_place(town: Town, nora: str):
    thanks = sends(town, nora, "ease", "4")
    for said in ("Thank you", "Your answer: 4", "Our team reads every answer"):
        assert said in thanks.text
    assert answers(town, nora) == {"ease": 4}
    again = town.opens(thanks.link("Change my answer"))
    assert again.form("/answer").fields["v"] == "4"
    assert "Your answer: 5 · easy" in town.sends(again.form("/answer"), v="5").text
    assert answers(town, nora) == {"ease": 5}
    assert "Hi Nora" in town.opens(thanks.link("Back to the checklist")).text


def test_the_page_thanks_and_no_mail_does_so_too(town: Town, nora: str):
    mails = len(town.inbox(f"{nora}@solo.test"))
    sends(town, nora, "ease", "4")
    assert len(town.inbox(f"{nora}@solo.test")) == mails


def test_words_beside_a_bad_answer_stand_on_the_card_of_the_case_that_it_opens(town: Town, nora: str):
    thanks = sends(town, nora, "ease", "1", "it says <b>invalid host</b> & <!channel>")
    assert "A person from our team has it" in thanks.text
    card = str(town.channel()[-1].blocks)
    assert "&lt;b&gt;invalid host&lt;/b&gt; &amp; &lt;!channel&gt;" in card
    assert "<!channel>" not in card
    again = town.opens(thanks.link("Change my answer"))
    assert "invalid host" in again.text, "what she wrote stands there"


def test_words_beside_a_good_answer_are_kept_with_it(town: Town, nora: str):
    sends(town, nora, "ease", "5", "the new editor is quick")
    assert person(town, nora).case is None
    found = [event["data"] for event in town.why(nora) if event["kind"] == "Answered"]
    assert [(one["value"], one["text"]) for one in found] == [(5, "the new editor is quick")]


def test_while_a_human_has_her_case_words_go_into_its_thread(town: Town, nora: str):
    town.sends(town.opens(page_of(town, nora)).form("/stuck"), text="it is stuck")
    town.settle()
    town.team_presses("Claim")
    sends(town, nora, "ease", "4", "the sync stopped again")
    passes(town, seconds=1)
    assert any("the sync stopped again" in str(message.blocks) + message.text for message in town.thread())


def test_send_without_an_answer_asks_again_and_loses_no_word(town: Town, nora: str):
    for value in ("", "9", "<script>", "4 or 5"):
        answer = town.submits(f"{page_of(town, nora)}/answer", q="ease", v=value, text="it was <i>fine</i>")
        assert answer.status == 422
        assert "Choose one of the answers." in answer.text
        assert "it was &lt;i&gt;fine&lt;/i&gt;" in answer.text
    assert answers(town, nora) == {}


@pytest.mark.parametrize("survey", ["bogus", "", "goal", "solved", "%3Cscript%3E"])
def test_a_question_that_nobody_asks_is_refused_kindly(town: Town, nora: str, survey: str):
    before = heard(town, nora)
    for answer in (
        town.fetch("GET", f"{page_of(town, nora)}?do=answer&survey={survey}&value=4"),
        town.submits(f"{page_of(town, nora)}/answer", q=survey, v="4"),
    ):
        assert answer.status == 404
        assert "This question is closed" in answer.text
        assert "<script" not in answer.text
        assert "Hi Nora" in town.opens(Page(answer.text).link("Back to the checklist")).text
    assert heard(town, nora) == before


def test_an_answer_that_was_not_among_them_leaves_the_choice_open(town: Town, nora: str):
    assert "v" not in asked(town, nora, value="9").form("/answer").fields


def test_thanks_are_for_those_who_answered(town: Town, nora: str):
    assert "Hi Nora" in town.opens(f"{page_of(town, nora)}?answered=ease").text
