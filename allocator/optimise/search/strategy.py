"""Choose the options: the linear relaxation first, then only what it leaves open, then a proof.

Small models go to the integer program at once. Large ones solve the relaxation, fix the projects on which it
is decided and search among the options that move the rows with a price, around the best plan so far
(`allocator.optimise.search.neighbourhoods`), after what rows of few projects say has become rows of the model
(`allocator.optimise.search.cuts`), and exchange options in pairs that use up what is left of these rows
(`allocator.optimise.search.pair_swaps`); then they free more and more of what costs least to change, and polish the plan
group by group in between (`allocator.optimise.search.group_search`). What is still open
then is proved: an option whose reduced cost exceeds the distance between plan and bound cannot be in a better
plan, so the full model shrinks to the few options left. The bound reported is always one for the full model;
a restricted or narrowed model is never taken for a proof that there is no plan. What an integer program claims, a
bound or that there is no plan, a second solve is to claim as well that has no plan to start from, another seed,
other scales and no presolve, as long as that is affordable (`allocator.optimise.search.proofs`); a bound that a plan exceeds is
given up. Where the prices of the relaxation prove as much by themselves (`allocator.optimise.search.price_bound`), no solver
needs to be believed. Funding only what is forced is a plan if it keeps every rule, whatever a solver says.

All heuristics stop on work done (nodes), never on seconds, so the same input gives the same plan unless the
clock ends the search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from allocator.messages import Message
from allocator.messages.errors import Interrupted, NoPlanInTime
from allocator.messages.watch import Progress, Watch
from allocator.money.arrays import Flags, Floats
from allocator.optimise.exact import ExactPlan, objective
from allocator.optimise.instance import Instance
from allocator.optimise.search.cuts import narrowed
from allocator.optimise.search.dominated import dominated
from allocator.optimise.search.engine import Engine, NoPlan
from allocator.optimise.search.first_plan import least_funded, plain_bound, secure
from allocator.optimise.search.floor_plans import plan_for_floors
from allocator.optimise.search.group_search import polish
from allocator.optimise.search.neighbourhoods import ATTEMPTS, BY_LOT, WIDER, Calls, Priced, around_undecided
from allocator.optimise.search.outcome_cuts import learned, without_rows
from allocator.optimise.search.pair_swaps import Exchanges
from allocator.optimise.search.prices import Prices, prices, row_prices
from allocator.optimise.search.program import ZERO, Disagreement, Found, Search
from allocator.optimise.search.proofs import confirm, prove, prove_by_prices
from allocator.optimise.search.repair import mend
from allocator.optimise.search.sifting import Relaxation
from allocator.optimise.search.ties import break_ties
from allocator.problem.case import Case
from models.compiler import Compiled

FAR = 0.005
"""Gap above which the plan is polished before it is searched around: every group has something to bring then."""
BARREN = 10
"""Searches around a plan, one after the other, that may not pay before others take their place."""
SMALL = 3_000
"""Options up to which the whole integer program is solved at once."""
NODES = 500
"""Branch-and-bound nodes a search among freed projects may take; small models prove the optimum within them."""
FEW_NODES = 20
"""Nodes of a search around the prices: what is not found at its root is sooner found somewhere else."""
FIRST = 0.002
"""Gap at which the first plan is good enough to search around it."""
PAYS = 0.05
"""Share of the distance to the bound that a search around a plan must close, or the next one frees more."""
CLAIMED_BY = ONE, TWO, PRICES = "one solve", "two solves", "prices"
"""What a bound rests on, the least that can be checked first."""
PATIENCE = 4
"""Exchanges in a row that need not pay."""


@dataclass(frozen=True)
class Stage:
    """Value and bound (in fen of goal) and gap of one goal in its order."""

    value: Fraction
    bound: float
    gap: float
    by: str
    """What claims or proves the bound."""


@dataclass(frozen=True, eq=False)
class Answer:
    """The plan in whole fen, with what was proved about it, and bounds that were found to be wrong on the way."""

    plan: ExactPlan
    stages: tuple[Stage, ...]
    proved: bool
    sizes: dict[str, int]
    timings: dict[str, float]
    disagreements: tuple[Disagreement, ...]
    """In fen of goal."""
    prices: Prices | None
    """What has a price in the relaxation of the last goal; None where that is not known."""
    compiled: Compiled
    duals: Floats | None
    """The prices themselves, of every row."""

    @property
    def bound_by(self) -> str:
        """What the bounds rest on: the least that any of them does."""
        return min((stage.by for stage in self.stages), key=CLAIMED_BY.index)


def solve(
    case: Case,
    instance: Instance,
    *,
    gap: float,
    seconds: float,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> Answer:
    """Choose the options of a case.

    The plan is proved within ``gap`` (share of the goal) of the best there is, or carries the bound that was
    reached when ``seconds`` ran out or the user interrupted.

    Raises:
        NoPlan: no plan meets every rule.
        NoPlanInTime: time ran out before any plan was found.
        Interrupted: the user stopped before any plan was found.
    """
    watch = Watch(seconds, progress)
    watch.unit = instance.goal_scale / case.money.fen_per_unit * (-1 if case.loaded.config.minimise else 1)
    started = watch.seconds
    watch.tell("translate")
    engine = engine or Engine.of(instance)
    timings = {"translate": watch.seconds - started}
    started = watch.seconds
    disagreements: list[Disagreement] = []
    with watch.interruptible():
        try:
            found, stages, last = _stages(case, instance, engine, watch, gap, disagreements)
        except NoPlan:
            found, stages, last = _forced(case, instance, engine, watch, disagreements)
        duals = row_prices(last, SMALL)
    timings["solve"] = watch.seconds - started
    compiled, priced = engine.compiled, None if duals is None else prices(last, duals)
    rows, columns = compiled.matrix.shape
    sizes = {"rows": rows, "columns": columns, "nonzeros": int(compiled.matrix.nnz)}
    proved = all(stage.gap <= gap + ZERO for stage in stages)
    scaled = tuple(Disagreement(*(worth * instance.goal_scale for worth in told)) for told in disagreements)
    return Answer(found.exact, tuple(stages), proved, sizes, timings, scaled, priced, compiled, duals)


def _stages(
    case: Case,
    instance: Instance,
    engine: Engine,
    watch: Watch,
    gap: float,
    disagreements: list[Disagreement],
) -> tuple[Found, list[Stage], Search]:
    """Search every goal in its order, each keeping what the earlier ones found, less their tolerance; the last search."""
    compiled, program = engine.compiled, engine.program(case, instance)
    cuts = learned(case, instance, engine, replace(program, cost=instance.cost(compiled, 0)), watch, gap)
    found: Found | None = None
    stages: list[Stage] = []
    earlier = compiled.rows_of("earlier_goal")
    for number in range(len(instance.stages)):
        told = replace(program, cost=instance.cost(compiled, number))
        told = told if cuts is None else cuts.applied(told)  # a goal of several stages has no outcomes
        search = Search(case, instance, compiled, told, watch, gap, number, cuts=cuts, disagreements=disagreements)
        known = engine.last if found is None else found.x
        if known is not None:
            search.adopt(known)
        found = best_of_stage(search, engine)
        prove_by_prices(search, engine)
        stages.append(_stage(search, found))
        program = search.program
        if number < len(instance.stages) - 1:
            tolerance = case.terms[number].tolerance
            share = search.proved_gap if tolerance is None else float(tolerance)
            keep = found.value - max(share, ZERO) * abs(found.value)
            upper = program.row_upper.copy()
            upper[earlier.start + number] = -keep  # the row reads "−value ≤ −floor"
            program = replace(program, row_upper=upper)
        elif search.proved_gap <= ZERO and (gap == 0 or len(instance.rows) <= SMALL):
            found = break_ties(search, found)
    assert found is not None
    engine.last = found.x
    return found, stages, search


def best_of_stage(s: Search, engine: Engine) -> Found:
    """The best plan of a stage; that there is none is not believed where one is known."""
    try:
        improve(s, engine)
    except NoPlan:
        if s.best is None:
            raise
        s.disagreements.append(Disagreement(-np.inf, s.best.value))
    secure(s, engine)
    if s.best is None:
        raise _without_plan(s.watch)
    return s.best


def _stage(s: Search, found: Found) -> Stage:
    bound = max(s.bound, found.value)
    worth = objective(s.case, found.exact, s.stage)
    by = PRICES if s.price_bound is not None else TWO if s.confirmed else ONE
    return Stage(worth, bound * s.instance.goal_scale, s.proved_gap, by)


def _forced(
    case: Case, instance: Instance, engine: Engine, watch: Watch, disagreements: list[Disagreement]
) -> tuple[Found, list[Stage], Search]:
    """What is promised or must be funded, in the smallest way, and nothing else: a plan whatever a solver says.

    Raises:
        NoPlan: it breaks a rule.
    """
    program = engine.program(case, instance)
    x, stages, found = least_funded(case, instance, engine, program), list[Stage](), None
    for number in range(len(instance.stages)):
        told = replace(program, cost=instance.cost(engine.compiled, number))
        s = Search(case, instance, engine.compiled, told, watch, 0.0, number)
        if x is None or not s.take(x) or s.best is None:
            raise NoPlan
        s.bound = max(plain_bound(s), s.best.value)
        found = s.best
        stages.append(_stage(s, found))
    assert found is not None
    disagreements.append(Disagreement(-np.inf, found.value))
    engine.last = found.x
    return found, stages, s


def _without_plan(watch: Watch) -> Exception:
    if watch.stop.is_set():
        return Interrupted([Message("solve.interrupted", {})])
    return NoPlanInTime([Message("solve.no_plan_in_time", {"seconds": f"{watch.seconds:.0f}"})])


def improve(s: Search, engine: Engine) -> None:
    """Find and prove a plan for one stage, or a better one than is known, without the options that cannot be in it."""
    before, matrix = s.program.column_upper, s.program.matrix
    if s.case.risk is None:  # what is learned of outcomes may make rows for which they differ
        closed = dominated(s.program, s.case.measures.project[s.instance.rows], engine.single)
        upper = before.copy()
        upper[: len(closed)][closed] = 0.0
        s.program = replace(s.program, column_upper=upper)
    try:
        _improve(s, engine)
    finally:
        s.program = replace(without_rows(s.program, s.block_rows, matrix), column_upper=before)


def _improve(s: Search, engine: Engine) -> None:
    """Solve a small model at once; a large one by its relaxation, searches among some options, and a proof."""
    everything = np.ones(len(s.instance.rows), bool)
    if len(everything) <= SMALL:
        _at_once(s, everything)
        return
    s.watch.tell("lp")
    relaxed = engine.relax(s.program, s.case, s.instance, s.watch)
    if relaxed is None:
        return
    s.bound = relaxed.bound
    if relaxed.x is None:
        s.profit = relaxed.reduced
        return
    s.relaxation, s.prices = relaxed.x, relaxed.prices
    calls = Calls.of(s, relaxed)
    s.watch.tell("rens")
    priced = Priced(s, calls, relaxed.prices, engine.local)
    _first_plan(s, priced)
    exchanges = _exchanged(s, engine, calls, relaxed)
    if not s.done and (narrow := narrowed(s, engine, relaxed)) is not None:
        relaxed, s.bound, s.relaxation = narrow, min(s.bound, narrow.bound), narrow.x
        calls = Calls.of(s, relaxed)
        priced = Priced(s, calls, relaxed.prices, engine.local)
        if s.proved_gap > FIRST:
            _first_plan(s, priced)
        exchanges = _exchanged(s, engine, calls, relaxed)
    if s.best is None and s.cuts is None:
        _mended_plan(s, calls)
    if FAR < s.proved_gap < float("inf") and not s.done:
        polish(s, calls.loss)
    _around_plan(s, priced, exchanges or _exchanged(s, engine, calls, relaxed))
    for parts in around_undecided(s, calls):
        if s.done:
            return
        if not plan_for_floors(s, relaxed, parts, calls.loss):
            s.together(parts, s.gap / 4, NODES)
        if not s.done:
            polish(s, calls.loss)
    _prove_rest(s, calls)


def _first_plan(s: Search, priced: Priced) -> None:
    """A first plan from what moves the priced rows."""
    for shifts in (False, True):
        s.together([priced.first(shifts=shifts)], s.gap / 4, FEW_NODES, enough=FIRST, choosy=True)
        if s.best is not None:
            return


def _mended_plan(s: Search, calls: Calls) -> None:
    """A first plan where rounding breaks rules."""
    if (free := mend(s, calls.loss, calls.undecided)) is not None:
        s.integer(free, s.gap / 4, NODES)


def _exchanged(s: Search, engine: Engine, calls: Calls, relaxed: Relaxation) -> Exchanges | None:
    """Exchange options of the best plan in pairs while that pays."""
    if s.best is None or s.done:
        return None
    found = Exchanges(s, engine, calls, relaxed)
    _exchange(s, found)
    return found


def _exchange(s: Search, exchanges: Exchanges, patience: int = PATIENCE) -> None:
    """The best exchanges, then some drawn by lot, until several in a row do not pay; of a single try those drawn by lot."""
    failed = 0
    while s.best is not None and not s.done and failed < patience:
        before, free = s.best.value, exchanges.around_best(by_lot=failed > 0 or patience == 1)
        if free is not None:
            s.around_best([free], s.gap / 4, FEW_NODES)
        failed = failed + 1 if s.best.value - before < PAYS * (s.bound - before) else 0


def _around_plan(s: Search, priced: Priced, exchanges: Exchanges | None) -> None:
    """Searches around the best plan that free a little more whenever one does not pay, and exchanges after those that do."""
    count, barren = float(BY_LOT), 0
    for _ in range(ATTEMPTS):
        if s.best is None or s.done or barren >= BARREN:
            return
        before = s.best.value
        s.around_best(
            [priced.by_lot(int(count), shifts=shifts) for shifts in (False, True)], s.gap / 4, FEW_NODES, choosy=True
        )
        pays = s.best.value - before >= PAYS * (s.bound - before)
        count *= 1 if pays else WIDER
        if exchanges is not None and (pays or s.cuts is not None):  # searches are slow with outcomes, exchanges are not
            _exchange(s, exchanges, patience=PATIENCE if s.best.value > before else 1)
        barren = 0 if s.best.value - before >= PAYS * (s.bound - before) else barren + 1


def _prove_rest(s: Search, calls: Calls) -> None:
    """The full model, but for the options that can be in no better plan, until the gap is reached or proved not to be."""
    loss = calls.loss
    if s.best is None:
        _mended_plan(s, calls)
    s.watch.tell("mip")
    while not s.done:
        slack = float("inf") if s.best is None else s.bound - s.best.value
        open_ = loss <= slack * (1 + 1e-9) + 1e-9
        if s.best is None:
            prove(s, open_, s.gap, None)
            return
        before, told = s.best, s.program
        prove(s, open_, s.gap, None)
        if s.done:
            confirm(s, open_)
            return
        if s.best is before and s.program is told:
            return


def _at_once(s: Search, everything: Flags) -> None:
    """Solve a small model as a whole, again where a plan has taught it more of the worst outcomes."""
    s.watch.tell("mip")
    prove(s, everything, 0.0, NODES)
    while not s.done:
        told = s.program
        prove(s, everything, s.gap, None)
        if s.program is told:
            break
    confirm(s, everything)
