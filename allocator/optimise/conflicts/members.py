"""The rules of a plan as members that can be taken out one by one, on a model in which nothing else is decided.

What always holds stays: one option per project, payments met by whom may pay them, promises kept, what a group
measures. Everything a planner wrote to be kept is a member: each end of a limit or target, each source's money and
what may be bound after the plan, each lock, each rule between projects. Rows of any other equation are members
under the equation's own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from allocator.messages.watch import Watch
from allocator.money.arrays import Floats, Ints
from allocator.optimise import instance
from allocator.optimise.conflicts import addresses as keys
from allocator.optimise.conflicts import outcomes
from allocator.optimise.exact import ExactPlan, examine
from allocator.optimise.instance import Instance
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.exclusions import exclusions
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.outcome_cuts import with_rows
from allocator.optimise.search.program import HALF, MENDS
from allocator.problem.case import Case, RowsOf, as_fixed
from allocator.problem.dependencies import Rule
from models.formulation import EQUATIONS
from models.rows import row_names

SIDES = (("FLOORS", "floor", "lower"), ("CAPS", "cap", "upper"))
BETWEEN = ("requires", "excludes", "one_of", "all_or_none", "same_instrument")
PAIRS = {"requires": ("requires", "requires_earlier"), "all_or_none": ("all_or_none",), "same_instrument": ("same_instrument",)}  # fmt: skip
NOTHING = np.zeros(0, np.int64)
LARGE = 3_000
"""Options from which a plan is looked for by rounding the relaxation before the whole integer program is asked."""
SECONDS = 10.0
"""Longest search for a plan of some rules in a large model; what is not settled by then is in doubt."""
FREED, NODES, ROUND = (100, 800), 200, 1e-7
"""Options freed beside the undecided ones, one attempt after the other; nodes of each; what counts as whole."""


@dataclass(frozen=True, eq=False)
class Member:
    """One rule: how the planner addresses it, where it stands, and what it demands of rows and columns.

    ``kind``: limit, park, outcome, strict, budget, tail, must_fund, must_not, fix, dependency, or rule (of an equation of its own).
    """

    key: str
    kind: str
    place: str
    rows: Ints = field(default_factory=lambda: NOTHING)
    lower: Floats = field(default_factory=lambda: np.zeros(0))
    upper: Floats = field(default_factory=lambda: np.zeros(0))
    columns: Ints = field(default_factory=lambda: NOTHING)
    column_lower: Floats = field(default_factory=lambda: np.zeros(0))
    column_upper: Floats = field(default_factory=lambda: np.zeros(0))
    bounds: tuple[int, ...] = ()
    """Numbers of the bounds that it is an end of, one per row."""
    lower_end: bool = False
    """Whether it is the lower end of them."""
    project: int = -1
    source: str = ""
    rule: Rule | None = None


@dataclass(frozen=True, eq=False)
class Elastic:
    """The model with every member taken out, and the members."""

    case: Case
    numbers: Instance
    engine: Engine
    program: Program
    members: tuple[Member, ...]
    hopeless: tuple[Member, ...]
    """Rules that cannot be kept whatever else is given up: they speak of projects without any option."""

    @staticmethod
    def of(case: Case) -> Elastic:
        """Open the model of a case: all options of eligible projects, no lock, no limit."""
        open_ = replace(case, usable=np.ones(len(case.usable), bool))
        numbers = instance.build(open_)
        engine = Engine.of(numbers)
        found = _Members(open_, numbers, engine)
        members, hopeless = tuple(found.all()), tuple(found.hopeless())
        c = engine.compiled
        lower, upper = c.row_lower.copy(), c.row_upper.copy()
        loose = np.concatenate([NOTHING, *(m.rows for m in members if m.kind not in ("must_fund", "fix"))])
        lower[loose], upper[loose] = -np.inf, np.inf
        lower[c.rows_of("must_fund")], upper[c.rows_of("must_fund")] = -np.inf, np.inf
        column_lower = c.column_lower.copy()
        for m in members:
            if m.kind == "budget":
                column_lower[m.columns] = -np.inf
        program = Program(c.matrix, lower, upper, column_lower, c.column_upper, c.integer, np.zeros(len(c.cost)))
        return Elastic(open_, numbers, engine, program, members, hopeless)

    def with_members(self, kept: Iterable[Member]) -> Program:
        """The program under some of the members."""
        p = self.program
        lower, upper = p.row_lower.copy(), p.row_upper.copy()
        column_lower, column_upper = p.column_lower.copy(), p.column_upper.copy()
        for m in kept:
            lower[m.rows] = np.maximum(lower[m.rows], m.lower)
            upper[m.rows] = np.minimum(upper[m.rows], m.upper)
            column_lower[m.columns] = np.maximum(column_lower[m.columns], m.column_lower)
            column_upper[m.columns] = np.minimum(column_upper[m.columns], m.column_upper)
        return replace(p, row_lower=lower, row_upper=upper, column_lower=column_lower, column_upper=column_upper)

    def impossible(self, kept: Iterable[Member], watch: Watch, *, relaxed: bool = False) -> bool:
        """Whether some members, with what always holds, have no plan; doubt counts as a plan."""
        return self.verdict(kept, watch, relaxed=relaxed) is False

    def verdict(self, kept: Iterable[Member], watch: Watch, *, relaxed: bool = False) -> bool | None:
        """Whether some members, with what always holds, have a plan; None where that is not settled with bounded work."""
        program = self.with_members(kept)
        if (relaxed or self.large) and self.live.impossible(program, watch):
            return False
        if relaxed:
            return None
        return self._decided(program, tuple(kept), watch.at_most(SECONDS) if self.large else watch)

    def _decided(self, program: Program, kept: Sequence[Member], watch: Watch) -> bool | None:
        """Whether a program has a plan that keeps these members exactly, not only within the solver's tolerance."""
        for _ in range(MENDS):
            x = rounded(program, self, watch) if self.large else None
            if x is None:
                outcome = Solver(program, watch).run(gap=1.0, nodes=NODES if self.large else None)
                x = outcome.x
                if x is None:
                    return False if outcome.status == "infeasible" else None
            case, exact = self.examined(kept, x)
            if exact.valid:
                return True
            rows = exclusions(case, self.numbers, exact, len(program.cost))
            if not rows:
                return None
            program = with_rows(program, rows)
        return None

    def examined(self, kept: Sequence[Member], x: Floats) -> tuple[Case, ExactPlan]:
        """A plan in whole fen, held against some members alone: limits, and the money of the plan's years and after."""
        held = {(number, m.lower_end) for m in kept for number in m.bounds}
        ends = [(b, (n, True) in held, (n, False) in held) for n, b in enumerate(self.case.rules.bounds)]
        bounds = tuple(replace(b, lower=b.lower if low else None, upper=b.upper if up else None) for b, low, up in ends)
        case = replace(self.case, rules=replace(self.case.rules, bounds=bounds), risk=None)
        chosen = np.flatnonzero(x[: len(self.numbers.rows)] > HALF)
        draw = self.engine.compiled.columns.part("draw", x) * self.numbers.money_scale
        exact = examine(case, self.numbers, chosen, draw)
        short, years = exact.short.copy(), len(case.loaded.config.years)
        kinds = {(m.kind, m.source) for m in kept}
        for s, name in enumerate(case.loaded.config.sources):
            short[s, :years] *= ("budget", name) in kinds
            short[s, years:] *= ("tail", name) in kinds
        return case, replace(exact, short=short)

    @property
    def large(self) -> bool:
        """Whether the relaxation is asked before the whole integer program."""
        return len(self.numbers.rows) > LARGE

    @cached_property
    def live(self) -> Relaxed:
        """The relaxation, kept from one question to the next."""
        return Relaxed()


