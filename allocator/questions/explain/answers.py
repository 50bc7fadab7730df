"""What an explanation says: amounts in the config's unit, ids and rules as the planner wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from allocator.messages import Message, say
from allocator.money import Money
from allocator.report.amounts import amount, grouped, padded, percent, width
from allocator.report.chapters.goal import worth
from allocator.report.names import Names

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config


@dataclass(frozen=True)
class Swap:
    """A project that leaves, enters or gets another award in another plan; awards are 0 where there is none."""

    project_id: str
    project_name: str
    before: Decimal
    after: Decimal
    start_before: int | None
    start_after: int | None


@dataclass(frozen=True)
class Counterfactual:
    """The best plan with the project forced in, or out.

    ``falls``: by how much the goal falls below the stored plan; between ``at_least`` (proved: no such plan loses
    less) and ``at_most`` (against the best plan there could be). ``impossible``: the rules that allow no such plan.
    """

    forced: str
    falls: Decimal | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    gap: Decimal | None = None
    distinguishable: bool = False
    leaves: tuple[Swap, ...] = ()
    enters: tuple[Swap, ...] = ()
    changes: tuple[Swap, ...] = ()
    binding: tuple[str, ...] = ()
    impossible: tuple[str, ...] = ()
    short_of_earlier: bool = False
    """Whether there are such plans, and all of them fall short of what the earlier of goals in order reach."""


@dataclass(frozen=True)
class Threshold:
    """What it takes to enter the plan: at ``enters`` the project is in, at ``stays_out`` it is not, both proved.

    ``kind``: ask (money asked for), cost (all its payments, as a factor), value (what it brings, as a factor), or
    money (growth of a source). ``exact`` when the two are one ``step`` apart; otherwise the gap leaves open what
    lies between. ``note`` says why there is no ``enters``: gap, never or time.
    """

    kind: str
    now: Decimal
    step: Decimal
    tried: Decimal
    """The furthest that is tried."""
    enters: Decimal | None = None
    stays_out: Decimal | None = None
    exact: bool = False
    note: str = ""
    source: str = ""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a candidate is out: exactly one code; ``at_least`` is what any plan with it loses, proved."""

    code: str
    words: Message
    rule: str = ""
    at_least: Decimal | None = None
    at_prices: Decimal | None = None
    """What it is worth less than it costs at the prices of the relaxation: indicative."""


