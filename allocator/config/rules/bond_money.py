"""Which sources are special-bond money, what it never pays, and the columns that instruments ask for.

State Council Document 52 of 2024: infrastructure that earns revenue, never interest, recurrent spending or
competitive industry. A source is special-bond money when it has `bond:` terms, or when its key or name says so.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from allocator.config.keys.instruments import Bond, BondTerms, Grant, Instrument
from allocator.config.keys.plan import Config
from allocator.config.keys.sources import Source

SAID: Final = (
    *("专项债", "专债", "债券", "地方债", "政府债", "specialbond", "zhuanxiangzhai", "zxzq"),
    *("lgsb", "municipalbond", "revenuebond", "localgovernmentbond"),
)
"""Words by which a source says that it is special-bond money, whatever stands between their letters."""
OTHER_BONDS: Final = ("一般债", "国债")
"""General and treasury bonds are no special bonds."""
INFRASTRUCTURE: Final = ("基础设施", "标准厂房", "infrastructure")
"""Words by which a category says that it is infrastructure, whatever else it says."""
PARK: Final = ("园区", *INFRASTRUCTURE, "park")
"""Words by which a category says that it is infrastructure for plants."""
NEVER: Final = ("担保", "renovation", "guarantee")
"""Words of categories that special-bond money never pays, not even inside a park."""
NEVER_AT_ALL: Final = (
    *("贴息", "利息", "interestsubsid", "loaninterest", "subsid"),
    *("补助", "补贴", "奖补", "奖励", "工资", "流动资金", "风险补偿", "经费", "技改", "技术改造", "设备购置"),
)
"""Words of what it never pays, not even for infrastructure."""
ENTERPRISE: Final = ("重大工业项目", "企业技改", "融资担保", "科技成果产业化")
"""Categories of competitive industry and of guarantees: never paid by special-bond money."""
INDUSTRY: Final = (
    *("工业项目", "工业項目", "产业化", "制造业", "制造项目"),
    *("enterprise", "manufactur", "industrialproject", "industryproject"),
)
"""Words by which a category says, in other words, that it is competitive industry, where it names no park."""
PLANTS: Final = ("plant", "plants", "factory", "factories", "企业", "入园企业")
OF_FIRMS: Final = ("企业", "工业项目")
"""Endings of categories that are enterprises, also inside a park."""
SUBSIDY: Final = ("贴息", "补助", "补贴", "担保", "interest", "subsid", "grant", "guarantee")
"""Words by which the instrument of a ready-made option says that it is no infrastructure."""
SIMPLER: Final = str.maketrans("專項債", "专项债")
CATEGORY: Final = "category"


YEARLY: Final = ("build_years", "operate_years")


def is_bond_money(key: str, source: Source) -> bool:
    """Whether a source is special-bond money."""
    return source.bond is not None or any(says_bonds(text) for text in (key, source.name))


def says_bonds(text: str) -> bool:
    """Whether a key or a name means special bonds."""
    if any(word in letters(text) for word in OTHER_BONDS):
        return False
    return any(word in letters(text) for word in SAID)


def may_pay(instrument: Instrument) -> bool:
    """Whether special-bond money may pay an instrument: a bond, or a grant that only park infrastructure can have."""
    if isinstance(instrument, Bond):
        return True
    condition = instrument.where.get(CATEGORY)
    values = condition if isinstance(condition, list) else [condition]
    return isinstance(instrument, Grant) and all(isinstance(value, str) and is_park(value) for value in values)


def may_go_to(config: Config, source: str, instrument: str, category: str) -> bool:
    """Whether a source of special-bond money may pay a ready-made option of some instrument and category.

    With `bond:` terms it pays only what is known to be infrastructure, else anything that is not known to be none.
    """
    known = config.instruments.get(instrument)
    if is_enterprise(category) or (known is not None and not may_pay(known)):
        return False
    if known is None and any(word in letters(instrument) for word in SUBSIDY):
        return False
    return isinstance(known, Bond) or is_park(category) or config.sources[source].bond is None


def paid_by_bonds(config: Config) -> set[str]:
    """Instruments that special-bond money pays."""
    return {key for name, source in config.sources.items() if is_bond_money(name, source) for key in source.pays}


def is_park(category: str) -> bool:
    """Whether a category is infrastructure for plants."""
    return not is_enterprise(category) and any(word in folded(category) for word in PARK)


def is_enterprise(category: str) -> bool:
    """Whether a category, or one of several, is an enterprise's own project, or a guarantee."""
    return any(enterprise(letters(part)) for part in re.split(r"[;,、/|\n]", folded(category)))


def enterprise(part: str) -> bool:
    """Whether one category is an enterprise's own project, or a guarantee, in the contract's words or in others."""
    if any(word in part for word in NEVER_AT_ALL):
        return True
    if any(word in part for word in INFRASTRUCTURE):
        return False
    if part in (*ENTERPRISE, *PLANTS) or part.endswith(OF_FIRMS) or any(word in part for word in NEVER):
        return True
    return any(word in part for word in INDUSTRY) and not any(word in part for word in PARK)


def letters(text: str) -> str:
    """The letters and figures of a text: what stays when somebody puts spaces, hyphens or invisible signs between."""
    return "".join(sign for sign in folded(text) if sign.isalnum()).translate(SIMPLER)


def folded(text: str) -> str:
    """Text as it is compared: half-width, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def columns_of(instrument: Instrument, config: Config) -> dict[str, str]:
    """Column that must be filled → the key of the instrument that asks for it."""
    terms = paying(config, instrument) if isinstance(instrument, Bond) else []
    yearly = terms and terms[0].shortfall == "yearly"
    return instrument.columns() | (dict.fromkeys(YEARLY, "kind") if yearly else {})


def paying(config: Config, instrument: Bond) -> list[BondTerms]:
    """The terms of every source that pays an instrument."""
    keys = {key for key, other in config.instruments.items() if other is instrument}
    return [source.bond for source in config.sources.values() if source.bond is not None and keys & set(source.pays)]
