"""Projects as planners call them: by the id of the project table, or by a name that only one project has."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from allocator.config.source.months import folded
from allocator.messages import Message
from allocator.tables.files.problems import MANY

MANY_IDS: Final = 2000
"""Ids among which the nearest is looked for."""


class ProjectIds:
    """The ids of the project table, found also where a reference to them is written in full width."""

    def __init__(self, ids: Iterable[str], names: Iterable[str] = ()) -> None:
        ids = list(ids)
        self.exact = set(ids) - {""}
        self.folded = {folded(project): project for project in self.exact}
        self.named: dict[str, dict[str, None]] = {}
        for project, name in zip(ids, names, strict=False):
            if project and name:
                self.named.setdefault(folded(name), {})[project] = None

    def find(self, text: str) -> str | None:
        """The id as the project table writes it."""
        return text if text in self.exact else self.folded.get(folded(text))

    def called(self, text: str) -> list[str]:
        """The ids of the projects called so: that of the id, or else of every project of the name."""
        project = self.find(text)
        return list(self.named.get(folded(text), ())) if project is None else [project]

    def one(self, text: str) -> str | None:
        """The id of the one project called so; None where there is none, or several."""
        found = self.called(text)
        return found[0] if len(found) == 1 else None

    def hint(self, text: str, given: int = 0) -> dict[str, object]:
        """What to say about an id that does not exist; the nearest is looked for only for the first ones."""
        if given >= MANY:
            return {"got": text, "advice": ""}
        if called := list(self.named.get(folded(text), ())):
            return {"got": text, "advice": Message("tables.called_so", {"ids": called})}
        known = sorted(self.exact | self.named.keys())
        similar = [project for project in known if project[:2] == text[:2] or len(known) <= MANY_IDS]
        close = get_close_matches(text, similar[:MANY_IDS], n=1, cutoff=0.6)
        return {"got": text, "advice": Message("tables.did_you_mean", {"nearest": close[0]}) if close else ""}
