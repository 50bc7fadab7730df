"""Every candidate once, in or out as the awards say, with a reason that can be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.verify.choice import must_not, rules
from allocator.verify.offers import NotOffered
from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    from allocator.verify.findings import Findings
    from allocator.verify.offers import Offer
    from allocator.verify.plan import Award, Plan
    from allocator.verify.stored import Row, Table

REASONS = (
    "not_eligible", "locked_out", "exclusive_with", "dependency", "negative_value", "limit_cap", "source_exhausted",
    "indifferent", "gap_unresolved", "outranked",
)  # fmt: skip


def check_candidates(plan: Plan, table: Table, findings: Findings) -> None:
    """The table of candidates against inputs and awards."""
    banned = set(must_not(plan))
    excluded, dependent = _linked(plan)
    stated = set()
    for row in table:
        project = row.text("project_id")
        stated.add(project)
        if not findings.hold(project in plan.facts.row_of, "unknown_project", row.place, "project_id", got=project):
            continue
        at = plan.facts.row_of[project]
        for column in ("project_name", "region", "category"):
            findings.equal(row.text(column), plan.facts.cell(at, column) or "", row.place, column)
        awards = plan.by_project.get(project, ())
        findings.equal(row.flag("funded"), bool(awards), row.place, "funded")
        findings.equal(bool(row.text("reason")), not awards, row.place, "reason")
        if awards:
            findings.equal(row.text("reason_code"), "", row.place, "reason_code")
            _check_funded(plan, row, awards[0], findings)
        else:
            _check_unfunded(plan, row, project, findings)
            code = row.text("reason_code")
            findings.hold(code in REASONS, "reason_unknown", row.place, "reason_code", got=code)
            for name, members in (("locked_out", banned), ("exclusive_with", excluded), ("dependency", dependent)):
                findings.hold(code != name or project in members, "reason_untrue", row.place, "reason_code", got=code)
    for project in plan.facts.row_of:
        findings.hold(project in stated, "row_missing", table.place, "project_id", got=project)


def _linked(plan: Plan) -> tuple[set[str], set[str]]:
    """Projects that a funded one excludes, and projects that need or belong to others."""
    excluded: set[str] = set()
    dependent: set[str] = set()
    for _, rule in rules(plan):
        rivals = [*(rule.excludes or ()), *(rule.one_of or ())]
        if any(project in plan.by_project for project in rivals):
            excluded.update(rivals)
        dependent.update([*(rule.requires or ()), *(rule.all_or_none or ()), *(rule.same_instrument or ())])
    return excluded, dependent


def _check_funded(plan: Plan, row: Row, award: Award, findings: Findings) -> None:
    stated = {"instrument": award.instrument, "option": award.option, "start_year": str(award.start)}
    for column, value in stated.items():
        findings.equal(row.text(column), value, row.place, column)
    for column, amount in {"award": award.award, **award.measures}.items():
        findings.equal(plan.money.to_unit(row.fen(column)), plan.money.to_unit(amount), row.place, column)


def _check_unfunded(plan: Plan, row: Row, project: str, findings: Findings) -> None:
    option, eligible = row.text("option"), row.text("reason_code") != "not_eligible"
    findings.equal(bool(option), eligible, row.place, "option")
    if not option:
        for column in ("instrument", "start_year", "award", *MEASURES):
            findings.equal(row.text(column), "", row.place, column)
        anything = next(iter(plan.offers.every(project)), None)
        findings.hold(anything is None, "reason_untrue", row.place, "reason_code", got=row.text("reason_code"))
        return
    try:
        offer: Offer = plan.offers.offer(project, option, committed=False)
    except NotOffered as reason:
        findings.hold(False, reason.key, row.place, "option", **reason.values)
        return
    findings.equal(row.text("instrument"), offer.instrument, row.place, "instrument")
    findings.equal(row.whole("start_year"), offer.start, row.place, "start_year")
    for column, amount in {"award": offer.award, **offer.measures}.items():
        findings.equal(plan.money.to_unit(row.fen(column)), plan.money.to_unit(amount), row.place, column)
