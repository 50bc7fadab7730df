"""What a plan is held against: its own side is what it says elsewhere, and nothing that keeps the rules beats its bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from allocator.verify import choice, debt_service, payments, replanning, risk
from allocator.verify.bounds import kept_bounds
from allocator.verify.clusters import expected_terms
from allocator.verify.findings import plain
from allocator.verify.measures import goal_value
from allocator.verify.plan import read_plan
from allocator.verify.stored import MEASURES, Table

if TYPE_CHECKING:
    from allocator.verify.bounds import Bound
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Row

CLOSE = Fraction(1, 10**24)
"""Worth is written to 28 digits or more."""
STATUSES = ("as_is", "mended", "impossible")
PER_AWARD, PER_UNIT = "per_award", Fraction(1, 10**12)
"""The figure of what a yuan awarded brings, and its fineness."""
SHARE = Fraction(1, 10**6)
"""Fineness of the share of a benchmark's effect that less money reaches."""


def check_benchmarks(
    plan: Plan, stated: Mapping[str, Any], tables: Mapping[str, Table], further: Mapping[str, Any], findings: Findings
) -> None:
    """Every row: both sides, the gain, and that no benchmark is worth more than any plan can be."""
    table = tables["benchmarks"]
    splits: dict[str, Split | None] = {
        name: split_of(plan, name, tables, further, findings) for name in plan.config.benchmarks or ()
    }
    sign = 1 if plan.config.minimise is None else -1  # what is spent counts as a loss beside a benchmark
    objective, bound = (sign * Fraction(str(stated[name])) for name in ("objective", "bound"))
    ordered = plan.config.goals.mode == "lexicographic"  # the last goal's bound keeps the goals before it
    told = set()
    for row in table:
        told.add(row.text("benchmark"))
        ours, other, gain = (amount(row, name) for name in ("plan", "other", "gain"))
        if row.text("figure") == "share_reached":
            check_reached(row, findings)
            continue
        if row.text("figure") == PER_AWARD:
            check_per_award(row, (Split(plan, objective), splits.get(row.text("benchmark"))), findings)
            continue
        expected = objective if row.text("figure") == "objective" else own(plan, row)
        if expected is not None:
            told_right(row, "plan", ours == expected, expected, findings)
        check_other(row, splits.get(row.text("benchmark")), other, findings)
        if ours is not None and other is not None:
            told_right(row, "gain", gain == ours - other, ours - other, findings)
        if row.text("figure") == "objective" and other is not None and not ordered:
            better = abs(bound) * Fraction(1, 10**9) + bound
            findings.hold(other <= better, "beats_bound", row.place, "other", got=row.text("other"))
    check_rows(plan, table, findings)
    for name in plan.config.benchmarks or ():
        findings.hold(name in told, "row_missing", table.place, "benchmark", got=name)


def check_rows(plan: Plan, table: Table, findings: Findings) -> None:
    """Every benchmark has the same rows, each once, and says the same of itself in all of them."""
    asked: dict[str, set[tuple[str, ...]]] = {name: set() for name in plan.config.benchmarks or ()}
    said: dict[str, tuple[str, str]] = {}
    for row in table:
        name, key = row.text("benchmark"), tuple(row.text(column) for column in ("figure", "dimension", "key"))
        findings.hold(name in asked, "not_expected", row.place, "benchmark", got=name)
        findings.hold(key not in asked.get(name, ()), "not_expected", row.place, "figure", got=" / ".join(key))
        asked.setdefault(name, set()).add(key)
        itself = row.text("status"), row.text("breaks")
        findings.equal(itself, said.setdefault(name, itself), row.place, "status")
        findings.hold(itself[0] in STATUSES, "status_unknown", row.place, "status", got=itself[0])
    every = {key for keys in asked.values() for key in keys if key[0] != "share_reached"}
    every |= {(figure, "all", "") for figure in ("objective", PER_AWARD, "award", "funded")}
    for name, keys in asked.items():
        alone = said.get(name, ("", ""))[0] == "impossible"
        for key in sorted(({("objective", "all", "")} if alone else every) - keys):
            findings.hold(False, "row_missing", table.place, name, got=" / ".join(key))


class Split(NamedTuple):
    """A benchmark as a plan of its own, and what it is worth as the goal counts it."""

    plan: Plan
    worth: Fraction


