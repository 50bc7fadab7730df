"""The search for one goal: the program, what is known of its best plan, and integer programs over parts of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from allocator.messages.watch import Watch, relative_gap
from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.exact import ExactPlan, examine, objective
from allocator.optimise.instance import Instance
from allocator.optimise.search.exclusions import Row, exclusions
from allocator.optimise.search.highs import Outcome, Program, Solver
from allocator.optimise.search.outcome_cuts import OutcomeCuts, with_rows
from allocator.optimise.search.price_bound import PriceBound
from allocator.optimise.search.second import second_solver
from allocator.problem.case import Case
from models.compiler import Compiled
from models.formulation import EQUATIONS

MENDS = 30
"""How often a plan that the solver's tolerance let pass is ruled out before it is given up."""
NOISE = 1e-6
"""Share by which a plan may exceed a bound, which is a float, before the bound is wrong."""
ZERO = 1e-9
LINKS = [eq.name for eq in EQUATIONS if eq.links == "projects"]
"""Equations between projects."""
LOOSE = 0.01
"""By how much the float of such a whole number may be off."""
NEAR = 1e-7
"""What a plan may lose when it is looked at exactly, as a share."""
HALF = 0.5
"""Share of the distance between the best plan and the target that a search must be able to close to be worth its time."""
SOME = 1e-6
"""Gap from which a search ends at the first plan that is near enough."""


class Found(NamedTuple):
    """A plan as the solver's columns, exact, with its value in model units."""

    x: Floats
    exact: ExactPlan
    value: float


class Disagreement(NamedTuple):
    """A bound that one solve claimed, in model units, and what a plan is worth, or another solve claims, beyond it."""

    claimed: float
    found: float


@dataclass(frozen=True)
class Margin:
    """What rows and columns are narrowed by so that the solver's tolerance does not break them again.

    A narrower program serves to find plans; it proves nothing, since plans may be lost to it.
    """

    upper: Mapping[int, float] = field(default_factory=dict)
    column_lower: Mapping[int, float] = field(default_factory=dict)
    rows: tuple[tuple[Floats, float], ...] = ()

    def of(self, p: Program) -> Program:
        """The narrower program."""
        if not (self.upper or self.column_lower or self.rows):
            return p
        upper, lower = p.row_upper.copy(), p.column_lower.copy()
        for by, ends, sign in ((self.upper, upper, -1.0), (self.column_lower, lower, 1.0)):
            for at, amount in by.items():
                ends[at] += sign * amount
        return with_rows(replace(p, row_upper=upper, column_lower=lower), self.rows)

    def wider(self, upper: Mapping[int, float], column_lower: Mapping[int, float], rows: Sequence[Row] = ()) -> Margin:
        """This margin and more."""
        return Margin(_summed(self.upper, upper), _summed(self.column_lower, column_lower), (*self.rows, *rows))


def _summed(old: Mapping[int, float], new: Mapping[int, float]) -> dict[int, float]:
    return {at: old.get(at, 0.0) + new.get(at, 0.0) for at in {**old, **new}}


class Task(NamedTuple):
    """One integer program: the options free in it, what the others are fixed at, the plan known, its watch."""

    program: Program
    free: Flags
    fixed: Floats
    best: Found | None
    watch: Watch


