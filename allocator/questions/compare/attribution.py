"""How much of the change of each headline figure comes from which change of the inputs.

Of up to six groups of changes every one is applied before, after and between all others, and its average effect
counts (Shapley 1953); of more, or where not every combination has a plan, one after the other along one path.
The terms of a figure sum to its change to the fen: the two ends are the stored runs themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from math import factorial

import pandas as pd

from allocator.messages import Message
from allocator.messages.errors import Interrupted
from allocator.messages.watch import Watch
from allocator.questions.compare.hybrid import Group, Hybrids, changed_groups
from allocator.questions.compare.pairing import Pair
from allocator.questions.compare.results import FIGURES, headline

MOST = 6
"""Groups of changes of which every combination is solved."""
COLUMNS = ["figure", "group", "amount", "distinguishable"]


@dataclass(frozen=True)
class Attribution:
    """Terms by figure and group of changes, the method, and what should be known about it."""

    terms: pd.DataFrame
    method: str
    """shapley, path or none."""
    notices: tuple[Message, ...] = ()


def attribute(pair: Pair, seconds: float, watch: Watch) -> Attribution:
    """The terms of every headline figure, or that the user stopped before they were known."""
    try:
        return attributed(pair, seconds, watch)
    except Interrupted:
        return Attribution(pd.DataFrame([], columns=COLUMNS), "none", (Message("compare.stopped"),))


def attributed(pair: Pair, seconds: float, watch: Watch) -> Attribution:
    """The change of every headline figure by group of changed inputs; plans between are searched ``seconds`` each."""
    nothing = pd.DataFrame([], columns=COLUMNS)
    if pair.factor != 1:
        return Attribution(nothing, "none", (Message("compare.attribution_units"),))
    groups = changed_groups(pair)
    if not groups:
        return Attribution(nothing, "none")
    hybrids = Hybrids(pair, seconds, watch)
    ends = frozenset[Group](), frozenset(groups)
    for key, run in zip(ends, (pair.before, pair.after), strict=True):
        hybrids.known[key] = headline(run)
        hybrids.widths[key] = abs(Decimal(str(run.manifest["bound"])) - Decimal(str(run.manifest["objective"])))
    terms = shapley(hybrids, groups) if len(groups) <= MOST else None
    if terms is not None:
        return Attribution(rounded(pair, hybrids, terms), "shapley")
    steps = path(hybrids, groups)
    merged = [step for step in steps if len(step) > 1]
    notices = tuple(Message("compare.applied_together", {"groups": list(step)}) for step in merged)
    return Attribution(rounded(pair, hybrids, along(steps)), "path", notices)


Weighted = dict[Group, list[tuple[Fraction, frozenset[Group]]]]
"""Group → plans whose figures, with these weights, sum to its term."""


def shapley(hybrids: Hybrids, groups: Sequence[Group]) -> Weighted | None:
    """Average effect of each group over all orders; None where some combination has no plan."""
    count = len(groups)
    for size in range(1, count):
        for chosen in combinations(groups, size):
            if hybrids.figures(chosen) is None:
                return None
    terms: Weighted = {}
    for group in groups:
        others = [other for other in groups if other != group]
        terms[group] = []
        for size in range(count):
            weight = Fraction(factorial(size) * factorial(count - size - 1), factorial(count))
            for chosen in combinations(others, size):
                terms[group] += [(weight, frozenset([*chosen, group])), (-weight, frozenset(chosen))]
    return terms


def path(hybrids: Hybrids, groups: Sequence[Group]) -> list[tuple[Group, ...]]:
    """Steps from the first run to the second; groups that have no plan without the next one go together with it."""
    steps: list[tuple[Group, ...]] = []
    applied: list[Group] = []
    waiting: list[Group] = []
    for group in groups:
        waiting.append(group)
        if hybrids.figures([*applied, *waiting]) is not None:
            steps.append(tuple(waiting))
            applied += waiting
            waiting = []
    return steps


def along(steps: Sequence[tuple[Group, ...]]) -> Weighted:
    """The effect of each step of a path."""
    reached = [frozenset[Group]()]
    for step in steps:
        reached.append(reached[-1] | frozenset(step))
    one = Fraction(1)
    return {
        " + ".join(step): [(one, after), (-one, before)]
        for step, (before, after) in zip(steps, pairwise(reached), strict=True)
    }


def rounded(pair: Pair, hybrids: Hybrids, terms: Weighted) -> pd.DataFrame:
    """The terms to the fen, so that they sum exactly to the change of each figure."""
    rows = []
    for figure in FIGURES:
        unit = 1 if figure == "funded" else pair.before.money.fen_per_unit
        exact = {group: value(hybrids, weighted, figure) * unit for group, weighted in terms.items()}
        whole = sum(exact.values(), Fraction(0))
        fineness = 100 if figure == "funded" else 1
        cut = {group: round(amount * fineness) for group, amount in exact.items()}
        rest = round(whole * fineness) - sum(cut.values())
        cut[max(exact, key=lambda group: abs(exact[group]))] += rest
        for group, amount in cut.items():
            clear: object = ""
            if figure == "objective" and exact[group]:
                clear = int(abs(exact[group]) / unit > doubt(hybrids, terms[group]))
            rows.append((figure, group, Decimal(amount) / (unit * fineness), clear))
    return pd.DataFrame(rows, columns=COLUMNS)


def value(hybrids: Hybrids, weighted: Sequence[tuple[Fraction, frozenset[Group]]], figure: str) -> Fraction:
    """The weighted sum of one figure over plans."""
    total = Fraction(0)
    for weight, groups in weighted:
        known = hybrids.known[groups]
        assert known is not None
        total += weight * Fraction(known[figure])
    return total


def doubt(hybrids: Hybrids, weighted: Sequence[tuple[Fraction, frozenset[Group]]]) -> Fraction:
    """How far a term of the goal may be off, since every plan is only known within its gap."""
    return sum((abs(weight) * Fraction(hybrids.widths[groups]) for weight, groups in weighted), Fraction(0))
