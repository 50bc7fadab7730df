"""How much additional investment a yuan of support brings, as config types: a range per value of some attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Tag
from typing_extensions import TypeAliasType

from allocator.config.keys.parts import IS_MAPPING, IS_VALUE, Amount, Part, Text, shape

BOUNDS = {"low", "central", "high"}
RANGE = "<range>"


class Band(Part):
    """An elasticity and how far it may be off; a single number is the central one."""

    low: Amount | None = None
    """Least value that the evidence allows."""
    central: Amount
    """What is counted with."""
    high: Amount | None = None
    """Greatest value that the evidence allows."""


def elasticity_shape(value: object) -> str:
    """Which member of the union a value is meant to be."""
    if isinstance(value, Band) or (isinstance(value, Mapping) and value and set(value) <= BOUNDS):
        return RANGE
    return shape(value)


if TYPE_CHECKING:
    Elasticities = dict[str, Any]
else:
    Elasticities = TypeAliasType(
        "Elasticities",
        dict[
            Text,
            Annotated[
                Annotated[Amount, IS_VALUE] | Annotated[Band, Tag(RANGE)] | Annotated["Elasticities", IS_MAPPING],
                Discriminator(elasticity_shape),
            ],
        ],
    )


def central(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same nested values with the central one of every range."""
    return {key: _central(value) for key, value in values.items()}


def _central(value: Any) -> Any:
    if isinstance(value, Band):
        return value.central
    return central(value) if isinstance(value, Mapping) else value
