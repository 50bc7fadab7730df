"""What a plan's bonds owe: issue, interest, repayment and balance of every year until the last bond is repaid, by region.

Money counts as issued in the year in which it is paid out; interest and repayment begin the year after. Rate and term
are the project's own where its cells say so, else those of the source. Nothing is discounted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from allocator.config.keys.debt import IGNORED
from allocator.money.rounding import as_written, half_up_exactly
from allocator.options.instruments.bond import cover_text
from allocator.options.instruments.loan import Loan, loan_of
from allocator.plan.shortfall import cells, gaps
from allocator.problem.debt.park_revenue import Account, Carried, accounts
from allocator.problem.debt.room import room_columns
from allocator.runs.schema import SERVICE_COLUMNS, SHORTFALL_COLUMNS
from allocator.tables.conditions import normal

if TYPE_CHECKING:
    from allocator.problem.case import Case

STRESSES: Final = (100, 70, 50)
"""Percent of the forecast revenue at which cover is told; Jiangsu's audit of 2023 found most projects under half."""
DEBT_COLUMNS: Final = ("region", "year", "issue", "interest", "repaid", "service", "balance", "room", "headroom")
COVER_COLUMNS: Final = ("project_id", "award", "service", "revenue", "cost", *(f"cover_{share}" for share in STRESSES))
OTHER_DEBT: Final = "other_debt"
"""Further column where `bond.other_debt` names debt that counts beside the bonds."""


@dataclass(frozen=True)
class Issues:
    """What is issued, in fen: (region, loan, year) → amount; and of every project (award, service), and what it carries."""

    by_region: Mapping[tuple[str, Loan, int], int]
    by_project: Mapping[int, tuple[int, Fraction]]
    carried: Mapping[int, Carried]


def issues(case: Case, payments: pd.DataFrame) -> Issues:
    """What bonds are issued for by a plan's payments; ``payments`` in the config's unit."""
    config, projects = case.loaded.config, case.inputs.projects
    terms = {name: source.bond for name, source in config.sources.items() if source.bond is not None}
    own = {
        name: projects[name].to_numpy(float) if name in projects.columns else np.full(len(projects), np.nan)
        for name in ("bond_rate", "bond_term")
    }
    row_of = {project: row for row, project in enumerate(projects["project_id"])}
    carrier = [normal(value) for value in projects[config.debt.by]] if config.debt else [""] * len(projects)
    by_region: dict[tuple[str, Loan, int], int] = {}
    by_project: dict[int, tuple[int, Fraction]] = {}
    payers: dict[int, tuple[int, Loan]] = {}
    of_bonds = payments[payments["source"].isin(list(terms))]
    amounts = np.rint(of_bonds["amount"].to_numpy(float) * case.money.fen_per_unit).astype(np.int64).tolist()
    for project, source, year, amount in zip(
        of_bonds["project_id"], of_bonds["source"], of_bonds["year"].tolist(), amounts, strict=True
    ):
        row = row_of[project]
        loan = loan_of(terms[source], own["bond_rate"][row], own["bond_term"][row])
        key = carrier[row], loan, int(year)
        by_region[key] = by_region.get(key, 0) + amount
        award, service = by_project.get(row, (0, Fraction(0)))
        by_project[row] = award + amount, service + amount * total_service(loan)
        number = list(terms).index(source)
        if number < payers.get(row, (len(terms),))[0]:
            payers[row] = number, loan
    carried = {
        row: Carried(list(terms.values())[number], total_service(loan), by_project[row][0])
        for row, (number, loan) in payers.items()
    }
    return Issues(by_region, by_project, carried)


@cache
def total_service(loan: Loan) -> Fraction:
    """Principal and all interest of one yuan."""
    return 1 + sum((loan.interest(after) for after in range(1, loan.term + 1)), Fraction(0))


