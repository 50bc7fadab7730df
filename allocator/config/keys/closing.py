"""Whether a project's financing closes, as config types."""

from __future__ import annotations

from decimal import Decimal

from allocator.config.keys.parts import Flag, Share
from allocator.config.keys.stacking import OfInstruments


class Closing(OfInstruments):
    """Whether the financing of projects must close.

    It closes when `own_funds`, `bank_loan_committed`, `bank_loan_planned`, `other_public`, `bond_issued` and the award add
    up to `total_investment` (`fixed_investment` where that is blank). `instruments` left out: those of kind `bond`.
    Projects of which the table tells neither own funds nor loans are not judged, which is noted; nor are ready-made
    options and commitments. `closing.csv` has the sheet of every supported project.
    """

    gate: Flag = True
    """Keep out the levels of an award that leave a gap of more than `max_gap`."""
    max_gap: Share = Decimal(0)
    """Greatest gap that may be left, as a share of the investment."""
