"""A first plan that reaches the floors on bad outcomes.

A plan near the relaxation's optimum misses such a floor as easily as it reaches it, and no single project decides.
So a search of its own may miss floors at a price above that of the relaxation, and polishes its plans until one
reaches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction

import numpy as np

from allocator.money.arrays import Flags, Floats
from allocator.optimise.exact import ExactPlan
from allocator.optimise.search.group_search import polish
from allocator.optimise.search.outcome_cuts import MISSED
from allocator.optimise.search.program import Search
from allocator.optimise.search.sifting import Relaxation
from allocator.problem.risk.outcome_values import Risk

PRICE = 3.0
"""Times the relaxation's price of a floor; times 1 where it has none."""
NODES = 100


@dataclass(eq=False)
class Elastic(Search):
    """A search that may miss floors, by how much counts against the goal; plans that miss none go to ``strict``."""

    strict: Search | None = None
    price: float = 0.0

    def take(self, x: Floats) -> bool:
        """Keep a plan; one that reaches every floor ends the search."""
        kept = super().take(x)
        assert self.strict is not None
        if kept and self.best is not None and not _missed(self.floors, self.best.exact):
            self.strict.take(self.best.x)
        return kept

    def contradict(self, value: float) -> None:
        """A plan that misses floors may exceed the bound of those that reach them."""

    def target(self, gap: float) -> float | None:  # noqa: ARG002 (whatever gap is asked)
        """Every better plan counts."""
        return None

    @property
    def done(self) -> bool:
        """Whether a plan reaches every floor, or the time is over."""
        assert self.strict is not None
        return self.strict.best is not None or self.watch.over

    @property
    def floors(self) -> Risk:
        """The outcomes with their floors."""
        assert self.strict is not None
        assert self.strict.case.risk is not None
        return self.strict.case.risk

    def worth(self, exact: ExactPlan) -> float:
        """Value of a plan in model units, less the price of what it misses."""
        return super().worth(exact) - self.price * float(_missed(self.floors, exact)) / self.instance.goal_scale


def _missed(risk: Risk, exact: ExactPlan) -> Fraction:
    """By how much the floor that is missed most is missed; in fen."""
    turnout = exact.turnout
    assert turnout is not None
    short = [floor - value for floor, value in zip(risk.floors, turnout.values, strict=True) if floor is not None]
    if risk.worst_floor is not None:
        short.append(risk.worst_floor - turnout.worst_mean)
    return max(Fraction(0), *short)


def plan_for_floors(s: Search, relaxed: Relaxation, free: Sequence[Flags], loss: Floats) -> bool:
    """Find a plan that reaches the floors on outcomes where none is known and floors are tight; whether it did."""
    risk = s.case.risk
    if risk is None or s.cuts is None or s.best is not None or relaxed.live is None:
        return False
    rows = len(s.compiled.row_lower) + np.flatnonzero([cut.row[MISSED] != 0 for cut in s.cuts.cuts])
    if not len(rows):
        return False
    price = PRICE * max(1.0, float(np.abs(relaxed.live.solver.prices[rows]).sum()))
    cost, upper = s.program.cost.copy(), s.program.column_upper.copy()
    cost[MISSED], upper[MISSED] = -price, np.inf
    program = replace(s.program, cost=cost, column_upper=upper)
    bare = replace(s.case, risk=replace(risk, floors=(None,) * len(risk.floors), worst_floor=None))
    told = {f.name: getattr(s, f.name) for f in fields(Search)} | {"case": bare, "program": program, "learned": set()}
    search = Elastic(**told, strict=s, price=price)
    search.together(free, s.gap / 4, NODES)
    if not search.done:
        polish(search, loss)
    return s.best is not None
