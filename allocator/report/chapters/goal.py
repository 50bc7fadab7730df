"""The goal in words, and its value with a unit of money only where it is money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from allocator.config.keys.parts import Range
from allocator.problem.clusters import terms_of
from allocator.report.amounts import amount, grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allocator.config.keys.plan import GoalTerm
    from allocator.money import Money
    from allocator.report.view import View
    from allocator.runs.folder import StoredRun

FINE = 1000
"""From here on two decimals of points are enough."""


def money_of_goal(run: StoredRun) -> Money | None:
    """The money a run's goal is counted in; None for points, and for a sum of money and points.

    With goals in order it is the last one, whose value the run states; spending that is minimised is money.
    """
    config, terms = run.loaded.config, run.manifest["goals"]
    aims = terms[-1:] if config.goals.mode == "lexicographic" else terms
    in_money = config.minimise is not None or all(is_money(term, run) for term in aims)
    return run.money if in_money else None


def is_money(term: Mapping[str, object], run: StoredRun) -> bool:
    """Whether a term of the manifest is an amount of money."""
    return term.get("unit", run.money.name) == run.money.name


def kind_of_goal(run: StoredRun, in_money: str = "estimate") -> str:
    """The kind of a column with values of the goal."""
    return "number" if money_of_goal(run) is None else in_money


def worth(value: float, money: Money | None, language: str) -> str:
    """A value of the goal, or a difference of two."""
    if money is None:
        return grouped(value, 2 if abs(value) >= FINE else 4)
    return amount(value, money, language)


def aim(view: View) -> str:
    """What is maximised or minimised, in the planner's words; goals in order with the value each has."""
    if view.config.minimise is not None:
        return view.say("aim_spending")
    terms = terms_of(view.config)
    if view.config.goals.mode == "lexicographic":
        reached = [
            worth(float(stored["value"]), view.run.money if is_money(stored, view.run) else None, view.language)
            for stored in view.run.manifest["goals"]
        ]
        steps = [
            view.say("aim_step", term=weighed(view, term), value=value)
            for term, value in zip(terms, reached, strict=True)
        ]
        return view.say("aim_then").join(steps)
    told = weighed(view, terms[0])
    for term in terms[1:]:
        text = weighed(view, term)
        told += f" − {text.removeprefix('−')}" if term.weight < 0 else f" + {text}"
    if any(float(loss["loss"]) for loss in view.run.manifest["penalties"]):
        told = view.say("aim_less_missed", aim=told)
    return view.say("aim_expected", aim=told) if "expected_value" in (view.run.manifest.get("risk") or {}) else told


def weighed(view: View, term: GoalTerm) -> str:
    """A term: its weight where that is not 1, its measure, and what of it counts."""
    name = view.names.column(term.measure)
    if term.coefficient:
        name += f" × {view.names.column(term.coefficient)}"
    only = [*([view.source_names.get(term.source, term.source)] if term.source else []), *conditions(view, term)]
    if only:
        name += f" [{', '.join(only)}]"
    sign, weight = "−" if term.weight < 0 else "", abs(term.weight)
    return sign + (name if weight == 1 else f"{weight.normalize():f} × {name}")


def conditions(view: View, term: GoalTerm) -> list[str]:
    """The conditions of a term by the names of columns."""
    return [f"{view.names.word(key)}: {view.names.word(plain(value))}" for key, value in term.where.items()]


def plain(value: object) -> str:
    """A condition's value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "/".join(plain(item) for item in value)
    if isinstance(value, Range):
        ends = [(sign, end) for sign, end in (("≥", value.min), ("≤", value.max), ("≠", value.not_)) if end is not None]
        beginnings = [] if value.begins is None else ["/".join(f"{start}…" for start in value.begins)]
        return " ".join([*(f"{sign} {plain(end)}" for sign, end in ends), *beginnings])
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
