"""Every rule of the planner with what the plan has."""

from __future__ import annotations

from allocator.report.view import Table, View


def limits(view: View) -> Table:
    """Every rule with what the plan has, what it must keep, and the room left."""
    rows = view.tables["limits"].copy()
    rows["measure"] = [view.name_measure(measure) for measure in rows["measure"]]
    rows["binding"] = rows["binding"].map({1: view.say("word_yes"), 0: ""}).fillna("")
    if "violation" in rows.columns and not rows["violation"].fillna(0).any():
        rows = rows.drop(columns="violation")
    columns = (
        *view.columns("limit", "group", "measure"),
        *view.columns("value", "lower", "upper", "slack", "violation", kind="by_unit"),
        *view.columns("binding"),
    )
    return view.table("limits", columns, rows)
