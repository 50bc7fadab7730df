"""What of a project's revenue, cost and other debt stands against the bonds that a plan gives it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from allocator.config.keys.instruments import Bond
from allocator.money.rounding import as_written, half_up_exactly
from allocator.options.instruments.bond import NEED, counted_part, operating_cost, terms_of
from allocator.tables.files.columns import money_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from allocator.config.keys.instruments import BondTerms
    from allocator.problem.case import Case

ALL: Final = Fraction(1)


@dataclass(frozen=True)
class Account:
    """The books of one project, in fen, and which part of them counts."""

    part: Fraction
    revenue: int
    cost: int
    """Without the service of its bonds where the terms say that the cost holds it."""
    other: int
    """Principal and interest of other debt."""

    def net(self, share: Fraction) -> Fraction:
        """What counts of a share of the revenue less cost."""
        return self.part * (share * self.revenue - self.cost)

    @property
    def beside(self) -> Fraction:
        """What counts of other debt."""
        return self.part * self.other


@dataclass(frozen=True)
class Carried:
    """The bonds that a plan gives a project: the terms of the first source that pays them, and what one yuan costs."""

    terms: BondTerms
    factor: Fraction
    award: int


def accounts(case: Case, awards: pd.DataFrame, carried: Mapping[int, Carried]) -> dict[int, Account]:
    """Row of every project with bonds → its account."""
    parts, ids = counted_parts(case, awards), case.inputs.projects["project_id"]
    instruments = {project: key for project, _, key, _, _ in reversed([*made_here(case, awards)])}
    found = {}
    for row, bonds in carried.items():
        project = str(ids.iloc[row])
        made = case.loaded.config.instruments.get(instruments.get(project, ""))
        asked = asked_for(case, row, made) if isinstance(made, Bond) else needed(case, row) or Fraction(bonds.award)
        found[row] = account(case, row, bonds.terms, asked * bonds.factor, parts.get(project, ALL))
    return found


def account(case: Case, row: int, terms: BondTerms, service: Fraction, part: Fraction = ALL) -> Account:
    """The account of one project that asks for bonds which cost ``service``."""
    revenue, cost = (cell(case, row, name) for name in ("revenue_total", "cost_total"))
    other = 0 if terms.other_debt is None else cell(case, row, terms.other_debt)
    return Account(part, revenue, operating_cost(terms, cost, service), max(other, 0))


def cell(case: Case, row: int, name: str) -> int:
    """An amount of the project table in fen, 0 where there is none; own columns are in the config's money."""
    table = case.inputs.projects
    value = float(table[name].iloc[row]) if name in table.columns else np.nan
    unit = 1 if name in money_columns("projects") else case.money.fen_per_unit
    return 0 if np.isnan(value) else half_up_exactly(as_written(value) * unit)


def made_here(case: Case, awards: pd.DataFrame) -> Iterator[tuple[str, str, str, int, float]]:
    """Project, option, instrument, start year and award of the awards that instruments of kind bond made."""
    config, ready = case.loaded.config, case.inputs.options
    given = set() if ready is None else set(zip(ready["project_id"], ready["option"], strict=True))
    names = ("project_id", "option", "instrument", "start_year", "award", "committed")
    columns = zip(*(awards[name].tolist() for name in names), strict=True)
    for project, option, key, start, award, committed in columns:
        if isinstance(config.instruments.get(key), Bond) and not committed and (project, option) not in given:
            yield str(project), str(option), str(key), int(start), float(award)


def counted_parts(case: Case, awards: pd.DataFrame) -> dict[str, Fraction]:
    """Project → part of its revenue, where that may not be all: its bonds ÷ all the bonds that it asks for."""
    config, table, unit = case.loaded.config, case.inputs.projects, case.money.fen_per_unit
    row_of = {project: row for row, project in enumerate(table["project_id"])}
    parts = dict[str, Fraction]()
    if not any(source.bond is not None and source.bond.revenue != "whole" for source in config.sources.values()):
        return parts
    for project, _, key, _, award in made_here(case, awards):
        instrument = config.instruments[key]
        assert isinstance(instrument, Bond)
        part = counted_part(
            terms_of(config, instrument), int(np.rint(award * unit)), asked_for(case, row_of[project], instrument)
        )
        parts[project] = min(parts.get(project, Fraction(0)) + part, ALL)
    return parts


def asked_for(case: Case, row: int, instrument: Bond) -> Fraction:
    """What one project needs in bonds, else min(rate × base, cap, requested amount), in fen."""
    cells = case.inputs.projects.iloc[row]
    if need := needed(case, row):
        return need
    ends = [max(int(cells[instrument.base]), 0) * Fraction(instrument.rate)]
    if instrument.award.max is not None:
        ends.append(Fraction(case.money.to_fen(instrument.award.max)))
    asked = cells.get("requested_amount")
    if isinstance(asked, float) and not np.isnan(asked):
        ends.append(Fraction(max(int(asked), 0)))
    return min(ends)


def needed(case: Case, row: int) -> Fraction | None:
    """What one project needs in bonds, in fen, where it says so."""
    need = cell(case, row, NEED)
    return Fraction(need) if need > 0 else None
