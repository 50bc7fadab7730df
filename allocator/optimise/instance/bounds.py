"""Measured groups and the bounds on them as the model's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from allocator.money.arrays import Floats, Ints
from allocator.optimise.instance.shapes import NONE, Part, columns
from allocator.problem.case import Case
from allocator.problem.groups import Group
from allocator.problem.limits import Bound
from models.values import Family, Sparse

SIDES = {
    "FLOORS": ("GROUPS_OF_FLOOR", "floor_factor", "lower", ""),
    "CAPS": ("GROUPS_OF_CAP", "cap_factor", "upper", ""),
    "PRICED_FLOORS": ("GROUPS_OF_PRICED_FLOOR", "priced_floor_factor", "priced_lower", "shortfall_price"),
    "PRICED_CAPS": ("GROUPS_OF_PRICED_CAP", "priced_cap_factor", "priced_upper", "excess_price"),
}
"""The four families of bounds: their groups, factors, ends and prices."""


def on_side(bounds: Sequence[Bound], side: str) -> tuple[int, ...]:
    """Numbers of the bounds that have this side: lower or upper, hard or priced."""
    priced = side.startswith("PRICED")
    lower = side.endswith("FLOORS")
    return tuple(
        i
        for i, b in enumerate(bounds)
        if (b.lower if lower else b.upper) is not None and (b.price is not None) == priced
    )


def groups(
    measured: Sequence[Group],
    drawn: Sequence[tuple[Ints, ...]],
    position: Ints,
    scales: Floats,
    money_scale: float,
    options: int,
) -> Part:
    """Measured groups: their options with amounts, and their draws."""
    d_owner, d_items = [NONE], [[NONE], [NONE], [NONE]]
    size = sum(len(group.rows) for group in measured)
    item, key, amount = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
    ends = [0]
    for g, (group, draws) in enumerate(zip(measured, drawn, strict=True)):
        at, inside, first = position[group.rows], group.amounts, ends[-1]
        if at.min(initial=0) < 0:
            known = at >= 0
            at, inside = at[known], inside[known]
        ends.append(first + len(at))
        item[first : ends[-1]] = at
        np.add(at, g * options, out=key[first : ends[-1]])
        np.divide(inside, scales[g], out=amount[first : ends[-1]])
        d_owner.append(np.full(len(draws[0]), g))
        for column, values in zip(d_items, draws, strict=True):
            column.append(values)
    item, key, amount = item[: ends[-1]], key[: ends[-1]], amount[: ends[-1]]
    families = {
        "OPTIONS_IN": Family(np.array(ends), (item,)),
        "DRAWS_IN": Family.grouped(np.concatenate(d_owner), [np.concatenate(c) for c in d_items], len(measured)),
    }
    parameters = {
        "amount": Sparse.at(key, amount),
        "per_money": money_scale / scales if len(scales) else np.zeros(0),
        "per_node": 1.0 / scales if len(scales) else np.zeros(0),
    }
    return Part(families=families, parameters=parameters)


def ends(case: Case, sides: dict[str, tuple[int, ...]], scales: Floats, goal_scale: float) -> Part:
    """Lower and upper bounds, hard and priced, each a weighted sum of groups against a number."""
    families: dict[str, Family] = {}
    parameters: dict[str, Any] = {}
    count = len(case.rules.groups)
    for side, (family, factor, end, price) in SIDES.items():
        bounds = [case.rules.bounds[number] for number in sides[side]]
        rows = [_row(bound, bound.lower if side.endswith("FLOORS") else bound.upper, scales) for bound in bounds]
        terms = {(row, group): value for row, (found, _) in enumerate(rows) for group, value in found.items()}
        ordered = sorted(terms)
        row, group = columns(ordered, 2)
        families[family] = Family.grouped(row, [group], len(bounds))
        parameters[factor] = Sparse.at(row * count + group, np.array([terms[t] for t in ordered]))
        parameters[end] = np.array([number for _, number in rows])
        if price:
            unit = [1 if case.rules.groups[b.group].money else case.money.fen_per_unit for b in bounds]
            prices = [float(b.price or 0) * u * row_scale(b, scales) for b, u in zip(bounds, unit, strict=True)]
            parameters[price] = np.array(prices) / goal_scale
    return Part(families=families, parameters=parameters)


def _row(bound: Bound, end: Decimal | None, scales: Floats) -> tuple[dict[int, float], float]:
    """Factor of every group in one row, and the number it is held against; in the row's own scale."""
    number, scale = float(end or 0), row_scale(bound, scales)
    terms = {bound.group: scales[bound.group] / scale}
    if bound.of is None:
        whole = 1.0 if bound.of_amount is None else float(bound.of_amount)
        return terms, number * whole / scale
    terms[bound.of] = terms.get(bound.of, 0.0) - number * scales[bound.of] / scale
    return terms, 0.0


def row_scale(bound: Bound, scales: Floats) -> float:
    """The scale of a row: the larger of its groups', so that an empty group does not blow up the other."""
    if bound.of is None:
        return float(scales[bound.group])
    of = scales[bound.of]
    if bound.per:  # two measures of different sizes: what counts is the ratio times the other one
        of *= float(max((abs(end) for end in (bound.lower, bound.upper) if end), default=0))
    return float(max(scales[bound.group], of))
