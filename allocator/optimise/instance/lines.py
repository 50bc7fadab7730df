"""Payments and the classes they fall into: who may pay decides, and which limits ask who really pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.money.arrays import Floats, Ints
from allocator.optimise.instance.shapes import NONE, columns
from allocator.problem.case import Case
from allocator.problem.groups import Group


@dataclass(frozen=True, eq=False)
class Lines:
    """Payments of the model's options: table row, option, year and class positions, and amount (fen) of each."""

    row: Ints
    option: Ints
    year: Ints
    klass: Ints
    amount: Floats
    class_payers: tuple[tuple[str, ...], ...]

    @staticmethod
    def known(
        case: Case, rows: Ints, row: Ints, klass: Ints, class_payers: tuple[tuple[str, ...], ...], years: Sequence[int]
    ) -> Lines:
        """The payments of the options ``rows`` when their classes are known."""
        payments = case.options.payments
        position = np.full(len(case.usable), -1)
        position[rows] = np.arange(len(rows))
        year = np.searchsorted(np.array(years), payments["year"].to_numpy(np.int64)[row])
        amount = payments["amount"].to_numpy(float)[row]
        return Lines(row, position[payments["option"].to_numpy(np.int64)[row]], year, klass, amount, class_payers)


def classify(case: Case, position: Ints, years: Sequence[int], groups: Sequence[Group]) -> Lines:
    """Payments that the same sources may pay and the same drawn groups touch share a class.

    ``position``: model option of every option row, −1 where it cannot be chosen.
    """
    payments = case.options.payments
    option = position[payments["option"].to_numpy(np.int64)]
    row = np.flatnonzero(option >= 0)
    payers = payments["payers"].to_numpy(np.int64)[row]
    signature = payers
    for group in groups:
        if len(group.lines):
            touched = np.zeros(len(payments), np.int64)
            touched[group.lines] = 1
            _, signature = _numbered(signature * 2 + touched[row])
    first, klass = _numbered(signature)
    year = np.searchsorted(np.array(years), payments["year"].to_numpy(np.int64)[row])
    amount = payments["amount"].to_numpy(float)[row]
    return Lines(row, option[row], year, klass, amount, tuple(case.options.payers[payers[f]] for f in first))


def _numbered(signature: Ints) -> tuple[Ints, Ints]:
    """Where every signature, a small number, comes first; and of each entry the place of its own among them."""
    there = np.bincount(signature) > 0
    place = (np.cumsum(there) - 1)[signature]
    first = np.zeros(int(there.sum()), np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]  # the last one written is the first there is
    return first, place


def drawn(group: Group, lines: Lines, sources: tuple[str, ...]) -> tuple[Ints, ...]:
    """The draws (source, class, year) that count in a group: what its sources pay of shared payments."""
    if not len(group.lines):
        return NONE, NONE, NONE
    inside = np.isin(lines.row, group.lines)
    pairs = np.unique(np.stack([lines.klass[inside], lines.year[inside]]), axis=1)
    found = [(sources.index(s), k, t) for k, t in pairs.T.tolist() for s in lines.class_payers[k] if s in group.sources]
    return columns(sorted(found), 3)
