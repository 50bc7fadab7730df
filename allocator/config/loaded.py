"""A config that was read, and where everything in it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allocator.config.keys.plan import Config
from allocator.messages import Message


@dataclass(frozen=True)
class Loaded:
    """A config and where everything in it came from."""

    config: Config
    """Table paths are absolute."""
    origins: Mapping[str, str]
    """Dotted path of every value → ``configs/base.yaml:12:7``, ``--set``, ``default``, ``scenario bad: …``."""
    values: dict[str, Any]
    """The merged values as plain Python, without defaults."""
    files: tuple[Path, ...]
    """Every config file read, absolute; the one asked for first."""
    scenario: str | None
    notices: tuple[Message, ...]
    places: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Dotted path of every key and item written → ``file:line:column``."""
    as_written: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Dotted path of a table → the path as the planner wrote it."""

    def place(self, path: str) -> str:
        """``file:line:column`` of a dotted path, or of the nearest thing above it that was written."""
        while path not in self.places and path:
            path = path.rpartition(".")[0]
        return self.places[path]
