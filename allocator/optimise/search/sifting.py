"""The linear relaxation of a large model, exactly, from the few options that matter.

Prices come from a sample of the projects with budgets and limits scaled down to it, then from a larger sample
and so on. At these prices every option has a profit; only those near the best of their project enter one live
model, and a project with a single one far ahead is settled on it. The model's own prices then rate all options
again, what would improve it is added to the same model, which goes on from its last basis, until nothing
does: that is the optimum over all options. Where the options at hand allow no plan, more are let in, until all
are. At any prices the model's value plus what the best left-out option of each project could add is a valid bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from allocator.messages.watch import Watch
from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.search.highs import Outcome, Program, Solver

SAMPLES = (500, 3_000, 24_000)
"""Projects whose options set the first prices, and the next ones."""
BANDS = (0.1, 0.03, 0.02)
"""Share of an option's value by which it may stay behind the best of its project, after each sample."""
WIDER = 4.0
"""Factor by which the band grows where the options at hand allow no plan."""
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
    """Optimum of the relaxation: columns, a valid bound, reduced costs, its live model, what options are worth, prices.

    When the watch ended it first: no columns, the best bound that the prices so far prove, and instead of reduced
    costs the profits of the options at the last prices, if there were any.
    """

    x: Floats | None
    bound: float
    reduced: Floats
    live: Live | None = None
    profit: Floats = field(default_factory=lambda: np.zeros(0))
    prices: Floats = field(default_factory=lambda: np.zeros(0))
    """Of the rows."""


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

    @cached_property
    def open_(self) -> Flags:
        """Options that may be chosen."""
        return self.program.column_upper[: len(self.project)] > 0

    @cached_property
    def owned(self) -> Flags:
        """Options of which a single row allows one; of several promises to one project only the first is."""
        return self._touched(self.single)

    @cached_property
    def least(self) -> Floats:
        """What every project is worth at least: nothing, or whatever its best option is worth when it must have one."""
        must = self.single & (self.program.row_lower > 0)
        asked = self._touched(must)
        least = np.zeros(int(self.project.max(initial=-1)) + 1)
        least[self.project[asked]] = -np.inf
        return least

    def bound_to(self) -> Flags:
        """Options that rules between projects, or a duty to fund, speak of."""
        return self._touched(self.local & ~self.single)

    def _touched(self, rows: Flags) -> Flags:
        """Options with a coefficient in any of the rows."""
        m = self.program.matrix
        size = int(m.indptr[len(self.project)])
        inside = np.r_[0, np.cumsum(rows[m.indices[:size]])]
        ends = m.indptr[: len(self.project) + 1]
        return np.asarray(inside[ends[1:]] > inside[ends[:-1]])

    def profit(self, dual: Floats) -> Floats:
        """What every option is worth at the prices of all rows but the single ones."""
        prices = np.where(self.single, 0.0, dual)
        options = len(self.project)
        return np.asarray(self.program.cost[:options] - (self.program.matrix.T @ prices)[:options])

    def best(self, profit: Floats, among: Flags | None = None) -> Floats:
        """The greatest profit of every project over its open options, or those ``among`` them; at least 0 where it may go without."""
        best = self.least.copy()
        at = np.flatnonzero(self.open_ if among is None else self.open_ & among)
        np.maximum.at(best, self.project[at], profit[at])
        return np.where(np.isfinite(best), best, 0.0)


def relax(sifted: Sifted, watch: Watch, seed: int) -> Relaxation | None:
    """The relaxation's optimum, or only a bound when the watch ends it first; None when there is no solution."""
    profit, known = sifted.program.cost[: len(sifted.project)], np.zeros(0)
    inside = np.ones(len(sifted.project), bool)
    bound = np.inf
    for size, band in zip(SAMPLES, BANDS, strict=True):
        dual = sample_prices(sifted, inside, size, watch, seed)
        if watch.over:
            return Relaxation(None, bound, known)
        if dual is not None:
            bound = min(bound, bound_at(sifted, dual))
            watch.tell("lp", None, bound)
            profit = known = sifted.profit(dual)
        inside = near_best(sifted, profit, band)
        if size >= len(np.unique(sifted.project)):
            break
    return _price_out(sifted, inside, profit, watch, seed, bound)


def near_best(sifted: Sifted, profit: Floats, band: float) -> Flags:
    """Options that stay behind the best of their project by less than ``band`` of their value."""
    behind = sifted.best(profit)[sifted.project] - profit
    value = np.abs(sifted.program.cost[: len(sifted.project)])
    return (behind <= band * value + _TOLERANCE) | sifted.bound_to()


def bound_at(sifted: Sifted, dual: Floats) -> float:
    """What no plan exceeds: its worth when rows may be broken at the prices ``dual``, those of local rows left out.

    The other columns must be rightly priced, as they are at the optimum of any model that holds them all.
    """
    p, options = sifted.program, len(sifted.project)
    price = np.where(sifted.local, 0.0, dual)
    side = np.where(price > 0, p.row_upper, p.row_lower)
    price = np.where(np.isfinite(side), price, 0.0)
    profit = sifted.profit(price)
    best = sifted.best(profit, sifted.owned).sum() + np.maximum(profit[~sifted.owned], 0.0).sum()
    reduced = (p.cost - p.matrix.T @ price)[options:]
    end = np.where(reduced > 0, p.column_upper[options:], p.column_lower[options:])
    others = np.where(np.isfinite(end), reduced, 0.0) @ np.where(np.isfinite(end), end, 0.0)
    return float(price @ np.where(price == 0, 0.0, side) + best + others + p.offset)


