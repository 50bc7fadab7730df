"""What one funded project is warned of: pitfalls F1–F14 of practice, each with its value and what it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from allocator.config.keys.parts import Range
from allocator.config.rules.bond_money import is_enterprise
from allocator.options.instruments.bond import cover_text
from allocator.problem.spread import along
from allocator.tables.conditions import normal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from allocator.config.keys.flags import Flags
    from allocator.config.keys.instruments import Instrument
    from allocator.config.keys.plan import Config
    from allocator.problem.debt.park_revenue import Account

SIGN: Final = ";"
BLANK: Final = "blank"
PASSED: Final = ("通过", "已通过", "passed", "1")
UNREVIEWED: Final = {"pending": "待审", "none": "未审"}
"""States of a policy's review that are a warning, in the words of `fcr_passed`."""
REPLACED: Final = ("置换淘汰", "replacement")
RESTRICTED: Final = ("限制", "淘汰", "限制类", "淘汰类", "restricted", "eliminated")
BEGUN: Final = ("已开工", "在建", "开工", "started", "under construction")
FIRM: Final = ("entity_uscc", "entity_name")
"""What tells whose a project is, the surer one first."""
MONTHS: Final = 12
MOST_NAMED: Final = 5
"""Other projects of a firm that a warning names."""
Told = tuple[str, str, str]
"""Flag, value, threshold."""


