"""Polishing: the best plan with one group of projects after the other decided anew, all others as they are.

Groups are near ties, then projects of one region, of one category, and then any: what one group leaves of a
budget or a limit, another one can use. Only options are open that could be in a better plan: those whose reduced
cost does not exceed the distance between plan and bound.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from allocator.money.arrays import Flags, Floats, Ints
from allocator.optimise.search.program import Search

GROUP = 500
"""Options open in a group, about; a search among so many takes a tenth of a second."""
AT_ONCE = 2
"""Groups searched at once; fixed, so that the plan does not depend on the threads they may use."""
NODES = 60
"""Branch-and-bound nodes a search in a group may take."""
PAYS = 0.1
"""Share of the distance to the bound that a round over all groups must close to be followed by another one."""
AT_RANDOM = 8
"""Rounds over groups drawn by lot."""


def polish(s: Search, loss: Floats) -> None:
    """Decide groups of projects anew while it pays; ``loss`` is what choosing each option costs at the least."""
    for key in _keys(s):
        if s.best is None:
            return
        before = s.best.value
        groups = list(_groups(s, loss, key))
        for first in range(0, len(groups), AT_ONCE):
            s.around_best(groups[first : first + AT_ONCE], s.gap / 4, NODES)
            if s.done:
                return
        if s.best.value - before < PAYS * (s.bound - before):
            return


def _keys(s: Search) -> Iterator[Ints]:
    """By what projects are grouped, a number for each; those of equal numbers in the order of near ties."""
    projects = s.case.inputs.projects
    yield np.zeros(len(projects), np.int64)
    for name in ("region", "category"):
        yield np.unique(projects[name].to_numpy(str), return_inverse=True)[1]
    random = np.random.default_rng(s.case.loaded.config.solver.seed)
    for _ in range(AT_RANDOM):
        yield random.permutation(len(projects))


def _groups(s: Search, loss: Floats, key: Ints) -> Iterator[Flags]:
    """Options of every group that could be in a better plan, and those of the plan."""
    if s.best is None:
        return
    project = s.case.measures.project[s.instance.rows]
    chosen = s.options(s.best.x) > 0.5
    open_ = chosen | (loss <= s.bound - s.best.value)
    near = np.full(len(key), np.inf)
    np.minimum.at(near, project[~chosen], loss[~chosen])
    order = np.lexsort((near, key))
    group = np.zeros(len(key), np.int64)
    group[order] = np.cumsum(np.bincount(project[open_], minlength=len(key))[order]) // GROUP
    for number in np.unique(group[project[open_]]).tolist():
        yield open_ & (group[project] == number)
