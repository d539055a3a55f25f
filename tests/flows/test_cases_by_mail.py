"""Cases that live in a mail thread: what they wrote, what came with it, and where a colleague's answer goes."""

from __future__ import annotations

from typing import Any

from stories import Story, messages

from flows.decision import Decision
from flows.events import BY_MAIL, CaseClaimed, CsmReplied, File, Mail, Replied, SaysStuck

MAYA: dict[str, Any] = {"case": "ana.1", "by": "U_MAYA", "name": "Maya Chen"}
FIRST, SECOND = Mail(id="<1@acme.test>", subject="My source"), Mail(id="<2@acme.test>", subject="Re: Your source")
SHOT = File(id="k-0", name="shot.png", mimetype="image/png", size=9, url="k-0", team=BY_MAIL)


def stuck(**more: Any) -> tuple[Story, Decision]:
    ana = Story()
    ana.joins()
    return ana, ana.happens(SaysStuck, text="it says invalid host", mouth="email", **more)


def facts(decision: Decision, message: str) -> dict[str, Any]:
    return dict(next(say.facts for say in decision.says if say.message == message))


def test_a_colleagues_answer_goes_into_the_thread_of_their_last_mail() -> None:
    ana, _ = stuck(mail=FIRST)
    ana.happens(CaseClaimed, **MAYA)
    assert facts(ana.happens(CsmReplied, text="Which port?", **MAYA), "csm_reply")["mail"] == {
        "id": "<1@acme.test>",
        "subject": "My source",
    }
    ana.happens(Replied, text="5423", mouth="email", mail=SECOND)
    assert facts(ana.happens(CsmReplied, text="5432!", **MAYA), "csm_reply")["mail"]["id"] == "<2@acme.test>"


def test_who_never_wrote_a_mail_is_answered_in_none() -> None:
    ana, _ = stuck()
    ana.happens(CaseClaimed, **MAYA)
    assert "mail" not in facts(ana.happens(CsmReplied, text="Which port?", **MAYA), "csm_reply")


def test_words_in_slack_do_not_forget_the_mail() -> None:
    ana, _ = stuck(mail=FIRST)
    ana.happens(CaseClaimed, **MAYA)
    ana.happens(Replied, text="never mind the mail", mouth="slack")
    decision = ana.happens(CsmReplied, text="All right.", **MAYA)
    assert next(say.to.via for say in decision.says if say.message == "csm_reply") == ("slack", "email")
    assert facts(decision, "csm_reply")["mail"]["id"] == "<1@acme.test>"


def test_what_came_with_the_words_that_opened_a_case_goes_into_its_thread() -> None:
    _, opened = stuck(mail=FIRST, files=(SHOT,))
    told = facts(opened, "case_said")
    assert (told["text"], [one["name"] for one in told["files"]]) == ("", ["shot.png"])


def test_without_files_the_card_says_all() -> None:
    assert "case_said" not in messages(stuck(mail=FIRST)[1])


def test_what_they_ask_by_mail_is_answered_in_that_thread() -> None:
    assert facts(stuck(mail=FIRST)[1], "stuck")["mail"]["id"] == "<1@acme.test>"
