"""Warnings about what the plan funds, worked out again from config, tables and awards."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.verify.debt import own_terms, served
from allocator.verify.facts import half_up, normal
from allocator.verify.findings import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allocator.config_flags import Flags
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Award, Plan
    from allocator.verify.stored import Table

Warned = tuple[str, str, str]
"""Flag, scope, value."""


def check_flags(plan: Plan, table: Table | None, findings: Findings) -> None:
    """Every warning that is stated holds with its value, and none is left out."""
    rules = plan.config.flags
    if rules is None or table is None:
        return
    stated = {(row.text("flag"), row.text("scope"), row.text("value")): row for row in table}
    expected = {warned for project in plan.by_project.values() for warned in of_project(plan, rules, project)}
    expected |= set(of_shares(plan, rules))
    for warned in sorted(expected):
        findings.hold(stated.pop(warned, None) is not None, "row_missing", table.place, "", got=" / ".join(warned))
    for got, row in stated.items():
        findings.hold(False, "not_expected", row.place, "flag", got=" / ".join(got))


def of_project(plan: Plan, rules: Flags, awards: Sequence[Award]) -> Iterator[Warned]:
    """The warnings about one funded project."""
    at, name, facts = awards[0].at, awards[0].project, plan.facts
    for flag, value in (*of_bonds(plan, rules, awards), *of_record(plan, rules, at)):
        yield flag, name, value
    fixed, done = facts.fen(at, "fixed_investment") or 0, facts.fen(at, "done_investment") or 0
    if "done_investment" in facts.columns and text(plan, at, "stage") in ("已开工", "在建") and done == 0:
        yield "F9", name, "0"
    if fixed > 0 and done > Fraction(rules.progress) * fixed:
        yield "F10", name, ratio(Fraction(done, fixed))
    award = sum(one.award for one in awards)
    nominal = sum(one.measures["nominal_investment"] for one in awards)
    if award > 0 and nominal > Fraction(rules.times) * award:
        yield "F12", name, ratio(Fraction(nominal, award))


def of_record(plan: Plan, rules: Flags, at: int) -> Iterator[tuple[str, str]]:
    """What the project's own cells say of competition, trade, energy, other support and record."""
    facts, review = plan.facts, text(plan, at, "fcr_passed")
    if "fcr_passed" in facts.columns and review != "通过":
        yield "F2", review
    local = next((word for word in rules.local_words if normal(word) in text(plan, at, "note")), None)
    if local is not None:
        yield "F3", local
    code = text(plan, at, "gb4754_code")
    if code.startswith(tuple(normal(begin) for begin in rules.trade_codes)):
        yield "F4", code
    if text(plan, at, "is_energy_heavy") == "1" and text(plan, at, "renovation_nature") != "置换淘汰":
        yield "F5", code
    public = facts.fen(at, "other_public") or 0
    if public > 0:
        yield "F6", plan.money.text(public)
    if text(plan, at, "catalog_class") in ("限制", "淘汰"):
        yield "F13", text(plan, at, "catalog_class")
    if text(plan, at, "clean_record") == "0":
        yield "F14", "0"


def of_bonds(plan: Plan, rules: Flags, awards: Sequence[Award]) -> Iterator[tuple[str, str]]:
    """What special-bond money of the project rests on."""
    service = Fraction(0)
    for award in awards:
        for (source, _), amount in award.paid.items():
            terms = plan.config.sources[source].bond if source in plan.config.sources else None
            if terms is not None:
                years = served(*own_terms(plan, award, terms))
                service += amount * sum((interest + repaid for interest, repaid, _ in years), Fraction(0))
    if not service:
        return
    at = awards[0].at
    revenue, cost = (plan.facts.fen(at, name) or 0 for name in ("revenue_total", "cost_total"))
    if revenue <= 0:
        yield "F1", ""
    grade = text(plan, at, "debt_grade")
    if grade in {normal(listed) for listed in rules.grades}:
        yield "F7", grade
    cover = (Fraction(rules.revenue) * revenue - cost) / service
    if cover < Fraction(rules.min_cover):
        yield "F8", ratio(cover)


def of_shares(plan: Plan, rules: Flags) -> Iterator[Warned]:
    """Groups of firms and chains with too much of all awards."""
    whole = sum(award.award for award in plan.awards)
    for column, most in (("group_id", rules.firm_share), ("chain", rules.chain_share)):
        sums: dict[str, int] = {}
        for award in plan.awards:
            name = text(plan, award.at, column)
            sums[name] = sums.get(name, 0) + award.award
        for name, amount in sums.items():
            if name and whole and Fraction(amount, whole) > Fraction(most):
                yield "F11", f"{column}={name}", ratio(Fraction(amount, whole))


def text(plan: Plan, at: int, column: str) -> str:
    """A cell in normal form; '' where it is blank or not there."""
    cell = plan.facts.cell(at, column)
    return "" if cell is None else normal(cell)


def ratio(value: Fraction) -> str:
    """A ratio to four decimals."""
    return plain(Fraction(half_up(value * 10_000), 10_000))