class Cells:
    """The cells of one candidate: text in normal form, numbers in fen or as they are; None where blank or not there."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], row: int) -> None:
        self._columns, self._row = columns, row

    def has(self, column: str) -> bool:
        """Whether the table has a column."""
        return column in self._columns

    def text(self, column: str) -> str:
        """A cell in normal form."""
        return normal(self._columns[column][self._row]) if self.has(column) else ""

    def number(self, column: str) -> Fraction:
        """A number, 0 where there is none."""
        value: Any = self._columns[column][self._row] if self.has(column) else None
        return Fraction(repr(float(value))) if isinstance(value, float) and not np.isnan(value) else Fraction(0)


@dataclass(frozen=True)
class Funded:
    """One funded project; amounts in fen."""

    cells: Cells
    award: Fraction
    nominal: Fraction
    service: Fraction
    """Principal and interest of its bonds."""
    book: Account
    """What of its revenue, cost and other debt stands against them."""
    bonds: bool
    """Whether special-bond money pays it."""
    instruments: Mapping[str, Fraction]
    """Award by each of its instruments."""
    decided: bool
    """Whether this plan decides about it, and not one before."""
    others: Sequence[str] = field(default=())
    """Other projects of its firm that this plan supports from the same year on, or somebody else."""
    unspent: Fraction = Fraction(0)
    """What was paid more than a year before the plan and is not yet invested."""
    invested: Fraction | None = None
    """What is done by now, as progress tells."""

    @property
    def done(self) -> Fraction:
        """What is done of its investment, by its own cell or by progress, whichever tells more."""
        return max(self.cells.number("done_investment"), self.invested or Fraction(0))


@dataclass(frozen=True)
class Judge:
    """Thresholds, config, and how amounts are written."""

    rules: Flags
    config: Config
    money: Callable[[float], str]

    def __call__(self, project: Funded) -> Iterator[Told]:
        """The warnings about one project, in the order of their numbers."""
        yield from self.of_bonds(project)
        yield from self.of_competition(project)
        yield from self.of_trade(project)
        yield from self.of_record(project)
        yield from self.of_progress(project)
        if project.decided:
            yield from self.of_leverage(project)

    def of_bonds(self, project: Funded) -> Iterator[Told]:
        """F1, F7, F8: special-bond money of a project."""
        if not project.bonds:
            return
        rules, cells = self.rules, project.cells
        wrong = [f"category={cells.text('category')}"] if is_enterprise(cells.text("category")) else []
        wrong += ["revenue_total=0"] if cells.number("revenue_total") <= 0 else []
        if wrong:
            yield "F1", SIGN.join(wrong), "revenue_total > 0"
        column = (self.config.debt.grade if self.config.debt else None) or "debt_grade"
        grade, ratio = cells.text(column), cells.number("debt_ratio")
        if grade.startswith(tuple(normal(listed) for listed in rules.grades)):
            yield "F7", grade, SIGN.join(rules.grades)
        elif not grade and ratio and ratio >= Fraction(rules.debt_ratio):
            yield "F7", f"{cover_text(ratio)}%", f"{plain(rules.debt_ratio)}%"
        counted, owed = project.book.net(Fraction(rules.revenue)), project.service + project.book.beside
        if project.service and counted < Fraction(rules.min_cover) * owed:
            yield "F8", cover_text(counted / owed), plain(rules.min_cover)

    def of_competition(self, project: Funded) -> Iterator[Told]:
        """F2: no review of fair competition, or support for named firms, for firms of a size, for local firms only."""
        rules, cells = self.rules, project.cells
        known = {key: self.config.instruments[key] for key in project.instruments if key in self.config.instruments}
        states = {key: None if key not in known else known[key].fair_competition for key in project.instruments}
        open_to_law = [key for key, state in states.items() if key not in rules.lawful and state != "exempt"]
        picked = [
            f"{key}: {column}"
            for key in open_to_law
            for column, condition in (known[key].where if key in known else {}).items()
            if column in rules.selective and not (isinstance(condition, Range) and condition.not_ is not None)
        ]
        words = self.words(rules.selective_words, [cells.text("note"), *(self.names(key)[0] for key in open_to_law)])
        wrong = [f"{key}: {UNREVIEWED[state]}" for key, state in states.items() if state in UNREVIEWED]
        by_project = cells.has("fcr_passed") and None in states.values()
        if by_project and cells.text("fcr_passed").casefold() not in PASSED:
            wrong = [cells.text("fcr_passed") or BLANK, *wrong]
        beyond = [*self.beyond_review(project, known)]
        needed = ["通过"] * bool(wrong) + ["lawful"] * bool(picked or words) + [most for _, most in beyond]
        if needed:
            yield "F2", SIGN.join([*wrong, *picked, *words, *(got for got, _ in beyond)]), SIGN.join(needed)

    def beyond_review(self, project: Funded, known: Mapping[str, Instrument]) -> Iterator[tuple[str, str]]:
        """Awards above what the review of their policy covers, and that."""
        for key, rule in known.items():
            most = rule.review_covers
            if most is not None and project.instruments[key] > Fraction(most) * self.config.unit.fen_per_unit:
                yield f"{key}: {self.money(int(project.instruments[key]))}", plain(most)

    def of_trade(self, project: Funded) -> Iterator[Told]:
        """F3, F4: support tied to local content or to exports, and industries under probes abroad."""
        rules, cells = self.rules, project.cells
        texts = [cells.text("note"), *(name for key in project.instruments for name in self.names(key))]
        local, exports = self.words(rules.local_words, texts), self.words(rules.export_words, texts)
        if local:
            yield "F3", SIGN.join(local), ""
        probed = begins(cells.text("gb4754_code"), rules.trade_codes)
        if probed or exports:
            value = [*([cells.text("gb4754_code")] if probed else []), *exports]
            yield "F4", SIGN.join(value), SIGN.join(rules.trade_codes if probed else ())

    def of_record(self, project: Funded) -> Iterator[Told]:
        """F5, F6, F13, F14: energy and capacity, other support, class of the catalogue, record."""
        rules, cells = self.rules, project.cells
        code, said = cells.text("gb4754_code"), cells.text("is_energy_heavy")
        heavy = said == "1" or (not said and begins(code, rules.heavy_codes))
        replaced = cells.text("renovation_nature").casefold() in REPLACED or cells.text("capacity_notice") != ""
        if (heavy or begins(code, rules.excess_codes)) and not replaced:
            yield "F5", code or "is_energy_heavy=1", REPLACED[0]
        public = cells.number("other_public")
        twice = [self.money(int(public))] if public > 0 else []
        named = [*project.others[:MOST_NAMED], *(["…"] if len(project.others) > MOST_NAMED else [])]
        if twice or named:
            yield "F6", SIGN.join([*twice, *named]), "0"
        if cells.text("catalog_class").casefold() in RESTRICTED:
            yield "F13", cells.text("catalog_class"), "鼓励;允许"
        if cells.text("clean_record") == "0":
            yield "F14", "0", "1"

    def of_progress(self, project: Funded) -> Iterator[Told]:
        """F9, F10: less done than planned, money unspent for a year, and most done before the decision."""
        cells, fixed, done = project.cells, project.cells.number("fixed_investment"), project.done
        said = [*self.behind(project)] if cells.has("done_investment") or project.invested is not None else []
        issued = cells.number("bond_issued") - done if self.over(cells) > MONTHS else Fraction(0)
        idle = max(project.unspent, issued)
        said += [(self.money(int(idle)), "0")] if idle > 0 else []
        if said:
            yield "F9", SIGN.join(value for value, _ in said), SIGN.join(held for _, held in said)
        if project.decided and fixed > 0 and done > Fraction(self.rules.progress) * fixed:
            yield "F10", cover_text(done / fixed), plain(self.rules.progress)

    def behind(self, project: Funded) -> Iterator[tuple[str, str]]:
        """Nothing done although it has begun, or should have a year ago; or less done than its course asks for."""
        cells, fixed, done = project.cells, project.cells.number("fixed_investment"), project.done
        least = self.planned(cells) - Fraction(self.rules.behind)
        if not done and cells.text("stage").casefold() in BEGUN:
            yield "0", cells.text("stage")
        elif not done and self.over(cells) > MONTHS:
            yield "0", cells.text("start_ym")
        elif fixed > 0 and done < least * fixed:
            yield cover_text(done / fixed), cover_text(least)

    def over(self, cells: Cells) -> int:
        """Months from the planned start to the first plan year; 0 where it is later or not known."""
        start = month_number(cells.text("start_ym"))
        return 0 if start is None else max(self.config.years[0] * MONTHS - start, 0)

    def planned(self, cells: Cells) -> Fraction:
        """Share of the investment that its course puts before the first plan year: even, or the curve of `spending`."""
        ends = [month_number(cells.text(column)) for column in ("start_ym", "end_ym")]
        if ends[0] is None or ends[1] is None or ends[1] < ends[0]:
            return Fraction(0)
        passed = min(Fraction(self.over(cells), ends[1] + 1 - ends[0]), Fraction(1))
        spending = self.config.spending
        curve = [(Fraction(time), Fraction(share)) for time, share in spending.curve] if spending else []
        return along(curve, passed) if curve else passed

    def of_leverage(self, project: Funded) -> Iterator[Told]:
        """F12: an award too small for what it is said to move."""
        fixed, award = project.cells.number("fixed_investment"), project.award
        value, held = list[str](), list[str]()
        if award > 0 and project.nominal > Fraction(self.rules.times) * award:
            value, held = [cover_text(project.nominal / award)], [plain(self.rules.times)]
        if 0 < award < Fraction(self.rules.least_share) * fixed:
            value, held = [*value, cover_text(award / fixed)], [*held, plain(self.rules.least_share)]
        if value:
            yield "F12", SIGN.join(value), SIGN.join(held)

    def names(self, key: str) -> tuple[str, str]:
        """What an instrument is called, and the column that it is computed from."""
        rule = self.config.instruments.get(key)
        return (key, "") if rule is None else (rule.name or key, getattr(rule, "base", "") or "")

    @staticmethod
    def words(wanted: Sequence[str], texts: Sequence[str]) -> list[str]:
        """The words that one of the texts has."""
        folded = [normal(text).casefold() for text in texts]
        return [word for word in wanted if any(normal(word).casefold() in text for text in folded)]


def begins(code: str, beginnings: Sequence[str]) -> bool:
    """Whether an industry code begins like one of a list, with or without the letter of its section."""
    return bool(code) and digits(code).startswith(tuple(digits(normal(begin)) for begin in beginnings))


def digits(code: str) -> str:
    """An industry code without the letter of its section."""
    return code[1:] if code[:1].isalpha() else code


def month_number(text: str) -> int | None:
    """The months since year 0 of yyyy-mm."""
    year, _, month = text.partition("-")
    return int(year) * MONTHS + int(month) - 1 if year.isdigit() and month.isdigit() else None


def plain(value: Any) -> str:
    """A threshold as the config has it."""
    return f"{value.normalize():f}"


def siblings(frame: pd.DataFrame, funded: Mapping[int, set[int]]) -> dict[int, list[str]]:
    """Of each funded row, other projects of its firm that start in the same year or have public money from elsewhere.

    ``funded``: row → start years. Shandong gives a legal entity one policy a year.
    """
    ids = frame["project_id"].to_numpy(object)
    public = frame["other_public"].to_numpy(float) if "other_public" in frame else np.zeros(len(frame))
    columns = [list(map(normal, frame[column])) if column in frame else [""] * len(frame) for column in FIRM]
    firms = [uscc or name for uscc, name in zip(*columns, strict=True)]
    of_firm: dict[str, list[int]] = {}
    for row, name in enumerate(firms):
        if name and (row in funded or public[row] > 0):
            of_firm.setdefault(name, []).append(row)
    nothing = set[int]()
    return {
        row: [
            str(ids[other])
            for other in of_firm.get(firms[row], ())
            if other != row and (public[other] > 0 or years & funded.get(other, nothing))
        ]
        for row, years in funded.items()
    }


def firm(cells: Cells) -> tuple[str, str]:
    """Column and name of a project's firm; blank where the table does not say."""
    return next(((column, cells.text(column)) for column in FIRM if cells.text(column)), ("", ""))
