"""Who may have what, and why not: decided before optimising, every exclusion kept with rule, value and threshold.

Rules: `start_after_horizon`, `committed`, `where.<attribute>`, `base_missing`, `cell_missing`, `award_min`, `tail`, and
those of a kind (`min_loan`, `client_amount`); `bond_use`; `gate.<name>.<column>`, `gate.capital`; `debt.tier`; `stacking.national`, `stacking.earlier`;
and `public_share`, which cuts an entitlement
(value) to what may still be awarded (threshold). Thresholds of conditions are written as in the config: `true`, `[a, b]`, `{min: 100000, not: c}`; money in the config's unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.config.keys.instruments import Bond, Instrument
from allocator.config.keys.parts import Condition, Range
from allocator.config.rules.bond_money import ENTERPRISE, columns_of, is_enterprise, paid_by_bonds
from allocator.messages import Message
from allocator.money.arrays import Flags, Rows
from allocator.options.candidates import Candidates
from allocator.options.screening.capital import capital_problems
from allocator.options.screening.gates import CAPITAL, failed_capital, failed_conditions, gate_problems
from allocator.options.screening.stacking import EARLIER, stacking_problems, supported, supported_before
from allocator.tables.conditions import holds, normal, unknown, where_problems

COLUMNS: Final = ["project_id", "instrument", "rule", "value", "threshold"]


TIER: Final = "debt.tier"
CONTINUING: Final = "bond_issued > 0"


class Screening:
    """Exclusions as they are found."""

    def __init__(self, pool: Candidates) -> None:
        self._ids = pool.inputs.projects["project_id"].to_numpy(dtype=object)
        self._parts: list[pd.DataFrame] = []

    def exclude(self, rows: Rows, instrument: Any, rule: str, value: Any, threshold: Any) -> None:
        """Keep that projects ``rows`` fail ``rule``; the others are one text for all or one per row."""
        if len(rows):
            parts = {"row": rows, "instrument": instrument, "rule": rule, "value": value, "threshold": threshold}
            self._parts.append(pd.DataFrame(parts))

    def table(self) -> pd.DataFrame:
        """All exclusions by project, instrument and rule, as text."""
        if not self._parts:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
        whole = pd.concat(self._parts, ignore_index=True)
        whole = whole.sort_values(["row", "instrument", "rule"], kind="stable", ignore_index=True)
        return whole.assign(project_id=self._ids[whole["row"].to_numpy()])[COLUMNS]


def screen(pool: Candidates, key: str, instrument: Instrument, open_to: Flags, found: Screening) -> Rows:
    """The projects that meet every condition of an instrument and have what it is computed from; the rest go to ``found``."""
    result = open_to.copy()
    for attribute, condition in instrument.where.items():
        values = pool.column(attribute)
        fails = np.flatnonzero(open_to & ~holds(condition, values))
        found.exclude(fails, key, f"where.{attribute}", texts(values[fails]), written(condition))
        result[fails] = False
    if key in paid_by_bonds(pool.config):
        category = np.asarray(pool.column("category"), dtype=object)
        fails = np.flatnonzero(open_to & np.array([is_enterprise(str(value)) for value in category], dtype=bool))
        found.exclude(fails, key, "bond_use", category[fails], ";".join(ENTERPRISE))
        result[fails] = False
    result &= ~_at_gates(pool, key, open_to, found)
    national = pool.config.stacking.national
    if national is not None and national.covers(key):
        values = pool.column(national.column)
        fails = np.flatnonzero(open_to & supported(values))
        found.exclude(fails, key, "stacking.national", texts(values[fails]), f"{national.column}: 0")
        result[fails] = False
    earlier = pool.config.stacking.earlier
    if earlier is not None and earlier.covers(key):
        before, known = supported_before(pool, earlier)
        fails = np.flatnonzero(open_to & before)
        found.exclude(fails, key, EARLIER, texts(known[fails]), str(pool.config.years[0] - earlier.years))
        result[fails] = False
    left = result.copy()
    for column, asked_by in columns_of(instrument, pool.config).items():
        blank = pool.blank(column)
        rule = "base_missing" if asked_by == "base" else "cell_missing"
        found.exclude(np.flatnonzero(result & blank), key, rule, "", column)
        left &= ~blank
    return np.flatnonzero(left)


def _at_gates(pool: Candidates, key: str, open_to: Flags, found: Screening) -> Flags:
    """Projects that do not pass a gate."""
    stopped = np.zeros(pool.size, dtype=bool)
    for rule, column, fails, condition in failed_conditions(pool, key):
        rows = np.flatnonzero(open_to & fails)
        needed = condition if isinstance(condition, str) else written(condition)
        found.exclude(rows, key, rule, texts(pool.column(column)[rows]), needed)
        stopped[rows] = True
    rows, ratios, least = failed_capital(pool, key, open_to)
    found.exclude(rows, key, CAPITAL, ratios, least)
    stopped[rows] = True
    rows = np.flatnonzero(open_to & barred_tiers(pool, key))
    if len(rows) and pool.config.debt is not None:
        found.exclude(rows, key, TIER, texts(pool.column(str(pool.config.debt.grade))[rows]), CONTINUING)
        stopped[rows] = True
    return stopped


def instrument_problems(pool: Candidates) -> list[Message]:
    """Instruments that speak of columns or values the project table does not have."""
    problems = [*stacking_problems(pool), *gate_problems(pool), *debt_problems(pool), *capital_problems(pool)]
    for key, instrument in pool.config.instruments.items():
        path = f"instruments.{key}"
        problems += where_problems(instrument.where, pool.column, pool.names, f"{path}.where", pool.loaded.place)
        for column, asked_by in columns_of(instrument, pool.config).items():
            if column != "end_ym" and not pool.is_numeric(column):
                problems.append(_base_problem(pool, f"{path}.{asked_by}", column))
            elif column not in pool.names:
                where = pool.loaded.place(f"{path}.{asked_by}")
                problems.append(unknown("attribute", column, pool.names, f"{path}.{asked_by}", where))
        for index, column in enumerate(instrument.award.phases):
            if not pool.is_numeric(column):
                problems.append(_base_problem(pool, f"{path}.award.phases.{index}", column))
    return problems


def texts(values: Any) -> NDArray[Any]:
    """Each value as a planner reads it: numbers without exponent or trailing zeros, '' for blank."""
    if getattr(values.dtype, "kind", "O") not in "fiub":
        return np.asarray(values, dtype=object)
    codes, found = pd.factorize(np.asarray(values, dtype=np.float64))
    return np.array([*(normal(value) for value in found), ""], dtype=object)[codes]


def written(condition: Condition) -> str:
    """A condition as the config writes it."""
    if isinstance(condition, Range):
        parts = {"min": condition.min, "max": condition.max, "not": condition.not_, "begins": condition.begins}
        return "{" + ", ".join(f"{name}: {_literal(value)}" for name, value in parts.items() if value is not None) + "}"
    return _literal(condition)


def listed(names: Iterable[object]) -> str:
    """Several names in one cell."""
    return ";".join(map(str, names))


def _literal(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return normal(value) if isinstance(value, int | Decimal) else str(value)


def _base_problem(pool: Candidates, path: str, base: str) -> Message:
    where = pool.loaded.place(path)
    if base in pool.names:
        return Message("options.base_not_number", {"got": base}, where, path)
    numeric = [name for name in pool.names if pool.is_numeric(name)]
    return unknown("attribute", base, numeric, path, where)


def barred_tiers(pool: Candidates, key: str) -> Flags:
    """Projects that an instrument may give no bonds, since nobody new may have any where they are."""
    debt = pool.config.debt
    barred = np.zeros(pool.size, dtype=bool)
    if debt is None or debt.grade is None or not isinstance(pool.config.instruments[key], Bond):
        return barred
    grades: Any = [grade for grade, share in debt.tiers.items() if not share]
    if grades:
        barred = holds(grades, pool.column(debt.grade)) & ~(np.nan_to_num(pool.fen("bond_issued")) > 0)
    return barred


def debt_problems(pool: Candidates) -> Iterator[Message]:
    """Columns that `debt` and the terms of bonds name and that are not there, or hold no numbers."""
    debt, place = pool.config.debt, pool.loaded.place
    named: list[tuple[str, str | None, bool]] = [
        (f"sources.{name}.bond.other_debt", source.bond.other_debt, True)
        for name, source in pool.config.sources.items()
        if source.bond is not None
    ]
    if debt is not None:
        of_service = None if debt.service is None else debt.service.max_from
        named += [
            ("debt.by", debt.by, False), ("debt.room", debt.room_column, True), ("debt.grade", debt.grade, False),
            ("debt.last", debt.last, True), ("debt.service.max_from", of_service, True),
        ]  # fmt: skip
    for path, column, number in named:
        if column is not None and column not in pool.names:
            yield unknown("attribute", column, pool.names, path, place(path))
        elif column is not None and number and not pool.is_numeric(column):
            yield Message("options.base_not_number", {"got": column}, place(path), path)
