"""What keeps a project out: of all that screened it, the rules of the instrument it came nearest to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence


def nearest(screening: pd.DataFrame, instruments: Sequence[str]) -> pd.DataFrame:
    """The rows of the instrument by fewest of whose rules each project failed; of equals, the first of ``instruments``."""
    place = screening["instrument"].map({name: at for at, name in enumerate(instruments)}).fillna(len(instruments))
    failed = screening.groupby(["project_id", "instrument"], sort=False)["rule"].transform("size")
    ranked = screening.assign(failed=failed, place=place).sort_values(["failed", "place"], kind="stable")
    first = ranked.groupby("project_id", sort=False)["instrument"].transform("first")
    return screening.loc[ranked.index[ranked["instrument"] == first].sort_values()]
