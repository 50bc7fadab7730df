"""All checks of a plan, chapter by chapter, once its tables are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from allocator.messages.errors import AllocatorError
from allocator.tables.outcomes import read_outcomes
from allocator.verify import (
    benchmarks,
    bounds,
    choice,
    closing,
    debt_service,
    manifest,
    payments,
    plan,
    replanning,
    restate,
    risk,
    screening,
    sensitivity,
    stored,
)  # fmt: skip
from allocator.verify.offers import NotOffered, Offers

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.problem.case import Case
    from allocator.tables.opened import Inputs
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


def check_plan(
    stated: Stated,
    offers: Offers,
    inputs: Inputs,
    findings: Findings,
    case: Callable[[], Case],
    *,
    screened: bool = False,
) -> None:
    """Hold what is stated against what config and tables say; ``screened``: the exclusions were found right before.

    Awards, payments and what they rest on are worked out independently; the tables that only tell these again are
    made anew for the ``case``, once awards and payments hold.
    """
    config, money, tables, faults = offers.config, offers.money, stated.tables, len(findings.violations)
    made = plan.read_plan(tables["awards"], tables["payments"], offers, config, money, findings)
    made = replace(made, outcomes=read_outcomes(config, inputs.projects, inputs.extra.get("outcomes")))
    chapter = partial(_chapter, findings)
    chapter(lambda: payments.check_awards(made, findings))
    sound = len(findings.violations) == faults
    chapter(lambda: choice.check_choice(made, findings))
    chapter(lambda: payments.replay(made, findings))
    chapter(lambda: _check_worth(made, stated, inputs.extra, findings))
    chapter(lambda: closing.check_closing(made, tables["closing"], findings))
    for name, check in (("ranges", sensitivity.check_ranges), ("sensitivity", sensitivity.check_goals)):
        if name in tables:
            chapter(partial(check, made, tables, inputs.extra, findings))
    if not screened:
        chapter(lambda: screening.check_screening(made, tables["screening"], findings))
    if sound:
        chapter(lambda: restate.Restated(case(), made).check(stated.manifest, tables, findings))


def _chapter(findings: Findings, check: Callable[[], object]) -> None:
    """Run one chapter; a table too broken for it is a violation."""
    try:
        check()
    except AllocatorError as error:
        findings.checks += 1
        findings.violations.extend(error.messages)
    except (ArithmeticError, AttributeError, LookupError, NotOffered, TypeError, ValueError) as error:
        findings.hold(False, "cannot_check", "", "", what=f"{type(error).__name__}: {error}")


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
