"""Investment spread over the months of a project: from the month of its start to that of its planned completion."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import Ints
from allocator.problem.spread import YEAR, Months

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded
    from allocator.problem.measures import Measures


def months_of(loaded: Loaded, measures: Measures) -> Months:
    """The months of every row of the option table.

    Raises:
        InputError: a completion before the start.
    """
    config, spending = loaded.config, loaded.config.spending
    assert spending is not None
    start, end = (months_in(measures, name) for name in ("start_ym", "end_ym"))
    offered = np.zeros(len(start), bool)
    offered[measures.project] = True
    wrong = np.flatnonzero(offered & (start >= 0) & (end >= 0) & (end < start))
    if len(wrong):
        table, path = measures.projects, "spending.from"
        rows = [" ".join(str(table[name].iloc[row]) for name in ("project_id", "start_ym", "end_ym")) for row in wrong]
        raise InputError([Message("audit.months_turned", {"got": ", ".join(rows)}, loaded.place(path), path)])
    start, end = start[measures.project], end[measures.project]
    promised = np.where(measures.committed, measures.start_year, config.years[0]).astype(np.int64)
    counted = np.minimum(promised, config.years[0])
    first, planned = counted * YEAR, np.maximum(start // YEAR, counted)
    moved = np.maximum(measures.start_year - planned, 0) * YEAR
    over = np.clip(first - start, 0, end + 1 - start)
    curve = [(Fraction(time), Fraction(share)) for time, share in spending.curve] or [
        (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)),
    ]  # fmt: skip
    nominal = {"supported_investment", "nominal_investment"} | (
        {"leveraged_investment"} if config.leverage.goal == "nominal" else set()
    )
    known = (start >= 0) & (end >= 0)
    begin = np.maximum(start, first) + moved
    return Months(config.years[0], known, start, over, begin, end + 1 - start - over, curve, frozenset(nominal))


def months_in(measures: Measures, name: str) -> Ints:
    """Months of a column, counted from year 0; −1 where it is blank."""
    table = measures.projects
    if name not in table.columns:
        return np.full(len(table), -1, np.int64)
    texts = table[name].to_numpy(object)
    return np.array([int(text[:4]) * YEAR + int(text[5:7]) - 1 if text else -1 for text in texts], np.int64)
