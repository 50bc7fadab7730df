"""Shares of investment by year, of a profile or of the months of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np

from allocator.messages import Message
from allocator.money.arrays import Floats, Ints
from allocator.money.rounding import as_objects, floor_to, integers

YEAR: Final = 12
MOST: Final = 2**20
"""More months than any project has."""
Curve = Sequence[tuple[Fraction, Fraction]]


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


BY_MONTHS = -1
"""Instead of the number of a profile: the row has months of its own."""


@dataclass(frozen=True, eq=False)
class Spread:
    """When every row is spent: by ``profiles[which[row]]`` from its ``start`` year on, or by its own ``months``."""

    profiles: Sequence[Sequence[Decimal]]
    which: Ints
    start: Ints
    months: Months | None = None
    notices: tuple[Message, ...] = ()

    def of(self, rows: Ints | Sequence[int]) -> Spread:
        """The same for some rows, or for rows several times."""
        months = None if self.months is None else self.months.of(rows)
        return replace(self, which=self.which[rows], start=self.start[rows], months=months)

    @property
    def assumptions(self) -> tuple[Message, ...]:
        """What is taken to be so without anybody having said it."""
        even = self.months is not None and not self.months.shaped
        return (Message("audit.spread_evenly", {}, "", "spending.curve"),) if even else ()

    @property
    def years(self) -> range:
        """Years in which something may be spent."""
        if self.months is None:
            longest = max((len(profile) for profile in self.profiles), default=1)
            return range(int(self.start.min()), int(self.start.max()) + longest)
        lengths = np.array([*(len(profile) for profile in self.profiles), 1])
        own = self.which == BY_MONTHS
        first = np.where(own, self.months.first_year, self.start)
        last = np.where(own, self.months.last_year, self.start + lengths[self.which] - 1)
        return range(int(first.min()), int(last.max()) + 1)

    def spent(self, measure: str, amounts: Floats, year: int, *, cumulative: bool = False) -> Floats:
        """What is spent in a year, or until then; the years of a row add up to the whole."""
        until, before = self._until(measure, amounts, year), self._until(measure, amounts, year - 1)
        if not cumulative:
            return until - before
        if self.months is None:
            return until
        earlier = self._until(measure, amounts, self.months.first - 1)
        return until - np.where(self.which == BY_MONTHS, earlier, 0.0)

    def _until(self, measure: str, amounts: Floats, year: int) -> Floats:
        """Rounded down to a fen before the last year, so that no year is lost to rounding."""
        found = np.zeros(len(amounts))
        after = year - self.start
        for number, profile in enumerate(self.profiles):
            mine = self.which == number
            for offset, share in enumerate(accumulate(profile)):
                at = np.flatnonzero(mine & ((after == offset) if offset < len(profile) - 1 else (after >= offset)))
                top, bottom = share.as_integer_ratio()
                found[at] = floor_to(integers(amounts[at], top) * top, bottom, 1)
        if self.months is not None:
            at = np.flatnonzero(self.which == BY_MONTHS)
            found[at] = self.months.of(at).until(measure, amounts[at], year)
        return found