def split_of(
    plan: Plan, name: str, tables: Mapping[str, Table], further: Mapping[str, Any], findings: Findings
) -> Split | None:
    """The awards and payments of a benchmark, held to every rule as the plan is; None where none keeps the rules."""
    awards, payments_ = (
        Table(table.name, table.header, tuple(row for row in table if row.text("benchmark") == name))
        for table in (tables["benchmark_awards"], tables["benchmark_payments"])
    )
    statuses = {row.text("status") for row in tables["benchmarks"] if row.text("benchmark") == name}
    if statuses == {"impossible"}:
        findings.hold(not awards.rows, "not_expected", awards.place, "benchmark", got=name)
        return None
    made = read_plan(awards, payments_, plan.offers, plan.config, plan.money, findings)
    made = replace(made, outcomes=plan.outcomes)
    payments.check_awards(made, findings)
    choice.check_choice(made, findings)
    payments.replay(made, findings)
    own = (*replanning.stability(made, further), *debt_service.service_bounds(made, tables["limits"]))
    lines = kept_bounds(made, awards.place, findings, own)
    return Split(made, worth_of(made, lines))


def worth_of(plan: Plan, lines: Sequence[Bound]) -> Fraction:
    """What the goal counts; what a plan of least spending pays is a loss."""
    losses = sum((line.loss for line in lines), Fraction(0))
    if plan.config.minimise:
        return -Fraction(sum(sum(award.paid.values()) for award in plan.awards), plan.money.fen_per_unit) - losses
    unsure = risk.turn_out(plan, lines)
    if unsure is not None:
        return unsure.objective
    worth = [Fraction(term.weight) * goal_value(plan, term) for term in plan.config.goals.terms]
    worth += [weight * value for _, weight, value in expected_terms(plan)]
    return (worth[-1] if plan.config.goals.mode == "lexicographic" else sum(worth, Fraction(0))) - losses


def told_right(row: Row, column: str, right: bool, exact: Fraction, findings: Findings) -> None:
    """A cell says what was worked out again."""
    findings.hold(right, "differs", row.place, column, stated=row.text(column), recomputed=plain(exact))


def check_reached(row: Row, findings: Findings) -> None:
    """The share of a benchmark's effect that less money reaches."""
    ours, other, gain = (amount(row, name) for name in ("plan", "other", "gain"))
    close = other is None or ours is None or gain is None or abs(gain - ours / other) <= SHARE
    findings.hold(close, "differs", row.place, "gain", stated=row.text("gain"), recomputed="plan ÷ other")


def check_per_award(row: Row, sides: Sequence[Split | None], findings: Findings) -> None:
    """What a yuan brings on either side, to the decimals it is written with, and the difference."""
    sums = [sum(award.award for award in side.plan.awards) if side else 0 for side in sides]
    stated = [amount(row, name) for name in ("plan", "other", "gain")]
    if not all(sums):
        findings.hold(stated == [None] * 3, "not_expected", row.place, "gain", got=row.text("gain"))
        return
    found = [side.worth * side.plan.money.fen_per_unit / spent for side, spent in zip(sides, sums, strict=True) if side]
    for name, value, exact in zip(("plan", "other"), stated, found, strict=False):
        same = value is not None and abs(value - exact) <= PER_UNIT
        told_right(row, name, same, exact, findings)
    same = None not in stated and stated[2] == (stated[0] or 0) - (stated[1] or 0)
    findings.hold(same, "differs", row.place, "gain", stated=row.text("gain"), recomputed="plan − other")


def check_other(row: Row, split: Split | None, stated: Fraction | None, findings: Findings) -> None:
    """The benchmark's side of a row is what its own awards say."""
    if split is None:
        findings.hold(stated is None, "not_expected", row.place, "other", got=row.text("other"))
        return
    exact = split.worth if row.text("figure") == "objective" else own(split.plan, row)
    if exact is not None:
        same = stated is not None and abs(stated - exact) <= CLOSE * max(abs(exact), Fraction(1))
        told_right(row, "other", same, exact, findings)


def amount(row: Row, column: str) -> Fraction | None:
    """A number, or nothing."""
    text = row.text(column)
    return Fraction(text) if text else None


def own(plan: Plan, row: Row) -> Fraction | None:
    """What the plan's awards say of a figure; None for what payments alone tell."""
    figure, dimension, key = row.text("figure"), row.text("dimension"), row.text("key")
    unit = plan.money.fen_per_unit
    awards = [
        award for award in plan.awards if dimension == "all" or str(plan.facts.cell(award.at, "region") or "") == key
    ]
    if figure == "funded":
        return Fraction(len({award.project for award in awards}))
    if figure == "payment":
        return Fraction(sum(a for award in plan.awards for (s, _), a in award.paid.items() if s == key), unit)
    if figure == "award":
        return Fraction(sum(award.award for award in awards), unit)
    return Fraction(sum(award.measures[figure] for award in awards), unit) if figure in MEASURES else None
