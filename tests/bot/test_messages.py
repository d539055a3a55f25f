"""Message files: what is taken, what is refused in words, and which file a person gets."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from readers import ROOT, ana, reads, shipped

from bot.fact_names import GROUPS, SCALARS
from bot.facts import message_facts, spoken
from bot.message_files import FileName, taken_apart
from bot.messages import Messages, load_messages
from bot.words import load_words
from flows.checklist import checklist
from flows.csms import Csm, Roster
from flows.people import Account, TaskState
from flows.problems import Problem
from flows.sessions import Session, Sessions

SHIPPED = ROOT / "templates"
FEW = ("day1", "day3", "day3.story", "day3.tips", "day7")


def project(tmp_path: Path, **files: str) -> tuple[Messages, list[Problem]]:
    """A few of the shipped messages with a project's files over them; `day3__de` is day3.de.md."""
    few = tmp_path / "few"
    (few / "messages").mkdir(parents=True)
    for name in ("layouts", "content", "words.yaml", *(f"messages/{name}.md" for name in FEW)):
        (few / name).symlink_to(SHIPPED / name)
    folder = tmp_path / "templates" / "messages"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.md").write_text(text, encoding="utf-8")
    return load_messages([few, tmp_path / "templates"], list(shipped()[0]))


def told(problems: list[Problem]) -> list[str]:
    return [f"{Path(p.file).name}:{p.line}: {p.message}" for p in problems]


def test_everything_that_ships_loads_without_a_word():
    _, messages = shipped()
    assert {"welcome", "day3", "case_card", "goal_ask"} <= set(messages.variants())
    assert messages.variants()["day3"] == {"tips", "story", "technical"}


def test_a_project_overrides_by_file_name(tmp_path: Path):
    messages, wrong = project(tmp_path, day1="---\nsubject: Ours\n---\nOur words.\n")
    assert not wrong
    assert reads(ana(), "day1", messages=messages).subject == "Ours"
    assert reads(ana(), "day7", messages=messages).subject == "A week in: 1 of 4 done"


def test_a_misspelt_fact_is_named_with_its_line_and_a_suggestion(tmp_path: Path):
    _, wrong = project(tmp_path, day1="---\nsubject: Hi\n---\nHi {{ person.first_nam }}.\n\nYou wanted {{ gaol }}.\n")
    assert told(wrong) == [
        "day1.md:6: unknown fact gaol, did you mean goal?",
        "day1.md:4: unknown fact person.first_nam, did you mean first_name?",
    ]


def test_a_trait_the_playbook_does_not_declare_is_unknown(tmp_path: Path):
    _, wrong = project(tmp_path, day1="---\nsubject: 'For {{ account.indutsry }}'\n---\nHi.\n")
    assert told(wrong) == ["day1.md:2: unknown fact account.indutsry, did you mean industry?"]


def test_a_fact_of_another_message_is_unknown_here(tmp_path: Path):
    _, wrong = project(tmp_path, day1="---\nsubject: Hi\n---\nHi {{ confirm }}.\n")
    assert told(wrong) == ["day1.md:4: unknown fact confirm"]


def test_what_fails_for_someone_with_nothing_left_to_do_is_found_at_loading(tmp_path: Path):
    _, wrong = project(tmp_path, day1="---\nsubject: Hi\n---\n\n\nNext: {{ next.title }}.\n")
    assert len(wrong) == 1
    assert told(wrong)[0].startswith("day1.md:6: fails for someone whose name and goal we don't know and who has nothing left to do")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nsubject: Hi\n---\n{% if goal %}\nHi\n", "day1.md:4: Unexpected end of template"),
        ("---\nsubject: Hi\n---\nHi\n\n{{ goal | shouting }}\n", "day1.md:6: No filter named 'shouting'"),
        ("---\nsubject: Hi\n---\n{% include 'secrets' %}\n", "day1.md:4: include is not for messages"),
        ("---\nsubjet: Hi\n---\nHi\n", "day1.md:2: unknown key, did you mean subject?"),
        ("---\nsubject: [Hi\n---\nHi\n", "day1.md:3: "),
        ("Hi\n", "day1.md:1: a message needs a subject"),
        ("---\nsubject: Hi\nchoices:\n  - {text: Later, do: latr}\n---\nHi\n", "day1.md:6: unknown action 'latr', did you mean later?"),
        ("---\nsubject: Hi\nchoices:\n  - {text: Later, do: snooze forever}\n---\nHi\n", "day1.md:6: snooze until what? One of 3_hours"),
        ("---\nsubject: Hi\nbutton: {text: Go}\n---\nHi\n", "day1.md:5: a button needs its text and its link"),
        ("---\nsubject: Hi\n---\nHere {{ checklist }} it is.\n", "day1.md:4: {{ checklist }} stands on a line of its own"),
        ("---\nsubject: Hi\n---\nHi \ue001\n", "day1.md:4: holds a private-use character"),
    ],
)
def test_a_bad_file_is_refused_in_words(tmp_path: Path, text: str, said: str):
    messages, wrong = project(tmp_path, day1=text)
    assert len(wrong) == 1
    assert told(wrong)[0].startswith(said)
    assert ("day1", "", "") not in messages.found


