"""A stored plan opened again, to ask how good the best plan would be if something were otherwise.

Every answer is a plan that was found, with its exact value, and a bound that no plan under that change exceeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from allocator.messages import Message
from allocator.messages.errors import InputError, NoPlanInTime
from allocator.messages.watch import Watch
from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise import instance
from allocator.optimise.exact import ExactPlan, objective
from allocator.optimise.instance import Instance
from allocator.optimise.search.engine import Engine, NoPlan
from allocator.optimise.search.first_plan import secure
from allocator.optimise.search.highs import Solver
from allocator.optimise.search.outcome_cuts import OutcomeCuts, learned
from allocator.optimise.search.program import ZERO, Search
from allocator.optimise.search.sifting import Relaxation
from allocator.optimise.search.strategy import NODES, SMALL, improve, solve
from allocator.optimise.search.ties import break_ties
from allocator.problem import build
from allocator.problem.case import Case
from allocator.runs.folder import CONFIG, StoredRun

NEAR = (60, 400)
"""Options freed beside those of the project asked about, when a large plan is mended around it; few changes first."""
NOISE = 1e-9
"""Values that differ by less, relatively, are equal: the bound of a search tree is a float."""


def above(value: float | Fraction, other: float | Fraction) -> bool:
    """Whether a value is greater than another one beyond the noise of floats."""
    return float(value - Fraction(other)) > NOISE * max(1.0, abs(float(value)), abs(float(other)))


@dataclass(frozen=True, eq=False)
class Answer:
    """The best plan found for a case, its value, and what no plan of that case exceeds; in fen of goal."""

    case: Case
    plan: ExactPlan
    value: Fraction
    bound: float

    @cached_property
    def funded(self) -> frozenset[int]:
        """Projects that get something."""
        return frozenset(self.case.measures.project[self.plan.options].tolist())

    @property
    def exact(self) -> bool:
        """Whether the plan is proved to be the best."""
        return not above(self.bound, self.value)


@dataclass(eq=False)
class Model:
    """The compiled model of a case, solved again while locks change."""

    numbers: Instance
    engine: Engine
    floors: Sequence[float]
    start: Flags | None
    cuts: OutcomeCuts | None = None
    """What stands for many outcomes; learned once, since no lock changes what an outcome is worth."""
    asked: bool = False

    @staticmethod
    def of(case: Case, floors: Sequence[float] = (), start: Flags | None = None) -> Model:
        """Compile a case; ``floors`` (fen) are what earlier goals must keep, ``start`` marks the stored plan's options."""
        numbers = instance.build(case)
        engine = Engine.of(numbers)
        return Model(numbers, engine, floors, None if start is None else start[numbers.rows])

    def search(self, case: Case, watch: Watch, gap: float) -> Search:
        """The search for the last goal, the earlier ones being kept."""
        c, n = self.engine.compiled, self.numbers
        program, number = self.engine.program(case, n), len(n.stages) - 1
        cost, upper = n.cost(c, number), program.row_upper.copy()
        for j, floor in enumerate(self.floors):
            upper[c.rows_of("earlier_goal").start + j] = -floor / n.goal_scale
        program = replace(program, cost=cost, row_upper=upper)
        if not self.asked:
            self.cuts = learned(case, n, self.engine, program, watch, float(case.loaded.config.solver.gap))
            self.asked = True
        program = program if self.cuts is None else self.cuts.applied(program)
        return Search(case, n, c, program, watch, gap, number, cuts=self.cuts)

    def relaxed(self, case: Case, watch: Watch) -> tuple[Relaxation, Floats] | None:
        """The relaxation, and what every option is worth at its prices; None when it has no plan or no time."""
        search = self.search(case, watch, 0.0)
        try:
            found = self.engine.relax(search.program, case, self.numbers, watch)
        except NoPlan:
            return None
        return None if found is None or found.x is None else (found, found.reduced[: len(self.numbers.rows)])

    def best(
        self,
        case: Case,
        watch: Watch,
        gap: float,
        *,
        near: Sequence[int] = (),
        ties: bool = False,
        thorough: bool = True,
    ) -> Answer | None:
        """The best plan of a case within ``gap``; None when there is none.

        A large plan is first mended around the projects ``near``, so that it changes no more than it must; unless
        asked to be ``thorough`` that is all, and None also means that no plan was found.

        Raises:
            NoPlanInTime: the time ended before any plan was found.
        """
        s = self.search(case, watch, gap)
        live = self.engine.live
        try:
            self._look(s, near, thorough=thorough)
        except NoPlan:
            return None
        finally:  # what a plan teaches of outcomes is rows of its own search alone
            self.engine.live = live or self.engine.live
        if s.best is None:
            if not thorough:
                return None
            raise NoPlanInTime([Message("solve.no_plan_in_time", {"seconds": f"{watch.seconds:.0f}"})])
        if ties and s.proved_gap <= ZERO and len(self.numbers.rows) <= SMALL:
            break_ties(s, s.best)
        value = objective(case, s.best.exact)
        proved = s.proved_gap <= ZERO
        bound = float(value) if proved else max(s.bound * self.numbers.goal_scale, float(value))
        return Answer(case, s.best.exact, value, bound)

    def _look(self, s: Search, near: Sequence[int], *, thorough: bool) -> None:
        """Look near the stored plan, and then everywhere unless that was enough.

        Raises:
            NoPlan: there is none.
        """
        if len(self.numbers.rows) > SMALL and self.start is not None:
            self._mend(s, near)
        if thorough and (s.best is None or not s.done):
            improve(s, self.engine)
        if thorough:
            secure(s, self.engine)

    def _mend(self, s: Search, near: Sequence[int]) -> None:
        """Search around the stored plan: the options that cost least to change, and all of the projects ``near``."""
        relaxed = self.engine.relax(s.program, s.case, self.numbers, s.watch)
        if relaxed is None or relaxed.x is None or self.start is None:
            return
        s.bound = relaxed.bound
        x, project = s.options(relaxed.x), s.case.measures.project[self.numbers.rows]
        loss = np.where(x > 0.5, 1.0, -1.0) * relaxed.reduced[: len(x)]
        loss = np.where(np.minimum(x, 1 - x) > 1e-7, -1.0, np.maximum(loss, 0.0))
        ranked, undecided = np.argsort(loss, kind="stable"), int((loss < 0).sum())
        for count in NEAR:
            touched = np.zeros(len(s.case.inputs.projects), bool)
            free: Flags = np.zeros(len(x), bool)
            free[ranked[: undecided + count]] = True
            touched[project[free]] = True
            touched[list(near)] = True
            free |= touched[project] & (self.start | (x > 0.5))
            free |= np.isin(project, list(near))
            s.relaxation = self.start.astype(float)
            s.integer(free, s.gap / 4, NODES)
            s.relaxation = None
            if s.done:
                return


