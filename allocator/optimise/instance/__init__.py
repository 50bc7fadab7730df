"""A case as the numbers of `models.symbols`.

Positions: projects as in the project table, options as in the option table less those that cannot be chosen,
years from the first plan year to the last payment. Money is scaled by a power of ten near the median payment,
the goal by one near the median value, each measured group by one near its median amount, so coefficients stay
between about 1e-3 and 1e4 whatever unit the planner uses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from allocator.money.arrays import Floats, Ints
from allocator.optimise.instance import bounds, clusters, funding, risk, stages
from allocator.optimise.instance.lines import Lines, classify, drawn
from allocator.optimise.instance.links import project_sets
from allocator.optimise.instance.shapes import Part, power_of_ten
from allocator.problem.case import Case
from allocator.problem.risk.outcome_values import cost_groups
from models.compiler import Compiled
from models.values import Values

__all__ = ["Instance", "build", "moved"]


@dataclass(frozen=True, eq=False)
class Instance:
    """The numbers of the model, and how to read its answers.

    ``rows``: option-table row of every model option; ``lines``: payment-table rows the model knows, with the
    class of each in ``line_class``; ``stages``: per goal term (one when weighted) the values of options, nodes and
    bundles in fen of goal and of draws per fen; ``sides``: number of the bound behind every row of the four bound families.
    """

    values: Values
    rows: Ints
    lines: Ints
    line_class: Ints
    class_payers: tuple[tuple[str, ...], ...]
    years: tuple[int, ...]
    money_scale: float
    goal_scale: float
    sides: dict[str, tuple[int, ...]]
    stages: tuple[stages.Stage, ...]
    scales: Floats
    class_cell: Ints
    """Which cost effects of outcomes touch each class."""

    def cost(self, compiled: Compiled, number: int) -> Floats:
        """What every column of the compiled model adds to one goal."""
        cost, stage = compiled.cost.copy(), self.stages[number]
        cost[: len(stage.value)] = stage.value / self.goal_scale
        parts = {
            "draw": stage.draws.ravel() * self.money_scale,
            "closed": stage.nodes,
            "joined": stage.bundles,
        }
        for name, values in parts.items():
            first = compiled.columns.start[name]
            cost[first : first + values.size] = values / self.goal_scale
        return cost


def build(case: Case) -> Instance:
    """The model's numbers for a case."""
    rows = np.flatnonzero(case.usable)
    position = np.full(len(case.usable), -1)
    position[rows] = np.arange(len(rows))
    years = case.years
    groups = case.rules.groups
    lines = classify(case, position, years, [*groups, *(t.group for t in case.terms), *cost_groups(case.risk)])
    money_scale = power_of_ten(lines.amount)
    found, goal_scale = stages.of(case, rows, lines, years)
    draws, scales = _measured(case, lines)
    sides = {side: bounds.on_side(case.rules.bounds, side) for side in bounds.SIDES}
    projects = project_sets(case, rows, years)
    own = Part(
        sizes=_sizes(case, rows, lines, years, len(found)) | {side: len(numbers) for side, numbers in sides.items()},
        members={"VALUED_DRAWS": np.nonzero(np.sum([np.abs(stage.draws) for stage in found], axis=0))},
        parameters=_worth(found[0], goal_scale, money_scale),
    )
    whole = (
        projects | own | clusters.of(case, projects.families["OPTIONS_OF"])
        | funding.of(case, lines, years, money_scale)
        | bounds.groups(groups, draws, position, scales, money_scale, len(rows))
        | bounds.ends(case, sides, scales, goal_scale)
        | stages.earlier(found, len(rows), goal_scale, money_scale)
        | risk.of(case, position, lines, years, goal_scale, money_scale)
    )  # fmt: skip
    labels = _labels(case, lines, years)
    values = Values(whole.sizes, whole.members, whole.families, whole.parameters, labels)
    paid = (lines.row, lines.klass, lines.class_payers, years)
    cells = risk.class_cells(case.risk, case, lines)
    return Instance(values, rows, *paid, money_scale, goal_scale, sides, found, scales, cells)


def _worth(stage: stages.Stage, goal_scale: float, money_scale: float) -> dict[str, Any]:
    """What options, draws, nodes and bundles add to the goal."""
    worth = {"value": stage.value / goal_scale, "draw_value": stage.draws * money_scale / goal_scale}
    return worth | clusters.values(stage, goal_scale)


def _measured(case: Case, lines: Lines) -> tuple[list[tuple[Ints, ...]], Floats]:
    """What is drawn in every measured group, and its scale."""
    groups, sources = case.rules.groups, tuple(case.loaded.config.sources)
    draws = [drawn(g, lines, sources) for g in groups]
    amounts = [np.append(g.amounts, lines.amount if len(d[0]) else 0) for g, d in zip(groups, draws, strict=True)]
    return draws, np.array([power_of_ten(a) for a in amounts])


def moved(case: Case, before: Instance) -> Instance | None:
    """The numbers after budgets, ends of bounds, weights or locks have changed, with the same rows and columns.

    None where the change needs other rows or columns.
    """
    sides = {side: bounds.on_side(case.rules.bounds, side) for side in bounds.SIDES}
    closed_before = np.ones(len(case.usable), bool)
    closed_before[before.rows] = False
    held = bool(len(before.values.members["FUNDED_AT"][0])) != clusters.counted(case)
    if held and case.measures.clusters.nodes:
        return None
    if sides != before.sides or len(case.rules.groups) != len(before.scales) or (case.usable & closed_before).any():
        return None
    lines = Lines.known(case, before.rows, before.lines, before.line_class, before.class_payers, before.years)
    found, _ = stages.of(case, before.rows, lines, before.years)
    ends = bounds.ends(case, sides, before.scales, before.goal_scale)
    parameters = {
        **before.values.parameters,
        **ends.parameters,
        **funding.yearly(case, before.years, before.money_scale),
        **_worth(found[0], before.goal_scale, before.money_scale),
    }
    if len(found) > 1:
        parameters |= stages.earlier(found, len(before.rows), before.goal_scale, before.money_scale).parameters
    valued = np.nonzero(np.sum([np.abs(stage.draws) for stage in found], axis=0))
    values = replace(
        before.values,
        parameters=parameters,
        families={**before.values.families, **ends.families},
        members={**before.values.members, "VALUED_DRAWS": valued},
    )
    return replace(before, values=values, stages=found)


def _sizes(case: Case, rows: Ints, lines: Lines, years: tuple[int, ...], stage_count: int) -> dict[str, int]:
    return {
        "PROJECTS": len(case.inputs.projects),
        "OPTIONS": len(rows),
        "YEARS": len(years),
        "SOURCES": len(case.loaded.config.sources),
        "CLASSES": len(lines.class_payers),
        "GROUPS": len(case.rules.groups),
        "INSTRUMENTS": len(case.options.table["instrument"].cat.categories),
        "EARLIER_GOALS": stage_count - 1,
    }


def _labels(case: Case, lines: Lines, years: tuple[int, ...]) -> dict[str, Any]:
    return {
        "PROJECTS": case.inputs.projects["project_id"].tolist(),
        "YEARS": years,
        "SOURCES": list(case.loaded.config.sources),
        "CLASSES": ["+".join(p) for p in lines.class_payers],
        **clusters.labels(case),
    }
