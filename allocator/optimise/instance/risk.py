"""Outcomes, tails, replays and falls as the model's numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from allocator.money.arrays import Ints
from allocator.optimise.instance.lines import Lines
from allocator.optimise.instance.shapes import NONE, Part, columns
from allocator.problem.case import Case
from allocator.problem.risk.outcome_values import Risk
from allocator.problem.risk.turnout import money_of
from models.values import Family, Sparse

_EMPTY = np.zeros(0)


def of(case: Case, position: Ints, lines: Lines, years: tuple[int, ...], goal: float, money: float) -> Part:
    """Numbers of `models.risk`; ``goal`` and ``money`` are the scales, ``position`` the model option of every row."""
    options = int((position >= 0).sum())
    outcomes, replays = _outcomes(case.risk, position, options, goal), _replays(case, lines, years, goal, money)
    return outcomes | replays | _falls(case, position, options, goal)


def class_cells(risk: Risk | None, case: Case, lines: Lines) -> Ints:
    """Which cost factors touch every class."""
    if risk is None:
        return np.zeros(len(lines.class_payers), np.int64)
    cells = np.zeros(len(lines.class_payers), np.int64)
    parts = case.options.parts
    owner = case.options.payments["option"].to_numpy(np.int64) if parts is None else parts.line
    cells[lines.klass] = risk.cell[owner[lines.row]]
    return cells


def _outcomes(risk: Risk | None, position: Ints, options: int, goal: float) -> Part:
    """The worth of the goal in every outcome, where somebody asks for it."""
    states = risk.outcomes.states if risk is not None else ()
    parts = risk.parts if risk is not None else ()
    tail = risk is not None and (risk.weight > 0 or risk.worst_floor is not None)
    floored = np.array([w for w, f in enumerate(risk.floors) if f is not None], np.int64) if risk else NONE
    valued = np.arange(len(states)) if tail else floored
    asked = len(valued) > 0
    items, amounts, owner = [NONE], [_EMPTY], [NONE]
    for u, part in enumerate(parts if asked else ()):
        values = part.values(len(position))
        at = np.flatnonzero((values != 0) & (position >= 0))
        items.append(position[at])
        amounts.append(values[at] / goal)
        owner.append(np.full(len(at), u))
    own, item = np.concatenate(owner), np.concatenate(items)
    sizes = {"OUTCOMES": len(states), "PARTS": len(parts) if asked else 0, "TAILS": int(tail)}
    chances = [state.probability for state in states]
    rest = 1 - risk.alpha if risk is not None else Fraction(1)
    floors = risk.floors if risk is not None else ()
    worst = risk.worst_floor if risk is not None else None
    members: dict[str, tuple[Ints, ...]] = {
        "VALUED_OUTCOMES": (valued,),
        "FLOORED_OUTCOMES": (floored,),
        "FLOORED_TAILS": (np.arange(1 if worst is not None else 0),),
    }
    families = {"OPTIONS_IN_PART": Family.grouped(own, [item], sizes["PARTS"])}
    factors = risk.factors if risk is not None and asked else _EMPTY
    parameters: dict[str, Any] = {
        "part_value": Sparse.at(own * options + item, np.concatenate(amounts)),
        "part_factor": factors.reshape(len(states) if asked else 0, sizes["PARTS"]),
        "probability": np.array([float(c) for c in chances]),
        "tail_weight": np.array([[float(c / rest) for c in chances]]) if tail else np.zeros((0, len(states))),
        "risk_weight": np.array([float(risk.weight)] if risk is not None and tail else []),
        "outcome_floor_value": np.array([0.0 if f is None else float(f) / goal for f in floors]),
        "worst_floor_value": np.array([0.0 if worst is None else float(worst) / goal] * int(tail)),
    }
    return Part(sizes=sizes, members=members, families=families, parameters=parameters)


def _replays(case: Case, lines: Lines, years: tuple[int, ...], goal: float, money: float) -> Part:
    """Sources whose money or costs differ in an outcome."""
    config, risk, fen = case.loaded.config, case.risk, case.money.fen_per_unit
    sources, cells = list(config.sources), class_cells(case.risk, case, lines)
    replayed = risk.replayed if risk is not None else ()
    states = risk.outcomes.states if risk is not None else ()
    price = 0.0 if risk is None or risk.price is None else float(risk.price) * money / goal
    cost = np.ones((len(replayed), len(cells), len(years)))
    cash, age = np.zeros((2, len(replayed), len(years)))
    share = np.zeros(len(replayed))
    draws = []
    for y, (w, source) in enumerate(replayed):
        assert risk is not None
        pots, rule = money_of(risk, config, fen, w, source), config.sources[source].carryover
        keep = rule.years if rule else 0
        old = {u: Fraction(a) * fen for u, a in config.sources[source].opening.items() if u + keep >= config.years[0]}
        share[y] = float(rule.max_share) if rule else 0.0
        for t, year in enumerate(config.years):
            cost[y, :, t] = [float(risk.cost(w, int(cell), year)) for cell in cells]
            cash[y, t] = float(pots[year] + (sum(old.values()) if t == 0 else 0)) / money
            young = sum((a for u, a in {**old, **pots}.items() if year + 1 - keep <= u <= year), Fraction(0))
            age[y, t] = float(young) / money if year != config.years[-1] else 0.0
        s = sources.index(source)
        draws += [(y, s, k) for k, payers in enumerate(lines.class_payers) if source in payers]
    families = _replay_families(len(states), [w for w, _ in replayed], draws, len(config.years), len(years))
    chance = np.array([float(states[w].probability) for w, _ in replayed])
    parameters = {
        "shortage_loss": np.full(len(replayed), price),
        "shortage_cost": chance * price,
        "may_be_short": np.full(len(replayed), 0.0 if risk is None or risk.price is None else 1.0),
        "replay_cost": cost,
        "replay_money": cash,
        "replay_share": share,
        "replay_age": age,
    }
    return Part(sizes={"REPLAYS": len(replayed)}, families=families, parameters=parameters)


def _replay_families(
    outcomes: int, of: list[int], draws: list[tuple[int, int, int]], plan: int, years: int
) -> dict[str, Family]:
    """Which replays an outcome has, what is drawn in each, and the year before every plan year."""
    owner, source, klass = columns(draws, 3)
    return {
        "REPLAYS_OF": Family.grouped(np.array(of, np.int64), [np.arange(len(of))], outcomes),
        "DRAWS_IN_REPLAY": Family.grouped(owner, [source, klass], len(of)),
        "YEAR_BEFORE": Family.grouped(np.arange(1, plan), [np.arange(plan - 1)], years),
    }


def _falls(case: Case, position: Ints, options: int, goal: float) -> Part:
    """What may fall under a budget of uncertainty."""
    robust = case.robust
    on = robust is not None and robust.gamma > 0
    count = len(robust.labels) if robust is not None and on else 0
    fall, item, loss = NONE, NONE, _EMPTY
    if robust is not None and on:
        inside = position[robust.rows] >= 0
        fall, item, loss = robust.fall[inside], position[robust.rows[inside]], robust.loss[inside] / goal
    families = {"OPTIONS_FALLING": Family.grouped(fall, [item], count)}
    parameters = {
        "deviation": Sparse.at(fall * options + item, loss),
        "falls": np.array([float(robust.gamma)] if robust is not None and on else []),
    }
    sizes = {"FALLING": count, "BUDGETS_OF_FALLS": int(on)}
    return Part(sizes=sizes, families=families, parameters=parameters)
