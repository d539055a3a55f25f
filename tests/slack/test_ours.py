"""A step of ours in the customer's checklist: seen, told whose it is, and no button of theirs."""

from __future__ import annotations

from stories import Story, a_playbook

from bot.settings import SHIPPED
from bot.slack.cards import step_card
from bot.slack.rail import module_text
from bot.words import load_words
from flows.checklist import Checklist, checklist

OURS = """  - module: Start
    steps:
      - {step: kickoff, title: Kickoff, owner: csm, by: human}
      - {step: report, title: Build it, done_by: report.created, needs: kickoff, due: 9 days, minutes: 5}
"""
WORDS, _ = load_words([SHIPPED / "templates"])


def hers() -> Checklist:
    ana = Story(a_playbook(checklist=OURS, goal="{name: g, when: done.report}", sequence="[]", surveys="[]", escalations="[]"))
    ana.joins()
    return checklist(ana.playbooks["little"], ana.subject, ana.now)


def test_ana_reads_that_we_are_at_it_and_what_comes_after() -> None:
    read = module_text(hers().modules[0], lambda key, facts=None, /: WORDS.get(key, "", facts))
    assert "◌  Kickoff · our team is on it" in read
    assert "Build it · by 11 March · after “Kickoff”" in read


def test_when_all_that_is_left_waits_for_us_nobody_asks_her_for_anything() -> None:
    [said] = step_card(hers(), "ana", lambda key, facts=None, /: WORDS.get(key, "de", facts))
    assert said["text"]["text"] == "Gerade ist nichts für dich zu tun. Der nächste Schritt liegt bei uns."
