"""Messages in Chinese and English: one catalogue file per area and language beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Message:
    """Something to tell the user: what, where, and the values to fill in."""

    code: str
    """Area and key of the catalogue entry: ``config.unknown_key``."""
    values: Mapping[str, object] = field(default_factory=dict)
    """What the placeholders of the entry stand for."""
    where: str = ""
    """``configs/plan.yaml:14:5``, ``data/projects.csv:37 (row)``, ``book.xlsx#项目库!C7``, or nothing."""
    path: str = ""
    """Dotted path in the config, or the column header as the planner wrote it."""

    def text(self, language: str) -> str:
        """``where: path: message``; empty parts are left out."""
        parts = (self.where, self.path, say(self.code, language, **self.values))
        return ": ".join(part for part in parts if part)


def say(code: str, language: str, **values: object) -> str:
    """Catalogue entry ``code`` in ``language``, filled with ``values``."""
    area, _, key = code.partition(".")
    return catalogue(area, language)[key].format_map(values)


@cache
def catalogue(area: str, language: str) -> Mapping[str, str]:
    """All entries of an area in one language."""
    text = files("allocator.messages").joinpath(f"{area}.{language}.yaml").read_text(encoding="utf-8")
    entries: dict[str, str] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return entries
