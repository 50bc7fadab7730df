"""What a diagnosis says: rules as the planner addresses them, numbers as they are typed."""

from __future__ import annotations

from dataclasses import KW_ONLY, asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from allocator.messages import Message, say
from allocator.messages.alike import grouped
from allocator.money import Money
from allocator.report.amounts import amount
from allocator.report.chapters.goal import worth
from allocator.report.names import Names

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config

AREA = "diagnose"


@dataclass(frozen=True)
class Rule:
    """One rule of a conflict: its key, what it says, where it stands, and the groups concerned where it has several."""

    key: str
    kind: str
    says: str
    place: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """Rules that cannot hold together; without any one of them the others, with what always holds, have a plan."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Change:
    """One rule loosened: from ``before`` to ``after`` (None: given up); by hand at ``place`` where no override does it."""

    key: str
    kind: str
    before: str
    after: str | None
    unit: str
    overrides: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Given:
    """The plan that a fix gives, as a run of the config finds it: amounts in the config's unit, exact decimals."""

    spent: str
    funded: int
    goal: str
    money: str
    """The config's unit of money."""
    goal_money: bool
    """Whether the goal is an amount of money."""
    optimal: bool
    """Whether it is proved within the gap asked; else the search ended before that."""


@dataclass(frozen=True)
class Fix:
    """Changes after which the whole config has a plan; proved by solving it."""

    changes: tuple[Change, ...]
    overrides: tuple[str, ...]
    proved: bool
    plan: Given


@dataclass(frozen=True)
class Diagnosis:
    """Why there is no plan and what gives one; no conflict at all when everything is empty."""

    title: str
    language: str
    seen: tuple[Message, ...]
    """Conflicts that are seen without solving."""
    conflicts: tuple[Conflict, ...]
    fixes: tuple[Fix, ...]
    """Those whose plan spends nothing last."""
    seconds: float
    _: KW_ONLY
    config: Config
    """What the names of sources, instruments and rules are known from; no part of the plain values."""
    finished: bool = True
    """Whether the time sufficed; else there may be more conflicts and fixes."""
    stopped: bool = False
    """Whether the user ended it before that."""
    screened: tuple[Message, ...] = ()
    """What screening has to do with it: candidates that rules of a conflict mean and that are out."""
    notices: tuple[Message, ...] = ()
    """Notices of config, tables and screening."""

    @property
    def ok(self) -> bool:
        """Whether there is a plan."""
        return not self.seen and not self.conflicts and self.finished

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for machines."""
        found = {name: part for name, part in asdict(self).items() if name != "config"}
        for name in ("seen", "screened", "notices"):
            found[name] = [message.text(self.language) for message in getattr(self, name)]
        return {"ok": self.ok, **found}

    def text(self, language: str | None = None) -> str:
        """The conflicts and their fixes as text."""
        return render(self, language or self.language)

    def __str__(self) -> str:
        return self.text()


def diagnosis_text(language: str, key: str, **values: object) -> str:
    """A text of a diagnosis."""
    return say(f"{AREA}.{key}", language, **values)


MOST_GROUPS = 6


def render(d: Diagnosis, language: str) -> str:
    """Conflicts first, then what gives a plan."""
    if d.ok:
        return diagnosis_text(language, "no_conflict", title=d.title)
    lines, names = [diagnosis_text(language, "conflict", title=d.title)], Names(d.config, language)
    if d.seen:
        lines += [
            "",
            diagnosis_text(language, "seen"),
            *(f"  {names.message(message).text(language)}" for message in d.seen),
        ]
    for number, conflict in enumerate(d.conflicts, 1):
        lines += ["", diagnosis_text(language, "set", number=number, count=len(d.conflicts))]
        lines += [f"  - {_rule(rule, names)}" for rule in conflict.rules]
    if d.screened:
        lines += [
            "",
            diagnosis_text(language, "screened"),
            *(f"  - {names.message(message).text(language)}" for message in d.screened),
        ]
    if d.fixes or (d.conflicts and d.finished):
        lines += ["", diagnosis_text(language, "fixes" if d.fixes else "no_fixes", count=len(d.fixes))]
    for number, fix in enumerate(d.fixes, 1):
        lines += [f"  {number}. {'; '.join(_change(c, names) for c in fix.changes)}"]
        lines += [f"     --set '{o}'" for o in fix.overrides]
        lines += [] if fix.overrides else [f"     {diagnosis_text(language, 'by_hand')}"]
        lines += [f"     {_given(fix.plan, language)}"]
    if not d.finished:
        lines += ["", diagnosis_text(language, "stopped" if d.stopped else "unfinished", seconds=f"{d.seconds:.0f}")]
    if d.notices:
        lines += [
            "",
            diagnosis_text(language, "notices"),
            *(f"- {names.message(message).text(language)}" for message in grouped(d.notices)),
        ]
    return "\n".join(lines)


def _given(plan: Given, language: str) -> str:
    """The plan that a fix gives: projects, money, goal."""
    money = Money.of(plan.money)
    spent, goal = Decimal(plan.spent), Decimal(plan.goal)
    values = {
        "funded": f"{plan.funded:,}",
        "spent": amount(float(spent), money, language),
        "goal": worth(float(goal), money if plan.goal_money else None, language),
    }
    said = diagnosis_text(language, "gives" if spent else "gives_nothing", **values)
    return said if plan.optimal else said + diagnosis_text(language, "gives_at_least")


def _rule(rule: Rule, names: Names) -> str:
    language = names.language
    groups = list(rule.groups[:MOST_GROUPS])
    more = len(rule.groups) - len(groups)
    where = (
        f" [{', '.join([*groups, *([diagnosis_text(language, 'more', count=more)] if more > 0 else [])])}]"
        if groups
        else ""
    )
    says = f": {rule.says}" if rule.says else ""
    return f"{names.rule(rule.key)}{where}{says}" + (f"  ({rule.place})" if rule.place else "")


def _change(change: Change, names: Names) -> str:
    language = names.language
    unit = f" {change.unit}" if change.unit and change.unit not in ("share", "ratio") else ""
    if change.after is None:
        entry = "dropped" if change.kind == "limit" and change.before != change.key else "given_up"
        return diagnosis_text(
            language, entry, rule=names.rule(change.key), before=names.value(change.before), place=change.place
        )
    return f"{names.rule(change.key)}: {change.before} → {change.after}{unit}"
