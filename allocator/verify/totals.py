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
SUMMED = ("award", "payment", "count", *MEASURES)


Key = tuple[str, str, str, str, str]


def check_totals(plan: Plan, accounts: Mapping[str, Account], table: Table, findings: Findings) -> None:
    """Every total that is stated is right, and none that a reader looks for is missing."""
    known: dict[tuple[object, ...], Mapping[tuple[str, ...], Fraction]] = {}
    needed = {**_sums(plan), **_flows(plan, accounts)}
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


def _flows(plan: Plan, accounts: Mapping[str, Account]) -> dict[Key, None]:
    """Rows for every source and year; years after the plan up to the last payment."""
    rows: dict[Key, None] = {}
    for name, account in accounts.items():
        for year in plan.years:
            first = ("opening",) if year == plan.years[0] else ()
            rows.update(
                {
                    ("source", name, str(year), name, flow): None
                    for flow in ("payment", "budget", "carry", "lapse", *first)
                }
            )
        for year in account.tail:
            rows.update({("source", name, str(year), name, flow): None for flow in ("payment", "tail")})
    return rows


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
