"""Keys about reports: what they draw on and compare with. They change no plan."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from allocator.config.keys.parts import Amount, Name, Part, Positive, Share, Text

RATIOS: Final = ("energy_per_va", "energy_per_output", "rd_intensity", "va_rate", "tax_per_mu", "hhi")
"""Indicators that reports show as ratios, and that may be above 1."""


class Reporting(Part):
    """What reports draw on and compare with; it changes no plan."""

    map: Name | None = None
    """GeoJSON file whose features have the regions' names as `name`, drawn instead of the tiles of Guangxi's cities."""
    before: dict[Text, Amount] = {}
    """What it was before the plan, such as last year's: a share of investment (`is_sei`, `is_hightech`, `is_future`,
    `is_energy_heavy`, or a value of `chain_position` or `category`), or a ratio (`energy_per_va` and `energy_per_output` in
    tce per unit of money, `rd_intensity`, `va_rate`, `tax_per_mu`, `hhi`). That of all candidates where left out."""
    region_investment: Positive | None = None
    """Industrial investment that is expected of the whole region over the plan years; in the config's money unit. The
    headline then says what share of it the projects supported invest."""
    region_share: Share = Decimal("0.6")
    """Share of `region_investment` beyond which nominal investment is warned of: most of the region's investment is hardly
    brought by the money."""
