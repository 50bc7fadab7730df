"""Expand the rules for all their members at once into the sparse rows a solver takes.

The same template that `models.document` prints is walked here with whole arrays of index positions in
place of index letters; every sum becomes one join over its index set. Nothing is known of single
equations: a new one is compiled the day it is written.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from pyomo.core.expr.template_expr import IndexTemplate, TemplateSumExpression

from models.equation import Equation
from models.expansion import expand_with_pyomo
from models.formulation import EQUATIONS, GOAL, template
from models.symbols import SET, VARIABLE, VARIABLES
from models.values import Floats, Ints, Values


class SlowExpansion(UserWarning):
    """An equation is expanded by Pyomo, one member after the other."""


@dataclass(frozen=True)
class Columns:
    """Where the members of every variable stand among the columns."""

    start: dict[str, int]
    shape: dict[str, tuple[int, ...]]
    count: int

    @staticmethod
    def of(values: Values) -> Columns:
        start, shape, count = {}, {}, 0
        for v in VARIABLES:
            start[v.name], shape[v.name] = count, values.shape(v.over)
            count += int(np.prod(shape[v.name]))
        return Columns(start, shape, count)

    def at(self, name: str, index: Sequence[Ints]) -> Ints:
        """Columns of members of a variable."""
        if len(index) == 1:
            return index[0] if self.start[name] == 0 else index[0] + self.start[name]
        return self.start[name] + np.ravel_multi_index(tuple(index), self.shape[name])

    def part(self, name: str, x: Floats) -> Floats:
        """The values of one variable, in its own shape, out of the values of all columns."""
        size = int(np.prod(self.shape[name]))
        return x[self.start[name] : self.start[name] + size].reshape(self.shape[name])


@dataclass(frozen=True)
class Rows:
    """The rows of one equation: coefficients as (row, column, value) and bounds; ``members`` by letter."""

    row: Ints
    column: Ints
    value: Floats
    lower: Floats
    upper: Floats
    members: tuple[Ints, ...]


@dataclass(frozen=True)
class Compiled:
    """The whole model for a solver: maximise ``cost · x`` with ``row_lower ≤ A x ≤ row_upper``."""

    matrix: sp.csc_array
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    integer: np.ndarray
    cost: Floats
    columns: Columns
    row_start: dict[str, int]
    row_members: dict[str, tuple[Ints, ...]]

    def rows_of(self, name: str) -> slice:
        """The rows of one equation."""
        start = self.row_start[name]
        count = len(self.row_members[name][0]) if self.row_members[name] else 1
        return slice(start, start + count)


class _Frame:
    """Rows under expansion with, for every index letter in sight, its position in each of them.

    A letter of an outer sum is spread over the members of the inner one when it is asked for: most never are.
    """

    def __init__(self, rows: Ints, index: dict[int, Ints], outer: tuple[_Frame, Ints] | None = None) -> None:
        self.rows, self.index, self.outer = rows, index, outer

    def letter(self, e: IndexTemplate) -> Ints:
        if e._id not in self.index:
            assert self.outer is not None
            frame, taken = self.outer
            self.index[e._id] = frame.letter(e)[taken]
        return self.index[e._id]

    def spread(self, taken: Ints, new: dict[int, Ints]) -> _Frame:
        rows = taken if self.outer is None else self.rows[taken]
        return _Frame(rows, new, (self, taken))


class _Expansion:
    """One walk over one template."""

    def __init__(self, values: Values, columns: Columns, members: int) -> None:
        self.values, self.columns = values, columns
        self.entries: list[tuple[Ints, Ints, Floats]] = []
        self.constant = np.zeros(members)

    def triplets(self) -> tuple[Ints, Ints, Floats]:
        """Row, column and value of everything found."""
        rows, columns, values = ([entry[part] for entry in self.entries] for part in range(3))
        small = np.zeros(0, np.int32)  # half the memory of plain positions, and what HiGHS takes
        return (
            np.concatenate([small, *rows], dtype=np.int32, casting="same_kind"),
            np.concatenate([small, *columns], dtype=np.int32, casting="same_kind"),
            np.concatenate([np.zeros(0), *values]),
        )

    def number(self, e: Any, at: _Frame) -> Floats:
        """A part without variables, evaluated in every row."""
        if isinstance(e, (int, float)):
            return np.full(len(at.rows), float(e))
        if isinstance(e, IndexTemplate):
            return at.letter(e)
        kind = type(e).__name__
        if "GetItem" in kind:
            return self.values.parameter(e.arg(0).name, [self.position(a, at) for a in e.args[1:]])
        if "Negation" in kind:
            return -self.number(e.arg(0), at)
        if "Product" in kind or "Monomial" in kind:
            return self.number(e.arg(0), at) * self.number(e.arg(1), at)
        if isinstance(e, TemplateSumExpression):
            inner, origin = at, np.arange(len(at.rows))
            for indices in e.template_iters():
                inner, taken = self.join(indices, inner)
                origin = origin[taken]
            return np.bincount(origin, self.number(e.template_args()[0], inner), len(at.rows))
        if "Sum" in kind or "Linear" in kind:
            return sum((self.number(a, at) for a in e.args), np.zeros(len(at.rows)))
        raise NotImplementedError(kind)

    def position(self, e: Any, at: _Frame) -> Ints:
        """An index, such as t or t − 1."""
        return at.letter(e) if isinstance(e, IndexTemplate) else self.number(e, at).astype(np.int64)

    def join(self, indices: Sequence[IndexTemplate], at: _Frame) -> tuple[_Frame, Ints]:
        """Every row times the members of the set the indices run over; and which row each came from."""
        owner = indices[0]._set
        if owner.is_expression_type():
            name = owner.arg(0).name
            key = self.values.linear(SET[name].over, [self.position(a, at) for a in owner.args[1:]])
            first, count = self.values.families[name].find(key)
            items = self.values.families[name].items
        else:
            items = self.values.of(owner.name)
            first, count = np.zeros(len(at.rows), np.int64), np.full(len(at.rows), len(items[0]))
        taken = np.repeat(np.arange(len(at.rows)), count)
        before = np.cumsum(count) - count
        if len(taken) != len(items[0]) or not np.array_equal(first[count > 0], before[count > 0]):
            member = np.arange(len(taken)) + np.repeat(first - before, count)
            items = tuple(item[member] for item in items)  # else every row takes its own, in their order
        return at.spread(taken, {i._id: item for i, item in zip(indices, items, strict=True)}), taken

    def walk(self, e: Any, at: _Frame, scale: Floats | float) -> None:
        """Add ``scale × e`` to the rows; the scale is one number as long as all rows share it."""
        if isinstance(e, (int, float)) or not e.is_potentially_variable():
            np.add.at(self.constant, at.rows, scale * self.number(e, at))
            return
        kind = type(e).__name__
        if isinstance(e, TemplateSumExpression):
            for indices in e.template_iters():
                at, taken = self.join(indices, at)
                scale = scale if isinstance(scale, float) else scale[taken]
            self.walk(e.template_args()[0], at, scale)
        elif "GetItem" in kind:
            column = self.columns.at(e.arg(0).name, [self.position(a, at) for a in e.args[1:]])
            values = np.full(len(column), scale) if isinstance(scale, float) else scale
            self.entries.append((at.rows, column, values))
        elif "Negation" in kind:
            self.walk(e.arg(0), at, -scale)
        elif "Product" in kind or "Monomial" in kind:
            a, b = e.args
            a, b = (b, a) if not isinstance(a, (int, float)) and a.is_potentially_variable() else (a, b)
            factor = self.number(a, at)
            self.walk(b, at, factor if isinstance(scale, float) and scale == 1.0 else scale * factor)
        elif "Sum" in kind or "Linear" in kind:
            for a in e.args:
                self.walk(a, at, scale)
        else:
            raise NotImplementedError(kind)


def members_of(eq: Equation, values: Values) -> tuple[Ints, ...]:
    """All members of the product of an equation's sets, one position array per index letter."""
    members: tuple[Ints, ...] = ()
    for name in eq.over:
        new = values.of(name)
        old, size = (len(members[0]) if members else 1), len(new[0])
        members = tuple(np.repeat(m, size) for m in members) + tuple(np.tile(n, old) for n in new)
    return members


