"""Budgets and quotas that are out of all proportion to what the candidates could be given: often another unit of money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from allocator.config.keys.instruments import Bond

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocator.config.loaded import Loaded
    from allocator.options.table import OptionTable

    Amounts = tuple[str, Decimal, float]

APART: Final = 3000
"""Times by which the two differ at least: somewhat less than 10⁴, that of 万元 and 亿元."""


def disproportions(loaded: Loaded, options: OptionTable) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Path, code and values of each."""
    money = loaded.config.unit
    for path, amount, demand in compared(loaded, options):
        fen = float(amount) * money.fen_per_unit
        times = max(fen, demand) / min(fen, demand) if fen > 0 and demand > 0 else 0
        if times >= APART:
            shown = [f"{money.text(np.rint(amount))} {money.name}" for amount in (fen, demand)]
            told: dict[str, object] = {"got": shown[0], "demand": shown[1], "times": f"{times:,.0f}"}
            yield path, "budget_above_all" if fen > demand else "budget_below_all", told


def compared(loaded: Loaded, options: OptionTable) -> Iterator[Amounts]:
    """Path and sum of what each source has in all years, and of what bonds may be issued; and what could be asked of it."""
    config, years = loaded.config, loaded.config.years
    for source in config.sources:
        yield (
            f"sources.{source}.budget",
            sum((config.budget(source, y) for y in years), Decimal(0)),
            asked(options, {source}),
        )
    quota = config.debt.quota if config.debt is not None else None
    bonds = {
        source
        for source, one in config.sources.items()
        if any(isinstance(config.instruments.get(key), Bond) for key in one.pays)
    }
    if quota is not None:
        whole = (
            sum((amount for year, amount in quota.items() if year in years), Decimal(0))
            if isinstance(quota, dict)
            else quota * len(years)
        )
        yield "debt.quota", whole, asked(options, bonds)


def asked(options: OptionTable, sources: set[str]) -> float:
    """The most that the candidates could be given together that ``sources`` may pay, in fen."""
    payments, project = options.payments, options.table["project"].to_numpy()
    may = np.array([bool(sources & set(code)) for code in options.payers] or [False])
    mine = may[payments["payers"].to_numpy(np.int64)] if len(payments) else np.zeros(0, bool)
    by_option = np.bincount(
        payments["option"].to_numpy(np.int64)[mine], payments["amount"].to_numpy(float)[mine], len(project)
    )
    most = np.zeros(int(project.max()) + 1 if len(project) else 0)
    np.maximum.at(most, project.astype(np.int64), by_option)
    return float(most.sum())
