"""The linear relaxation of a large model, exactly, from the few options that matter.

Prices come from a sample of the projects with budgets and limits scaled down to it, then from a larger sample
and so on. At these prices every option has a profit; only those near the best of their project enter one live
model, and a project with a single one far ahead is settled on it. The model's own prices then rate all options
again, what would improve it is added to the same model, which goes on from its last basis, until nothing
does: that is the optimum over all options. At any prices the model's value plus what the best left-out option
of each project could add is a valid bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from allocator.highs import Floats, Outcome, Program, Solver, Watch
from allocator.measures import Flags, Ints

SAMPLES = (3_000, 24_000)
"""Projects whose options set the first prices, and the next ones."""
BANDS = (0.05, 0.02)
"""Share of an option's value by which it may stay behind the best of its project, after each sample."""
ROUNDS = 100
_TOLERANCE = 1e-7


@dataclass(eq=False)
class Live:
    """The live model over the options at hand: its columns in order, and the options it has settled on."""

    solver: Solver
    program: Program
    columns: Ints
    inside: Flags
    settled: Flags


@dataclass(frozen=True, eq=False)
class Relaxation:
    """Optimum of the relaxation: columns, value, a valid bound, reduced costs of all columns, and its live model."""

    x: Floats
    bound: float
    reduced: Floats
    live: Live | None = None


@dataclass(frozen=True, eq=False)
class Sifted:
    """A program whose first columns are options: the ``project`` of each, the row that allows one per project.

    ``single`` marks those rows, ``local`` all rows of single projects or a few of them; ``bound_to`` marks
    options in any local row but the single ones.
    """

    program: Program
    project: Ints
    single: Flags
    local: Flags

    @property
    def options(self) -> Program:
        """The option columns alone."""
        return columns_of(self.program, np.arange(len(self.project)))

    def bound_to(self) -> Flags:
        """Options that rules between projects, or a duty to fund, speak of."""
        rows = (self.local & ~self.single).astype(float)
        return np.asarray((abs(self.program.matrix[:, : len(self.project)]).T @ rows) != 0)

    def profit(self, dual: Floats) -> Floats:
        """What every option is worth at the prices of all rows but the single ones."""
        prices = np.where(self.single, 0.0, dual)
        options = len(self.project)
        return self.program.cost[:options] - self.program.matrix[:, :options].T @ prices

    def best(self, profit: Floats) -> Floats:
        """The greatest profit of every project, at least 0."""
        best = np.zeros(int(self.project[-1]) + 1)
        np.maximum.at(best, self.project, profit)
        return best


def relax(sifted: Sifted, watch: Watch, seed: int) -> Relaxation | None:
    """The relaxation's optimum; None when the watch ends it first, or when the options at hand allow no plan."""
    dual: Floats | None = None
    inside = np.ones(len(sifted.project), bool)
    for size, band in zip(SAMPLES, BANDS, strict=True):
        if dual is not None and size >= len(np.unique(sifted.project)):
            break
        found = _sample_prices(sifted, inside, size, watch, seed)
        if found is None and watch.over:
            return None
        dual = found if found is not None else dual
        if dual is None:
            return None
        inside = near_best(sifted, dual, band)
    assert dual is not None
    return _price_out(sifted, inside, sifted.profit(np.where(sifted.local, 0.0, dual)), watch, seed)


def near_best(sifted: Sifted, dual: Floats, band: float) -> Flags:
    """Options that stay behind the best of their project by less than ``band`` of their value."""
    profit = sifted.profit(np.where(sifted.local, 0.0, dual))
    behind = sifted.best(profit)[sifted.project] - profit
    value = np.abs(sifted.program.cost[: len(sifted.project)])
    return (behind <= band * value + _TOLERANCE) | sifted.bound_to()


def _sample_prices(sifted: Sifted, inside: Flags, size: int, watch: Watch, seed: int) -> Floats | None:
    """Row prices of the relaxation over a sample of projects, with budgets and limits scaled down to it."""
    program, project = sifted.program, sifted.project
    present = np.unique(project)
    size = min(size, len(present))
    sampled = np.zeros(int(present[-1]) + 1, bool)
    sampled[np.random.default_rng(seed).choice(present, size, replace=False)] = True
    share = size / len(present)
    options = np.flatnonzero(sampled[project] & inside)
    part = columns_of(program, np.r_[options, np.arange(len(project), len(program.cost))])
    asked = np.diff(program.matrix.tocsr().indptr)
    whole = ~sifted.local | sifted.single | (asked == np.diff(part.matrix.tocsr().indptr))
    scale = np.where(sifted.local, 1.0, share)
    lower = np.where(whole, program.row_lower, -np.inf) * scale
    upper = np.where(whole, program.row_upper, np.inf) * scale
    outcome = Solver(replace(part, row_lower=lower, row_upper=upper), watch, seed=seed, relaxed=True).run()
    return outcome.row_dual if outcome.status == "optimal" else None


