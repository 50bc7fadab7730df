"""What a plan is held against: the approved plan with its stability, and benchmarks that keep the rules and beat no bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd

from allocator.config.keys.plan import Config
from allocator.tables.measures import MEASURES
from allocator.tables.previous_plan import FAILED, REALISED, approved, to_keep
from allocator.verify import choice, debt_service, payments, risk
from allocator.verify.bounds import Bound, kept_bounds
from allocator.verify.clusters import expected_terms
from allocator.verify.measures import goal_value
from allocator.verify.moved import check_moves
from allocator.verify.plan import Plan, read_plan
from allocator.verify.stored import Findings, Row, Table


def stability(plan: Plan) -> list[Bound]:
    """The line of the limit table that says how much of the approved awards is kept; none without a price."""
    kept, price = to_keep(plan.config, plan.extra), plan.config.stability
    if price is None or plan.config.previous is None:
        return []
    now: dict[str, int] = {}
    for award in plan.awards:
        if not award.committed:
            now[award.project] = now.get(award.project, 0) + award.award
    moved = sum(abs(now.get(project, 0) - kept.get(project, 0)) for project in {*now, *kept})
    unit = plan.money.fen_per_unit
    lower = Fraction(sum(kept.values()), unit)
    kept_now = lower - Fraction(moved, unit)
    return [Bound("stability", (), "award", plan.money.name, kept_now, lower, None, Fraction(price))]


def check_replanning(plan: Plan, tables: Mapping[str, Table], manifest: Mapping[str, Any], findings: Findings) -> None:
    """Each source has paid an award that was begun in full by the end; failed ones get nothing; moves are as told."""
    before = approved(plan.config, plan.extra)
    progress = {str(row["project_id"]): row for row in plan.extra.get("progress", pd.DataFrame()).to_dict("records")}
    planned: dict[tuple[str, str, str], int] = {}
    for row in plan.extra["previous.payments"].to_dict("records"):
        key = (str(row["project_id"]), str(row["option"]), str(row["source"]))
        if key[2] in plan.config.sources:
            planned[key] = planned.get(key, 0) + int(row["amount"])
    paid_now = {(a.project, a.option): a.paid for a in plan.awards}
    since = since_of(plan.config, plan.extra)
    for award in before:
        known = award.project in plan.facts.row_of
        if award.state == FAILED and known:
            must = award.project in plan.config.locks.must_fund
            stays = must or award.project not in plan.by_project
            findings.hold(stays, "must_not_funded", "awards.csv", "", project=award.project)
    begun: dict[str, list[str]] = {}
    for award in before:
        if award.state == REALISED and award.project in plan.facts.row_of:
            begun.setdefault(award.project, []).append(award.option)
    for project, options in begun.items():
        for source in plan.config.sources:
            told = _years_reported(progress.get(project, {}), source, since.get(project, 0))
            if told:
                due = max(0, sum(planned.get((project, option, source), 0) for option in options) - sum(told))
                paid = [paid_now.get((project, option), {}).items() for option in options]
                now = sum(amount for rows in paid for (payer, _), amount in rows if payer == source)
                findings.same_fen(now, due, plan.money, "awards.csv", f"{project}: {source}")
    check_moves(plan, before, tables, manifest, findings)


def since_of(config: Config, further: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Project that was committed before → the previous plan's first year, from which on what was paid counts."""
    awards = further["previous.awards"].to_dict("records")
    years = [config.years[0] - 1, *(int(year) for year in further["previous.payments"]["year"])]
    years += [int(row["start_year"]) for row in awards if not row["committed"]]
    return {str(row["project_id"]): min(years) for row in awards if row["committed"]}


def _years_reported(progress: Mapping[Any, Any], source: str, since: int) -> list[int]:
    """What the source has paid, by the columns of the years that count; nothing where none speaks of it."""
    parts = ((str(name).rpartition("@"), cell) for name, cell in progress.items())
    return [int(cell) for (payer, _, year), cell in parts if payer == source and int(year) >= since]


