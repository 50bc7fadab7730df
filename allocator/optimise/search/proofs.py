"""What integer programs claim, a bound or that there is no plan: taken over unless a plan shows it to be wrong, and confirmed.

A second solve is to claim the same that has no plan to start from, another seed, other scales and no presolve, as long
as it does with at most `AGAIN` times the nodes of the first: work done, never seconds. What the prices of the relaxation
prove needs no claim.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.messages.watch import relative_gap
from allocator.money.arrays import Flags
from allocator.optimise.search.engine import Engine, NoPlan
from allocator.optimise.search.highs import Outcome
from allocator.optimise.search.price_bound import price_bound
from allocator.optimise.search.program import HALF, NOISE, ZERO, Disagreement, Search

NODES = 500
"""Nodes that a second solve may take in any case."""
AGAIN = 3
"""Times the nodes of the solves that claimed a bound that a second one may take to confirm it."""
EXHAUSTED = 1e-6
"""Noise in the bound of a search tree that was searched to its end."""


def prove(s: Search, open_: Flags, gap: float, nodes: int | None) -> None:
    """Solve a model whose bound holds for the full one: all options open, or all that could be in a better plan."""
    outcome = s.proof(open_, gap, nodes)
    if outcome.status == "infeasible" and s.best is None and open_.all():
        s.proof(open_, 1.0, affordable(s), second=True)
        if s.best is None:
            raise NoPlan
        s.disagreements.append(Disagreement(-np.inf, s.best.value))
        return
    claim(s, open_, outcome, gap)


def claim(s: Search, open_: Flags, outcome: Outcome, gap: float) -> None:
    """Take over a bound, unless the best plan, where it is one of those that the model knows, shows it to be wrong."""
    best = -np.inf if s.best is None else s.best.value
    if outcome.bound < best - NOISE * max(1.0, abs(best)) and s.best is not None:
        if open_[s.options(s.best.x) > HALF].all():
            s.disagreements.append(Disagreement(outcome.bound, best))
        elif outcome.status != "stopped":
            s.bound = min(s.bound, best)
    elif gap == 0 and outcome.status == "optimal" and relative_gap(best, outcome.bound) <= EXHAUSTED:
        s.bound = min(s.bound, best)
    elif np.isfinite(outcome.bound):
        s.bound = min(s.bound, max(outcome.bound, best))


def affordable(s: Search) -> int:
    """Nodes that a second solve may take."""
    return max(NODES, AGAIN * s.nodes)


def confirm(s: Search, open_: Flags) -> None:
    """Have a second solve, which differs where faults of solvers were found, claim the bound that the first one did.

    Of both the better plan and the weaker bound are kept. Where it reaches nothing with the work that it may take,
    the bound stays that of the first.
    """
    if s.best is None or s.watch.over or s.proved_gap > s.gap + ZERO:
        return
    exact = s.proved_gap <= ZERO
    outcome = s.proof(open_, 0.0 if exact else s.gap, affordable(s), second=True)
    best, told = s.best.value, len(s.disagreements)
    first, s.bound = s.bound, np.inf
    claim(s, open_, outcome, 0.0 if exact else s.gap)
    if np.isinf(s.bound) or len(s.disagreements) > told:  # the second is wrong, or has nothing to say
        s.bound = first
    elif np.isfinite(first):
        weaker = max(first, s.bound)
        s.confirmed = relative_gap(best, weaker) <= s.gap + ZERO
        s.bound = weaker if s.confirmed else first


def prove_by_prices(s: Search, engine: Engine) -> None:
    """Take over what the prices of the relaxation prove, where it is no weaker than what is claimed.

    Where one solve alone claims more, what they prove is kept if it reaches the gap asked, or if neither does and they
    differ by noise.
    """
    if s.best is None or s.prices is None:
        return
    p, rows = s.program, len(s.compiled.row_lower)  # the planner's rows, without those that were learned
    whole = replace(p, matrix=p.matrix[:rows], row_lower=p.row_lower[:rows], row_upper=p.row_upper[:rows])
    found = price_bound(engine.sifted(whole, s.case, s.instance), s.prices[:rows])
    if found is None:
        return
    bound = max(float(np.nextafter(float(found.value), np.inf)), s.best.value)
    within = relative_gap(s.best.value, bound) <= s.gap + ZERO
    near = s.proved_gap > s.gap + ZERO and bound <= s.bound + NOISE * max(1.0, abs(s.bound))
    if bound <= s.bound or ((within or near) and not s.confirmed):
        s.bound, s.price_bound = bound, found
