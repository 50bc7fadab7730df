"""How often projects of the previous plan were realised, counted again, with exact shares and intervals."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from allocator.verify.facts import Facts, exact, half_up, normal

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config.keys.plan import Config

PLACES = 10**4
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
