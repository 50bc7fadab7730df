"""Whether the financing of projects closes, worked out again from the tables alone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from allocator.config.keys.instruments import Bond
from allocator.verify import phases

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.verify.facts import Facts
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Award, Plan
    from allocator.verify.stored import Table

OWN, COMMITTED, PLANNED = "own_funds", "bank_loan_committed", "bank_loan_planned"


class Open(NamedTuple):
    """What the award must pay for the financing to close, and the gap that may be left; fen."""

    need: int
    most: int

    def closes(self, award: int) -> bool:
        """Whether an award leaves no greater gap."""
        return self.need - award <= self.most


def whole(facts: Facts, at: int) -> int | None:
    """The investment of a project."""
    total = facts.fen(at, "total_investment")
    return facts.fen(at, "fixed_investment") if total is None else total


def finance(facts: Facts, at: int) -> tuple[int, int, int] | None:
    """Own funds, loans committed and loans planned; None where none of them is told."""
    cells = [facts.fen(at, column) for column in (OWN, COMMITTED, PLANNED)]
    if all(cell is None for cell in cells):
        return None
    own, committed, planned = (max(cell or 0, 0) for cell in cells)
    return own, committed, planned


def elsewhere(facts: Facts, at: int) -> tuple[int, int]:
    """Other public money, and bonds issued before."""
    return max(facts.fen(at, "other_public") or 0, 0), max(facts.fen(at, "bond_issued") or 0, 0)


def left_open(config: Config, facts: Facts, at: int, instrument: str) -> Open | None:
    """What an award of an instrument must pay; None where nothing is asked or the financing is not told."""
    rule, kind = config.closing, config.instruments[instrument]
    asked = instrument in rule.instruments if rule.instruments else isinstance(kind, Bond)
    total, paid = whole(facts, at), finance(facts, at)
    if not (rule.gate and asked) or total is None or paid is None:
        return None
    share = Fraction(rule.max_gap)
    return Open(total - sum(paid) - sum(elsewhere(facts, at)), total * share.numerator // share.denominator)


def check_closing(plan: Plan, table: Table, findings: Findings) -> None:
    """One sheet for every supported project, each figure right, and all that is gated closes."""
    rows = {row.text("project_id"): row for row in table}
    for project, awards in plan.by_project.items():
        row = rows.pop(project, None)
        if not findings.hold(row is not None, "row_missing", table.place, "project_id", got=project) or row is None:
            continue
        later = sum(later_of(plan, award) for award in awards)
        expected = sheet(plan, awards[0].at, sum(award.award for award in awards), later)
        for column, amount in expected.items():
            if amount is None:
                findings.hold(not row.text(column), "not_expected", row.place, column, got=row.text(column))
            else:
                findings.same_fen(row.fen(column), amount, plan.money, row.place, column)
    for project, row in rows.items():
        findings.hold(False, "not_expected", row.place, "project_id", got=project)


def later_of(plan: Plan, award: Award) -> int:
    """What the phases after the one that an award pays up to need."""
    phase = award.option.rpartition("#")[2]
    if award.committed or award.instrument not in plan.config.instruments or not phase.isdecimal():
        return 0
    return phases.later(phases.needs(plan.config, plan.facts, award.at, award.instrument)).get(int(phase), 0)


def sheet(plan: Plan, at: int, award: int, later: int) -> dict[str, int | None]:
    """Who pays what of one project; None: not told."""
    facts, total, paid = plan.facts, whole(plan.facts, at), finance(plan.facts, at)
    other, issued = elsewhere(facts, at)
    found: dict[str, int | None] = {
        "total_investment": total,
        "done_investment": facts.fen(at, "done_investment"),
        "other_public": other,
        "bond_issued": issued,
        "award": award,
    }
    if total is None or paid is None:
        return found | dict.fromkeys(("own_private", "own_public", "loans", "later_phases", "gap"))
    left, used = total - other - issued - award, []
    for amount in paid:
        used.append(min(amount, max(left, 0)))
        left -= used[-1]
    owner = plan.config.leverage.public_owner
    public = bool(owner) and all(facts.fulfils(at, column, meant) for column, meant in owner.items())
    mine, theirs = (0, used[0]) if public else (used[0], 0)
    wait = min(later, max(left, 0))
    found |= {"own_private": mine, "own_public": theirs, "loans": used[1] + used[2]}
    return found | {"later_phases": wait, "gap": left - wait}
