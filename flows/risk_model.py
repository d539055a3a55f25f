"""A trained model of risk: numbers from a JSON file, and plain arithmetic over the facts of one person. Pure.

It is a logistic regression on standardised features with a sigmoid over it that makes its numbers chances. `handrail risk train` writes
the file; docs/risk.md says what it is, and what it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, floor
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, PlainSerializer, ValidationError, model_validator

from flows.notation import Name, Part
from flows.parts.behaviour import Signal
from flows.playbook import Playbook

COUNTS = ("steps_done", "days_idle", "active_days", "behind_days", "nudges_unanswered", "days_in")
"""What a model may look at besides signals and milestones: behaviour alone, never who somebody is."""

MOST_DAYS = 400

Asks = Literal["value", "never"]
Figure = Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]
"""A number that nothing reckoned with it can overflow."""
Moment = Annotated[datetime, PlainSerializer(datetime.isoformat)]


class Offered(Part):
    """A fact that a model may look at. `asks` never: whether it never happened. `meaning` is how a signal was counted."""

    fact: str
    asks: Asks = "value"
    meaning: str = ""

    @property
    def title(self) -> str:
        """What it is called in reports and reasons."""
        return f"{self.fact} never" if self.asks == "never" else self.fact

    def of(self, facts: Mapping[str, Any]) -> float | None:
        """The number it has for somebody with these facts; None where it never happened and that is not what is asked."""
        family, _, name = self.fact.partition(".")
        found = facts[family][name] if name else facts[family]
        if self.asks == "never":
            return float(found is None)
        return None if found is None else float(found)


class Feature(Offered):
    """A fact with what training made of it. Numbers outside of `lowest` to `highest` were not seen and count as these."""

    mean: Figure
    scale: Figure = Field(gt=1e-9)
    weight: Figure
    lowest: Figure
    highest: Figure

    def part(self, facts: Mapping[str, Any]) -> float:
        """What it adds to the regression: nothing where it has no number."""
        found = self.of(facts)
        if found is None:
            return 0.0
        return self.weight * (min(max(found, self.lowest), self.highest) - self.mean) / self.scale


class RiskModel(Part):
    """What a training wrote. `a` and `b` are the sigmoid: the chance is 1 / (1 + e^(a·f + b)), f being the regression.

    `days` are the days of a journey it learned on, `journeys` and `lost` how many there were and how many did not get there.
    """

    format: Literal[1] = 1
    playbook: Name
    trained_at: Moment
    days: Annotated[tuple[Annotated[int, Field(ge=1, le=MOST_DAYS)], ...], Field(min_length=1)]
    journeys: int = Field(ge=1)
    lost: int = Field(ge=0)
    auc: Figure
    brier: Figure
    features: tuple[Feature, ...] = Field(min_length=1)
    intercept: Figure
    a: Figure
    b: Figure

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.a >= 0:
            raise ValueError("its sigmoid stands on its head: it learned nothing that holds for journeys it had not seen")
        return self

    def chance(self, facts: Mapping[str, Any]) -> float:
        """How likely somebody with these facts does not get there, 0 to 1, on the days it learned on."""
        return _sigmoid(self._logit(sum(feature.part(facts) for feature in self.features)))

    def silent(self, facts: Mapping[str, Any]) -> str:
        """Why it says nothing of somebody: '' when it does."""
        if facts["goal_met"]:
            return "the goal is met"
        first = min(self.days)
        return f"the model says nothing before day {first}" if facts["days_in"] < first else ""

    def score(self, facts: Mapping[str, Any]) -> int:
        """The chance in percent; 0 while it is silent."""
        return 0 if self.silent(facts) else _whole(100 * self.chance(facts))

    def contributions(self, facts: Mapping[str, Any]) -> list[Share]:
        """What the score is made of, in whole points that add up to it: an average journey, then the features, the weightiest first."""
        if why := self.silent(facts):
            return [Share(0, why)]
        parts = [feature.part(facts) for feature in self.features]
        average, chance = _sigmoid(self._logit(0.0)), self.chance(facts)
        moved = self._logit(sum(parts)) - self._logit(0.0)
        slope = (chance - average) / moved if abs(moved) > _TINY else average * (1 - average)
        base = Share(_whole(100 * average), f"a journey with average numbers, by {self.journeys} past ones")
        points = _rounded([100 * slope * -self.a * part for part in parts], self.score(facts) - base.points)
        told = [Share(n, _why(one, facts)) for n, one in zip(points, self.features, strict=True) if n]
        return [base, *sorted(told, key=lambda share: -abs(share.points))]

    def _logit(self, regression: float) -> float:
        return -(self.a * (self.intercept + regression) + self.b)


@dataclass(frozen=True, slots=True)
class Share:
    """Whole points of a score, and what they are for."""

    points: int
    because: str


_TINY = 1e-9


def features_of(playbook: Playbook) -> list[Offered]:
    """What a model may look at in a playbook: every signal, the milestones, and `COUNTS`. No trait, no segment, no answer."""
    found: list[Offered] = []
    for name, signal in playbook.signals.items():
        found.append(Offered(fact=name, meaning=_meaning(signal)))
        if signal.counts in ("since_first", "since_last"):
            found.append(Offered(fact=name, asks="never", meaning=_meaning(signal)))
    found += [Offered(fact=f"done.{step.step}") for _, step in playbook.steps() if step.milestone]
    return [*found, *(Offered(fact=name) for name in COUNTS)]


def read_model(text: str) -> RiskModel:
    """A model from the text of its file. Raises ValueError with what is wrong, in words."""
    try:
        return RiskModel.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = " > ".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{place}: {said}" if place else said) from None


def strange_to(playbook: Playbook, model: RiskModel) -> Iterator[str]:
    """Why a playbook cannot use a model: it is another playbook's, or looks at what is not there, or not counted so any more."""
    if model.playbook != playbook.playbook:
        yield f"it was trained for {model.playbook}, and its numbers mean nothing here"
        return
    offered = {(one.fact, one.asks): one for one in features_of(playbook)}
    for feature in model.features:
        known = offered.get((feature.fact, feature.asks))
        if known is None:
            yield f"it looks at {feature.title}, which is no signal, milestone or count of this playbook"
        elif known.meaning != feature.meaning:
            yield f"{feature.fact} was {feature.meaning} when it was trained, and is {known.meaning} now"


