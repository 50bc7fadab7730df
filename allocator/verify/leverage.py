"""The investment an award brings and its upgrading value, worked out again in exact fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from allocator.verify.facts import Cell, Facts, half_up, normal

if TYPE_CHECKING:
    import pandas as pd

    from allocator.config import Config, Factor

FULL_SCORE = 100
ALREADY_PUBLIC = ("done_investment", "other_public", "bond_issued")
OWN_COLUMN = {"realisation": "p_realise", "additionality": "additionality", "displacement": "displacement"}


@dataclass
class Leveraging:
    """Factors, response and score of the config, applied one project at a time. Amounts in fen."""

    config: Config
    facts: Facts
    files: Mapping[str, pd.DataFrame]
    _tables: dict[str, dict[tuple[str, ...], Fraction]] = field(default_factory=dict)
    _expected: dict[tuple[int, str], Fraction] = field(default_factory=dict)
    _scores: dict[int, Fraction] = field(default_factory=dict)

    @cached_property
    def corners(self) -> list[tuple[Fraction, Fraction]]:
        """Corner points of the response."""
        return [(Fraction(x), Fraction(y)) for x, y in self.config.leverage.response]

    def measures(self, row: int, instrument: str, award: int, entitlement: Fraction) -> dict[str, int]:
        """The five measures of an award."""
        full = self.facts.fen(row, "fixed_investment") or 0
        public = award + sum(self.facts.fen(row, column) or 0 for column in ALREADY_PUBLIC)
        effect = self.response(Fraction(award) / entitlement)
        certified = half_up(max(0, full - public) * effect)
        found = {
            "nominal_investment": half_up(full * effect),
            "certified_investment": certified,
            "additional_investment": half_up(self.expected(row, instrument) * certified),
        }
        leveraged = found[f"{self.config.leverage.goal}_investment"]
        upgrading = half_up(self.score(row) * leveraged / FULL_SCORE)
        return {**found, "leveraged_investment": leveraged, "upgrading": upgrading}

    def ready_made(self, row: int, given: Mapping[str, Cell]) -> dict[str, int]:
        """The five measures of a ready-made option whose table has the columns ``given``."""
        stated = {name: int(value) if isinstance(value, Fraction) else 0 for name, value in given.items()}
        goal = f"{self.config.leverage.goal}_investment"
        leveraged = stated.get("leveraged_investment", stated.get(goal, 0))
        found = {
            f"{kind}_investment": stated.get(f"{kind}_investment", 0) for kind in ("nominal", "certified", "additional")
        }
        upgrading = stated.get("upgrading", half_up(self.score(row) * leveraged / FULL_SCORE))
        return {**found, "leveraged_investment": leveraged, "upgrading": upgrading}

    def response(self, share: Fraction) -> Fraction:
        """Share of the full effect that a share of the entitlement brings."""
        for (left, low), (right, high) in pairwise(self.corners):
            if left <= share <= right:
                return low + (high - low) * (share - left) / (right - left)
        return share

    def expected(self, row: int, instrument: str) -> Fraction:
        """realisation × additionality × (1 − displacement)."""
        if (row, instrument) not in self._expected:
            realised, additional, displaced = (self.factor(name, row, instrument) for name in OWN_COLUMN)
            self._expected[row, instrument] = realised * additional * (1 - displaced)
        return self._expected[row, instrument]

    def factor(self, name: str, row: int, instrument: str) -> Fraction:
        """One leverage factor: the project's own cell, else the table of the config, else no effect."""
        own = self.facts.cell(row, OWN_COLUMN[name])
        if isinstance(own, Fraction):
            return own
        factor: Factor | None = getattr(self.config.leverage, name)
        if factor is None:
            return Fraction(0 if name == "displacement" else 1)
        by = [factor.by] if isinstance(factor.by, str) else factor.by
        key = tuple(
            instrument if attribute == "instrument" else _whole(self.facts.cell(row, attribute)) for attribute in by
        )
        value = self._table(name, factor, by).get(key)
        if value is None:
            value = None if factor.default is None else Fraction(factor.default)
        if value is None:
            raise KeyError(f"leverage.{name}: {key}")
        return value

    def _table(self, name: str, factor: Factor, by: list[str]) -> dict[tuple[str, ...], Fraction]:
        if name not in self._tables:
            if factor.file is not None:
                frame = self.files[factor.file]
                keys = zip(*(frame[attribute].tolist() for attribute in by), strict=True)
                values = (Fraction(repr(float(value))) for value in frame["value"].tolist())
                self._tables[name] = {
                    tuple(normal(part) for part in key): value for key, value in zip(keys, values, strict=True)
                }
            else:
                self._tables[name] = dict(_leaves(factor.values or {}, len(by)))
        return self._tables[name]

    def score(self, row: int) -> Fraction:
        """Structure score, 0–100."""
        if row not in self._scores:
            self._scores[row] = self._score(row)
        return self._scores[row]

    def _score(self, row: int) -> Fraction:
        if self.config.upgrading is None:
            own = self.facts.cell(row, "structure_score")
            return own if isinstance(own, Fraction) else Fraction(0)
        total = Fraction(0)
        for column, points in self.config.upgrading.criteria.items():
            cell = self.facts.cell(row, column)
            if isinstance(points, dict):
                listed = {normal(value): Fraction(worth) for value, worth in points.items()}
                total += Fraction(0) if cell is None else listed.get(normal(cell), Fraction(0))
            elif isinstance(cell, Fraction):
                total += cell * Fraction(points)
        return min(max(total, Fraction(0)), Fraction(FULL_SCORE))


def _whole(cell: Cell) -> str:
    return "" if cell is None else normal(cell)


def _leaves(values: Mapping[str, object], depth: int) -> list[tuple[tuple[str, ...], Fraction]]:
    found: list[tuple[tuple[str, ...], Fraction]] = []
    for key, value in values.items():
        if depth == 1:
            found.append(((normal(key),), Fraction(str(value))))
        elif isinstance(value, Mapping):
            found.extend(((normal(key), *rest), leaf) for rest, leaf in _leaves(value, depth - 1))
    return found
