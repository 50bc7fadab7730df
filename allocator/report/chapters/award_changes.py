"""What moved against the approved plan, and why; and how often its projects were realised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.report.chapters.goal import kind_of_goal
from allocator.report.view import Table

if TYPE_CHECKING:
    from allocator.report.view import View

AREA = "risk"


def moved(view: View) -> Table | None:
    """Every project whose award or start is another than the approved one, the largest change first."""
    if "moved" not in view.tables:
        return None
    rows = view.tables["moved"].copy()
    rows = rows[(rows["change"] != 0) | rows["reason"].isin(["earlier", "later"])]
    rows = rows.iloc[rows["change"].abs().argsort(kind="stable")[::-1]]
    rows["reason"] = [view.say(f"{AREA}.moved_{reason}") for reason in rows["reason"]]
    rows["by"] = [view.names.word(str(by)) for by in rows["by"].fillna("")]
    columns = (
        *view.columns("project_id"),
        *view.columns("before", "after", "change", kind="money", area=AREA),
        *view.columns("start_before", "start_after", kind="year", area=AREA),
        *view.columns("reason", "by", area=AREA),
        *view.columns("own_goal", "restored", kind=kind_of_goal(view.run, "money"), area=AREA),
    )
    return view.table("moved", columns, rows, area=AREA)


def delivered(view: View) -> Table | None:
    """What became of the approved awards, and what each unit paid has brought beside what was planned."""
    if "delivered" not in view.tables or view.tables["delivered"].empty:
        return None
    rows = view.tables["delivered"].copy()
    rows["instrument"] = [view.names.word(str(name)) or view.say(f"{AREA}.all_awards") for name in rows["instrument"]]
    columns = (
        *view.columns("instrument"),
        *view.columns("projects", "started", "completed", "in_production", "failed", kind="number", area=AREA),
        *view.columns("award", kind="money"),
        *view.columns("paid", "planned_investment", "invested", kind="money", area=AREA),
        *view.columns("planned_leverage", "realised_leverage", kind="number", area=AREA),
    )
    return view.table("delivered", columns, rows, area=AREA)


def realised(view: View) -> Table | None:
    """Of each value the projects observed, the share of them that was realised, and what the plan uses."""
    if "realisation" not in view.tables or view.tables["realisation"].empty:
        return None
    rows = view.tables["realisation"].rename(columns={"value": "observed"})
    rows["source"] = [view.say(f"{AREA}.source_{source}") for source in rows["source"]]
    columns = (
        *view.columns("observed", area=AREA),
        *view.columns("projects", "realised", kind="number", area=AREA),
        *view.columns("estimate", "low", "high", "used", kind="share", area=AREA),
        *view.columns("source", area=AREA),
    )
    return view.table("realisation", columns, rows, area=AREA)
