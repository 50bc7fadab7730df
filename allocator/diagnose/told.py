"""A diagnosis as text."""

from __future__ import annotations

from decimal import Decimal

from allocator.diagnose.answers import Change, Diagnosis, Given, Rule, told_in
from allocator.messages.alike import grouped
from allocator.money import Money
from allocator.report.amounts import amount
from allocator.report.goal import worth
from allocator.report.names import Names

MOST_GROUPS = 6


def told(d: Diagnosis, language: str) -> str:
    """Conflicts first, then what gives a plan."""
    if d.ok:
        return told_in(language, "no_conflict", title=d.title)
    lines, names = [told_in(language, "conflict", title=d.title)], Names(d.config, language)
    if d.seen:
        lines += ["", told_in(language, "seen"), *(f"  {names.message(message).text(language)}" for message in d.seen)]
    for number, conflict in enumerate(d.conflicts, 1):
        lines += ["", told_in(language, "set", number=number, count=len(d.conflicts))]
        lines += [f"  - {_rule(rule, names)}" for rule in conflict.rules]
    if d.screened:
        lines += [
            "",
            told_in(language, "screened"),
            *(f"  - {names.message(message).text(language)}" for message in d.screened),
        ]
    if d.fixes or (d.conflicts and d.finished):
        lines += ["", told_in(language, "fixes" if d.fixes else "no_fixes", count=len(d.fixes))]
    for number, fix in enumerate(d.fixes, 1):
        lines += [f"  {number}. {'; '.join(_change(c, names) for c in fix.changes)}"]
        lines += [f"     --set '{o}'" for o in fix.overrides]
        lines += [] if fix.overrides else [f"     {told_in(language, 'by_hand')}"]
        lines += [f"     {_given(fix.plan, language)}"]
    if not d.finished:
        lines += ["", told_in(language, "stopped" if d.stopped else "unfinished", seconds=f"{d.seconds:.0f}")]
    if d.notices:
        lines += [
            "",
            told_in(language, "notices"),
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
    said = told_in(language, "gives" if spent else "gives_nothing", **values)
    return said if plan.optimal else said + told_in(language, "gives_at_least")


def _rule(rule: Rule, names: Names) -> str:
    language = names.language
    groups = list(rule.groups[:MOST_GROUPS])
    more = len(rule.groups) - len(groups)
    where = (
        f" [{', '.join([*groups, *([told_in(language, 'more', count=more)] if more > 0 else [])])}]" if groups else ""
    )
    says = f": {rule.says}" if rule.says else ""
    return f"{names.rule(rule.key)}{where}{says}" + (f"  ({rule.place})" if rule.place else "")


def _change(change: Change, names: Names) -> str:
    language = names.language
    unit = f" {change.unit}" if change.unit and change.unit not in ("share", "ratio") else ""
    if change.after is None:
        entry = "dropped" if change.kind == "limit" and change.before != change.key else "given_up"
        return told_in(
            language, entry, rule=names.rule(change.key), before=names.value(change.before), place=change.place
        )
    return f"{names.rule(change.key)}: {change.before} → {change.after}{unit}"