CLOSE = Fraction(1, 10**24)
"""Worth is written to 28 digits or more."""
STATUSES = ("as_is", "mended", "impossible")
PER_AWARD, PER_UNIT = "per_award", Fraction(1, 10**12)
"""The figure of what a yuan awarded brings, and its fineness."""
SHARE = Fraction(1, 10**6)
"""Fineness of the share of a benchmark's effect that less money reaches."""


def check_benchmarks(plan: Plan, stated: Mapping[str, Any], tables: Mapping[str, Table], findings: Findings) -> None:
    """Every row: both sides, the gain, and that no benchmark is worth more than any plan can be."""
    table = tables["benchmarks"]
    splits: dict[str, Split | None] = {
        name: split_of(plan, name, tables, findings) for name in plan.config.benchmarks or ()
    }
    sign = 1 if plan.config.minimise is None else -1  # what is spent counts as a loss beside a benchmark
    objective, bound = (sign * Fraction(str(stated[name])) for name in ("objective", "bound"))
    ordered = plan.config.goals.mode == "lexicographic"  # the last goal's bound keeps the goals before it
    told = set()
    for row in table:
        told.add(row.text("benchmark"))
        ours, other, gain = (amount(row, name) for name in ("plan", "other", "gain"))
        if row.text("figure") == "share_reached":
            close = other is None or ours is None or gain is None or abs(gain - ours / other) <= SHARE
            findings.hold(close, "differs", row.place, "gain", stated=row.text("gain"), recomputed="plan ÷ other")
            continue
        if row.text("figure") == PER_AWARD:
            check_per_award(row, (Split(plan, objective), splits.get(row.text("benchmark"))), findings)
            continue
        expected = objective if row.text("figure") == "objective" else own(plan, row)
        if expected is not None:
            findings.near(ours, expected, 0, row.place, "plan")
        check_other(row, splits.get(row.text("benchmark")), other, findings)
        if ours is not None and other is not None:
            findings.near(gain, ours - other, 0, row.place, "gain")
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


def split_of(plan: Plan, name: str, tables: Mapping[str, Table], findings: Findings) -> Split | None:
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
    made = replace(made, outcomes=plan.outcomes, extra=plan.extra)
    payments.check_awards(made, findings)
    choice.check_choice(made, findings)
    payments.replay(made, findings)
    own = (*stability(made), *debt_service.service_bounds(made, tables["limits"]))
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


def check_per_award(row: Row, sides: Sequence[Split | None], findings: Findings) -> None:
    """What a yuan brings on either side, to the decimals it is written with, and the difference."""
    sums = [sum(award.award for award in side.plan.awards) if side else 0 for side in sides]
    stated = [amount(row, name) for name in ("plan", "other", "gain")]
    if not all(sums):
        findings.hold(stated == [None] * 3, "not_expected", row.place, "gain", got=row.text("gain"))
        return
    found = [side.worth * side.plan.money.fen_per_unit / spent for side, spent in zip(sides, sums, strict=True) if side]
    for name, value, exact in zip(("plan", "other"), stated, found, strict=False):
        findings.near(value, exact, PER_UNIT, row.place, name)
    same = None not in stated and stated[2] == (stated[0] or 0) - (stated[1] or 0)
    findings.hold(same, "differs", row.place, "gain", stated=row.text("gain"), recomputed="plan − other")


def check_other(row: Row, split: Split | None, stated: Fraction | None, findings: Findings) -> None:
    """The benchmark's side of a row is what its own awards say."""
    if split is None:
        findings.hold(stated is None, "not_expected", row.place, "other", got=row.text("other"))
        return
    exact = split.worth if row.text("figure") == "objective" else own(split.plan, row)
    if exact is not None:
        findings.near(stated, exact, CLOSE * max(abs(exact), Fraction(1)), row.place, "other")


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
