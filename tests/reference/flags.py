"""Warnings about what the plan funds, worked out again from config, tables and awards: value, threshold and basis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from allocator.verify.facts import normal
from allocator.verify.gates import industry, is_bond
from allocator.verify.kinds import loan_of, served
from allocator.verify.stored import plain
from reference import pitfalls
from reference.shortfall import standing

if TYPE_CHECKING:
    from allocator.config.keys.flags import Flags
    from allocator.verify.awards import Award
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Findings, Table
    from reference.pitfalls import Found

CELLS = ("flag", "scope", "value", "threshold", "basis", "grade")


def check_flags(plan: Plan, table: Table | None, extra: Mapping[str, Any], findings: Findings) -> None:
    """Every warning that is stated holds with all that is said of it, and none is left out."""
    rules = plan.config.flags
    if rules is None or table is None:
        return
    stated = {tuple(row.text(name) for name in CELLS): row for row in table}
    whole = Whole(plan, rules, extra)
    expected = {(flag, name, *said) for name, awards in plan.by_project.items() for flag, *said in whole.of(awards)}
    expected |= set(whole.of_shares())
    for flag, scope, value, held in sorted(expected):
        row = (flag, scope, value, held, *pitfalls.RESTS_ON[flag])
        findings.hold(stated.pop(row, None) is not None, "row_missing", table.place, "", got=" / ".join(row))
    for got, told in stated.items():
        findings.hold(False, "not_expected", told.place, "flag", got=" / ".join(got))


@dataclass(frozen=True)
class Whole:
    """The plan with what warnings are held against."""

    plan: Plan
    rules: Flags
    extra: Mapping[str, Any]

    def of(self, awards: Sequence[Award]) -> Iterator[Found]:
        """The warnings about one funded project."""
        at = awards[0].at
        own = {
            key: sum(one.award for one in awards if one.instrument == key)
            for key in sorted({a.instrument for a in awards})
        }
        if any(amount > 0 and source in self.bonds for award in awards for (source, _), amount in award.paid.items()):
            yield from self.of_bonds(at, self.service(awards), standing(self.plan, awards))
        said = pitfalls.Said(self.plan, self.rules, at)
        yield from said.of_competition(own)
        yield from said.of_trade(list(own))
        yield from said.of_record(self.supported_elsewhere(at))
        invested = self.invested.get(awards[0].project)
        yield from said.of_progress(self.idle.get(awards[0].project, 0), invested)
        if not any(award.committed for award in awards):
            nominal = sum(award.measures["nominal_investment"] for award in awards)
            yield from said.of_decision(sum(award.award for award in awards), nominal, invested)

    @cached_property
    def bonds(self) -> frozenset[str]:
        """Sources of special-bond money."""
        return frozenset(key for key, source in self.plan.config.sources.items() if is_bond(key, source))

    def service(self, awards: Sequence[Award]) -> Fraction:
        """Principal and all interest of the bonds with terms."""
        service = Fraction(0)
        for award in awards:
            for (source, _), amount in award.paid.items():
                terms = self.plan.config.sources[source].bond if source in self.plan.config.sources else None
                if terms is not None:
                    years = served(*loan_of(self.plan.facts, award.at, terms))
                    service += amount * sum((interest + repaid for interest, repaid, _ in years), Fraction(0))
        return service

    def of_bonds(self, at: int, service: Fraction, book: Sequence[Fraction]) -> Iterator[Found]:
        """What special-bond money of a project rests on."""
        plan, rules, debt = self.plan, self.rules, self.plan.config.debt
        revenue, cost, other = book
        parts = [f"category={pitfalls.text(plan, at, 'category')}"] if industry(plan.facts, at) else []
        parts += [] if (plan.facts.fen(at, "revenue_total") or 0) > 0 else ["revenue_total=0"]
        if parts:
            yield "F1", ";".join(parts), "revenue_total > 0"
        grade = pitfalls.text(plan, at, debt.grade if debt is not None and debt.grade else "debt_grade")
        ratio = plan.facts.cell(at, "debt_ratio")
        if any(grade.startswith(normal(listed)) for listed in rules.grades):
            yield "F7", grade, ";".join(rules.grades)
        if not grade and isinstance(ratio, Fraction) and ratio > 0 and ratio >= Fraction(rules.debt_ratio):
            yield "F7", pitfalls.ratio(ratio) + "%", plain(rules.debt_ratio) + "%"
        cover = (Fraction(rules.revenue) * revenue - cost) / (service + other) if service else None
        if cover is not None and cover < Fraction(rules.min_cover):
            yield "F8", pitfalls.ratio(cover), plain(rules.min_cover)

    def supported_elsewhere(self, at: int) -> list[str]:
        """Other projects of the same firm that start in the same year, or that have public money already."""
        plan, firm = self.plan, pitfalls.firm_of(self.plan, at)[1]
        own = next(name for other, name in self.of_firm[firm] if other == at)
        years = {award.start for award in plan.by_project[own]}
        return [
            name
            for other, name in (self.of_firm[firm] if firm else ())
            if other != at
            and (
                (plan.facts.fen(other, "other_public") or 0) > 0
                or any(award.start in years for award in plan.by_project.get(name, ()))
            )
        ]

    @cached_property
    def of_firm(self) -> dict[str, list[tuple[int, str]]]:
        """Firm → its projects that are funded, here or elsewhere."""
        found: dict[str, list[tuple[int, str]]] = {}
        for name, at in self.plan.facts.row_of.items():
            if name in self.plan.by_project or (self.plan.facts.fen(at, "other_public") or 0) > 0:
                found.setdefault(pitfalls.firm_of(self.plan, at)[1], []).append((at, name))
        return found

    @cached_property
    def invested(self) -> dict[str, int]:
        """Project → what is done of it, as progress tells."""
        told = self.extra.get("progress")
        rows = [] if told is None or "invested" not in told else told.to_dict("records")
        return {str(row["project_id"]): int(row["invested"]) for row in rows}

    @cached_property
    def idle(self) -> dict[str, int]:
        """Project → what was paid more than a year before the plan and is not invested, as progress tells."""
        told, latest = self.extra.get("progress"), self.plan.years[0] - 2
        if told is None or "invested" not in told:
            return {}
        found = {}
        for row in told.to_dict("records"):
            paid = sum(int(row[name]) for name in row if "@" in name and int(name.split("@")[-1]) <= latest)
            found[str(row["project_id"])] = paid - int(row["invested"])
        return found

    def of_shares(self) -> Iterator[tuple[str, str, str, str]]:
        """Groups, firms without a group, and chains with too much of all awards."""
        plan, whole = self.plan, sum(award.award for award in self.plan.awards)
        sums: dict[tuple[str, str], int] = {}
        for award in plan.awards:
            group, chain = (pitfalls.text(plan, award.at, column) for column in ("group_id", "chain"))
            owner = ("group_id", group) if group else pitfalls.firm_of(plan, award.at)
            for key in (owner, ("chain", chain)):
                sums[key] = sums.get(key, 0) + award.award
        for (column, name), amount in sums.items():
            most = self.rules.chain_share if column == "chain" else self.rules.firm_share
            if name and whole and Fraction(amount, whole) > Fraction(most):
                yield "F11", f"{column}={name}", pitfalls.ratio(Fraction(amount, whole)), plain(most)
