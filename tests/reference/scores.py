"""The structure score of every candidate and the points it is made of, worked out again."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.verify.stored import plain

if TYPE_CHECKING:
    from allocator.verify.offers import Offers
    from allocator.verify.stored import Findings, Table


def check_scores(offers: Offers, table: Table | None, findings: Findings) -> None:
    """One row for every candidate, with its score and the points of every criterion."""
    upgrading = offers.config.upgrading
    if upgrading is None or table is None:
        return
    columns, points = ("structure_score", *upgrading.criteria), offers.leveraging.points()
    rows, read = {row.text("project_id"): row for row in table}, dict[str, Fraction]()
    for project, at in offers.facts.row_of.items():
        row = rows.pop(project, None)
        if not findings.hold(row is not None, "row_missing", table.place, "project_id", got=project) or row is None:
            continue
        exact = (offers.leveraging.score(at), *points[at])
        for column, value in zip(columns, exact, strict=True):
            text = row.text(column)
            if text not in read:
                read[text] = Fraction(row.number(column))
            told = read[text]
            same = told == value or abs(told - value) <= CLOSE * abs(value)
            findings.hold(same, "differs", row.place, column, stated=text, recomputed=plain(value))
    for project, row in rows.items():
        findings.hold(False, "not_expected", row.place, "project_id", got=project)


CLOSE = Fraction(1, 10**14)
"""Numbers are written to 15 digits."""
