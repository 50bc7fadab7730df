"""A plan and a bound when the clock ends a search before it has them: quick and plain, but true.

The plan is the best among few options: the close calls at the prices known, or else those that bring most for
their money, those that reach floors, and whatever promises and rules between projects ask for. The bound lets every project have its best option.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from allocator.messages.watch import Watch
from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.instance import Instance
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.program import ZERO, Search
from allocator.optimise.search.sifting import SAMPLES, bound_at, columns_of, sample_prices
from allocator.problem.case import Case
from models.values import Sparse

SECONDS, PER_OPTION = 5.0, 5e-6
"""How long the clock may be overrun to find a first plan."""
PROJECTS = (500, 2_000, 8_000)
"""Projects whose options are tried where no prices are known, one attempt after the other."""
OPTIONS = 2
"""Options of a project that are tried where prices are known."""
CALLS = 20_000
"""Projects, those closest to being worth nothing, that are not decided by the prices alone."""
SHARES = (1.0, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2)
"""Of the projects decided by the prices, how many are taken; fewer where more do not fit together."""
FREED = (100, 400, 1_600)
"""Close calls that are freed beside what the relaxation over these leaves undecided."""
GAP = 0.01
NODES = 100


def secure(s: Search, engine: Engine) -> None:
    """Give a search that the clock has ended a plan, if one is easily found, and a finite bound.

    A user's interrupt is obeyed: what is not found by then is not looked for.
    """
    if s.best is None and not s.watch.stop.is_set():
        s.watch.tell("first")
        watch = Watch(SECONDS + PER_OPTION * len(s.instance.rows), s.watch.progress)
        watch.stop, watch.unit = s.watch.stop, s.watch.unit
        if len(s.instance.rows) and (s.profit is None or not s.profit.any()):
            _sample(s, engine, watch)
        quick = replace(s, watch=watch, relaxation=None)
        for guess, free in chain(_priced(s, watch), _attempts(s)):
            quick.relaxation = guess
            quick.integer(free, GAP, NODES)
            if watch.over or (guess is not None and quick.best is not None):
                break
        s.best, s.program, s.margin = quick.best, quick.program, quick.margin
    if s.best is not None and not np.isfinite(s.bound):
        s.bound = max(plain_bound(s), s.best.value)


def _sample(s: Search, engine: Engine, watch: Watch) -> None:
    """Prices, and the bound they prove, from the smallest sample."""
    sifted = engine.sifted(s.program, s.case, s.instance)
    inside, seed = np.ones(len(sifted.project), bool), s.case.loaded.config.solver.seed
    dual = sample_prices(sifted, inside, SAMPLES[0], watch, seed)
    if dual is not None:
        s.profit, s.bound = sifted.profit(dual), min(s.bound, bound_at(sifted, dual))


def _priced(s: Search, watch: Watch) -> Iterator[tuple[Floats, Flags]]:
    """At known prices: the relaxation over the best options of every project, and ever more of its closest calls."""
    if s.profit is None or not s.profit.any():
        return
    project, profit = s.case.measures.project[s.instance.rows], s.profit
    asked, best = _asked(s), _leading(project, profit, 1)
    leading = asked | _leading(project, profit, OPTIONS)
    close = np.zeros(len(s.case.inputs.projects), bool)
    close[project[best][np.argsort(np.abs(profit[best]), kind="stable")[:CALLS]]] = True
    close[project[asked]] = True
    sure = best & (profit > 0) & ~close[project]
    luck = np.random.default_rng(s.case.loaded.config.solver.seed).random(len(sure))
    for share in SHARES if sure.any() else SHARES[:1]:
        found = _relaxed(s, watch, leading & close[project], sure & (luck < share))
        if found is not None:
            yield from _closest(s, *found)
        if found is not None or watch.over:
            return


def _relaxed(s: Search, watch: Watch, tried: Flags, sure: Flags) -> tuple[Floats, Ints, Floats] | None:
    """The relaxation over some options beside the ``sure`` ones: its columns, and what changing each option costs."""
    options = len(tried)
    columns = np.r_[np.flatnonzero(tried | sure), np.arange(options, len(s.program.cost))]
    lower = s.program.column_lower.copy()
    lower[:options][sure] = s.program.column_upper[:options][sure]
    part = columns_of(replace(s.program, column_lower=lower), columns)
    outcome = Solver(part, watch, seed=s.case.loaded.config.solver.seed, relaxed=True).run()
    if outcome.status != "optimal" or outcome.x is None:
        return None
    x = np.zeros(len(s.program.cost))
    x[columns] = outcome.x
    at = np.flatnonzero(tried)
    loss = np.zeros(len(x))
    loss[columns] = np.abs(outcome.column_dual)
    return x, at, loss[at]


def _closest(s: Search, x: Floats, tried: Ints, loss: Floats) -> Iterator[tuple[Floats, Flags]]:
    """What the relaxation leaves undecided, and ever more of the options that cost least to change."""
    project = s.case.measures.project[s.instance.rows]
    fractional = np.minimum(x, 1 - x)[tried] > ZERO
    ranked = tried[np.argsort(np.where(fractional, -1.0, loss), kind="stable")]
    for count in FREED:
        open_ = np.zeros(len(s.case.inputs.projects), bool)
        open_[project[ranked[: int(fractional.sum()) + count]]] = True
        free = np.zeros(len(project), bool)
        free[tried] = open_[project[tried]]
        yield x, free


def _leading(project: Ints, rate: Floats, count: int) -> Flags:
    """The ``count`` options of the highest rates of every project."""
    order = np.lexsort((-rate, project))
    first = np.diff(project[order], prepend=-1) != 0
    place = np.arange(len(order)) - np.flatnonzero(first)[np.cumsum(first) - 1]
    leading = np.zeros(len(order), bool)
    leading[order[place < count]] = True
    return leading


def _attempts(s: Search) -> Iterator[tuple[None, Flags]]:
    """Without prices: options that bring much, that bring much for their money, or that floors ask for."""
    m, rows, sides = s.case.measures, s.instance.rows, s.instance.sides["FLOORS"]
    project, award = m.project[rows], m.amount("award")[rows]
    value = _worth(s)
    for_money = np.where(value > 0, value / np.maximum(award, 1.0), value)
    position = np.full(len(s.case.usable), -1)
    position[rows] = np.arange(len(rows))
    asked = _asked(s)
    size = len(s.case.inputs.projects)
    for count in PROJECTS:
        free = asked.copy() if asked.sum() <= 10 * count else m.committed[rows]
        for rate in (for_money, value):
            best = _best_of_each(project, rate)
            free[best[np.argsort(-rate[best], kind="stable")[:count]]] = True
        for group in {s.case.rules.bounds[number].group for number in sides}:
            found = s.case.rules.groups[group]
            at, amounts = position[found.rows], found.amounts
            at, amounts = at[at >= 0], amounts[at >= 0]
            free[at[np.argsort(-amounts, kind="stable")[: count // max(1, len(sides))]]] = True
        yield None, free
        if count >= size:
            return


def _asked(s: Search) -> Flags:
    """Options that promises, duties to fund and rules between projects speak of."""
    links, m, rows = s.case.links, s.case.measures, s.instance.rows
    kinds = (links.requires, links.excludes, links.one_of, links.all_or_none, links.same_instrument)
    named = np.zeros(len(s.case.inputs.projects), bool)
    named[[p for kind in kinds for rule in kind for p in rule.projects]] = True
    named[list(links.must_fund)] = True
    return np.asarray(named[m.project[rows]] | m.committed[rows])


def _best_of_each(project: Ints, rate: Floats) -> Ints:
    """The option of the highest rate of every project."""
    return np.flatnonzero(_leading(project, rate, 1))


def least_funded(case: Case, instance: Instance, engine: Engine, program: Program) -> Floats | None:
    """What is promised, and of each project that must be funded its smallest option; None if rules between projects forbid."""
    m, rows = case.measures, instance.rows
    project, award = m.project[rows], m.amount("award")[rows]
    x, promised = np.zeros(len(program.cost)), m.committed[rows]
    x[: len(rows)][promised] = 1.0
    for p in set(case.links.must_fund) - set(project[promised].tolist()):
        own = np.flatnonzero((project == p) & (program.column_upper[: len(rows)] > 0))
        x[own[np.argsort(award[own], kind="stable")[:1]]] = 1.0
    told = (program.matrix @ x)[engine.local]
    kept = (told >= program.row_lower[engine.local] - ZERO) & (told <= program.row_upper[engine.local] + ZERO)
    return x if kept.all() else None


def plain_bound(s: Search) -> float:
    """What no plan exceeds: every project has its best option, paid by whom it pays best to ask."""
    m, rows = s.case.measures, s.instance.rows
    value, committed, project = _worth(s), m.committed[rows], m.project[rows]
    best = np.zeros(len(s.case.inputs.projects))
    np.maximum.at(best, project[~committed], value[~committed])
    best[project[committed]] = 0.0
    together = sum(np.maximum(s.compiled.columns.part(name, s.program.cost), 0).sum() for name in ("closed", "joined"))
    return float(best.sum() + value[committed].sum() + together + s.program.offset)


def _worth(s: Search) -> Floats:
    """Value of every option, with the most that drawing its payments can bring."""
    drawn = s.compiled.columns.part("draw", s.program.cost)
    value = s.options(s.program.cost).copy()
    payment = s.instance.values.parameters["payment"]
    if not drawn.any() or not isinstance(payment, Sparse):
        return value
    sources = list(s.case.loaded.config.sources)
    payers = [[sources.index(name) for name in names] for names in s.instance.class_payers]
    most = np.array([drawn[who, k].max(axis=0) for k, who in enumerate(payers)])
    where, option = np.divmod(payment.keys, len(value))
    value += np.bincount(option, payment.values * most.ravel()[where], len(value))
    return value
