"""Learning a model of risk from looks at past journeys. The only place that imports scikit-learn, which is an extra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from flows.hindsight import Look
from flows.playbook import Playbook
from flows.risk_model import Feature, Offered, RiskModel, features_of

FOLDS = 5
SEED = 7
"""The same journeys give the same model."""

PRIOR = 0.1
"""How freely weights may grow (scikit-learn's C, 1 there): with few journeys they stay small, and features that say the same share them."""


class NothingLearned(Exception):
    """What was learned is wrong more often than right about journeys that were not seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Looks as numbers: a row each, `people` says whose, `lost` what became of them. `left_out` are facts that everybody has alike."""

    features: Sequence[Offered]
    rows: Sequence[Sequence[float]]
    lost: Sequence[int]
    people: Sequence[str]
    left_out: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A model, and what was said of each look while that journey was not seen (`said`). `plain`: the Brier score of saying the average.

    `fitted` is what scikit-learn made of all rows.
    """

    model: RiskModel
    table: Table
    said: Sequence[float]
    plain: float
    fitted: Any


def table_of(playbook: Playbook, looks: Sequence[Look]) -> Table:
    """The looks with a number for every fact that a model may look at. What never happened is nobody's number: it counts as the average."""
    found = [(one, [one.of(look.facts) for look in looks]) for one in features_of(playbook)]
    told = [(one, numbers) for one, numbers in found if len(set(numbers) - {None}) > 1]
    columns = [_filled(numbers) for _, numbers in told]
    return Table(
        features=[one for one, _ in told],
        rows=[list(row) for row in zip(*columns, strict=True)],
        lost=[int(look.lost) for look in looks],
        people=[look.person for look in looks],
        left_out=[one.title for one, numbers in found if len(set(numbers) - {None}) <= 1],
    )


def train(playbook: Playbook, table: Table, days: Sequence[int], now: datetime) -> Trained:
    """Learn from the table. `now` is noted as the model's birthday.

    Looks at one journey stay together whenever some are kept back for testing. Raises NothingLearned.
    """
    said = _unseen(table)
    fitted = _fitted(table.rows, table.lost, table.people)
    whole = dict(zip(table.people, table.lost, strict=True))
    calibrated = fitted.calibrated_classifiers_[0]
    sigmoid, (scaler, regression) = calibrated.calibrators[0], (step for _, step in calibrated.estimator.steps)
    if sigmoid.a_ >= 0:
        raise NothingLearned
    model = RiskModel(
        playbook=playbook.playbook,
        trained_at=now,
        days=tuple(days),
        journeys=len(whole),
        lost=sum(whole.values()),
        auc=float(roc_auc_score(table.lost, said)),
        brier=float(brier_score_loss(table.lost, said)),
        features=tuple(_features(table, scaler, regression)),
        intercept=float(regression.intercept_[0]),
        a=float(sigmoid.a_),
        b=float(sigmoid.b_),
    )
    rate = fmean(table.lost)
    return Trained(model=model, table=table, said=said, plain=rate * (1 - rate), fitted=fitted)


def _fitted(rows: Sequence[Sequence[float]], lost: Sequence[int], people: Sequence[str]) -> Any:
    """One regression over all rows, and a sigmoid fitted to what regressions said of journeys that they had not seen."""
    folds = list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, lost, people))
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=PRIOR, solver="newton-cholesky"))
    return CalibratedClassifierCV(regression, method="sigmoid", cv=folds, ensemble=False).fit(rows, lost)


def _unseen(table: Table) -> list[float]:
    """What models that had not seen a journey say of it: everything is learned anew without each fifth of them, the sigmoid too."""
    said = [0.0] * len(table.rows)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED + 1)
    for known, unseen in folds.split(table.rows, table.lost, table.people):
        fitted = _fitted([table.rows[n] for n in known], [table.lost[n] for n in known], [table.people[n] for n in known])
        chances = fitted.predict_proba([table.rows[place] for place in unseen])
        for place, (_, chance) in zip(unseen, chances, strict=True):
            said[place] = float(chance)
    return said


def _features(table: Table, scaler: Any, regression: Any) -> Iterator[Feature]:
    columns = zip(*table.rows, strict=True)
    learned = zip(table.features, columns, scaler.mean_, scaler.scale_, regression.coef_[0], strict=True)
    for one, column, mean, scale, weight in learned:
        yield Feature(
            **one.model_dump(), mean=float(mean), scale=float(scale), weight=float(weight), lowest=min(column), highest=max(column)
        )


def _filled(numbers: Sequence[float | None]) -> list[float]:
    average = fmean(number for number in numbers if number is not None)
    return [average if number is None else number for number in numbers]
