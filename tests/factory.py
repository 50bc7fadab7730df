"""Plans made by hand, without files: configs as mappings, tables as rows of what a planner would type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from allocator.config.keys.plan import Config
from allocator.config.loaded import Loaded
from allocator.money import Money
from allocator.options.table import OptionTable, build_options
from allocator.tables.files.columns import money_columns
from allocator.tables.opened import Inputs

Row = Mapping[str, Any]
UNIT = Money.of("万元")
GRANT = {"kind": "grant", "rate": "0.06", "award": {"step": 10, "levels": 4}, "payments": ["0.4", "0.3", "0.3"]}
"""A grant of 6 % of the fixed investment in four levels, paid over three years."""
FISCAL = {"budget": 1_000_000, "pays": ["grant"]}
"""A source that pays it."""


class ByHand(Inputs):
    """Tables without files: a place is the table, the row of the frame and the column."""

    def place(self, table: str, row: int, column: str) -> str:
        """``projects:0:region``."""
        return f"{table}:{row}:{column}"


def loaded(**config: Any) -> Loaded:
    """A loaded config in 万元 for 2021–2023 with one grant from one source unless ``config`` says otherwise."""
    whole = {
        "money": "万元",
        "years": [2021, 2022, 2023],
        "projects": "projects.csv",
        "sources": {"fiscal": FISCAL},
        "instruments": {"grant": GRANT},
    }
    return Loaded(
        config=Config.model_validate({**whole, **config}),
        origins={},
        values={},
        files=(),
        scenario=None,
        notices=(),
        places={"": "plan.yaml"},
    )


def inputs(
    projects: Iterable[Row],
    options: Iterable[Row] | None = None,
    commitments: Iterable[Row] | None = None,
    factors: Mapping[str, pd.DataFrame] | None = None,
) -> Inputs:
    """Tables as they are after reading: amounts typed in 万元 become fen, missing cells become blank."""
    usual = {"region": "南宁市", "category": "重大工业项目"}
    rows = [{**usual, "project_name": row["project_id"], **row} for row in projects]
    return ByHand(
        projects=_frame(rows, "projects", ["project_id"]),
        options=None if options is None else _frame(options, "options", ["project_id", "option"]),
        commitments=None if commitments is None else _frame(commitments, "commitments", ["project_id", "option"]),
        factors=factors or {},
        files=(),
        notices=(),
    )


def option_table(tables: Inputs, **config: Any) -> OptionTable:
    """The option table of ``tables`` under the config of `loaded`."""
    return build_options(loaded(**config), tables)


def options(table: OptionTable, *measures: str, unit: Money = UNIT) -> dict[tuple[int, str], Any]:
    """(project row, option) → award, or the asked measures, in 万元."""
    names = measures or ("award",)
    values = table.table[list(names)].to_numpy() / unit.fen_per_unit
    keys = zip(table.table["project"], table.table["option"].astype(str), strict=True)
    return {key: row[0] if len(names) == 1 else tuple(row) for key, row in zip(keys, values.tolist(), strict=True)}


def payments(table: OptionTable, unit: Money = UNIT) -> dict[tuple[int, str], dict[tuple[tuple[str, ...], int], float]]:
    """(project row, option) → {(sources, year): amount in 万元}."""
    keys = list(options(table))
    result: dict[tuple[int, str], dict[tuple[tuple[str, ...], int], float]] = {key: {} for key in keys}
    for entry in table.payments.itertuples():
        result[keys[entry.option]][table.payers[entry.payers], entry.year] = entry.amount / unit.fen_per_unit
    return result


def screened(table: OptionTable) -> list[tuple[str, ...]]:
    """The screening table as tuples."""
    return list(table.screening.itertuples(index=False, name=None))


def _frame(rows: Iterable[Row], table: str, order: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    amounts = money_columns(table) | {name for name in frame.columns if "@" in name}
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name].dtype):
            values = frame[name].astype(float)
            frame[name] = np.rint(values * UNIT.fen_per_unit) if name in amounts else values
        else:
            frame[name] = frame[name].astype(object).where(frame[name].notna(), "")
    return frame.sort_values(order, ignore_index=True)