def test_a_file_that_is_no_text_is_refused_and_the_others_stay(tmp_path: Path):
    folder = tmp_path / "templates" / "messages"
    folder.mkdir(parents=True)
    (folder / "day9.md").write_bytes(b"---\nsubject: H\xff\n---\n")
    messages, wrong = project(tmp_path)
    assert told(wrong)[0].startswith("day9.md:1: cannot be read: 'utf-8' codec can't decode byte 0xff")
    assert "day7" in messages.variants()


def test_the_most_specific_file_is_picked(tmp_path: Path):
    files = {"day3__de": "Deutsch", "day3__story__de": "Geschichte", "day3__explorer": "explorer"}
    messages, wrong = project(tmp_path, **{name: f"---\nsubject: {subject}\n---\nx\n" for name, subject in files.items()})
    assert not wrong

    def subject(variants: tuple[str, ...], locale: str) -> str:
        return messages.pick("day3", variants, locale).subject.render(next=None, steps_done=0)

    assert subject(("story",), "de-AT") == "Geschichte"
    assert subject(("story",), "fr") == "You are all set"
    assert subject(("nothing", "explorer"), "de") == "explorer"
    assert subject(("tips", "explorer"), "") == "You are all set"
    assert subject((), "de") == "Deutsch"
    assert subject((), "en-GB") == "You are all set"


def test_a_message_nobody_wrote_is_a_key_error():
    with pytest.raises(KeyError, match="no message day99"):
        shipped()[1].pick("day99")


def test_a_file_name_says_variant_language_and_surface():
    assert taken_apart("day3.story.pt-BR.slack.md").variant == "story"
    assert taken_apart("day3.story.pt-BR.slack.md").locale == "pt-BR"
    assert taken_apart("day3.en.md").locale == ""
    assert taken_apart("day3.story.technical.de.md") == FileName("day3", "story.technical", "de")
    with pytest.raises(ValueError, match="names three variants: story, technical and tips"):
        taken_apart("day3.story.technical.tips.md")


def test_slack_can_have_its_own_form_and_mail_its_own_frame(tmp_path: Path):
    folder = tmp_path / "templates" / "messages"
    folder.mkdir(parents=True)
    (folder / "day1.slack.md").write_text("Only here, {{ person.first_name }}.\n", encoding="utf-8")
    inner = "<mj-text>{% if 1 < 2 %}{{ subject }}{% endif %}</mj-text><mj-text>{{ progress }}</mj-text>"
    mjml = f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"
    (folder / "day7.email.mjml").write_text(mjml, encoding="utf-8")
    messages, wrong = project(tmp_path)
    assert not wrong
    assert reads(ana(), "day1", messages=messages).slack_text == "Only here, Ana."
    assert "first report" not in reads(ana(), "day7", messages=messages).html
    assert 'class="post-current"' in reads(ana(), "day7", messages=messages).html


def test_a_surface_form_of_no_message_is_pointed_out(tmp_path: Path):
    _, wrong = project(tmp_path, dya3__slack="Hi\n")
    assert told(wrong) == ["dya3.slack.md:1: there is no dya3.md that this could be the slack form of"]


def test_a_misspelt_mjml_tag_is_refused_because_it_would_vanish(tmp_path: Path):
    layouts = tmp_path / "templates" / "layouts"
    layouts.mkdir(parents=True)
    (layouts / "email.mjml").write_text("<mjml><mj-body>\n<mj-sektion></mj-sektion></mj-body></mjml>", encoding="utf-8")
    messages, wrong = project(tmp_path)
    assert told(wrong) == ["email.mjml:1: line 2: there is no MJML tag <mj-sektion>, and mail programs would never see it"]
    assert "</html>" in reads(ana(), "day1", messages=messages).html


def test_words_are_overridden_by_key_and_translated(tmp_path: Path):
    (tmp_path / "words.yaml").write_text("button:\n  done: Fertig gestellt\n", encoding="utf-8")
    (tmp_path / "words.de.yaml").write_text('rail:\n  progress: "{{ done }} von {{ total }}"\n', encoding="utf-8")
    words, wrong = load_words([SHIPPED, tmp_path])
    assert not wrong
    assert words.get("button.done") == "Fertig gestellt"
    assert words.get("rail.progress", "de-AT", {"done": 1, "total": 4}) == "1 von 4"
    assert words.get("rail.progress", "fr", {"done": 1, "total": 4}) == "1 of 4 done"


def test_a_misspelt_word_key_and_a_fact_no_surface_gives_are_named(tmp_path: Path):
    (tmp_path / "words.yaml").write_text('button:\n  dnoe: Done\nrail:\n  progress: "{{ percent }}%"\n', encoding="utf-8")
    words, wrong = load_words([SHIPPED, tmp_path])
    assert told(wrong) == [
        "words.yaml:2: no surface says this, did you mean button.done?",
        "words.yaml:4: knows no percent here; it may say done, total",
    ]
    assert words.get("rail.progress", "", {"done": 1, "total": 4}) == "1 of 4 done"