@dataclass(eq=False)
class Search:
    """One stage's search: the program, which every plan keeps, and the best plan and bound so far."""

    case: Case
    instance: Instance
    compiled: Compiled
    program: Program
    watch: Watch
    gap: float
    stage: int
    best: Found | None = None
    bound: float = float("inf")
    relaxation: Floats | None = None
    cuts: OutcomeCuts | None = None
    """What is known of outcomes, where cuts stand for them."""
    block_rows: list[int] = field(default_factory=list)
    """Rows of the program that hold in every plan of this stage, but are not the planner's."""
    prices: Floats | None = None
    """Of the rows, in the relaxation of the whole model."""
    profit: Floats | None = None
    """What options are worth at the last prices of a relaxation that was not finished."""
    margin: Margin = field(default_factory=Margin)
    learned: set[tuple[bytes, float]] = field(default_factory=set)
    """Rows that plans have taught."""
    disagreements: list[Disagreement] = field(default_factory=list)
    confirmed: bool = False
    """Whether two solves that differ claim the bound."""
    price_bound: PriceBound | None = None
    """What proves the bound, where prices do."""
    nodes: int = 0
    """Nodes of the search trees that claimed bounds."""

    @property
    def proved_gap(self) -> float:
        """Distance between bound and best plan; infinite without either."""
        if self.best is None or not np.isfinite(self.bound):
            return float("inf")
        return relative_gap(self.best.value, max(self.bound, self.best.value))

    @property
    def done(self) -> bool:
        """Whether the gap asked is reached or the time is over."""
        return self.proved_gap <= self.gap + ZERO or self.watch.over

    def options(self, x: Floats) -> Floats:
        """The part of the columns that chooses options."""
        return x[: len(self.instance.rows)]

    def take(self, x: Floats) -> bool:
        """Keep a plan if every rule holds exactly and it is the best yet; else rule it out."""
        exact = self.examine(x)
        if self.cuts is not None:
            self.learn(self.cuts.cuts_of_plan(x, float(self.program.cost @ x)))
        if not exact.valid:
            self.exclude(x, exact)
            return False
        value = self.worth(exact)
        if self.best is None or value > self.best.value:
            self.best = Found(x, exact, value)
            self.contradict(value)
        self.watch.tell(None, self.best.value, self.bound)
        return True

    def contradict(self, value: float) -> None:
        """Give up a bound that a plan exceeds: whatever claimed it is wrong."""
        if value > self.bound + NOISE * max(1.0, abs(value)):
            self.disagreements.append(Disagreement(self.bound, value))
            self.bound, self.confirmed = float("inf"), False

    def adopt(self, x: Floats) -> None:
        """Start from an earlier plan if it still keeps every rule."""
        chosen = np.flatnonzero(self.options(x) > 0.5)
        exact = self.examine(x)
        open_ = bool(self.program.column_upper[chosen].all())
        funded = set(self.case.measures.project[exact.options].tolist())
        if exact.valid and open_ and set(self.case.links.must_fund) <= funded and self.keeps_links(x):
            self.best = Found(x, exact, self.worth(exact))

    def keeps_links(self, x: Floats) -> bool:
        """Whether a plan keeps every rule between projects: a changed model may have others than the one it is of."""
        p, does = self.program, self.program.matrix @ x
        rows = np.concatenate([np.arange(len(does))[self.compiled.rows_of(name)] for name in LINKS])
        return bool(np.all((does[rows] <= p.row_upper[rows] + LOOSE) & (does[rows] >= p.row_lower[rows] - LOOSE)))

    def examine(self, x: Floats) -> ExactPlan:
        """A plan of the solver in whole fen."""
        chosen = np.flatnonzero(self.options(x) > 0.5)
        draw = self.compiled.columns.part("draw", x) * self.instance.money_scale
        return examine(self.case, self.instance, chosen, draw)

    def worth(self, exact: ExactPlan) -> float:
        """Value of a plan in model units."""
        return float(objective(self.case, exact, self.stage)) / self.instance.goal_scale

    def exclude(self, x: Floats, exact: ExactPlan) -> None:
        """Rule out a plan that breaks rules within the solver's tolerance.

        By rows that every plan keeps, as far as there are any; else searches go on in a narrower program.
        """
        if not self.learn(exclusions(self.case, self.instance, exact, len(self.program.cost))):
            self.narrow(x, exact)

    def learn(self, rows: Sequence[Row]) -> bool:
        """Add rows that every plan keeps; whether any is new: one that is known is broken within the tolerance."""
        new = {(row.tobytes(), end): (row, end) for row, end in rows}
        new = {key: told for key, told in new.items() if key not in self.learned}
        self.learned |= new.keys()
        self.program = with_rows(self.program, list(new.values()))
        return bool(new)

    def narrow(self, x: Floats, exact: ExactPlan) -> None:
        """Widen the margin by what a plan breaks and a little."""
        c, p, scale = self.compiled, self.program, self.instance.money_scale
        upper: dict[int, float] = {}
        column_lower: dict[int, float] = {}
        for side, equation in (("FLOORS", "floor"), ("CAPS", "cap")):
            for at, number in enumerate(self.instance.sides[side]):
                if number in exact.broken:
                    row = c.rows_of(equation).start + at
                    # floors are rows "−total ≤ −floor", so both sides narrow from above
                    upper[row] = 1e-9 * max(1.0, abs(p.row_upper[row]))
        for s, t in np.argwhere(exact.short > 0).tolist():
            amount = float(exact.short[s, t]) / scale
            if t < len(self.case.loaded.config.years):
                column_lower[int(c.columns.at("lapse", (np.array([s]), np.array([t])))[0])] = amount
            else:
                tail = c.row_members["tail_limit"]
                for row in np.flatnonzero((tail[0] == s) & (tail[1] == t)).tolist():
                    upper[c.rows_of("tail_limit").start + row] = amount
        rows: Sequence[Row] = ()
        if exact.turnout and self.cuts is not None:
            rows = self.cuts.hairs(x, exact.turnout.broken, scale)
        elif exact.turnout:
            for equation, at, missing in exact.turnout.broken:
                row = c.rows_of(equation).start + at  # "≤" once Pyomo has turned it
                upper[row] = max(float(missing) / scale, 1e-9 * max(1.0, abs(p.row_upper[row])))
        self.margin = self.margin.wider(upper, column_lower, rows)

    def integer(self, free: Flags, gap: float, nodes: int | None) -> Outcome:
        """Look for a plan with only ``free`` options open, the others as in the relaxation, or else as in the best plan.

        Repeats while the solver's tolerance breaks a rule. Nothing is proved.
        """
        for _ in range(MENDS):
            outcome = self.restricted(self.task(free), gap, nodes)
            if outcome.x is None or self.take(outcome.x) or self.watch.over:
                break
        return outcome

    def proof(self, free: Flags, gap: float, nodes: int | None, *, second: bool = False) -> Outcome:
        """Solve with only ``free`` options open; bound and status hold for every plan with no others.

        Repeats while what the solver's tolerance let pass can be ruled out for certain.
        """
        bound = float("inf")
        for _ in range(MENDS):
            told = self.program
            outcome = self.restricted(self.task(free)._replace(program=told), gap, nodes, fine=False, second=second)
            self.nodes, bound = self.nodes + outcome.nodes, min(bound, outcome.bound)
            if outcome.x is None or self.take(outcome.x) or self.watch.over:
                return replace(outcome, bound=bound)
            if self.program is told:
                break
        self.integer(free, gap, nodes)
        return Outcome("stopped", None, -np.inf, bound)

    def task(self, free: Flags) -> Task:
        """The search for a plan among some options."""
        return Task(self.margin.of(self.program), free, self.fixed(free), self.best, self.watch)

    def around_best(self, parts: Sequence[Flags], gap: float, nodes: int | None, *, choosy: bool = False) -> None:
        """Search several parts together, with all that is not free as in the best plan."""
        relaxation, self.relaxation = self.relaxation, None
        try:
            self.together(parts, gap, nodes, choosy=choosy)
        finally:
            self.relaxation = relaxation

    def together(
        self, parts: Sequence[Flags], gap: float, nodes: int | None, *, enough: float = 0.0, choosy: bool = False
    ) -> None:
        """Search several parts on the threads allowed, until one closes the gap asked, or one that is good ``enough``.

        A ``choosy`` search leaves a part that cannot close half the distance to it; with outcomes, which are slow to
        search, one that cannot close it all is left, but for polishing, where every better plan counts.
        All start from the same plan and are taken in their order, so the result does not depend on the threads.
        """
        threads = self.case.loaded.config.solver.threads
        tasks = [self.task(free)._replace(watch=self.watch.apart()) for free in parts]
        target = self.target(max(enough, self.gap))
        least = target if choosy or (self.case.risk is not None and self.relaxation is not None) else None
        if choosy and target is not None and self.best is not None:
            least = target - HALF * (target - self.best.value)

        def search(task: Task) -> Outcome:
            return self.restricted(task, gap, nodes, target, least)

        with ThreadPoolExecutor(threads) as pool:
            outcomes = pool.map(search, tasks) if threads > 1 else map(search, tasks)
            for task, outcome in zip(tasks, outcomes, strict=True):
                if outcome.x is not None and self._new(outcome.x) and not self.take(outcome.x):
                    self.integer(task.free, gap, nodes)
                if self.proved_gap <= self.gap + ZERO:
                    break
            for task in tasks:
                task.watch.given_up.set()

    def _new(self, x: Floats) -> bool:
        """Whether a plan is another one than the best."""
        return self.best is None or bool((np.rint(self.options(x)) != np.rint(self.options(self.best.x))).any())

    def target(self, gap: float) -> float | None:
        """What a plan must be worth to be so near to the bound, where that is more than noise."""
        if gap < SOME or not np.isfinite(self.bound):
            return None
        least = self.bound / (1 + np.copysign(gap, self.bound))
        return float(least + NEAR * abs(least))

    def fixed(self, free: Flags) -> Floats:
        """What the options that are not free are fixed at."""
        fixed = np.zeros(len(self.program.cost))
        base = self.relaxation if self.best is None or self.relaxation is not None else self.best.x
        if base is not None:
            fixed[: len(free)] = np.where(free, 0.0, np.rint(self.options(base)))
        return fixed

    def restricted(
        self,
        task: Task,
        gap: float,
        nodes: int | None,
        target: float | None = None,
        least: float | None = None,
        *,
        fine: bool = True,
        second: bool = False,
    ) -> Outcome:
        """Solve one task; columns that are not free are as the task has fixed them."""
        p, free, fixed, best, watch = task
        part, columns = p, np.arange(len(p.cost))
        if not free.all():
            keep = p.column_lower != p.column_upper
            settled = np.where(keep, 0.0, p.column_lower)
            keep[: len(free)] = free
            settled[: len(free)] = fixed[: len(free)]
            fixed, columns = settled, np.flatnonzero(keep)
            part = _part(p, columns, fixed)
        start = None
        if (
            best is not None
            and not second
            and np.array_equal(np.rint(self.options(best.x))[~free], fixed[: len(free)][~free])
        ):
            start = best.x[columns]
        solver = self.case.loaded.config.solver
        again = second_solver(part, watch, solver.seed) if second else None
        solve = again or Solver(part, watch, seed=solver.seed, fine=fine)
        outcome = solve.run(gap=gap, nodes=nodes, start=start, target=target, least=least)
        if outcome.x is None:
            return outcome
        x = fixed.copy()
        x[columns] = outcome.x
        return replace(outcome, x=x)


def _part(p: Program, columns: Ints, fixed: Floats) -> Program:
    """The program of some columns, all others ``fixed``, without the rows that ask nothing of them."""
    used, matrix = p.matrix @ fixed, sp.csr_array(p.matrix[:, columns])
    asks = np.isfinite(p.row_lower) | np.isfinite(p.row_upper)
    kept = asks & ((np.diff(matrix.indptr) > 0) | (p.row_lower > used + ZERO) | (p.row_upper < used - ZERO))
    rows = np.flatnonzero(kept)
    return Program(
        sp.csc_array(matrix[rows]),
        (p.row_lower - used)[rows],
        (p.row_upper - used)[rows],
        p.column_lower[columns],
        p.column_upper[columns],
        p.integer[columns],
        p.cost[columns],
        p.offset + float(p.cost @ fixed),
    )
