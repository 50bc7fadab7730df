"""The certificate of a plan: the prices of the relaxation in the planner's words, and the bound that they prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from allocator.money.arrays import Floats, Ints
from allocator.optimise.instance import Instance
from allocator.optimise.instance.bounds import row_scale
from allocator.problem.case import Case
from allocator.problem.certificate import CARRY, MONEY, Key, bound_at, covered, limit_key, table
from allocator.problem.certificate_links import Link, links
from models.compiler import Compiled

NOISE = 1e-9
"""Prices below this, in the model's own units, are rounding."""
NEAR = Decimal("1e-9")
"""Share by which what rounded prices prove may be more than what those of the solver did."""
DIGITS = 12
"""Digits of a price."""
YEARLY = {
    "first_balance": (MONEY, "lapse"),
    "source_balance": (MONEY, "lapse"),
    "tail_limit": (MONEY, None),
    "first_carry_share_limit": (CARRY, None),
    "carry_share_limit": (CARRY, None),
}
"""Equations of money: what their rows have the price of, and a column that money lost has in rows of equal sides."""


@dataclass(frozen=True)
class Certificate:
    """The table of prices, and the bound in fen of goal."""

    prices: pd.DataFrame
    bound: int


def certificate(case: Case, instance: Instance, compiled: Compiled, duals: Floats | None) -> Certificate | None:
    """What these prices of the model's rows prove, none where they are not known; None where prices cannot speak of the goal."""
    if not covered(case):
        return None
    found: dict[Key, Fraction] = {}
    for key, price in () if duals is None else _named(case, instance, compiled, duals):
        if price:
            found[key] = found.get(key, Fraction(0)) + Fraction(price)
    return Certificate(table(case, found), bound_at(case, found))


def _named(case: Case, instance: Instance, compiled: Compiled, duals: Floats) -> Iterator[tuple[Key, Decimal]]:
    """Every price that is not noise by what it is of, in fen of goal."""
    goal, per_money = instance.goal_scale, instance.goal_scale / instance.money_scale
    model = _Model(compiled, np.where(np.isfinite(duals) & (np.abs(duals) > NOISE), duals, 0.0))
    for side, numbers in instance.sides.items():  # FLOORS has the rows floor, which read −value ≤ −floor
        sign = -1 if side.endswith("FLOORS") else 1
        for number, dual in zip(numbers, model.prices(side.lower().removesuffix("s")), strict=True):
            bound = case.rules.bounds[number]
            yield limit_key(bound), rounded(sign * dual * goal / row_scale(bound, instance.scales))
    sources, years = list(case.loaded.config.sources), case.years
    for equation, (kind, column) in YEARLY.items():
        members = compiled.row_members[equation]
        of = None if column is None else compiled.columns.at(column, list(members))
        for source, year, dual in zip(*members, model.prices(equation, of), strict=True):
            yield Key(kind, sources[source], str(years[year]), ""), rounded(dual * per_money)
    for equation, each in links(case).items():
        if len(model.prices(equation)):
            equal = np.array([_sample(link) for link in each if link.equal], np.int64).reshape(-1, 2)
            of = np.searchsorted(instance.rows, equal[:, 0]) if len(equal) else None
            turned = equal[:, 1] if len(equal) else np.ones(len(each))
            for link, dual in zip(each, model.prices(equation, of) * turned, strict=True):
                yield Key(*link.key), rounded(dual * goal)


def _sample(link: Link) -> tuple[int, int]:
    """An option of a row, and what it is multiplied by there."""
    return next((int(rows[0]), times) for rows, times in link.options if len(rows))


@dataclass(frozen=True, eq=False)
class _Model:
    """The model's rows with their prices."""

    compiled: Compiled
    duals: Floats

    def prices(self, equation: str, columns: Ints | None = None) -> Floats:
        """Those of an equation's rows, of equal sides as if the coefficient of one of its ``columns`` were above 0."""
        at = self.compiled.rows_of(equation)
        if columns is None or at.start == at.stop:
            return self.duals[at]
        rows = np.arange(at.start, at.stop)
        signs: Floats = np.sign(np.asarray(self.compiled.matrix[rows, columns])).ravel()
        return np.asarray(self.duals[at] * signs)


def rounded(price: float) -> Decimal:
    """A price as a decimal of a few digits."""
    return Decimal(f"{price:.{DIGITS}g}")
