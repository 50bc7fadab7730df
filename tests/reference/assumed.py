"""The list of assumptions: every default that rests on one and that the plan uses, found again from config and tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from allocator.config.source.resolved import flow, keyed
from allocator.tables.measures import MEASURES
from allocator.verify.leverage import OWN_COLUMN
from allocator.verify.measures import INVESTMENTS

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config, Limit, Target
    from allocator.verify.awards import ReadyMade
    from allocator.verify.offers import Offers
    from allocator.verify.stored import Findings

NAME = "manifest.json"
MARK = "(assumption)"
DEFAULT = "default"
Assumption = tuple[str, Mapping[str, str], str]
"""Code of the sentence, what stands in it, and the path it speaks of."""


def check_assumptions(offers: Offers, manifest: Mapping[str, Any], findings: Findings) -> None:
    """The manifest lists exactly the assumptions there are; none is left out and none is made up."""
    listed, origins = manifest.get("assumptions"), manifest.get("origins")
    if not findings.hold(isinstance(listed, list), "no_value", NAME, "assumptions"):
        return
    if not findings.hold(isinstance(origins, dict), "no_value", NAME, "origins"):
        return
    missing = Counter(_key(*found) for found in assumptions(offers, origins or {}))
    for number, entry in enumerate(listed or ()):
        where = entry.get("where") if isinstance(entry, dict) else None
        findings.equal(where, "", NAME, f"assumptions.{number}.where")
        told = (entry.get("code"), entry.get("values"), entry.get("path")) if isinstance(entry, dict) else ("", {}, "")
        key = _key(*told)
        findings.hold(missing[key] > 0, "not_expected", NAME, f"assumptions.{number}", got=_words(key))
        missing[key] -= 1
    for key, count in missing.items():
        findings.hold(count <= 0, "row_missing", NAME, "assumptions", got=_words(key))


def _key(code: object, values: object, path: object) -> str:
    if isinstance(values, Mapping):
        values = {name: _plain(value) for name, value in values.items()}
    return json.dumps([code, path, values], ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _words(key: str) -> str:
    code, path, _ = json.loads(key)
    return f"{path or code}"


def assumptions(offers: Offers, origins: Mapping[str, str]) -> Iterator[Assumption]:
    """All that is taken to be so although nobody said it."""
    config = offers.config
    for table, ready in (("commitments", offers.commitments), ("options", offers.options)):
        yield from _of_ready_made(offers, table, ready)
    if config.instruments:
        yield from _of_tables(offers)
    written = [path for path, origin in origins.items() if origin != DEFAULT]
    above = {path[:end] for path in written for end in _ends(path)}
    for path, text in _marked(config, ""):
        if path not in above and not (path.startswith("risk.") and config.uncertainty is None):
            yield "options.default_assumed", {"value": text}, path
    for name, source in config.sources.items():
        if source.bond is not None and source.bond.shortfall == "yearly":
            yield "options.revenue_evenly", {}, f"sources.{name}.bond.shortfall"
    if config.debt is not None and config.debt.room == "ignored":
        yield "options.room_ignored", {}, "debt.room"
    caused = config.leverage.additionality
    if caused is not None and caused.elasticity is not None:
        yield "options.elasticity_assumed", {"cap": f"{caused.cap}"}, "leverage.additionality.elasticity"
    curves = [("leverage", config.leverage), *((f"instruments.{key}", one) for key, one in config.instruments.items())]
    for path, part in curves:
        if not all(share == effect for share, effect in part.response):
            yield "options.response_assumed", {"points": flow(part.response)}, f"{path}.response"
    rules: tuple[Limit | Target, ...] = (*config.limits, *config.targets)
    if config.spending is None and any(_by_year(rule) for rule in rules):
        yield "options.spending_assumed", {}, "spending"
    if config.spending is not None and config.spending.from_ == "months":
        bent = any(time != share for time, share in config.spending.curve)
        if not bent:
            yield "audit.spread_evenly", {}, "spending.curve"


def _ends(path: str) -> list[int]:
    """Where a path and every path above it end."""
    return [*(place for place, letter in enumerate(path) if letter == "."), len(path)]


def _of_ready_made(offers: Offers, table: str, ready: ReadyMade) -> Iterator[Assumption]:
    """Measures of ready-made rows that are not written and do not follow from others are taken as 0."""
    if not ready.columns:
        return
    yield from _of_their_bonds(offers.config, table, ready)
    given = {name for name in MEASURES if name in ready.columns} | {"supported_investment", "counterpart_investment"}
    if f"{offers.config.leverage.goal}_investment" in given:
        given.add("leveraged_investment")
    scored = offers.config.upgrading is not None or "structure_score" in offers.facts.columns
    if scored and "leveraged_investment" in given:
        given.add("upgrading")
    absent = [name for name in MEASURES if name not in given]
    if absent:
        yield "options.measures_assumed", {"table": table, "columns": ", ".join(absent)}, ""


def _of_their_bonds(config: Config, table: str, ready: ReadyMade) -> Iterator[Assumption]:
    """What stressed revenue leaves unpaid of bonds that ready-made rows are paid by."""
    rows, payers = set[int](), set[str]()
    for column, source, _ in ready.paying:
        bond = config.sources[source].bond if source in config.sources else None
        if bond is not None and bond.revenue_haircut is not None:
            paid = [row for row, amount in enumerate(ready.columns[column]) if float(str(amount)) > 0]
            rows.update(paid)
            payers.update([source] if paid else [])
    if payers and "bond_shortfall" not in ready.columns:
        named = ", ".join(name for name in config.sources if name in payers)
        yield "options.shortfall_unknown", {"table": table, "count": str(len(rows)), "sources": named}, "bond_shortfall"


def _of_tables(offers: Offers) -> Iterator[Assumption]:
    """Factors, scores and investments of which neither config nor tables say anything."""
    config, columns = offers.config, offers.facts.columns
    for name, column in OWN_COLUMN.items():
        value = "0" if name == "displacement" else "1"
        if getattr(config.leverage, name) is not None:
            continue
        if column not in columns:
            yield "options.factor_assumed", {"factor": name, "value": value}, f"leverage.{name}"
        elif blank := sum(cell is None for cell in offers.facts.cells(column)):
            yield "options.factor_blank", {"column": column, "count": str(blank), "value": value}, f"leverage.{name}"
    if config.upgrading is None and "structure_score" not in columns:
        yield "options.score_assumed", {}, "upgrading"
    if "fixed_investment" not in columns:
        yield "options.no_investment", {}, "fixed_investment"


def _marked(part: BaseModel, path: str) -> Iterator[tuple[str, str]]:
    """Path and text of every value below a part of the config whose description says that its default is assumed."""
    for name, info in type(part).model_fields.items():
        value, here = getattr(part, name), f"{path}.{info.alias or name}".lstrip(".")
        if MARK in (info.description or "") and value is not None and not _idle(part, name):
            yield here, flow(value)
        if isinstance(value, BaseModel):
            yield from _marked(value, here)
        elif isinstance(value, dict | list | tuple):
            yield from _marked_within(value, here)


def _marked_within(value: Mapping[str, Any] | Sequence[Any], path: str) -> Iterator[tuple[str, str]]:
    plain: Any = value
    if not isinstance(value, Mapping):
        plain = [{"name": getattr(child, "name", None), "part": child} for child in value]
    for address, child in keyed(plain):
        part = child["part"] if isinstance(child, dict) and "part" in child else child
        if isinstance(part, BaseModel):
            yield from _marked(part, f"{path}.{address}")


def _idle(part: Any, name: str) -> bool:
    """Whether a default decides nothing, since what it belongs to is not asked for."""
    match type(part).__name__, name:
        case "Debt", "tiers":
            return part.grade is None
        case "BondTerms", "shortfall_price":
            return part.revenue_haircut is None
        case "Realisation", "least":
            return bool(part.from_ != "progress")
        case "Bond", "capital_ratio":
            return bool(part.use != "capital")
    return False


def _by_year(rule: Limit | Target) -> bool:
    """Whether a rule counts investment in single years."""
    each = getattr(rule, "each", None) or ()
    single = rule.year is not None or "year" in ([each] if isinstance(each, str) else each)
    return rule.measure in INVESTMENTS and (single or getattr(rule, "growth", None) is not None)
