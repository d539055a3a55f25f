"""The team's side in Slack: who takes a case, and whose words reach the customer."""

from __future__ import annotations

import json
import threading

from in_slack import interacts, passes, person, resolves
from town import BOT, Town, buttons


def test_two_press_claim_at_once_one_wins_and_the_other_is_told_who(town: Town, ina: str):
    town.says("I'm stuck", ina)
    card = town.channel()[-1]
    block = next(block for block, element in buttons(card.blocks) if element["action_id"] == "claim")
    ready = threading.Barrier(2)

    def press(who: str) -> None:
        ready.wait()
        town.acts.click_message(who, (card.channel, card.ts), (block, "claim"))

    both = [threading.Thread(target=press, args=(who,)) for who in ("U_MAYA", "U_TOM")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    town.settle()
    case = person(town, ina).case
    assert case is not None
    loser = {"U_MAYA": "U_TOM", "U_TOM": "U_MAYA"}[case.claimed_by]
    assert town.whispers(loser)[-1].text == f"{case.claimed_name} was faster and has this one."
    assert sum(f"{case.claimed_name} has your question" in m.text for m in town.heard(ina)) == 1
    assert f"*Owner* {case.claimed_name}" in str(town.channel()[-1].blocks)
    assert "Claim" not in [e["text"]["text"] for _, e in buttons(town.channel()[-1].blocks)]


def test_the_claimants_words_reach_her_with_a_tick_and_her_answer_comes_back(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_writes("Use the *read-only* user & port 5432 <!here>")
    assert "read-only" not in town.last(ina).text, "it can still be undone"
    passes(town, seconds=10)
    heard = town.last(ina)
    assert (heard.username, heard.text) == ("Maya Chen", "Use the *read-only* user &amp; port 5432 &lt;!here&gt;")
    assert "<!here>" not in json.dumps(heard.blocks)
    assert town.thread()[-1].reactions == {"white_check_mark": [BOT]}
    town.says("that did it", ina)
    assert "that did it" in town.thread()[-1].text
    assert town.thread()[-1].user == BOT


def test_a_colleagues_words_stay_in_the_thread_until_they_press_send(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    before = len(town.heard(ina))
    town.team_writes("the port was wrong when I had it", user="U_TOM")
    assert len(town.heard(ina)) == before
    assert not town.thread()[-1].reactions
    offer = town.whispers("U_TOM")[-1]
    [(block, send)] = buttons(offer.blocks)
    action = send | {"block_id": block, "action_ts": "1.1"}
    for n in range(2):  # two presses before Slack has taken the button away: sent once
        assert interacts(town, "U_TOM", "block_actions", trigger_id=f"t-send-{n}-{ina}", actions=[action]) == 200
    passes(town, seconds=10)
    assert [(m.username, m.text) for m in town.heard(ina)[before:]] == [("Tom Okafor", "the port was wrong when I had it")]
    assert town.thread()[-1].reactions == {"white_check_mark": [BOT]}


def test_nobody_can_send_a_colleagues_words(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.team_writes("between us: they never read the manual", user="U_TOM")
    before = len(town.heard(ina))
    said, case = town.thread()[-1], person(town, ina).case
    assert case is not None
    action = {"type": "button", "action_id": "send", "block_id": "b", "action_ts": "1.1", "value": json.dumps({"c": case.id, "v": said.ts})}
    assert interacts(town, "U_MAYA", "block_actions", trigger_id=f"t-send-{ina}", actions=[action]) == 200
    town.settle()
    assert len(town.heard(ina)) == before


def test_words_in_the_thread_of_a_closed_case_stay_there(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    resolves(town)
    town.presses("Yes", ina)
    before = len(town.heard(ina))
    town.team_writes("glad to hear it")
    passes(town, seconds=10)
    assert len(town.heard(ina)) == before
    assert not town.thread()[-1].reactions
    assert town.whispers("U_MAYA")[-1].text.startswith("The case is closed, so this stays in the thread.")


def test_a_claim_of_a_case_that_is_closed_is_told_so(town: Town, ina: str):
    town.says("I'm stuck", ina)
    card = town.channel()[-1]
    town.team_presses("Claim")
    resolves(town)
    town.presses("Yes", ina)
    claim = next(e for _, e in buttons(card.blocks) if e["action_id"] == "claim")
    action = {"type": "button", "action_id": "claim", "block_id": "case.actions", "action_ts": "1.1", "value": claim["value"]}
    place = {"container": {"type": "message", "message_ts": card.ts, "channel_id": card.channel}, "channel": {"id": card.channel}}
    assert interacts(town, "U_TOM", "block_actions", trigger_id=f"t-claim-{ina}", actions=[action], **place) == 200
    assert town.whispers("U_TOM")[-1].text == "Maya Chen closed this case already."