@dataclass(eq=False)
class Relaxed:
    """A linear program whose bounds change; the next solve goes on from the last basis."""

    solver: Solver | None = None
    program: Program | None = None

    def impossible(self, program: Program, watch: Watch) -> bool:
        """Whether it has no solution under these bounds."""
        if self.solver is None or self.program is None:
            self.solver = Solver(program, watch, relaxed=True)
        else:
            before = self.program
            self.solver.watch = watch
            self.solver.change_rows(before, program)
            moved = (before.column_lower != program.column_lower) | (before.column_upper != program.column_upper)
            at = np.flatnonzero(moved)
            self.solver.change_bounds(at, program.column_lower[at], program.column_upper[at])
        self.program = program
        return self.solver.run().status == "infeasible"


def rounded(program: Program, elastic: Elastic, watch: Watch) -> Floats | None:
    """A plan, if one is found by deciding what the relaxation leaves open, and ever more beside it."""
    program = replace(program, cost=elastic.engine.compiled.cost)
    outcome = Solver(program, watch, relaxed=True).run()
    if outcome.status != "optimal" or outcome.x is None:
        return None
    options, project = len(elastic.numbers.rows), elastic.case.measures.project[elastic.numbers.rows]
    x, loss = outcome.x[:options], np.abs(outcome.column_dual[:options])
    undecided = np.isin(project, np.unique(project[np.minimum(x, 1 - x) > ROUND]))
    ranked = np.argsort(np.where(undecided, -1.0, loss), kind="stable")
    for count in FREED:
        free = np.zeros(options, bool)
        free[ranked[: int(undecided.sum()) + count]] = True
        free |= np.isin(project, project[free]) & (x > ROUND)
        lower, upper = program.column_lower.copy(), program.column_upper.copy()
        lower[:options] = np.where(free, lower[:options], np.rint(x))
        upper[:options] = np.where(free, upper[:options], np.rint(x))
        part = replace(program, column_lower=lower, column_upper=upper)
        if (found := Solver(part, watch).run(gap=1.0, nodes=NODES).x) is not None:
            return found
    return None


