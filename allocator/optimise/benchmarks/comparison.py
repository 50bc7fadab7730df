"""The plan held against the ways the money used to be split, each made to keep the same rules where it can.

A way of splitting is first taken as it is: what it is worth, and which rules it breaks. Where it breaks any, the
plan nearest to it that keeps all of them (least total distance between awards) is made and judged instead. What is left
of the money goes to the next candidates in the order of the rule, until nothing more fits under the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from allocator.money.rounding import as_written, half_up_exactly
from allocator.optimise import plan_tables as publish
from allocator.optimise.benchmarks.rules_of_thumb import RULES, RuleOfThumb, option_rows, priorities
from allocator.optimise.exact import ExactPlan, examine, objective
from allocator.plan.reasons import IDENTITY, in_units
from allocator.problem import edits as changes
from allocator.problem import measures
from allocator.problem.accounts import budgets
from allocator.problem.goals import Term
from allocator.problem.groups import Group
from allocator.problem.quota import quotas

if TYPE_CHECKING:
    from allocator.messages.watch import Watch
    from allocator.money.arrays import Floats, Ints
    from allocator.optimise.instance import Instance
    from allocator.problem.case import Case

COLUMNS = ["benchmark", "status", "breaks", "figure", "dimension", "key", "plan", "other", "gain"]
FIGURES = ("award", "supported_investment", "certified_investment", "additional_investment", "upgrading")
PER_AWARD = "per_award"
AWARD_COLUMNS = (*IDENTITY, "instrument", "option", "start_year", *measures.FIGURES, "committed")
PAYMENT_COLUMNS = ("project_id", "option", "source", "year", "amount")
LESS_MONEY = Decimal("0.75")
"""Share of the money with which the plan is made again (the audit of the UK's Regional Growth Fund spoke of 75 %)."""
NEAR, SECONDS = 0.01, 30.0
"""Gap and longest search for the nearest plan."""
LEFT = 0.001
"""Share of the budgets below which what is left is not given out."""
MOST_RULES = 12
PLACES = 12
"""Decimals of what a yuan brings."""


@dataclass(frozen=True)
class Compared:
    """One way of splitting the money: as it is, and as a plan that keeps the rules."""

    name: str
    status: str
    """as_is: keeps every rule; mended: the nearest plan that does; impossible: none was found."""
    breaks: tuple[str, ...]
    """Rules that it breaks as it is."""
    plan: ExactPlan | None


def benchmark_table(case: Case, numbers: Instance, plan: ExactPlan) -> dict[str, pd.DataFrame]:
    """The table of what the config asks a plan to be held against; none where it asks for nothing."""
    names = case.loaded.config.benchmarks
    if names is None:
        return {}
    found = comparisons(case, numbers, names)
    return {"benchmarks": table_of(case, plan, found), **splits(case, numbers, found)}


def table(case: Case, numbers: Instance, plan: ExactPlan, names: Sequence[str], watch: Watch) -> pd.DataFrame:
    """The plan against every benchmark: benchmarks.csv, amounts in the config's unit.

    Where the user stops, against those that were judged by then, and without the plan with less money.
    """
    found = comparisons(case, numbers, names, watch)
    return table_of(case, plan, found, watch)


def comparisons(case: Case, numbers: Instance, names: Sequence[str], watch: Watch | None = None) -> list[Compared]:
    """Every way of splitting the money, judged, until the user stops the watch."""
    quota, found = quotas(case.loaded, case.inputs), list[Compared]()
    for number, name in enumerate(names, 1):
        if watch is not None:
            watch.tell(f"benchmarks {number}/{len(names)}")
        judged = compare_with(case, numbers, name, RULES[name](case, quota))
        if watch is not None and watch.stop.is_set():
            break
        found.append(judged)
    return found


def table_of(case: Case, plan: ExactPlan, found: Sequence[Compared], watch: Watch | None = None) -> pd.DataFrame:
    """The plan against what was judged."""
    stopped = watch is not None and watch.stop.is_set()
    less = None if stopped or not found else with_less(case)
    rows = [row for judged in found for row in rows_of(case, plan, judged, less)]
    return pd.DataFrame(rows, columns=COLUMNS)


def splits(case: Case, numbers: Instance, found: Sequence[Compared]) -> dict[str, pd.DataFrame]:
    """Awards and payments of every benchmark, as those of the plan are stored; amounts in the config's unit."""
    awards, payments = list[pd.DataFrame](), list[pd.DataFrame]()
    for judged in found:
        if judged.plan is not None:
            paid = publish.payments_table(case, numbers, judged.plan)
            given = publish.awards_table(case, judged.plan, paid)
            given = in_units(case, given, [*measures.FIGURES, *case.loaded.config.sources])
            paid = in_units(case, paid.drop(columns="row"), ["amount"])
            for frame, frames in ((given, awards), (paid, payments)):
                frame.insert(0, "benchmark", judged.name)
                frames.append(frame)
    if not awards:
        columns = ("benchmark", *AWARD_COLUMNS, *case.loaded.config.sources)
        awards, payments = [pd.DataFrame(columns=columns)], [pd.DataFrame(columns=("benchmark", *PAYMENT_COLUMNS))]
    whole = {"benchmark_awards": awards, "benchmark_payments": payments}
    return {name: pd.concat(frames, ignore_index=True) for name, frames in whole.items()}


def compare_with(case: Case, numbers: Instance, name: str, wanted: RuleOfThumb) -> Compared:
    """What a way of splitting the money is worth, as it is or mended."""
    committed = np.flatnonzero(case.measures.committed)
    rows = np.union1d(option_rows(wanted), committed)
    raw = settled(case, numbers, rows)
    breaks = tuple(broken_rules(case, raw, rows))
    near = nearest(case, numbers, wanted) if breaks else raw
    if near is None:
        return Compared(name, "impossible", breaks, None)
    return Compared(name, "mended" if breaks else "as_is", breaks, spent_out(case, numbers, name, near))


def settled(case: Case, numbers: Instance, rows: Ints) -> ExactPlan:
    """Option rows in whole fen."""
    chosen = np.flatnonzero(np.isin(numbers.rows, rows))
    draw = np.zeros((len(case.loaded.config.sources), len(numbers.class_payers), len(numbers.years)))
    return examine(case, numbers, chosen, draw)


def broken_rules(case: Case, plan: ExactPlan, rows: Ints) -> Iterator[str]:
    """Names of the rules that a choice of options breaks, each once; what was promised before needs nothing further."""
    names = [case.rules.bounds[number].name for number in plan.broken]
    sources = list(case.loaded.config.sources)
    names += [f"sources.{sources[s]}" for s in np.flatnonzero(plan.short.any(axis=1)).tolist()]
    ids, funded = case.inputs.projects["project_id"].tolist(), case.funded(rows)
    links, promised = case.links, np.bincount(case.measures.project[case.measures.committed], minlength=len(ids)) > 0
    names += [f"must_fund: {ids[p]}" for p in links.must_fund if not funded[p]]
    for kind, rules in (("requires", links.requires), ("all_or_none", links.all_or_none)):
        for rule in rules:
            heads = [p for p in rule.projects[:1] if not promised[p]] if kind == "requires" else rule.projects
            if any(funded[p] for p in heads) and not all(funded[p] for p in rule.projects):
                names.append(f"{kind}: {', '.join(str(ids[p]) for p in rule.projects)}")
    names += [f"requires: {told}" for told in late(case, rows)]
    for rule in links.same_instrument:
        if len({instrument for p in rule.projects for instrument in instruments_of(case, rows, p)}) > 1:
            names.append(f"same_instrument: {', '.join(str(ids[p]) for p in rule.projects)}")
    for kind, rules in (("excludes", links.excludes), ("one_of", links.one_of)):
        for rule in rules:
            count = sum(bool(funded[p]) for p in rule.projects)
            if count > 1 or (kind == "one_of" and not count):
                names.append(f"{kind}: {', '.join(str(ids[p]) for p in rule.projects)}")
    yield from dict.fromkeys(names)


def late(case: Case, rows: Ints) -> Iterator[str]:
    """What is required does not start its lag before, though it is funded."""
    ids, m = case.inputs.projects["project_id"].tolist(), case.measures
    for rule in case.links.requires:
        own = rows[m.project[rows] == rule.projects[0]]
        for other in rule.projects[1:] if rule.lag and len(own) and not m.committed[own].any() else ():
            theirs = rows[m.project[rows] == other]
            free = len(theirs) and not m.committed[theirs].any()
            if free and m.start_year[theirs].max() + rule.lag > m.start_year[own].min():
                yield f"{ids[rule.projects[0]]}, {ids[other]}"


def instruments_of(case: Case, rows: Ints, project: int) -> set[str]:
    """Instruments that a choice of options gives a project."""
    own = rows[case.measures.project[rows] == project]
    return set(np.asarray(case.options.table["instrument"], dtype=object)[own].tolist())


def nearest(case: Case, numbers: Instance, wanted: RuleOfThumb) -> ExactPlan | None:
    """The plan that keeps every rule and whose awards differ least from those wanted; None when none was found."""
    award = case.measures.amount("award")
    given = np.zeros(len(case.inputs.projects))
    for p, row in wanted.items():
        given[p] = award[row]
    given = given[case.measures.project]
    return most(case, numbers, case, given - np.abs(award - given))


def spent_out(case: Case, numbers: Instance, name: str, plan: ExactPlan) -> ExactPlan:
    """A plan with what is left of the money: nobody gets less, and the next in the order of the rule get what fits.

    Where the least spending is asked for, nothing is left to be given out.
    """
    if case.loaded.config.minimise:
        return plan
    award, project = case.measures.amount("award"), case.measures.project
    budget = sum(
        float(case.loaded.config.budget(s, y)) for s in case.loaded.config.sources for y in case.loaded.config.years
    )
    if float(plan.draws.sum()) > (1 - LEFT) * budget * case.money.fen_per_unit:
        return plan
    free = plan.options[~case.measures.committed[plan.options]]
    own = np.zeros(len(case.inputs.projects))
    own[project[free]] = award[free]
    links = replace(case.links, must_fund={**dict.fromkeys(project[free].tolist(), ""), **case.links.must_fund})
    open_ = replace(case, links=links, usable=case.usable & (case.measures.committed | (award >= own[project])))
    found = most(case, numbers, open_, award * priorities(case, name)[project])
    return plan if found is None or award[found.options].sum() < award[plan.options].sum() else found


def most(case: Case, numbers: Instance, open_: Case, worth: Floats) -> ExactPlan | None:
    """The plan of most ``worth`` (per option row) among those ``open_`` leaves that keep every rule; None when none was found."""
    from allocator.messages.errors import AllocatorError
    from allocator.optimise import instance
    from allocator.optimise.search.engine import NoPlan
    from allocator.optimise.search.strategy import solve

    group = Group("award", True, np.arange(len(worth)), worth)
    asked = replace(open_, terms=(Term("award", Decimal(1), group, None),), risk=None, robust=None)
    try:
        answer = solve(asked, instance.build(asked), gap=NEAR, seconds=SECONDS)
    except (AllocatorError, NoPlan):
        return None
    chosen = np.flatnonzero(np.isin(numbers.rows, answer.plan.options))
    found = examine(case, numbers, chosen, answer.plan.draws.astype(float))
    return found if not found.broken and not found.short.any() else None


def with_less(case: Case) -> Fraction | None:
    """What the best plan with three quarters of every budget is worth, in fen; None when there is none."""
    from allocator.messages.errors import AllocatorError
    from allocator.optimise import instance
    from allocator.optimise.search.engine import NoPlan
    from allocator.optimise.search.strategy import solve

    config, fen = case.loaded.config, case.money.fen_per_unit
    less = case
    for source in config.sources:
        cut = {y: -int(amount * (1 - LESS_MONEY)) for y, amount in budgets(config, fen, source).items()}
        less = changes.with_money(less, source, cut)
    try:
        answer = solve(less, instance.build(less), gap=float(config.solver.gap), seconds=SECONDS)
    except (AllocatorError, NoPlan):
        return None
    return objective(less, answer.plan)


def rows_of(case: Case, plan: ExactPlan, judged: Compared, less: Fraction | None) -> Iterator[tuple[object, ...]]:
    """Rows of benchmarks.csv for one benchmark."""
    unit = case.money.fen_per_unit
    head = judged.name, judged.status, ";".join(judged.breaks[:MOST_RULES])
    if judged.plan is None:
        yield (*head, "objective", "all", "", in_unit(objective(case, plan), unit), None, None)
        return
    values = [objective(case, one) for one in (plan, judged.plan)]
    yield (*head, "objective", "all", "", *sides(values, unit))
    yield (*head, PER_AWARD, "all", "", *per_award(case, values, (plan, judged.plan)))
    for figure in FIGURES:
        sums = [total(case, one, figure) for one in (plan, judged.plan)]
        yield (*head, figure, "all", "", *sides(sums, unit))
    counts = [Fraction(int(case.funded(one.options).sum())) for one in (plan, judged.plan)]
    yield (*head, "funded", "all", "", *sides(counts, 1))
    yield from by_region(case, plan, judged, head, unit)
    for s, source in enumerate(case.loaded.config.sources):
        paid = [Fraction(int(one.draws[s].sum())) for one in (plan, judged.plan)]
        yield (*head, "payment", "source", source, *sides(paid, unit))
    if less is not None and values[1] > 0:
        share = Decimal(f"{float(less / values[1]):.6f}")
        yield (*head, "share_reached", "money", str(LESS_MONEY), in_unit(less, unit), in_unit(values[1], unit), share)


def per_award(case: Case, values: Sequence[Fraction], plans: Sequence[ExactPlan]) -> tuple[Decimal | None, ...]:
    """What a yuan awarded brings to the goal in the plan and in the benchmark, and the gain; blank where nothing is awarded."""
    sums = [total(case, one, "award") for one in plans]
    if not all(sums):
        return None, None, None
    fine = [half_up_exactly(value / spent * 10**PLACES) for value, spent in zip(values, sums, strict=True)]
    one, other = (Decimal(value).scaleb(-PLACES) for value in fine)
    return one, other, one - other


def by_region(
    case: Case, plan: ExactPlan, judged: Compared, head: tuple[str, ...], unit: int
) -> Iterator[tuple[object, ...]]:
    """What each region gets, and what that brings."""
    assert judged.plan is not None
    region = np.asarray(case.inputs.projects["region"], dtype=object).astype(str)[case.measures.project]
    for figure in ("award", "leveraged_investment"):
        amounts = case.measures.amount(figure)
        for value in sorted(set(region)):
            sums = [
                Fraction(int(amounts[rows[region[rows] == value]].sum()))
                for rows in (plan.options, judged.plan.options)
            ]
            yield (*head, figure, "region", value, *sides(sums, unit))


def total(case: Case, plan: ExactPlan, figure: str) -> Fraction:
    """The sum of a measure over a plan, in fen."""
    return sum((as_written(value) for value in case.measures.amount(figure)[plan.options].tolist()), Fraction(0))


def sides(values: Sequence[Fraction], unit: int) -> tuple[Decimal, Decimal, Decimal]:
    """Plan, benchmark and gain, in units."""
    one, other = values
    return in_unit(one, unit), in_unit(other, unit), in_unit(one - other, unit)


def in_unit(fen: Fraction, unit: int) -> Decimal:
    """An amount of fen in the config's unit."""
    value = fen / unit
    return Decimal(value.numerator) / Decimal(value.denominator)
