"""What a plan adds up to, made from its awards and payments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.problem.accounts import balances
from allocator.problem.measures import FIGURES
from allocator.runs.schema import MONEY
from allocator.tables.measures import INVESTMENTS

if TYPE_CHECKING:
    from allocator.problem.case import Case


def tables(case: Case, awards: pd.DataFrame, payments: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The table of totals in the config's unit, of awards and payments in fen."""
    totals = totals_table(case, awards, payments)
    is_money = totals["measure"].isin(MONEY)
    in_unit = case.money.floats(totals["value"].to_numpy(float))
    return {"totals": totals.assign(value=np.where(is_money, in_unit, totals["value"]))}


def totals_table(case: Case, awards: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """What the plan adds up to: all, by source and year, region, category, instrument and start year; fen."""
    sums = {m: m for m in FIGURES}
    rows: list[tuple[str, str, str, str, str, float]] = []
    once = ~awards["project_id"].duplicated()
    new = awards.assign(count=once.astype(float))
    measures = [*sums, "count"]
    rows += [("all", "", "", "", m, float(new[m].sum())) for m in measures]
    for dimension, column in (
        ("region", "region"),
        ("category", "category"),
        ("instrument", "instrument"),
        ("year", "start_year"),
    ):
        counted = new
        if column == "instrument":  # a package counts for each of its instruments
            counted = new.assign(count=(once | (awards["committed"] == 0)).astype(float))
        grouped = counted.groupby(column, sort=True)[measures].sum()
        filled = [(key, values) for key, values in grouped.iterrows() if str(key)]
        rows += [(dimension, str(key), "", "", m, float(values[m])) for key, values in filled for m in measures]
    rows += _spent(case, awards)
    rows += _source_totals(case, payments)
    return pd.DataFrame(rows, columns=["dimension", "key", "year", "source", "measure", "value"])


def _spent(case: Case, awards: pd.DataFrame) -> Iterable[tuple[str, str, str, str, str, float]]:
    """Investment by the year in which it is spent, also after the plan; nothing without profiles."""
    spread = case.measures.by_part.spread
    if spread is None or awards.empty:
        return
    table = case.measures.by_part.options.table
    ids = case.inputs.projects["project_id"].to_numpy(object)[table["project"].to_numpy()]
    keys = zip(ids, np.asarray(table["option"], object), table["instrument"], strict=True)
    row_of = {key: row for row, key in enumerate(keys)}
    at = [row_of[key] for key in zip(awards["project_id"], awards["option"], awards["instrument"], strict=True)]
    mine = spread.of(at)
    for year in mine.years:
        for measure in INVESTMENTS:
            value = float(mine.spent(measure, awards[measure].to_numpy(float), year).sum())
            yield ("spending", "", str(year), "", measure, value)


def _source_totals(case: Case, payments: pd.DataFrame) -> Iterable[tuple[str, str, str, str, str, float]]:
    config, fen = case.loaded.config, case.money.fen_per_unit
    paid = payments.groupby(["source", "year"])["amount"].sum() if len(payments) else pd.Series(dtype=float)
    for name in config.sources:
        by_year = [int(paid.get((name, y), 0)) for y in case.years]
        accounts = balances(config, fen, name, by_year)
        for t, year in enumerate(case.years):
            figures: dict[str, Any] = {"payment": by_year[t]}
            if t < len(accounts):
                b = accounts[t]
                figures |= {"budget": b.budget, "carry": b.carried_out, "lapse": b.lapsed}
                if t == 0:
                    figures["opening"] = b.carried_in
            else:
                figures["tail"] = by_year[t]
            for measure, value in figures.items():
                yield ("source", name, str(year), name, measure, float(value))
