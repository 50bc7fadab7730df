"""Every candidate once, in or out as the awards say, with a reason that can be true."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from allocator.messages import catalogue
from allocator.tables.measures import MEASURES
from allocator.verify.choice import instrument_of, must_not, rules
from allocator.verify.moved import who_pays_counts, worth
from allocator.verify.offers import NotOffered
from allocator.verify.packages import JOINT, joined

if TYPE_CHECKING:
    from allocator.verify.awards import Choice
    from allocator.verify.packages import Named
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Findings, Row, Table

REASONS = (
    "not_eligible", "locked_out", "exclusive_with", "dependency", "negative_value", "limit_cap", "source_exhausted",
    "indifferent", "gap_unresolved", "outranked", "not_examined",
)  # fmt: skip
FIXED = ("not_eligible", "locked_out", "exclusive_with", "negative_value")
"""Reasons that hold or do not hold without solving again."""


def check_candidates(plan: Plan, table: Table, findings: Findings) -> None:
    """The table of candidates against inputs and awards."""
    linked = Links.of(plan)
    stated, places = set(), plan.facts.row_of
    findings.checks += len(table.rows)
    for row in table:
        project = row.text("project_id")
        stated.add(project)
        if project not in places:
            findings.hold(False, "unknown_project", row.place, "project_id", got=project)
            continue
        awards = plan.by_project.get(project, ())
        _check_row(plan, row, findings)
        if not awards:
            _check_reason(plan, row, linked, findings)
    missing = [project for project in plan.facts.row_of if project not in stated]
    findings.checks += len(plan.facts.row_of) - len(missing)
    for project in missing:
        findings.hold(False, "row_missing", table.place, "project_id", got=project)


def _check_row(plan: Plan, row: Row, findings: Findings) -> None:
    """One candidate, whatever the goal is."""
    project = row.text("project_id")
    at, awards = plan.facts.row_of[project], plan.by_project.get(project, ())
    for column in ("project_name", "region", "category"):
        findings.equal(row.text(column), plan.facts.cell(at, column) or "", row.place, column)
    findings.equal(int(row.flag("funded")), int(bool(awards)), row.place, "funded")
    if awards:
        findings.equal(row.text("reason_code"), "", row.place, "reason_code")
        findings.equal(row.text("reason"), "", row.place, "reason")
        _check_funded(plan, row, plan.main(awards), findings)
    else:
        _check_unfunded(plan, row, project, findings)


@dataclass(frozen=True)
class Links:
    """Why projects are out that rules and locks keep out."""

    banned: frozenset[str]
    rivals: Mapping[str, AbstractSet[str]]
    """Project → funded projects that exclude it."""
    unmet: Mapping[str, AbstractSet[str]]
    """Project → projects it needs or belongs to that are not funded."""
    dependent: frozenset[str]

    @classmethod
    def of(cls, plan: Plan) -> Links:
        """Look at every rule."""
        rivals, unmet = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        dependent: set[str] = set()
        for _, rule in rules(plan):
            exclusive = [*(rule.excludes or ()), *(rule.one_of or ())]
            funded = {project for project in exclusive if project in plan.by_project}
            needs = [(project, rule.requires[1:]) for project in (rule.requires or [])[:1] if rule.requires]
            needs += [(project, rule.all_or_none) for project in rule.all_or_none or () if rule.all_or_none]
            dependent.update(rule.same_instrument or ())
            for project in exclusive if funded else ():
                rivals[project] |= funded - {project}
            for project, others in needs:
                dependent.add(project)
                unmet[project] |= {other for other in others if other != project and other not in plan.by_project}
        return cls(frozenset(must_not(plan)), rivals, unmet, frozenset(dependent))

    def reason(self, project: str) -> str:
        """The reason that rules and locks give, '' when they give none."""
        if project in self.banned:
            return "locked_out"
        if self.rivals.get(project):
            return "exclusive_with"
        return "dependency" if self.unmet.get(project) else ""


def _check_reason(plan: Plan, row: Row, linked: Links, findings: Findings) -> None:
    """The option stated is the best one, and the reason the first that holds, as far as that is told without solving."""
    project, code = row.text("project_id"), row.text("reason_code")
    award = _stated(plan, project, row.text("option"))
    if isinstance(award, tuple):
        best = max(worth(plan, other) for other in plan.possible(project))
        holds = worth(plan, award) >= best - abs(best) / 10**9
        findings.hold(holds, "not_the_best", row.place, "option", got=row.text("option"))
    findings.hold(code in REASONS, "reason_unknown", row.place, "reason_code", got=code)
    expected = linked.reason(project) if isinstance(award, tuple) else "not_eligible"
    if not expected and code == "dependency" and project in linked.dependent:
        expected = code
    if not expected and isinstance(award, tuple):
        harmful = not who_pays_counts(plan) and worth(plan, award) < 0
        harmful = harmful and all(worth(plan, other) < 0 for other in plan.possible(project))
        expected = "negative_value" if harmful else code
        findings.hold(code not in FIXED or code == expected, "reason_untrue", row.place, "reason_code", got=code)
    findings.hold(code == expected, "reason_untrue", row.place, "reason_code", got=code)
    named = {"exclusive_with": linked.rivals, "dependency": linked.unmet}.get(code, {}).get(project, set())
    _check_words(plan, row, code, named, findings)


def _check_words(plan: Plan, row: Row, code: str, named: AbstractSet[str], findings: Findings) -> None:
    """The reason in words is the sentence of its code, and speaks of a project that is really in the way."""
    words, (sentence, pattern) = row.text("reason"), _sentence(code, plan.config.language)
    found = pattern.fullmatch(words)
    holds = found is not None and found.groupdict().get("project") in (None, *named)
    findings.hold(holds, "differs", row.place, "reason", stated=words, recomputed=sentence)


@cache
def _sentence(code: str, language: str) -> tuple[str, re.Pattern[str]]:
    """The sentence of a reason, and what it looks like with names in it."""
    sentence = catalogue("solve", language).get(f"reason_{code}", "")
    pattern = re.escape(sentence).replace(re.escape("{place}"), ".+").replace(re.escape("{project}"), "(?P<project>.+)")
    return sentence, re.compile(pattern)


def _check_funded(plan: Plan, row: Row, choice: Choice, findings: Findings) -> None:
    """The figures of a project are those of its award, or of its package as a whole."""
    option = JOINT.join(award.option for award in choice)
    stated = {"instrument": instrument_of(choice), "option": option, "start_year": str(choice[0].start)}
    for column, value in stated.items():
        findings.equal(row.text(column), value, row.place, column)
    for column in ("award", *MEASURES):
        amount = sum(award.award if column == "award" else award.measures[column] for award in choice)
        findings.same_fen(row.fen(column), amount, plan.money, row.place, column)


def _check_unfunded(plan: Plan, row: Row, project: str, findings: Findings) -> None:
    """The option that is stated exists with these figures; none is stated where the project has none."""
    option = row.text("option")
    if not option:
        for column in ("instrument", "start_year", "award", *MEASURES):
            findings.equal(row.text(column), "", row.place, column)
        anything = next(iter(plan.offers.every(project)), None)
        findings.hold(anything is None, "best_missing", row.place, "option")
        return
    stated = _stated(plan, project, option)
    if isinstance(stated, NotOffered):
        findings.hold(False, stated.key, row.place, "option", **stated.values)
    elif stated is not None:
        _check_funded(plan, row, stated, findings)


def _stated(plan: Plan, project: str, option: str) -> Choice | NotOffered | None:
    """The option of that name as if it were funded, or why it cannot be had; None where none is named."""
    if not option:
        return None
    try:
        return tuple(plan.as_award(project, *part) for part in _named(plan, project, option))
    except NotOffered as reason:
        return reason


def _named(plan: Plan, project: str, option: str) -> list[Named]:
    """The option of that name, part by part."""
    names = option.split(JOINT)
    if len(names) > 1 and (project, option) not in plan.offers.options.row_of:
        found = joined(plan.offers, project, names)
        if found is None:
            raise NotOffered("unknown_option", got=option)
        return found
    return [(option, plan.offers.offer(project, option, committed=False))]
