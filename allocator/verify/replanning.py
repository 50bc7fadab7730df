"""The new plan against the approved one: what was begun is paid out, what failed has nothing, and what moved is told."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from allocator.tables.previous_plan import FAILED, REALISED, approved, to_keep
from allocator.verify.bounds import Bound
from allocator.verify.moved import check_moves

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.keys.plan import Config
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Table


def stability(plan: Plan, further: Mapping[str, pd.DataFrame]) -> list[Bound]:
    """The line of the limit table that says how much of the approved awards is kept; none without a price."""
    kept, price = to_keep(plan.config, further), plan.config.stability
    if price is None or plan.config.previous is None:
        return []
    now: dict[str, int] = {}
    for award in plan.awards:
        if not award.committed:
            now[award.project] = now.get(award.project, 0) + award.award
    moved = sum(abs(now.get(project, 0) - kept.get(project, 0)) for project in {*now, *kept})
    unit = plan.money.fen_per_unit
    lower = Fraction(sum(kept.values()), unit)
    value = lower - Fraction(moved, unit)
    name, missed = plan.money.name, Fraction(moved, unit)
    return [Bound("stability", (), "award", name, value, lower, None, missed, Fraction(price), value - lower)]


def check_replanning(
    plan: Plan,
    further: Mapping[str, pd.DataFrame],
    tables: Mapping[str, Table],
    manifest: Mapping[str, Any],
    findings: Findings,
) -> None:
    """Each source has paid an award that was begun in full by the end; failed ones get nothing; moves are as told."""
    before = approved(plan.config, further)
    progress = {str(row["project_id"]): row for row in further.get("progress", _nothing()).to_dict("records")}
    planned: dict[tuple[str, str, str], int] = {}
    for row in further["previous.payments"].to_dict("records"):
        key = (str(row["project_id"]), str(row["option"]), str(row["source"]))
        if key[2] in plan.config.sources:
            planned[key] = planned.get(key, 0) + int(row["amount"])
    paid_now = {(a.project, a.option): a.paid for a in plan.awards}
    since = since_of(plan.config, further)
    for award in before:
        known = award.project in plan.facts.row_of
        if award.state == FAILED and known:
            must = award.project in plan.config.locks.must_fund
            stays = must or award.project not in plan.by_project
            findings.hold(stays, "must_not_funded", "awards.csv", "", project=award.project)
    begun: dict[str, list[str]] = {}
    for award in before:
        if award.state == REALISED and award.project in plan.facts.row_of:
            begun.setdefault(award.project, []).append(award.option)
    for project, options in begun.items():
        for source in plan.config.sources:
            told = _told(progress.get(project, {}), source, since.get(project, 0))
            if told:
                due = max(0, sum(planned.get((project, option, source), 0) for option in options) - sum(told))
                paid = [paid_now.get((project, option), {}).items() for option in options]
                now = sum(amount for rows in paid for (payer, _), amount in rows if payer == source)
                findings.same_fen(now, due, plan.money, "awards.csv", f"{project}: {source}")
    check_moves(plan, before, tables, manifest, findings)


def since_of(config: Config, further: Mapping[str, pd.DataFrame]) -> dict[str, int]:
    """Project that was committed before → the previous plan's first year, from which on what was paid counts."""
    awards = further["previous.awards"].to_dict("records")
    years = [config.years[0] - 1, *(int(year) for year in further["previous.payments"]["year"])]
    years += [int(row["start_year"]) for row in awards if not row["committed"]]
    return {str(row["project_id"]): min(years) for row in awards if row["committed"]}


def _told(progress: Mapping[Any, Any], source: str, since: int) -> list[int]:
    """What the source has paid, by the columns of the years that count; nothing where none speaks of it."""
    parts = ((str(name).rpartition("@"), cell) for name, cell in progress.items())
    return [int(cell) for (payer, _, year), cell in parts if payer == source and int(year) >= since]


def _nothing() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame()
