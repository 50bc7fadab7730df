"""When the investment of a funded row is spent, in whole fen."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

from allocator.verify.facts import normal

if TYPE_CHECKING:
    from allocator.verify.plan import Award, Plan

INVESTMENTS = ("nominal_investment", "certified_investment", "additional_investment", "leveraged_investment")


def spent(plan: Plan, award: Award, measure: str) -> Iterator[tuple[int, int]]:
    """Year and amount; without profiles all in the start year. What is spent until a year is rounded down."""
    spending, amount = plan.config.spending, award.measures[measure]
    own = None if spending is None else months(plan, award)
    if own is not None:
        yield from by_months(plan, amount, own, whole=measure in of_all(plan))
        return
    shares = [Fraction(1)]
    if spending is not None:
        value = normal(plan.attribute(award, spending.by) or "")
        listed = {normal(name): profile for name, profile in spending.profile.items()}
        shares = [Fraction(share) for share in listed.get(value, spending.default or [])]
    before, total = 0, Fraction(0)
    for after, share in enumerate(shares):
        total += share
        until = floor(amount * total)
        yield award.start + after, until - before
        before = until


def counted(plan: Plan, award: Award, measure: str) -> Iterator[tuple[int, int]]:
    """The same as far as limits and targets count it: not what a project's own months put before the plan."""
    own = months(plan, award)
    return ((year, amount) for year, amount in spent(plan, award, measure) if own is None or year >= plan.years[0])


class OwnMonths(NamedTuple):
    """The calendar of one award: months (year, month) that were over before the plan, and those that are left."""

    over: list[tuple[int, int]]
    left: list[tuple[int, int]]
    moved: int
    """Year to which what is left and has no month any more belongs."""


def months(plan: Plan, award: Award) -> OwnMonths | None:
    """The project's own months, as many years later as the support; None where it is spread by a profile."""
    spending = plan.config.spending
    cells = [plan.facts.cell(award.at, name) for name in ("start_ym", "end_ym")]
    if spending is None or spending.from_ != "months" or not all(isinstance(cell, str) for cell in cells):
        return None
    (year, month), end = (tuple(map(int, str(cell).split("-"))) for cell in cells)
    first, found = plan.years[0], list[tuple[int, int]]()
    later = max(0, award.start - max(year, first))
    while (year, month) <= end:
        found.append((year, month))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    over = [one for one in found if one[0] < first]
    return OwnMonths(over, [(y + later, m) for y, m in found if y >= first], first + later)


def of_all(plan: Plan) -> tuple[str, ...]:
    """Measures of the whole investment, whatever of it is done; the others are still to be spent."""
    nominal = "nominal_investment"
    return (nominal, "leveraged_investment") if plan.config.leverage.goal == "nominal" else (nominal,)


def by_months(plan: Plan, amount: int, own: OwnMonths, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Year by year: month after month is gone by, and what is spent follows the curve."""
    over, left = len(own.over), own.left
    if whole:
        left, over = [*own.over, *left], 0
    elif not left:
        yield own.moved, amount
        return
    all_months = len(own.over) + len(own.left)
    begun = spent_by(plan, Fraction(over, all_months))
    before, gone = 0, 0
    for year in range(left[0][0], left[-1][0] + 1):
        gone += sum(one[0] == year for one in left)
        share = Fraction(gone, len(left))
        if begun < 1:
            share = (spent_by(plan, Fraction(over + gone, all_months)) - begun) / (1 - begun)
        until = floor(amount * share)
        yield year, until - before
        before = until


def spent_by(plan: Plan, time: Fraction) -> Fraction:
    """Share of the investment spent at a share of the months."""
    assert plan.config.spending is not None
    corners = [(Fraction(x), Fraction(y)) for x, y in plan.config.spending.curve] or [(Fraction(0), Fraction(0))]
    corners += [(Fraction(1), Fraction(1))]
    low = max(corner for corner in corners if corner[0] <= time)
    high = min(corner for corner in corners if corner[0] >= time)
    return low[1] if high[0] == low[0] else low[1] + (high[1] - low[1]) * (time - low[0]) / (high[0] - low[0])
