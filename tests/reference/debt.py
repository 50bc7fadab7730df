"""Issue, service and balance of the plan's bonds, and the cover of its projects, worked out again payment by payment."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.verify.facts import half_up, normal
from allocator.verify.kinds import Year, loan_of, served
from allocator.verify.stored import plain
from reference.shortfall import all_gaps, check_gap, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allocator.verify.plan import Plan
    from allocator.verify.stored import Findings, Row, Table

ROOM = re.compile(
    "债务?限额(余额|空间)|剩余债务限额|举债空间|新增债务空间|debt(limit)?room|roomunder(the)?debtlimit|debtheadroom"
)
PLAIN = str.maketrans("專項債", "专项债")
AMOUNTS = ("issue", "interest", "repaid", "service", "balance")
COVERS = {"cover_100": Fraction(1), "cover_70": Fraction(7, 10), "cover_50": Fraction(1, 2)}
COVER_HALF = Fraction(51, 10**6)
"""Cover is stated to four decimals."""


def check_debt(plan: Plan, tables: Mapping[str, Table], findings: Findings) -> None:
    """Every figure of the debt tables, no row missing and none more."""
    if plan.config.debt is None:
        return
    schedules: dict[tuple[str, Fraction, int], tuple[Year, ...]] = {}
    by_region: dict[tuple[str, int], list[Fraction]] = defaultdict(lambda: [Fraction(0)] * len(AMOUNTS))
    sums: dict[str, list[Fraction]] = defaultdict(lambda: [Fraction(0)] * 5)
    for award in plan.awards:
        region, count = normal(plan.facts.cell(award.at, plan.config.debt.by) or ""), 0
        for (source, year), amount in award.paid.items():
            terms = plan.config.sources[source].bond if source in plan.config.sources else None
            if terms is None:
                continue
            count += 1
            loan = loan_of(plan.facts, award.at, terms)
            if loan not in schedules:
                schedules[loan] = served(*loan)
            schedule = schedules[loan]
            for name in dict.fromkeys((region, "")):
                add(by_region, name, year, amount, schedule)
            service = amount * sum((interest + repaid for interest, repaid, _ in schedule), Fraction(0))
            for name in (award.project, ""):
                sums[name] = [sums[name][0] + amount, sums[name][1] + service, *sums[name][2:]]
    for name, figures in sums.items():
        if name:
            figures[2:] = standing(plan, plan.by_project[name])
            sums[""][2:] = [a + b for a, b in zip(sums[""][2:], figures[2:], strict=True)]
    check_years(plan, tables["debt"], by_region, findings)
    check_cover(plan, tables["cover"], sums, findings)


def add(
    by_region: dict[tuple[str, int], list[Fraction]], region: str, year: int, amount: int, schedule: Iterable[Year]
) -> None:
    """Count what one payment makes a region owe."""
    first = by_region[region, year]
    first[0] += amount
    first[4] += amount
    for later, (interest, repaid, left) in enumerate(schedule, start=year + 1):
        row = by_region[region, later]
        for column, value in enumerate((interest, repaid, interest + repaid, left), start=1):
            row[column] += amount * value


def rooms(plan: Plan) -> dict[str, int]:
    """Room under the debt limit of every region that has one, in fen; '' is all of them."""
    debt, found = plan.config.debt, dict[str, int]()
    column = None if debt is None else unheeded(plan) if debt.room == "ignored" else debt.room
    if debt is None or column is None:
        return {}
    for at in plan.facts.row_of.values():
        region, room = normal(plan.facts.cell(at, debt.by) or ""), plan.facts.fen(at, column)
        if region and room is not None:
            found[region] = min(room, found.get(region, room))
    return found | ({"": sum(found.values())} if found else {})


def unheeded(plan: Plan) -> str | None:
    """The first column of numbers that is called room under the debt limit, special bonds' or all debt's."""
    for column, cells in plan.facts.columns.items():
        filled = [cell for cell in cells if cell is not None and cell == cell and cell != ""]  # noqa: PLR0124  NaN is blank
        if filled and not any(isinstance(cell, str) for cell in filled) and ROOM.search(bare(column)):
            return column
    return None


def bare(column: str) -> str:
    """A column's name without spaces and signs, half-width, in small letters; '' where it is of other debt."""
    name = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", column).casefold()).translate(PLAIN)
    return "" if re.search("一般债|generalbond|generaldebt", name) else name


