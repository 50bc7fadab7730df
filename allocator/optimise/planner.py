"""A problem becomes a plan: audited, built, searched, and told in tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import Infeasible
from allocator.messages.progress import Phases, put_off
from allocator.optimise import certificate, instance
from allocator.optimise import outcome_tables as publish_risk
from allocator.optimise import plan_tables as publish
from allocator.options import scores as upgrading
from allocator.plan import closing, debt
from allocator.plan.flags import warnings as flags
from allocator.problem.build import audit
from allocator.problem.case import Case
from allocator.problem.certificate import TABLE
from allocator.runs.solution import Solution
from allocator.tables.opened import Inputs

if TYPE_CHECKING:
    from allocator.messages.watch import Progress
    from allocator.optimise.search.engine import Engine
    from allocator.optimise.search.strategy import Answer, Stage

LEAST_TIME = 0.001
"""A config knows no time limit of 0 seconds."""


def solve(
    case: Case,
    *,
    gap: float | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
    built: tuple[instance.Instance, Engine] | None = None,
    judged: bool = False,
) -> Solution:
    """Make the plan.

    It is proved within ``gap`` (share of the objective; the config's when None) of the best there is, or
    carries the bound that was reached when ``time_limit`` (seconds) ran out or the user interrupted. ``built``
    is a model that is open already; a plan to be ``judged`` is held against the config's benchmarks.

    Raises:
        Infeasible: no plan meets every rule. NoPlanInTime, Interrupted: the time or the user came before any plan.
    """
    from allocator.optimise.conflicts.conflict_sets import message
    from allocator.optimise.conflicts.nothing import why_nothing
    from allocator.optimise.search.engine import NoPlan
    from allocator.optimise.search.strategy import solve as search

    case = replace(case, loaded=asked_for(case.loaded, gap, time_limit))
    asked, phases = case.loaded.config.solver, Phases(progress, dict(case.timings), dict(case.memory))
    with phases.of("screen"):
        audit(case)
    with phases.of("build"):
        numbers, engine = (instance.build(case), None) if built is None else built
    within = {"gap": float(asked.gap), "seconds": float(asked.time_limit)}
    try:
        answer = search(case, numbers, progress=phases.while_solving, engine=engine, **within)
    except NoPlan:
        raise Infeasible([message(case)], case.notices) from None
    phases.timings |= answer.timings
    phases.remember("solve")
    exact = all(stage.gap == 0 for stage in answer.stages)
    case = replace(case, notices=(*case.notices, *why_nothing(case, answer.plan.options, best=exact)))
    return finished(case, numbers, answer, phases, judged=judged)


def finished(case: Case, numbers: instance.Instance, answer: Answer, phases: Phases, *, judged: bool) -> Solution:
    """What was found, as tables, and weighed against other plans; Ctrl-C waits, so that the plan is kept."""
    with put_off():
        with phases.of("extract"):
            solution = solution_of(case, numbers, answer)
        with phases.of("weigh"):
            solution = weighed(case, numbers, answer, solution, judged=judged)
    return replace(solution, timings=phases.timings, memory=phases.memory)


def weighed(case: Case, numbers: instance.Instance, answer: Answer, solution: Solution, *, judged: bool) -> Solution:
    """The plan with what only further plans tell: what knowing more is worth, and how it stands against benchmarks."""
    from allocator.optimise import ranges, value_of_information
    from allocator.optimise.benchmarks import comparison as benchmarks
    from allocator.optimise.benchmarks.spare import spare

    extra = {**solution.extra, **(benchmarks.benchmark_table(case, numbers, answer.plan) if judged else {})}
    extra |= ranges.tables(case, answer.plan) if judged else {}
    known = value_of_information.report(case, numbers, answer)
    less = spare(case, numbers, answer.plan)
    solution = replace(solution, extra=extra, spare=less, risk={**solution.risk, **known})
    return certified(case, numbers, answer, solution) if judged else solution


def certified(case: Case, numbers: instance.Instance, answer: Answer, solution: Solution) -> Solution:
    """The plan with its certificate, whose bound takes the place of one that prices were found to prove."""
    from allocator.optimise.search.strategy import PRICES

    proof = certificate.certificate(case, numbers, answer.compiled, answer.duals)
    if proof is None:
        return solution
    sign = -1 if case.loaded.config.minimise else 1
    bound = sign * Decimal(proof.bound) / case.money.fen_per_unit
    gap = gap_of(bound, solution.objective)
    told = {"certified_bound": bound, "certified_gap": gap}
    solution = replace(solution, certified=told, extra={**solution.extra, TABLE: proof.prices})
    if answer.bound_by != PRICES or sign * (bound - solution.bound) > certificate.NEAR * abs(bound):
        return solution
    return replace(solution, bound=bound, bound_by=TABLE, gap=gap)


def gap_of(bound: Decimal, objective: Decimal) -> Decimal:
    """|bound − objective| ÷ |objective|, to twelve places."""
    distance = abs(bound - objective) / max(abs(objective), Decimal("1e-6"))
    return distance.quantize(Decimal("1e-12"))


def asked_for(loaded: Loaded, gap: float | None, time_limit: float | None) -> Loaded:
    """The config with the gap and the time asked for beside it, so that what is stored says by what it was made."""
    given = {"gap": gap, "time_limit": None if time_limit is None else max(time_limit, LEAST_TIME)}
    changed = {name: Decimal(str(value)) for name, value in given.items() if value is not None}
    solver = loaded.config.solver.model_copy(update=changed)
    origins = {**loaded.origins, **{f"solver.{name}": f"--{name.replace('_', '-')}" for name in changed}}
    return replace(loaded, config=loaded.config.model_copy(update={"solver": solver}), origins=origins)


def solution_of(case: Case, numbers: instance.Instance, answer: Answer) -> Solution:
    """The tables of an exact plan, in the config's unit."""
    unit, ordered = case.money.fen_per_unit, case.loaded.config.goals.mode == "lexicographic"
    objective = publish.goal_in_units(case, answer.plan)
    bound = bound_in_units(answer.stages[-1], objective, unit)
    gap = gap_of(bound, objective)
    if case.loaded.config.minimise:  # a loss to the search, spending to the planner
        objective, bound = (Decimal(0) - number for number in (objective, bound))
    tables: dict[str, Any] = publish.tables(case, numbers, answer.plan)
    return Solution(
        loaded=case.loaded,
        inputs_files=case.inputs.files,
        run_id=run_id(case.loaded, case.inputs),
        status="optimal" if answer.proved else "feasible",
        objective=objective,
        bound=bound,
        bound_by=answer.bound_by,
        gap=gap,
        **tables,
        screening=case.options.screening,
        stages=[stage_in_units(stage, unit) for stage in answer.stages] if ordered else [],
        timings={},
        sizes={"projects": len(case.inputs.projects), "options": len(case.usable), **answer.sizes},
        notices=(*case.notices, *publish.volume(case, tables["awards"]), *disagreements(case, answer)),
        assumptions=(*case.options.assumptions, *(case.measures.spread.assumptions if case.measures.spread else ())),
        seed=case.loaded.config.solver.seed,
        money=case.money,
        extra=publish_risk.tables(case, numbers, answer.plan)
        | debt.tables(case, tables["awards"], tables["payments"])
        | flags.tables(case, tables["awards"], tables["payments"])
        | closing.tables(case, tables["awards"])
        | upgrading.tables(case.loaded, case.inputs),
        risk=publish_risk.figures(case, answer.plan),
        priced=publish.priced(case, answer),
    )


def stage_in_units(stage: Stage, unit: int) -> dict[str, Decimal]:
    """Value, bound and gap of one goal, in the config's unit."""
    value = publish.decimal(stage.value / unit)
    return {"value": value, "bound": bound_in_units(stage, value, unit), "gap": Decimal(f"{stage.gap:.12f}")}


def bound_in_units(stage: Stage, value: Decimal, unit: int) -> Decimal:
    """The bound without the noise of its float beyond 15 digits; the value itself when there is no gap."""
    return value if stage.gap == 0 else max(value, Decimal(f"{stage.bound / unit:.15g}"))


def disagreements(case: Case, answer: Answer) -> Iterator[Message]:
    """That solves disagreed: a bound that one claimed, or that there is no plan, and the plan that shows it to be wrong."""
    sign = (-1 if case.loaded.config.minimise else 1) / case.money.fen_per_unit
    for claimed, found in answer.disagreements:
        code = "no_plan" if math.isinf(claimed) else "minimum" if sign < 0 else "bound"
        values = {"claimed": f"{claimed * sign:,.2f}", "found": f"{found * sign:,.2f}"}
        yield Message(f"solve.disagreed_{code}", values)


def run_id(loaded: Loaded, inputs: Inputs) -> str:
    """Time and hash of the resolved config and the inputs."""
    from allocator.runs import run_inputs as copies

    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{copies.digest_of(loaded, inputs.files)[: copies.SHORT]}"
