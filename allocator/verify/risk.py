"""The goal in every outcome, the mean of the worst, and the worst case under a budget of uncertainty, worked out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from allocator.config.keys.plan import GoalTerm
from allocator.tables.measures import MEASURES
from allocator.tables.outcomes import Outcomes, State, affects
from allocator.verify.awards import Award
from allocator.verify.bounds import Bound
from allocator.verify.clusters import CLOSED_NODES, expected_terms
from allocator.verify.facts import half_up, leaves, listed, normal
from allocator.verify.manifest import NAME, exact_number
from allocator.verify.measures import goal_value, once_per_project, scale, term_value
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings, Table, matched, plain

CLOSE = Fraction(1, 10**24)
"""Figures are written to 30 places."""
PLACES = Fraction(51, 100 * 10**12)


@dataclass(frozen=True)
class Turnout:
    """What a plan is worth: as planned, in every outcome, and what the worst of them or the worst falls take off."""

    objective: Fraction
    figures: Mapping[str, Fraction]
    """As the manifest names them."""
    values: Sequence[Fraction] = ()
    shortages: Sequence[Fraction] = ()
    shares: Sequence[Fraction] = ()
    losses: Mapping[str, Fraction] | None = None


def turn_out(plan: Plan, bounds: Sequence[Bound]) -> Turnout | None:
    """The plan in its outcomes, or under its budget of uncertainty; None where it has neither."""
    if plan.outcomes is None and plan.config.robust is None:
        return None
    terms = plan.config.goals.terms
    lost = sum((bound.loss for bound in bounds), Fraction(0))
    planned = sum((Fraction(term.weight) * goal_value(plan, term) for term in terms), Fraction(0)) - lost
    planned += together(plan)
    if plan.outcomes is not None:
        return _in_outcomes(plan, plan.outcomes, planned, lost)
    return _under_falls(plan, planned)


def together(plan: Plan) -> Fraction:
    """What the bonuses of closed chain nodes and joined bundles add: the same in every outcome."""
    return sum((weight * value for _, weight, value in expected_terms(plan)), Fraction(0))


def _in_outcomes(plan: Plan, outcomes: Outcomes, planned: Fraction, lost: Fraction) -> Turnout:
    """Every outcome one by one."""
    parts = _parts(plan, outcomes)
    price = plan.config.uncertainty.shortage_price if plan.config.uncertainty else None
    nodes = [term for term in plan.config.goals.terms if term.measure == CLOSED_NODES]
    sure = together(plan) + sum((Fraction(term.weight) * goal_value(plan, term) for term in nodes), Fraction(0))
    values, shortages = [], []
    for state in outcomes.states:
        short = Fraction(sum(_short(plan, outcomes, state, source) for source in plan.config.sources))
        worth = sum((_product(state, axes) * amount for axes, amount in parts.items()), Fraction(0))
        values.append(worth + sure - lost - short * Fraction(price or 0))
        shortages.append(short)
    chances = [state.probability for state in outcomes.states]
    expected = sum((p * v for p, v in zip(chances, values, strict=True)), Fraction(0))
    alpha, weight = Fraction(plan.config.risk.alpha), Fraction(plan.config.risk.weight)
    shares, left, at_risk = [Fraction(0)] * len(values), 1 - alpha, min(values)
    for w in sorted(range(len(values)), key=lambda w: (values[w], w)):
        shares[w] = min(chances[w], left)
        left -= shares[w]
        at_risk = values[w] if shares[w] else at_risk
    worst = sum((s * v for s, v in zip(shares, values, strict=True)), Fraction(0)) / (1 - alpha)
    figures = {
        "planned_value": planned,
        "expected_value": expected,
        "worst_mean": worst,
        "value_at_risk": at_risk,
        "alpha": alpha,
        "weight": weight,
        "outcomes": Fraction(len(values)),
    }
    objective = (1 - weight) * expected + weight * worst
    return Turnout(objective, figures, values, shortages, shares)


def _parts(plan: Plan, outcomes: Outcomes) -> dict[tuple[int, ...], Fraction]:
    """What the plan is worth, by which effects touch it."""
    found: dict[tuple[int, ...], Fraction] = {}
    for term in plan.config.goals.terms:
        once, alone = once_per_project(plan, term.measure), term.measure != CLOSED_NODES
        for choice in plan.choices if alone else ():
            if not once or choice[0].place in plan.carriers:
                axes = touching(plan, outcomes, term, choice[0])
                worth = Fraction(term.weight) * term_value(plan, term, choice) / scale(plan, term.measure)
                found[axes] = found.get(axes, Fraction(0)) + worth
    return found


def touching(plan: Plan, outcomes: Outcomes, term: GoalTerm, award: Award) -> tuple[int, ...]:
    """Effects that change what an option adds to a term."""
    goal = plan.config.leverage.goal
    return award.once(
        f"effects {term.measure}",
        lambda: tuple(
            number
            for number, axis in enumerate(outcomes.axes)
            if affects(axis, term.measure, goal) and plan.fits(award, axis.conditions)
        ),
    )


@lru_cache(maxsize=10_000)
def expected_factor(outcomes: Outcomes, axes: tuple[int, ...]) -> Fraction:
    """Mean over the outcomes of the factors of some effects."""
    return sum((state.probability * _product(state, axes) for state in outcomes.states), Fraction(0))


def _product(state: State, axes: Sequence[int]) -> Fraction:
    found = Fraction(1)
    for axis in axes:
        found *= state.factors.get(axis, 1)
    return found


def _short(plan: Plan, outcomes: Outcomes, state: State, name: str) -> Fraction:
    """What a source lacks over the plan years of an outcome, in the config's unit."""
    axes = outcomes.axes
    if not any(axes[a].on in ("cost", "budget") and factor != 1 for a, factor in state.factors.items()):
        return Fraction(0)
    source, years, unit = plan.config.sources[name], plan.years, plan.money.fen_per_unit
    rule = source.carryover
    keep = rule.years if rule else 0
    purse = {y: Fraction(a) for y, a in source.opening.items() if y + keep >= years[0]}
    short = Fraction(0)
    for year in years:
        changed = [
            a for a, x in enumerate(axes) if x.on == "budget" and x.year in (None, year) and x.source in (None, name)
        ]
        purse[year] = Fraction(plan.config.budget(name, year)) * _product(state, changed)
        dearer = [(a, x) for a, x in enumerate(axes) if x.on == "cost" and x.year in (None, year)]
        available = sum(purse.values())
        due = Fraction(0)
        for award in plan.awards:
            amount = award.paid.get((name, year), 0)
            if amount:
                due += Fraction(amount, unit) * _product(
                    state, [a for a, x in dearer if plan.fits(award, x.conditions)]
                )
        short += max(Fraction(0), due - available)
        left = max(Fraction(0), available - due)
        young = sum((a for y, a in purse.items() if y + keep > year), Fraction(0))
        carried = min(left, Fraction(rule.max_share) * available, young) if rule else Fraction(0)
        for old in sorted(purse, reverse=True):  # the oldest money is spent first
            purse[old] = min(purse[old], carried)
            carried -= purse[old]
    return short


