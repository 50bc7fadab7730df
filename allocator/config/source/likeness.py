"""What stays as it is when a config becomes another one: its tables, its options."""

from __future__ import annotations

from allocator.config.keys.plan import Config
from allocator.config.keys.sources import Source

MOVABLE = frozenset({"title", "language", "sources", "limits", "targets", "goals", "locks", "solver", "sensitivity"})
"""Parts of the config in which a change may leave the model's rows and columns as they are."""
REBUILT = frozenset({"risk", "robust", "stability", "dependencies"})
"""Parts in which a change leaves the tables and options as they are, but not the model."""


def same_options(old: Config, new: Config) -> bool:
    """Whether tables and options stay: the configs differ in nothing but bounds, weights, money, locks and risk."""
    keys = set(Config.model_fields)
    if any(getattr(old, key) != getattr(new, key) for key in keys - MOVABLE - REBUILT):
        return False
    if old.sources.keys() != new.sources.keys() or old.locks.fix != new.locks.fix:
        return False  # an award that is fixed may be no level: an option of its own
    money = {"budget", "carryover", "opening", "tail"}
    same = all(
        getattr(old.sources[s], key) == getattr(new.sources[s], key)
        for s in old.sources
        for key in set(Source.model_fields) - money
    )
    return same and all((old.sources[s].tail.max_share > 0) == (new.sources[s].tail.max_share > 0) for s in old.sources)
