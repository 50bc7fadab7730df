"""The tables of a run folder as CSV: written as exact plain decimals, read back as frames.

CSV is UTF-8 with a byte-order mark, so that Excel opens Chinese; ids and names stand in it verbatim.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from allocator.runs import schema

if TYPE_CHECKING:
    from allocator.money import Money

UNIT_BY_ROW = {"limits": frozenset({"value", "lower", "upper", "slack", "violation"}), "totals": frozenset({"value"})}
SHARE_PLACES = 12


def plain(value: object) -> str:
    """A number without exponent, trailing zeros or float noise; '' for blank, text as it is."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, Decimal):
        return "" if value.is_nan() else trimmed(format(value, "f"))
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else trimmed(format(Decimal(f"{float(value):.15g}"), "f"))
    return str(value)


def trimmed(text: str) -> str:
    """Decimal text without trailing zeros and without a negative zero."""
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def in_money(values: pd.Series, money: Money) -> list[str]:
    """Amounts in the config's unit as exact decimals: each is the multiple of 0.01 yuan nearest to it."""
    return money.texts(np.rint(pd.to_numeric(values).to_numpy(dtype=float) * money.fen_per_unit))


def shares(values: pd.Series) -> list[str]:
    """Shares rounded to twelve decimals."""
    return [plain(round(value, SHARE_PLACES)) for value in pd.to_numeric(values).tolist()]


def as_texts(name: str, frame: pd.DataFrame, money: Money, sources: frozenset[str]) -> pd.DataFrame:
    """Every cell of table ``name`` as the text that stands in the CSV."""
    texts: dict[str, list[str]] = {}
    amounts = schema.money(name) | (sources if name in schema.BY_SOURCE else frozenset())
    for column in frame.columns:
        if column in amounts:
            texts[column] = in_money(frame[column], money)
        else:
            texts[column] = [plain(value) for value in frame[column].tolist()]
    for column in UNIT_BY_ROW.get(name, frozenset()) & set(frame.columns):
        texts[column] = by_unit(name, frame, column, texts[column], money)
    return pd.DataFrame(texts, columns=list(frame.columns), dtype=object)


def by_unit(name: str, frame: pd.DataFrame, column: str, texts: list[str], money: Money) -> list[str]:
    """A column whose unit changes from row to row: ``texts``, with amounts and shares written as such."""
    is_money = frame["measure"].isin(schema.MONEY) if name == "totals" else frame["unit"] == money.name
    is_share = (
        frame["unit"].isin(["share", "ratio"]) if "unit" in frame.columns else pd.Series(data=False, index=frame.index)
    )
    column_texts = np.array(texts, dtype=object)
    column_texts[is_money.to_numpy()] = in_money(frame.loc[is_money, column], money)
    column_texts[is_share.to_numpy()] = shares(frame.loc[is_share, column])
    return list(column_texts)


def write_table(path: Path, texts: pd.DataFrame) -> None:
    """Write a frame of texts."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(texts.columns)
        writer.writerows(zip(*(texts[column].tolist() for column in texts.columns), strict=True))


def stored(folder: Path) -> tuple[str, ...]:
    """The tables of a run folder."""
    return tuple(name for name, each in schema.TABLES.items() if not each.when or (folder / f"{name}.csv").is_file())


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """A table of a run folder: texts stay texts, '' for blank; everything else is a number, NaN for blank."""
    frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    texts, amounts = schema.texts(name), schema.money(name)
    for column in frame.columns:
        if column not in texts:
            numbers = pd.to_numeric(frame[column].replace("", None))
            frame[column] = numbers.astype(float) if column in amounts else numbers
    return frame
