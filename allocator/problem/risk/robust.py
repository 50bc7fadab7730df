"""A budget of uncertainty: at most Γ projects (or groups) fall at the same time, and the plan is held against the worst.

What an option loses when it falls is its share of deviation times the leverage it brings to the goal. The worst case
of a plan is the sum of its Γ greatest losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from allocator.config.keys.risk import Deviation
from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.money.arrays import Flags, Floats, Ints
from allocator.money.rounding import as_written
from allocator.problem.goals import Term
from allocator.problem.measures import Measures
from allocator.tables.conditions import groups, normal, unknown
from allocator.tables.measures import MEASURES

PATH = "robust.deviation.values"


@dataclass(frozen=True, eq=False)
class Robust:
    """Who may fall, and what is lost: option rows, the fall each belongs to, and its loss in fen of goal."""

    gamma: int
    labels: tuple[str, ...]
    """The project, or the value of the attribute, of every fall."""
    rows: Ints
    fall: Ints
    loss: Floats
    share: tuple[Fraction, ...]
    """Exact share of deviation of each row."""
    pieces: tuple[tuple[Fraction, Floats], ...]
    """Weight of a term and what each row adds to it."""

    def losses(self, chosen: Flags) -> list[Fraction]:
        """What each fall would cost the plan of the chosen option rows, in fen."""
        found = [Fraction(0)] * len(self.labels)
        for at in np.flatnonzero(chosen[self.rows]).tolist():
            worth = sum((weight * as_written(amounts[at]) for weight, amounts in self.pieces), Fraction(0))
            found[int(self.fall[at])] += max(Fraction(0), worth * self.share[at])
        return found

    def worst(self, losses: Sequence[Fraction]) -> tuple[Fraction, list[int]]:
        """The greatest loss when Γ fall, and which do."""
        order = sorted(range(len(losses)), key=lambda f: (-losses[f], f))[: self.gamma]
        fallen = [f for f in order if losses[f] > 0]
        return sum((losses[f] for f in fallen), Fraction(0)), fallen


def resolve(loaded: Loaded, measures: Measures, terms: Sequence[Term]) -> Robust | None:
    """The budget of uncertainty of a config on its options; None where it has none.

    Raises:
        InputError: attributes or values that do not exist, or that no deviation is given for; all at once.
    """
    config = loaded.config
    if config.robust is None:
        return None
    share = _shares(loaded, measures, config.robust.deviation)
    size = len(measures.project)
    pieces = []
    for term in terms:
        if term.group.measure in MEASURES:
            amounts = np.zeros(size)
            amounts[term.group.rows] = term.group.amounts
            pieces.append((Fraction(term.weight), amounts))
    worth = np.sum([amounts * float(weight) for weight, amounts in pieces], axis=0) if pieces else np.zeros(size)
    loss = worth * np.array([float(s) for s in share])
    rows, labels, fall = _falls(loaded, measures, config.robust.each)
    keep = np.flatnonzero(loss[rows] > 0)
    rows, fall = rows[keep], fall[keep]
    return Robust(
        config.robust.gamma,
        labels,
        rows,
        fall,
        loss[rows],
        tuple(share[row] for row in rows.tolist()),
        tuple((weight, amounts[rows]) for weight, amounts in pieces),
    )


def _falls(loaded: Loaded, measures: Measures, each: str | None) -> tuple[Ints, tuple[str, ...], Ints]:
    """Option rows, who may fall, and which of them each row belongs to."""
    if each is None:
        return np.arange(len(measures.project)), tuple(measures.projects["project_id"].tolist()), measures.project
    if each not in measures.names:
        path = "robust.each"
        raise InputError([unknown("attribute", each, measures.names, path, loaded.place(path))])
    members = groups(each, measures.attribute)
    rows = np.concatenate([np.zeros(0, np.int64), *(g.rows for g in members)])
    return rows, tuple(g.label for g in members), np.repeat(np.arange(len(members)), [len(g.rows) for g in members])


def _shares(loaded: Loaded, measures: Measures, deviation: Deviation) -> list[Fraction]:
    """Share of deviation of every option row."""
    by = [deviation.by] if isinstance(deviation.by, str) else list(deviation.by)
    problems = [
        unknown("attribute", name, measures.names, "robust.deviation.by", loaded.place("robust.deviation.by"))
        for name in by
        if name not in measures.names
    ]
    if problems:
        raise InputError(problems)
    leaves = list(_leaves(deviation.values))
    columns = [np.asarray(measures.attribute(name), dtype=object) for name in by]
    table = {tuple(normal(key) for key in keys): Fraction(value) for keys, value in leaves}
    default = None if deviation.default is None else Fraction(deviation.default)
    keys = [tuple(normal(value) for value in row) for row in zip(*columns, strict=True)]
    missing = sorted({key for key in keys if key not in table and default is None})
    for key in missing:
        values = {"got": " / ".join(part or "''" for part in key), "by": " / ".join(by)}
        problems.append(Message("risk.deviation_missing", values, loaded.place(PATH), PATH))
    if problems:
        raise InputError(problems)
    return [table.get(key, default or Fraction(0)) for key in keys]


def _leaves(values: Any) -> list[tuple[tuple[str, ...], Any]]:
    """The leaves of nested mappings with their keys."""
    if not isinstance(values, dict):
        return [((), values)]
    return [((key, *rest), leaf) for key, value in values.items() for rest, leaf in _leaves(value)]
