"""What one funded project's own cells and instruments give reason to warn of, read anew from the rules F2–F14."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from allocator.config.keys.parts import Range
from allocator.verify.facts import half_up, normal
from allocator.verify.measures import spent_by
from allocator.verify.stored import plain

if TYPE_CHECKING:
    from allocator.config.keys.flags import Flags
    from allocator.config.keys.instruments import Instrument
    from allocator.verify.plan import Plan

Found = tuple[str, str, str]
"""Flag, value, threshold."""
RESTS_ON = {
    "F1": ("国办发〔2024〕52号", "B"),
    "F2": ("公平竞争审查条例", "B"),
    "F3": ("SCM Agreement Art. 3", "C"),
    "F4": ("EU CVD 2024-10-30", "B"),
    "F5": ("capacity replacement; kiln use of 2024", "C"),
    "F6": ("Shandong interest subsidy rules", "C"),
    "F7": ("grades of debt ratio", "C"),
    "F8": ("Jiangsu audit 2023", "C"),
    "F9": ("special-bond progress rules", "C"),
    "F10": ("Bronzini & de Blasio 2006", "B"),
    "F11": ("assumption", "K"),
    "F12": ("Bartik; reported ratios of 2020", "B"),
    "F13": ("产业结构调整目录", "K"),
    "F14": ("桂工信综合〔2024〕80号", "C"),
}
"""Document and grade of its source."""
MOST_NAMED = 5
YEAR = 12


@dataclass(frozen=True)
class Said:
    """One project of the table."""

    plan: Plan
    rules: Flags
    at: int

    def cell(self, column: str) -> str:
        """A cell in normal form."""
        return text(self.plan, self.at, column)

    def fen(self, column: str) -> int:
        """An amount; 0 where there is none."""
        return self.plan.facts.fen(self.at, column) or 0

    def of_competition(self, awards: Mapping[str, int]) -> Iterator[Found]:
        """Fair competition: no review that was passed, firms that are picked out, or more than the review covers."""
        values, held, beyond = list[str](), list[str](), list[tuple[str, str]]()
        texts, chosen, asked = [self.cell("note")], list[str](), False
        for key, award in awards.items():
            rule = self.plan.config.instruments.get(key)
            state, most = (None, None) if rule is None else (rule.fair_competition, rule.review_covers)
            asked = asked or state is None
            values += [f"{key}: {'待审' if state == 'pending' else '未审'}"] if state in ("pending", "none") else []
            if most is not None and award > self.plan.money.to_fen(most):
                beyond.append((f"{key}: {self.plan.money.text(award)}", plain(most)))
            if key in self.rules.lawful or state == "exempt":
                continue
            texts.append(key if rule is None else rule.name or key)
            chosen += [f"{key}: {column}" for column in self.picked(rule)]
        passed = re.fullmatch("(已?通过|passed|1)", self.cell("fcr_passed"), re.IGNORECASE)
        if asked and "fcr_passed" in self.plan.facts.columns and not passed:
            values.insert(0, self.cell("fcr_passed") or "blank")
        held += ["通过"] if values else []
        chosen += spoken(self.rules.selective_words, texts)
        held += ["lawful"] if chosen else []
        if held or beyond:
            said = [*values, *chosen, *(got for got, _ in beyond)]
            yield "F2", ";".join(said), ";".join([*held, *(most for _, most in beyond)])

    def picked(self, rule: Instrument | None) -> Iterator[str]:
        """Columns by which an instrument picks out firms."""
        for column, condition in {} if rule is None else rule.where.items():
            excludes = isinstance(condition, Range) and condition.not_ is not None
            if column in self.rules.selective and not excludes:
                yield column

    def of_trade(self, instruments: Sequence[str]) -> Iterator[Found]:
        """Local content, exports, and industries that are looked into abroad."""
        texts = [self.cell("note")]
        for key in instruments:
            rule = self.plan.config.instruments.get(key)
            texts += [key] if rule is None else [rule.name or key, getattr(rule, "base", "") or ""]
        local, exports = (spoken(words, texts) for words in (self.rules.local_words, self.rules.export_words))
        if local:
            yield "F3", ";".join(local), ""
        code = self.cell("gb4754_code")
        if of_class(code, self.rules.trade_codes):
            yield "F4", ";".join([code, *exports]), ";".join(self.rules.trade_codes)
        elif exports:
            yield "F4", ";".join(exports), ""

    def of_record(self, elsewhere: Sequence[str]) -> Iterator[Found]:
        """Energy without replaced capacity, support from elsewhere, class of the catalogue, record."""
        code, flag = self.cell("gb4754_code"), self.cell("is_energy_heavy")
        classes = [*self.rules.excess_codes, *(self.rules.heavy_codes if flag == "" else ())]
        replaced = self.cell("renovation_nature").lower() in {"置换淘汰", "replacement"} or bool(
            self.cell("capacity_notice")
        )
        if (flag == "1" or of_class(code, classes)) and not replaced:
            yield "F5", code or "is_energy_heavy=1", "置换淘汰"
        public = self.fen("other_public")
        twice = ([self.plan.money.text(public)] if public > 0 else []) + list(elsewhere[:MOST_NAMED])
        if len(elsewhere) > MOST_NAMED:
            twice.append("…")
        if twice:
            yield "F6", ";".join(twice), "0"
        if re.fullmatch("(限制|淘汰)类?|restricted|eliminated", self.cell("catalog_class"), re.IGNORECASE):
            yield "F13", self.cell("catalog_class"), "鼓励;允许"
        if self.cell("clean_record") == "0":
            yield "F14", "0", "1"

    def of_progress(self, idle: int, invested: int | None) -> Iterator[Found]:
        """Nothing done long after the start, less than its course asks for, and money that was paid and not invested."""
        fixed, done, said = self.fen("fixed_investment"), self.done(invested), list[tuple[str, str]]()
        gone = self.months_gone()
        if "done_investment" in self.plan.facts.columns or invested is not None:
            stage, least = self.cell("stage"), self.course() - Fraction(self.rules.behind)
            if done == 0 and re.fullmatch("已?开工|在建|started|under construction", stage, re.IGNORECASE):
                said.append(("0", stage))
            elif done == 0 and gone > YEAR:
                said.append(("0", self.cell("start_ym")))
            elif fixed > 0 and Fraction(done, fixed) < least:
                said.append((ratio(Fraction(done, fixed)), ratio(least)))
        lying = self.fen("bond_issued") - done if gone > YEAR else 0
        if (most := max(idle, lying)) > 0:
            said.append((self.plan.money.text(most), "0"))
        if said:
            yield "F9", ";".join(value for value, _ in said), ";".join(held for _, held in said)

    def done(self, invested: int | None) -> int:
        """What is invested so far: the greater of what the project table and the progress say."""
        return max(self.fen("done_investment"), 0 if invested is None else invested)

    def month(self, column: str) -> int | None:
        """A month counted from year 0."""
        match = re.fullmatch(r"(\d+)-(\d+)", self.cell(column))
        return None if match is None else YEAR * int(match[1]) + int(match[2])

    def months_gone(self) -> int:
        """Months of its time that are over when the plan begins."""
        first = self.month("start_ym")
        return 0 if first is None else YEAR * self.plan.years[0] + 1 - first

    def course(self) -> Fraction:
        """How much should be done when the plan begins: evenly from the first month to the last, or by the curve."""
        first, last = self.month("start_ym"), self.month("end_ym")
        over, whole = self.months_gone(), 0 if first is None or last is None else last + 1 - first
        if whole <= 0 or over <= 0:
            return Fraction(0)
        time, spending = min(Fraction(over, whole), Fraction(1)), self.plan.config.spending
        corners = [] if spending is None else [(Fraction(at), Fraction(share)) for at, share in spending.curve]
        return spent_by(tuple(corners), time) if corners else time

    def of_decision(self, award: int, nominal: int, invested: int | None) -> Iterator[Found]:
        """Most of it done before it was decided, and awards too small for what they are said to move."""
        fixed, done, said = self.fen("fixed_investment"), self.done(invested), list[tuple[str, str]]()
        if fixed > 0 and Fraction(done, fixed) > Fraction(self.rules.progress):
            yield "F10", ratio(Fraction(done, fixed)), plain(self.rules.progress)
        if award > 0 and Fraction(nominal, award) > Fraction(self.rules.times):
            said.append((ratio(Fraction(nominal, award)), plain(self.rules.times)))
        if award > 0 and fixed > 0 and Fraction(award, fixed) < Fraction(self.rules.least_share):
            said.append((ratio(Fraction(award, fixed)), plain(self.rules.least_share)))
        if said:
            yield "F12", ";".join(value for value, _ in said), ";".join(held for _, held in said)


def spoken(words: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The words that appear in a text, whatever their width and case."""
    lower = [normal(one).casefold() for one in texts]
    return [word for word in words if any(one.find(normal(word).casefold()) >= 0 for one in lower)]


def of_class(code: str, classes: Sequence[str]) -> bool:
    """Whether an industry code is of one of these classes; the letter of the section may be missing."""
    return code != "" and any(bare(code).startswith(bare(normal(one))) for one in classes)


def bare(code: str) -> str:
    """A code without its letter."""
    return re.sub(r"^[^\W\d_]", "", code)


def firm_of(plan: Plan, at: int) -> tuple[str, str]:
    """By what a project's firm is known, and its name."""
    for column in ("entity_uscc", "entity_name"):
        if name := text(plan, at, column):
            return column, name
    return "", ""


def text(plan: Plan, at: int, column: str) -> str:
    """A cell in normal form; '' where it is blank or not there."""
    cell = plan.facts.cell(at, column)
    return "" if cell is None else normal(cell)


def ratio(value: Fraction) -> str:
    """A ratio to four decimals."""
    return plain(Fraction(half_up(value * 10_000), 10_000))
