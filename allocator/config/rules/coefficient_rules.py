"""Rules for coefficients of limits, targets and goal terms: what the types cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from allocator.config.keys.plan import Config, GoalTerm, Limit, Target
from allocator.config.rules.check import Path
from allocator.config.rules.cluster_rules import CLOSED_NODES
from allocator.config.rules.instrument_rules import Fault

NOT_WEIGHED: Final = ("payment", CLOSED_NODES)


def rules(config: Config) -> Iterator[tuple[Path, str, Limit | Target | GoalTerm]]:
    """Every rule that may have a coefficient: its path, the same with its name, and itself."""
    yield from ((("limits", n), f"limits.{rule.name}", rule) for n, rule in enumerate(config.limits))
    yield from ((("targets", n), f"targets.{rule.name}", rule) for n, rule in enumerate(config.targets))
    yield from ((("goals", "terms", n), f"goals.terms.{n}", rule) for n, rule in enumerate(config.goals.terms))


def check_coefficients(config: Config) -> Iterator[Fault]:
    """What several sources pay together, single payments and chain nodes are not counted in part."""
    for path, _, rule in rules(config):
        if rule.coefficient is None:
            continue
        if rule.measure in NOT_WEIGHED:
            yield Fault((*path, "coefficient"), "coefficient_of", {"measure": rule.measure}, key=True)
        elif getattr(rule, "source", None) is not None:
            yield Fault((*path, "coefficient"), "coefficient_of_source", key=True)
