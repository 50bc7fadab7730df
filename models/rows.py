"""The rows of an instance as people read them: as text with the planner's names, and which of them a plan breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.compiler import Columns, Rows, expand_or_fall_back
from models.equation import Equation
from models.formulation import EQUATIONS, GOAL
from models.symbols import SET, VARIABLES
from models.values import Floats, Ints, Values

TOLERANCE = 1e-9
"""By how much a row may be missed, relative to its bound, before it counts as broken."""


def rows_as_text(values: Values, eq: Equation) -> list[str]:
    """Every row of an equation, as in `cap[0]: +1 total[3] -0.5 total[4] ≤ 20`; the goal has no bound.

    A row starts with a positive coefficient. Members carry the labels of ``values`` where it has any, else
    their positions.
    """
    columns = Columns.of(values)
    rows = expand_or_fall_back(eq, values, columns)
    names = row_names(values, eq, rows.members)
    order = np.lexsort((rows.column, rows.row))
    terms: list[list[tuple[float, str]]] = [[] for _ in names]
    for at in order[rows.value[order] != 0].tolist():
        name = column_name(values, columns, int(rows.column[at]))
        terms[int(rows.row[at])].append((float(rows.value[at]), name))
    bounds = zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)
    return [
        f"{name}: {_text(row, None if eq is GOAL else bound)}"
        for name, row, bound in zip(names, terms, bounds, strict=True)
    ]


def _text(terms: Sequence[tuple[float, str]], bound: tuple[float, float] | None) -> str:
    turned = bound is not None and terms and terms[0][0] < 0 and not 0 < bound[1] < np.inf
    turn = -1.0 if turned else 1.0
    left = " ".join(f"{turn * value:+.10g} {name}" for value, name in terms) or "0"
    if bound is None:
        return left
    sign = "=" if bound[0] == bound[1] else "≤" if turn > 0 else "≥"
    return f"{left} {sign} {turn * bound[1] + 0.0:.10g}"


def row_names(values: Values, eq: Equation, members: Sequence[Ints]) -> list[str]:
    """Name of every row of an equation: its own name with the labels of the member."""
    if not members:
        return [eq.name]
    tuples = zip(*(m.tolist() for m in members), strict=True)
    return [f"{eq.name}[{_labels(values, eq.over, index)}]" for index in tuples]


def column_name(values: Values, columns: Columns, column: int) -> str:
    """Name of a column: its variable with the labels of the member."""
    variable = next(v for v in reversed(VARIABLES) if columns.start[v.name] <= column)
    index = np.unravel_index(column - columns.start[variable.name], columns.shape[variable.name])
    return f"{variable.name}[{_labels(values, variable.over, [int(i) for i in index])}]"


def _labels(values: Values, over: Sequence[str], index: Sequence[int]) -> str:
    bases = [base for name in over for base in (SET[name].of or (name,))]
    return ",".join(values.label(base, i) for base, i in zip(bases, index, strict=True))


def broken_rows(values: Values, numbers: Mapping[str, Floats], equations: Sequence[Equation] = EQUATIONS) -> list[str]:
    """Names of the rows that do not hold when the variables have these ``numbers``; 0 where none are given."""
    columns = Columns.of(values)
    x = np.zeros(columns.count)
    for name, number in numbers.items():
        start = columns.start[name]
        x[start : start + number.size] = number.ravel()
    return [
        name
        for eq in equations
        for rows in [expand_or_fall_back(eq, values, columns)]
        for name, broken in zip(row_names(values, eq, rows.members), _broken(rows, x).tolist(), strict=True)
        if broken
    ]


def _broken(rows: Rows, x: Floats) -> np.ndarray:
    value = np.bincount(rows.row, rows.value * x[rows.column], len(rows.upper))
    slack = TOLERANCE * np.maximum(1.0, np.abs(np.nan_to_num(rows.upper, posinf=0.0, neginf=0.0)))
    return (value > rows.upper + slack) | (value < rows.lower - slack)
