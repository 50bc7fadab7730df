"""Thresholds of the warnings about what a plan funds, as config types."""

from __future__ import annotations

from decimal import Decimal

from allocator.config_parts import Amount, Part, Share, Text


class Flags(Part):
    """Warnings F1–F14 about awards of the plan, told in `flags.csv`, summary and report; they change no plan.

    A warning whose column the project table does not have is not given.
    """

    local_words: list[Text] = ["区内配套", "本地配套", "本地采购", "区内采购"]
    """F3: words in `note` that tie support to local content."""
    trade_codes: list[Text] = ["C3612", "C3825", "C3841"]
    """F4: beginnings of industry codes under foreign subsidy probes: electric vehicles, solar, batteries."""
    grades: list[Text] = ["红", "橙"]
    """F7: grades of debt risk (`debt_grade`) at which new bonds are a warning."""
    min_cover: Amount = Decimal("1.2")
    """F8: least cover at `revenue` of the forecast."""
    revenue: Share = Decimal("0.7")
    """F8: share of the forecast revenue that is counted on."""
    progress: Share = Decimal("0.6")
    """F10: share of the investment done before approval, above which support brings nothing new (assumption)."""
    firm_share: Share = Decimal("0.08")
    """F11: share of all awards that goes to one group of firms (assumption)."""
    chain_share: Share = Decimal("0.25")
    """F11: share of all awards that goes to one industrial chain (assumption)."""
    times: Amount = Decimal(60)
    """F12: nominal investment per yuan of award, above which the award decides little."""
