"""Columns that say how much of a project counts in a measure, such as the strategic emerging part of its products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from allocator.config.rules.cluster_rules import rules
from allocator.messages import Message
from allocator.money.arrays import Floats
from allocator.money.rounding import as_written, half_up
from allocator.tables.conditions import unknown

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded
    from allocator.problem.measures import Measures

MILLION: Final = 1_000_000
"""Measures other than money may be small: a share of one is rounded to a millionth of its unit."""


def coefficient_problems(loaded: Loaded, measures: Measures) -> list[Message]:
    """Columns that are not there, are no numbers, or hold more than the whole."""
    found = []
    for _, named, rule in rules(loaded.config):
        name, path = rule.coefficient, f"{named}.coefficient"
        if name is None:
            continue
        numeric = [one for one in measures.names if measures.is_numeric(one) and not measures.is_money(one)]
        if name not in numeric:
            found.append(unknown("attribute", name, numeric, path, loaded.place(path)))
            continue
        values = coefficients(measures, name)
        wrong = np.flatnonzero((values < 0) | (values > 1))
        if len(wrong):
            row = int(wrong[0])
            project = measures.projects["project_id"].iloc[int(measures.project[row])]
            told = {"column": name, "got": f"{values[row]:g}", "project": project}
            found.append(Message("audit.coefficient_not_a_share", told, loaded.place(path), path))
    return found


def coefficient_notices(loaded: Loaded, measures: Measures) -> list[Message]:
    """Columns in which projects with options have nothing: they count 0."""
    found = {}
    for _, named, rule in rules(loaded.config):
        name, path = rule.coefficient, f"{named}.coefficient"
        if name is None or name in found:
            continue
        blank = np.isnan(np.asarray(measures.attribute(name), dtype=np.float64))
        count = len(np.unique(measures.project[blank]))
        if count:
            found[name] = Message("audit.coefficient_blank", {"column": name, "count": count}, loaded.place(path), path)
    return list(found.values())


def coefficients(measures: Measures, name: str) -> Floats:
    """The coefficient of every row; a blank counts 0."""
    return np.nan_to_num(np.asarray(measures.attribute(name), dtype=np.float64))


def weighed(amounts: Floats, shares: Floats, *, money: bool) -> Floats:
    """``amounts`` × ``shares``, rounded half-up to a whole fen, or to a millionth."""
    parts = 1 if money else MILLION
    estimate = amounts * shares * parts
    error = np.abs(estimate) * 1e-14 + 1e-9

    def exact(row: int) -> Any:
        return as_written(amounts[row]) * as_written(shares[row]) * parts

    return half_up(estimate, error, exact) / parts
