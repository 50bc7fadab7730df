"""The forms of the workbook, in the order in which finance files them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from allocator.report.workbook.filing import left_out, notice, places, schedule
from allocator.report.workbook.filing_goals import goals, goals_by_project
from allocator.report.workbook.filing_money import balance, bond_projects

if TYPE_CHECKING:
    from allocator.report.view import View
    from allocator.report.workbook.documents import Document


def forms(view: View) -> Iterator[Document]:
    """Every form that the run has something for."""
    listed = schedule(view)
    yield listed
    yield places(view, listed)
    for make in (balance, goals, goals_by_project, bond_projects):
        if (form := make(view)) is not None:
            yield form
    yield left_out(view)
    yield notice(view, listed)
