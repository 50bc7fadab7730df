"""What the money brings: nominal, certified and expected additional investment of an award level.

Nominal is the fixed investment; certified is the private money for what is neither done nor publicly paid nor the
project's whole entitlement; additional is what of it would not have happened anyway and is not taken from others. Own
money of public owners is told apart as counterpart. Every factor is the planner's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd

from allocator.config.keys.plan import Factor, Leverage
from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.money.arrays import Flags, Floats, Ints
from allocator.money.rounding import ULP, as_written, half_up
from allocator.options.instruments.entitlement import Entitlement
from allocator.tables.conditions import Column, normal, unknown

FACTORS: Final = {
    "realisation": ("p_realise", 1.0),
    "additionality": ("additionality", 1.0),
    "displacement": ("displacement", 0.0),
}
"""Factor → the project's own column that takes precedence, and its value where the planner gives none."""

_SAFETY: Final = 16 * ULP
"""Bound of the rounding errors of the few products below, relative to the full amount."""


class Response:
    """Share of the entitlement → share of the full effect, linear between corner points."""

    def __init__(self, corners: Iterable[tuple[Decimal, Decimal]]) -> None:
        linear = [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))]
        self.corners = [(Fraction(x), Fraction(y)) for x, y in corners] or linear
        self.steepest = float(max(abs((y1 - y0) / (x1 - x0)) for (x0, y0), (x1, y1) in pairwise(self.corners)))

    def floats(self, share: Floats) -> Floats:
        """The effect of each share, as floats."""
        x, y = zip(*self.corners, strict=True)
        return np.interp(share, [float(value) for value in x], [float(value) for value in y])

    def exact(self, share: Fraction) -> Fraction:
        """The effect of one share."""
        for (x0, y0), (x1, y1) in pairwise(self.corners):
            if share <= x1:
                return y0 + (share - x0) * (y1 - y0) / (x1 - x0)
        return self.corners[-1][1]


def effect(full: Floats, award: Floats, entitlement: Entitlement, row: Ints, response: Response) -> Floats:
    """full × response(award ÷ entitlement) per award level, rounded half-up to whole fen, exactly.

    ``full`` and ``award`` are whole fen per level, ``row`` is the level's row of ``entitlement``.
    """
    estimate = full * response.floats(award / entitlement.floats()[row])
    error = full * (_SAFETY * (1 + response.steepest))

    def exact(level: int) -> Fraction:
        share = Fraction(int(award[level])) / entitlement.exact(int(row[level]))
        return int(full[level]) * response.exact(share)

    return half_up(estimate, error, exact)


@dataclass(frozen=True)
class Finance:
    """Who pays for a project besides public support, per row; amounts in fen."""

    own: Floats
    loans: Floats
    told: Flags
    """Whether the table says anything of own money or loans."""
    public: Flags
    """Whether its owner is public, so that own money is no private investment."""

    def of(self, row: Ints) -> Finance:
        """The same for some rows, or for rows several times."""
        return Finance(self.own[row], self.loans[row], self.told[row], self.public[row])

    def split(self, need: Floats) -> tuple[Floats, Floats]:
        """What private and what public owners' own money pays of ``need``; where nothing is told, all of it by its owner."""
        private = np.minimum(need, self.loans + np.where(self.public, 0, self.own))
        private = np.where(self.told, private, np.where(self.public, 0, need))
        own = np.where(self.told, np.minimum(need - private, self.own), need)
        return private, np.where(self.public, own, 0)


def need_without_support(
    fixed: Floats, public: Iterable[Floats], entitled: Floats, attached: Floats | None = None
) -> Floats:
    """Fixed investment that is neither done nor publicly paid, less all the support it is entitled to; fen, never below 0.

    The whole entitlement is left out, whatever is awarded: support that is refused does not become private money.
    Where the support comes with a certain investment (``attached``), at most that one less the entitlement.
    """
    rest = fixed.copy()
    for amount in public:
        rest -= amount
    if attached is not None:
        rest = np.minimum(rest, attached)
    return np.maximum(rest - entitled, 0)


@dataclass(frozen=True)
class Caused:
    """Share of the private investment that would not happen without support, per award level."""

    floats: Floats
    exact: Callable[[int], Fraction]

    @classmethod
    def fixed(cls, share: Floats) -> Caused:
        """Shares as they were written."""
        return cls(share, lambda level: as_written(share[level]))

    @classmethod
    def by_intensity(
        cls, elasticity: Floats, entitlement: Entitlement, row: Ints, private: Floats, cap: Fraction
    ) -> Caused:
        """min(cap, elasticity × entitlement ÷ private investment); 0 where no private money is invested.

        The support is counted against the private money that comes with it, so that what is additional is never more than
        is invested, and with all that a project is entitled to, so that a part of it brings what the response says.
        """
        nobody = private <= 0
        floats = np.minimum(float(cap), elasticity * entitlement.floats()[row] / np.where(nobody, 1, private))

        def exact(level: int) -> Fraction:
            if nobody[level]:
                return Fraction(0)
            support = as_written(elasticity[level]) * entitlement.exact(int(row[level]))
            return min(cap, support / int(private[level]))

        return cls(np.where(nobody, 0, floats), exact)

    def where(self, chosen: Flags, other: Caused) -> Caused:
        """These where ``chosen``, else those of ``other``."""
        floats = np.where(chosen, self.floats, other.floats)
        return Caused(floats, lambda level: (self if chosen[level] else other).exact(level))


