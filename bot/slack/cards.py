"""What stands in a message to a person: text, the next step's card, the checklist, the rail, and buttons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.choices import Choice
from bot.conversation import Speaker
from bot.rendered import Button, Component, Part, Text
from bot.slack.kit import actions, bold, button, context, in_label, link_button, section, shown
from bot.slack.limits import Json, fit
from bot.slack.rail import module_text, progress, rail
from flows.checklist import Checklist, StepView

CARD = "card."
"""Blocks drawn from the checklist have the ids card.<component>.<part>: a redraw replaces these and nothing else."""
_ABOUT_A_STEP = ("open", "done", "elsewhere", "failed", "how", "later", "stuck", "human", "skip")


def message_blocks(
    parts: Sequence[Part],
    link: Button | None,
    choices: Sequence[Choice],
    checklist: Checklist | None,
    person_id: str,
    speak: Speaker,
    *,
    step: str = "",
    case: str = "",
    page_url: str = "",
) -> list[Json]:
    """A message as blocks that Slack takes. `step` and `case` are what it is about, for its buttons; `page_url` is the person's page."""
    blocks: list[Json] = []
    for part in parts:
        blocks += [section(part.mrkdwn)] if isinstance(part, Text) else component(part.name, checklist, person_id, speak)
    has_card = any(isinstance(part, Component) and part.name == "next_step" for part in parts)
    row = [] if link is None else link_button("open", link.text, link.link, {"p": person_id, "s": step}, primary=not has_card)
    for choice in choices:
        row += _choice(choice, checklist, person_id, step, case, page_url)
    return fit([*blocks, actions(row, "choices")])


def component(name: str, checklist: Checklist | None, person_id: str, speak: Speaker) -> list[Json]:
    """One component of a message: next_step, checklist or progress. Nothing for someone who has no checklist."""
    if checklist is None:
        return []
    match name:
        case "next_step":
            return step_card(checklist, person_id, speak)
        case "checklist":
            modules = [section(module_text(m, speak), f"{CARD}checklist.{n}") for n, m in enumerate(checklist.modules)]
            return [*_progress(checklist, speak, "checklist"), *modules]
        case "progress":
            return _progress(checklist, speak, "progress")
    raise ValueError(f"there is no component {name}")


def step_card(checklist: Checklist, person_id: str, speak: Speaker) -> list[Json]:
    """The next step with its buttons; kind words when nothing is left to do."""
    step = checklist.next
    if step is None:
        finished = checklist.done >= checklist.total
        with_us = any(one.status == "ours" for one in checklist.steps)
        said = "home.all_done" if finished else "step.with_us" if with_us else "page.empty"
        return [section(shown(speak(said)), f"{CARD}next_step.title")]
    text = "\n".join(filter(None, [bold(step.title) or shown(speak("step.next")), shown(step.why)]))
    about = " · ".join(map(shown, _about(step, speak)))
    return [
        section(text, f"{CARD}next_step.title"),
        *([context(about, f"{CARD}next_step.about")] if about else []),
        actions(_step_buttons(step, person_id, speak), f"{CARD}next_step.actions"),
    ]


def redraw(blocks: Iterable[Json], checklist: Checklist | None, person_id: str, speak: Speaker) -> list[Json]:
    """A message's blocks with everything that was drawn from the checklist drawn as it is now; the rest untouched."""
    drawn: set[str] = set()
    fresh: list[Json] = []
    for block in blocks:
        block_id = str(block.get("block_id", ""))
        name = block_id.removeprefix(CARD).partition(".")[0]
        if not block_id.startswith(CARD):
            fresh.append(block)
        elif name not in drawn:
            drawn.add(name)
            fresh += component(name, checklist, person_id, speak)
    return fit(fresh)


def _progress(checklist: Checklist, speak: Speaker, name: str) -> list[Json]:
    return [section(rail(checklist, speak), f"{CARD}{name}.rail"), context(progress(checklist, speak), f"{CARD}{name}.words")]


def _about(step: StepView, speak: Speaker) -> Iterator[str]:
    if step.minutes:
        yield speak("step.about_minutes", {"minutes": step.minutes})
    if step.optional:
        yield speak("step.optional")
    if step.said_done:
        yield speak("step.said_done")


def _step_buttons(step: StepView, person_id: str, speak: Speaker) -> list[Json]:
    """Open first where there is a link. Once they said it is done, saying it again helps nobody: it failed, or was done elsewhere."""
    value = {"p": person_id, "s": step.step}
    title = {"title": in_label(step.title)}
    buttons = link_button("open", speak("button.open"), step.link, value, label=speak("step.open_label", title), primary=True)
    names = ["elsewhere", "failed"] if step.said_done else ["goal" if step.asks else "done"]
    names += (["how"] if step.help else []) + ["later"] + ([] if step.said_done else ["stuck"]) + (["skip"] if step.optional else [])
    for name in names:
        label = "" if name in ("elsewhere", "failed", "goal") else speak(f"step.{name}_label", title)
        buttons.append(button(name, speak(f"button.{name}"), value, label=label, primary=not buttons and name in ("done", "goal")))
    return buttons


def _choice(choice: Choice, checklist: Checklist | None, person_id: str, step: str, case: str, page_url: str) -> list[Json]:
    """A message's button, with only the keys that its action needs."""
    value: dict[str, str | int] = {"p": person_id}
    match choice.action:
        case "answer":
            value |= {"q": choice.survey, "v": choice.value if choice.value is not None else ""}
        case "snooze":
            value |= {"u": choice.until}
        case "solved":
            value |= {"c": case, "v": choice.value if choice.value is not None else ""}
        case "article":
            value |= {"a": choice.article}
        case "helped":
            value |= {"a": choice.article, "v": choice.value if choice.value is not None else ""}
        case name if name in _ABOUT_A_STEP:
            value |= {"s": step}
    if choice.action == "open":
        link = next((s.link for s in checklist.steps if s.step == step and s.link), page_url) if checklist else page_url
        return link_button("open", choice.text, link, value)
    return [button(choice.action, choice.text, value)]