@dataclass(eq=False)
class Session:
    """A stored run with its model and its plan."""

    run: StoredRun
    case: Case
    base: Answer
    model: Model
    gap: float
    floors: Sequence[float]
    start: Flags

    @staticmethod
    def of(run: StoredRun) -> Session:
        """Open a run from its own folder.

        Raises:
            InputError: the awards stored are none of the options that config and inputs give.
        """
        case = build.load(run.folder / CONFIG)
        start = _stored_options(run, case)
        gap, fen = float(case.loaded.config.solver.gap), case.money.fen_per_unit
        stages = run.manifest["stages"] or []
        floors = _floors(case, [(float(stage["value"]) * fen, float(stage["gap"])) for stage in stages])
        model = Model.of(case, floors, start)
        plan = _plan_of(model, case, start)
        sense = -1 if case.loaded.config.minimise else 1  # spending is a loss to the search
        bound = max(sense * float(run.manifest["bound"]) * fen, float(objective(case, plan)))
        value = objective(case, plan)
        return Session(run, case, Answer(case, plan, value, bound), model, gap, floors, start)

    @property
    def large(self) -> bool:
        """Whether single questions cost too much to be asked for every project."""
        return len(self.model.numbers.rows) > SMALL

    @property
    def ids(self) -> list[str]:
        """Project ids by row."""
        ids: list[str] = self.case.inputs.projects["project_id"].tolist()
        return ids

    def ask(self, case: Case, watch: Watch, *, near: Sequence[int] = (), ties: bool = False) -> Answer | None:
        """The best plan of a case that differs in locks alone."""
        return self.model.best(case, watch, self.gap, near=near, ties=ties)

    def anew(self, case: Case, watch: Watch, start: Flags | None = None) -> Model:
        """The model of a case that differs in more than its locks; of goals in order it keeps what the earlier reach there.

        ``start`` marks the options of the plan to begin with; the stored one's, by name, when None.

        Raises:
            NoPlanInTime, Interrupted: the time or the user came before that was known.
        """
        if start is None:
            start = self.start if case.options is self.case.options else _marked(case, _pairs(self.case, self.start))
        return Model.of(case, self._earlier(case, watch), start)

    def _earlier(self, case: Case, watch: Watch) -> Sequence[float]:
        if not self.floors:
            return self.floors
        numbers = instance.build(case)
        try:
            answer = solve(case, numbers, gap=self.gap, seconds=watch.left, progress=watch.progress)
        except NoPlan:
            return self.floors  # whatever is to be kept, it has no plan
        return _floors(case, [(float(stage.value), stage.gap) for stage in answer.stages])


