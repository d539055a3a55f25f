"""What passes between a case's thread and the customer: words that can be taken back, edits, faces, files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from in_slack import newcomer, passes, resolves
from town import BOT, Town, buttons

from bot.playground.values import Message
from bot.slack import files


@pytest.fixture
def stuck(town: Town) -> str:
    """Somebody new is stuck, and Maya has her case."""
    ina = newcomer(town)
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    return ina


def undoes(town: Town, user: str = "U_MAYA") -> None:
    """A colleague presses Undo on what only they see."""
    whisper = town.whispers(user)[-1]
    block, button = next((b, e) for b, e in buttons(whisper.blocks) if e["text"]["text"] == "Undo")
    town.acts.click_message(user, (whisper.channel, whisper.ts), (block, button["action_id"]))
    town.settle()


def said(town: Town, user: str) -> list[str]:
    return [m.text for m in town.heard(user)]


def last_words(town: Town) -> Message:
    """The latest message of a colleague in the thread of the latest card."""
    return [m for m in town.thread() if m.user != BOT][-1]


def test_maya_takes_her_words_back_within_ten_seconds(town: Town, stuck: str):
    town.team_writes("Read the manual.")
    assert town.whispers("U_MAYA")[-1].text.startswith("Goes to ")
    undoes(town)
    assert town.whispers("U_MAYA")[-1].text.startswith("Taken back.")
    passes(town, seconds=11)
    assert not any("manual" in text for text in said(town, stuck))
    assert not last_words(town).reactions


def test_an_undo_after_ten_seconds_is_too_late_and_says_so(town: Town, stuck: str):
    town.team_writes("Read the manual.")
    passes(town, seconds=11)
    undoes(town)
    assert town.whispers("U_MAYA")[-1].text.startswith("Too late, ")
    assert said(town, stuck)[-1] == "Read the manual."


def test_nobody_undoes_the_words_of_somebody_else(town: Town, stuck: str):
    town.team_writes("The port is 5432.")
    whisper = town.whispers("U_MAYA")[-1]
    block, button = buttons(whisper.blocks)[0]
    town.workspace.change(replace(whisper, for_user="U_TOM"))
    town.acts.click_message("U_TOM", (whisper.channel, whisper.ts), (block, button["action_id"]))
    passes(town, seconds=11)
    assert said(town, stuck)[-1] == "The port is 5432."


def test_an_edit_within_ten_seconds_goes_out_in_its_new_words(town: Town, stuck: str):
    town.team_writes("The port is 5423.")
    passes(town, seconds=4)
    words = last_words(town)
    town.acts.edit("U_MAYA", words.channel, words.ts, "The port is 5432.")
    passes(town, seconds=11)
    assert [text for text in said(town, stuck) if "port is" in text] == ["The port is 5432."]


def test_an_edit_of_what_was_sent_is_refused_aloud(town: Town, stuck: str):
    town.team_writes("The port is 5423.")
    passes(town, seconds=11)
    words = last_words(town)
    town.acts.edit("U_MAYA", words.channel, words.ts, "The port is 5432.")
    passes(town, seconds=11)
    assert [text for text in said(town, stuck) if "port is" in text] == ["The port is 5423."]
    assert "has read the words as they were" in town.thread()[-1].text


def test_a_link_that_slack_unfurls_is_no_edit(town: Town, stuck: str):  # noqa: ARG001
    town.team_writes("See https://docs.example.com")
    passes(town, seconds=11)
    words, before = last_words(town), len(town.thread())
    town.acts.edit("U_MAYA", words.channel, words.ts, words.text)
    passes(town, seconds=11)
    assert len(town.thread()) == before


def test_what_maya_deletes_in_time_nobody_reads_and_later_the_thread_says_so(town: Town, stuck: str):
    town.team_writes("Wrong thread, sorry.")
    words = last_words(town)
    town.acts.delete("U_MAYA", words.channel, words.ts)
    passes(town, seconds=11)
    assert not any("Wrong thread" in text for text in said(town, stuck))
    town.team_writes("The host is db.example.com.")
    passes(town, seconds=11)
    words = last_words(town)
    town.acts.delete("U_MAYA", words.channel, words.ts)
    town.settle()
    assert said(town, stuck)[-1] == "The host is db.example.com."
    assert town.thread()[-1].user == BOT


def test_an_edited_word_of_a_colleague_is_sent_in_its_newest_form(town: Town, stuck: str):
    town.team_writes("the port was 5423", user="U_TOM")
    words = last_words(town)
    town.acts.edit("U_TOM", words.channel, words.ts, "the port was 5432")
    offer = next(m for m in reversed(town.whispers("U_TOM")) if buttons(m.blocks))
    block, send = buttons(offer.blocks)[0]
    town.acts.click_message("U_TOM", (offer.channel, offer.ts), (block, send["action_id"]))
    passes(town, seconds=11)
    assert said(town, stuck)[-1] == "the port was 5432"


def test_words_in_an_asked_case_still_go_and_say_that_the_answer_is_open(town: Town, stuck: str):
    resolves(town)
    town.team_writes("One more thing.")
    assert "the answer is still open" in town.whispers("U_MAYA")[-1].text
    passes(town, seconds=11)
    assert said(town, stuck)[-1] == "One more thing."


def test_slack_delivers_words_twice_and_they_go_once(town: Town, stuck: str):
    card = town.channel()[-1]
    held = town.acts.holding()
    held.acts.reply("U_MAYA", card.channel, card.ts, "Once is enough.")
    whispers = len(town.whispers("U_MAYA"))
    held.deliver(0)
    held.deliver(0, retry=1)
    passes(town, seconds=11)
    assert said(town, stuck).count("Once is enough.") == 1
    assert len(town.whispers("U_MAYA")) == whispers + 1


def test_without_leave_to_use_her_name_it_stands_in_the_text(town: Town, stuck: str):
    town.workspace.faults.next("chat.postMessage", "refused", error="missing_scope")
    town.team_writes("Use the read-only user.")
    passes(town, seconds=11)
    heard = town.last(stuck)
    assert heard.username is None
    assert heard.text == "*Maya Chen* writes:\n> Use the read-only user."


# Files


def test_mayas_file_reaches_her_and_hers_the_thread(town: Town, stuck: str):
    card = town.channel()[-1]
    town.acts.share_file("U_MAYA", card.channel, "steps.pdf", b"%PDF these are the steps", "Look at page 2", thread_ts=card.ts)
    passes(town, seconds=11)
    assert contents(town, town.heard(stuck)) == {"steps.pdf": b"%PDF these are the steps"}
    town.acts.share_file(stuck, stuck, "error.png", b"\x89PNG what I see", "it looks like this")
    town.settle()
    assert contents(town, [m for m in town.thread() if m.user == BOT]) == {"error.png": b"\x89PNG what I see"}
    assert any("it looks like this" in m.text for m in town.thread())


def test_a_file_without_words_goes_too(town: Town, stuck: str):
    card = town.channel()[-1]
    town.acts.share_file("U_MAYA", card.channel, "steps.pdf", b"%PDF", thread_ts=card.ts)
    passes(town, seconds=11)
    assert contents(town, town.heard(stuck)) == {"steps.pdf": b"%PDF"}


def test_a_file_that_is_too_large_is_said_aloud_to_both(town: Town, stuck: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    card = town.channel()[-1]
    town.acts.share_file("U_MAYA", card.channel, "film.mp4", b"far too many bytes", "a film", thread_ts=card.ts)
    passes(town, seconds=11)
    assert said(town, stuck)[-1] == "a film"
    assert town.thread()[-1].text.startswith("film.mp4 was not passed on: it is larger than 20 MB.")
    town.acts.share_file(stuck, stuck, "dump.sql", b"far too many bytes", "the dump")
    town.settle()
    assert any("dump.sql was not passed on" in m.text for m in town.thread())
    assert said(town, stuck)[-1].startswith("I couldn't pass on dump.sql: it is larger than 20 MB.")


@pytest.mark.parametrize("route", ["files.download", "files.upload", "files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_file_that_slack_loses_is_said_aloud_and_the_words_arrive_once(town: Town, stuck: str, route: str):
    card = town.channel()[-1]
    town.workspace.faults.next(route, "server_error")
    town.acts.share_file("U_MAYA", card.channel, "steps.pdf", b"%PDF", "Look at page 2", thread_ts=card.ts)
    passes(town, seconds=11)
    assert said(town, stuck).count("Look at page 2") == 1
    assert town.thread()[-1].text.startswith("steps.pdf was not passed on: Slack did not take it.")


def test_where_files_may_not_be_passed_on_the_thread_says_which_scopes_are_missing(town: Town, stuck: str):  # noqa: ARG001
    card = town.channel()[-1]
    town.workspace.faults.next("files.getUploadURLExternal", "refused", error="missing_scope")
    town.acts.share_file("U_MAYA", card.channel, "steps.pdf", b"%PDF", "Look at page 2", thread_ts=card.ts)
    passes(town, seconds=11)
    assert "files:write" in town.thread()[-1].text


def test_a_file_for_somebody_who_reads_mail_is_said_aloud(town: Town):
    who = town.newcomer("Mel", plan="business")
    person = town.house.reports.find_person("mel@solo.test")
    assert person is not None
    page = town.opens(town.house.links.page(person.id, town.demo.now()))
    town.sends(page.form("/stuck"), text="it is broken")
    town.settle()
    town.team_presses("Claim")
    card = town.channel()[-1]
    town.acts.share_file("U_MAYA", card.channel, "steps.pdf", b"%PDF", "Look at page 2", thread_ts=card.ts)
    passes(town, seconds=11)
    assert who == "mel"
    assert "Look at page 2" in town.inbox("mel@solo.test")[-1].text
    assert "steps.pdf was not passed on: Mel reads us by e-mail" in town.thread()[-1].text


def contents(town: Town, messages: list[Message]) -> dict[str, Any]:
    """The files in some messages, by name."""
    found = [town.workspace.file(one) for message in messages for one in message.files]
    return {file.name: file.data for file in found if file}


def out_of_order(town: Town, text: str, act: Any) -> None:
    """Maya writes and then does something to it; Slack tells us of the second first."""
    held, card = town.acts.holding(), town.channel()[-1]
    held.acts.reply("U_MAYA", card.channel, card.ts, text)
    words = last_words(town)
    act(held.acts, words)
    held.deliver(1)
    held.deliver(0)
    town.settle()
    passes(town, seconds=11)


def test_words_whose_deletion_we_hear_of_first_reach_nobody(town: Town, stuck: str):
    out_of_order(town, "The secret of another customer.", lambda acts, words: acts.delete("U_MAYA", words.channel, words.ts))
    assert not any("secret" in text for text in said(town, stuck))


def test_of_words_whose_edit_we_hear_of_first_the_new_ones_go_alone(town: Town, stuck: str):
    out_of_order(town, "typo answr", lambda acts, words: acts.edit("U_MAYA", words.channel, words.ts, "fixed answer"))
    assert [text for text in said(town, stuck) if text.endswith((" answr", " answer"))] == ["fixed answer"]
    assert town.whispers("U_MAYA")[-1].text.startswith("Goes to ")


def test_words_that_tom_deleted_are_not_sent_on(town: Town, stuck: str):
    town.team_writes("the password was hunter2", user="U_TOM")
    words, offer = last_words(town), town.whispers("U_TOM")[-1]
    town.acts.delete("U_TOM", words.channel, words.ts)
    block, send = buttons(offer.blocks)[0]
    town.acts.click_message("U_TOM", (offer.channel, offer.ts), (block, send["action_id"]))
    passes(town, seconds=11)
    assert not any("hunter2" in text for text in said(town, stuck))
    assert town.whispers("U_TOM")[-1].text.startswith("You deleted these words")


LINES = "A line of my long log 1234567890.\n" * 600


def test_a_customers_long_words_end_with_the_way_to_all_of_them(town: Town, stuck: str):
    town.says(f"{LINES}THE END", stuck)
    cut = town.thread()[-1]
    rest = next(e for _, e in buttons(cut.blocks) if e["text"]["text"] == "Read all of it")
    assert "THE END" not in str(cut.blocks)
    assert "THE END" in town.fetch("GET", rest["url"]).text


@pytest.mark.parametrize("leave", ["", "missing_scope"], ids=["under her name", "without leave to use it"])
def test_a_colleagues_long_words_reach_the_customer_whole(town: Town, stuck: str, leave: str):
    if leave:
        town.workspace.faults.next("chat.postMessage", "refused", error=leave)
    town.team_writes(f"{LINES}THE END")
    passes(town, seconds=11)
    assert town.last(stuck).text.rstrip().endswith("THE END")
    assert not town.last(stuck).blocks


def own_words(town: Town, user: str) -> Message:
    """What the customer wrote last."""
    return [m for m in town.dm(user) if m.user == user][-1]


def test_an_edit_of_the_customers_reaches_the_thread(town: Town, stuck: str):
    town.says("it says invalid hots", stuck)
    words = own_words(town, stuck)
    town.acts.edit(stuck, words.channel, words.ts, "it says invalid host")
    town.settle()
    assert town.thread()[-1].text.endswith(" changed what they wrote. It says now: it says invalid host")


def test_what_the_customer_deletes_is_told_in_the_thread(town: Town, stuck: str):
    town.says("my password is hunter2", stuck)
    words = own_words(town, stuck)
    town.acts.delete(stuck, words.channel, words.ts)
    town.settle()
    assert "deleted something they wrote" in town.thread()[-1].text
    assert "hunter2" not in town.thread()[-1].text


def test_without_a_case_nobody_hears_of_an_edit(town: Town, ina: str):
    town.says("what's next?", ina)
    words, before = own_words(town, ina), len(town.thread())
    town.acts.edit(ina, words.channel, words.ts, "what's next, please?")
    town.settle()
    assert len(town.thread()) == before
