"""Special-bond money and what it may never pay, held against every payment of the plan.

Written from the rule alone (State Council Document 52 of 2024): never interest, subsidies, recurrent spending or
competitive industry, whatever config, option file or commitments say.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from allocator.config_instruments import Bond, Grant

if TYPE_CHECKING:
    from allocator.config import Config, Source
    from allocator.verify.facts import Facts
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Award, Plan

INDUSTRY = frozenset({"重大工业项目", "企业技改", "融资担保", "科技成果产业化"})


def is_bond(key: str, source: Source) -> bool:
    """Whether a source is special-bond money by its terms, its key or its name."""
    text = plain(f"{key}\n{source.name}").replace("_", " ").replace("-", " ")
    return source.bond is not None or "专项债" in text or "special bond" in text


def barred(config: Config, facts: Facts, at: int, instrument: str) -> bool:
    """Whether special-bond money is to pay an instrument and the project is an enterprise's own, or a guarantee."""
    paid = any(instrument in source.pays for key, source in config.sources.items() if is_bond(key, source))
    return paid and industry(facts, at)


def industry(facts: Facts, at: int) -> bool:
    """Whether a project is an enterprise's own, or a guarantee."""
    return not INDUSTRY.isdisjoint(facts.parts(at, "category"))


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
    terms = plan.config.sources[source].bond
    words = plain(str(plan.facts.cell(award.at, "category") or ""))
    park = any(word in words for word in ("园区", "标准厂房", "park", "infrastructure"))
    return park or (rule is None and terms is None)


def plain(text: str) -> str:
    """Half-width, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()
