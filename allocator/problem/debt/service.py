"""What a plan's bonds owe in each year as bounds: caps on interest and repayment until the last bond is repaid.

A year that cannot owe more than another one under the same cap has no bound of its own; the debt table tells all years.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from allocator.money.rounding import integers
from allocator.options.instruments.loan import Loan, loan_of
from allocator.options.instruments.shortfall import due
from allocator.problem.groups import Group
from allocator.tables.conditions import normal

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.money.arrays import Flags, Floats, Ints
    from allocator.money.rounding import Integers
    from allocator.problem.measures import Measures

EACH: Final = "debt: service"
TOTAL: Final = "debt: service of all"
Factors = tuple[Fraction, ...]
"""What one yuan of each kind of payment owes in a year."""


@dataclass(frozen=True, eq=False)
class ServiceCap:
    """The most that may fall due in one year: from one region, or (label: the year alone) from all together; fen."""

    name: str
    label: str
    group: Group
    cap: Decimal
    path: str


@dataclass(frozen=True, eq=False)
class BondLines:
    """Payments of special-bond money by option: row, amount in fen, and which kind (loan, year of issue) it is of."""

    option: Ints
    amount: Floats
    kind: Ints
    kinds: tuple[tuple[Loan, int], ...]

    def of(self, chosen: Flags) -> BondLines:
        """The lines of some options."""
        mine = chosen[self.option]
        used, kind = np.unique(self.kind[mine], return_inverse=True)
        kinds = tuple(self.kinds[number] for number in used.tolist())
        return BondLines(self.option[mine], self.amount[mine], kind, kinds)

    def factors(self, year: int) -> Factors:
        """What one yuan of every kind owes in a year."""
        return tuple(due(loan, year - issued) for loan, issued in self.kinds)

    def group(self, factors: Factors) -> Group:
        """What every option owes, each rounded up to a fen."""
        rows, first = np.unique(self.option, return_index=True)
        if not len(rows):
            return Group("debt_service", True, rows, np.zeros(0))
        common = lcm(*(factor.denominator for factor in factors))
        tops = [int(factor * common) for factor in factors]
        owed = integers(self.amount, max([common, *tops]) * len(self.amount)) * as_integers(tops)[self.kind]
        due_of = np.add.reduceat(owed, first)
        amounts = np.array(-(-due_of // common), dtype=np.float64)
        some = np.flatnonzero(amounts)
        return Group("debt_service", True, rows[some], amounts[some])


def as_integers(numbers: Sequence[int]) -> Integers:
    """Whole numbers as an array that holds them."""
    return np.array(numbers, dtype=np.int64 if max(map(abs, numbers), default=0) < 2**62 else object)


def bond_lines(config: Config, measures: Measures) -> BondLines:
    """What the options pay from sources of special bonds, in order of the options."""
    terms = {name: source.bond for name, source in config.sources.items() if source.bond is not None}
    payments, codes = measures.options.payments, measures.options.payers
    of_code = [next((terms[name] for name in names if name in terms), None) for names in codes]
    payers = payments["payers"].to_numpy(np.int64)
    at = np.flatnonzero(np.array([one is not None for one in of_code], bool)[payers])
    at = at[np.argsort(payments["option"].to_numpy(np.int64)[at], kind="stable")]
    option, year = (payments[name].to_numpy(np.int64)[at] for name in ("option", "year"))
    project = measures.project[option]
    own = [_own(measures, name)[project] for name in ("bond_rate", "bond_term")]
    blank = [np.where(np.isnan(values), -1.0, values) for values in own]
    keys, kind = np.unique(np.stack([*blank, payers[at], year], axis=1), axis=0, return_inverse=True)
    kinds = []
    for rate, term, code, issued in keys.tolist():
        usual = of_code[int(code)]
        assert usual is not None
        kinds.append((loan_of(usual, *(np.nan if value < 0 else value for value in (rate, term))), int(issued)))
    amount = payments["amount"].to_numpy(float)[at]
    return BondLines(option, amount, kind.reshape(-1).astype(np.int64), tuple(kinds))


def _own(measures: Measures, name: str) -> Floats:
    """Cells of a project's own terms."""
    table = measures.projects
    known = name in table.columns and table[name].dtype.kind in "fiu"
    return table[name].to_numpy(float) if known else np.full(len(table), np.nan)


