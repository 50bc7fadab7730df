"""Where the planner wrote what a bound demands: keys of limits, and of what implies them."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.config.plan import Config
from allocator.limits import RATIO, SHARE, Bound
from allocator.stacking import ONE_PER_ENTITY

PARKS, TIERS, SERVICE = "parks.resources.", "debt.tiers.", "debt.service."
CAPITAL, DEBT = ": max_capital_share", "limits.debt: "


def key_of(config: Config, bound: Bound, end: str) -> str:
    """Key of the config that holds an end of a bound; ``end`` is lower or upper."""
    if bound.path == ONE_PER_ENTITY:
        return bound.path
    if bound.path.startswith(SERVICE):
        return bound.path
    if bound.path.startswith(PARKS):
        return f"{bound.path}.existing"
    if bound.name.endswith(CAPITAL) and bound.name.removesuffix(CAPITAL) in config.sources:
        return f"sources.{bound.name.removesuffix(CAPITAL)}.bond.max_capital_share"
    if bound.path.startswith(DEBT) and config.debt is not None:
        return _of_debt(bound.path.removeprefix(DEBT), yearly=isinstance(config.debt.quota, Mapping))
    limit = next((one for one in config.limits if f"limits.{one.name}" == bound.path), None)
    if end == "upper" and limit is not None and limit.max_from is not None and bound.unit != SHARE:
        return f"{bound.path}.max_from"
    if bound.unit == RATIO:
        return f"{bound.path}.growth"
    side = "min" if end == "lower" else "max"
    return f"{bound.path}.{side}_share" if bound.unit == SHARE else f"{bound.path}.{side}"


def _of_debt(name: str, *, yearly: bool) -> str:
    kind, _, which = name.partition(" ")
    if kind == "tier":
        return f"{TIERS}{which}"
    return f"debt.quota.{which}" if kind == "quota" and yearly else f"debt.{kind}"


def has_number(key: str) -> bool:
    """Whether the key holds a number that may be changed; else the rule can only be given up."""
    return key != ONE_PER_ENTITY and not key.endswith(".max_from") and key != "debt.room"
