"""The steps of a diagnosis: what is seen without solving, a plan if there is one, else conflicts and fixes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from allocator.messages.errors import NoPlanInTime
from allocator.messages.watch import Watch
from allocator.optimise import instance
from allocator.optimise.conflicts.addresses import TIERS, has_number
from allocator.optimise.conflicts.conflict_sets import Found, conflict_sets
from allocator.optimise.conflicts.members import Elastic, Member
from allocator.optimise.conflicts.outcomes import is_floor
from allocator.optimise.conflicts.outcomes import written as floor_written
from allocator.optimise.search.engine import NoPlan
from allocator.optimise.search.strategy import solve as search
from allocator.problem import audit, build
from allocator.problem.case import Case
from allocator.questions.diagnose.answers import Conflict, Diagnosis, Fix, Rule
from allocator.questions.diagnose.fixes import Asked, find_fixes, plain
from allocator.questions.diagnose.knobs import tail_share, written
from allocator.questions.diagnose.screened import screened


def diagnosed(path: Path, scenario: str | None, overrides: tuple[str, ...], watch: Watch) -> Diagnosis:
    """Diagnose a config."""
    case = build.load(path, scenario, overrides, progress=watch.progress)
    seen = tuple(audit.conflicts(case))
    config = case.loaded.config
    title, language = config.title or path.name, config.language
    if not seen and _has_plan(case, watch):
        return Diagnosis(title, language, (), (), (), watch.seconds, notices=case.notices, config=case.loaded.config)
    sets, fixes = list[Found](), list[Fix]()
    try:
        watch.tell("conflicts")
        elastic = Elastic.of(case)
        sets.extend(conflict_sets(elastic, watch))
        watch.tell("fixes")
        fixes += find_fixes(Asked(path, scenario, overrides), case, elastic, sets, watch)
    except NoPlanInTime:
        if not seen and not sets and not watch.stop.is_set():
            raise  # whoever stopped it knows already that there is no plan
    if not seen and not sets and not watch.stop.is_set():  # which rules it is was not found; together they have no plan
        sets.append(Found(elastic.members, {}))
    conflicts = tuple(Conflict(tuple(_rules(case, found))) for found in sets)
    return Diagnosis(
        *(title, language, seen, conflicts, tuple(fixes), watch.seconds),
        config=case.loaded.config,
        finished=not watch.over,
        stopped=watch.stop.is_set(),
        screened=tuple(screened(case, sets)),
        notices=case.notices,
    )


def _has_plan(case: Case, watch: Watch) -> bool:
    """Whether the solver finds a plan; it stops at the first good one."""
    watch.tell("plan")
    try:
        search(case, instance.build(case), gap=1.0, seconds=watch.left, progress=watch.progress)
    except NoPlan:
        return False
    return True


def _rules(case: Case, found: Found) -> Iterator[Rule]:
    """The members of a conflict as the planner wrote them."""
    for member in found.members:
        groups = found.labels.get(member.key, ())
        yield Rule(member.key, member.kind, says(case, member), member.place, groups)


def says(case: Case, member: Member) -> str:
    """What a rule demands, in numbers; blank where its key says it all."""
    config = case.loaded.config
    if member.kind == "budget":
        return ", ".join(f"{y}: {plain(config.budget(member.source, y))}" for y in config.years)
    if member.kind == "tail":
        return f"≤ {plain(tail_share(case, member))}"
    if member.kind == "outcome" and is_floor(member.key):
        return f"≥ {plain(floor_written(case, member.key))} {config.money}"
    if member.kind != "limit" or not has_number(member.key):
        return ""
    bound = case.rules.bounds[member.bounds[0]]
    unit = (
        f" {config.money}"
        if case.rules.groups[bound.group].money and not (bound.relative or member.key.startswith(TIERS))
        else ""
    )
    return f"{'≥' if member.lower_end else '≤'} {plain(written(case, member))}{unit}"
