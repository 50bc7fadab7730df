"""Of plans of equal value: the one with less money, then earlier starts, then smaller project ids."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from allocator.money.arrays import Floats
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.program import Found, Search

TIE = 1e-7
"""Plans whose values differ by less, relatively, are tried as ties; only exact ties are taken."""
NODES = 500
REFUSED = 20
"""How many plans that are nearly but not exactly tied are passed over."""


def break_ties(s: Search, found: Found) -> Found:
    """Follow the wishes one after the other, each among the plans that meet those before it as well as can be."""
    m, rows = s.case.measures, s.instance.rows
    wishes = (
        m.amount("award")[rows] / s.instance.money_scale,
        (m.start_year[rows] - s.case.loaded.config.years[0]).astype(float),
        m.project[rows] / max(1, len(s.case.inputs.projects)),
    )
    program = _at_least(s.program, s.program.cost, found.value)
    for wish in wishes:
        s.watch.tell("ties")
        cost = np.zeros(len(s.program.cost))
        cost[: len(rows)] = -wish
        better = _best_tie(s, replace(program, cost=cost), found)
        if better is None:
            break
        found = better
        program = _at_least(program, cost, float(cost @ np.rint(found.x) if len(rows) else 0.0))
    s.best = found
    return found


def _best_tie(s: Search, program: Program, found: Found) -> Found | None:
    """The plan of exactly the value of ``found`` that does best; None when that is not settled in time."""
    for _ in range(REFUSED):
        solver = Solver(program, s.watch, seed=s.case.loaded.config.solver.seed, fine=True)
        outcome = solver.run(gap=0.0, nodes=NODES, start=found.x)
        if outcome.status != "optimal" or outcome.x is None:
            return None
        s.best = None
        tied = s.take(outcome.x) and s.best is not None and s.best.value >= found.value
        best, s.best = s.best, found
        if tied:
            return best
        program = _without(program, s.options(outcome.x) > 0.5)
    return None


def _at_least(program: Program, cost: Floats, value: float) -> Program:
    """The program with a row that keeps ``cost · x`` at ``value``, as near as floats allow."""
    return _with_row(program, cost, value - TIE * max(1.0, abs(value)))


def _without(program: Program, chosen: np.ndarray) -> Program:
    """The program without one choice of options."""
    row = np.zeros(len(program.cost))
    row[: len(chosen)] = np.where(chosen, -1.0, 1.0)
    return _with_row(program, row, 1.0 - float(chosen.sum()))


def _with_row(program: Program, row: Floats, lower: float) -> Program:
    return replace(
        program,
        matrix=sp.csc_array(sp.vstack([program.matrix, sp.csr_array(row[None, :])])),
        row_lower=np.append(program.row_lower, lower),
        row_upper=np.append(program.row_upper, np.inf),
    )
