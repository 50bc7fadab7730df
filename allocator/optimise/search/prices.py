"""Which rules and which money have a price in the linear relaxation of the last goal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from allocator.money.arrays import Floats
from allocator.optimise.search.highs import Solver
from allocator.optimise.search.program import Search

NOISE = 1e-9
"""Prices below this are rounding."""


class Prices(NamedTuple):
    """Bounds by their number, and (source, year) by their positions; of what has none more would bring nothing there."""

    rules: tuple[int, ...]
    money: tuple[tuple[int, int], ...]


def row_prices(s: Search, most: int) -> Floats | None:
    """The prices of rows the search knows, or of a relaxation solved for them up to ``most`` options; None without either."""
    if s.prices is not None:
        return s.prices
    if len(s.instance.rows) > most or s.watch.over:
        return None
    seed = s.case.loaded.config.solver.seed
    outcome = Solver(s.program, s.watch.silent(), seed=seed, relaxed=True).run()
    return outcome.row_dual if outcome.status == "optimal" else None


def prices(s: Search, dual: Floats) -> Prices:
    """What has a price when those of the rows are known."""
    c = s.compiled
    priced = np.abs(dual) > NOISE
    rules, money = set[int](), set[tuple[int, int]]()
    for side, numbers in s.instance.sides.items():  # PRICED_CAPS has the rows priced_cap
        at = np.flatnonzero(priced[c.rows_of(side.lower().removesuffix("s"))])
        rules |= {numbers[row] for row in at.tolist()}
    for equation in ("first_balance", "source_balance"):
        rows = c.rows_of(equation)
        if rows.stop > rows.start:
            source, year = (np.asarray(members)[priced[rows]].tolist() for members in c.row_members[equation])
            money |= set(zip(source, year, strict=True))
    return Prices(tuple(sorted(rules)), tuple(sorted(money)))
