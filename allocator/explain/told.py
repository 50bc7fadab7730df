"""An explanation as one screen of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from allocator.explain.answers import Counterfactual, Explanation, Swap, Threshold
from allocator.messages import say
from allocator.money import Money
from allocator.report.amounts import amount, grouped, padded, percent, width
from allocator.report.goal import worth
from allocator.report.names import Names

MOST = 4
"""Projects and rules named in a line; the machine-readable form has all."""


def told(e: Explanation, language: str) -> str:
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
