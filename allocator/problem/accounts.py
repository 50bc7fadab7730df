"""One source's money year by year: what it has, pays, carries on and lets lapse, in whole fen."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocator.config.keys.plan import Config


@dataclass(frozen=True)
class Balance:
    """One source's money of one year, in fen: budget + carried in = paid + carried out + lapsed."""

    year: int
    budget: int
    carried_in: int
    paid: int
    carried_out: int
    lapsed: int


def budgets(config: Config, fen: int, source: str) -> dict[int, int]:
    """Budget of a source in every plan year, in fen."""
    return {year: int(config.budget(source, year) * fen) for year in config.years}


def tail_cap(config: Config, fen: int, source: str) -> int:
    """What a source may pay in each year after the plan, in fen."""
    return int(config.sources[source].tail.max_share * config.budget(source, config.years[-1]) * fen)


def balances(config: Config, fen: int, source: str, paid: Sequence[int]) -> list[Balance]:
    """One source's money year by year, when as much as allowed is carried; a negative lapse is money missing.

    The oldest money is spent, and lapses, first; so what may be carried out of a year is at most the budgets
    still young enough in the next.
    """
    rule = config.sources[source].carryover
    keep = rule.years if rule else 0
    share = Fraction(rule.max_share) if rule else Fraction(0)
    pots = {y: int(a * fen) for y, a in config.sources[source].opening.items()}
    carried = sum(a for y, a in pots.items() if y + keep >= config.years[0])
    found = []
    for t, (year, budget) in enumerate(budgets(config, fen, source).items()):
        pots[year] = budget
        have = budget + carried
        young = sum(a for y, a in pots.items() if y >= year + 1 - keep)
        out = 0
        if year != config.years[-1]:
            out = max(0, min(have - paid[t], int(share * have), young))
        found.append(Balance(year, budget, carried, paid[t], out, have - paid[t] - out))
        carried = out
    return found
