"""The table of totals, every figure added up again from the funded rows and the replayed accounts."""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING

from allocator.runs import schema
from allocator.tables.measures import MEASURES
from allocator.verify.facts import normal
from allocator.verify.measures import INVESTMENTS, months, spent
from allocator.verify.payments import flows, opened, paid_by_source

if TYPE_CHECKING:
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Findings, Table

GROUPED = ("region", "category", "instrument")
SUMMED = ("award", "count", *MEASURES)
FARTHEST = 100
"""Years after the plan that a payment may be away."""
Key = tuple[str, str, str, str, str]


def check_totals(plan: Plan, table: Table, findings: Findings) -> None:
    """Every total that is stated is right, and none is missing."""
    expected = {**_sums(plan), **_spent(plan), **_flows(plan, _last_year(plan, table))}
    for row in table:
        dimension, key, year, source, measure = (row.text(column) for column in schema.TABLES["totals"].keys)
        total = (dimension, _in_normal_form(dimension, key), year, source, measure)
        if not findings.hold(total in expected, "not_expected", row.place, "dimension/key", got=" / ".join(total)):
            continue
        if measure == "count":
            findings.equal(row.number("value"), expected.pop(total), row.place, "value")
        else:
            findings.same_fen(row.fen("value"), expected.pop(total), plan.money, row.place, "value")
    for missing in expected:
        findings.hold(False, "row_missing", table.place, "dimension/key", got=" / ".join(missing))


def _sums(plan: Plan) -> dict[Key, int]:
    """Sums over the whole plan and over every group that gets something; amounts in fen."""
    kinds: dict[tuple[object, ...], list[int]] = {}
    for award in plan.awards:
        kind = (award.start, award.committed, *(plan.attribute(award, name) for name in GROUPED))
        measures, count = award.measures, int(award.place in plan.carriers)
        figures = [award.award, count, *(measures[name] for name in MEASURES), 1]
        before = kinds.get(kind)
        kinds[kind] = figures if before is None else list(map(add, before, figures))
    sums: dict[Key, int] = {}
    for (start, committed, *cells), figures in kinds.items():
        groups = [("all", ""), ("year", str(start))]
        groups += [(name, _in_normal_form(name, cell or "")) for name, cell in zip(GROUPED, cells, strict=True)]
        for dimension, key in groups:
            for measure, figure in zip(SUMMED, figures, strict=False) if key or dimension == "all" else ():
                each_part = measure == "count" and dimension == "instrument" and not committed
                total = (dimension, key, "", "", measure)
                sums[total] = sums.get(total, 0) + (figures[-1] if each_part else figure)
    return sums or {("all", "", "", "", measure): 0 for measure in SUMMED}


def _spent(plan: Plan) -> dict[Key, int]:
    """Investment by the year in which it is spent, where profiles say so; fen."""
    found: dict[Key, int] = {}
    if not plan.config.spending:
        return found
    for award in plan.awards:
        for measure in INVESTMENTS:
            for year, amount in spent(plan, award, measure):
                key = ("spending", "", str(year), "", measure)
                found[key] = found.get(key, 0) + amount
    years = sorted(int(key[2]) for key in found)
    starts = [award.start for award in plan.awards if months(plan, award) is None]
    last = max([*years, *(start + longest(plan) - 1 for start in starts)], default=0)
    span = range(years[0], last + 1) if years else ()
    return {
        ("spending", "", str(y), "", m): found.get(("spending", "", str(y), "", m), 0)
        for y in span
        for m in INVESTMENTS
    }


def longest(plan: Plan) -> int:
    """Years of the longest profile; where there are months as well, only of those that are used."""
    spending = plan.config.spending
    if spending is None or spending.from_ == "months":
        return 1
    return max(len(profile) for profile in [*spending.profile.values(), spending.default or ()])


def _flows(plan: Plan, last: int) -> dict[Key, int]:
    """What every source has and pays in every year, up to ``last`` for what is paid after the plan; fen."""
    rows: dict[Key, int] = {}
    for name, paid in paid_by_source(plan).items():
        by_year, source = flows(plan, name, paid), plan.config.sources[name]
        for year in (*plan.years, *range(plan.years[-1] + 1, last + 1)):
            kinds = {"payment": paid.get(year, 0)}
            if year in plan.years:
                kinds["budget"] = plan.money.to_fen(plan.config.budget(name, year))
                kinds |= {"carry": by_year[year].carry, "lapse": by_year[year].lapse}
            else:
                kinds["tail"] = paid.get(year, 0)
            rows |= {("source", name, str(year), name, kind): amount for kind, amount in kinds.items()}
        rows["source", name, str(plan.years[0]), name, "opening"] = sum(opened(plan, source).values())
    return rows


def _last_year(plan: Plan, table: Table) -> int:
    """The last year in which something is paid or stated: one row after the plan calls for all of its kind."""
    paid = [year for award in plan.awards for _, year in award.paid]
    stated = [int(row.text("year")) for row in table if row.text("measure") == "tail" and row.text("year").isdigit()]
    return min(max([plan.years[-1], *paid, *stated]), plan.years[-1] + FARTHEST)


def _in_normal_form(dimension: str, key: object) -> str:
    return normal(key) if dimension in GROUPED else str(key)
