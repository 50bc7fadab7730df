"""Gates before the choice: conditions, cells that must be filled, and own capital in place."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from allocator.config.keys.capital import BY_INDUSTRY
from allocator.config.keys.parts import Condition, Where
from allocator.config.keys.screening import Capital
from allocator.messages import Message
from allocator.money.arrays import Flags, Ints
from allocator.money.rounding import as_objects
from allocator.options.candidates import Candidates
from allocator.options.screening.capital import ratios_of
from allocator.tables.conditions import holds, matches, unknown, where_problems

CAPITAL: Final = "gate.capital"
FILLED: Final = "filled"
NO_TEXT: Final = np.zeros(0, dtype=object)
PLACES: Final = 6
"""A capital ratio is shown to so many decimals, rounded down: what is below its threshold never looks as if it met it."""


def failed_conditions(pool: Candidates, key: str) -> Iterator[tuple[str, str, Flags, Condition]]:
    """Rule, column, projects that fail, and the condition, of every gate before an instrument."""
    for gate in pool.config.screening.gates:
        if not gate.covers(key):
            continue
        meant = matches(gate.where, pool.column, pool.size)
        for column, condition in gate.require.items():
            yield f"gate.{gate.name}.{column}", column, meant & ~holds(condition, pool.column(column)), condition
        for column in gate.filled:
            yield f"gate.{gate.name}.{column}", column, meant & pool.blank(column), FILLED


def failed_capital(pool: Candidates, key: str, among: Flags) -> tuple[Ints, Any, Any]:
    """Projects of ``among`` whose own capital is too small, with the ratio of each and the least one."""
    rule = pool.config.screening.capital
    if rule is None or not rule.covers(key):
        return np.zeros(0, dtype=np.int64), NO_TEXT, NO_TEXT
    least, case_of = least_ratios(pool, rule)
    whole = np.nan_to_num(pool.fen(rule.of))
    nothing = whole <= 0
    funds = sum((as_objects(np.nan_to_num(pool.fen(name))) for name in rule.funds), as_objects(np.zeros(pool.size)))
    tops, bottoms = (
        np.array([getattr(one, part) for one in least], dtype=object) for part in ("numerator", "denominator")
    )
    short = np.asarray(funds * bottoms[case_of] < as_objects(whole) * tops[case_of], dtype=bool)
    fails = among & matches(rule.where, pool.column, pool.size) & (short | nothing)
    rows = np.flatnonzero(fails)
    got = ["" if nothing[row] else shown(Fraction(funds[row], int(whole[row]))) for row in rows.tolist()]
    needed = [shown(least[case_of[row]]) for row in rows.tolist()]
    return rows, np.array(got, dtype=object), np.array(needed, dtype=object)


def least_ratios(pool: Candidates, rule: Capital) -> tuple[list[Fraction], Ints]:
    """Different least ratios, and which of them is for each project: the first case that is, else the general one."""
    least, case_of = [Fraction(case.min) for case in rule.ratios], first_case(pool, rule)
    if rule.min != BY_INDUSTRY:
        return [*least, Fraction(rule.min)], case_of
    by_project = ratios_of(pool)
    different = sorted(set(by_project))
    position = {ratio: len(least) + number for number, ratio in enumerate(different)}
    of_industry = np.array([position[ratio] for ratio in by_project], dtype=np.int64)
    return [*least, *different], np.where(case_of < len(least), case_of, of_industry)


def first_case(pool: Candidates, rule: Capital) -> Ints:
    """The first case that is for each project; the number of cases where none is."""
    which = np.full(pool.size, len(rule.ratios), dtype=np.int64)
    for number, case in reversed(list(enumerate(rule.ratios))):
        which[matches(case.where, pool.column, pool.size)] = number
    return which


def shown(share: Fraction) -> str:
    """A ratio rounded down to six decimals."""
    text = format(Decimal(share.numerator * 10**PLACES // share.denominator).scaleb(-PLACES), "f")
    return text.rstrip("0").rstrip(".")


def gate_problems(pool: Candidates) -> Iterator[Message]:
    """Columns and values that gates speak of and the project table does not have."""
    screening, place = pool.config.screening, pool.loaded.place
    wheres: list[tuple[str, Where]] = []
    columns: list[tuple[str, str]] = []
    for gate in screening.gates:
        path = f"screening.gates.{gate.name}"
        wheres += [(f"{path}.where", gate.where), (f"{path}.require", gate.require)]
        columns += [(f"{path}.filled", column) for column in gate.filled]
    if screening.capital is not None:
        path = "screening.capital"
        wheres.append((f"{path}.where", screening.capital.where))
        wheres += [(f"{path}.ratios.{n}.where", case.where) for n, case in enumerate(screening.capital.ratios)]
        for column, key in ((screening.capital.of, "of"), *((name, "funds") for name in screening.capital.funds)):
            if column in pool.names and not pool.is_numeric(column):
                yield Message("options.base_not_number", {"got": column}, place(f"{path}.{key}"), f"{path}.{key}")
            columns.append((f"{path}.{key}", column))
    for path, where in wheres:
        yield from where_problems(where, pool.column, pool.names, path, place)
    for path, column in columns:
        if column not in pool.names:
            yield unknown("attribute", column, pool.names, path, place(path))
