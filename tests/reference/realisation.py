"""The table of realised shares, worked out again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING

from allocator.verify.facts import listed, normal
from allocator.verify.leverage import counted_by, counts, four_places

if TYPE_CHECKING:
    import pandas as pd

    from allocator.verify.leverage import Leveraging
    from allocator.verify.stored import Findings, Row, Table

QUANTILE = Fraction("1.959963984540054")
FINE = 10**40


def interval(realised: int, projects: int) -> tuple[Fraction, Fraction]:
    """Wilson's interval of 95 %: (2r + z² ∓ z·√(z² + 4r(n − r)/n)) ÷ 2(n + z²)."""
    square = QUANTILE**2
    inside = (square + Fraction(4 * realised * (projects - realised), projects)) * FINE**2
    root = Fraction(isqrt(inside.numerator // inside.denominator), FINE)
    low, high = ((2 * realised + square + sign * QUANTILE * root) / (2 * (projects + square)) for sign in (-1, 1))
    return low, high


def check_realisation(
    leveraging: Leveraging, extra: Mapping[str, pd.DataFrame], table: Table, findings: Findings
) -> None:
    """Every value that is listed or was counted has its line, and the plan uses what the line says."""
    config = leveraging.config
    counted = counts(config, leveraging.facts, extra)
    factor = config.leverage.realisation
    by = counted_by(config)
    comparable = factor is not None and by == listed(factor.by)
    values = leveraging.values("realisation") if comparable else {}
    rows = {tuple(normal(part) for part in row.text("value").split(" / ")): row for row in table}
    for key in {*counted, *values}:
        row = rows.pop(key, None)
        if not findings.hold(row is not None, "row_missing", table.place, "value", got=" / ".join(key)):
            continue
        assert row is not None
        projects, realised = counted.get(key, (0, 0))
        findings.equal(row.whole("projects"), projects, row.place, "projects")
        findings.equal(row.whole("realised"), realised, row.place, "realised")
        ends = [Fraction(realised, projects), *interval(realised, projects)] if projects else [None] * 3
        for column, value in zip(("estimate", "low", "high"), ends, strict=True):
            _same(row, column, None if value is None else four_places(value), findings)
        seen = factor is not None and factor.from_ == "progress" and projects >= factor.least
        source = "progress" if seen else "assumed" if factor is None else "config"
        findings.equal(row.text("source"), source, row.place, "source")
        default = factor.default if comparable and factor is not None else None
        otherwise = values.get(key, None if default is None else Fraction(default))
        taken = four_places(Fraction(realised, projects)) if seen else Fraction(1) if factor is None else otherwise
        _same(row, "used", taken, findings)
    for row in rows.values():
        findings.hold(False, "not_expected", table.place, "value", got=row.text("value"))


def _same(row: Row, column: str, expected: Fraction | None, findings: Findings) -> None:
    stated = row.text(column)
    value = None if stated == "" else Fraction(row.plain(column))
    findings.equal(value, expected, row.place, column)
