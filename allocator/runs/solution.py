"""What was decided and what was proved: tables a planner reads, free of solver and model.

Amounts in the frames are floats in the config's unit, each the nearest to an exact multiple of 0.01 yuan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from allocator.config.loaded import Loaded
from allocator.messages import Message
from allocator.money import Money

if TYPE_CHECKING:
    from allocator.tables.opened import InputFile


@dataclass(frozen=True, eq=False)
class Solution:
    """A plan. ``status`` is optimal (proved within the gap asked) or feasible (best found; see gap and bound)."""

    loaded: Loaded
    inputs_files: Sequence[InputFile]
    run_id: str
    status: str
    objective: Decimal
    """The goal, in the config's unit of money; what is spent where spending is minimised."""
    bound: Decimal
    """No plan is worth more than this, or spends less than this where spending is minimised."""
    bound_by: str
    """What the bound rests on: a certificate, prices that prove it, two solves that differ, or one solve."""
    gap: Decimal
    """|bound − objective| ÷ |objective|."""
    awards: pd.DataFrame
    payments: pd.DataFrame
    projects: pd.DataFrame
    limits: pd.DataFrame
    totals: pd.DataFrame
    screening: pd.DataFrame
    goals: pd.DataFrame
    """One row per term: term, measure, weight, unit (of money; blank for points), value, contribution."""
    penalties: pd.DataFrame
    """One row per soft limit and group: limit, group, violation, price, loss."""
    stages: Sequence[Mapping[str, Decimal]]
    """Lexicographic order: value, bound and gap of each goal."""
    timings: dict[str, float]
    sizes: Mapping[str, int]
    notices: tuple[Message, ...]
    assumptions: tuple[Message, ...]
    seed: int
    money: Money
    memory: Mapping[str, float] = field(default_factory=dict)
    """MB that the process had needed at the end of each phase."""
    extra: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Tables that only some plans have: outcomes, falls."""
    risk: Mapping[str, Any] = field(default_factory=dict)
    """Expected value, mean of the worst outcomes, worst case: what the manifest says of them; empty without any."""
    priced: Mapping[str, Any] = field(default_factory=dict)
    """Rules, by limit and group, and money, by source and year, that have a price in the relaxation; empty if unknown."""
    certified: Mapping[str, Decimal] = field(default_factory=dict)
    """The bound and the gap that the prices of `certificate.csv` prove; empty where they cannot."""
    spare: tuple[str, ...] = ()
    """Sources that may have a tenth less in every year: the plan keeps every rule and reaches the same."""
    verified: int = 0
    """Checks that were made of it without the solver, in memory, and held; 0 before that. A stored run tells its own."""
    folder: Path | None = None
    """Where the run is stored; None before that."""

    def _repr_html_(self) -> str:
        """What a notebook shows: title, headline figures, first awards."""
        from allocator.runs import notebook

        config = self.loaded.config
        return notebook.page(config.title, self.summary, self.awards, config.language)

    @property
    def summary(self) -> dict[str, Any]:
        """The figures at the head of every report."""
        awards = self.awards
        return {
            "run_id": self.run_id,
            "status": self.status,
            "objective": self.objective,
            "bound": self.bound,
            "bound_by": self.bound_by,
            "gap": self.gap,
            "candidates": len(self.projects),
            "funded": int(self.projects["funded"].sum()),
            "award": float(awards["award"].sum()),
            "nominal_investment": float(awards["nominal_investment"].sum()),
            "certified_investment": float(awards["certified_investment"].sum()),
            "additional_investment": float(awards["additional_investment"].sum()),
            "leveraged_investment": float(awards["leveraged_investment"].sum()),
            "upgrading": float(awards["upgrading"].sum()),
        }
