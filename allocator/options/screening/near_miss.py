"""What keeps a project out: of all that screened it, the rules of the instrument it came nearest to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence


MEANT_FOR_OTHERS = ("where.category", "bond_use")
"""Rules that say what an instrument is for at all, before how well a project is prepared."""


def nearest(screening: pd.DataFrame, instruments: Sequence[str]) -> pd.DataFrame:
    """The rows of the instrument by fewest of whose rules each project failed; of equals, the first of ``instruments``.

    An instrument for another category or use is further away than any other.
    """
    place = screening["instrument"].map({name: at for at, name in enumerate(instruments)}).fillna(len(instruments))
    told = screening.assign(others=screening["rule"].isin(MEANT_FOR_OTHERS))
    pairs = told.groupby(["project_id", "instrument"], sort=False)
    ranked = screening.assign(
        others=pairs["others"].transform("any"), failed=pairs["rule"].transform("size"), place=place
    ).sort_values(["others", "failed", "place"], kind="stable")
    first = ranked.groupby("project_id", sort=False)["instrument"].transform("first")
    return screening.loc[ranked.index[ranked["instrument"] == first].sort_values()]
