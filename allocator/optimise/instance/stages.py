"""The goal's terms as values of options and draws, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from allocator.money.arrays import Floats, Ints
from allocator.optimise.instance.lines import Lines, drawn
from allocator.optimise.instance.shapes import NONE, Part, power_of_ten
from allocator.problem.case import Case
from allocator.problem.goals import Term
from models.values import Family, Sparse


class Stage(NamedTuple):
    """Value in fen of goal of every option, of every draw per fen, of every chain node and of every bundle."""

    value: Floats
    draws: Floats
    nodes: Floats
    bundles: Floats


def of(case: Case, rows: Ints, lines: Lines, years: Sequence[int]) -> tuple[tuple[Stage, ...], float]:
    """Values of options and draws in fen of goal (per fen drawn), and the goal's scale."""
    sources, clusters = tuple(case.loaded.config.sources), case.measures.clusters
    shape = (len(sources), len(lines.class_payers), len(years))

    def worth(term: Term) -> Stage:
        value, draws = np.zeros(len(case.usable)), np.zeros(shape)
        value[term.group.rows] = term.group.amounts * float(term.weight)
        draws[drawn(term.group, lines, sources)] = float(term.weight)
        nodes, bundles = np.zeros(len(clusters.nodes)), np.zeros(len(clusters.bundles))
        nodes[term.group.nodes] = float(term.weight)
        if len(term.group.bundles):
            bundles += term.group.bundles * float(term.weight)
        return Stage(value[rows], draws, nodes, bundles)

    terms = [worth(t) for t in case.terms if t.aim]
    if case.loaded.config.goals.mode == "weighted":
        terms = [Stage(*(np.sum(parts, axis=0) for parts in zip(*terms, strict=True)))]
        if case.risk is not None:
            terms = [terms[0]._replace(value=case.risk.expected_values(rows))]
    scale = power_of_ten(np.concatenate([stage.value for stage in terms] or [np.zeros(0)]))
    return tuple(terms), scale if scale != 1.0 else power_of_ten(lines.amount)


def earlier(stages: Sequence[Stage], options: int, goal_scale: float, money_scale: float) -> Part:
    """Goals that later stages must keep; their floors are set when they have been found."""
    owner, item, value = [NONE], [NONE], [np.zeros(0)]
    d_owner, d_items, d_keys, d_value = [NONE], [[NONE], [NONE], [NONE]], [NONE], [np.zeros(0)]
    for j, (values, draws, _, _) in enumerate(stages[:-1]):
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
        "earlier_closed_value": np.array([stage.nodes / goal_scale for stage in stages]).reshape(len(stages), -1)[:-1],
        "goal_floor": np.full(len(stages) - 1, -np.inf),
    }
    return Part(families=families, parameters=parameters)
