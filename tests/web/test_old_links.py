"""Links that do not open: one answer for every forgery, and for those that are only too old a fresh one, to their own mailbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
from browsing import Page
from on_pages import person
from town import Town


def old(town: Town, who: str, kind: str = "page", days: int = 90) -> str:
    """A link of hers from a mail of three months ago."""
    links, id, long_ago = town.house.links, person(town, who).id, town.demo.now() - timedelta(days=days)
    return links.page(id, long_ago) if kind == "page" else links.preferences(id, long_ago)


def mails(town: Town, who: str) -> list[str]:
    return [mail.subject for mail in town.inbox(f"{who}@solo.test")]


def presses(town: Town, address: str) -> Page:
    """Somebody asks for a fresh link, and it is sent."""
    answer = town.submits(f"{address}/fresh")
    assert answer.status == 200
    town.settle()
    return Page(answer.text)


@pytest.mark.parametrize("kind", ["page", "preferences"])
def test_a_link_that_is_too_old_says_so_offers_one_thing_and_names_nobody(town: Town, nora: str, kind: str):
    before = person(town, nora)
    for path in ("", "?do=stop", "?do=answer&survey=ease&value=1"):
        answer = town.fetch("GET", old(town, nora, kind) + path)
        page = Page(answer.text)
        assert (answer.status, [form.button for form in page.forms]) == (410, ["Send me a fresh link"])
        assert "This link is too old" in page.text
        assert "solo.test" not in answer.text
        assert "Nora" not in answer.text
    assert person(town, nora) == before


@pytest.mark.parametrize("kind", ["page", "preferences"])
def test_the_press_sends_a_fresh_one_to_her_own_mailbox_once_a_day_whichever_old_mail_she_opens(town: Town, nora: str, kind: str):
    already = mails(town, nora)
    for days in (90, 90, 91, 120):
        assert "If this address still gets our mail" in presses(town, old(town, nora, kind, days)).text
    fresh = mails(town, nora)[len(already) :]
    assert len(fresh) == 1
    mail = town.inbox(f"{nora}@solo.test")[-1]
    for words in ("Open your page", "Choose what you get"):
        assert town.fetch("GET", Page(mail.html).link(words)).status == 200


def test_an_old_form_that_is_sent_late_changes_nothing(town: Town, nora: str):
    before, kept = person(town, nora), mails(town, nora)
    for address in (f"{old(town, nora)}/stop", old(town, nora, "preferences"), f"{old(town, nora, 'preferences')}/usual"):
        assert town.submits(address, by="nothing").status == 410
    assert (person(town, nora), mails(town, nora)) == (before, kept)


def test_the_page_says_the_same_whether_or_not_anything_goes(town: Town, nora: str):
    sent = presses(town, old(town, nora)).text
    town.submits(town.house.links.unsubscribe(person(town, nora).id))
    now, long_ago = town.demo.now(), town.demo.now() - timedelta(days=90)
    nobody = town.house.links.page("nobody", long_ago)
    assert now > long_ago
    assert presses(town, nobody).text == sent
    assert presses(town, old(town, nora)).text == sent


def test_who_stopped_all_messages_still_gets_the_link_they_asked_for_and_in_mail_alone(town: Town):
    ina = town.newcomer("Ina", in_slack=True)
    town.says("stop", "U_INA")
    said = len(town.heard("U_INA"))
    presses(town, old(town, ina))
    assert "link" in mails(town, ina)[-1]
    assert len(town.heard("U_INA")) == said


def test_an_unsubscribe_link_is_never_too_old(town: Town, nora: str):
    assert town.fetch("GET", town.house.links.unsubscribe(person(town, nora).id)).status == 200


def test_every_forgery_is_refused_alike_and_brings_no_mail(town: Town, nora: str):
    links, id, long_ago = town.house.links, person(town, nora).id, town.demo.now() - timedelta(days=90)
    good, kept = old(town, nora).rpartition("/")[2], mails(town, nora)
    for kind, others in (
        ("p", ("preferences", "story", "help", "slack", "unsubscribe")),
        ("preferences", ("page", "story", "unsubscribe")),
    ):
        tokens = [good[:-2], f"x{good}", "nonsense", "%00.%00", *(links.sign(other, id, long_ago) for other in others)]  # type: ignore[arg-type]
        answers = [town.fetch("GET", f"/{kind}/{token}") for token in tokens]
        answers += [town.submits(f"/{kind}/{token}/fresh") for token in tokens]
        told = {(one.status, one.text, *sorted((k, v) for k, v in one.headers.items() if k != "date")) for one in answers}
        assert len(told) == 1
        assert answers[0].status == 404
    town.settle()
    assert mails(town, nora) == kept
