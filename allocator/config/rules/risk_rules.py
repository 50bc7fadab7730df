"""Rules across the keys of uncertainty, risk and robust."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from allocator.config.keys.plan import Config
from allocator.config.keys.risk import Draw, Effect, Uncertainty
from allocator.config.keys.scalars import plain_number
from allocator.config.rules.check import Path
from allocator.config.rules.instrument_rules import Fault, check_where, wrong_depth
from allocator.messages import did_you_mean

BASE = "base"
"""Name of the outcome in which all goes as planned, made where probabilities sum to less than 1."""
KINDS = ("outcomes", "file", "sample")


def check_risk(config: Config) -> Iterator[Fault]:
    """Outcomes, the weight of the bad ones, and the budget of uncertainty."""
    if config.previous is not None and config.commitments is not None:
        yield Fault(("commitments",), "either_previous", key=True)
    for key in ("progress", "stability"):
        if getattr(config, key) is not None and config.previous is None:
            yield Fault((key,), "needs_previous", key=True)
    if config.uncertainty is not None:
        yield from _check_outcomes(config, config.uncertainty)
    elif config.risk.weight or config.risk.floor is not None or config.risk.report:
        yield Fault(("risk",), "risk_needs_outcomes", key=True)
    if config.robust is None:
        return
    if config.uncertainty is not None:
        yield Fault(("robust",), "robust_alone", key=True)
    if config.goals.mode != "weighted" or config.minimise is not None:
        yield Fault(("robust",), "needs_weighted", {"key": "robust"}, key=True)
    by = config.robust.deviation.by
    depth = len(by) if isinstance(by, list) else 1
    yield from wrong_depth(config.robust.deviation.values, depth, ("robust", "deviation", "values"), depth)


def _check_outcomes(config: Config, uncertainty: Uncertainty) -> Iterator[Fault]:
    given = [kind for kind in KINDS if getattr(uncertainty, kind)]
    if len(given) != 1:
        yield Fault(("uncertainty",), "one_rule", {"rules": KINDS, "got": len(given)}, key=True)
    if config.goals.mode != "weighted" or config.minimise is not None:
        yield Fault(("uncertainty",), "needs_weighted", {"key": "uncertainty"}, key=True)
    whole = sum((outcome.probability for outcome in uncertainty.outcomes.values()), Decimal(0))
    if whole > 1:
        yield Fault(("uncertainty", "outcomes"), "probabilities_sum", {"got": plain_number(whole)}, key=True)
    if uncertainty.outcomes and whole < 1 and BASE in uncertainty.outcomes:
        yield Fault(("uncertainty", "outcomes", BASE), "base_taken", {"rest": plain_number(1 - whole)}, key=True)
    for name, outcome in uncertainty.outcomes.items():
        for number, effect in enumerate(outcome.effects):
            path: Path = ("uncertainty", "outcomes", name, "effects", number)
            yield from _check_effect(config, effect, path)
            if effect.on == "realisation" and effect.factor > 1:
                yield Fault((*path, "factor"), "realisation_above", {"got": plain_number(effect.factor)})
    for number, draw in enumerate(uncertainty.sample.draw if uncertainty.sample else ()):
        path = ("uncertainty", "sample", "draw", number)
        yield from _check_effect(config, draw, path)
        if draw.low > draw.high:
            values = {"min": plain_number(draw.low), "max": plain_number(draw.high)}
            yield Fault((*path, "low"), "draw_empty", values)
        if draw.on == "realisation" and draw.high > 1:
            yield Fault((*path, "high"), "realisation_above", {"got": plain_number(draw.high)})
        if draw.on == "budget" and draw.each is not None:
            yield Fault((*path, "each"), "not_with_budget", key=True)


def _check_effect(config: Config, effect: Effect | Draw, path: Path) -> Iterator[Fault]:
    """What goes together with what the effect is on."""
    if effect.on == "budget" and effect.where:
        yield Fault((*path, "where"), "not_with_budget", key=True)
    if effect.on != "budget" and effect.source is not None:
        yield Fault((*path, "source"), "only_with_budget", key=True)
    elif effect.source is not None and effect.source not in config.sources:
        values = {"got": effect.source, "hint": did_you_mean(effect.source, config.sources)}
        yield Fault((*path, "source"), "unknown_source", values)
    if effect.year is not None and effect.on not in ("budget", "cost"):
        yield Fault((*path, "year"), "only_with_money", key=True)
    elif effect.year is not None and effect.year not in config.years:
        yield Fault((*path, "year"), "not_a_plan_year", {"got": effect.year, "years": config.years})
    yield from check_where(effect.where, (*path, "where"))


def rest(config: Config) -> Decimal:
    """The probability that no named outcome has."""
    outcomes = config.uncertainty.outcomes if config.uncertainty else {}
    return 1 - sum((outcome.probability for outcome in outcomes.values()), Decimal(0)) if outcomes else Decimal(0)


def strange_risk(config: Config) -> Iterator[Fault]:
    """What is not said: the outcome that takes the rest of the probability."""
    if rest(config) > 0:
        yield Fault(("uncertainty", "outcomes"), "rest_is_base", {"rest": plain_number(rest(config))}, key=True)
