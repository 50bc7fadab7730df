"""Rules for what reports compare with."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from allocator.config.keys.plan import Config
from allocator.config.keys.report import RATIOS
from allocator.config.keys.scalars import plain_number
from allocator.config.rules.instrument_rules import Fault

PERCENT = 100


def check_report(config: Config) -> Iterator[Fault]:
    """A share of investment is at most 1."""
    for name, value in config.report.before.items():
        if name not in RATIOS and value > 1:
            values = {"got": f"'{plain_number(value)}'", "bound": plain_number(Decimal(1))}
            code = "must_be_share" if value <= PERCENT else "must_be_at_most"
            yield Fault(("report", "before", name), code, {**values, "instead": plain_number(value / PERCENT)})
