"""Names of what options bring: the columns of option files, of awards and of the option table alike."""

from __future__ import annotations

from typing import Final

INVESTMENTS: Final = (
    "supported_investment",
    "nominal_investment",
    "certified_investment",
    "counterpart_investment",
    "additional_investment",
    "leveraged_investment",
)
"""Of the supported projects: all fixed investment; the same × response; private money; public owners' own money; what would
not be there without support; and the one of them that the goal speaks of."""
MEASURES: Final = (*INVESTMENTS, "upgrading")
BOND_MEASURES: Final = ("bond_service", "bond_revenue", "bond_shortfall")
"""Further measures of options paid by special bonds: principal and all interest, revenue less cost, and what is missing
for the debt at stressed revenue."""
