"""Defaults that rest on an assumption and that a config uses: keys whose description says `(assumption)`, left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from allocator.config.keys.debt import IGNORED
from allocator.config.source.resolved import flow
from allocator.messages import Message
from allocator.tables.measures import INVESTMENTS

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.config.loaded import Loaded

MARK: Final = "(assumption)"
IN_USE: Final[Mapping[tuple[str, str], Callable[[Any], bool]]] = {
    ("Debt", "tiers"): lambda debt: debt.grade is not None,
    ("BondTerms", "shortfall_price"): lambda terms: terms.revenue_haircut is not None,
    ("Realisation", "least"): lambda factor: factor.from_ == "progress",
    ("Bond", "capital_ratio"): lambda bond: bond.use == "capital",
}
"""Type and key of defaults that matter only where something else is asked for."""


def assumed_defaults(loaded: Loaded) -> Iterator[Message]:
    """One message for every such default, in the order of the config."""
    given = {path for path, origin in loaded.origins.items() if origin != "default"}
    for path, value in marked(loaded.config, ""):
        idle = path.startswith("risk.") and loaded.config.uncertainty is None
        if not idle and not any(other == path or other.startswith(f"{path}.") for other in given):
            yield Message("options.default_assumed", {"value": flow(value)}, "", path)
    for name, source in loaded.config.sources.items():
        if source.bond is not None and source.bond.shortfall == "yearly":
            yield Message("options.revenue_evenly", {}, "", f"sources.{name}.bond.shortfall")
    if loaded.config.debt is not None and loaded.config.debt.room == IGNORED:
        yield Message("options.room_ignored", {}, "", "debt.room")
    share = loaded.config.leverage.additionality
    if share is not None and share.elasticity is not None:
        yield Message("options.elasticity_assumed", {"cap": flow(share.cap)}, "", "leverage.additionality.elasticity")
    curves = {f"instruments.{key}.response": each.response for key, each in loaded.config.instruments.items()}
    for path, corners in {"leverage.response": loaded.config.leverage.response, **curves}.items():
        if any(share != effect for share, effect in corners):
            yield Message("options.response_assumed", {"points": flow(corners)}, "", path)
    if counts_by_year(loaded.config):
        yield Message("options.spending_assumed", {}, "", "spending")


def marked(part: BaseModel, path: str) -> Iterator[tuple[str, Any]]:
    """Path and value of every marked key that is in use below a part of the config."""
    for name, info in type(part).model_fields.items():
        value, key = getattr(part, name), info.alias or name
        below = f"{path}.{key}" if path else key
        in_use = IN_USE.get((type(part).__name__, name), lambda _: True)
        if MARK in (info.description or "") and value is not None and in_use(part):
            yield below, value
        for address, child in children(value):
            yield from marked(child, f"{below}.{address}" if address else below)


def children(value: Any) -> Iterator[tuple[str, BaseModel]]:
    """The parts within a value, with the key they are addressed by."""
    if isinstance(value, BaseModel):
        yield "", value
    elif isinstance(value, dict):
        yield from ((str(key), child) for key, child in value.items() if isinstance(child, BaseModel))
    elif isinstance(value, list | tuple):
        names = [getattr(child, "name", None) for child in value]
        for index, child in enumerate(value):
            if isinstance(child, BaseModel):
                name = names[index]
                yield (name if name and name not in names[:index] else str(index)), child


def counts_by_year(config: Config) -> bool:
    """Whether a rule counts investment by year although nothing says when it is spent."""
    if config.spending is not None:
        return False
    yearly = [
        limit.year is not None or "year" in each(limit.each) for limit in config.limits if limit.measure in INVESTMENTS
    ]
    yearly += [
        target.year is not None or target.growth is not None
        for target in config.targets
        if target.measure in INVESTMENTS
    ]
    return any(yearly)


def each(given: str | list[str] | None) -> list[str]:
    """The attributes of an `each`."""
    return [given] if isinstance(given, str) else list(given or ())