def tables(case: Case, awards: pd.DataFrame, payments: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The debt of a plan by region and year, and the cover of its projects; nothing where no debt is configured."""
    if case.loaded.config.debt is None:
        return {}
    found = issues(case, payments)
    years, missing = debt_table(case, found), gaps(case, awards, payments)
    if missing is not None:
        keys = zip(years["region"], years["year"].tolist(), strict=True)
        told = [cells(case, missing, region, year) for region, year in keys]
        years[list(SHORTFALL_COLUMNS)] = np.array(told).reshape(len(years), len(SHORTFALL_COLUMNS))
    return {"debt": years, "cover": cover_table(case, found, accounts(case, awards, found.carried))}


def debt_table(case: Case, found: Issues) -> pd.DataFrame:
    """Every region and year with debt, and a region '' that is all of them together."""
    rows: list[list[object]] = []
    debt = case.loaded.config.debt
    extra = SERVICE_COLUMNS if debt is not None and debt.service is not None else ()
    known = rooms(case)
    regions = sorted({region for region, _, _ in found.by_region} | set(known))
    for region in ["", *regions]:
        members = {key: amount for key, amount in found.by_region.items() if region in ("", key[0])}
        room = known.get(region) if region else sum(known.values()) if known else None
        rows += region_rows(case, region, members, room)
    return pd.DataFrame(rows, columns=[*DEBT_COLUMNS, *extra])


def region_rows(
    case: Case, region: str, members: Mapping[tuple[str, Loan, int], int], room: int | None
) -> Iterator[list[object]]:
    """The years of one region, from the first plan year to the last repayment."""
    years = case.loaded.config.years
    last = max([years[-1], *(year + loan.term for _, loan, year in members)])
    unit, issued = case.money.fen_per_unit, 0
    numbers = range(min([years[0], *(year for _, _, year in members)]), last + 1)
    caps = service_ends(case, region, numbers)
    for year in numbers:
        sums = [Fraction(0)] * 4
        for (_, loan, of), amount in members.items():
            after = year - of
            if after == 0:
                sums = [sums[0] + amount, sums[1], sums[2], sums[3] + amount * loan.balance(0)]
            elif 0 < after <= loan.term:
                sums[1] += amount * loan.interest(after)
                sums[2] += amount * (loan.balance(after - 1) - loan.balance(after))
                sums[3] += amount * loan.balance(after)
        issue, interest, repaid, balance = (half_up_exactly(value) for value in sums)
        issued, service = issued + issue, half_up_exactly(sums[1] + sums[2])
        ends: list[object] = [None, None] if room is None else [room / unit, (room - issued) / unit]
        if caps is not None:
            ends += [None, None] if year not in caps else [caps[year] / unit, (caps[year] - service) / unit]
        yield [region, year, *(value / unit for value in (issue, interest, repaid, service, balance)), *ends]


def service_ends(case: Case, region: str, years: Sequence[int]) -> dict[int, int] | None:
    """The most that may fall due in each year, in fen; None where nothing is said of any region."""
    from allocator.problem.debt.service import region_caps, total_caps

    config = case.loaded.config
    if config.debt is None or config.debt.service is None:
        return None
    caps = region_caps(config, case.measures, years).get(region, {}) if region else total_caps(config, years)
    return {year: half_up_exactly(Fraction(value) * case.money.fen_per_unit) for year, value in caps.items()}


def rooms(case: Case) -> dict[str, int]:
    """Room of every region that has one, in fen; also where it is ignored and a column tells it."""
    debt, projects = case.loaded.config.debt, case.inputs.projects
    column = None if debt is None else debt.room_column
    if debt is not None and debt.room == IGNORED:
        column = next(iter(room_columns(projects)), None)
    if debt is None or column is None:
        return {}
    found: dict[str, int] = {}
    values = np.asarray(case.measures.project_attribute(column), dtype=np.float64)
    for region, room in zip(map(normal, projects[debt.by]), values.tolist(), strict=True):
        if region and not np.isnan(room):
            fen = half_up_exactly(as_written(room) * case.money.fen_per_unit)
            found[region] = min(fen, found.get(region, fen))
    return found


def cover_table(case: Case, found: Issues, books: Mapping[int, Account]) -> pd.DataFrame:
    """Revenue less cost ÷ principal and all interest, at full and at stressed revenue: '' is all projects together."""
    ids, unit = case.inputs.projects["project_id"].to_numpy(object), case.money.fen_per_unit
    rows = []
    sums = [Fraction(0)] * 5
    for row, (award, service) in sorted(found.by_project.items()):
        book = books[row]
        own = [Fraction(award), service, book.part * book.revenue, book.part * book.cost, book.beside]
        sums = [a + b for a, b in zip(sums, own, strict=True)]
        rows.append([str(ids[row]), *cover_cells(own, unit)])
    whole = [["", *cover_cells(sums, unit)]] if rows else []
    table = pd.DataFrame([*whole, *rows], columns=[*COVER_COLUMNS, OTHER_DEBT])
    sources = case.loaded.config.sources.values()
    told = any(source.bond is not None and source.bond.other_debt is not None for source in sources)
    return table if told else table[list(COVER_COLUMNS)]


def cover_cells(figures: Iterable[Fraction], unit: int) -> list[object]:
    """Award, service, revenue and cost in the config's unit, then the ratios, and other debt that is in them."""
    award, service, revenue, cost, other = figures
    amounts: list[object] = [half_up_exactly(value) / unit for value in (award, service, revenue, cost)]
    owed = service + other
    ratios: list[object] = [
        float(cover_text((revenue * share / 100 - cost) / owed)) if owed else None for share in STRESSES
    ]
    return [*amounts, *ratios, half_up_exactly(other) / unit]
