"""The tables of a run folder: columns and their types as the data dictionary has them, keys, and when a table is there."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from allocator.tables.files.columns import Column, dictionary
from allocator.tables.measures import INVESTMENTS

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config


class Table(NamedTuple):
    """One table of a run folder."""

    name: str
    keys: tuple[str, ...]
    """Columns whose values together no two rows share."""
    when: str
    """Key of the config that asks for it; blank: always there; `beside`: checked where it is there."""


def table(name: str, keys: str, when: str = "") -> Table:
    """A table, its keys apart by spaces."""
    return Table(name, tuple(keys.split()), when)


BESIDE: Final = "beside"
TABLES: Final = {
    each.name: each
    for each in (
        table("awards", "project_id option"),
        table("payments", "project_id option source year"),
        table("projects", "project_id"),
        table("limits", "limit group unit"),
        table("totals", "dimension key year source measure"),
        table("screening", "project_id instrument rule value"),
        table("outcomes", "outcome", "uncertainty"),
        table("falls", "fall", "robust"),
        table("debt", "region year", "debt"),
        table("cover", "project_id", "debt"),
        table("flags", "flag scope", "flags"),
        table("moved", "project_id", "previous"),
        table("benchmarks", "benchmark figure dimension key", "benchmarks"),
        table("realisation", "value", "progress"),
        table("delivered", "instrument", "progress"),
        table("scores", "project_id", "upgrading"),
        table("closing", "project_id", "closing"),
        table("benchmark_awards", "benchmark project_id option", "benchmarks"),
        table("benchmark_payments", "benchmark project_id option source year", "benchmarks"),
        table("certificate", "stage leaf kind rule member unit", BESIDE),
        table("ranges", "parameter setting", BESIDE),
        table("sensitivity", "parameter setting", BESIDE),
    )
}
ALWAYS: Final = tuple(each.name for each in TABLES.values() if not each.when)
SERVICE_COLUMNS: Final = ("service_cap", "service_headroom")
SHORTFALL_COLUMNS: Final = ("shortfall", "shortfall_pv")
OTHER_DEBT: Final = ("other_debt",)
OPTIONAL: Final = frozenset({*SERVICE_COLUMNS, *SHORTFALL_COLUMNS, *OTHER_DEBT})
"""Columns at the end of a table that are there only with a key of the config."""
BY_SOURCE: Final = ("awards", "benchmark_awards")
"""Tables with one more column of money for every source."""
TEXTS: Final = frozenset({"id", "name", "text"})
MONEY: Final = frozenset({"award", "payment", "budget", "opening", "carry", "lapse", "tail", "upgrading", *INVESTMENTS})
"""Measures of a plan's totals that are money."""


@cache
def columns(name: str) -> tuple[str, ...]:
    """The columns that a table always has, in their order."""
    return tuple(column for column in documented(name) if column not in OPTIONAL and not column.startswith("<"))


@cache
def texts(name: str) -> frozenset[str]:
    """The columns of a table that are texts; all others are numbers."""
    return frozenset(column.name for column in documented(name).values() if column.type in TEXTS)


@cache
def money(name: str) -> frozenset[str]:
    """The columns of a table that are exact amounts of money, those by source left out."""
    return frozenset(column.name for column in documented(name).values() if column.type == "money")


def documented(name: str) -> dict[str, Column]:
    """Every column that a table may have, as the data dictionary describes it."""
    return dict(dictionary()[f"{name}.csv"])


def tables_of(config: Config) -> tuple[str, ...]:
    """The tables that a plan of this config must have."""
    asked = (each for each in TABLES.values() if each.when != BESIDE)
    return tuple(each.name for each in asked if not each.when or getattr(config, each.when) is not None)


def columns_by_config(config: Config) -> dict[str, tuple[str, ...]]:
    """Columns at the end of a table that are there only with a key of the config."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(BY_SOURCE, tuple(config.sources))
    bonds = [source.bond for source in config.sources.values() if source.bond is not None]
    if config.debt is not None and config.debt.service is not None:
        found["debt"] = SERVICE_COLUMNS
    if any(bond.shortfall == "yearly" for bond in bonds):
        found["debt"] = (*found.get("debt", ()), *SHORTFALL_COLUMNS)
    if any(bond.other_debt is not None for bond in bonds):
        found["cover"] = OTHER_DEBT
    if config.upgrading is not None:
        found["scores"] = tuple(config.upgrading.criteria)
    return found