def test_help_articles_lie_beside_a_projects_templates(tmp_path: Path):
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "connect-a-source.md").write_text("---\ntitle: Ours\ntips: [Look]\n---\n**Do** it.\n", encoding="utf-8")
    messages, wrong = project(tmp_path)
    assert not wrong
    article = messages.articles["connect-a-source"]
    assert (article.title, article.tips, article.html, article.slack) == ("Ours", ("Look",), "<p><strong>Do</strong> it.</p>", "*Do* it.")


def test_an_article_says_the_same_to_everyone(tmp_path: Path):
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "x.md").write_text("Hi {{ person.name }}", encoding="utf-8")
    _, wrong = project(tmp_path)
    assert told(wrong) == ["x.md:1: an article says the same to everyone: no {{ … }} here"]


def test_every_fact_that_may_be_used_is_there_and_is_explained():
    playbooks, _ = shipped()
    story = ana(goal="weekly revenue", stuck="help", csm="Maya Chen")
    drawn = checklist(playbooks["smb"], story.subject, story.now)
    hours = Session.model_validate({"session": "office_hours", "title": "Office hours", "starts": "2026-03-12T15:00"})
    planned = playbooks.planned(Sessions(sessions=(hours,))).staffed(Roster(csms=(Csm(csm="U_MAYA", name="Maya Chen"),)))
    about = {"uid": "acme:kickoff", "rule": "kickoff", "title": "Kickoff", "owner": "csm", "playbook": "smb", "team": "#csm-smb"}
    kickoff = TaskState(id="kickoff", opened_at=story.now, due_at=story.now, **about)
    story.subject = replace(story.subject, account=Account(id="acme", owner="Maya Chen", tasks={"kickoff": kickoff}))
    said_of = {"session": hours.id, "meeting_at": "2026-03-12T14:00:00+00:00", "task": "kickoff"}
    facts = message_facts(
        playbooks["smb"], story.subject, drawn, said_of, company="Example", now=story.now, reader="team", playbooks=planned
    )
    said = spoken(facts, shipped()[1].words, "", None) | {"article": dict.fromkeys(GROUPS["article"]), "guides": []}
    explained = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    assert not [name for name in SCALARS if name not in said or f"`{name}`" not in explained]
    for group, names in GROUPS.items():
        assert not [name for name in names if name not in said[group] or not re.search(rf"`({group}\.)?{name}`", explained)], group


def test_a_project_that_says_it_anew_is_not_answered_with_a_shipped_translation(tmp_path: Path):
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "day1.md").write_text("---\nsubject: Ours\n---\nOur words.\n")
    ours, wrong = load_messages([SHIPPED, tmp_path], list(shipped()[0]))
    assert not wrong
    assert reads(ana(), "day1", messages=ours, locale="de").subject == "Ours"
    assert reads(ana(), "day7", messages=ours, locale="de").locale == "de"


def test_a_project_translates_what_ships_in_its_own_way(tmp_path: Path):
    ours, wrong = project(tmp_path, day1__de="---\nsubject: Guten Tag\n---\nHaben Sie einen Moment?\n")
    assert not wrong
    assert reads(ana(), "day1", messages=ours, locale="de").subject == "Guten Tag"
    assert reads(ana(), "day1", messages=ours).locale == ""


def test_a_phrase_said_anew_is_not_said_in_the_shipped_german(tmp_path: Path):
    (tmp_path / "words.yaml").write_text("home:\n  title: Your first routes\n")
    words, wrong = load_words([SHIPPED, tmp_path])
    assert not wrong
    assert words.get("home.title", "de") == "Your first routes"
    assert words.get("button.done", "de") == "Erledigt"
    (tmp_path / "words.de.yaml").write_text("home:\n  title: Deine ersten Touren\n", encoding="utf-8")
    assert load_words([SHIPPED, tmp_path])[0].get("home.title", "de-AT") == "Deine ersten Touren"


def test_a_message_may_have_an_article_of_its_own_whatever_step_they_are_at(tmp_path: Path):
    text = "---\nsubject: Hi\narticle: api-keys\n---\n{% if article %}[{{ article.title }}]({{ article.link }}){% endif %}\n"
    messages, wrong = project(tmp_path, day1=text)
    assert wrong == []
    assert "Create an API key (https://hello.example.com/help/api-keys?s=" in reads(ana(), "day1", messages=messages).text


def test_an_article_that_nobody_wrote_is_named_with_the_one_that_was_meant(tmp_path: Path):
    _, wrong = project(tmp_path, day1="---\nsubject: Hi\narticle: api-key\n---\nHi.\n")
    assert told(wrong) == ["day1.md:3: unknown article api-key, did you mean api-keys? (no file content/api-key.md)"]


def test_a_month_keeps_its_capital_letter_at_the_beginning_of_a_sentence():
    story = ana(goal="weekly revenue", steps=3)
    assert "On 2 March you wanted" in reads(story, "well_done", now=story.now + timedelta(days=40)).text
