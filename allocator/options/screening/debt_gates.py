"""Projects that may have no new bonds under `debt`, and the columns that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from allocator.config.keys.instruments import Bond
from allocator.messages import Message
from allocator.money.arrays import Flags
from allocator.options.candidates import Candidates
from allocator.tables.conditions import holds, unknown

TIER: Final = "debt.tier"
CONTINUING: Final = "bond_issued > 0"


def barred_tiers(pool: Candidates, key: str) -> Flags:
    """Projects that an instrument may give no bonds, since nobody new may have any where they are."""
    debt = pool.config.debt
    barred = np.zeros(pool.size, dtype=bool)
    if debt is None or debt.grade is None or not isinstance(pool.config.instruments[key], Bond):
        return barred
    grades: Any = [grade for grade, share in debt.tiers.items() if not share]
    if grades:
        barred = holds(grades, pool.column(debt.grade)) & ~(np.nan_to_num(pool.fen("bond_issued")) > 0)
    return barred


def debt_problems(pool: Candidates) -> Iterator[Message]:
    """Columns that `debt` and the terms of bonds name and that are not there, or hold no numbers."""
    debt, place = pool.config.debt, pool.loaded.place
    named: list[tuple[str, str | None, bool]] = [
        (f"sources.{name}.bond.other_debt", source.bond.other_debt, True)
        for name, source in pool.config.sources.items()
        if source.bond is not None
    ]
    if debt is not None:
        of_service = None if debt.service is None else debt.service.max_from
        named += [
            ("debt.by", debt.by, False), ("debt.room", debt.room_column, True), ("debt.grade", debt.grade, False),
            ("debt.last", debt.last, True), ("debt.service.max_from", of_service, True),
        ]  # fmt: skip
    for path, column, number in named:
        if column is not None and column not in pool.names:
            yield unknown("attribute", column, pool.names, path, place(path))
        elif column is not None and number and not pool.is_numeric(column):
            yield Message("options.base_not_number", {"got": column}, place(path), path)
