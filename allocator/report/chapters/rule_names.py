"""Rules that a plan misses, and those that leave it no room."""

from __future__ import annotations

import pandas as pd

from allocator.report.names import STABILITY
from allocator.report.view import View


def missed(view: View) -> pd.DataFrame:
    """Soft rules and targets that the plan does not reach."""
    rows = _asked(view)
    return rows[rows["violation"].fillna(0) > 0] if "violation" in rows.columns else rows.head(0)


def at_bound(view: View) -> pd.DataFrame:
    """Rules that bind, which is to be at the bound; those that are missed are told apart."""
    rows = _asked(view)
    return rows[(rows["binding"] == 1) & ~rows.index.isin(missed(view).index)]


def _asked(view: View) -> pd.DataFrame:
    """The rules, without the price of changes: that is paid for every change, not a rule to keep."""
    rows = view.tables["limits"]
    return rows if view.config.stability is None else rows[rows["limit"] != STABILITY]
