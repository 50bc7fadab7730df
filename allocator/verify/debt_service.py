"""What falls due in each year, by region, against its caps: worked out again award by award."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from math import ceil, lcm

from allocator.verify.awards import Award
from allocator.verify.bounds import Bound, group_in_normal_form
from allocator.verify.facts import normal
from allocator.verify.kinds import Loan, due, loan_of
from allocator.verify.plan import Plan
from allocator.verify.stored import Table

EACH, TOTAL = "debt: service", "debt: service of all"
Place = tuple[str, int]
"""Region ('' is all together) and year."""


def caps(plan: Plan) -> dict[str, Fraction]:
    """The most that each region may owe in a year by its column, in the config's unit."""
    debt = plan.config.debt
    rule, found = None if debt is None else debt.service, dict[str, Fraction]()
    if debt is None or rule is None or rule.max_from is None:
        return {}
    for at in plan.facts.row_of.values():
        region, cell = normal(plan.facts.cell(at, debt.by)), plan.facts.cell(at, rule.max_from)
        if region and isinstance(cell, Fraction):
            top = cell * Fraction(rule.max_times)
            found[region] = min(top, found.get(region, top))
    return found


def cap(plan: Plan, known: Mapping[str, Fraction], place: Place) -> Fraction | None:
    """The most that may be owed at one place; None where nothing is said."""
    region, year = place
    rule = None if plan.config.debt is None else plan.config.debt.service
    if rule is None:
        return None
    said = rule.max if region else rule.total
    ends = [known[region]] if region in known else []
    if said is not None and (not isinstance(said, dict) or year in said):
        ends.append(Fraction(said[year] if isinstance(said, dict) else said))
    return min(ends, default=None)


@cache
def due_of(loan: Loan) -> tuple[int, tuple[int, ...]]:
    """What one yuan owes in each year after its issue, as numerators over one denominator."""
    common = lcm(*(share.denominator for share in due(*loan)))
    return common, tuple(share.numerator * (common // share.denominator) for share in due(*loan))


def owed(plan: Plan, award: Award, paid: Iterable[tuple[tuple[str, int], int]]) -> dict[int, int]:
    """Year and amount that an award owes, rounded up to a fen."""
    by_loan: dict[Loan, dict[int, int]] = {}
    for (source, issued), amount in paid:
        terms = plan.config.sources[source].bond if source in plan.config.sources else None
        if terms is None:
            continue
        loan = loan_of(plan.facts, award.at, terms)
        years = by_loan.setdefault(loan, {})
        for later, share in enumerate(due_of(loan)[1], start=issued + 1):
            years[later] = years.get(later, 0) + amount * share
    sums: dict[int, Fraction] = {}
    for loan, years in by_loan.items():
        common = due_of(loan)[0]
        if len(by_loan) == 1:
            return {year: -(-amount // common) for year, amount in years.items() if amount}
        for year, amount in years.items():
            sums[year] = sums.get(year, Fraction(0)) + Fraction(amount, common)
    return {year: ceil(amount) for year, amount in sums.items() if amount}


def service_bounds(plan: Plan, table: Table) -> list[Bound]:
    """A line for every place that the table states, for every region's heaviest year, and wherever too much is owed."""
    if plan.config.debt is None or plan.config.debt.service is None:
        return []
    sums: dict[Place, int] = {}
    for award in plan.awards:
        region = normal(plan.facts.cell(award.at, plan.config.debt.by))
        for year, amount in owed(plan, award, award.paid.items()).items():
            for name in {region, ""}:
                sums[name, year] = sums.get((name, year), 0) + amount
    named = (place_of(row.text("limit"), row.text("group")) for row in table)
    stated = {place for place in named if place is not None}
    debtors = {normal(cell) for cell in plan.facts.cells(plan.config.debt.by)} | {""}
    stated = {place for place in stated if place[0] in debtors}
    known = caps(plan)
    lines: dict[Place, Bound] = {}
    for place in sorted(stated | sums.keys()):
        top = cap(plan, known, place)
        if top is not None:
            region, year = place
            group = (region, str(year)) if region else (str(year),)
            value = Fraction(sums.get(place, 0), plan.money.fen_per_unit)
            name, unit = EACH if region else TOTAL, plan.money.name
            lines[place] = Bound(name, group, "debt_service", unit, value, None, top)
    wanted = {place for place, bound in lines.items() if place in stated or bound.violation}
    for region in {region for region, _ in sums}:
        found = {place: bound.room or Fraction(0) for place, bound in lines.items() if place[0] == region}
        heaviest = [place for place, room in found.items() if room == min(found.values())]
        wanted |= set(heaviest[:1]) if wanted.isdisjoint(heaviest) else set()
    return [bound for place, bound in lines.items() if place in wanted]


def place_of(limit: str, group: str) -> Place | None:
    """Region and year of a line of the limit table; None where it is another limit's."""
    region, _, year = group_in_normal_form(group).rpartition(" / ")
    if not year.isdecimal() or limit not in (EACH, TOTAL) or bool(region) != (limit == EACH):
        return None
    return region, int(year)
