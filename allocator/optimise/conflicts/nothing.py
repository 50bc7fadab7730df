"""Why a plan funds nothing though candidates are eligible: rules that leave only the empty plan, or nothing that pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from allocator.messages import Message
from allocator.messages.errors import NoPlanInTime
from allocator.messages.watch import Watch
from allocator.money.arrays import Ints
from allocator.optimise.conflicts.conflict_sets import conflict_sets, display_name
from allocator.optimise.conflicts.members import Elastic
from allocator.problem.case import Case

SECONDS = 30.0
"""Longest search for the rules that leave only the empty plan."""
MOST = 5
"""Sets of rules that are told."""


def why_nothing(case: Case, chosen: Ints, *, best: bool) -> tuple[Message, ...]:
    """What leaves a plan without a new award, rule by rule; nothing where it has one or where nobody is eligible.

    ``best`` says that no plan is worth more than this one.
    """
    committed = case.measures.committed
    new = ~committed & ~np.isin(case.measures.project, case.measures.project[committed])
    if new[chosen].any() or not new.any():
        return ()
    values = {"count": f"{len(np.unique(case.measures.project[new])):,}"}
    elastic = _asked_for_one(case, new)
    try:
        sets = [found.members for _, found in zip(range(MOST), conflict_sets(elastic, Watch(SECONDS)), strict=False)]
    except NoPlanInTime:
        return (Message("solve.nothing_undecided", values),)
    if not sets:
        return (Message(f"solve.nothing_{'pays' if best else 'found'}", values),)
    told = []
    for members in sets:
        names = tuple(dict.fromkeys(display_name(case, member) for member in members))
        code = "solve.nothing_left" if len(names) > 1 else "solve.nothing_left_by_one"
        told.append(Message(code, {**values, "rules": names}, members[0].place))
    return tuple(told)


def _asked_for_one(case: Case, new: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Elastic:
    """The model without any rule in which something new must be funded."""
    elastic = Elastic.of(case)
    p = elastic.program
    row = np.zeros((1, len(p.cost)))
    row[0, : len(elastic.numbers.rows)] = new[elastic.numbers.rows]
    program = replace(
        p,
        matrix=sp.csc_array(sp.vstack([p.matrix, sp.csc_array(row)])),
        row_lower=np.r_[p.row_lower, 1.0],
        row_upper=np.r_[p.row_upper, np.inf],
    )
    return replace(elastic, program=program)
