"""The linear relaxation of a large model, exactly, from the few options that matter.

Prices come from a sample of the projects with budgets and limits scaled down to it. At these prices every
option has a reduced profit; only those near the best of their project enter one live model. Its prices then
rate all options again, what would improve it is added to the same model, which goes on from its last basis,
and so on until nothing improves it: that is the optimum over all options. At any prices the plan's value plus
what the best left-out option of each project could add is a valid bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from allocator.highs import Floats, Outcome, Program, Solver, Watch
from allocator.measures import Flags, Ints

SAMPLE = 3_000
"""Projects whose options set the first prices."""
BAND = 0.05
"""Share of an option's value by which it may stay behind the best of its project to enter at first."""
ROUNDS = 60
_TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Optimum of the relaxation: columns, value, a valid bound, and reduced costs of all columns."""

    x: Floats
    bound: float
    reduced: Floats


def relax(program: Program, project: Ints, local: Flags, watch: Watch, seed: int) -> Relaxation | None:
    """The relaxation of a program whose first columns are options of ``project`` (its position, sorted).

    ``local`` marks rows that speak of single projects; all others are scaled to the sample. None when the watch
    ends it first, or when the options at hand allow no plan: then the caller solves the whole.
    """
    prices = _sample_prices(program, project, local, watch, seed)
    if prices is None:
        return None
    options = len(project)
    profit = program.cost[:options] - program.matrix[:, :options].T @ np.where(local, 0.0, prices)
    best = _best(profit, project)
    inside = profit >= np.maximum(best, 0.0)[project] - BAND * np.abs(program.cost[:options]) - _TOLERANCE
    inside |= (program.column_lower[:options] > 0) | _needed(program, local, options)
    return _price_out(program, project, np.flatnonzero(inside), watch, seed)


def _needed(program: Program, local: Flags, options: int) -> Flags:
    """Options of rows that must reach something, such as projects that must be funded: always at hand."""
    rows = local & (program.row_lower > 0)
    return np.asarray((program.matrix[:, :options].T @ rows.astype(float)) != 0)


def _best(profit: Floats, project: Ints) -> Floats:
    """The greatest profit of every project; 0 for projects without options."""
    best = np.full(int(project[-1]) + 1 if len(project) else 0, -np.inf)
    np.maximum.at(best, project, profit)
    return np.where(np.isinf(best), 0.0, best)


def _sample_prices(program: Program, project: Ints, local: Flags, watch: Watch, seed: int) -> Floats | None:
    present = np.unique(project)
    size = min(SAMPLE, len(present))
    chosen = np.random.default_rng(seed).choice(present, size, replace=False)
    inside = np.zeros(int(present[-1]) + 1, bool)
    inside[chosen] = True
    share = size / len(present)
    columns = np.r_[np.flatnonzero(inside[project]), np.arange(len(project), len(program.cost))]
    matrix = sp.csc_array(program.matrix[:, columns])
    whole = np.diff(program.matrix.tocsr().indptr) == np.diff(matrix.tocsr().indptr)
    lower = np.where(local, np.where(whole, program.row_lower, -np.inf), program.row_lower * share)
    upper = np.where(local, np.where(whole, program.row_upper, np.inf), program.row_upper * share)
    part = Program(
        matrix,
        lower,
        upper,
        program.column_lower[columns],
        program.column_upper[columns],
        program.integer[columns],
        program.cost[columns],
    )
    outcome = Solver(part, watch, seed=seed, relaxed=True).run()
    return outcome.row_dual if outcome.status == "optimal" else None


def _price_out(program: Program, project: Ints, start: Ints, watch: Watch, seed: int) -> Relaxation | None:
    """Solve over the options at hand, add what would improve it, until nothing does."""
    options = len(project)
    rest = np.arange(options, len(program.cost))
    at_hand = np.zeros(len(program.cost), bool)
    at_hand[start] = at_hand[rest] = True
    columns = np.r_[start, rest]
    part = Program(
        sp.csc_array(program.matrix[:, columns]),
        program.row_lower,
        program.row_upper,
        program.column_lower[columns],
        program.column_upper[columns],
        program.integer[columns],
        program.cost[columns],
    )
    solver = Solver(part, watch, seed=seed, relaxed=True)
    for _ in range(ROUNDS):
        outcome = solver.run()
        if outcome.status != "optimal" or outcome.x is None:
            return None
        reduced = program.cost - program.matrix.T @ outcome.row_dual
        missing = np.where(at_hand[:options], 0.0, reduced[:options])
        gain = np.maximum(_best(missing, project), 0.0)
        bound = outcome.value + float(gain.sum())
        watch.tell("lp", None, bound)
        new = np.flatnonzero(missing > _TOLERANCE)
        if not len(new):
            return _result(program, columns, outcome, bound, reduced)
        at_hand[new] = True
        columns = np.r_[columns, new]
        solver.add_columns(_columns(program, new))
    return None


def _columns(program: Program, at: Ints) -> Program:
    return replace(
        program,
        matrix=sp.csc_array(program.matrix[:, at]),
        column_lower=program.column_lower[at],
        column_upper=program.column_upper[at],
        integer=program.integer[at],
        cost=program.cost[at],
    )


def _result(program: Program, columns: Ints, outcome: Outcome, bound: float, reduced: Floats) -> Relaxation:
    x = np.zeros(len(program.cost))
    x[columns] = outcome.x
    return Relaxation(x, bound, reduced)
