"""The goal's terms as values of options and draws, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.goals import Term
from allocator.instance.lines import Lines, drawn
from allocator.instance.shapes import NONE, power_of_ten
from allocator.measures import Floats, Ints
from models.values import Family, Sparse

Stage = tuple[Floats, Floats]
"""Value of every option in fen of goal, and of every draw per fen."""


def of(case: Case, rows: Ints, lines: Lines, years: Sequence[int]) -> tuple[tuple[Stage, ...], float]:
    """Values of options and draws in fen of goal (per fen drawn), and the goal's scale."""
    sources = tuple(case.loaded.config.sources)
    shape = (len(sources), len(lines.class_payers), len(years))

    def worth(term: Term) -> Stage:
        value, draws = np.zeros(len(case.usable)), np.zeros(shape)
        value[term.group.rows] = term.group.amounts * float(term.weight)
        draws[drawn(term.group, lines, sources)] = float(term.weight)
        return value[rows], draws

    terms = [worth(t) for t in case.terms if t.aim]
    if case.loaded.config.goals.mode == "weighted":
        terms = [(np.sum([v for v, _ in terms], axis=0), np.sum([d for _, d in terms], axis=0))]
    scale = power_of_ten(np.concatenate([v for v, _ in terms] or [np.zeros(0)]))
    return tuple(terms), scale if scale != 1.0 else power_of_ten(lines.amount)


def earlier(
    stages: Sequence[Stage], options: int, goal_scale: float, money_scale: float
) -> tuple[dict[str, Family], dict[str, Any]]:
    """Goals that later stages must keep; their floors are set when they have been found."""
    owner, item, value = [NONE], [NONE], [np.zeros(0)]
    d_owner, d_items, d_keys, d_value = [NONE], [[NONE], [NONE], [NONE]], [NONE], [np.zeros(0)]
    for j, (values, draws) in enumerate(stages[:-1]):
        at = np.flatnonzero(values)
        owner.append(np.full(len(at), j))
        item.append(at)
        value.append(values[at] / goal_scale)
        where = np.nonzero(draws)
        d_owner.append(np.full(len(where[0]), j))
        for column, positions in zip(d_items, where, strict=True):
            column.append(positions)
        d_keys.append(j * draws.size + np.ravel_multi_index(where, draws.shape) if draws.size else NONE)
        d_value.append(draws[where] * money_scale / goal_scale)
    own, items = np.concatenate(owner), np.concatenate(item)
    families = {
        "VALUED_BY": Family.grouped(own, [items], len(stages) - 1),
        "DRAWS_VALUED_BY": Family.grouped(
            np.concatenate(d_owner), [np.concatenate(c) for c in d_items], len(stages) - 1
        ),
    }
    parameters = {
        "earlier_value": Sparse.at(own * options + items, np.concatenate(value)),
        "earlier_draw_value": Sparse.at(np.concatenate(d_keys), np.concatenate(d_value)),
        "goal_floor": np.full(len(stages) - 1, -np.inf),
    }
    return families, parameters