def expand(eq: Equation, values: Values, columns: Columns) -> Rows:
    """The rows of one equation, for all its members.

    Raises:
        NotImplementedError: the rule has a kind of expression that is not known here; its name.
    """
    expression, indices = template(eq)
    members = members_of(eq, values)
    count = len(members[0]) if members else 1
    walk = _Expansion(values, columns, count)
    at = _Frame(np.arange(count), {i._id: m for i, m in zip(indices, members, strict=True)})
    kind = type(expression).__name__
    if kind in ("EqualityExpression", "InequalityExpression") and not getattr(expression, "strict", False):
        left, right = expression.args
        walk.walk(left, at, 1.0)
        walk.walk(right, at, -1.0)
    elif isinstance(expression, tuple):
        raise NotImplementedError(kind)
    else:
        walk.walk(expression, at, 1.0)
    row, column, value = walk.triplets()
    upper = -walk.constant
    lower = upper if kind == "EqualityExpression" else np.full(count, -np.inf)
    return Rows(row, column, value, lower, upper, members)


def expand_or_fall_back(eq: Equation, values: Values, columns: Columns) -> Rows:
    """The rows of one equation; a rule the compiler does not know is left to Pyomo, with a warning.

    Raises:
        TypeError: the rule is not linear.
    """
    try:
        return expand(eq, values, columns)
    except NotImplementedError as unknown:
        told = f"equation {eq.name!r} has a {unknown}, which is not compiled; Pyomo expands it member by member"
        warnings.warn(told, SlowExpansion, stacklevel=2)
    members = members_of(eq, values)
    rows = list(expand_with_pyomo(eq, values, members))
    terms = [(r, *key, value) for r, (row, _, _) in enumerate(rows) for key, value in row.items()]
    column = [int(columns.at(name, [np.array([i]) for i in index])[0]) for _, name, index, _ in terms]
    return Rows(
        np.array([r for r, *_ in terms], np.int64),
        np.array(column, np.int64),
        np.array([value for *_, value in terms], float),
        np.array([lower for _, lower, _ in rows], float),
        np.array([upper for _, _, upper in rows], float),
        members,
    )


