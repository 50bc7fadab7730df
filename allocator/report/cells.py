"""Cells of report tables as text, and how many decimals a column of amounts needs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from allocator.report.amounts import grouped, percent

if TYPE_CHECKING:
    import pandas as pd

    from allocator.report.view import Column, Table

SHOWN_PLACES = 4
LARGE = 1000
"""From here on, the decimals of an estimate say nothing."""


def decimals(values: pd.Series, places: int) -> int:
    """Decimals that show every value of a column as it is, at most ``places``."""
    numbers = values.to_numpy(dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    for count in range(places):
        scaled = numbers * 10.0**count
        if np.allclose(scaled, np.rint(scaled), rtol=1e-13, atol=1e-9):
            return count
    return places


def shown_decimals(values: pd.Series, places: int, column: Column) -> int:
    """Decimals of a column of amounts: exact for what is paid, no more than anybody reads for what was computed."""
    count = min(decimals(values, places), SHOWN_PLACES)
    if column.kind == "estimate":
        return min(count, 0 if values.abs().max() >= LARGE else 2)
    return count


def texts(table: Table, places: int, limit: int) -> list[list[str]]:
    """The first ``limit`` rows as text; amounts with at most ``places`` decimals."""
    rows = table.rows.head(limit)
    columns = [column_texts(rows, column, places) for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def column_texts(rows: pd.DataFrame, column: Column, places: int) -> list[str]:
    """One column as text; '' for blanks."""
    values = rows[column.key].tolist()
    if column.kind == "text":
        return [str(value) for value in values]
    if column.kind == "by_unit":
        units = rows["unit"].tolist()
        return [blank(v) or with_unit(v, unit) for v, unit in zip(values, units, strict=True)]
    if column.kind in {"money", "estimate"}:
        count = shown_decimals(rows[column.key], places, column)
        return [blank(value) or (f"{value:,.{count}f}" if value else "0") for value in values]
    if column.kind == "share":
        return [blank(value) or f"{value * 100:.1f}%" for value in values]
    if column.kind == "number":
        return [blank(value) or grouped(value, SHOWN_PLACES) for value in values]
    if column.kind == "times":
        return [blank(value) or f"{value:,.1f}" for value in values]
    return [blank(value) or (f"{value:.0f}" if column.kind == "year" else f"{value:,.0f}") for value in values]


def blank(value: float) -> str:
    """A dash for a number that does not exist, else ''."""
    return "–" if math.isnan(value) else ""


def with_unit(value: float, unit: str) -> str:
    """The value of a limit in the limit's own unit."""
    return percent(value) if unit == "share" else grouped(value, 2 if abs(value) >= LARGE else SHOWN_PLACES)
