"""Chain nodes and bundles of projects, by the options that reach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.money.arrays import Flags, Ints

CLOSED_NODES = "closed_nodes"


@dataclass(frozen=True, eq=False)
class Bundle:
    """Projects that bring ``bonus`` (fen) when ``needed`` of them are funded."""

    name: str
    projects: Ints
    needed: int
    bonus: float


@dataclass(frozen=True, eq=False)
class Clusters:
    """Nodes that some option can close, each with its projects and attributes, and bundles."""

    nodes: tuple[Ints, ...] = ()
    attributes: Mapping[str, Any] | None = None
    """Column of the project table → its value for every node."""
    bundles: tuple[Bundle, ...] = ()

    def column(self, name: str) -> Any:
        """Values of an attribute, one per node.

        Raises:
            KeyError: it says nothing of nodes.
        """
        return (self.attributes or {})[name]

    def closed(self, funded: Flags) -> Flags:
        """Which nodes are closed when these projects are funded."""
        return np.array([bool(funded[projects].any()) for projects in self.nodes], bool)

    def joined(self, funded: Flags) -> Flags:
        """Which bundles are joined when these projects are funded."""
        return np.array([int(funded[b.projects].sum()) >= b.needed for b in self.bundles], bool)
