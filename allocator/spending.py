"""When investment is spent: shares of every option's investment by year, in whole fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.attributes import normal
from allocator.errors import InputError
from allocator.load import Loaded
from allocator.messages import Message
from allocator.rounding import floor_to, integers
from allocator.spending_months import Months, months_of

if TYPE_CHECKING:
    from allocator.measures import Measures

BY_MONTHS = -1
"""Instead of the number of a profile: the row has months of its own."""

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


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


def spread_of(loaded: Loaded, measures: Measures) -> Spread | None:
    """When every row is spent; None where nothing is said of it.

    Raises:
        InputError: an attribute or a value without a profile, months that are missing or the wrong way round.
    """
    spending, path = loaded.config.spending, "spending.by"
    if spending is None:
        return None
    if spending.by not in measures.names:
        from allocator.attributes import each_problems

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


MOST_NAMED = 10


def _named(measures: Measures, rows: np.ndarray[Any, Any]) -> str:
    """Projects of some rows; the first few by name."""
    projects = np.unique(measures.project[rows])
    names = measures.projects["project_id"].to_numpy(object)[projects[:MOST_NAMED]]
    more = f" … ({len(projects)})" if len(projects) > MOST_NAMED else ""
    return ", ".join(map(str, names)) + more
