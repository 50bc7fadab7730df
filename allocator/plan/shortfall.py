"""What stressed revenue leaves unpaid of a plan's bonds, by region and year, where shortfalls are counted by year.

Awards that instruments of kind bond made count; ready-made options and commitments say nothing of their works.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from allocator.config.keys.instruments import Bond
from allocator.money.rounding import as_written, half_up_exactly
from allocator.options.instruments.bond import counted_part, debt_cost, terms_of
from allocator.options.instruments.loan import loan_of
from allocator.options.instruments.shortfall import Works, missing
from allocator.problem.debt.park_revenue import account, asked_for, made_here
from allocator.tables.conditions import normal

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.problem.case import Case

Gaps = dict[tuple[str, int], Fraction]


def by_year(config: Config) -> bool:
    """Whether bonds count their shortfall by year."""
    return any(source.bond is not None and source.bond.shortfall == "yearly" for source in config.sources.values())


def gaps(case: Case, awards: pd.DataFrame, payments: pd.DataFrame) -> Gaps | None:
    """(region, year) → what is missing, in fen; None where it is not counted by year."""
    config, table = case.loaded.config, case.inputs.projects
    if config.debt is None or not by_year(config):
        return None
    row_of = {project: row for row, project in enumerate(table["project_id"])}
    paid = paid_by_option(case, payments)
    found: Gaps = {}
    for project, option, key, start, award in made_here(case, awards):
        instrument, row = config.instruments[key], row_of[project]
        assert isinstance(instrument, Bond)
        terms, cells = terms_of(config, instrument), table.iloc[row]
        loan = loan_of(terms, *(float(cells.get(name, np.nan)) for name in ("bond_rate", "bond_term")))
        operate, fen = int(cells["operate_years"]), half_up_exactly(as_written(award) * case.money.fen_per_unit)
        asked = asked_for(case, row, instrument)
        service = asked * debt_cost(loan.repayment, loan.rate, loan.term)
        book = account(case, row, terms, service, counted_part(terms, fen, asked))
        left = book.net(Fraction(terms.revenue_haircut or 0)) - book.beside
        works = Works(max(int(cells["build_years"]), 0), operate, left / operate)
        after = {year - start: amount for year, amount in paid.get((project, option), {}).items()}
        for year, gap in missing(loan, after, works).items():
            place = normal(cells[config.debt.by]), start + year
            found[place] = found.get(place, Fraction(0)) + gap
    return found


def paid_by_option(case: Case, payments: pd.DataFrame) -> dict[tuple[str, str], dict[int, int]]:
    """(project, option) → year → amount in fen."""
    found: dict[tuple[str, str], dict[int, int]] = {}
    amounts = np.rint(payments["amount"].to_numpy(float) * case.money.fen_per_unit).astype(np.int64).tolist()
    keys = zip(payments["project_id"], payments["option"], payments["year"].tolist(), amounts, strict=True)
    for project, option, year, amount in keys:
        years = found.setdefault((str(project), str(option)), {})
        years[int(year)] = years.get(int(year), 0) + amount
    return found


def cells(case: Case, found: Gaps, region: str, year: int) -> list[float]:
    """The two columns of one row of the debt table; region '' is all together."""
    first, unit = case.loaded.config.years[0], case.money.fen_per_unit
    gap = sum((value for (name, at), value in found.items() if at == year and region in ("", name)), Fraction(0))
    worth = gap / (1 + Fraction(case.loaded.config.discount)) ** max(year - first, 0)
    return [half_up_exactly(gap) / unit, half_up_exactly(worth) / unit]
