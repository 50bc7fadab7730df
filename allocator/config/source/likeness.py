"""What stays as it is when a config becomes another one: its tables, its options, the rows of its model."""

from __future__ import annotations

from allocator.config.keys.parts import BOUNDS, ROWS, WORDS, decided_by
from allocator.config.keys.plan import Config
from allocator.config.keys.sources import Source


def same_options(old: Config, new: Config) -> bool:
    """Whether tables and options stay: the configs differ in nothing but bounds, weights, money, locks and risk."""
    keys = set(Config.model_fields) - decided_by(Config, WORDS, BOUNDS, ROWS)
    if any(getattr(old, key) != getattr(new, key) for key in keys):
        return False
    if old.sources.keys() != new.sources.keys() or old.locks.fix != new.locks.fix:
        return False  # an award that is fixed may be no level: an option of its own
    terms = set(Source.model_fields) - decided_by(Source, BOUNDS)
    pairs = [(old.sources[name], new.sources[name]) for name in old.sources]
    same = all(getattr(before, key) == getattr(after, key) for before, after in pairs for key in terms)
    return same and all((before.tail.max_share > 0) == (after.tail.max_share > 0) for before, after in pairs)


def same_rows(old: Config, new: Config) -> bool:
    """Whether, the options being the same, rows and columns of the model are as well."""
    if new.uncertainty is not None or new.robust is not None or new.previous is not None:
        return False
    if any(getattr(old, key) != getattr(new, key) for key in decided_by(Config, ROWS)):
        return False
    return old.goals.mode == new.goals.mode and len(old.goals.terms) == len(new.goals.terms)