def _under_falls(plan: Plan, planned: Fraction) -> Turnout:
    """The worst case when a few fall."""
    robust = plan.config.robust
    assert robust is not None
    table = {key: Fraction(value) for key, value in leaves(robust.deviation.values)}
    losses: dict[str, Fraction] = {}
    for choice in plan.choices:
        award = choice[0]
        key = tuple(normal(plan.attribute(award, name)) for name in listed(robust.deviation.by))
        share = table.get(key, Fraction(robust.deviation.default or 0))
        worth = Fraction(0)
        for term in plan.config.goals.terms:
            if term.measure in MEASURES:
                worth += Fraction(term.weight) * term_value(plan, term, choice) / scale(plan, term.measure)
        falls = [award.project] if robust.each is None else plan.parts(award, robust.each)
        for fall in falls:
            losses[fall] = losses.get(fall, Fraction(0)) + max(Fraction(0), share * worth)
    worst = sum(sorted(losses.values(), reverse=True)[: robust.gamma], Fraction(0))
    figures = {"planned_value": planned, "worst_loss": worst, "gamma": Fraction(robust.gamma)}
    return Turnout(planned - worst, figures, losses={key: loss for key, loss in losses.items() if loss})


def check_risk(
    plan: Plan, turnout: Turnout, manifest: Mapping[str, Any], tables: Mapping[str, Table], findings: Findings
) -> None:
    """The figures of the manifest, the tables of outcomes and of falls, and every floor."""
    stated = manifest.get("risk")
    if findings.hold(isinstance(stated, dict), "no_value", NAME, "risk"):
        for name, exact in turnout.figures.items():
            told = exact_number(stated.get(name))  # type: ignore[union-attr]
            told = told if isinstance(told, Fraction) else None
            findings.near(told, exact, CLOSE * max(abs(exact), Fraction(1)), NAME, f"risk.{name}")
        for name in ("evpi", "vss", "price_of_robustness"):  # found by solving again: none is below 0
            figure = stated.get(name)  # type: ignore[union-attr]
            if isinstance(figure, dict) and figure.get("value") is not None:
                ends = [exact_number(figure.get(end)) for end in ("least", "value", "most")]
                least, value, most = (end if isinstance(end, Fraction) else Fraction(-1) for end in ends)
                shown = {"stated": plain(value), "recomputed": f"{plain(least)}–{plain(most)}"}
                findings.hold(0 <= least <= value <= most, "differs", NAME, f"risk.{name}", **shown)
    if plan.outcomes is not None:
        _check_outcomes(plan, plan.outcomes, turnout, tables["outcomes"], findings)
    else:
        _check_falls(plan, turnout, tables["falls"], findings)


