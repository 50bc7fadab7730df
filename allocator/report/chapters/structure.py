"""What the plan does to the structure of investment, and how investment grows against the targets."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from allocator.report.amounts import amount
from allocator.report.cells import with_unit
from allocator.report.charts import bars, level_bars
from allocator.report.view import INVESTMENTS, Chart, Column, Table, View

MOST_TARGETS = 20
FLAGS = ("is_sei", "is_hightech", "is_future", "is_energy_heavy")
"""Columns of the project table that say to which part a project belongs to something."""
VALUES = {"chain_position": ("下游",), "category": ("企业技改", "重大工业项目", "园区基础设施")}


def indicators(projects: pd.DataFrame, named: Collection[str] = ()) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Name of an indicator → the part of each candidate that counts, for what the project table knows.

    ``named`` are further values of these columns that are asked for.
    """
    found = {}
    for name in FLAGS:
        if name in projects.columns:
            part = pd.to_numeric(projects[name], errors="coerce").fillna(0.0).to_numpy(dtype=float)
            found[name] = part
    for name, values in VALUES.items():
        for value in dict.fromkeys((*values, *named)):
            if name in projects.columns and (projects[name] == value).any():
                found[f"{name}={value}"] = (projects[name] == value).to_numpy(dtype=float)
    return {name: part for name, part in found.items() if part.any()}


def shares(view: View) -> pd.DataFrame:
    """Every indicator's share of the investment of all candidates, and of the investment the plan brings."""
    projects = view.inputs.projects
    if "fixed_investment" not in projects.columns:
        return pd.DataFrame()
    pool = projects["fixed_investment"].fillna(0.0).to_numpy(dtype=float)
    brought = view.tables["awards"].groupby("project_id")["nominal_investment"].sum()
    plan = projects["project_id"].map(brought).fillna(0.0).to_numpy(dtype=float)
    if not pool.sum() or not plan.sum():
        return pd.DataFrame()
    rows = []
    known = {key: float(share) for key, share in view.config.report.before.items()}
    for name, part in indicators(projects, known).items():
        before, after = float(pool @ part / pool.sum()), float(plan @ part / plan.sum())
        before = known.get(name.rpartition("=")[2], before)
        label = view.say(f"column_{name}") if name in FLAGS else name.partition("=")[2]
        rows.append({"key": name, "indicator": label, "before": before, "after": after, "change": after - before})
    return pd.DataFrame(rows)


def structure(view: View) -> Table | None:
    """The shares as a table."""
    rows = view.once(shares)
    columns = (
        *view.columns("indicator"),
        Column("before", before_title(view), "share"),
        *view.columns("after", "change", kind="share"),
    )
    return view.table("structure", columns, rows) if len(rows) else None


def before_title(view: View) -> str:
    """What the shares before the plan are: the candidates', or the planner's own."""
    return view.say("column_before_given" if view.config.report.before else "column_before")


def structure_chart(view: View) -> Chart | None:
    """The shares side by side."""
    rows = view.once(shares)
    if rows.empty:
        return None
    series = []
    for key in ("before", "after"):
        name = before_title(view) if key == "before" else view.say(f"column_{key}")
        data = [
            {"value": round(value * 100, 2), "tip": f"{label} {name}: {value:.1%}"}
            for label, value in zip(rows["indicator"], rows[key], strict=True)
        ]
        label = {"show": True, "position": "top", "formatter": "{c}%", "color": "var:ink", "fontSize": 10}
        series.append({"name": name, "type": "bar", "data": data, "barMaxWidth": 34, "label": label})
    option = {
        "grid": {"left": 8, "right": 12, "top": 48, "bottom": 8, "containLabel": True},
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": rows["indicator"].tolist(), "axisLabel": {"interval": 0, "width": 98, "overflow": "break"}},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "series": series,
    }  # fmt: skip
    return Chart("structure", view.say("chart_structure"), option, view.say("chart_structure_text"), 340, 780)


def by_year(view: View) -> Table | None:
    """Support and the investment it brings by the year in which support starts."""
    rows = view.tables["awards"]
    if rows.empty:
        return None
    summed = rows.groupby("start_year")[["award", *(c for c in INVESTMENTS if c in rows.columns)]].sum()
    summed.insert(0, "funded", rows.groupby("start_year")["project_id"].nunique())
    columns = (
        *view.columns("start_year", kind="year"),
        *view.columns("funded", kind="count"),
        *view.columns("award", kind="money"),
        *view.columns(*INVESTMENTS, kind="estimate"),
    )
    return view.table("by_year", columns, summed.reset_index())


def investment_by_year(view: View) -> Chart | None:
    """The three investments by start year."""
    table = by_year(view)
    if table is None:
        return None
    rows = table.rows
    series = {view.say(f"column_{c}"): rows[c].tolist() for c in INVESTMENTS if c in rows.columns}
    total = float(rows["supported_investment"].sum()) if "supported_investment" in rows.columns else 0.0
    text = view.say("chart_investment_text", amount=amount(total, view.run.money, view.language))
    option = bars(view, [str(int(year)) for year in rows["start_year"]], series)
    return Chart("investment", view.say("chart_investment"), option, text, 320)


def targets(view: View) -> Table | None:
    """Every target with what the plan reaches."""
    names = [target.name for target in view.config.targets]
    rows = view.tables["limits"]
    rows = rows[rows["limit"].isin(names) & rows["lower"].notna()].copy()
    if rows.empty:
        return None
    rows["measure"] = [view.names.column(measure) for measure in rows["measure"]]
    rows["reached"] = (rows["value"] / rows["lower"]).where(rows["lower"] > 0)
    missing = (rows["lower"] - rows["value"]).clip(lower=0.0).tolist()
    rows["missing"] = [with_unit(gap, unit) if gap else "–" for gap, unit in zip(missing, rows["unit"], strict=True)]
    columns = (
        *view.columns("limit", "group", "measure"),
        *view.columns("value", "lower", kind="by_unit"),
        *view.columns("reached", kind="share"),
        *view.columns("missing"),
    )
    return view.table("targets", columns, rows, bar="reached")


def targets_chart(view: View) -> Chart | None:
    """How much of every target is reached."""
    table = targets(view)
    rows = table.rows if table is not None else None
    if rows is None or not rows["reached"].notna().any():
        return None
    rows = rows[rows["reached"].notna()].head(MOST_TARGETS)
    names = [
        f"{name} [{group}]" if group else str(name) for name, group in zip(rows["limit"], rows["group"], strict=True)
    ]
    tips = [
        f"{name}: {with_unit(value, unit)} ({view.say('at_least', value=with_unit(lower, unit))})"
        for name, value, lower, unit in zip(names, rows["value"], rows["lower"], rows["unit"], strict=True)
    ]
    option = level_bars(names, (rows["reached"] * 100).tolist(), tips, mark=100)
    missed = int((rows["reached"] < 1).sum())
    text = view.say("chart_targets_text", reached=len(rows) - missed, count=len(rows))
    return Chart("targets", view.say("chart_targets"), option, text, 70 + 26 * len(rows), 560)