def _floors(case: Case, stages: Sequence[tuple[float, float]]) -> list[float]:
    """What later goals must leave of the earlier ones, in fen: the value of each, with its gap, less its tolerance."""
    kept = zip(case.terms, stages[:-1], strict=False)
    told = [(value, gap if term.tolerance is None else float(term.tolerance)) for term, (value, gap) in kept]
    return [value - max(share, ZERO) * abs(value) for value, share in told]


def _stored_options(run: StoredRun, case: Case) -> Flags:
    """Which options the stored plan chose."""
    awards = run.tables["awards"]
    kept = set(zip(awards["project_id"].astype(str), awards["option"].astype(str), strict=True))
    if case.options.parts is None:
        start = _marked(case, kept)
        missing = int(start.sum()) != len(kept)
    else:
        start, missing = _of_parts(case, kept)
    if missing:
        raise InputError([Message("explain.other_options", {"run": run.run_id})])
    return start


def _of_parts(case: Case, kept: set[tuple[str, str]]) -> tuple[Flags, bool]:
    """Which options the parts awarded are, and whether any part is missing.

    A package goes before options that are only one of its parts.
    """
    by_part = case.measures.by_part
    ids = case.inputs.projects["project_id"].to_numpy(object)[by_part.project].tolist()
    names = np.asarray(by_part.options.table["option"], object).tolist()
    option = np.arange(len(names)) if by_part.option is None else by_part.option
    whole: dict[int, set[tuple[str, str]]] = {}
    for row, pair in zip(option.tolist(), zip(ids, names, strict=True), strict=True):
        whole.setdefault(row, set()).add(pair)
    start: Flags = np.zeros(len(case.usable), bool)
    left = set(kept)
    for row in sorted(whole, key=lambda r: (-len(whole[r]), r)):
        if whole[row] <= left:
            start[row] = True
            left -= whole[row]
    return start, bool(left)


def _names(case: Case) -> list[tuple[str, str]]:
    """Project id and name of every option."""
    ids = case.inputs.projects["project_id"].to_numpy(object)[case.measures.project]
    return list(zip(ids.tolist(), np.asarray(case.options.table["option"], object).tolist(), strict=True))


def _pairs(case: Case, marked: Flags) -> set[tuple[str, str]]:
    names = _names(case)
    return {names[row] for row in np.flatnonzero(marked).tolist()}


def _marked(case: Case, kept: set[tuple[str, str]]) -> Flags:
    """Which options have these names."""
    marked: Flags = np.fromiter((pair in kept for pair in _names(case)), bool, len(case.usable))
    return marked


def _plan_of(model: Model, case: Case, start: Flags) -> ExactPlan:
    """The stored plan, with who pays what settled again."""
    search = model.search(case, Watch(), 0.0)
    chosen: Ints = np.flatnonzero(start[model.numbers.rows])
    lower, upper = search.program.column_lower.copy(), search.program.column_upper.copy()
    options = len(model.numbers.rows)
    lower[:options], upper[:options] = 0.0, 0.0
    lower[chosen] = upper[chosen] = 1.0
    program = replace(search.program, column_lower=lower, column_upper=upper, row_upper=search.program.row_upper)
    outcome = Solver(program, Watch(), relaxed=True).run()
    x = np.zeros(len(program.cost)) if outcome.x is None else outcome.x
    x[:options] = lower[:options]
    return search.examine(x)
