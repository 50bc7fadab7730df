"""Chains and clusters as config types: what projects bring together, beyond what each brings alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from allocator.config.keys.parts import (
    BY_SHAPE,
    IS_MAPPING,
    IS_VALUE,
    READ_TEXT,
    READ_WHOLE,
    Name,
    Number,
    Part,
    Text,
    Where,
)


class Chains(Part):
    """Nodes of industrial chains, closed by the first project funded at them; measured as `closed_nodes`."""

    node: Name = "chain_node"
    """Column of the project table that names the node a project closes; several nodes are parted by `;`."""
    role: Name | None = None
    """Column that says how it stands about the node (gap, weak, strong); one role per node. Usable with `closed_nodes`."""
    bonus: Annotated[Annotated[Number, IS_VALUE] | Annotated[dict[Text, Number], IS_MAPPING], BY_SHAPE] = Decimal(0)
    """What a closed node adds to the goal, or role → that; in the config's money unit."""


class Synergy(Part):
    """What several projects bring together when they are funded, beyond what each brings alone."""

    name: Name
    """Name shown wherever the synergy is spoken of."""
    projects: Annotated[list[Name], Field(min_length=2)] | None = None
    """These projects (the anchor may be among them or not); or `where`."""
    where: Where = {}
    """The projects for which this holds, as they stand in the project table."""
    anchor: Name | None = None
    """Project that draws the others: once it is funded, each other one that is funded brings the bonus."""
    per: Annotated[Literal["group", "pair", "further"], READ_TEXT] = "group"
    """What brings the bonus: `group`, that enough of them are funded, once; `pair`, every two of them that are funded;
    `further`, every one that is funded from the `at_least`-th on (the second when left out)."""
    at_least: Annotated[int, Field(ge=2), READ_WHOLE] | None = None
    """How many of them must be funded; all of them when left out."""
    bonus: Number
    """What that adds to the goal each time; negative where they stand in each other's way. In the config's money unit."""
