"""A colleague opens a case by hand: the shortcut on a message, 🆘 under it, `/onboarding case`."""

from __future__ import annotations

import json

import pytest
from in_slack import chooses, dialog, person
from town import Town, buttons

from bot.playground.post import Refused
from bot.playground.values import Channel, Message


def shared(town: Town, user: str) -> str:
    """A channel with somebody, Maya and the bot in it."""
    mark = f"C_WITH_{user}"
    town.workspace.channels[mark] = Channel(id=mark, name=mark.lower(), members=(user, "U_MAYA", town.bot))
    return mark


def wrote(town: Town, user: str, channel: str, text: str) -> Message:
    town.acts.write(user, channel, text)
    return town.workspace.history(channel)[-1]


def cards(town: Town, user: str) -> int:
    return person(town, user).cases


def test_a_shortcut_on_her_message_opens_a_case_with_her_words(town: Town, ina: str):
    channel = shared(town, ina)
    message = wrote(town, ina, channel, "we can't see any numbers since Monday")
    town.acts.message_shortcut("U_MAYA", channel, message.ts, "open_case")
    town.settle()
    assert cards(town, ina) == 1
    card = json.dumps(town.channel()[-1].blocks, ensure_ascii=False)
    assert "we can't see any numbers since Monday" in card
    assert "Maya Chen" in card
    told = town.workspace.history(channel)[-1]
    assert (told.for_user, "is open" in told.text) == ("U_MAYA", True)


def test_a_second_case_for_the_same_person_is_not_opened_and_she_is_told_where_the_first_is(town: Town, ina: str):
    channel = shared(town, ina)
    message = wrote(town, ina, channel, "it is broken")
    for _ in range(2):
        town.acts.message_shortcut("U_MAYA", channel, message.ts, "open_case")
        town.settle()
    assert cards(town, ina) == 1
    assert "has an open case already" in town.workspace.history(channel)[-1].text


def test_on_a_colleagues_message_the_shortcut_asks_whom_it_is_about(town: Town, ina: str):
    channel = shared(town, ina)
    message = wrote(town, "U_MAYA", channel, "she called: no numbers")
    town.acts.message_shortcut("U_MAYA", channel, message.ts, "open_case")
    view = dialog(town)
    with pytest.raises(Refused) as refused:
        town.acts.submit("U_MAYA", view["id"], {"email": {"email": "nobody@else.test"}, "text": {"text": "no numbers"}})
    assert "Nobody we know has the address nobody@else.test" in str(vars(refused.value))
    address = person(town, ina).email
    town.acts.submit("U_MAYA", view["id"], {"email": {"email": address.upper()}, "text": {"text": "she called: no numbers"}})
    town.settle()
    assert cards(town, ina) == 1
    assert "is open" in json.dumps(dialog(town))
    town.acts.close_modal("U_MAYA")


def test_a_customer_who_finds_the_shortcut_is_told_that_it_is_for_the_team(town: Town, ina: str):
    channel = shared(town, ina)
    message = wrote(town, ina, channel, "help")
    town.acts.message_shortcut(ina, channel, message.ts, "open_case")
    town.settle()
    assert cards(town, ina) == 0
    assert town.workspace.history(channel)[-1].text == "This is for the people of our team. Nothing was changed."


def test_sos_under_her_message_opens_a_case_once(town: Town, ina: str):
    channel = shared(town, ina)
    message = wrote(town, ina, channel, "the import has been running for 5 hours")
    for _ in range(3):  # put there, taken away, put there again
        town.acts.react("U_MAYA", channel, message.ts, "sos")
        town.settle()
    assert cards(town, ina) == 1
    assert "running for 5 hours" in json.dumps(town.channel()[-1].blocks)


def test_other_emoji_and_other_peoples_sos_mean_nothing(town: Town, ina: str):
    channel = shared(town, ina)
    message = wrote(town, ina, channel, "the import is slow")
    town.acts.react("U_MAYA", channel, message.ts, "tada")
    town.acts.react(ina, channel, message.ts, "sos")
    town.settle()
    assert cards(town, ina) == 0


def test_sos_under_a_colleagues_message_says_what_works_instead(town: Town, ina: str):
    channel = shared(town, ina)
    message = wrote(town, "U_MAYA", channel, "look at this")
    town.acts.react("U_MAYA", channel, message.ts, "sos")
    town.settle()
    assert "/onboarding case" in town.workspace.history(channel)[-1].text


def commands(town: Town, text: str, user: str = "U_MAYA") -> Message:
    """Somebody types a command in the team's channel, or in their own conversation; what only they see."""
    town.acts.command(user, text, "#csm-smb" if user in ("U_MAYA", "U_TOM") else None)
    town.settle()
    return max(town.whispers(user), key=lambda message: message.ts)


def test_a_command_opens_a_case_by_address(town: Town, ina: str):
    address = person(town, ina).email
    told = commands(town, f"/onboarding case <mailto:{address}|{address}> stuck at the firewall, says her boss")
    assert "is open" in told.text
    assert cards(town, ina) == 1
    assert "stuck at the firewall, says her boss" in json.dumps(town.channel()[-1].blocks)
    assert [e["text"]["text"] for _, e in buttons(told.blocks)] == ["Tick a step", "Pause the bot"]


def test_a_command_about_nobody_is_answered_kindly(town: Town):
    assert commands(town, "/onboarding case nobody@else.test").text.startswith("Nobody we know has the address nobody@else.test")
    assert commands(town, "/onboarding case").text.startswith("Write the address behind it")
    assert commands(town, "/onboarding case him").text.startswith("Write the address behind it")


def test_a_customer_learns_nothing_from_the_command(town: Town, ina: str):
    address = person(town, ina).email
    known, unknown = (commands(town, f"/onboarding case {who}", ina).text for who in (address, "nobody@else.test"))
    assert known == unknown == "This is for the people of our team. Nothing was changed."
    assert cards(town, ina) == 0


def test_from_the_command_a_colleague_ticks_a_step(town: Town, ina: str):
    told = commands(town, f"/onboarding case {person(town, ina).email}")
    block, tick = buttons(told.blocks)[0]
    town.acts.click_message("U_MAYA", (told.channel, told.ts), (block, tick["action_id"]))
    view = dialog(town)
    town.acts.submit("U_MAYA", view["id"], {"step": {"step": view["blocks"][0]["element"]["options"][0]["value"]}})
    town.settle()
    journey = person(town, ina).journey
    assert journey is not None
    assert [state.how for state in journey.steps.values() if state.at] == ["team"]


def test_who_opened_it_can_give_it_away(town: Town, ina: str):
    commands(town, f"/onboarding case {person(town, ina).email}")
    chooses(town, "case_assign", "U_TOM")
    ref = person(town, ina).case
    assert ref is not None
    subject = town.house.door.view_case(ref.id)
    assert subject is not None
    assert subject.case is not None
    assert subject.case.owner == "U_TOM"
