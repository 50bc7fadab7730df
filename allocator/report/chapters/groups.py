"""What regions, categories and instruments get, and what it brings."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from allocator.money.arrays import is_nan
from allocator.report.cells import with_unit
from allocator.report.headline import awarded_now
from allocator.report.tile_map import region_map
from allocator.report.view import INVESTMENTS, Chart, Column, Table, View

MOST_CATEGORIES = 12
MOST_LIMITS = 8


def grouped_awards(view: View, key: str) -> pd.DataFrame:
    """Awards and what they bring by an attribute, the greatest first; with the candidates where these have it."""
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
    now = awarded_now(view).groupby(key)[summed].sum().reindex(groups.index, fill_value=0)
    for column, ratio in (("supported_investment", "nominal_times"), ("additional_investment", "additional_times")):
        if column in groups.columns:
            groups[ratio] = (now[column] / now["award"]).where(now["award"] > 0)
    return groups.sort_values("award", ascending=False, kind="stable").reset_index(names=key)


def by_group(view: View, key: str, names: Callable[[pd.Series], pd.Series] | None = None) -> Table:
    """What the values of an attribute get, and what it brings."""
    groups = grouped_awards(view, key)
    if names is not None:
        groups[key] = names(groups[key])
    area = "report" if len(awarded_now(view)) == len(view.tables["awards"]) else "risk"
    columns = (
        *view.columns(key),
        *view.columns("candidates", "funded", kind="count"),
        *view.columns("award", kind="money"),
        *view.columns("share", kind="share"),
        *view.columns(*INVESTMENTS, kind="estimate"),
        *view.columns("nominal_times", "additional_times", kind="times", area=area),
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


def on_map(view: View) -> Chart | None:
    """Awards by region on the map."""
    return region_map(view, grouped_awards(view, "region"))


def grid(view: View) -> Table | None:
    """Region × category, and how every region stands against the rules that speak of regions."""
    rows = view.tables["awards"]
    if rows.empty:
        return None
    greatest = rows.groupby("category")["award"].sum().sort_values(ascending=False, kind="stable").index
    few = rows["category"].where(rows["category"].isin(greatest[:MOST_CATEGORIES]), "")
    rows = rows.assign(category=few, award=rows["award"].astype(float))
    wide = rows.pivot_table(index="region", columns="category", values="award", aggfunc="sum", fill_value=0.0)
    regions = grouped_awards(view, "region")["region"]
    wide = wide.reindex(regions, fill_value=0.0)
    shown = [Column(f"in_{n}", name or view.say("others"), "money") for n, name in enumerate(wide.columns)]
    frame = pd.DataFrame({column.key: wide.iloc[:, n].to_numpy() for n, column in enumerate(shown)})
    frame.insert(0, "region", regions.to_numpy())
    frame["award"] = wide.sum(axis=1).to_numpy()
    rules = []
    for number, (name, standing) in enumerate(regional_rules(view).items()):
        frame[f"rule_{number}"] = [standing.get(region, "–") for region in frame["region"]]
        rules.append(Column(f"rule_{number}", view.names.rule(name)))
    columns = (*view.columns("region"), *shown, *view.columns("award", kind="money"), *rules)
    return view.table("grid", columns, frame, heat=tuple(column.key for column in shown))


def regional_rules(view: View) -> dict[str, dict[str, str]]:
    """Rule → region → what it has and must keep, for the rules that hold for each region."""
    names = [limit.name for limit in view.config.limits if limit.each in ("region", ["region"])][:MOST_LIMITS]
    table = view.tables["limits"]
    standing: dict[str, dict[str, str]] = {name: {} for name in names}
    rows = table[table["limit"].isin(names)]
    for limit, group, value, lower, upper, unit, binding in zip(
        *(rows[key] for key in ("limit", "group", "value", "lower", "upper", "unit", "binding")), strict=True
    ):
        ends = [f"≥ {with_unit(lower, unit)}"] if not is_nan(lower) else []
        ends += [f"≤ {with_unit(upper, unit)}"] if not is_nan(upper) else []
        have = with_unit(value, unit) if not is_nan(value) else "–"
        standing[limit][group] = f"{have} ({', '.join(ends)}){' ◆' if binding else ''}"
    return {name: groups for name, groups in standing.items() if groups}
