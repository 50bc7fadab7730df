"""Which projects are chosen: one option each, locks, commitments, rules between projects and against stacking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from allocator.config.keys.locks import FixedAward
from allocator.config.keys.plan import Dependency
from allocator.verify.awards import Choice
from allocator.verify.gates import may_join, public_room, supported, together_within
from allocator.verify.packages import JOINT
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings

MUST_FUND = frozenset({"must_fund", "必选"})
MUST_NOT = frozenset({"must_not", "排除"})


def check_choice(plan: Plan, findings: Findings) -> None:
    """One option per project, what is locked and promised, every rule between projects, and those against stacking."""
    for project, awards in plan.by_project.items():
        alone = len(plan.choices_of(awards)) == 1 or all(award.committed for award in awards)
        findings.hold(alone, "several_options", awards[-1].place, "project_id", got=project)
    _check_commitments(plan, findings)
    _check_locks(plan, findings)
    for place, rule in rules(plan):
        _check_rule(plan, place, rule, findings)
    check_stacking(plan, findings)


def locked(plan: Plan, values: frozenset[str]) -> list[str]:
    """Projects whose cell in the column ``lock`` is one of ``values``."""
    cells = plan.facts.columns.get("lock", [])
    return [project for project, at in plan.facts.row_of.items() if cells and cells[at] in values]


def must_fund(plan: Plan) -> list[str]:
    """Projects that must be funded."""
    return [*plan.config.locks.must_fund, *plan.config.locks.fix, *locked(plan, MUST_FUND)]


def must_not(plan: Plan) -> list[str]:
    """Projects that must not be funded."""
    return [*plan.config.locks.must_not, *locked(plan, MUST_NOT)]


def _check_commitments(plan: Plan, findings: Findings) -> None:
    stated = {(award.project, award.option) for award in plan.awards if award.committed}
    for project, option in plan.offers.commitments.row_of:
        findings.hold(
            (project, option) in stated, "commitment_missing", "awards.csv", "", project=project, option=option
        )


def _check_locks(plan: Plan, findings: Findings) -> None:
    for project in must_fund(plan):
        findings.hold(project in plan.by_project, "must_fund_missing", "awards.csv", "", project=project)
    for project in must_not(plan):
        findings.hold(project not in plan.by_project, "must_not_funded", "awards.csv", "", project=project)
    for project, fixed in plan.config.locks.fix.items():
        for choice in plan.choices_of(plan.by_project.get(project, ())):
            _check_fixed(plan, choice, fixed, findings)


def _check_fixed(plan: Plan, choice: Choice, fixed: FixedAward, findings: Findings) -> None:
    first = choice[0]
    stated = {
        "instrument": instrument_of(choice),
        "start_year": first.start,
        "award": plan.money.to_unit(sum(award.award for award in choice)),
        "option": JOINT.join(award.option for award in choice),
    }
    for column, value in stated.items():
        wanted = getattr(fixed, column)
        findings.hold(
            wanted is None or wanted == value, "fix_broken", first.place, column,
            project=first.project, fixed=wanted, stated=value,
        )  # fmt: skip


def instrument_of(choice: Choice) -> str:
    """The instrument of an option; those of a package as one name."""
    return JOINT.join(award.instrument for award in choice)


def rules(plan: Plan) -> Iterator[tuple[str, Dependency]]:
    """Rules of the config, then those of the table columns, each with where it stands."""
    for number, rule in enumerate(plan.config.dependencies):
        yield f"dependencies.{number}", rule
    yield from plan.facts.once("rules", -1, lambda: list(_of_table(plan)))


def _of_table(plan: Plan) -> Iterator[tuple[str, Dependency]]:
    for column in ("requires", "excludes"):
        if column not in plan.facts.columns:
            continue
        for project, at in plan.facts.row_of.items():
            others = plan.facts.names(at, column)
            if column == "requires" and others:
                yield f"{project}.{column}", Dependency.model_construct(requires=[project, *others])
            elif others:
                yield from (
                    (f"{project}.{column}", Dependency.model_construct(excludes=[project, other])) for other in others
                )


def _check_rule(plan: Plan, place: str, rule: Dependency, findings: Findings) -> None:
    if rule.requires is not None:
        for needed in rule.requires[1:]:
            holds = _satisfied(plan, rule.requires[0], needed, rule.lag)
            findings.hold(
                holds, "requires_broken", "awards.csv", place, project=rule.requires[0], needed=needed, lag=rule.lag
            )
    if rule.excludes is not None:
        funded = _funded(plan, rule.excludes)
        findings.hold(len(funded) <= 1, "excludes_broken", "awards.csv", place, projects=", ".join(funded))
    whole = len(rule.all_or_none or ())
    for kind, listed, counts in (("one_of", rule.one_of, (1,)), ("all_or_none", rule.all_or_none, (0, whole))):
        if listed is not None:
            count, names = len(_funded(plan, listed)), ", ".join(listed)
            findings.hold(count in counts, f"{kind}_broken", "awards.csv", place, projects=names, count=count)
    if rule.same_instrument is not None:
        funded_rows = [plan.by_project.get(project, ()) for project in rule.same_instrument]
        used = {instrument_of(choice) for awards in funded_rows for choice in plan.choices_of(awards)}
        findings.hold(
            len(used) <= 1, "same_instrument_broken", "awards.csv", place, instruments=", ".join(sorted(used))
        )


def _funded(plan: Plan, projects: Sequence[str]) -> list[str]:
    return [project for project in projects if project in plan.by_project]


def _satisfied(plan: Plan, project: str, needed: str, lag: int) -> bool:
    """Whether ``project`` has what it needs; a committed project needs nothing more and satisfies any lag."""
    dependents, given = plan.by_project.get(project, ()), plan.by_project.get(needed, ())
    if not dependents or any(award.committed for award in dependents):
        return True
    if not given:
        return False
    if lag == 0 or any(award.committed for award in given):
        return True
    return max(award.start for award in given) + lag <= min(award.start for award in dependents)


def check_stacking(plan: Plan, findings: Findings) -> None:
    """What is funded keeps every rule, whatever was offered."""
    config, facts = plan.config, plan.facts
    if config.stacking == type(config.stacking)():
        return
    for choice in plan.choices:
        first, keys = choice[0], [award.instrument for award in choice]
        if first.committed or first.instrument not in config.instruments or plan.offers.is_written(first):
            continue
        findings.hold(may_join(config, keys), "stacked", first.place, "instrument", got=", ".join(keys))
        awards = [(award.instrument, award.award) for award in choice]
        awarded, left = sum(amount for _, amount in awards), public_room(config, facts, first.at) or 0
        findings.hold(
            together_within(config, facts, first.at, awards), "public_share_exceeded", first.place, "award",
            awarded=plan.money.text(awarded), left=plan.money.text(left),
        )  # fmt: skip
        for key in keys:
            support = dict(supported(config, facts, plan.offers.before, first.at, key))
            for rule in ("nationally_supported", "supported_before"):
                findings.hold(rule not in support, rule, first.place, "project_id", got=first.project)
