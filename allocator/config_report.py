"""Keys about reports: what they draw on and compare with. They change no plan."""

from __future__ import annotations

from allocator.config_parts import Name, Part, Share, Text


class Reporting(Part):
    """What reports draw on and compare with; it changes no plan."""

    map: Name | None = None
    """GeoJSON file whose features have the regions' names as `name`, drawn instead of the tiles of Guangxi's cities."""
    before: dict[Text, Share] = {}
    """Part of investment → its share before the plan, such as last year's: `is_sei`, `is_hightech`, `is_future`, `is_energy_heavy`, or a value of `chain_position` or `category`. The share among all candidates where left out."""