def _meaning(signal: Signal) -> str:
    of, within = f" {signal.of}" if signal.of else "", f" in {signal.within}" if signal.within else ""
    return f"{signal.counts}{of} of {signal.key}{within}"


def _why(feature: Feature, facts: Mapping[str, Any]) -> str:
    if feature.asks == "never" or feature.fact.startswith("done."):
        said = "yes" if feature.of(facts) else "no"
        return f"{feature.title}: {said} ({_percent(feature.mean)} of past ones: yes)"
    found = feature.of(facts)
    return f"{feature.title} {'never' if found is None else f'{found:g}'} ({feature.mean:.2g} on average)"


def _percent(share: float) -> str:
    return f"{_whole(100 * share)} %"


def _sigmoid(logit: float) -> float:
    if logit >= 0:
        return 1 / (1 + exp(-logit)) if logit < _FAR else 1.0
    return exp(logit) / (1 + exp(logit)) if logit > -_FAR else 0.0


_FAR = 700.0
"""Beyond this e^x does not fit into a float, and makes no difference."""


def _whole(number: float) -> int:
    return floor(number + 0.5)


def _rounded(exact: Sequence[float], total: int) -> list[int]:
    """Whole numbers near these that add up to the total: those that lose most by rounding down get one more."""
    down = [floor(number) for number in exact]
    order = sorted(range(len(exact)), key=lambda place: (down[place] - exact[place], place))
    for place in order[: max(0, total - sum(down))]:
        down[place] += 1
    return down
