"""Who may not have what, and why: worked out again for every candidate and instrument."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import cast

from allocator.config.keys.instruments import Instrument
from allocator.config.keys.parts import Condition, Range
from allocator.verify.facts import Cell, normal
from allocator.verify.gates import barred, stops, supported
from allocator.verify.kinds import Exclusion
from allocator.verify.offers import NotOffered
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings, Row, Table, plain

FOR_INDUSTRY = "重大工业项目;企业技改;融资担保;科技成果产业化"


def check_screening(plan: Plan, table: Table, findings: Findings) -> None:
    """Every exclusion that is stated holds, and none is left out."""
    stated: dict[tuple[str, ...], Row] = {}
    for row in table:
        said = row.text("rule"), normal(row.text("value")), row.text("threshold")
        stated[row.text("project_id"), row.text("instrument"), *said] = row
    for project in plan.facts.row_of:
        for key in instruments(plan, project):
            for rule, value, threshold in exclusions(plan, project, key):
                row_key = (project, key, rule, normal(value), threshold)
                found = stated.pop(row_key, None) is not None
                findings.hold(found, "row_missing", table.place, "", got=" / ".join(row_key))
    for got, row in stated.items():
        findings.hold(False, "not_expected", row.place, "rule", got=" / ".join(got))


def instruments(plan: Plan, project: str) -> list[str]:
    """Instruments of the config, then those that only the project's ready-made options have."""
    own = {plan.offers.options.instrument(project, option) for option in plan.offers.options.names.get(project, ())}
    return [*plan.config.instruments, *sorted(own - set(plan.config.instruments))]


def exclusions(plan: Plan, project: str, key: str) -> Iterator[Exclusion]:
    """The rules by which a project cannot have an instrument."""
    at = plan.facts.row_of[project]
    if project in plan.offers.commitments.names:
        yield Exclusion("committed", ";".join(plan.offers.commitments.names[project]), "")
        return
    if plan.offers.support_start(at) > plan.years[-1]:
        yield Exclusion("start_after_horizon", _shown(plan.facts.cell(at, "start_year")), str(plan.years[-1]))
        return
    late = [option for option in plan.offers.options.names.get(project, ()) if _too_late(plan, project, option, key)]
    if late:
        yield Exclusion("tail", ";".join(late), str(plan.years[-1]))
    instrument = plan.config.instruments.get(key)
    if instrument is None:
        return
    fulfils = plan.facts.fulfils
    failing = [name for name, condition in instrument.where.items() if not fulfils(at, name, condition)]
    for name in failing:
        yield Exclusion(f"where.{name}", _shown(plan.facts.cell(at, name)), written(instrument.where[name]))
    if barred(plan.config, plan.facts, at, key):
        yield Exclusion("bond_use", _shown(plan.facts.cell(at, "category")), FOR_INDUSTRY)
        failing.append("bond_use")
    stopped = list(stops(plan.config, plan.facts, at, key))
    for stop in stopped:
        needed = stop.needed if isinstance(stop.needed, str) else written(stop.needed)
        yield Exclusion(stop.rule, stop.got if isinstance(stop.got, str) else _shown(stop.got), needed)
    supported = list(_supported(plan, at, key))
    yield from supported
    if not failing and not stopped and not supported:
        yield from _money_exclusions(plan, at, key, instrument)


def _supported(plan: Plan, at: int, key: str) -> Iterator[Exclusion]:
    """Support that a project has from above, or that whoever carries it had before."""
    earlier = plan.config.stacking.earlier
    since = "" if earlier is None else str(plan.years[0] - earlier.years)
    for kind, column in supported(plan.config, plan.facts, plan.offers.before, at, key):
        rule, threshold = ("national", f"{column}: 0") if kind == "nationally_supported" else ("earlier", since)
        yield Exclusion(f"stacking.{rule}", _shown(plan.facts.cell(at, column)), threshold)


def _money_exclusions(plan: Plan, at: int, key: str, instrument: Instrument) -> Iterator[Exclusion]:
    candidate = plan.offers.candidate(at, key)
    blanks = candidate.blanks()
    yield from (Exclusion(rule, "", column) for rule, column in blanks)
    refusals = [] if blanks else candidate.refusals()
    yield from refusals
    if blanks or refusals:
        return
    try:
        entitlement, levels = plan.offers.entitlement(at, key)
    except NotOffered as error:
        yield cast("Exclusion", error.values["refusal"])
        return
    claimed = plan.offers.claimed(at, key)
    if entitlement < claimed:
        most = plan.money.text(int(entitlement))
        yield Exclusion("public_share", plain(claimed / plan.money.fen_per_unit), most)
    closing = plan.offers.unclosed(at, key)
    if closing is not None:
        yield Exclusion("closing", plan.money.text(closing.need), plan.money.text(closing.most))
    if not levels and closing is None:
        least = max(plan.money.to_fen(instrument.award.min), plan.offers.step(instrument))
        value = Fraction(entitlement) / plan.money.fen_per_unit
        yield Exclusion("award_min", plain(value), plan.money.text(least))
    last = plan.years[-1]
    if not levels or plan.offers.payers(key, last + 1):
        return
    late = [
        str(year)
        for year in plan.offers.starts(at, instrument)
        if any(
            due > last and not plan.offers.payers(key, due)
            for award in levels.values()
            for due in plan.offers.payments(at, key, award, year)
        )
    ]
    if late:
        yield Exclusion("tail", ";".join(late), str(last))


def _too_late(plan: Plan, project: str, option: str, key: str) -> bool:
    if plan.offers.options.instrument(project, option) != key:
        return False
    try:
        plan.offers.offer(project, option, committed=False)
    except NotOffered:
        return True
    return False


def written(condition: Condition) -> str:
    """A condition as the config writes it."""
    if isinstance(condition, Range):
        parts = {"min": condition.min, "max": condition.max, "not": condition.not_, "begins": condition.begins}
        return "{" + ", ".join(f"{name}: {_literal(value)}" for name, value in parts.items() if value is not None) + "}"
    return _literal(condition)


def _literal(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return normal(value) if isinstance(value, int | Decimal) else str(value)


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    return normal(cell) if isinstance(cell, Fraction) else cell
