"""Columns that a plan needs and its table lacks: all told at once, each with the header that it may stand under.

What an instrument is computed from counts as well as what every table must have, where the data dictionary knows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from allocator.messages import Message
from allocator.tables.files.columns import Column, dictionary, header_form, split_unit

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.tables.files.table import Table
    from allocator.tables.opened import Reading

PERHAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "project_id": ("序号", "编码", "项目序号", "代码", "no", "no.", "nr", "number", "seq", "code"),
    "region": ("市", "城市", "地区", "所在地", "属地", "行政区", "行政区划", "place", "prefecture", "municipality"),
    "category": ("类型", "分类", "种类", "支持类别", "支持方向", "type", "kind", "class"),
    "fixed_investment": ("投资额", "投资", "总投资", "investment", "capex"),
    "requested_amount": ("申请额", "拟安排资金", "资金需求", "amount"),
    "bank_loan_committed": ("贷款", "贷款金额", "银行贷款", "loan"),
    "loan_rate": ("利率", "年利率", "interest"),
    "guarantee_amount": ("担保额", "在保金额", "guaranteed"),
    "bond_need": ("债券需求", "申请债券", "债券额度", "bonds"),
    "revenue_total": ("收入", "收益", "revenue", "income"),
    "cost_total": ("支出", "cost"),
    "end_ym": ("完工", "竣工", "completion", "end"),
    "start_ym": ("开工", "start"),
}
"""Headers that may mean a column, but are no names of it that could be taken without asking."""
LIKELY: Final = 0.6
"""Least likeness of a header that is named; one is exactly the same."""
WITHIN: Final = 0.9
"""Likeness of a header that holds a name of the column, or the other way round."""
FEW: Final = 8
"""Headers that are listed where none is likely."""


def complete(reading: Reading, role: str, needed: Sequence[str]) -> Table | None:
    """A table that has every column needed; None, with what lacks, where it has not."""
    table = reading.tables.get(role)
    if table is None:
        return None
    wanted = dict.fromkeys(needed, "")
    extra = dict(asked_for(reading)) if role == "projects" else {}
    for part in table.parts or (table,):
        report(part, {**wanted, **extra} | wanted, reading.unmatched)
    lacks = any(name not in part.matching.names for part in table.parts or (table,) for name in needed)
    return None if lacks else table


def asked_for(reading: Reading) -> Iterator[tuple[str, str]]:
    """Documented columns that instruments need and that no file has → the key that asks for each."""
    from allocator.config.rules.bond_money import columns_of

    config: Config = reading.config
    if config.regions is not None and "regions" not in reading.tables:
        return
    there = {
        name for one in reading.tables if one in {"projects", "regions"} for name in reading.tables[one].matching.names
    }
    there |= {"project_name"} | ({"start_year"} if "start_ym" in there else set())
    for key, instrument in config.instruments.items():
        asked = {name: f"instruments.{key}.where.{name}" for name in instrument.where}
        asked |= {name: f"instruments.{key}.{by}" for name, by in columns_of(instrument, config).items()}
        for name, path in asked.items():
            if name not in there and name in dictionary()["projects"]:
                there.add(name)
                yield name, path


def report(table: Table, needed: Mapping[str, str], unmatched: set[str]) -> None:
    """Tell of needed columns (name → key that asks for it) that a table lacks, but those whose mapping is told already."""
    lacking = [name for name in needed if name not in table.matching.names and name not in unmatched]
    known, sheet = table.known.columns, table.sheet
    free = [sheet.headers[at] for own, at in table.matching.names.items() if own not in table.matching.types]
    meant = likely([known[name] for name in lacking], free)
    left = [header for header in free if header not in meant.values()] or sheet.headers
    for name in lacking:
        asked = Message("tables.asked_by", {"path": needed[name]}) if needed[name] else ""
        near = Message("tables.map_near", {"column": name, "nearest": meant.get(name, "")})
        listed = [*left[:FEW], *(["…"] if len(left) > FEW else [])]
        advice = near if name in meant else Message("tables.map_any", {"column": name, "headers": listed})
        header = known[name].header_zh or name
        table.problems.error("no_column", sheet.file, column=name, header=header, asked=asked, advice=advice)
    if len(meant) > 1:
        pairs = ", ".join(f"{name}: {header}" for name, header in meant.items())
        table.problems.error("map_all", sheet.file, columns=f"columns: {{{pairs}}}")


def likely(columns: Sequence[Column], headers: Sequence[str]) -> dict[str, str]:
    """Column → the header that it most likely stands under; no header is named twice."""
    pairs = [(likeness(column, header), column.name, header) for column in columns for header in headers]
    found: dict[str, str] = {}
    for like, name, header in sorted(pairs, key=lambda pair: -pair[0]):
        if like >= LIKELY and name not in found and header not in found.values():
            found[name] = header
    return {column.name: found[column.name] for column in columns if column.name in found}


def likeness(column: Column, header: str) -> float:
    """How much a header looks like a name of a column."""
    bare = header_form(split_unit(header)[0])
    names = [header_form(name) for name in (column.name, column.header_zh, *column.also) if name]
    perhaps = [header_form(name) for name in PERHAPS.get(column.name, ())]
    if bare in (*names, *perhaps):
        return 1.0
    if any(len(name) > 1 and name in bare for name in (*names, *perhaps)) or (
        len(bare) > 1 and any(bare in name for name in names)
    ):
        return WITHIN
    return max((SequenceMatcher(None, bare, name).ratio() for name in names), default=0.0)
