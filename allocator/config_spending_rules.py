"""Rules for spending profiles and ratios: what the types cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from allocator.config import Config
from allocator.config_check import Path
from allocator.config_instrument_rules import Fault
from allocator.scalars import plain_number


def check_spending(config: Config) -> Iterator[Fault]:
    """Profiles sum to 1; a ratio has ends and no shares."""
    if config.spending is not None:
        profiles: dict[Path, list[Decimal]] = {
            ("profile", name): shares for name, shares in config.spending.profile.items()
        }
        if config.spending.default is not None:
            profiles["default",] = config.spending.default
        for path, shares in profiles.items():
            if sum(shares) != 1:
                yield Fault(("spending", *path), "payments_sum", {"got": plain_number(sum(shares, Decimal(0)))})
    for index, limit in enumerate(config.limits):
        if limit.per is None:
            continue
        said = {"min_share": limit.min_share, "max_share": limit.max_share, "source": limit.source, "of": limit.of}
        for key in (key for key, given in said.items() if given is not None):
            yield Fault(("limits", index, key), "ratio_has_ends", key=True)
        for key in ("measure", "per"):
            if getattr(limit, key) == "closed_nodes":
                yield Fault(("limits", index, key), "no_ratio_of_nodes")
