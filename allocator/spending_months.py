"""Investment spread over the months of a project: from the month of its start to that of its planned completion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from allocator.errors import InputError
from allocator.messages import Message
from allocator.rounding import as_objects, integers

if TYPE_CHECKING:
    from allocator.load import Loaded
    from allocator.measures import Measures

YEAR: Final = 12
MOST: Final = 2**20
"""More months than any project has."""
Curve = Sequence[tuple[Fraction, Fraction]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Months:
    """The months of every row, counted from year 0: ``over`` of them before it counts, ``left`` from ``begin`` on.

    A support that starts later moves the months that are left, not those that are over. What was promised before was
    left when it was promised: its months are over before its own start year.
    """

    first: int
    """First plan year."""
    known: Any
    """Which rows have months."""
    start: Ints
    over: Ints
    begin: Ints
    left: Ints
    curve: Curve
    nominal: frozenset[str]
    """Measures of the whole investment; the others leave out what is done and are spread over what is left."""

    def of(self, rows: Ints | Sequence[int]) -> Months:
        """The same for some rows."""
        per_row = {"known", "start", "over", "begin", "left"}
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return Months(**{name: value[rows] if name in per_row else value for name, value in values.items()})

    @property
    def shaped(self) -> bool:
        """Whether a curve is given."""
        return any(time != share for time, share in self.curve)

    @property
    def first_year(self) -> Ints:
        """Year in which something is spent first."""
        return np.where(self.over > 0, self.start, self.begin) // YEAR

    @property
    def last_year(self) -> Ints:
        """Year in which something is spent last."""
        return (self.begin + np.maximum(self.left, 1) - 1) // YEAR

    def until(self, measure: str, amounts: Floats, year: int) -> Floats:
        """What is spent until the end of a year, rounded down to a fen."""
        end = (year + 1) * YEAR
        of_rest = np.clip(end - self.begin, 0, self.left)
        if measure in self.nominal:
            passed, over, whole = (
                np.clip(end - self.start, 0, self.over) + of_rest,
                0 * self.over,
                self.over + self.left,
            )
        else:  # nothing left to do and yet to be spent: at once
            late = self.left == 0
            passed = np.where(late, (end > self.begin).astype(np.int64), of_rest)
            over, whole = np.where(late, 0, self.over), np.where(late, 1, self.over + self.left)
        kinds, which = np.unique((over * MOST + passed) * MOST + whole, return_inverse=True)
        shares = [self.share(kind // MOST**2, kind // MOST % MOST, kind % MOST) for kind in kinds.tolist()]
        tops, bottoms = (
            as_objects(np.array([getattr(one, part) for one in shares], object))[which]
            for part in ("numerator", "denominator")
        )
        largest = max((one.denominator for one in shares), default=1)
        whole_fen = integers(amounts, largest)
        if whole_fen.dtype != object:
            tops, bottoms = tops.astype(np.int64), bottoms.astype(np.int64)
        found: Floats = (whole_fen * tops // bottoms).astype(np.float64)
        return found

    def share(self, over: int, passed: int, whole: int) -> Fraction:
        """Share spent when ``passed`` of the months after the first ``over`` have gone by."""
        before = along(self.curve, Fraction(over, whole))
        if before == 1:
            return Fraction(passed, whole - over)
        return (along(self.curve, Fraction(over + passed, whole)) - before) / (1 - before)


def along(curve: Curve, time: Fraction) -> Fraction:
    """The share of the investment at a share of the months."""
    for (t0, s0), (t1, s1) in pairwise(curve):
        if time <= t1:
            return s0 + (s1 - s0) * (time - t0) / (t1 - t0)
    return Fraction(1)


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