def objective(values: Values, columns: Columns) -> Floats:
    """Coefficient of every column in the goal."""
    goal = expand_or_fall_back(GOAL, values, columns)
    return np.bincount(goal.column, goal.value, columns.count)


def compile_model(values: Values, equations: Sequence[Equation] = EQUATIONS) -> Compiled:
    """Expand every equation into one sparse matrix with bounds."""
    columns = Columns.of(values)
    start: dict[str, int] = {}
    members, lows, highs, count = {}, [], [], 0
    triplets: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for eq in equations:
        part, start[eq.name] = expand_or_fall_back(eq, values, columns), count
        for found, entries in zip(triplets, (part.row + start[eq.name], part.column, part.value), strict=True):
            found.append(entries)
        members[eq.name] = part.members
        lows.append(part.lower)
        highs.append(part.upper)
        count += len(part.upper)
    matrix = _stacked(triplets, (count, columns.count))
    lower, upper, integer = np.zeros(columns.count), np.full(columns.count, np.inf), np.zeros(columns.count, bool)
    for v in VARIABLES:
        at = slice(columns.start[v.name], columns.start[v.name] + int(np.prod(columns.shape[v.name])))
        if VARIABLE[v.name].domain == "Reals":
            lower[at] = -np.inf
        if v.domain == "Binary":
            upper[at], integer[at] = 1.0, True
    return Compiled(
        matrix,
        np.concatenate(lows),
        np.concatenate(highs),
        lower,
        upper,
        integer,
        objective(values, columns),
        columns,
        start,
        members,
    )


def _stacked(triplets: Sequence[list[Any]], shape: tuple[int, int]) -> sp.csc_array:
    """One matrix from the rows, columns and values of its parts, which are let go one after the other."""
    whole = []
    for parts in triplets:
        whole.append(np.concatenate(parts))
        parts.clear()
    row, column, value = whole
    return sp.csc_array(sp.coo_array((value, (row, column)), shape))


MANY_ENTRIES = 1_000
"""Coefficients from which a matrix is opened as a whole to change them."""


def recompile(before: Compiled, values: Values) -> Compiled:
    """The model after budgets, bounds or values have changed: the same rows and columns, expanded where it may differ.

    The matrix is the same object when no coefficient has changed.
    """
    lower, upper = before.row_lower.copy(), before.row_upper.copy()
    entries: list[tuple[int, int, float]] = []
    matrix = before.matrix
    for eq in EQUATIONS:
        if eq.links == "bounds":
            at, rows = before.rows_of(eq.name), expand(eq, values, before.columns)
            lower[at], upper[at] = rows.lower, rows.upper
            if len(rows.row):
                now = np.asarray(matrix[at.start + rows.row, rows.column]).ravel()
                differs = np.flatnonzero(now != rows.value)
                entries += [(at.start + int(rows.row[i]), int(rows.column[i]), rows.value[i]) for i in differs]
    if entries:
        changed = matrix.tolil() if len(entries) > MANY_ENTRIES else matrix.copy()
        for row, column, value in entries:
            changed[row, column] = value
        matrix = sp.csc_array(changed)
    cost = objective(values, before.columns)
    return replace(before, matrix=matrix, row_lower=lower, row_upper=upper, cost=cost)
