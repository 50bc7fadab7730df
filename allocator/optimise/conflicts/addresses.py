"""Where the planner wrote what a bound demands: keys of limits, and of what implies them."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.config.keys.plan import Config, Limit
from allocator.options.screening.stacking import ONE_PER_ENTITY
from allocator.problem.limits import MAX, MIN, RATIO, SHARE, Bound

PARKS, TIERS, SERVICE = "parks.resources.", "debt.tiers.", "debt.service."
TIMES, FROM = "_times", "_from"
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
    side = MIN if end == "lower" else MAX
    if limit is not None and bound.unit != SHARE and limit.columns(side):
        return _of_columns(limit, side, bound.path)
    if bound.unit == RATIO:
        return f"{bound.path}.growth"
    return f"{bound.path}.{side}_share" if bound.unit == SHARE else f"{bound.path}.{side}"


def _of_columns(limit: Limit, end: str, path: str) -> str:
    """How many times the columns it is, where nothing else has a say in that end; else the columns, as a whole."""
    sole = getattr(limit, end) is None and getattr(limit, f"{end}_times") > 0
    return f"{path}.{end}{TIMES if sole else FROM}"


def _of_debt(name: str, *, yearly: bool) -> str:
    kind, _, which = name.partition(" ")
    if kind == "tier":
        return f"{TIERS}{which}"
    return f"debt.quota.{which}" if kind == "quota" and yearly else f"debt.{kind}"


def has_number(key: str) -> bool:
    """Whether the key holds a number that may be changed; else the rule can only be given up."""
    return key != ONE_PER_ENTITY and not key.endswith(FROM) and key != "debt.room"