@dataclass(frozen=True)
class Explanation:
    """Why one project is in or out of a stored plan, and what it would take to change that."""

    run_id: str
    project_id: str
    project_name: str
    region: str
    category: str
    funded: bool
    standing: str
    """Blank for a candidate that lost; else funded, committed or essential."""
    reason: Reason | None
    award: Decimal
    counterfactual: Counterfactual | None
    thresholds: tuple[Threshold, ...]
    facts: tuple[Message, ...]
    language: str
    money: str
    config: Config
    """What the names of sources, instruments and rules are known from; no part of the plain values."""
    in_money: bool = True
    """Whether the goal is money; else it is points, and has no unit."""
    minimises: bool = False
    """Whether the plan minimises spending, so that the goal falls when more is spent."""

    @property
    def reason_code(self) -> str:
        """The code of the reason; blank when funded."""
        return self.reason.code if self.reason else ""

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for machines."""
        parts = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "config"}
        return {"reason_code": self.reason_code, **{name: _plain(part, self.language) for name, part in parts.items()}}

    def text(self, language: str | None = None) -> str:
        """One screen of text."""
        return render(self, language or self.language)

    def __str__(self) -> str:
        return self.text()


def _plain(value: Any, language: str) -> Any:
    if isinstance(value, Message):
        return value.text(language)
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), language) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item, language) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return value


MOST = 4
"""Projects and rules named in a line; the machine-readable form has all."""


def render(e: Explanation, language: str) -> str:
    """The whole explanation."""
    page = _Page(e, language)
    pairs = [*page.head(), *page.reason(), *page.forced(), *page.thresholds()]
    column = max((width(label) for label, _ in pairs), default=0) + 2
    title = say(
        "explain.title", language, project=e.project_id, name=e.project_name, region=e.region, category=e.category
    )
    return "\n".join([title, *(padded(label, column) + line for label, line in pairs)])


def coded(code: str, language: str) -> str:
    """A reason in words; in English with the code that files have."""
    return say(f"explain.code_{code}", language) + ("" if language == "zh" else f" ({code})")


class _Page:
    def __init__(self, e: Explanation, language: str) -> None:
        self.e, self.language, self.unit = e, language, Money.of(e.money)
        self.names = Names(e.config, language)

    def say(self, key: str, **values: object) -> str:
        """A text of this page."""
        return say(f"explain.{key}", self.language, **values)

    def amount(self, value: Decimal) -> str:
        """An amount as people write it."""
        return amount(float(value), self.unit, self.language)

    def worth(self, value: Decimal) -> str:
        """An amount of the goal."""
        return worth(float(value), self.unit if self.e.in_money else None, self.language)

    def head(self) -> list[tuple[str, str]]:
        """In or out."""
        e = self.e
        if e.reason is None:
            order = "_in_order" if e.counterfactual is not None and e.counterfactual.short_of_earlier else ""
            return [(self.say("label_standing"), self.say(f"standing_{e.standing}{order}", award=self.amount(e.award)))]
        code = coded(e.reason.code, self.language)
        return [(self.say("label_standing"), self.say("standing_lost", code=code))]

    def rules(self, rules: Iterable[str]) -> list[str]:
        """Rules by their names; a group stands in brackets behind."""
        parts = (rule.partition(" [") for rule in rules)
        return [self.names.rule(name, group.removesuffix("]")) for name, _, group in parts]

    def reason(self) -> list[tuple[str, str]]:
        """The reason with its numbers."""
        lines = [] if self.e.reason is None else [self.names.message(self.e.reason.words).text(self.language)]
        if self.e.reason is not None and self.e.reason.at_prices is not None:
            lines.append(self.say("at_prices", amount=self.worth(self.e.reason.at_prices)))
        lines += [self.names.message(fact).text(self.language) for fact in self.e.facts[:MOST]]
        if len(self.e.facts) > MOST:
            lines.append(self.say("more", count=len(self.e.facts) - MOST))
        return self.labelled("label_reason", lines)

    def forced(self) -> list[tuple[str, str]]:
        """What forcing it in, or out, does."""
        c = self.e.counterfactual
        if c is None:
            return []
        label = f"label_forced_{c.forced}"
        if c.falls is None:
            key = f"{'short_of_earlier' if c.short_of_earlier else 'impossible' if c.impossible else 'no_plan'}_{c.forced}"
            return self.labelled(label, [self.say(key, rules=self.rules(c.impossible))])
        found = self.labelled(label, [self.falls(c)])
        if not (c.leaves or c.enters or c.changes):
            return [*found, ("", self.say("same_plan"))]
        for key in ("leaves", "enters", "changes"):
            swaps: Sequence[Swap] = getattr(c, key)
            mine = [s for s in swaps if s.project_id != self.e.project_id or key == "changes"]
            if mine:
                found += [(self.say(f"label_{key}"), self.named([self.swap(key, s) for s in mine]))]
        return [*found, (self.say("label_binding"), self.named(self.rules(c.binding)))] if c.binding else found

    def falls(self, c: Counterfactual) -> str:
        """By how much the goal falls, and how well that is known."""
        assert c.falls is not None
        assert c.gap is not None
        key = ("spends" if self.e.minimises else "falls") if c.falls >= 0 else "saves" if self.e.minimises else "rises"
        line = self.say(key, amount=self.worth(abs(c.falls)))
        if not c.distinguishable:
            return line + self.say("not_distinguishable", gap=self.worth(c.gap))
        if not c.gap:
            return line + self.say("proved")
        return line + self.say("within", gap=self.worth(c.gap), least=self.worth(c.at_least or Decimal(0)))

    def swap(self, key: str, s: Swap) -> str:
        """One project that leaves, enters or changes."""
        values = {"project": s.project_id, "name": s.project_name}
        if key != "changes":
            return self.say("swap", **values, award=self.amount(s.before or s.after))
        if s.before == s.after:
            return self.say("swap_year", **values, before=s.start_before, after=s.start_after)
        return self.say("swap_award", **values, before=self.amount(s.before), after=self.amount(s.after))

    def named(self, items: list[str]) -> str:
        """The first of some things, and how many more there are."""
        more = [self.say("more", count=len(items) - MOST)] if len(items) > MOST else []
        return self.say("joiner").join([*items[:MOST], *more])

    def thresholds(self) -> list[tuple[str, str]]:
        """What it takes to enter."""
        lines = [line for t in self.e.thresholds for line in self.threshold(t)]
        return self.labelled("label_thresholds", lines)

    def threshold(self, t: Threshold) -> list[str]:
        """One way to enter."""
        values: dict[str, object] = {
            "source": self.names.word(t.source),
            "now": self.size(t, t.now),
            "step": self.size(t, t.step),
            "tried": self.size(t, t.tried),
        }
        if t.enters is None:
            return [self.say(f"threshold_{t.kind}_{t.note}", **values)]
        lines = [self.say(f"threshold_{t.kind}", **values, enters=self.size(t, t.enters))]
        if t.exact:
            lines[0] += self.say("threshold_exact", step=values["step"])
        elif t.stays_out is not None and t.stays_out != t.now:
            lines[0] += self.say("threshold_between", out=self.size(t, t.stays_out))
        else:
            lines[0] += self.say("threshold_open")
        return [*lines, *(f"  --set '{o}'" for o in t.overrides)]

    def size(self, t: Threshold, value: Decimal) -> str:
        """An amount, or a factor."""
        if t.kind in ("ask", "money"):
            return self.amount(value)
        return percent(float(value), 0) if value == t.step or t.kind == "cost" else grouped(float(value), 2)

    def labelled(self, label: str, lines: list[str]) -> list[tuple[str, str]]:
        """The label before the first line only."""
        return [(self.say(label) if number == 0 else "", line) for number, line in enumerate(lines)]
