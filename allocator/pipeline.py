"""From a config file to a stored plan, one step after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator import instance, publish, upgrading
from allocator.audit import conflicts
from allocator.audit_amounts import empty_shares
from allocator.case import Case, resolved
from allocator.closing import sheet as closing
from allocator.config.likeness import same_options
from allocator.config.scenario_files import scenario_files
from allocator.debt import owed as debt
from allocator.errors import Infeasible, InputError
from allocator.flags import warnings as flags
from allocator.load import Loaded, load_config, scenario_names
from allocator.messages import Message
from allocator.options import OptionTable
from allocator.phases import Phases, put_off
from allocator.sensitivity.parameters import unused
from allocator.slips import slips
from allocator.solution import Solution
from allocator.tables.beside import load_sound
from allocator.tables.fitting import read_fitting
from allocator.tables.inputs import Inputs
from allocator.tables.likeness import reads_alike
from allocator.uncertainty import publish as publish_risk

if TYPE_CHECKING:
    from allocator.search.engine import Engine
    from allocator.solve import Answer, Stage
    from allocator.watch import Progress

LEAST_TIME = 0.001
"""A config knows no time limit of 0 seconds."""


def load(
    path: str | Path, scenario: str | None = None, overrides: Sequence[str] = (), *, progress: Progress | None = None
) -> Case:
    """Read a config and its tables, screen the candidates and resolve every rule.

    Raises:
        InputError: what is wrong with config or tables, all at once.
    """
    phases = Phases(progress)
    with phases.of("load"):
        loaded = load_sound(path, scenario, overrides)
        loaded, inputs = read_fitting(loaded)
    return case_of(loaded, inputs, phases)


def case_of(loaded: Loaded, inputs: Inputs, phases: Phases | None = None, options: OptionTable | None = None) -> Case:
    """Screen the candidates of tables that have been read, unless their ``options`` are known, and resolve every rule.

    Raises:
        InputError: what in the config does not fit the tables, all at once.
    """
    case = resolved(loaded, inputs, phases, options)
    likely = (*slips(case.loaded, inputs, case.options), *unused(case.loaded, inputs))
    return replace(case, notices=(*case.notices, *likely, *empty_shares(case)))


def check(path: str | Path, *, scenario: str | None = None, overrides: Sequence[str] = ()) -> Case:
    """Load and audit, with every scenario that the config names or that extends it; solves nothing.

    Raises:
        InputError: what is wrong with config or tables.
        Infeasible: rules that cannot be kept together, as far as that is seen without solving.
    """
    case = load(path, scenario, overrides)
    audit(case)
    return case if scenario is not None or overrides else with_scenarios(case, Path(path))


def with_scenarios(case: Case, path: Path) -> Case:
    """The case with what is to be said of every scenario; those in files of their own tell their own notices.

    Raises:
        InputError: what is wrong with one.
        Infeasible: rules of one that cannot be kept together.
    """
    faults, opposed = list[Message](), list[Message]()
    notices = {message.text("en"): message for message in case.notices}
    inline, files = scenario_names(path), scenario_files(path)
    for name in [*inline, *(name for name in files if name not in inline)]:
        sure = name in inline or files[name]
        try:
            other = scenario_of(case, path, name)
        except InputError as error:
            told = [in_scenario(name, message) for message in error.messages]
            faults += told if sure else []
            notices |= {} if sure else {message.text("en"): message for message in told}
            continue
        opposed += [in_scenario(name, message) for message in conflicts(other)] if sure else []
        for message in other.notices if name in inline else ():
            notices.setdefault(message.text("en"), in_scenario(name, message))
    if faults:
        raise InputError(faults)
    if opposed:
        raise Infeasible(opposed)
    return replace(case, notices=tuple(notices.values()))


def scenario_of(case: Case, path: Path, name: str) -> Case:
    """The case of a scenario, with what has been read for the config wherever that is the same."""
    loaded = load_config(path, name)
    alike = case.loaded.config.unit == loaded.config.unit and reads_alike(case.loaded, loaded, case.inputs)
    loaded, inputs = (loaded, case.inputs) if alike else read_fitting(loaded)
    kept = case.options if same_options(case.loaded.config, loaded.config) else None
    return case_of(loaded, inputs, options=kept if inputs is case.inputs else None)


def in_scenario(name: str, message: Message) -> Message:
    """What is said of a scenario."""
    return Message(
        "config.in_scenario", {"name": name, "what": Message(message.code, message.values)}, message.where, message.path
    )


def audit(case: Case) -> None:
    """Stop at conflicts that can be seen without solving.

    Raises:
        Infeasible: the conflicting rules, named as the planner named them.
    """
    found = conflicts(case)
    if found:
        raise Infeasible(found, case.notices)


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
    from allocator.diagnose.conflicts import message
    from allocator.diagnose.nothing import why_nothing
    from allocator.search.engine import NoPlan
    from allocator.solve import solve as search

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
    return told(case, numbers, answer, phases, judged=judged)


def told(case: Case, numbers: instance.Instance, answer: Answer, phases: Phases, *, judged: bool) -> Solution:
    """What was found, as tables, and weighed against other plans; Ctrl-C waits, so that the plan is kept."""
    with put_off():
        with phases.of("extract"):
            solution = solution_of(case, numbers, answer)
        with phases.of("weigh"):
            solution = weighed(case, numbers, answer, solution, judged=judged)
    return replace(solution, timings=phases.timings, memory=phases.memory)


def weighed(case: Case, numbers: instance.Instance, answer: Answer, solution: Solution, *, judged: bool) -> Solution:
    """The plan with what only further plans tell: what knowing more is worth, and how it stands against benchmarks."""
    from allocator.benchmarks import judged as benchmarks
    from allocator.benchmarks.spare import spare
    from allocator.sensitivity import ranges
    from allocator.uncertainty import value_of_information

    further = {**solution.further, **(benchmarks.further(case, numbers, answer.plan) if judged else {})}
    further |= ranges.tables(case, answer.plan) if judged else {}
    known = value_of_information.report(case, numbers, answer)
    less = spare(case, numbers, answer.plan)
    return replace(solution, further=further, spare=less, risk={**solution.risk, **known})


def asked_for(loaded: Loaded, gap: float | None, time_limit: float | None) -> Loaded:
    """The config with the gap and the time asked for beside it, so that what is stored says by what it was made."""
    given = {"gap": gap, "time_limit": None if time_limit is None else max(time_limit, LEAST_TIME)}
    changed = {name: Decimal(str(value)) for name, value in given.items() if value is not None}
    solver = loaded.config.solver.model_copy(update=changed)
    origins = {**loaded.origins, **{f"solver.{name}": f"--{name.replace('_', '-')}" for name in changed}}
    return replace(loaded, config=loaded.config.model_copy(update={"solver": solver}), origins=origins)


def run(
    path: str | Path,
    *,
    scenario: str | None = None,
    overrides: Sequence[str] = (),
    out: str | Path | None = None,
    gap: float | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
    log: str | Path | None = None,
) -> Solution:
    """Make a plan from a config, verify it and store it under ``out`` (``runs`` when None).

    ``log`` is a file for the solver's own log of every solve.

    Raises:
        AllocatorError: see `load` and `solve`; and VerificationFailed when the plan breaks a rule after all.
    """
    from allocator import store

    case = load(path, scenario, overrides, progress=progress)
    from allocator.search.highs import logged

    with nullcontext() if log is None else logged(Path(log)):
        solution = solve(case, gap=gap, time_limit=time_limit, progress=progress, judged=True)
    with put_off():
        folder = store.write(solution, store.RUNS if out is None else Path(out), progress)
    return replace(solution, folder=folder, run_id=folder.name)


def solution_of(case: Case, numbers: instance.Instance, answer: Answer) -> Solution:
    """The tables of an exact plan, in the config's unit."""
    unit, ordered = case.money.fen_per_unit, case.loaded.config.goals.mode == "lexicographic"
    objective = publish.goal_in_units(case, answer.plan)
    bound = bound_in_units(answer.stages[-1], objective, unit)
    distance = abs(bound - objective) / max(abs(objective), Decimal("1e-6"))
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
        gap=distance.quantize(Decimal("1e-12")),
        **tables,
        screening=case.options.screening,
        stages=[stage_in_units(stage, unit) for stage in answer.stages] if ordered else [],
        timings={},
        sizes={"projects": len(case.inputs.projects), "options": len(case.usable), **answer.sizes},
        notices=(*case.notices, *publish.volume(case, tables["awards"]), *disagreements(case, answer)),
        assumptions=(*case.options.assumptions, *(case.measures.spread.assumptions if case.measures.spread else ())),
        seed=case.loaded.config.solver.seed,
        money=case.money,
        further=publish_risk.tables(case, numbers, answer.plan)
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
    from allocator import copies

    return f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{copies.digest_of(loaded, inputs.files)[: copies.SHORT]}"
