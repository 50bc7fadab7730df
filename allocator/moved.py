"""What moved between the approved plan and the new one, and why; amounts in fen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from allocator.replanning import FAILED, REALISED, Approved

COLUMNS = ("project_id", "before", "after", "change", "reason")


class Move(NamedTuple):
    """One project: its award before and after, and why they differ."""

    project: str
    before: int
    after: int
    reason: str


def moves(before: Sequence[Approved], after: Mapping[str, int], eligible: Collection[str]) -> list[Move]:
    """Every project with an award in either plan, by id.

    ``eligible`` are the projects that have an option. Larger and new awards are told to be paid by freed money in the
    order of ids, as long as what failed awards had freed lasts; what moves beyond is a matter of rank.
    """
    was: dict[str, int] = {}
    states: dict[str, str] = {}
    for award in before:
        was[award.project] = was.get(award.project, 0) + award.award
        states[award.project] = award.state
    freed = sum(amount for project, amount in was.items() if states[project] == FAILED)
    found = []
    for project in sorted({*was, *after}):
        old, new = was.get(project, 0), after.get(project, 0)
        if states.get(project) in (FAILED, REALISED):
            reason = states[project]
        elif new == old:
            reason = "kept"
        elif new < old:
            reason = "re_ranked" if project in eligible else "not_eligible"
        else:
            reason = "freed_money" if new - old <= freed else "re_ranked"
            freed -= new - old if reason == "freed_money" else 0
        found.append(Move(project, old, new, reason))
    return found
