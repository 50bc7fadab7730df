"""Special-bond money and what it may never pay, held against every payment of the plan.

Written from the rule alone (State Council Document 52 of 2024): never interest, subsidies, recurrent spending or
competitive industry, whatever config, option file or commitments say.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from allocator.config.keys.instruments import Bond, Grant

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.config.keys.sources import Source
    from allocator.verify.facts import Facts
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Award, Plan

INDUSTRY = re.compile("重大工业项目|企业技改|融资担保|科技成果产业化|plants?|factor(y|ies)|.*(企业|工业项目)")
"""Categories that are the projects of enterprises."""
WORKS = re.compile("基础设施|标准厂房|infrastructure")
AID = re.compile("担保|renovation|guarantee")
NOT_EVEN_THERE = re.compile(
    "贴息|利息|interestsubsid|loaninterest|补(助|贴)|subsid|奖(补|励)|工资|流动资金|风险补偿|经费|技改|技术改造|设备购置"
)
SUBSIDIES = re.compile("贴息|补助|补贴|担保|interest|subsid|grant|guarantee")
TRADE = re.compile("工业[项項]目|产业化|制造业|制造项目|enterprise|manufactur|indust(rial|ry)project")
BONDS = re.compile(
    "专(项)?债|债券|(地方|政府)债|specialbond|zhuanxiangzhai|zxzq|lgsb|(municipal|revenue|localgovernment)bond"
)
PARKS = re.compile("园区|基础设施|标准厂房|park|infrastructure")


def is_bond(key: str, source: Source) -> bool:
    """Whether a source is special-bond money by its terms, its key or its name."""
    return source.bond is not None or named_bonds(key) or named_bonds(source.name)


@cache
def named_bonds(text: str) -> bool:
    """Whether a text means special bonds, and not general or treasury bonds."""
    if re.search("一般债|国债", bare(text)):
        return False
    return bool(BONDS.search(bare(text)))


def barred(config: Config, facts: Facts, at: int, instrument: str) -> bool:
    """Whether special-bond money is to pay an instrument and the project is an enterprise's own, or a guarantee."""
    paid = any(instrument in source.pays for key, source in config.sources.items() if is_bond(key, source))
    return paid and industry(facts, at)


def industry(facts: Facts, at: int) -> bool:
    """Whether a project is an enterprise's own, or a guarantee."""
    return _of_enterprises(str(facts.cell(at, "category") or ""))


@lru_cache(maxsize=10_000)
def _of_enterprises(category: str) -> bool:
    text = plain(category)
    return any(_enterprise(bare(part)) for part in re.split("[;,、/|\n]", text))


def _enterprise(part: str) -> bool:
    if NOT_EVEN_THERE.search(part) or WORKS.search(part):
        return bool(NOT_EVEN_THERE.search(part))
    return bool(INDUSTRY.fullmatch(part) or AID.search(part) or (TRADE.search(part) and not PARKS.search(part)))


def check_bond_use(plan: Plan, findings: Findings) -> None:
    """No payment of special-bond money goes to a subsidy or to an enterprise."""
    bonds = {key for key, source in plan.config.sources.items() if is_bond(key, source)}
    for award in plan.awards:
        payers = sorted({source for source, _ in award.paid} & bonds)
        for source in payers:
            findings.hold(
                _allowed(plan, source, award), "bond_misused", award.place, source,
                project=award.project, instrument=award.instrument,
            )  # fmt: skip


def _allowed(plan: Plan, source: str, award: Award) -> bool:
    rule = plan.config.instruments.get(award.instrument)
    if industry(plan.facts, award.at):
        return False
    if isinstance(rule, Bond):
        return True
    if rule is not None and not isinstance(rule, Grant):
        return False
    if rule is None and SUBSIDIES.search(bare(award.instrument)):
        return False
    terms = plan.config.sources[source].bond
    return bool(PARKS.search(plain(str(plan.facts.cell(award.at, "category") or "")))) or (
        rule is None and terms is None
    )


def plain(text: str) -> str:
    """Half-width, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def bare(text: str) -> str:
    """Its letters and figures."""
    return re.sub(r"[\W_]", "", plain(text)).replace("專", "专").replace("項", "项").replace("債", "债")
