"""Capacity of parks, shared by the plants in them, as config types."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from allocator.config.keys.parts import BY_SHAPE, IS_MAPPING, IS_VALUE, Amount, Count, Name, Part, Text, Where


class Resource(Part):
    """Something a park has only so much of: floor area, power, sewage treatment."""

    use: Name
    """Column of the project table: what a plant needs from the year its support starts."""
    adds: Name | None = None
    """Column of the project table: what a park project adds."""
    existing: Annotated[Annotated[Amount, IS_VALUE] | Annotated[dict[Text, Amount], IS_MAPPING], BY_SHAPE] = Decimal(0)
    """What is vacant before the plan: one number for every park, or park → number; a park that is not listed has none."""


class Parks(Part):
    """Plants use the capacity of their park; park projects add to it."""

    park: Name = "park_id"
    """Column of the project table that names the park; a project without one uses none."""
    builders: Where
    """The park projects; all other projects with a park are plants in it."""
    lag: Count = 1
    """Years from the start of a park project until what it adds can be used (assumption)."""
    resources: Annotated[dict[Name, Resource], Field(min_length=1)]
    """The resources, by name."""
