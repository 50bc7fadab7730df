"""Rules for spending profiles and ratios: what the types cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from allocator.config.keys.plan import Config
from allocator.config.keys.scalars import plain_number
from allocator.config.keys.spending import Spending
from allocator.config.rules.check import Path
from allocator.config.rules.instrument_rules import Fault


def check_spending(config: Config) -> Iterator[Fault]:
    """Profiles sum to 1, and months have a curve that rises; a ratio has ends and no shares."""
    if config.spending is not None:
        profiles: dict[Path, list[Decimal]] = {
            ("profile", name): shares for name, shares in config.spending.profile.items()
        }
        if config.spending.default is not None:
            profiles["default",] = config.spending.default
        yield from check_months(config.spending)
        for path, shares in profiles.items():
            if sum(shares) != 1:
                yield Fault(("spending", *path), "payments_sum", {"got": plain_number(sum(shares, Decimal(0)))})
    yield from check_ratios(config)


def check_months(spending: Spending) -> Iterator[Fault]:
    """A profile, or months; a curve of months goes from nothing to all."""
    curve: Path = ("spending", "curve")
    if spending.from_ == "profile" and not spending.profile and spending.default is None:
        yield Fault(("spending",), "spending_without_profile", key=True)
    if spending.curve and spending.from_ != "months":
        yield Fault(curve, "goes_with", {"other": "from: months"}, key=True)
    if spending.curve and (max(spending.curve[0]) != 0 or set(spending.curve[-1]) != {Decimal(1)}):
        yield Fault(curve, "response_ends")
    for index, (before, point) in enumerate(pairwise(spending.curve), start=1):
        if point[0] <= before[0]:
            yield Fault((*curve, index), "response_order")
        elif point[1] < before[1] or point[1] > 1:
            yield Fault((*curve, index), "curve_falls")


def check_ratios(config: Config) -> Iterator[Fault]:
    """A ratio has ends and no shares."""
    for index, limit in enumerate(config.limits):
        if limit.per is None:
            if limit.per_source is not None:
                yield Fault(("limits", index, "per_source"), "goes_with", {"other": "per"}, key=True)
            continue
        said = {"min_share": limit.min_share, "max_share": limit.max_share, "of": limit.of}
        for key in (key for key, given in said.items() if given is not None):
            yield Fault(("limits", index, key), "ratio_has_ends", key=True)
        for key in ("measure", "per"):
            if getattr(limit, key) == "closed_nodes":
                yield Fault(("limits", index, key), "no_ratio_of_nodes")
