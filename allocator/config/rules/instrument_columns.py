"""Columns of the project table that an instrument, and the terms of the bonds that pay it, ask for."""

from __future__ import annotations

from typing import Final

from allocator.config.keys.instruments import Bond, BondTerms, Instrument
from allocator.config.keys.plan import Config

YEARLY: Final = ("build_years", "operate_years")


def columns_of(instrument: Instrument, config: Config) -> dict[str, str]:
    """Column that must be filled → the key of the instrument that asks for it."""
    terms = paying(config, instrument) if isinstance(instrument, Bond) else []
    yearly = terms and terms[0].shortfall == "yearly"
    return instrument.columns() | (dict.fromkeys(YEARLY, "kind") if yearly else {})


def paying(config: Config, instrument: Bond) -> list[BondTerms]:
    """The terms of every source that pays an instrument."""
    keys = {key for key, other in config.instruments.items() if other is instrument}
    return [source.bond for source in config.sources.values() if source.bond is not None and keys & set(source.pays)]
