"""Keys about reports: what they draw on and compare with. They change no plan."""

from __future__ import annotations

from typing import Final

from allocator.config.parts import Amount, Name, Part, Text

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
