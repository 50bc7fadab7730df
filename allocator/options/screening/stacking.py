"""Rules against stacking: which packages they leave, whom they exclude, what they cut, and one award per legal entity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pandas as pd

from allocator.config.keys.plan import Config, Limit
from allocator.config.keys.stacking import Earlier
from allocator.config.rules.package_rules import JOINT
from allocator.messages import Message
from allocator.money.arrays import Flags, Floats, is_nan
from allocator.money.rounding import integers
from allocator.options.candidates import Candidates
from allocator.options.instruments.entitlement import Entitlement
from allocator.tables.conditions import normal, unknown
from allocator.tables.earlier_table import ROLE, YEAR

ONE_PER_ENTITY: Final = "stacking.one_per_entity"
EARLIER: Final = "stacking.earlier"
SUPPORTED: Final = ("other_public", "bond_issued")
"""Columns of public money that counts besides the award."""


def stacking_problems(pool: Candidates) -> Iterator[Message]:
    """Columns that the rules need and the project table does not have."""
    rules = pool.config.stacking
    needed: list[tuple[str, str]] = []
    if rules.one_per_entity is not None:
        needed.append((rules.one_per_entity.by, "one_per_entity.by"))
    if rules.national is not None:
        needed.append((rules.national.column, "national.column"))
    if rules.earlier is not None:
        needed.append((rules.earlier.by, "earlier.by"))
    if rules.public_share is not None:
        needed.append(("fixed_investment", "public_share"))
    for column, key in needed:
        if column not in pool.names:
            path = f"stacking.{key}"
            yield unknown("attribute", column, pool.names, path, pool.loaded.place(path))
        elif key == "national.column" and not tells_support(pool, column):
            path = f"stacking.{key}"
            yield Message("options.not_an_amount", {"got": column}, pool.loaded.place(path), path)


def tells_support(pool: Candidates, column: str) -> bool:
    """Whether a column holds amounts, or only yes and no."""
    return pool.is_numeric(column) or {normal(value) for value in np.unique(pool.column(column))} <= {"", "0", "1"}


def packages_left(config: Config) -> Iterator[tuple[int, list[str], str]]:
    """Number and instruments of every package, with the rule that forbids it ('' when none does)."""
    rules = config.stacking
    for number, package in enumerate(config.packages):
        broken = [f"stacking.exclusive.{n}" for n, keys in enumerate(rules.exclusive) if len({*keys} & {*package}) > 1]
        one = rules.one_per_entity
        if one is not None and sum(one.covers(key) for key in package) > 1:
            broken.append(ONE_PER_ENTITY)
        yield number, package, next(iter(broken), "")


def allowed_packages(pool: Candidates, notices: list[Message]) -> list[list[str]]:
    """The packages that no rule forbids; the others are noted."""
    left = []
    for number, package, rule in packages_left(pool.config):
        if rule:
            path = f"packages.{number}"
            values = {"package": JOINT.join(package), "rule": rule}
            notices.append(Message("options.package_forbidden", values, pool.loaded.place(path), path))
        else:
            left.append(package)
    return left


def supported(values: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which cells say that there is national support: a number above zero, or a flag that is set."""
    if getattr(values.dtype, "kind", "O") in "fiub":
        return np.asarray(values > 0)
    codes, found = pd.factorize(np.asarray(values, dtype=object))
    return np.array([*(_positive(normal(value)) for value in found), False])[codes]


def supported_before(pool: Candidates, rule: Earlier) -> tuple[Flags, Any]:
    """Projects of those who had support in the years before, and by what each is known."""
    table, first = pool.inputs.extra[ROLE], pool.config.years[0]
    counts = table[YEAR].isna() | (table[YEAR] >= first - rule.years)
    names = {normal(name) for name in table.loc[counts, rule.by]}
    cells = pool.column(rule.by)
    known = np.array([normal(cell) in names for cell in cells], dtype=bool)
    return known & ~pool.blank(rule.by), cells


def _positive(form: str) -> bool:
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", form) is not None and Decimal(form) > 0


def room(pool: Candidates) -> Floats:
    """What may still be awarded to each project under the ceiling of public money: whole fen, nothing below zero."""
    rule = pool.config.stacking.public_share
    assert rule is not None
    share, fixed = Fraction(rule.max), np.nan_to_num(pool.fen("fixed_investment"))
    most = integers(np.maximum(fixed, 0), share.numerator) * share.numerator // share.denominator
    left = most.astype(np.float64) - sum(np.nan_to_num(pool.fen(name)) for name in SUPPORTED)
    return np.maximum(left, 0)


def cut(entitlement: Entitlement, left: Floats) -> Entitlement:
    """Entitlements of at most ``left`` fen."""
    most = integers(left, entitlement.denominator) * entitlement.denominator
    return Entitlement(np.minimum(entitlement.numerator, most), entitlement.denominator)


def stacking_limits(config: Config, projects: pd.DataFrame) -> Iterator[Limit]:
    """One award for every legal entity with several projects, in every start year, as a limit."""
    rule = config.stacking.one_per_entity
    if rule is None:
        return
    repeated = several(projects[rule.by].to_numpy())
    if repeated:
        where = {rule.by: repeated} | ({"instrument": rule.instruments} if rule.instruments else {})
        yield Limit(name=ONE_PER_ENTITY, measure="count", where=where, each=[rule.by, "year"], max=1)


def several(cells: Iterable[object]) -> list[str]:
    """The values that more than one project has, in normal form."""
    forms = pd.Series([normal(cell) for cell in cells if not (cell is None or is_nan(cell))], dtype=object)
    counts = forms[forms != ""].value_counts()
    return sorted(str(value) for value in counts.index[counts > 1])