def _check_outcomes(plan: Plan, outcomes: Outcomes, turnout: Turnout, table: Table, findings: Findings) -> None:
    """One row for every outcome; every floor is reached, and what has no price is payable."""
    risk, uncertainty = plan.config.risk, plan.config.uncertainty
    every = Fraction(risk.floor) if risk.floor is not None and risk.floor_on == "every" else None
    priced = uncertainty is not None and uncertainty.shortage_price is not None
    unit, number = plan.money.fen_per_unit, {state.name: w for w, state in enumerate(outcomes.states)}
    findings.hold(len(table.rows) == len(number), "rows_expected", table.place, "", expected=len(number))
    for row, w in matched(table, number, lambda row: row.text("outcome"), "outcome", findings):
        state, value, short = outcomes.states[w], turnout.values[w], turnout.shortages[w]
        for column, exact in (("probability", state.probability), ("worst_share", turnout.shares[w])):
            findings.near(Fraction(row.number(column)), exact, PLACES, row.place, column)
        for column, exact in (("value", value), ("shortage", short)):
            findings.same_fen(row.fen(column), half_up(exact * unit), plan.money, row.place, column)
        for floor in (state.floor, every):
            shown = {"outcome": state.name, "value": plain(value), "floor": plain(floor)}
            findings.hold(floor is None or value >= floor, "outcome_below_floor", table.place, "value", **shown)
        shown = {"outcome": state.name, "short": plain(short)}
        findings.hold(priced or not short, "outcome_unpayable", table.place, "shortage", **shown)
    if risk.floor is not None and risk.floor_on == "worst_mean":
        mean = turnout.figures["worst_mean"]
        shown = {"outcome": "worst_mean", "value": plain(mean), "floor": plain(Fraction(risk.floor))}
        findings.hold(mean >= Fraction(risk.floor), "outcome_below_floor", NAME, "risk.worst_mean", **shown)


def _check_falls(plan: Plan, turnout: Turnout, table: Table, findings: Findings) -> None:
    fallen = Fraction(0)
    losses = {normal(name): loss for name, loss in (turnout.losses or {}).items()}
    for row, loss in matched(table, losses, lambda row: normal(row.text("fall")), "fall", findings):
        findings.same_fen(row.fen("loss"), half_up(loss * plan.money.fen_per_unit), plan.money, row.place, "loss")
        fallen += loss if row.flag("fallen") else 0
    findings.equal(fallen, turnout.figures["worst_loss"], table.place, "fallen")