def additional(certified: Floats, realisation: Floats, caused: Caused, displacement: Floats) -> Floats:
    """realisation × share caused × (1 − displacement) × certified, rounded half-up to whole fen, exactly."""
    estimate = certified * (realisation * caused.floats * (1 - displacement))

    def exact(row: int) -> Fraction:
        factors = as_written(realisation[row]) * caused.exact(row)
        return factors * (1 - as_written(displacement[row])) * int(certified[row])

    return half_up(estimate, certified * _SAFETY, exact)


@dataclass
class Factors:
    """The three leverage factors of any (project, instrument), and what was found wrong or had to be assumed."""

    loaded: Loaded
    tables: Mapping[str, pd.DataFrame]
    names: Iterable[str]
    """Attributes there are."""
    blanks: Mapping[str, int]
    """Attribute → projects whose cell is blank, of the project's own factors."""
    estimates: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    """Probabilities of realisation seen in the progress, in place of the config's."""
    problems: list[Message] = field(default_factory=list)
    assumptions: list[Message] = field(default_factory=list)
    _lookups: dict[str, dict[tuple[str, ...], float]] = field(default_factory=dict)
    _missing: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = list(self.names)
        for name, (own, value) in FACTORS.items():
            spec = self._spec(name)
            if spec is not None:
                self._lookups[name] = self._lookup(name, spec)
            elif own not in self.names:
                values = {"factor": name, "value": f"{value:g}"}
                self.assumptions.append(Message("options.factor_assumed", values, "", f"leverage.{name}"))
            elif blank := int(self.blanks.get(own, 0)):
                values = {"column": own, "count": str(blank), "value": f"{value:g}"}
                self.assumptions.append(Message("options.factor_blank", values, "", f"leverage.{name}"))

    def of(self, name: str, instrument: str, column: Column, size: int) -> Floats:
        """Factor ``name`` of ``size`` projects under an instrument: own cell, else look-up, else the default."""
        value = FACTORS[name][1]
        result = self.own(name, column, size)
        blank = np.isnan(result)
        if blank.any():
            spec = self._spec(name)
            result[blank] = value if spec is None else self._looked_up(name, spec, instrument, column, blank)
        return result

    def own(self, name: str, column: Column, size: int) -> Floats:
        """The projects' own cells of a factor; NaN where blank."""
        own = FACTORS[name][0]
        return np.array(column(own), dtype=np.float64) if own in self.names else np.full(size, np.nan)

    def missing(self) -> list[Message]:
        """One problem per combination of values that has no factor; call when all factors were asked for."""
        found = []
        for name, combinations in self._missing.items():
            path = f"leverage.{name}"
            for values in sorted(combinations):
                got = {"got": " / ".join(value or "''" for value in values), "by": " / ".join(_by(self._spec(name)))}
                found.append(Message("options.factor_missing", got, self.loaded.place(path), path))
        return found

    def _spec(self, name: str) -> Factor | None:
        spec: Factor | None = getattr(self.loaded.config.leverage, name)
        return spec

    def _looked_up(self, name: str, spec: Factor, instrument: str, column: Column, rows: Flags) -> Floats:
        codes: list[Ints] = []
        forms: list[list[str]] = []
        for attribute in _by(spec):
            values = [instrument] * len(rows) if attribute == "instrument" else column(attribute)
            code, found = pd.factorize(np.asarray(values, dtype=object)[rows], use_na_sentinel=False)
            codes.append(code)
            forms.append([normal(value) for value in found])
        combined, first, back = np.unique(np.stack(codes, axis=1), axis=0, return_index=True, return_inverse=True)
        default = float("nan") if spec.default is None else float(spec.default)
        table = self._lookups[name]
        per_combination = np.empty(len(first))
        for number, combination in enumerate(combined):
            key = tuple(form[code] for form, code in zip(forms, combination, strict=True))
            per_combination[number] = table.get(key, default)
            if np.isnan(per_combination[number]):
                self._missing.setdefault(name, set()).add(key)
        return per_combination[back.reshape(-1)]

    def _lookup(self, name: str, spec: Factor) -> dict[tuple[str, ...], float]:
        """Normal forms of the attributes' values → factor."""
        path = f"leverage.{name}"
        for attribute in _by(spec):
            if attribute != "instrument" and attribute not in self.names:
                place = self.loaded.place(f"{path}.by")
                self.problems.append(unknown("attribute", attribute, self.names, f"{path}.by", place))
        entries = self._filed(spec) if spec.file is not None else _nested(spec.listed[1])
        table: dict[tuple[str, ...], float] = {}
        for written, value in entries:
            key = tuple(normal(part) for part in written)
            if key in table:
                spot = f"{path}.file" if spec.file is not None else f"{path}.{spec.listed[0]}"
                self.problems.append(
                    Message("options.factor_twice", {"got": " / ".join(key)}, self.loaded.place(spot), spot)
                )
            table[key] = float(value)
        return {**table, **self.estimates} if name == "realisation" else table

    def _filed(self, spec: Factor) -> list[tuple[tuple[object, ...], Any]]:
        frame = self.tables[str(spec.file)]
        rows = frame[[*_by(spec), "value"]].itertuples(index=False, name=None)
        return [(row[:-1], row[-1]) for row in rows]


def goal_measure(leverage: Leverage) -> str:
    """The measure that `leveraged_investment` means."""
    return f"{leverage.goal}_investment"


def _by(spec: Factor | None) -> list[str]:
    if spec is None:
        return []
    return [spec.by] if isinstance(spec.by, str) else list(spec.by)


def _nested(values: Any) -> list[tuple[tuple[object, ...], Any]]:
    """The leaves of nested mappings with their keys."""
    if not isinstance(values, Mapping):
        return [((), values)]
    return [((key, *rest), leaf) for key, value in values.items() for rest, leaf in _nested(value)]
