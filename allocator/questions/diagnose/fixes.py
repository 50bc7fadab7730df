"""Alternative smallest fixes: sets of changes, each proved by loading the config with them and solving the whole plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from allocator.config.keys.plan import Config
from allocator.messages.errors import AllocatorError, InputError, Interrupted, NoPlanInTime
from allocator.messages.watch import Watch
from allocator.optimise import instance
from allocator.optimise import plan_tables as publish
from allocator.optimise.conflicts.addresses import PARKS, TIERS, has_number
from allocator.optimise.conflicts.conflict_sets import Found, smallest
from allocator.optimise.conflicts.members import Elastic, Member
from allocator.optimise.conflicts.outcomes import is_floor
from allocator.optimise.search.engine import NoPlan
from allocator.optimise.search.strategy import solve as search
from allocator.options.named_projects import written_fix
from allocator.problem import audit, build
from allocator.problem.case import Case, usable
from allocator.problem.goals import in_money
from allocator.questions.diagnose.answers import Change, Fix, Given
from allocator.questions.diagnose.knobs import Turned, loosened

RANK = {
    "limit": 0,
    "park": 0,
    "outcome": 0,
    "strict": 0,
    "budget": 1,
    "tail": 2,
    "dependency": 3,
    "rule": 4,
    "fix": 5,
    "must_not": 6,
    "must_fund": 7,
}
"""What is loosened first where something else has to be loosened too."""
LEAST, SECONDS = 0.01, 60.0
"""Seconds that a proof has even when the time is over, and at most."""
MOST = 12
"""Fixes that are looked for."""


@dataclass(frozen=True)
class Asked:
    """The config that is diagnosed."""

    path: Path
    scenario: str | None
    overrides: tuple[str, ...]


def find_fixes(asked: Asked, case: Case, elastic: Elastic, sets: Sequence[Found], watch: Watch) -> list[Fix]:
    """Fixes that work on the whole plan: each loosens one member of a conflict, and of the others what is needed."""
    found: list[Fix] = []
    starts = sorted((m for s in sets for m in s.members), key=lambda m: RANK[m.kind])
    for member in starts:
        if len(found) >= MOST or watch.over:
            break
        watch.tell(f"fixes {len(found) + 1}")
        chosen = _complete(elastic, member, sets, watch)
        fix = None if chosen is None else _smallest_changes(asked, case, chosen, watch)
        if watch.over and (fix is None or not fix.plan.optimal):
            break  # by how much a rule must give way was not settled
        if fix is not None and all(set(fix.changes) != set(f.changes) for f in found):
            found.append(fix)
    return sorted(found, key=lambda fix: Decimal(fix.plan.spent) == 0)


def _complete(elastic: Elastic, member: Member, sets: Sequence[Found], watch: Watch) -> list[Member] | None:
    """A member with what has to be loosened beside it so that there is a plan; it comes last."""
    hopeless = [m for m in elastic.hopeless if m is not member]
    chosen = [_preferred(s.members) for s in sets if all(m is not member for m in s.members)]
    chosen = [*hopeless, *(m for m in chosen if m not in hopeless), member]
    while True:
        kept = [m for m in elastic.members if all(m is not c for c in chosen)]
        try:
            more = smallest(elastic, kept, watch)
        except AllocatorError:
            return None
        if not more:
            return chosen
        chosen.insert(0, _preferred(more))


def _preferred(members: Sequence[Member]) -> Member:
    return min(members, key=lambda m: RANK[m.kind])


def _smallest_changes(asked: Asked, case: Case, chosen: Sequence[Member], watch: Watch) -> Fix | None:
    """Each of the chosen rules loosened as little as the others allow, one after the other; proved as a whole."""
    open_, turns = [m.key for m in chosen], list[Turned]()
    for member in chosen:
        open_.remove(member.key)
        turned = loosened(case, member, open_, watch)
        if turned is None:
            return None
        case = turned.case
        if turned.before is not None:
            turns.append(turned)
    changes = tuple(as_change(case, turned) for turned in turns)
    by_hand = any(not change.overrides for change in changes)
    overrides = () if by_hand else tuple(_overrides(changes))
    given = plan_of(case, watch) if by_hand else plan_with(asked, overrides, watch)
    return None if given is None else Fix(changes, overrides, proved=True, plan=given)


def plan_with(asked: Asked, overrides: Sequence[str], watch: Watch) -> Given | None:
    """The plan of the config with these changes, checked as any run is; None where it has none."""
    try:
        return plan_of(build.load(asked.path, asked.scenario, [*asked.overrides, *overrides]), watch)
    except InputError:
        return None


def plan_of(case: Case, watch: Watch) -> Given | None:
    """The plan of a case as a run makes it; None where it has none or none was found in time."""
    case = replace(case, usable=usable(case.measures, case.links))
    if audit.conflicts(case):
        return None
    config = case.loaded.config
    seconds = max(LEAST, min(SECONDS, float(config.solver.time_limit), watch.left))
    try:
        answer = search(
            case, instance.build(case), gap=float(config.solver.gap), seconds=seconds, progress=watch.progress
        )
    except (NoPlan, NoPlanInTime, Interrupted):
        return None
    goal, chosen = publish.goal_in_units(case, answer.plan), answer.plan.options
    return Given(
        case.money.text(case.measures.amount("award")[chosen].sum()),
        int(case.funded(chosen).sum()),
        plain(Decimal(0) - goal if config.minimise else goal),
        config.money,
        goal_money=in_money(config, case.terms),
        optimal=answer.proved,
    )


def as_change(case: Case, turned: Turned) -> Change:
    """A change as the planner writes it; ``case`` has all of the fix."""
    m, config = turned.member, case.loaded.config
    if m.kind == "park":
        return _of_park(m, turned, config)
    after = None if turned.after is None else plain(turned.after)
    if m.kind == "budget":
        budget = ", ".join(f"{y}: {plain(config.budget(m.source, y))}" for y in config.years)
        return Change(m.key, m.kind, plain(turned.before), after, config.money, (f"{m.key}={{{budget}}}",), m.place)
    if m.kind == "tail":
        return Change(m.key, m.kind, plain(turned.before), after, "share", (f"{m.key}={after}",), m.place)
    if m.kind == "outcome":
        return _of_outcome(m, turned, after, config.money)
    if m.kind == "limit" and not has_number(m.key):
        return Change(m.key, m.kind, m.key, None, "", (f"{m.key}=null",), m.place)
    if m.kind == "limit":
        bound = case.rules.bounds[m.bounds[0]]
        unit = (
            bound.unit
            if bound.relative
            else "share"
            if m.key.startswith(TIERS)
            else config.money
            if case.rules.groups[bound.group].money
            else ""
        )
        own = m.key.startswith(f"{bound.path}.")
        path = m.key if after is not None or not own or _two_ends(case, bound.path) else bound.path
        return Change(m.key, m.kind, plain(turned.before), after, unit, (f"{path}={after or 'null'}",), m.place)
    if m.kind == "strict":
        return Change(m.key, m.kind, "true", "false", "", (f"{m.key}=false",), m.place)
    return Change(m.key, m.kind, m.key, None, "", tuple(_without(case, m)), m.place)


def _of_outcome(m: Member, turned: Turned, after: str | None, money: str) -> Change:
    """A floor in an outcome; its money is changed by hand."""
    if not is_floor(m.key):
        return Change(m.key, m.kind, m.key, None, "", (), m.place)
    return Change(m.key, m.kind, plain(turned.before), after, money, (f"{m.key}={after or 'null'}",), m.place)


def _of_park(m: Member, turned: Turned, config: Config) -> Change:
    """Capacity that is vacant before the plan, of the parks that need more."""
    assert config.parks is not None
    had = config.parks.resources[m.key.removeprefix(PARKS).removesuffix(".existing")].existing
    if not isinstance(had, dict) or not isinstance(turned.after, dict) or not isinstance(turned.before, dict):
        after = plain(turned.after)
        return Change(m.key, m.kind, plain(turned.before), after, "", (f"{m.key}={after}",), m.place)
    texts = [", ".join(f"{park}: {plain(v)}" for park, v in ends.items()) for ends in (turned.before, turned.after)]
    whole = json.dumps({**had, **turned.after}, ensure_ascii=False, default=float)
    return Change(m.key, m.kind, texts[0], texts[1], "", (f"{m.key}={whole}",), m.place)


def _two_ends(case: Case, path: str) -> bool:
    """Whether a limit has more than one end."""
    same = [b for b in case.rules.bounds if b.path == path]
    return len({(b.unit, end) for b in same for end in ("lower", "upper") if getattr(b, end) is not None}) > 1


def _without(case: Case, m: Member) -> Iterator[str]:
    """How a lock or a rule of the config is given up; nothing where it stands in a table."""
    config, ids = case.loaded.config, case.inputs.projects["project_id"].tolist()
    if m.kind == "fix":
        yield f"locks.fix.{written_fix(case.loaded, case.inputs, ids[m.project])}=null"
    elif m.kind in ("must_fund", "must_not"):
        listed: list[str] = getattr(config.locks, m.kind)
        kept = {ids[p] for p in getattr(case.links, m.kind)}
        if ids[m.project] in listed:
            yield f"locks.{m.kind}={json.dumps([p for p in listed if p in kept], ensure_ascii=False)}"
    elif m.rule is not None and m.rule.path.startswith("dependencies."):
        yield f"{m.rule.path}=null"


def _overrides(changes: Sequence[Change]) -> list[str]:
    """What is set, each once; items of a list are taken out from its end, so that those before keep their place."""
    found = list(dict.fromkeys(o for change in changes for o in change.overrides))

    def place(override: str) -> int:
        number = override.removeprefix("dependencies.").partition("=")[0]
        return int(number) if override.startswith("dependencies.") and number.isdigit() else -1

    return sorted(found, key=lambda o: (place(o) >= 0, -place(o)))


def plain(value: object) -> str:
    """A number as it is typed."""
    number = Decimal(str(value))
    return f"{number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize():f}"
