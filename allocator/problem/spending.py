"""When investment is spent: by shares of every option or by the months of its project, per year, in whole fen."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import Ints
from allocator.problem.spread import BY_MONTHS, YEAR, Months, Spread
from allocator.tables.conditions import normal

if TYPE_CHECKING:
    from allocator.config.loaded import Loaded
    from allocator.problem.measures import Measures


MOST_NAMED = 10


def spread_of(loaded: Loaded, measures: Measures) -> Spread | None:
    """When every row is spent; None where nothing is said of it.

    Raises:
        InputError: an attribute or a value without a profile, months that are missing or the wrong way round.
    """
    spending, path = loaded.config.spending, "spending.by"
    if spending is None:
        return None
    if spending.by not in measures.names:
        from allocator.tables.conditions import each_problems

        raise InputError(each_problems([spending.by], measures.attribute, measures.names, path, loaded.place))
    months = months_of(loaded, measures) if spending.from_ == "months" else None
    values = [normal(value) for value in np.asarray(measures.attribute(spending.by), object)]
    numbers = {normal(value): number for number, value in enumerate(spending.profile)}
    profiles = [*spending.profile.values(), *([spending.default] if spending.default else [])]
    which = np.array([numbers.get(value, len(numbers)) for value in values], np.int64)
    if months is not None:
        which[months.known] = BY_MONTHS
    unlisted = which == len(profiles)
    if unlisted.any():
        raise InputError([_unlisted(loaded, measures, values, unlisted)])
    return Spread(profiles, which, measures.start_year, months, _fallen_back(loaded, measures, which))


def _unlisted(loaded: Loaded, measures: Measures, values: Sequence[str], rows: np.ndarray[Any, Any]) -> Message:
    spending = loaded.config.spending
    assert spending is not None
    if spending.from_ == "months":
        told: dict[str, object] = {"projects": _named(measures, rows)}
        return Message("audit.no_spending_months", told, loaded.place("spending.from"), "spending.from")
    told = {"by": spending.by, "values": ", ".join(sorted({values[row] for row in np.flatnonzero(rows).tolist()}))}
    return Message("audit.no_spending_profile", told, loaded.place("spending.by"), "spending.by")


def _fallen_back(loaded: Loaded, measures: Measures, which: Ints) -> tuple[Message, ...]:
    """Which projects have no months and are spread by a profile."""
    spending = loaded.config.spending
    without = which != BY_MONTHS
    if spending is None or spending.from_ != "months" or not without.any():
        return ()
    told = {"projects": _named(measures, without)}
    return (Message("audit.spread_by_profile", told, loaded.place("spending.from"), "spending.from"),)


def _named(measures: Measures, rows: np.ndarray[Any, Any]) -> str:
    """Projects of some rows; the first few by name."""
    projects = np.unique(measures.project[rows])
    names = measures.projects["project_id"].to_numpy(object)[projects[:MOST_NAMED]]
    more = f" … ({len(projects)})" if len(projects) > MOST_NAMED else ""
    return ", ".join(map(str, names)) + more


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
