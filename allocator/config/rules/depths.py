"""How deep values by attributes are nested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from allocator.config.rules.check import Path
from allocator.config.rules.instrument_rules import Fault


def wrong_depth(values: Mapping[str, object], depth: int, path: Path, needed: int) -> Iterator[Fault]:
    """Values that are not nested as often as there are attributes."""
    for key, value in values.items():
        if isinstance(value, Mapping) and depth > 1:
            yield from wrong_depth(value, depth - 1, (*path, key), needed)
        elif isinstance(value, Mapping) or depth > 1:
            yield Fault((*path, key), "factor_depth", {"depth": needed})
