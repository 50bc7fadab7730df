"""The investment an award brings, shares of earlier projects that were realised, and upgrading values, in exact fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

import pandas as pd

from allocator.config.keys.plan import Config, Factor
from allocator.verify.facts import Cell, Facts, exact, half_up, leaves, listed, normal, rounded
from allocator.verify.gates import finance, publicly_owned

FULL_SCORE = 100
ALREADY_PUBLIC = ("done_investment", "other_public", "bond_issued")
FINE = 10**12
"""Parts of one to which scaled numbers are rounded."""
OWN_COLUMN = {"realisation": "p_realise", "additionality": "additionality", "displacement": "displacement"}


@dataclass
class Leveraging:
    """Factors, response and score of the config, applied one project at a time. Amounts in fen."""

    config: Config
    facts: Facts
    files: Mapping[str, pd.DataFrame]
    estimates: Mapping[tuple[str, ...], Fraction] = field(default_factory=dict)
    """Probabilities of realisation seen in the progress, in place of the config's."""
    scales: Mapping[str, Fraction] = field(default_factory=dict)
    """Groups of numbers that are looked at higher or lower → what each number is multiplied by."""
    _tables: dict[str, dict[tuple[str, ...], Fraction]] = field(default_factory=dict)
    _scored: list[Fraction] = field(default_factory=list)
    _factors: dict[tuple[object, ...], tuple[Fraction, Fraction]] = field(default_factory=dict)
    """Additionality or elasticity, and what is realised and not displaced."""
    _pieces: dict[str, list[tuple[Fraction, Fraction, Fraction, Fraction]]] = field(default_factory=dict)
    _keys: dict[str, list[list[str] | None]] = field(default_factory=dict)

    def pieces(self, instrument: str) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
        """Straight pieces of an instrument's response: where each begins and ends, its slope, and its value at 0."""
        if instrument not in self._pieces:
            own = self.config.instruments[instrument].response
            corners = self.corners([(Fraction(x), Fraction(y)) for x, y in own or self.config.leverage.response])
            found = []
            for (left, low), (right, high) in pairwise(corners):
                slope = (high - low) / (right - left)
                found.append((left, right, slope, low - slope * left))
            self._pieces[instrument] = found
        return self._pieces[instrument]

    def corners(self, stated: list[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
        """The corner points of the response, the inner ones scaled; a straight piece at the end is broken in its middle."""
        if "response" not in self.scales:
            return stated
        first, *inner, last = stated or [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))]
        if all(effect == 0 for _, effect in inner):
            left, low = (first, *inner)[-1]
            inner.append(((left + last[0]) / 2, (low + last[1]) / 2))
        return [first, *((share, self.scaled("response", effect)) for share, effect in inner), last]

    def scaled(self, name: str, value: Fraction, most: int | None = 1) -> Fraction:
        """A number of a group as it is looked at: to 12 decimals, and not lifted above ``most``."""
        if name not in self.scales:
            return value
        found = Fraction(half_up(value * self.scales[name] * FINE), FINE)
        return found if most is None else min(found, max(value, Fraction(most)))

    def measures(
        self, row: int, instrument: str, award: int, entitlement: Fraction, attached: int | None = None, others: int = 0
    ) -> dict[str, int]:
        """The measures of an award that comes with at most ``attached``, where ``others`` more may be had as well."""
        own = self.facts.fen(row, "fixed_investment")
        full = own or 0
        if attached is not None and own is None:
            full = attached
        need = full - sum(self.facts.fen(row, column) or 0 for column in ALREADY_PUBLIC)
        if attached is not None:
            full, need = min(full, attached), min(need, attached)
        need = max(0, need - int(entitlement) - others)
        private, counterpart = self.paid_by_owners(row, need)
        top, bottom = self.response(instrument, award * entitlement.denominator, entitlement.numerator)
        certified = rounded(private * top, bottom)
        expected = self.expected(row, instrument, entitlement, private)
        found = {
            "supported_investment": full,
            "nominal_investment": rounded(full * top, bottom),
            "certified_investment": certified,
            "counterpart_investment": rounded(counterpart * top, bottom),
            "additional_investment": rounded(expected.numerator * certified, expected.denominator),
        }
        return self.with_goal(row, found)

    def with_goal(self, row: int, measures: Mapping[str, int]) -> dict[str, int]:
        """The measures with the one that the goal speaks of, and with what it counts for the structure."""
        leveraged, score = measures[f"{self.config.leverage.goal}_investment"], self.score(row)
        upgrading = rounded(score.numerator * leveraged, score.denominator * FULL_SCORE)
        return {**measures, "leveraged_investment": leveraged, "upgrading": upgrading}

    def paid_by_owners(self, row: int, need: int) -> tuple[int, int]:
        """What private money pays of a need, and what a public owner's own money pays of the rest."""
        public = publicly_owned(self.config, self.facts, row)
        paid = finance(self.facts, row)
        if paid is None:
            return (0, need) if public else (need, 0)
        own, *loans = paid
        if not public:
            return min(need, own + sum(loans)), 0
        private = min(need, sum(loans))
        return private, min(need - private, own)

    def ready_made(self, row: int, given: Mapping[str, Cell]) -> dict[str, int]:
        """The five measures of a ready-made option whose table has the columns ``given``."""
        stated = {name: int(value) if isinstance(value, Fraction) else 0 for name, value in given.items()}
        goal = f"{self.config.leverage.goal}_investment"
        leveraged = stated.get("leveraged_investment", stated.get(goal, 0))
        found = {
            f"{kind}_investment": stated.get(f"{kind}_investment", 0) for kind in ("nominal", "certified", "additional")
        }
        found["supported_investment"] = stated.get("supported_investment", found["nominal_investment"])
        found["counterpart_investment"] = stated.get("counterpart_investment", 0)
        upgrading = stated.get("upgrading", half_up(self.score(row) * leveraged / FULL_SCORE))
        return {**found, "leveraged_investment": leveraged, "upgrading": upgrading}

    def response(self, instrument: str, top: int, bottom: int) -> tuple[int, int]:
        """Share of the full effect that a share of the entitlement brings; both as a numerator over a denominator."""
        for left, right, slope, at_zero in self.pieces(instrument):
            begun = left.numerator * bottom <= top * left.denominator
            if begun and top * right.denominator <= right.numerator * bottom:
                over = at_zero.numerator * slope.denominator * bottom + slope.numerator * top * at_zero.denominator
                return over, at_zero.denominator * slope.denominator * bottom
        return top, bottom

    def by_elasticity(self, row: int) -> bool:
        """Whether an elasticity says what support of a project causes; its own cell comes before it."""
        rule = self.config.leverage.additionality
        elastic = rule is not None and rule.elasticity is not None
        return elastic and not isinstance(self.facts.cell(row, OWN_COLUMN["additionality"]), Fraction)

    def all_caused(self, row: int, instrument: str, certified: int) -> int:
        """What would be additional if support caused all of the private money that it may cause."""
        rule = self.config.leverage.additionality
        realised, displaced = (
            self.factor(name, self.means(name, row, instrument)) for name in ("realisation", "displacement")
        )
        whole = realised * (1 - displaced) * (1 if rule is None else Fraction(rule.cap)) * certified
        return rounded(whole.numerator, whole.denominator)

    def expected(self, row: int, instrument: str, entitlement: Fraction, private: int) -> Fraction:
        """realisation × additionality × (1 − displacement); an elasticity makes a share of support per private money."""
        means = tuple(self.means(name, row, instrument) for name in OWN_COLUMN)
        if means not in self._factors:
            realised, additional, displaced = map(self.factor, OWN_COLUMN, means)
            self._factors[means] = additional, realised * (1 - displaced)
        additional, stays = self._factors[means]
        rule = self.config.leverage.additionality
        if rule is None or rule.elasticity is None or isinstance(means[1], Fraction):
            return stays * additional
        return stays * min(Fraction(rule.cap), additional * entitlement / private) if private else Fraction(0)

    def means(self, name: str, row: int, instrument: str) -> Fraction | tuple[str, ...]:
        """What a leverage factor goes by: the project's own cell, else the key to the table of the config."""
        own = self.facts.cell(row, OWN_COLUMN[name])
        if isinstance(own, Fraction):
            return own
        if name not in self._keys:
            factor: Factor | None = getattr(self.config.leverage, name)
            self._keys[name] = [
                None if attribute == "instrument" else self.facts.each(attribute, normal)
                for attribute in listed(factor.by if factor else None)
            ]
        return tuple(instrument if column is None else column[row] for column in self._keys[name])

    def factor(self, name: str, key: Fraction | tuple[str, ...]) -> Fraction:
        """One leverage factor; without a table it has no effect."""
        if isinstance(key, Fraction):
            return self.scaled(name, key)
        factor: Factor | None = getattr(self.config.leverage, name)
        if factor is None:
            return Fraction(0 if name == "displacement" else 1)
        value = self.values(name).get(key)
        if name == "realisation":
            value = self.estimates.get(key, value)
        if value is None:
            value = None if factor.default is None else Fraction(factor.default)
        if value is None:
            raise KeyError(f"leverage.{name}: {key}")
        return value if getattr(factor, "elasticity", None) is not None else self.scaled(name, value)

    def values(self, name: str) -> dict[tuple[str, ...], Fraction]:
        """The values of a leverage factor that the config or its table lists."""
        factor: Factor = getattr(self.config.leverage, name)
        if name not in self._tables:
            if factor.file is not None:
                frame = self.files[factor.file]
                keys = zip(*(map(normal, frame[attribute].tolist()) for attribute in listed(factor.by)), strict=True)
                values = (Fraction(repr(float(value))) for value in frame["value"].tolist())
                self._tables[name] = dict(zip(keys, values, strict=True))
            else:
                nested = getattr(factor, "elasticity", None) or factor.values or {}
                self._tables[name] = {
                    key: Fraction(str(getattr(value, "central", value))) for key, value in leaves(nested)
                }
        return self._tables[name]

    def score(self, row: int) -> Fraction:
        """Structure score, 0–100."""
        if not self._scored:
            self._scored.extend(self._scores())
        return self._scored[row]

    def points(self) -> list[tuple[Fraction, ...]]:
        """The points of every project by criterion."""
        criteria = self.config.upgrading.criteria if self.config.upgrading is not None else {}
        columns = [self._points(column, points) for column, points in criteria.items()]
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.facts.row_of)

    def _scores(self) -> list[Fraction]:
        if self.config.upgrading is None:
            stated = partial(self.scaled, "upgrading", most=FULL_SCORE)
            return self.facts.each("structure_score", lambda v: stated(v) if isinstance(v, Fraction) else Fraction(0))
        return [min(max(sum(points, Fraction(0)), Fraction(0)), Fraction(FULL_SCORE)) for points in self.points()]

    def _points(self, column: str, points: object) -> list[Fraction]:
        """What one criterion gives every project."""
        if isinstance(points, dict):
            listed = {normal(value): self.scaled("upgrading", Fraction(worth), None) for value, worth in points.items()}
            nothing = Fraction(0)
            return self.facts.each(column, lambda cell: nothing if cell is None else listed.get(normal(cell), nothing))
        factor = self.scaled("upgrading", Fraction(points), None)  # type: ignore[call-overload]
        return self.facts.each(column, lambda cell: cell * factor if isinstance(cell, Fraction) else Fraction(0))


