"""All checks of a plan, chapter by chapter, once its tables are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from allocator.uncertainty.outcomes import read_outcomes
from allocator.verify import (
    assumed,
    benchmarks,
    bounds,
    candidates,
    choice,
    closing,
    debt,
    debt_service,
    delivered,
    flags,
    manifest,
    payments,
    plan,
    realisation,
    replanning,
    risk,
    scores,
    screening,
    sensitivity,
    stored,
    totals,
)  # fmt: skip
from allocator.verify.offers import NotOffered, Offers

if TYPE_CHECKING:
    from allocator.config.plan import Config
    from allocator.tables.inputs import Inputs
    from allocator.verify.findings import Findings
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Table


@dataclass(frozen=True)
class Stated:
    """What a plan says of itself."""

    manifest: Mapping[str, Any]
    tables: Mapping[str, Table]


def names_of(config: Config) -> tuple[str, ...]:
    """The tables that a plan of this config has."""
    return (*stored.COLUMNS, *(name for name, key in stored.FURTHER.items() if getattr(config, key) is not None))


def check_plan(stated: Stated, offers: Offers, inputs: Inputs, findings: Findings, *, screened: bool = False) -> None:
    """Hold what is stated against what config and tables say; ``screened``: the exclusions were found right before."""
    config, money, tables = offers.config, offers.money, stated.tables
    made = plan.read_plan(tables["awards"], tables["payments"], offers, config, money, findings)
    made = replace(made, outcomes=read_outcomes(config, inputs.projects, inputs.further.get("outcomes")))

    def chapter(check: Callable[[], None]) -> None:
        """Run one chapter; a table too broken for it is a violation."""
        try:
            check()
        except (ArithmeticError, AttributeError, LookupError, NotOffered, TypeError, ValueError) as error:
            findings.hold(False, "cannot_check", "", "", what=f"{type(error).__name__}: {error}")

    chapter(lambda: payments.check_awards(made, findings))
    chapter(lambda: choice.check_choice(made, findings))
    chapter(lambda: assumed.check_assumptions(offers, stated.manifest, findings))
    chapter(lambda: totals.check_totals(made, payments.replay(made, findings), tables["totals"], findings))
    chapter(lambda: _check_worth(made, stated, inputs.further, findings))
    chapter(lambda: flags.check_flags(made, tables.get("flags"), inputs.further, findings))
    chapter(lambda: debt.check_debt(made, tables, findings))
    chapter(lambda: closing.check_closing(made, tables["closing"], findings))
    chapter(lambda: candidates.check_candidates(made, tables["projects"], findings))
    for name, check in (("ranges", sensitivity.check_ranges), ("sensitivity", sensitivity.check_goals)):
        if name in tables:
            chapter(partial(check, made, tables, inputs.further, findings))
    if not screened:
        chapter(lambda: scores.check_scores(offers, tables.get("scores"), findings))
        chapter(lambda: screening.check_screening(made, tables["screening"], findings))


def _check_worth(made: Plan, stated: Stated, further: Mapping[str, Any], findings: Findings) -> None:
    """What the plan is worth, whether it keeps every limit, and what moved against the plan before."""
    tables = stated.tables
    own = (*replanning.stability(made, further), *debt_service.service_bounds(made, tables["limits"]))
    lines = bounds.check_bounds(made, tables["limits"], findings, own)
    unsure = risk.turn_out(made, lines)
    manifest.check_manifest(made, stated.manifest, lines, findings, unsure.objective if unsure else None)
    if unsure is not None:
        risk.check_risk(made, unsure, stated.manifest, tables, findings)
    if made.config.previous is not None:
        replanning.check_replanning(made, further, tables, stated.manifest, findings)
    if made.config.benchmarks is not None:
        benchmarks.check_benchmarks(made, stated.manifest, tables, further, findings)
    if made.config.progress is not None:
        realisation.check_realisation(made.offers.leveraging, further, tables["realisation"], findings)
        delivered.check_delivered(made.config, further, tables["delivered"], made.money, findings)