class _Members:
    """Collects the members of a case."""

    def __init__(self, case: Case, numbers: Instance, engine: Engine) -> None:
        self.case, self.numbers, self.c = case, numbers, engine.compiled
        self.ids: list[str] = case.inputs.projects["project_id"].tolist()
        self.at = RowsOf(case.measures.project[numbers.rows])
        self.promised = set(case.measures.project[case.measures.committed].tolist())

    def all(self) -> Iterator[Member]:
        """Every member, those first that planners give up last."""
        yield from self.locks()
        yield from self.between()
        yield from self.money()
        yield from self.bounds()
        yield from self.outcomes()
        yield from self.extra()

    def hopeless(self) -> Iterator[Member]:
        """Duties to fund what no instrument is open to, and strict floors for what no candidate can serve."""
        for p, place in self.case.links.must_fund.items():
            if not len(self.at(p)) and p not in self.case.links.fix:
                yield Member(f"locks.must_fund: {self.ids[p]}", "must_fund", place, project=p)
        for name in dict.fromkeys(str(m.values["name"]) for m in self.case.rules.unreachable):
            yield Member(f"limits.{name}.strict", "strict", self.case.loaded.place(f"limits.{name}"))

    def held(self, rows: Ints) -> dict[str, Any]:
        """Rows with the ends that the model has for them."""
        return {"rows": rows, "lower": self.c.row_lower[rows], "upper": self.c.row_upper[rows]}

    def bounds(self) -> Iterator[Member]:
        """Each end of a limit or target."""
        ends: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for side, equation, end in SIDES:
            start = self.c.rows_of(equation).start
            for at, number in enumerate(self.numbers.sides[side]):
                bound = self.case.rules.bounds[number]
                key = keys.key_of(self.case.loaded.config, bound, end)
                ends.setdefault((key, end), []).append((start + at, number))
        for (key, end), found in ends.items():
            held = self.held(np.array([row for row, _ in found]))
            numbers = tuple(number for _, number in found)
            path = self.case.rules.bounds[numbers[0]].path
            place = self.case.loaded.place(key if key.startswith(("debt.", "sources.", "parks.")) else path)
            kind = "park" if key.startswith(keys.PARKS) else "limit"
            yield Member(key, kind, place, **held, bounds=numbers, lower_end=end == "lower")

    def outcomes(self) -> Iterator[Member]:
        """Floors in outcomes, and money that must do there."""
        for key, rows in outcomes.rows_by_key(self.case, self.c).items():
            place = self.case.loaded.place(key.partition(":")[0])
            yield Member(key, "outcome", place, **self.held(np.array(rows)))

    def money(self) -> Iterator[Member]:
        """Each source's budget, and what it may pay after the plan."""
        years, tail = np.arange(len(self.case.loaded.config.years)), self.c.row_members["tail_limit"]
        for s, name in enumerate(self.case.loaded.config.sources):
            place = self.case.loaded.place(f"sources.{name}")
            lapse = self.c.columns.at("lapse", (np.full(len(years), s), years))
            money: dict[str, Any] = {
                "columns": lapse,
                "column_lower": np.zeros(len(lapse)),
                "column_upper": np.full(len(lapse), np.inf),
            }
            yield Member(f"sources.{name}.budget", "budget", place, **money, source=name)
            rows = self.c.rows_of("tail_limit").start + np.flatnonzero(tail[0] == s)
            if len(rows):
                yield Member(f"sources.{name}.tail.max_share", "tail", place, **self.held(rows), source=name)

    def locks(self) -> Iterator[Member]:
        """Projects that must be funded, must not, or as fixed."""
        links, at, options = self.case.links, self.at, self.case.measures
        for p, place in links.must_fund.items():
            if p not in self.promised and p not in links.fix and len(at(p)):
                yield Member(f"locks.must_fund: {self.ids[p]}", "must_fund", place, **self.asked(p), project=p)
        for p, place in links.must_not.items():
            yield Member(f"locks.must_not: {self.ids[p]}", "must_not", place, **self.closed(at(p)), project=p)
        for p, fixed in links.fix.items():
            other = at(p)[~as_fixed(options, self.numbers.rows[at(p)], fixed)]
            place = self.case.loaded.place(f"locks.fix.{self.ids[p]}")
            yield Member(f"locks.fix.{self.ids[p]}", "fix", place, **self.asked(p), **self.closed(other), project=p)

    def asked(self, p: int) -> dict[str, Any]:
        """That a project gets one of its options."""
        row = self.c.rows_of("one_option").start + np.flatnonzero(self.c.row_members["one_option"][0] == p)
        return {"rows": row, "lower": np.ones(len(row)), "upper": np.ones(len(row))}

    def closed(self, columns: Ints) -> dict[str, Any]:
        """That some options are not chosen."""
        zero = np.zeros(len(columns))
        return {"columns": columns, "column_lower": zero, "column_upper": zero}

    def between(self) -> Iterator[Member]:
        """Rules between projects."""
        for kind in BETWEEN:
            rules: Sequence[Rule] = getattr(self.case.links, kind)
            listed = list(self.listed(kind, rules)) if kind in ("excludes", "one_of") else None
            for number, rule in enumerate(rules):
                rows = self.paired(kind, rule) if listed is None else listed[number]
                early = self.too_early(rule) if kind == "requires" else NOTHING
                if len(rows) or len(early):
                    named = ", ".join(self.ids[p] for p in rule.projects)
                    held = {**self.held(rows), **self.closed(early)}
                    yield Member(f"{kind}: {named}", "dependency", rule.place, **held, rule=rule)

    def too_early(self, rule: Rule) -> Ints:
        """Options that start before anything that they need could have."""
        p = rule.projects[0]
        if not rule.lag or set(rule.projects) & self.promised:
            return NOTHING
        start = self.case.measures.start_year[self.numbers.rows[self.at(p)]]
        return np.asarray(self.at(p)[start - rule.lag < self.case.loaded.config.years[0]])

    def listed(self, kind: str, rules: Sequence[Rule]) -> Iterator[Ints]:
        """Rows of the rules that have one row each; of exclusions only those of two projects with options."""
        row = self.c.rows_of(kind).start
        for rule in rules:
            if kind == "excludes" and sum(len(self.at(p)) > 0 for p in rule.projects) < 2:
                yield NOTHING
                continue
            yield np.array([row])
            row += 1

    def paired(self, kind: str, rule: Rule) -> Ints:
        """Rows of a rule that is written for pairs of projects."""
        wanted = set(rule.projects)
        years, found = self.case.loaded.config.years, [NOTHING]
        for name in PAIRS[kind]:
            p, q, *rest = self.c.row_members[name]
            inside = np.isin(p, rule.projects[:1] if kind == "requires" else list(wanted)) & np.isin(q, list(wanted))
            if name == "requires_earlier":
                inside &= np.array(years)[rest[0]] - np.array(years)[rest[1]] == rule.lag
            elif name == "requires" and rule.lag:
                continue
            found.append(self.c.rows_of(name).start + np.flatnonzero(inside))
        return np.unique(np.concatenate(found))

    def extra(self) -> Iterator[Member]:
        """Rows of equations that nothing else is known of, each by its own name."""
        for eq in EQUATIONS:
            span = self.c.rows_of(eq.name)
            equal = self.c.row_lower[span] == self.c.row_upper[span]
            if eq.role != "rule" or not len(equal) or equal.all():
                continue
            names = row_names(self.numbers.values, eq, self.c.row_members[eq.name])
            for row, name in zip(range(span.start, span.stop), names, strict=True):
                yield Member(name, "rule", "", **self.held(np.array([row])))
