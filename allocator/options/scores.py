"""The structure score of a project, 0–100, from criteria everybody can see, and the upgrading value it gives."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.money.arrays import Floats
from allocator.money.rounding import ULP, as_written, half_up
from allocator.tables.conditions import normal, unknown
from allocator.tables.opened import Inputs

FULL_SCORE: Final = 100
SHOWN: Final = 12
"""Most values a notice lists."""


class Scores(NamedTuple):
    """Structure scores of all projects and where they come from."""

    score: Floats
    """0–100 per project."""
    components: pd.DataFrame
    """Points per project and criterion, before the score is held within 0–100; empty without criteria."""
    known: bool
    """False when neither criteria nor a column say anything, so that all scores are 0."""
    problems: tuple[Message, ...]
    notices: tuple[Message, ...]
    assumptions: tuple[Message, ...]


def structure_scores(loaded: Loaded, inputs: Inputs) -> Scores:
    """The score of every project: sum of its points held within 0–100, or the column `structure_score`."""
    config, projects = loaded.config, inputs.projects
    if config.upgrading is None:
        return _scores_of_table(inputs)
    names = list(projects.columns)
    problems: list[Message] = []
    notices: list[Message] = []
    points: dict[str, list[Decimal]] = {}
    codes: dict[str, Any] = {}
    for attribute, rule in config.upgrading.criteria.items():
        path = f"upgrading.criteria.{attribute}"
        if attribute not in names:
            problems.append(unknown("attribute", attribute, names, path, loaded.place(path)))
            continue
        codes[attribute], found = pd.factorize(projects[attribute].to_numpy(), use_na_sentinel=False)
        if isinstance(rule, Mapping):
            listed = {normal(value): number for value, number in rule.items()}
            points[attribute] = [listed.get(normal(value), Decimal(0)) for value in found]
            absent = sorted({normal(value) for value in found} - set(listed) - {""})
            if absent:
                shown = absent if len(absent) <= SHOWN else [*absent[:SHOWN], "…"]
                notices.append(Message("options.score_unlisted", {"got": shown}, loaded.place(path), path))
        else:
            points[attribute] = [rule * (_share(value) or 0) for value in found]
            bad = [(row, value) for row, value in enumerate(found) if _share(value) is None]
            problems += _bad_shares(inputs, attribute, codes[attribute], bad)
    score, components = _totals(points, codes, len(projects))
    return Scores(score, components, True, tuple(problems), tuple(notices), ())


def tables(loaded: Loaded, inputs: Inputs) -> dict[str, pd.DataFrame]:
    """The score of every candidate and the points it is made of: scores.csv; nothing where no criteria are given."""
    if loaded.config.upgrading is None:
        return {}
    scores = structure_scores(loaded, inputs)
    head = pd.DataFrame({"project_id": inputs.projects["project_id"], "structure_score": scores.score})
    return {"scores": pd.concat([head, scores.components.set_index(head.index)], axis=1)}


def upgrading_value(score: Floats, leveraged: Floats) -> Floats:
    """score ÷ 100 × leveraged investment, rounded half-up to whole fen, exactly."""
    estimate = leveraged * (score / FULL_SCORE)

    def exact(row: int) -> Fraction:
        return as_written(score[row]) * int(leveraged[row]) / FULL_SCORE

    return half_up(estimate, np.abs(leveraged) * (8 * ULP), exact)


def _scores_of_table(inputs: Inputs) -> Scores:
    projects, empty = inputs.projects, pd.DataFrame(index=inputs.projects.index)
    if "structure_score" not in projects.columns:
        assumed = (Message("options.score_assumed", {}, "", "upgrading"),)
        return Scores(np.zeros(len(projects)), empty, False, (), (), assumed)
    values = projects["structure_score"]
    if values.dtype.kind not in "fiu":
        wrong = np.arange(len(values))[:1]
    else:
        wrong = np.flatnonzero((values < 0) | (values > FULL_SCORE))
    column = "structure_score"
    problems = tuple(
        Message(
            "options.score_range", {"got": normal(values.iloc[row])}, inputs.place("projects", int(row), column), column
        )
        for row in wrong
    )
    score = np.zeros(len(values)) if problems else values.fillna(0).to_numpy(dtype=np.float64)
    return Scores(score, empty, True, problems, (), ())


def _share(value: object) -> Decimal | None:
    """A cell as a share: blank is 0, None when it is no number within 0–1."""
    text = normal(value)
    try:
        number = Decimal(text or "0")
    except ArithmeticError:
        return None
    return number if 0 <= number <= 1 else None


def _bad_shares(inputs: Inputs, attribute: str, codes: Any, bad: list[tuple[int, object]]) -> list[Message]:
    """One message per wrong value, at the first row that has it."""
    places = [inputs.place("projects", int(np.argmax(codes == code)), attribute) for code, _ in bad]
    return [
        Message("options.score_share", {"got": normal(value)}, place, attribute)
        for place, (_, value) in zip(places, bad, strict=True)
    ]


def _totals(points: dict[str, list[Decimal]], codes: dict[str, Any], size: int) -> tuple[Floats, pd.DataFrame]:
    """Scores as the floats nearest to the exact sums, and the points of each criterion."""
    places = max((-int(value.as_tuple().exponent) for values in points.values() for value in values), default=0)
    scale = 10 ** max(places, 0)
    largest = sum(max((abs(int(value * scale)) for value in values), default=0) for values in points.values())
    kind = np.int64 if max(largest, FULL_SCORE * scale) < 2**62 else object
    total = np.zeros(size, dtype=kind)
    components: dict[str, Floats] = {}
    for attribute, values in points.items():
        total = total + np.array([int(value * scale) for value in values], dtype=kind)[codes[attribute]]
        components[attribute] = np.array([float(value) for value in values])[codes[attribute]]
    total = np.minimum(np.maximum(total, 0), FULL_SCORE * scale)
    return (total / scale).astype(np.float64), pd.DataFrame(components)
