"""Which rules cannot hold together: a smallest set of them, named as the planner named them.

Nothing can be left out of the set: without any one of its members the rest, with what always holds (one
option per project, payments met, promises kept), has a plan. Found by dividing the rules (QuickXplain,
Junker 2004): each question is one solve of the model with some rules taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from allocator.case import Case
from allocator.engine import Engine
from allocator.highs import Program, Solver, Watch
from allocator.instance import Instance
from allocator.measures import Ints
from allocator.messages import Message

Rule = TypeVar("Rule")
SECONDS = 60.0
"""Longest search for a conflict; then what is left of the rules is named."""
_BETWEEN = ("requires", "requires_earlier", "excludes", "one_of", "all_or_none", "same_instrument")


@dataclass(frozen=True, eq=False)
class Member:
    """A rule: its name for the planner, its rows, and the columns whose lower bound it is."""

    name: str
    rows: Ints
    columns: Ints


def smallest(case: Case, instance: Instance) -> tuple[str, ...]:
    """Names of rules that cannot hold together; every one of them is needed for the conflict."""
    engine = Engine.of(instance)
    program = engine.program(case, instance)
    program = replace(program, cost=np.zeros(len(program.cost)))
    watch = Watch(SECONDS)
    members = _members(case, instance, engine)
    relaxed = _impossible(program, members, members, watch, relaxed=True)

    def impossible(kept: Sequence[Member]) -> bool:
        return _impossible(program, members, kept, watch, relaxed=relaxed)

    found = divide(impossible, [], [], members) if members else []
    return tuple(dict.fromkeys(m.name for m in found))


def divide(
    impossible: Callable[[Sequence[Rule]], bool], kept: list[Rule], new: list[Rule], rest: list[Rule]
) -> list[Rule]:
    """The rules of ``rest`` that are needed, together with ``kept``, for the conflict."""
    if new and impossible(kept):
        return []
    if len(rest) == 1:
        return rest
    first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    right = divide(impossible, [*kept, *first], first, second)
    left = divide(impossible, [*kept, *right], right, first)
    return left + right


def _impossible(
    program: Program, members: Sequence[Member], kept: Sequence[Member], watch: Watch, *, relaxed: bool
) -> bool:
    """Whether the kept rules alone, with what always holds, have no plan; doubt counts as a plan."""
    lower, upper, columns = program.row_lower.copy(), program.row_upper.copy(), program.column_lower.copy()
    inside = {id(m) for m in kept}
    for member in members:
        if id(member) not in inside:
            lower[member.rows], upper[member.rows] = -np.inf, np.inf
            columns[member.columns] = -np.inf
    part = replace(program, row_lower=lower, row_upper=upper, column_lower=columns)
    return Solver(part, watch, relaxed=relaxed).run(gap=1.0).status == "infeasible"


def _members(case: Case, instance: Instance, engine: Engine) -> list[Member]:
    """Limits and targets, sources, duties to fund, and rules between projects."""
    c, none = engine.compiled, np.zeros(0, np.int64)
    rows: dict[str, list[int]] = {}
    for side, equation in (("FLOORS", "floor"), ("CAPS", "cap")):
        start = c.rows_of(equation).start
        for at, number in enumerate(instance.sides[side]):
            rows.setdefault(case.rules.bounds[number].name, []).append(start + at)
    found = [Member(name, np.array(at), none) for name, at in rows.items()]
    years = np.arange(len(case.loaded.config.years))
    for s, name in enumerate(case.loaded.config.sources):
        tail = c.row_members["tail_limit"]
        late = c.rows_of("tail_limit").start + np.flatnonzero(tail[0] == s)
        found.append(Member(f"sources.{name}", late, c.columns.at("lapse", (np.full(len(years), s), years))))
    ids = case.inputs.projects["project_id"].tolist()
    start = c.rows_of("must_fund").start
    for at, p in enumerate(c.row_members["must_fund"][0].tolist()):
        one = c.rows_of("one_option").start + np.flatnonzero(c.row_members["one_option"][0] == p)
        found.append(Member(f"must_fund: {ids[p]}", np.r_[start + at, one], none))
    for name in _BETWEEN:
        found += [Member(f"{name}: {told}", np.array([row]), none) for row, told in _told(case, engine, name)]
    return found


def _told(case: Case, engine: Engine, name: str) -> list[tuple[int, str]]:
    """Row and projects of every rule of one kind."""
    c, ids = engine.compiled, case.inputs.projects["project_id"].tolist()
    start, members = c.rows_of(name).start, c.row_members[name]
    if name in ("excludes", "one_of"):
        project = case.measures.project
        matrix = c.matrix.tocsr()
        rows = range(start, c.rows_of(name).stop)
        options = [matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]] for row in rows]
        case_rows = np.flatnonzero(case.usable)
        return [
            (row, ", ".join(dict.fromkeys(ids[p] for p in project[case_rows[o]].tolist())))
            for row, o in zip(rows, options, strict=True)
        ]
    return [(start + at, f"{ids[p]}, {ids[q]}") for at, (p, q) in enumerate(zip(*members[:2], strict=True))]


def message(case: Case, instance: Instance) -> Message:
    """That there is no plan, and which rules cannot hold together."""
    names = smallest(case, instance)
    place = case.loaded.place("limits") if case.loaded.config.limits else case.loaded.place("sources")
    return Message("solve.infeasible", {"rules": list(names)}, place)
