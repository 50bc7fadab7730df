"""What regions, categories and instruments get, and what it brings."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from allocator.report.view import INVESTMENTS, Table, View


def by_group(view: View, key: str, names: Callable[[pd.Series], pd.Series] | None = None) -> Table:
    """What the values of an attribute get, and what it brings."""
    rows = view.tables["awards"]
    summed = ["award", *(c for c in (*INVESTMENTS, "upgrading") if c in rows.columns)]
    groups = rows.groupby(key)[summed].sum()
    groups.insert(0, "funded", rows.groupby(key)["project_id"].nunique())
    if key != "instrument":  # candidates have no instrument before they are funded
        candidates = view.tables["projects"].groupby(key)["project_id"].nunique()
        groups = groups.reindex(candidates.index.union(groups.index), fill_value=0)
        groups.insert(0, "candidates", candidates.reindex(groups.index).fillna(0))
    everything = groups["award"].sum()
    groups["share"] = groups["award"] / everything if everything else float("nan")
    for column, ratio in (("nominal_investment", "nominal_times"), ("additional_investment", "additional_times")):
        if column in groups.columns:
            groups[ratio] = (groups[column] / groups["award"]).where(groups["award"] > 0)
    groups = groups.sort_values("award", ascending=False, kind="stable").reset_index(names=key)
    if names is not None:
        groups[key] = names(groups[key])
    columns = (
        *view.columns(key),
        *view.columns("candidates", "funded", kind="count"),
        *view.columns("award", kind="money"),
        *view.columns("share", kind="share"),
        *view.columns(*INVESTMENTS, kind="estimate"),
        *view.columns("nominal_times", "additional_times", kind="times"),
        *view.columns("upgrading", kind="estimate"),
    )
    return view.table(f"by_{key}", columns, groups, bar="share")


def by_region(view: View) -> Table:
    """Awards by region."""
    return by_group(view, "region")


def by_category(view: View) -> Table:
    """Awards by category."""
    return by_group(view, "category")


def by_instrument(view: View) -> Table:
    """Awards by instrument."""
    return by_group(view, "instrument", view.name_instruments)
