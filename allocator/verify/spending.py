"""When the investment of a funded row is spent, in whole fen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from allocator.verify.facts import normal
from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    from allocator.verify.plan import Award, Plan

LAST_MONTH = 12
INVESTMENTS = MEASURES[:-1]


Corners = tuple[tuple[Fraction, Fraction], ...]


def spent(plan: Plan, award: Award, measure: str) -> Iterator[tuple[int, int]]:
    """Year and amount; without profiles all in the start year. What is spent until a year is rounded down."""
    spending, amount, before = plan.config.spending, award.measures[measure], 0
    own = months(plan, award)
    if spending is not None and own is not None:
        curve = tuple((Fraction(time), Fraction(share)) for time, share in spending.curve)
        until_years = by_months(own, _since(plan, award), curve, whole=measure in of_all(plan))
    else:
        until_years = by_profile(plan, award)
    for year, share in until_years:
        until = amount * share.numerator // share.denominator
        yield year, until - before
        before = until


def by_profile(plan: Plan, award: Award) -> Sequence[tuple[int, Fraction]]:
    """Year, and the share of the investment that is spent until its end."""
    spending, shares = plan.config.spending, [Fraction(1)]
    if spending is not None:
        value = normal(plan.attribute(award, spending.by) or "")
        listed = {normal(name): profile for name, profile in spending.profile.items()}
        shares = [Fraction(share) for share in listed.get(value, spending.default or [])]
    return [(award.start + after, share) for after, share in enumerate(accumulate(shares))]


def counted(plan: Plan, award: Award, measure: str) -> Iterator[tuple[int, int]]:
    """The same as far as limits and targets count it: not what a project's own months put before the plan."""
    own = months(plan, award)
    return ((year, amount) for year, amount in spent(plan, award, measure) if own is None or year >= plan.years[0])


class OwnMonths(NamedTuple):
    """Start and completion (year, month) of a project, and by how many years its support moves what is left."""

    start: tuple[int, int]
    end: tuple[int, int]
    later: int


def months(plan: Plan, award: Award) -> OwnMonths | None:
    """The project's own months, as many years later as the support; None where it is spread by a profile."""
    spending = plan.config.spending
    if spending is None or spending.from_ != "months":
        return None
    cells = [plan.facts.cell(award.at, name) for name in ("start_ym", "end_ym")]
    if not all(isinstance(cell, str) for cell in cells):
        return None
    start, end = ((int(str(cell)[:4]), int(str(cell)[5:])) for cell in cells)
    return OwnMonths(start, end, max(0, award.start - max(start[0], _since(plan, award))))


def _since(plan: Plan, award: Award) -> int:
    """Year from which on its investment was still to come: the first of the plan, or the start of what was promised before."""
    return min(award.start, plan.years[0]) if award.committed else plan.years[0]


def of_all(plan: Plan) -> tuple[str, ...]:
    """Measures of the whole investment, whatever of it is done; the others are still to be spent."""
    nominal = ("supported_investment", "nominal_investment")
    return (*nominal, "leveraged_investment") if plan.config.leverage.goal == "nominal" else nominal


@lru_cache(maxsize=100_000)
def by_months(own: OwnMonths, first: int, curve: Corners, *, whole: bool) -> Sequence[tuple[int, Fraction]]:
    """Month after month is gone by: the years, and the share of the curve that is spent until the end of each."""
    (year, month), found = own.start, list[tuple[int, int]]()
    while (year, month) <= own.end:
        found.append((year, month))
        year, month = (year, month + 1) if month < LAST_MONTH else (year + 1, 1)
    past = [one for one in found if one[0] < first]
    left = [(y + own.later, m) for y, m in found if y >= first]
    if not whole and not left:
        return [(first + own.later, Fraction(1))]
    counted_months, over = ([*past, *left], 0) if whole else (left, len(past))
    begun, gone, shares = spent_by(curve, Fraction(over, len(found))), 0, []
    for year in range(counted_months[0][0], counted_months[-1][0] + 1):
        gone += sum(one[0] == year for one in counted_months)
        share = Fraction(gone, len(counted_months))
        if begun < 1:
            share = (spent_by(curve, Fraction(over + gone, len(found))) - begun) / (1 - begun)
        shares.append((year, share))
    return shares


def spent_by(curve: Corners, time: Fraction) -> Fraction:
    """Share of the investment spent at a share of the months."""
    corners: list[tuple[Fraction, Fraction]] = [*(curve or [(Fraction(0), Fraction(0))]), (Fraction(1), Fraction(1))]
    low = max(corner for corner in corners if corner[0] <= time)
    high = min(corner for corner in corners if corner[0] >= time)
    return low[1] if high[0] == low[0] else low[1] + (high[1] - low[1]) * (time - low[0]) / (high[0] - low[0])
