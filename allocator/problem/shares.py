"""Shares of one whole that nothing but a whole of nothing keeps, such as caps over all regions that add up to 80 %.

Shares can be kept where some split of the whole keeps them. Where none does, multipliers of the shares say why: what
is asked of every part adds up to more than the part may have. A linear program finds them; they count only once
they are right in fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.messages import Message
from allocator.money.arrays import Flags, Ints
from allocator.problem.case import Case
from allocator.problem.groups import Group
from allocator.problem.limits import SHARE, Bound

WORD = 62
"""Groups that are marked in one whole number."""
SURE, FINE = 1e-7, 10**6
"""Least excess that is looked at in fractions, and the finest multipliers there."""


@dataclass(frozen=True, eq=False)
class End:
    """One end of a share: a cap, or a floor."""

    bound: Bound
    cap: bool

    @property
    def share(self) -> Decimal:
        """The share as written."""
        found = self.bound.upper if self.cap else self.bound.lower
        assert found is not None
        return found


@dataclass(frozen=True, eq=False)
class Starved:
    """Ends of shares that only nothing of their whole keeps; ``count`` open candidates would count in it."""

    ends: tuple[End, ...]
    whole: Group
    count: int
    total: Fraction | None
    """What the shares add up to, where each counts once and all are caps or all floors."""

    def message(self, case: Case, *, conflict: bool) -> Message:
        """What is wrong, where the first of the rules stands."""
        kinds = {end.cap for end in self.ends}
        names = tuple(dict.fromkeys(self.named()))
        values: dict[str, object] = {"name": names, "count": f"{self.count:,}"}
        place = case.loaded.place(self.ends[0].bound.path)
        if self.total is None:
            return Message(f"audit.shares_{'contradict' if conflict else 'empty'}", values, place)
        values["need"] = f"{float(self.total) * 100:.10g} %"
        kind = "caps_below" if kinds == {True} else "floors_above"
        return Message(f"audit.{kind}_whole" if conflict else f"audit.{kind}_whole_empty", values, place)

    def named(self) -> Iterator[str]:
        """The rules by name; one that caps several groups by its name alone."""
        names = [end.bound.name for end in self.ends]
        for end in self.ends:
            alone = names.count(end.bound.name) == 1 and end.bound.label
            yield f"{end.bound.name}[{end.bound.label}]" if alone else end.bound.name


def starved(case: Case) -> Iterator[Starved]:
    """Every whole of which some hard shares leave nothing."""
    by_whole: dict[int, list[End]] = {}
    for bound in case.rules.bounds:
        if bound.price is None and bound.unit == SHARE and bound.of is not None:
            ends = by_whole.setdefault(bound.of, [])
            ends += [End(bound, cap=True)] if bound.upper is not None and bound.upper >= 0 else []
            ends += [End(bound, cap=False)] if bound.lower is not None and bound.lower > 0 else []
    for number, ends in by_whole.items():
        if (found := _looked_at(case, case.rules.groups[number], ends)) is not None:
            yield found


def _looked_at(case: Case, whole: Group, ends: Sequence[End]) -> Starved | None:
    """The shares of one whole that leave nothing of it, if any."""
    if len(whole.nodes) or len(whole.bundles) or (whole.amounts < 0).any():
        return None
    lines_of = case.options.payments["option"].to_numpy(np.int64)
    open_ = case.usable | case.measures.committed
    inside = np.r_[_marked(len(open_), whole.rows) & open_, _marked(len(lines_of), whole.lines) & open_[lines_of]]
    parts = [(end, mask) for end in ends if (mask := _part(case, whole, end)) is not None]
    if not inside.any() or not parts:
        return None
    table = _patterns([mask[inside] for _, mask in parts])
    chosen = _multipliers(table, [end for end, _ in parts])
    if chosen is None:
        return None
    options = np.r_[np.arange(len(open_)), lines_of][inside]
    options = options[~case.measures.committed[options]]
    kept = [number for number, y in enumerate(chosen) if y]
    alike = len({chosen[number] for number in kept}) == 1 and len({parts[number][0].cap for number in kept}) == 1
    return Starved(
        tuple(parts[number][0] for number in kept),
        whole,
        len(np.unique(case.measures.project[options])),
        sum((Fraction(parts[number][0].share) for number in kept), Fraction(0)) if alike else None,
    )


def _part(case: Case, whole: Group, end: End) -> Flags | None:
    """Options, then payments, that count in a share's group: for a cap those that count in full, for a floor all.

    None where the group says nothing about the whole: it has parts that do not count there, or negative ones.
    """
    group, size = case.rules.groups[end.bound.group], len(case.usable)
    if len(group.nodes) or len(group.bundles) or (group.amounts < 0).any():
        return None
    amounts = np.zeros(size)
    amounts[whole.rows] = whole.amounts
    full = amounts[group.rows] == group.amounts if end.cap else np.ones(len(group.rows), bool)
    rows = _marked(size, group.rows[full])
    lines = _marked(len(case.options.payments), group.lines)
    apart = not end.cap and not (np.isin(group.rows, whole.rows).all() and np.isin(group.lines, whole.lines).all())
    return None if apart or ((amounts[group.rows] < group.amounts).any() and not end.cap) else np.r_[rows, lines]


def _marked(size: int, at: Ints) -> Flags:
    flags: Flags = np.zeros(size, bool)
    flags[at] = True
    return flags


def _patterns(masks: Sequence[Flags]) -> Flags:
    """Which of the groups parts are in; each different answer once."""
    codes = []
    for first in range(0, len(masks), WORD):
        code = np.zeros(len(masks[0]), np.int64)
        for bit, mask in enumerate(masks[first : first + WORD]):
            code[mask] |= 1 << bit
        codes.append(code)
    different = np.unique(np.stack(codes, axis=1), axis=0) if len(codes) > 1 else np.unique(codes[0])[:, None]
    bits = [different[:, n // WORD] >> (n % WORD) & 1 for n in range(len(masks))]
    return np.stack(bits, axis=1).astype(bool)


def _multipliers(table: Flags, ends: Sequence[End]) -> list[Fraction] | None:
    """Multipliers with which the ends ask more of every part than it may have; None where there are none."""
    from scipy.optimize import linprog

    sign = np.array([1.0 if end.cap else -1.0 for end in ends])
    shares = np.array([float(end.share) for end in ends])
    excess = (table - shares) * sign
    count, width = excess.shape
    rows = np.r_[np.c_[-excess, np.ones(count)], [[*np.ones(width), 0.0]]]
    bounds = [*[(0, 1)] * width, (-1, 1)]
    x = linprog(np.r_[np.zeros(width), -1.0], rows, np.r_[np.zeros(count), 1.0], bounds=bounds).x
    if x is None or x[-1] <= SURE:
        return None
    written = [Fraction(end.share) for end in ends]
    for guess in ([Fraction(int(v > SURE)) for v in x[:-1]], [Fraction(v).limit_denominator(FINE) for v in x[:-1]]):
        kept = [n for n, y in enumerate(guess) if y]
        asked = sum(((1 if ends[n].cap else -1) * guess[n] * written[n] for n in kept), Fraction(0))
        had = [[n for n in kept if part[n]] for part in table]
        if all(sum((guess[n] if ends[n].cap else -guess[n] for n in some), Fraction(0)) > asked for some in had):
            return guess
    return None
