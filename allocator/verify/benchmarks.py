"""What a plan is held against: its own side is what it says elsewhere, and nothing that keeps the rules beats its bound."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from allocator.verify.findings import plain
from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Row, Table

SHARE = Fraction(1, 10**6)
"""Fineness of the share of a benchmark's effect that less money reaches."""


def check_benchmarks(plan: Plan, stated: Mapping[str, Any], table: Table, findings: Findings) -> None:
    """Every row: the plan's side, the gain, and that no benchmark is worth more than any plan can be."""
    sign = 1 if plan.config.minimise is None else -1  # what is spent counts as a loss beside a benchmark
    objective, bound = (sign * Fraction(str(stated[name])) for name in ("objective", "bound"))
    told = set()
    for row in table:
        told.add(row.text("benchmark"))
        ours, other, gain = (amount(row, name) for name in ("plan", "other", "gain"))
        if row.text("figure") == "share_reached":
            close = other is None or ours is None or gain is None or abs(gain - ours / other) <= SHARE
            findings.hold(close, "differs", row.place, "gain", stated=row.text("gain"), recomputed="plan ÷ other")
            continue
        expected = objective if row.text("figure") == "objective" else own(plan, row)
        if expected is not None:
            findings.hold(
                ours == expected, "differs", row.place, "plan", stated=row.text("plan"), recomputed=plain(expected)
            )
        if ours is not None and other is not None:
            findings.hold(
                gain == ours - other,
                "differs",
                row.place,
                "gain",
                stated=row.text("gain"),
                recomputed=plain(ours - other),
            )
        if row.text("figure") == "objective" and other is not None:
            better = abs(bound) * Fraction(1, 10**9) + bound
            findings.hold(other <= better, "beats_bound", row.place, "other", got=row.text("other"))
    for name in plan.config.benchmarks or ():
        findings.hold(name in told, "row_missing", table.place, "benchmark", got=name)


def amount(row: Row, column: str) -> Fraction | None:
    """A number, or nothing."""
    text = row.text(column)
    return Fraction(text) if text else None


def own(plan: Plan, row: Row) -> Fraction | None:
    """What the plan's awards say of a figure; None for what payments alone tell."""
    figure, dimension, key = row.text("figure"), row.text("dimension"), row.text("key")
    unit = plan.money.fen_per_unit
    awards = [
        award for award in plan.awards if dimension == "all" or str(plan.facts.cell(award.at, "region") or "") == key
    ]
    if figure == "funded":
        return Fraction(len({award.project for award in awards}))
    if figure == "payment":
        return Fraction(sum(a for award in plan.awards for (s, _), a in award.paid.items() if s == key), unit)
    if figure == "award":
        return Fraction(sum(award.award for award in awards), unit)
    return Fraction(sum(award.measures[figure] for award in awards), unit) if figure in MEASURES else None
