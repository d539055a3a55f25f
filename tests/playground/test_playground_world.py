"""What the world keeps, and that a kill takes nothing from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground.arguments import Arguments, SlackError
from bot.playground.seed import demo_world
from bot.playground.slack_api import METHODS
from bot.playground.tickets import Tickets
from bot.playground.values import Channel, Mail, Message, User
from bot.playground.world import World


def a_message(text="Hi", **more):
    return Message(channel="D_ANA", ts="", user="U_HANDRAIL", text=text, **more)


def a_mail():
    names = {"message_id": "m", "at": "2026-03-02T09:00:00+00:00", "sender": "Handrail", "sender_email": "h@vendor.test"}
    return Mail(id="m-0", to="ana@acme.test", subject="Hi", text="Hi", html="<p>Hi", **names)


def test_after_a_kill_everything_is_where_it_was(tmp_path):
    path = tmp_path / "world" / "playground.jsonl"
    world = demo_world(path=path)
    first = world.post(a_message(metadata={"event_type": "x", "event_payload": {}}))
    world.change(replace(first, text="Hello"))
    gone = world.post(a_message("gone"))
    world.delete(gone)
    world.receive(a_mail())
    world.mark_read(world.mail("m-0"))
    world.publish_home("U_ANA", {"id": "V1", "blocks": []})
    world.count_event("U_ANA", "source_connected")

    again = demo_world(path=path)  # nothing was closed: the first one was killed
    assert again.dm("U_ANA") == world.dm("U_ANA")
    assert [message.text for message in again.dm("U_ANA")] == ["Hello"]
    assert [mail.read for mail in again.inbox("ana@acme.test")] == [True]
    assert again.home("U_ANA") == {"id": "V1", "blocks": []}
    assert again.counted("U_ANA", "source_connected") == 1
    assert again.post(a_message()).ts > first.ts
    again.close()
    world.close()


def test_a_line_torn_by_the_kill_is_left_out(tmp_path):
    path = tmp_path / "playground.jsonl"
    world = demo_world(path=path)
    world.post(a_message("whole"))
    world.close()
    with path.open("ab") as file:
        file.write(b'["message","D_ANA/1.000001",{"chan')
    again = demo_world(path=path)
    again.post(a_message("next"))
    again.close()
    last = demo_world(path=path)
    assert [message.text for message in last.dm("U_ANA")] == ["whole", "next"]
    last.close()


def test_starting_over_empties_the_file_too(tmp_path):
    path = tmp_path / "playground.jsonl"
    world = demo_world(path=path)
    world.post(a_message())
    world.clear()
    world.close()
    again = demo_world(path=path)
    assert again.dm("U_ANA") == []
    again.close()


def test_whoever_listens_hears_of_every_change_until_they_stop():
    world = demo_world()
    heard = []
    stop = world.subscribe(lambda: heard.append(world.version))
    world.post(a_message())
    world.touch()
    stop()
    world.touch()
    assert heard == [1, 2]


def test_asking_for_a_channel_that_is_not_there_says_so():
    with pytest.raises(LookupError, match="#nowhere"):
        demo_world().channel("#nowhere")


def test_a_trigger_opens_one_dialog_within_three_seconds():
    clock = iter([0.0, 1.0, 2.0, 6.0])
    tickets = Tickets(clock=lambda: next(clock))
    first = tickets.trigger("U_ANA")
    assert tickets.redeem(first) == "U_ANA"
    with pytest.raises(LookupError, match="exchanged_trigger_id"):
        tickets.redeem(first)
    late = tickets.trigger("U_ANA")
    with pytest.raises(LookupError, match="expired_trigger_id"):
        tickets.redeem(late)
    with pytest.raises(LookupError, match="invalid_trigger_id"):
        tickets.redeem("made.up")


def test_a_response_url_answers_five_times_in_half_an_hour():
    time = [0.0]
    tickets = Tickets(clock=lambda: time[0])
    ticket = tickets.response("D_ANA", "U_ANA", None)
    for _ in range(5):
        tickets.use_response(ticket)
    with pytest.raises(LookupError, match="used_url"):
        tickets.use_response(ticket)
    time[0] = 1801.0
    with pytest.raises(LookupError, match="expired_url"):
        tickets.use_response(ticket)


def test_the_app_has_to_be_in_a_channel_to_speak_there():
    ana = User(id="U_ANA", name="Ana Ruiz")
    world = World([ana], [Channel(id="C_PRIVATE", name="private", members=("U_ANA",))])
    with pytest.raises(SlackError, match="not_in_channel"):
        METHODS["chat.postMessage"](world, Arguments({"channel": "#private", "text": "Hi"}))
