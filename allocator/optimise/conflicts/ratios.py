"""The least change of a share, a growth rate or a ratio of two measures.

How near a plan comes to a share is a fraction, so it is found by Dinkelbach's steps: under the share of the last
plan, the plan that keeps it with most to spare has a better one, until there is nothing to spare. On large plans
the steps are taken on the relaxation, which no plan exceeds; what is found there is widened until a plan is proved.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from allocator.messages.watch import Watch
from allocator.money.arrays import Floats
from allocator.optimise.conflicts.least import least
from allocator.optimise.conflicts.members import LARGE, Elastic, Member
from allocator.problem.case import Case
from allocator.problem.limits import RATIO, Bound

MOST_STEPS, WIDENED = 20, 14
"""Steps towards the best ratio; doublings of what is added to it."""

Change = Callable[[Case, Decimal], Case]
Possible = Callable[[Case], bool]


def nearest_ratio(
    case: Case, member: Member, kept_out: frozenset[str], watch: Watch, before: Decimal, change: Change
) -> Decimal | None:
    """The written value nearest to ``before`` that the rest of the rules allow, or its relaxation on a large plan."""
    value, best = before, None
    for _ in range(MOST_STEPS):
        elastic = Elastic.of(change(case, value))
        mine = next(m for m in elastic.members if m.key == member.key)
        kept = [m for m in elastic.members if m.key not in kept_out]
        relaxed = len(elastic.numbers.rows) > LARGE
        x = least(elastic, kept, mine.rows, -np.ones(len(mine.rows)), watch, free=True, relaxed=relaxed)
        found = None if x is None else worst_ratio(elastic, mine, x)
        if found is None:
            return best
        if best is not None and abs(found - best) < Decimal("1e-7") * max(Decimal(1), abs(best)):
            return found
        value = best = found
    return best


def worst_ratio(elastic: Elastic, member: Member, x: Floats) -> Decimal | None:
    """The worst ratio of a limit's groups in a plan, as the planner writes it; None where all groups are empty."""
    bounds, scales = elastic.case.rules.bounds, elastic.numbers.scales
    found = []
    for number in member.bounds:
        bound = bounds[number]
        whole = float(bound.of_amount or 0) if bound.of is None else total(elastic, bound.of, x) * scales[bound.of]
        if whole > 0:
            found.append(total(elastic, bound.group, x) * scales[bound.group] / whole)
    if not found:
        return None
    worst = min(found) if member.lower_end else max(found)
    return as_planned(bounds[member.bounds[0]], Decimal(f"{worst:.12g}"))


def total(elastic: Elastic, group: int, x: Floats) -> float:
    """What a group measures in a plan, in its own scale."""
    return float(x[elastic.engine.compiled.columns.at("total", (np.array([group]),))][0])


def as_planned(bound: Bound, ratio: Decimal) -> Decimal:
    """A ratio of the groups' own units as the planner writes it."""
    return ratio - 1 if bound.unit == RATIO else ratio / bound.per_unit if bound.per else ratio


def outward(value: Decimal, step: Decimal, *, lower: bool) -> Decimal:
    """A value rounded to what is typed, so that the rule asks for less."""
    whole: Decimal = (value / step).to_integral_value(ROUND_FLOOR if lower else ROUND_CEILING)
    return whole * step


def widen(value: Decimal, step: Decimal, possible: Callable[[Decimal], bool], *, lower: bool) -> Decimal | None:
    """The value, or the first beyond it, that has a plan; then the nearest to it found by halving."""
    sign = -1 if lower else 1
    last, count = -1, 0
    for k in range(WIDENED):
        count = (1 << k) - 1
        if possible(value + sign * count * step):
            break
        last = count
    else:
        return None
    while count - last > 1:
        middle = (last + count) // 2
        last, count = (last, middle) if possible(value + sign * middle * step) else (middle, count)
    return value + sign * count * step
