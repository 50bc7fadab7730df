"""Thresholds of the warnings about what a plan funds, as config types."""

from __future__ import annotations

from decimal import Decimal

from allocator.config.keys.parts import Amount, Name, Part, Share


class Flags(Part):
    """Warnings F1–F14 about awards of the plan, told in `flags.csv`, summary and report; they change no plan.

    A warning whose column the project table does not have is not given.
    """

    selective: list[Name] = ["entity_name", "entity_uscc", "group_id", "project_id", "project_name", "firm_size"]
    """F2: columns by which a condition (`where`) of an instrument picks out named firms, or firms of a size (assumption)."""
    lawful: list[Name] = []
    """F2: instruments whose choice of firms rests on a law or on the State Council."""
    selective_words: list[Name] = ["指定企业", "限本地企业", "仅限本地", "限区内企业"]
    """F2: words in `note` or in the name of an instrument that keep other firms out (assumption)."""
    local_words: list[Name] = ["区内配套", "本地配套", "本地采购", "区内采购"]
    """F3: words in `note`, or in the name or base of an instrument, that tie support to local content (assumption)."""
    export_words: list[Name] = ["出口实绩", "出口业绩", "出口奖励", "出口补贴", "出口额", "创汇", "export"]
    """F4: words in `note`, or in the name or base of an instrument, that tie support to exports (assumption)."""
    trade_codes: list[Name] = ["C3612", "C3825", "C3841"]
    """F4: beginnings of industry codes under foreign subsidy probes: electric vehicles, solar, batteries."""
    heavy_codes: list[Name] = ["C25", "C26", "C30", "C31", "C32", "D44"]
    """F5: beginnings of industry codes that count as energy-heavy where `is_energy_heavy` is blank (assumption)."""
    excess_codes: list[Name] = ["C3011", "C311", "C312", "C313", "C3825"]
    """F5: beginnings of industry codes with too much capacity: cement, iron and steel, solar (assumption). A filled
    `capacity_notice` or `renovation_nature` 置换淘汰 answers it. As a gate: `screening.gates` with `where: {gb4754_code:
    {begins: [C3011, C311]}}, filled: [capacity_notice]`; F6 as rules: `stacking.national`, `one_per_entity`, `earlier`."""
    grades: list[Name] = ["红", "橙"]
    """F7: grades of debt risk (`debt.grade`, else `debt_grade`) at which new bonds are a warning; also with more after it: 红色."""
    debt_ratio: Amount = Decimal(200)
    """F7: `debt_ratio` in percent from which new bonds are a warning where no grade is given: orange begins there."""
    min_cover: Amount = Decimal("1.2")
    """F8: least cover at `revenue` of the forecast."""
    revenue: Share = Decimal("0.7")
    """F8: share of the forecast revenue that is counted on."""
    behind: Share = Decimal("0.2")
    """F9: share of the investment by which a project may be behind its course from start to completion (assumption): even, or
    the curve of `spending`. Told as well: nothing done a year after the planned start, bonds issued and not invested a
    year after it, and money paid more than a year before the plan that is not invested (by `progress`)."""
    progress: Share = Decimal("0.6")
    """F10: share of the investment done before approval, above which support brings nothing new (assumption)."""
    firm_share: Share = Decimal("0.08")
    """F11: share of all awards that goes to one group of firms, or to one firm without a group (assumption)."""
    chain_share: Share = Decimal("0.25")
    """F11: share of all awards that goes to one industrial chain (assumption)."""
    times: Amount = Decimal(60)
    """F12: nominal investment per yuan of award, above which the award decides little."""
    least_share: Share = Decimal("0.01")
    """F12: award as a share of the fixed investment, below which it decides little."""