def service_caps(config: Config, measures: Measures, fen: int) -> Iterator[ServiceCap]:
    """Every cap that no other one implies."""
    rule = None if config.debt is None else config.debt.service
    if config.debt is None or rule is None:
        return
    lines = bond_lines(config, measures)
    years = years_of(config, lines)
    of_option = carriers(config, measures)[measures.project]
    for region, caps in sorted(region_caps(config, measures, years).items()):
        mine = lines.of(np.asarray(of_option == region, bool))
        for year, group in leading(mine, {year: cap * fen for year, cap in caps.items()}):
            path = "debt.service.max_from" if rule.max_from is not None else _path("max", rule.max, year)
            yield ServiceCap(EACH, f"{region} / {year}", group, caps[year] * fen, path)
    whole = total_caps(config, years)
    for year, group in leading(lines, {year: cap * fen for year, cap in whole.items()}):
        yield ServiceCap(TOTAL, str(year), group, whole[year] * fen, _path("total", rule.total, year))


def _path(key: str, cap: Decimal | dict[int, Decimal] | None, year: int) -> str:
    """Where a cap is written."""
    return f"debt.service.{key}.{year}" if isinstance(cap, dict) else f"debt.service.{key}"


def years_of(config: Config, lines: BondLines) -> range:
    """From the first plan year to the last repayment there may be."""
    return range(config.years[0], max([config.years[-1], *(issued + loan.term for loan, issued in lines.kinds)]) + 1)


def by_year(cap: Decimal | dict[int, Decimal] | None, years: Sequence[int]) -> dict[int, Decimal]:
    """A cap for every year that has one."""
    if isinstance(cap, dict):
        return {year: cap[year] for year in years if year in cap}
    return {} if cap is None else dict.fromkeys(years, cap)


def total_caps(config: Config, years: Sequence[int]) -> dict[int, Decimal]:
    """The cap on all regions together in each year that has one; in the config's unit."""
    rule = None if config.debt is None else config.debt.service
    return {} if rule is None else by_year(rule.total, years)


def carriers(config: Config, measures: Measures) -> NDArray[np.object_]:
    """Who carries the debt of every project."""
    assert config.debt is not None
    return np.array([normal(value) for value in measures.projects[config.debt.by]], object)


def region_caps(config: Config, measures: Measures, years: Sequence[int]) -> dict[str, dict[int, Decimal]]:
    """Region → year → cap, in the config's unit: the lower one of `max` and what its column says."""
    rule = None if config.debt is None else config.debt.service
    if rule is None:
        return {}
    carrier, told = carriers(config, measures).tolist(), dict[str, Decimal]()
    if rule.max_from is not None:
        values = np.asarray(measures.project_attribute(rule.max_from), dtype=np.float64)
        for region, value in zip(carrier, values.tolist(), strict=True):
            if not np.isnan(value):
                cap = Decimal(repr(value)) * rule.max_times
                told[region] = min(cap, told.get(region, cap))
    found = {}
    for region in dict.fromkeys(name for name in carrier if name):
        caps, own = by_year(rule.max, years), told.get(region)
        if own is not None:
            caps = {year: min(own, caps.get(year, own)) for year in years}
        if caps:
            found[region] = caps
    return found


def leading(lines: BondLines, caps: dict[int, Decimal]) -> Iterator[tuple[int, Group]]:
    """Years that owe something, without those in which never more is owed than in another year under no higher cap."""
    kept: list[tuple[int, Factors]] = []
    for year, cap in caps.items():
        factors = lines.factors(year)
        if not any(factors):
            continue
        if any(caps[other] <= cap and covers(more, factors) for other, more in kept):
            continue
        kept = [(other, less) for other, less in kept if not (cap <= caps[other] and covers(factors, less))]
        kept.append((year, factors))
    for year, factors in kept:
        yield year, lines.group(factors)


def covers(more: Factors, less: Factors) -> bool:
    """Whether every kind of payment owes at least as much."""
    return all(a >= b for a, b in zip(more, less, strict=True))