def check_years(
    plan: Plan, table: Table, by_region: Mapping[tuple[str, int], list[Fraction]], findings: Findings
) -> None:
    """Every region and year; years in which nothing is owed may be left out."""
    from allocator.verify.debt_service import cap, caps

    known, issued = rooms(plan), defaultdict[str, Fraction](Fraction)
    yearly = any(one.bond and one.bond.shortfall == "yearly" for one in plan.config.sources.values())
    missing = all_gaps(plan) if yearly else None
    capped, most = plan.config.debt is not None and plan.config.debt.service is not None, caps(plan)
    stated: set[tuple[str, int]] = set()
    for row in sorted(table, key=lambda row: row.whole("year")):
        region, year = row.text("region"), row.whole("year")
        findings.hold((region, year) not in stated, "not_expected", row.place, "year", got=f"{region} / {year}")
        stated.add((region, year))
        exact = by_region.get((region, year), [Fraction(0)] * len(AMOUNTS))
        for column, value in zip(AMOUNTS, exact, strict=True):
            findings.same_fen(row.fen(column), half_up(value), plan.money, row.place, column)
        issued[region] += exact[0]
        if missing is not None:
            check_gap(plan, row, missing.get((region, year), Fraction(0)), findings)
        if capped:
            check_cap(plan, row, cap(plan, most, (region, year)), half_up(exact[3]), findings)
        room = known.get(region)
        if room is None:
            findings.hold(not row.text("room"), "not_expected", row.place, "room", got=row.text("room"))
            continue
        findings.same_fen(row.fen("room"), room, plan.money, row.place, "room")
        findings.same_fen(row.fen("headroom"), room - half_up(issued[region]), plan.money, row.place, "headroom")
    for (region, year), values in by_region.items():
        found = (region, year) in stated or not any(values)
        findings.hold(found, "row_missing", table.place, "region/year", got=f"{region} / {year}")
    for region in {*known, *(name for name, _ in stated)}:
        for year in plan.years:
            got = f"{region} / {year}"
            findings.hold((region, year) in stated, "row_missing", table.place, "region/year", got=got)


def check_cap(plan: Plan, row: Row, cap: Fraction | None, service: int, findings: Findings) -> None:
    """The most that may fall due in a year, and what is left of it; blank where nothing is said."""
    if cap is None:
        for column in ("service_cap", "service_headroom"):
            findings.hold(not row.text(column), "not_expected", row.place, column, got=row.text(column))
        return
    most = half_up(cap * plan.money.fen_per_unit)
    findings.same_fen(row.fen("service_cap"), most, plan.money, row.place, "service_cap")
    findings.same_fen(row.fen("service_headroom"), most - service, plan.money, row.place, "service_headroom")


def check_cover(plan: Plan, table: Table, sums: Mapping[str, list[Fraction]], findings: Findings) -> None:
    """Every project with bonds, and all of them together."""
    rows = {row.text("project_id"): row for row in table}
    for name in rows.keys() - sums.keys():
        findings.hold(False, "not_expected", rows[name].place, "project_id", got=name)
    named = any(source.bond and source.bond.other_debt for source in plan.config.sources.values())
    for name, (award, service, revenue, cost, other) in sums.items():
        row = rows.get(name)
        if not findings.hold(row is not None, "row_missing", table.place, "project_id", got=name) or row is None:
            continue
        for column, exact in zip(("award", "service", "revenue", "cost"), (award, service, revenue, cost), strict=True):
            findings.same_fen(row.fen(column), half_up(exact), plan.money, row.place, column)
        if named:
            findings.same_fen(row.fen("other_debt"), half_up(other), plan.money, row.place, "other_debt")
        owed = service + other
        for column, share in COVERS.items():
            same_cover(row, column, (revenue * share - cost) / owed if owed else None, findings)


def same_cover(row: Row, column: str, exact: Fraction | None, findings: Findings) -> None:
    """A cover ratio to four decimals."""
    stated = row.text(column)
    same = not stated if exact is None else bool(stated) and abs(Fraction(row.number(column)) - exact) <= COVER_HALF
    findings.hold(same, "differs", row.place, column, stated=stated, recomputed=plain(exact))
