"""Faults of the tables that are told in one list with those of the config, as far as it says where the tables are.

A fault of the config must not make further ones: a table is looked at only if nothing by which it is read is faulty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from allocator.config.source.load import ConfigFaults, load_config
from allocator.messages import Message
from allocator.messages.errors import InputError

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.config.loaded import Loaded

READ_BY: Final = {
    "projects": ("projects", "tables", "columns", "money"),
    "regions": ("regions",),
    "options": ("options", "sources", "years", "instruments"),
    "commitments": ("commitments", "sources", "years", "instruments"),
    "leverage": ("leverage",),
    "uncertainty": ("uncertainty", "sources", "years"),
    "previous": ("previous", "progress", "sources", "years", "instruments"),
    "progress": ("previous", "progress", "sources", "years", "instruments"),
    "report": ("report",),
    "stacking": ("stacking",),
}
"""Part of the config that names a table → parts by which it is read. Every table is read by what reads the first."""


def load_sound(path: str | Path, scenario: str | None = None, overrides: Sequence[str] = ()) -> Loaded:
    """Read a config.

    Raises:
        InputError: all problems of the config, and of its tables if it has any.
    """
    try:
        return load_config(path, scenario, overrides)
    except ConfigFaults as faults:
        raise InputError([*faults.messages, *table_faults(faults)]) from None


def table_faults(faults: ConfigFaults) -> Sequence[Message]:
    """What is wrong with the tables of a faulty config."""
    broken = {part for message in faults.messages for part in _parts(message)}
    if faults.rest is None or broken & {"", *READ_BY["projects"]}:
        return ()
    from allocator.tables.files.problems import Problems
    from allocator.tables.inputs import Assembly

    loaded = replace(faults.rest, config=_readable(faults.rest.config, broken))
    reading = Assembly(loaded, Problems(), loaded.config.unit)
    reading.read()
    return reading.problems.errors


def _parts(message: Message) -> set[str]:
    """The part of the config that a fault is in, and the one that was meant by a misspelt key."""
    meant = message.values.get("hint")
    whole = "." not in message.path
    near = str(meant.values.get("nearest", "")) if whole and isinstance(meant, Message) else ""
    return {message.path.partition(".")[0], *([near] if near else [])}


def _readable(config: Config, broken: set[str]) -> Config:
    """The config without tables that are read by something faulty."""
    without: dict[str, Any] = {}
    for part, read_by in READ_BY.items():
        if broken & set(read_by):
            kept = getattr(config, part)
            without[part] = type(kept)() if part in ("leverage", "report", "stacking") else None
    return config.model_copy(update=without)
