"""How often projects of the previous plan were realised, counted again, with exact shares and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any

from allocator.verify.facts import Facts, exact, half_up, normal

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.plan import Config
    from allocator.verify.findings import Findings
    from allocator.verify.leverage import Leveraging
    from allocator.verify.stored import Row, Table

QUANTILE = Fraction("1.959963984540054")
PLACES = 10**4
FINE = 10**40
"""Roots are taken to this many parts of one."""
Key = tuple[str, ...]
Count = tuple[int, int]
"""Projects, and how many of them were realised."""


def counted_by(config: Config) -> list[str]:
    """Attributes of the probability; the stage where it has none or goes by the instrument."""
    factor = config.leverage.realisation
    by = [] if factor is None else [factor.by] if isinstance(factor.by, str) else list(factor.by)
    return by if by and "instrument" not in by else ["stage"]


def counts(config: Config, facts: Facts, further: Mapping[str, pd.DataFrame]) -> dict[Key, Count]:
    """Every value with the projects of the previous plan whose end is known."""
    if "progress" not in further or "previous.awards" not in further:
        return {}
    progress = {str(row["project_id"]): row for row in further["progress"].to_dict("records")}
    starts: dict[str, int] = {}
    for project, start in further["previous.awards"][["project_id", "start_year"]].itertuples(index=False, name=None):
        starts[str(project)] = min(int(start), starts.get(str(project), int(start)))
    found: dict[Key, Count] = {}
    for project, start in starts.items():
        told = progress.get(project)
        if told is None:
            continue
        begun = bool(told["started"] or told["completed"] or told["in_production"]) and not told["failed"]
        if not (begun or told["failed"] or start < config.years[0]):
            continue  # not due yet
        key = tuple(_value(facts, told, project, name) for name in counted_by(config))
        if all(key):
            projects, realised = found.get(key, (0, 0))
            found[key] = (projects + 1, realised + begun)
    return found


def _value(facts: Facts, told: Mapping[Any, Any], project: str, name: str) -> str:
    """An attribute in normal form: as the progress has it, else as the project table."""
    cell = exact(told.get(name))
    if cell is None and project in facts.row_of:
        cell = facts.cell(facts.row_of[project], name)
    return "" if cell is None else normal(cell)


def used(config: Config, facts: Facts, further: Mapping[str, pd.DataFrame]) -> dict[Key, Fraction]:
    """The shares that take the place of the config's values; none unless it asks for them."""
    factor = config.leverage.realisation
    if factor is None or factor.from_ != "progress":
        return {}
    found = counts(config, facts, further).items()
    return {key: four_places(Fraction(r, n)) for key, (n, r) in found if n >= factor.least}


def four_places(value: Fraction) -> Fraction:
    """Rounded half up to 4 decimals."""
    return Fraction(half_up(value * PLACES), PLACES)


def interval(realised: int, projects: int) -> tuple[Fraction, Fraction]:
    """Wilson's interval of 95 %: (2r + z² ∓ z·√(z² + 4r(n − r)/n)) ÷ 2(n + z²)."""
    square = QUANTILE**2
    inside = (square + Fraction(4 * realised * (projects - realised), projects)) * FINE**2
    root = Fraction(isqrt(inside.numerator // inside.denominator), FINE)
    low, high = ((2 * realised + square + sign * QUANTILE * root) / (2 * (projects + square)) for sign in (-1, 1))
    return low, high


def check_realisation(
    leveraging: Leveraging, further: Mapping[str, pd.DataFrame], table: Table, findings: Findings
) -> None:
    """Every value that is listed or was counted has its line, and the plan uses what the line says."""
    config = leveraging.config
    counted = counts(config, leveraging.facts, further)
    factor = config.leverage.realisation
    by = counted_by(config)
    comparable = factor is not None and by == ([factor.by] if isinstance(factor.by, str) else list(factor.by))
    listed = leveraging.listed("realisation") if comparable else {}
    rows = {tuple(normal(part) for part in row.text("value").split(" / ")): row for row in table}
    for key in {*counted, *listed}:
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
        otherwise = listed.get(key, None if default is None else Fraction(default))
        taken = four_places(Fraction(realised, projects)) if seen else Fraction(1) if factor is None else otherwise
        _same(row, "used", taken, findings)
    for row in rows.values():
        findings.hold(False, "not_expected", table.place, "value", got=row.text("value"))


def _same(row: Row, column: str, expected: Fraction | None, findings: Findings) -> None:
    stated = row.text(column)
    value = None if stated == "" else Fraction(row.plain(column))
    findings.equal(value, expected, row.place, column)
