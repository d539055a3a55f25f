"""Forms for a segment: which file somebody reads, which one is told afterwards, and names that are nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from houses import Clocks, House, Post
from stories import LITTLE, MONDAY, a_text

from bot.drawing import segments_of
from bot.messages import load_messages
from bot.settings import SHIPPED
from bot.shelf import Shelf, read_books
from flows.events import ProductEvent
from flows.people import Journey, Person, Segment
from flows.playbook import Playbook
from flows.reading import read_playbook
from storage.reports import Reports

SKILL = """  stage:
    - {is: fast, when: steps_done >= 1}
    - {is: slow}
  skill:
    - {is: technical, when: person.role == 'developer'}
    - {is: guided}"""
SEQUENCE = '[{message: welcome, right_away: true}, {message: tone, after: 1 day, at: "09:30", experiment: tone}]'
TONE = "[{experiment: tone, hypothesis: h, split: {story: 50, tips: 50}, measure: report, within: 7 days}]"


def project(tmp_path: Path, *messages: str, articles: tuple[str, ...] = (), playbook: str = "") -> Path:
    """A project with the little playbook, messages of these names that say their own name, and such articles."""
    (tmp_path / "playbooks").mkdir(parents=True, exist_ok=True)
    (tmp_path / "playbooks" / "little.yaml").write_text(playbook or a_text(segments=SKILL), encoding="utf-8")
    for folder, names in ((tmp_path / "templates" / "messages", messages), (tmp_path / "content", articles)):
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            head = f"---\nsubject: {name}\n---\n" if "templates" in folder.parts else f"---\ntitle: {name}\n---\n"
            (folder / name).write_text(f"{head}This is {name}.\n", encoding="utf-8")
    return tmp_path


def told(tmp_path: Path) -> list[str]:
    found = sorted(read_books(tmp_path)[1])
    return [f"{Path(problem.file).name}: {problem.message}" for problem in found if "nobody reads" in problem.message]


def picked(tmp_path: Path, variants: tuple[str, ...], locale: str = "") -> str:
    messages, _ = load_messages([SHIPPED / "templates", tmp_path / "templates"])
    return Path(messages.pick("day3", variants, locale).file).name


def test_the_most_specific_file_is_read_and_each_falls_back(tmp_path: Path) -> None:
    names = ("day3.md", "day3.de.md", "day3.story.md", "day3.technical.md", "day3.technical.de.md", "day3.story.technical.md")
    project(tmp_path, *names)
    assert picked(tmp_path, ("story", "fast", "technical")) == "day3.story.technical.md"
    assert picked(tmp_path, ("story", "fast", "guided")) == "day3.story.md"
    assert picked(tmp_path, ("", "fast", "technical")) == "day3.technical.md"
    assert picked(tmp_path, ("", "fast", "technical"), "de-AT") == "day3.technical.de.md"
    assert picked(tmp_path, ("", "fast", "guided"), "de") == "day3.de.md"
    assert picked(tmp_path, ()) == "day3.md"


def test_segments_choose_in_the_order_of_the_playbooks_dimensions_however_they_were_settled() -> None:
    playbook = the_playbook(a_text(segments=SKILL))
    settled = {"skill": Segment(name="technical", since=MONDAY), "stage": Segment(name="fast", since=MONDAY)}
    ana = Person(id="ana", journey=Journey(id="ana/1", playbook="little", started=MONDAY, enrolled_at=MONDAY, segments=settled))
    assert segments_of(playbook, ana) == ("fast", "technical")


def test_whoever_asked_not_to_be_tailored_reads_what_everybody_reads() -> None:
    playbook = the_playbook(a_text(segments=SKILL))
    settled = {"skill": Segment(name="guided", since=MONDAY)}
    journey = Journey(id="ana/1", playbook="little", started=MONDAY, enrolled_at=MONDAY, segments=settled)
    ana = Person(id="ana", chosen={"tailored": "no"}, journey=journey)
    assert segments_of(playbook, ana) == ()


def test_a_file_for_nobody_is_told_with_what_was_meant(tmp_path: Path) -> None:
    project(tmp_path, "day3.md", "day3.tecnical.md", "day3.technical.md", "day3.fast.de.md", articles=("guide.md", "guide.gided.md"))
    assert told(tmp_path) == [
        "guide.gided.md: nobody reads guide.gided.md: gided is no segment, no variant of an experiment of guide and no language,"
        " did you mean guided?",
        "day3.tecnical.md: nobody reads day3.tecnical.md: tecnical is no segment, no variant of an experiment of day3 and no language,"
        " did you mean technical?",
    ]


def test_after_an_experiments_variant_only_a_segment_may_stand(tmp_path: Path) -> None:
    playbook = a_text(segments=SKILL, sequence=SEQUENCE, experiments=TONE)
    names = ("tone.md", "tone.story.md", "tone.tips.md", "tone.story.technical.md", "tone.technical.story.md")
    project(tmp_path, *names, playbook=playbook)
    assert [line.partition(":")[0] for line in told(tmp_path)] == ["tone.technical.story.md", "tone.technical.story.md"]


def test_an_article_is_read_as_it_is_written_for_the_reader(tmp_path: Path) -> None:
    project(tmp_path, articles=("guide.md", "guide.technical.md", "guide.technical.de.md"))
    articles = read_books(tmp_path)[0].articles
    found = articles.in_language("guide", "de", ("fast", "technical"))
    assert found is not None
    assert found.title == "guide.technical.de.md"
    assert articles["guide"].title == "guide.md"
    plain = articles.in_language("guide", "de", ("guided",))
    assert plain is not None
    assert plain.title == "guide.md"


def test_the_variant_that_was_said_is_kept_with_the_message(tmp_path: Path) -> None:
    names = ("saw_page.md", "saw_page.slow.md", "well_done.technical.md", "well_done.md")
    at = project(tmp_path / "project", *names)
    books, _ = read_books(at)
    clocks = Clocks()
    house = House(tmp_path / "handrail.db", clocks, Post("slack", clocks), Post("email", clocks), Shelf(at, books))
    ana = house.joins()
    house.hears(ProductEvent, ana, name="page.viewed")
    house.goes_on(MONDAY + timedelta(hours=4))
    said = house.row(ana, "saw_page")
    assert (said.state, said.variant) == ("sent", "slow")
    [story] = [one for one in Reports(house.store.database).why(ana) for told in one["messages"] if told["message"] == "saw_page"]
    assert [told["variant"] for told in story["messages"] if told["message"] == "saw_page"] == ["slow"]
    assert house.row(ana, "welcome").variant == ""
    house.store.close()


def test_shipped_day3_is_shorter_for_technical_people_and_german_is_there_too() -> None:
    messages, _ = load_messages([SHIPPED / "templates"])
    assert Path(messages.pick("day3", ("", "new_arrival", "on_track", "technical"), "de").file).name == "day3.technical.de.md"
    articles = read_books(None)[0].articles
    short, plain = articles.in_language("connect-a-source", "", ("technical",)), articles["connect-a-source"]
    assert short is not None
    assert len(short.text) < len(plain.text) / 2


def the_playbook(text: str = LITTLE) -> Playbook:
    playbook, problems = read_playbook(text, "little.yaml")
    assert playbook is not None, problems
    return playbook
