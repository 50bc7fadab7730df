"""The table of totals, every figure added up again from the funded rows and the replayed accounts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.verify.facts import normal
from allocator.verify.findings import plain
from allocator.verify.measures import Question, by_group
from allocator.verify.stored import KEYS, MEASURES

if TYPE_CHECKING:
    from allocator.verify.findings import Findings
    from allocator.verify.payments import Account
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Row, Table

GROUPED = ("region", "category", "instrument")
FLOWS = ("budget", "opening", "carry", "lapse", "tail")
FARTHEST = 100
"""Years after the plan that a payment may be away."""
SUMMED = ("award", "payment", "count", *MEASURES)


Key = tuple[str, str, str, str, str]


def check_totals(plan: Plan, accounts: Mapping[str, Account], table: Table, findings: Findings) -> None:
    """Every total that is stated is right, and none that a reader looks for is missing."""
    known: dict[tuple[object, ...], Mapping[tuple[str, ...], Fraction]] = {}
    needed = {**_sums(plan), **_flows(plan, accounts, _last_year(plan, table))}
    for row in table:
        dimension, key, year, source, measure = (row.text(column) for column in KEYS["totals"])
        needed.pop((dimension, _in_normal_form(dimension, key), year, source, measure), None)
        value = _value(plan, accounts, row, known)
        if findings.hold(value is not None, "not_expected", row.place, "dimension/key", got=_key(row)):
            stated = Fraction(row.number("value"))
            findings.hold(
                stated == value, "differs", row.place, "value", stated=row.text("value"), recomputed=plain(value)
            )
    for missing in needed:
        findings.hold(False, "row_missing", table.place, "dimension/key", got=" / ".join(missing))


def _sums(plan: Plan) -> dict[Key, None]:
    """Rows for the whole plan and for every group that gets something."""
    groups = {("all", "")}
    for award in plan.awards:
        groups.add(("year", str(award.start)))
        for dimension in GROUPED:
            groups.add((dimension, _in_normal_form(dimension, plan.attribute(award, dimension) or "")))
    groups -= {(dimension, "") for dimension in GROUPED}
    return {(*group, "", "", measure): None for group in groups for measure in ("award", "count", *MEASURES)}


def _flows(plan: Plan, accounts: Mapping[str, Account], last: int) -> dict[Key, None]:
    """Rows for every source and year, up to ``last`` for what is paid after the plan."""
    rows: dict[Key, None] = {}
    for year in (*plan.years, *range(plan.years[-1] + 1, last + 1)):
        first = ("opening",) if year == plan.years[0] else ()
        flows = ("budget", "carry", "lapse", *first) if year in plan.years else ("tail",)
        rows |= {("source", name, str(year), name, flow): None for name in accounts for flow in ("payment", *flows)}
    return rows


def _last_year(plan: Plan, table: Table) -> int:
    """The last year in which something is paid or stated: one row after the plan calls for all of its kind."""
    paid = [year for award in plan.awards for _, year in award.paid]
    stated = [int(row.text("year")) for row in table if row.text("measure") == "tail" and row.text("year").isdigit()]
    return min(max([plan.years[-1], *paid, *stated]), plan.years[-1] + FARTHEST)


def _in_normal_form(dimension: str, key: object) -> str:
    return normal(key) if dimension in GROUPED else str(key)


def _key(row: Row) -> str:
    return " / ".join(row.text(column) for column in KEYS["totals"])


def _value(
    plan: Plan,
    accounts: Mapping[str, Account],
    row: Row,
    known: dict[tuple[object, ...], Mapping[tuple[str, ...], Fraction]],
) -> Fraction | None:
    """The figure a row should state; None for a row that means nothing."""
    dimension, key, measure = row.text("dimension"), row.text("key"), row.text("measure")
    years = {text for text in (row.text("year"), key if dimension == "year" else "") if text}
    sources = {text for text in (row.text("source"), key if dimension == "source" else "") if text}
    if (
        (not key) != (dimension == "all")
        or len(years) > 1
        or len(sources) > 1
        or not sources <= set(accounts)
        or not all(map(str.isdigit, years))
    ):
        return None
    year = int(next(iter(years))) if years else None
    if measure in FLOWS:
        return _flow(plan, accounts, measure, sources or set(accounts), year) if dimension not in GROUPED else None
    if measure not in SUMMED or dimension not in ("all", "source", "year", *GROUPED):
        return None
    if dimension in GROUPED and not key:
        return None
    each = (dimension,) if dimension in GROUPED else ()
    question = (measure, frozenset(sources), year, each)
    if question not in known:
        known[question] = by_group(plan, Question(measure, {}, frozenset(sources), year), each)
    return known[question].get((normal(key),) if each else (), Fraction(0))


def _flow(plan: Plan, accounts: Mapping[str, Account], measure: str, sources: set[str], year: int | None) -> Fraction:
    total = 0
    for name in sources:
        account = accounts[name]
        if measure == "opening":
            total += account.opening if year in (None, plan.years[0]) else 0
            continue
        by_year: Mapping[int, int] = getattr(account, measure)
        total += sum(amount for at, amount in by_year.items() if year in (None, at))
    return Fraction(total, plan.money.fen_per_unit)
