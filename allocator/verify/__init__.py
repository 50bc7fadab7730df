"""Is a stored plan really what it says? Every figure worked out again from its inputs, without any solver.

What was chosen and what it rests on, and who was kept out, is worked out by code that shares with the code that makes
plans only the reading of config and tables. Amounts are whole 0.01 yuan, everything else exact fractions, so a cap that
is exceeded by the smallest amount is found. Tables that only tell this plan again are made anew (`restate`).
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from allocator.config.loaded import Loaded
from allocator.config.source.load import load_config
from allocator.messages import Message
from allocator.messages.errors import AllocatorError
from allocator.problem.case import Case
from allocator.runs import schema
from allocator.tables.inputs import read_inputs
from allocator.tables.opened import Inputs
from allocator.tables.outcomes import read_outcomes
from allocator.verify import (
    benchmarks,
    bounds,
    certificate,
    choice,
    debt_service,
    manifest,
    payments,
    plan,
    restate,
    risk,
    screening,
    sensitivity,
    stored,
)
from allocator.verify.manifest import CONFIG
from allocator.verify.offers import NotOffered, Offers
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings, Table


def check_plan(
    stated: Mapping[str, Any],
    tables: Mapping[str, Table],
    offers: Offers,
    inputs: Inputs,
    findings: Findings,
    case: Callable[[], Case],
    *,
    screened: bool = False,
) -> None:
    """Hold a manifest and tables against what config and inputs say; ``screened``: exclusions were found right before.

    Awards, payments and what they rest on are worked out independently; the tables that only tell these again are
    made anew for the ``case``, once awards and payments hold.
    """
    config, money, faults = offers.config, offers.money, len(findings.violations)
    made = plan.read_plan(tables["awards"], tables["payments"], offers, config, money, findings)
    outcomes = read_outcomes(config, inputs.projects, inputs.extra.get("outcomes"))
    made = replace(made, outcomes=outcomes, extra=inputs.extra)
    chapter = partial(_chapter, findings)
    chapter(lambda: payments.check_awards(made, findings))
    sound = len(findings.violations) == faults
    chapter(lambda: choice.check_choice(made, findings))
    chapter(lambda: payments.replay(made, findings))
    chapter(lambda: _check_worth(made, stated, tables, findings))
    chapter(lambda: payments.check_closing(made, tables["closing"], findings))
    for name, check in (("ranges", sensitivity.check_ranges), ("sensitivity", sensitivity.check_goals)):
        if name in tables:
            chapter(partial(check, made, tables, findings))
    if not screened:
        chapter(lambda: screening.check_screening(made, tables["screening"], findings))
    if sound:
        chapter(lambda: restate.Restated(case(), made).check(stated, tables, findings))


def _chapter(findings: Findings, check: Callable[[], object]) -> None:
    """Run one chapter; a table too broken for it is a violation."""
    try:
        check()
    except AllocatorError as error:
        findings.checks += 1
        findings.violations.extend(error.messages)
    except (ArithmeticError, AttributeError, LookupError, NotOffered, TypeError, ValueError) as error:
        findings.hold(False, "cannot_check", "", "", what=f"{type(error).__name__}: {error}")


def _check_worth(made: Plan, stated: Mapping[str, Any], tables: Mapping[str, Table], findings: Findings) -> None:
    """What the plan is worth, whether it keeps every limit, and what moved against the plan before."""
    own = (*benchmarks.stability(made), *debt_service.service_bounds(made, tables["limits"]))
    lines = bounds.check_bounds(made, tables["limits"], findings, own)
    unsure = risk.turn_out(made, lines)
    manifest.check_manifest(made, stated, lines, findings, unsure.objective if unsure else None)
    if unsure is not None:
        risk.check_risk(made, unsure, stated, tables, findings)
    if made.config.previous is not None:
        benchmarks.check_replanning(made, tables, stated, findings)
    if made.config.benchmarks is not None:
        benchmarks.check_benchmarks(made, stated, tables, findings)


@dataclass(frozen=True)
class Verification:
    """What a verification checked and found."""

    checks: int
    violations: tuple[Message, ...]

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.violations


def verify(folder: Path) -> Verification:
    """Recheck the run stored in ``folder``; whatever is missing or unreadable is a violation, never an exception."""
    findings = Findings()
    try:
        loaded = load_config(folder / CONFIG)
        with without_collector():
            _verify(folder, loaded, findings)
    except AllocatorError as error:
        findings.checks += 1
        findings.violations.extend(error.messages)
    return Verification(findings.checks, tuple(findings.violations))


@contextmanager
def without_collector() -> Iterator[None]:
    """No search for cycles meanwhile: there are none among millions of cells, and it would take a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def as_json(verification: Verification, language: str) -> str:
    """The text of ``verification.json``."""
    content = {
        "ok": verification.ok,
        "checks": verification.checks,
        "violations": [message.text(language) for message in verification.violations],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _verify(folder: Path, loaded: Loaded, findings: Findings) -> None:
    config, money = loaded.config, loaded.config.unit
    stated = manifest.read_manifest(folder, findings)
    manifest.check_inputs(folder, stated, findings)
    manifest.check_tables(folder, stated, findings)
    manifest.check_origins(folder, loaded, stated, findings)
    inputs = read_inputs(loaded)
    manifest.check_roles(config, [file.role for file in inputs.files], stated, findings)
    further = schema.columns_by_config(config)
    beside = (
        each.name
        for each in schema.TABLES.values()
        if each.when == schema.BESIDE and (folder / f"{each.name}.csv").is_file()
    )
    names = (*schema.tables_of(config), *beside)
    tables = {name: stored.read_table(folder, name, further.get(name, ()), findings, money) for name in names}
    case = cache(partial(restate.case_of, replace(loaded, origins=manifest.origins_of(stated)), inputs))
    check_plan(stated, tables, Offers.of(config, inputs, money), inputs, findings, case)
    if not findings.violations:
        _chapter(findings, lambda: certificate.check_certificate(stated, tables, findings, case))
