"""The plan against the ways the money used to be split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from allocator.report.amounts import amount, padded, percent, width
from allocator.report.chapters.goal import kind_of_goal, money_of_goal, worth
from allocator.report.view import Table, View

if TYPE_CHECKING:
    from allocator.runs.folder import StoredRun

AREA = "judging"
NOTHING = float("nan")


def against(view: View) -> Table | None:
    """Every benchmark: what it is worth, how much more the plan is, and what the plan reaches with less money."""
    rows = view.tables.get("benchmarks")
    if rows is None:
        return None
    found = []
    for name in rows["benchmark"].unique():
        own = rows[rows["benchmark"] == name]
        goal = own[own["figure"] == "objective"].iloc[0]
        reached = own.loc[own["figure"] == "share_reached", "gain"]
        found.append(
            {
                "benchmark": view.say(f"{AREA}.benchmark_{name}"),
                "status": view.say(f"{AREA}.status_{goal['status']}"),
                "breaks": view.say("joiner").join(map(view.names.rule, filter(None, str(goal["breaks"]).split(";"))))
                or "–",
                "plan": goal["plan"],
                "other": goal["other"],
                "gain": goal["gain"],
                "gain_share": goal["gain"] / goal["other"] if goal["other"] > 0 else float("nan"),
                "spent": of_all(own, "award"),
                "gain_per": of_all(own, "per_award", "gain")
                / (per if (per := of_all(own, "per_award")) > 0 else NOTHING),
                "reached": reached.iloc[0] if len(reached) else float("nan"),
            }
        )
    columns = (
        *view.columns("benchmark", "status", area=AREA),
        *view.columns("plan", "other", "gain", kind=kind_of_goal(view.run), area=AREA),
        *view.columns("gain_share", kind="share", area=AREA),
        *view.columns("spent", kind="money", area=AREA),
        *view.columns("gain_per", "reached", kind="share", area=AREA),
        *view.columns("breaks", area=AREA),
    )
    return view.table("benchmarks", columns, pd.DataFrame(found), area=AREA)


def of_all(rows: pd.DataFrame, figure: str, side: str = "other") -> float:
    """A figure of a benchmark as a whole; NaN where it has none."""
    found = rows.loc[(rows["figure"] == figure) & (rows["dimension"] == "all"), side]
    return float(found.iloc[0]) if len(found) else NOTHING


def by_key(view: View) -> Table | None:
    """What each region and source gets under the plan and under each benchmark."""
    rows = view.tables.get("benchmarks")
    if rows is None:
        return None
    rows = rows[rows["dimension"].isin(["region", "source"]) & rows["figure"].isin(["award", "payment"])].copy()
    if rows.empty:
        return None
    rows["benchmark"] = [view.say(f"{AREA}.benchmark_{name}") for name in rows["benchmark"]]
    rows["key"] = [view.source_names.get(str(key), str(key)) for key in rows["key"]]
    columns = (
        *view.columns("key", "benchmark", area=AREA),
        *view.columns("plan", "other", "gain", kind="money", area=AREA),
    )
    return view.table("benchmarks_by", columns, rows, area=AREA)


def render_table(run: StoredRun, language: str, rows: pd.DataFrame | None = None) -> str:
    """The table as lines of text; of the stored rows, or of others in the unit of the run."""
    view = View(run, language)
    if rows is not None:
        view.tables = {**view.tables, "benchmarks": rows}
    table = against(view)
    if table is None:
        return ""
    keys = ("benchmark", "status", "other", "gain", "gain_share", "spent", "gain_per", "reached")
    lines = [[column.title for column in table.columns if column.key in keys]]
    order = [column.key for column in table.columns if column.key in keys]
    for row in table.rows.to_dict("records"):
        shown = {
            **{key: str(row[key]) for key in ("benchmark", "status")},
            **{key: worth(float(row[key]), money_of_goal(run), language) for key in ("other", "gain")},
            **{key: percent(float(row[key]), 1) for key in ("gain_share", "gain_per", "reached")},
            "spent": amount(float(row["spent"]), run.money, language),
        }
        lines.append([shown[key] for key in order])
    widths = [max(width(line[n]) for line in lines) for n in range(len(order))]
    text = [
        "  ".join(padded(cell, w, right=n > 1) for n, (cell, w) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]
    broken = [f"{row['benchmark']}: {row['breaks']}" for row in table.rows.to_dict("records") if row["breaks"] != "–"]
    if broken:
        text += ["", view.say(f"{AREA}.breaks_head"), *(f"  {line}" for line in broken)]
    return "\n".join(line.rstrip() for line in text)