def sample_prices(sifted: Sifted, inside: Flags, size: int, watch: Watch, seed: int) -> Floats | None:
    """Prices of budgets and limits in the relaxation over a sample of projects, to which they are scaled down.

    Where the sample cannot reach what is asked of all projects, nothing is asked of it. Local rows have no price.
    """
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
    has = ~sifted.single | (np.diff(part.matrix.tocsr().indptr) > 0)
    lower = np.where(whole & has, program.row_lower, -np.inf) * scale
    upper = np.where(whole, program.row_upper, np.inf) * scale
    outcome = Solver(replace(part, row_lower=lower, row_upper=upper), watch, seed=seed, relaxed=True).run()
    if outcome.status == "infeasible":
        equal = lower == upper
        lower = np.where(~equal & (lower > 0), -np.inf, lower)
        upper = np.where(~equal & (upper < 0), np.inf, upper)
        outcome = Solver(replace(part, row_lower=lower, row_upper=upper), watch, seed=seed, relaxed=True).run()
    return np.where(sifted.local, 0.0, outcome.row_dual) if outcome.status == "optimal" else None


def _price_out(
    sifted: Sifted, inside: Flags, profit: Floats, watch: Watch, seed: int, bound: float
) -> Relaxation | None:
    """The optimum from the options at hand and whatever improves it."""
    program, options = sifted.program, len(sifted.project)
    settled = _settled(sifted, inside, profit)
    columns = np.r_[np.flatnonzero(inside), np.arange(options, len(program.cost))]
    lower = program.column_lower.copy()
    lower[:options][settled] = 1.0
    solver = Solver(columns_of(replace(program, column_lower=lower), columns), watch, seed=seed, relaxed=True)
    return _improve(sifted, Live(solver, program, columns, inside.copy(), settled), watch, profit, bound)


def whole(sifted: Sifted, solver: Solver, watch: Watch) -> Relaxation | None:
    """The optimum with all options at hand in ``solver``; only a bound when the watch ends it; None when there is none."""
    size = len(sifted.project)
    columns = np.arange(len(sifted.program.cost))
    live = Live(solver, sifted.program, columns, np.ones(size, bool), np.zeros(size, bool))
    return _improve(sifted, live, watch, np.zeros(len(sifted.project)))


def resume(sifted: Sifted, live: Live, watch: Watch) -> Relaxation | None:
    """The optimum after bounds or costs have changed, from where the last one ended.

    Only a bound when the watch ends it; None when there is no solution any more.
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
    return _improve(sifted, live, watch, np.zeros(len(sifted.project)))


def _improve(sifted: Sifted, live: Live, watch: Watch, profit: Floats, bound: float = np.inf) -> Relaxation | None:
    """Solve over the options at hand, add what would improve it, or make it possible, until nothing does."""
    band = BANDS[-1]
    while True:
        outcome = live.solver.run()
        if outcome.status == "stopped":
            return Relaxation(None, bound, profit)
        if outcome.status == "infeasible":
            if live.inside[sifted.open_].all() and not live.settled.any():
                return None
            band = max(band, _TOLERANCE) * WIDER
            loose = live.settled.copy()
            new = ~live.inside & sifted.open_ & (near_best(sifted, profit, band) | (band > 1.0))
        else:
            profit = sifted.profit(outcome.row_dual)
            best, base = sifted.best(profit), _counted(sifted, live, profit)
            bound = min(bound, outcome.value + float(np.maximum(best - base, 0.0).sum()))
            watch.tell("lp", None, bound)
            loose = live.settled & (profit < best[sifted.project] - _TOLERANCE)
            new = ~live.inside & sifted.open_ & (profit > base[sifted.project] + _TOLERANCE)
            if not new.any() and not loose.any():
                return _result(sifted, live, outcome, bound, profit)
        _let_in(sifted, live, new, loose)


def _let_in(sifted: Sifted, live: Live, new: Flags, loose: Flags) -> None:
    """Add options to the live model, and let go of settled ones."""
    program = sifted.program
    if loose.any():
        place = np.flatnonzero(np.isin(live.columns, np.flatnonzero(loose)))
        column = live.columns[place]
        live.solver.change_bounds(place, program.column_lower[column], program.column_upper[column])
        live.settled &= ~loose
    if new.any():
        live.inside |= new
        live.columns = np.r_[live.columns, np.flatnonzero(new)]
        live.solver.add_columns(columns_of(program, np.flatnonzero(new)))


def _settled(sifted: Sifted, inside: Flags, profit: Floats) -> Flags:
    """Options that are alone near the best of their project and pay for themselves with room to spare."""
    project = sifted.project
    count = np.bincount(project[inside], minlength=int(project[-1]) + 1)
    value = np.abs(sifted.program.cost[: len(project)])
    return np.asarray(inside & (count[project] == 1) & (profit > BANDS[-1] * value) & ~sifted.bound_to())


def _counted(sifted: Sifted, live: Live, profit: Floats) -> Floats:
    """What the model's value already counts for every project: the best at hand, or its settled option."""
    base = sifted.best(profit, live.inside)
    base[sifted.project[live.settled]] = profit[live.settled]
    return base


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


def _result(sifted: Sifted, live: Live, outcome: Outcome, bound: float, profit: Floats) -> Relaxation:
    """The optimum; an option's reduced cost is what it stays behind the best of its project, or behind nothing."""
    program, options = sifted.program, len(sifted.project)
    x = np.zeros(len(program.cost))
    x[live.columns] = outcome.x
    reduced = program.cost - program.matrix.T @ outcome.row_dual
    reduced[:options] = profit - sifted.best(profit)[sifted.project]
    return Relaxation(x, bound, reduced, live, profit, outcome.row_dual)
