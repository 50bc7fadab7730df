"""What moved against the approved plan, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.report.view import Table

if TYPE_CHECKING:
    from allocator.report.view import View

AREA = "risk"


def moved(view: View) -> Table | None:
    """Every project whose award is another than the approved one, the largest change first."""
    if "moved" not in view.tables:
        return None
    rows = view.tables["moved"].copy()
    rows = rows[rows["change"] != 0]
    rows = rows.iloc[rows["change"].abs().argsort(kind="stable")[::-1]]
    rows["reason"] = [view.say(f"{AREA}.moved_{reason}") for reason in rows["reason"]]
    columns = (
        *view.columns("project_id"),
        *view.columns("before", "after", "change", kind="money", area=AREA),
        *view.columns("reason", area=AREA),
    )
    return view.table("moved", columns, rows, area=AREA)