def _price_out(sifted: Sifted, inside: Flags, profit: Floats, watch: Watch, seed: int) -> Relaxation | None:
    """The optimum from the options at hand and whatever improves it."""
    program, options = sifted.program, len(sifted.project)
    settled = _settled(sifted, inside, profit)
    columns = np.r_[np.flatnonzero(inside), np.arange(options, len(program.cost))]
    lower = program.column_lower.copy()
    lower[:options][settled] = 1.0
    solver = Solver(columns_of(replace(program, column_lower=lower), columns), watch, seed=seed, relaxed=True)
    return _improve(sifted, Live(solver, program, columns, inside.copy(), settled), watch)


def resume(sifted: Sifted, live: Live, watch: Watch) -> Relaxation | None:
    """The optimum after bounds or costs have changed, from where the last one ended.

    None when the watch ends it, or when the options at hand allow no plan any more.
    """
    program, before, options = sifted.program, live.program, len(sifted.project)
    live.solver.watch = watch
    lower = program.column_lower.copy()
    lower[:options][live.settled] = np.minimum(1.0, program.column_upper[:options][live.settled])
    old = before.column_lower.copy()
    old[:options][live.settled] = 1.0
    at = live.columns
    live.solver.change_rows(before, program)
    cost = np.flatnonzero(program.cost[at] != before.cost[at])
    live.solver.change_costs(cost, program.cost[at][cost])
    moved = np.flatnonzero((lower[at] != old[at]) | (program.column_upper[at] != before.column_upper[at]))
    live.solver.change_bounds(moved, lower[at][moved], program.column_upper[at][moved])
    live.settled &= lower[:options] == 1.0
    live.program = program
    return _improve(sifted, live, watch)


def _improve(sifted: Sifted, live: Live, watch: Watch) -> Relaxation | None:
    """Solve over the options at hand, add what would improve it, until nothing does."""
    program, project = sifted.program, sifted.project
    for _ in range(ROUNDS):
        outcome = live.solver.run()
        if outcome.status != "optimal" or outcome.x is None:
            return None
        profit = sifted.profit(outcome.row_dual)
        best = sifted.best(profit)
        base = _counted(sifted, outcome, live.settled, profit)
        watch.tell("lp", None, outcome.value + float(np.maximum(best - base, 0.0).sum()))
        loose = live.settled & (profit < best[project] - _TOLERANCE)
        new = ~live.inside & (profit > base[project] + _TOLERANCE)
        if not new.any() and not loose.any():
            return _result(sifted, live, outcome, best, profit)
        if loose.any():
            place = np.flatnonzero(np.isin(live.columns, np.flatnonzero(loose)))
            column = live.columns[place]
            live.solver.change_bounds(place, program.column_lower[column], program.column_upper[column])
            live.settled &= ~loose
        live.inside |= new
        live.columns = np.r_[live.columns, np.flatnonzero(new)]
        live.solver.add_columns(columns_of(program, np.flatnonzero(new)))
    return None


def _settled(sifted: Sifted, inside: Flags, profit: Floats) -> Flags:
    """Options that are alone near the best of their project and pay for themselves with room to spare."""
    project = sifted.project
    count = np.bincount(project[inside], minlength=int(project[-1]) + 1)
    value = np.abs(sifted.program.cost[: len(project)])
    return inside & (count[project] == 1) & (profit > BANDS[-1] * value) & ~sifted.bound_to()


def _counted(sifted: Sifted, outcome: Outcome, settled: Flags, profit: Floats) -> Floats:
    """What the model's value already counts for every project: its single row's price, or its settled option."""
    rows = np.flatnonzero(sifted.single)
    owner = _owner_of(sifted)
    base = np.zeros(int(sifted.project[-1]) + 1)
    base[owner] = np.maximum(outcome.row_dual[rows], 0.0)
    base[sifted.project[settled]] = profit[settled]
    return base


def _owner_of(sifted: Sifted) -> Ints:
    """Project of every single row."""
    rows = sifted.program.matrix[:, : len(sifted.project)].tocsr()[np.flatnonzero(sifted.single)]
    return sifted.project[rows.indices[rows.indptr[:-1]]]


def columns_of(program: Program, at: Ints) -> Program:
    """The program with some of its columns."""
    return replace(
        program,
        matrix=sp.csc_array(program.matrix[:, at]),
        column_lower=program.column_lower[at],
        column_upper=program.column_upper[at],
        integer=program.integer[at],
        cost=program.cost[at],
    )


def _result(sifted: Sifted, live: Live, outcome: Outcome, best: Floats, profit: Floats) -> Relaxation:
    """The optimum; an option's reduced cost is what it stays behind the best of its project, or behind nothing."""
    program, options = sifted.program, len(sifted.project)
    x = np.zeros(len(program.cost))
    x[live.columns] = outcome.x
    reduced = program.cost - program.matrix.T @ outcome.row_dual
    reduced[:options] = profit - best[sifted.project]
    return Relaxation(x, outcome.value, reduced, live)
