"""Rules for chains, synergies and coefficients: what the types cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from allocator.config.keys.plan import Config, GoalTerm, Limit, Target
from allocator.config.rules.check import Path
from allocator.config.rules.instrument_rules import Fault

CLOSED_NODES = "closed_nodes"


NOT_WEIGHED: Final = ("payment", CLOSED_NODES)


def check_clusters(config: Config) -> Iterator[Fault]:
    """Chains, synergies, and what is asked of closed nodes."""
    chains, ordered = config.chains, config.goals.mode == "lexicographic"
    if chains is not None:
        if isinstance(chains.bonus, dict) and chains.role is None:
            yield Fault(("chains", "bonus"), "bonus_needs_role", key=True)
        if ordered and chains.bonus and not (isinstance(chains.bonus, dict) and not any(chains.bonus.values())):
            yield Fault(("chains", "bonus"), "bonus_in_order", key=True)
    seen: set[str] = set()
    for index, synergy in enumerate(config.synergies):
        path = ("synergies", index)
        if synergy.name in seen:
            yield Fault((*path, "name"), "name_twice", {"got": synergy.name})
        seen.add(synergy.name)
        if (synergy.projects is None) == (not synergy.where):
            yield Fault(path, "synergy_members", {"name": synergy.name}, key=True)
        if synergy.projects is not None and len(set(synergy.projects)) < len(synergy.projects):
            twice = next(p for n, p in enumerate(synergy.projects) if p in synergy.projects[:n])
            yield Fault((*path, "projects"), "listed_twice", {"got": twice})
        for key in ("at_least", "per") if synergy.anchor is not None else ():
            if getattr(synergy, key) not in (None, "group"):
                yield Fault((*path, key), "synergy_of_anchor", key=True)
        if synergy.per == "pair" and synergy.at_least is not None:
            yield Fault((*path, "at_least"), "pairs_are_two", key=True)
        if ordered and synergy.bonus:
            yield Fault((*path, "bonus"), "bonus_in_order", key=True)
    yield from check_nodes(config)


def check_nodes(config: Config) -> Iterator[Fault]:
    """Closed nodes have no year, no source, and are not told apart by commitments."""
    sections: tuple[tuple[str, Sequence[Limit | Target]], ...] = (
        ("limits", config.limits),
        ("targets", config.targets),
    )
    for section, rules in sections:
        for index, rule in enumerate(rules):
            if rule.measure != CLOSED_NODES:
                continue
            each = getattr(rule, "each", None)
            said = {
                "year": rule.year is not None,
                "each": each == "year" or (isinstance(each, list) and "year" in each),
                "growth": getattr(rule, "growth", None) is not None,
                "new_only": getattr(rule, "new_only", False),
            }
            for key in (key for key, given in said.items() if given):
                yield Fault((section, index, key), "nodes_have_no_year", key=True)


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
