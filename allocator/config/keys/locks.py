"""Decisions taken before the plan is made."""

from __future__ import annotations

from allocator.config.keys.parts import Amount, Name, Part, Text, Whole


class FixedAward(Part):
    """An award decided in advance."""

    instrument: Name | None = None
    """Instrument that is fixed."""
    start_year: Whole | None = None
    """Start year that is fixed."""
    award: Amount | None = None
    """Award that is fixed; in the config's money unit."""
    option: Name | None = None
    """Name of a ready-made option that is fixed."""


class Locks(Part):
    """Decisions taken before the plan is made; projects by id, or by a name that only one has."""

    must_fund: list[Name] = []
    """Projects that must be funded."""
    must_not: list[Name] = []
    """Projects that must not be funded."""
    fix: dict[Text, FixedAward] = {}
    """Project → what is fixed of its award; the project must be funded."""
