"""Every rule of the planner: what the plan has, what it must keep, and how much room is left."""

from __future__ import annotations

import pandas as pd

from allocator.money.arrays import is_nan
from allocator.report.cells import with_unit
from allocator.report.chapters.rule_names import at_bound
from allocator.report.charts import level_bars
from allocator.report.view import Chart, Table, View

MOST_BARS = 20


def limits(view: View) -> Table | None:
    """Every rule with its bounds and slack; the bar shows how near it is to its bound."""
    rows = standing(view)
    if rows.empty:
        return None
    part = {rule.name: rule.coefficient for rule in view.config.limits if rule.coefficient}
    part |= {rule.name: rule.coefficient for rule in view.config.targets if rule.coefficient}
    rows["measure"] = [
        view.names.column(measure) + (f" × {view.names.column(part[name])}" if name in part else "")
        for name, measure in zip(rows["limit"], rows["measure"], strict=True)
    ]
    rows["limit"] = [view.names.rule(name) for name in rows["limit"]]
    rows["binding"] = rows["binding"].map({1: view.say("word_yes"), 0: ""}).fillna("")
    if "violation" in rows.columns and not rows["violation"].fillna(0).any():
        rows = rows.drop(columns="violation")
    columns = (
        *view.columns("limit", "group", "measure"),
        *view.columns("value", "lower", "upper", "slack", "violation", kind="by_unit"),
        *view.columns("used", kind="share"),
        *view.columns("binding"),
    )
    return view.table("limits", columns, rows, bar="used")


def standing(view: View) -> pd.DataFrame:
    """The stored limits with `used`: how much of the nearer bound is taken, 1 at the bound; above it where it is missed."""
    rows = view.tables["limits"].copy()
    value = rows["value"].astype(float)
    of_cap = (value / rows["upper"].astype(float)).where(rows["upper"].astype(float) > 0)
    of_floor = (rows["lower"].astype(float) / value).where(value > 0)
    both = pd.concat([of_cap, of_floor], axis=1)
    rows["used"] = both.max(axis=1)
    return rows


def tightest(view: View) -> Chart | None:
    """The rules nearest to their bounds."""
    rows = standing(view)
    rows = rows[rows["used"].notna()].sort_values("used", ascending=False, kind="stable").head(MOST_BARS)
    if rows.empty:
        return None
    names = [view.names.rule(name, group) for name, group in zip(rows["limit"], rows["group"].fillna(""), strict=True)]
    tips = []
    for name, value, lower, upper, unit in zip(
        names, *(rows[key] for key in ("value", "lower", "upper", "unit")), strict=True
    ):
        ends = [view.say("at_least", value=with_unit(lower, unit))] if not is_nan(lower) else []
        ends += [view.say("at_most", value=with_unit(upper, unit))] if not is_nan(upper) else []
        tips.append(f"{name}: {with_unit(value, unit)}; {', '.join(ends)}")
    option = level_bars(names, (rows["used"] * 100).clip(upper=200).tolist(), tips, mark=100)
    text = view.say("chart_rules_text", count=len(at_bound(view)))
    return Chart("rules", view.say("chart_rules"), option, text, 60 + 24 * len(rows), 560)