PLACES = 10**4
"""Roots are taken to this many parts of one."""
Key = tuple[str, ...]
Count = tuple[int, int]
"""Projects, and how many of them were realised."""


def counted_by(config: Config) -> tuple[str, ...]:
    """Attributes of the probability; the stage where it has none or goes by the instrument."""
    factor = config.leverage.realisation
    by = listed(factor.by if factor else None)
    return by if by and "instrument" not in by else ("stage",)


def counts(config: Config, facts: Facts, further: Mapping[str, pd.DataFrame]) -> dict[Key, Count]:
    """Every value with the projects of the previous plan whose end is known."""
    if "progress" not in further or "previous.awards" not in further:
        return {}
    progress = {str(row["project_id"]): row for row in further["progress"].to_dict("records")}
    starts: dict[str, int] = {}
    for project, start in further["previous.awards"][["project_id", "start_year"]].itertuples(index=False, name=None):
        starts[str(project)] = min(int(start), starts.get(str(project), int(start)))
    found: dict[Key, Count] = {}
    for project, start in starts.items():
        ended = progress.get(project)
        if ended is None:
            continue
        begun = bool(ended["started"] or ended["completed"] or ended["in_production"]) and not ended["failed"]
        if not (begun or ended["failed"] or start < config.years[0]):
            continue  # not due yet
        key = tuple(_value(facts, ended, project, name) for name in counted_by(config))
        if all(key):
            projects, realised = found.get(key, (0, 0))
            found[key] = (projects + 1, realised + begun)
    return found


def _value(facts: Facts, ended: Mapping[Any, Any], project: str, name: str) -> str:
    """An attribute in normal form: as the progress has it, else as the project table."""
    cell = exact(ended.get(name))
    if cell is None and project in facts.row_of:
        cell = facts.cell(facts.row_of[project], name)
    return normal(cell)


def used(config: Config, facts: Facts, further: Mapping[str, pd.DataFrame]) -> dict[Key, Fraction]:
    """The shares that take the place of the config's values; none unless it asks for them."""
    factor = config.leverage.realisation
    if factor is None or factor.from_ != "progress":
        return {}
    found = counts(config, facts, further).items()
    return {key: four_places(Fraction(r, n)) for key, (n, r) in found if n >= factor.least}


def four_places(value: Fraction) -> Fraction:
    """Rounded half up to 4 decimals."""
    return Fraction(half_up(value * PLACES), PLACES)
