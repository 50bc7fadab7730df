"""What was worked out before for an open model and need not be again: all of it rests on config and tables alone.

A stored run is verified once and keeps nothing. An open model is verified after every change: what only its
unchanged config and tables decide (the options of a candidate, the figures of a row that states the same again)
is looked up then, while everything that the plan as a whole decides is added up anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar, cast

from pandas import DataFrame

from allocator.config.keys.plan import Dependency
from allocator.verify.awards import Choice, Offer
from allocator.verify.stored import Findings, Row

MOST_ROWS = 1_000_000
"""Rows of all tables that are kept; a plan of 100,000 projects has some 300,000."""
Said = TypeVar("Said")
Adds = tuple[tuple[tuple[str, ...], Fraction | int], ...]
"""Group and amount of everything that a funded row adds to one question."""


@dataclass
class Known:
    """Results by what decides them; nothing is kept unless ``lasting``."""

    lasting: bool = False
    held: dict[Hashable, int] = field(default_factory=dict)
    """Checks that held: by what decides them, how many there were."""
    numbers: dict[Hashable, int] = field(default_factory=dict)
    """Funded rows with their payments, as written."""
    texts: dict[str, dict[tuple[object, ...], Sequence[str]]] = field(default_factory=dict)
    """Table → rows of a frame → cells as written."""
    offers: dict[tuple[str, str, bool], Offer] = field(default_factory=dict)
    possible: dict[str, list[Choice]] = field(default_factory=dict)
    rows: dict[str, dict[Hashable, tuple[Any, int]]] = field(default_factory=dict)
    """Table → cells of a row → what they say, and how many checks were made of that."""
    asked: dict[Hashable, dict[int, Any]] = field(default_factory=dict)
    """Question → funded row by its number → what it adds."""
    worth: dict[Hashable, dict[tuple[str, ...], Fraction]] = field(default_factory=dict)
    groups: dict[Hashable, frozenset[tuple[str, ...]]] = field(default_factory=dict)
    """Condition and attributes → groups that an option of any candidate belongs to."""
    rules: list[tuple[str, Dependency]] | None = None
    """Rules between projects that the project table states."""
    small: bool | None = None
    """Whether all options of all candidates are few enough to be worked out."""
    screening: DataFrame | None = None
    """The table of exclusions that was found right."""

    def has(self, findings: Findings, key: Hashable) -> bool:
        """Whether checks that ``key`` decides were made before and held; they count as made then."""
        count = self.held.get(key) if self.lasting else None
        if count is None:
            return False
        findings.checks += count
        findings.known += count
        return True

    def once(self, findings: Findings, key: Hashable, check: Callable[[], None]) -> None:
        """Make checks whose outcome ``key`` decides, unless they were made before and held."""
        if self.has(findings, key):
            return
        checks, violations = findings.checks, len(findings.violations)
        check()
        if self.lasting and len(findings.violations) == violations:
            self.held[key] = findings.checks - checks

    def forget_rows(self) -> None:
        """Let go of rows and what was found of them, once there are so many that most come from plans long ago."""
        if len(self.held) + len(self.numbers) > MOST_ROWS:
            for found in (self.held, self.numbers, self.texts, self.rows, self.asked):
                found.clear()

    def reading(self, table: str, row: Row, read: Callable[..., Said], *how: object) -> Said:
        """What a row says, read once where rows of the table come again as written."""
        if not self.lasting:
            return read(row, *how)
        rows = self.rows.setdefault(table, {})
        findings = row.findings
        said = rows.get(row.cells)
        if said is None:
            checks, violations = findings.checks, len(findings.violations)
            result = read(row, *how)
            said = result, findings.checks - checks
            if len(findings.violations) == violations:
                rows[row.cells] = said
        else:
            findings.checks += said[1]
            findings.known += said[1]
        return cast("Said", said[0])

    def answers(self, question: Hashable) -> dict[int, Any]:
        """What every funded row added when the question was asked before."""
        return self.asked.setdefault(question, {}) if self.lasting else {}

    def worths(self, term: Hashable) -> dict[tuple[str, ...], Fraction]:
        """What options add to a term, by project and names, as far as it was worked out."""
        return self.worth.setdefault(term, {}) if self.lasting else {}

    def number(self, key: Hashable) -> int:
        """A number by which a funded row is known again; −1 where nothing is kept."""
        return self.numbers.setdefault(key, len(self.numbers)) if self.lasting else -1


def shared(new: Any, old: Any) -> Any:
    """``new`` with every part that equals the old one's replaced by that, so that conditions are known again."""
    if type(new) is not type(old):
        return new
    if new == old:
        return old
    if hasattr(type(new), "model_fields"):
        parts = {name: shared(getattr(new, name), getattr(old, name)) for name in type(new).model_fields}
        return new.model_copy(update=parts)
    if isinstance(new, list):
        return [shared(a, b) for a, b in zip(new, old, strict=False)] + new[len(old) :]
    if isinstance(new, dict):
        return {key: shared(value, old[key]) if key in old else value for key, value in new.items()}
    return new
