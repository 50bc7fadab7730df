"""Is a stored plan really what it says? Every figure worked out again from its inputs, without any solver.

The code that makes plans and this code share only the reading of config and tables. Amounts are whole
0.01 yuan, everything else exact fractions, so a cap that is exceeded by the smallest amount is found.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.errors import AllocatorError
from allocator.messages import Message
from allocator.verify.findings import Findings

if TYPE_CHECKING:
    from allocator.load import Loaded
    from allocator.verify.plan import Plan
    from allocator.verify.stored import Table

CONFIG = "config.resolved.yaml"


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
    from allocator.load import load_config

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
    from allocator.money import Money
    from allocator.outcomes import read_outcomes
    from allocator.tables import read_inputs
    from allocator.verify import candidates, choice, debt, flags, manifest, payments, plan, screening, stored, totals
    from allocator.verify.offers import Offers

    config, money = loaded.config, Money.of(loaded.config.money)
    stated = manifest.read_manifest(folder, findings)
    manifest.check_inputs(folder, stated, findings)
    inputs = read_inputs(loaded)
    offers = Offers.of(config, inputs, money)
    further = stored.columns_by_config(config)
    names = (*stored.COLUMNS, *(name for name, key in stored.FURTHER.items() if getattr(config, key) is not None))
    tables = {name: stored.read_table(folder, name, further.get(name, ()), findings, money) for name in names}
    made = plan.read_plan(tables["awards"], tables["payments"], offers, config, money, findings)
    made = replace(made, outcomes=read_outcomes(config, inputs.projects, inputs.further.get("outcomes")))

    def chapter(check: Callable[[], None]) -> None:
        """Run one chapter; a table too broken for it is a violation."""
        try:
            check()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            findings.hold(False, "cannot_check", "", "", what=f"{type(error).__name__}: {error}")

    chapter(lambda: payments.check_awards(made, findings))
    chapter(lambda: choice.check_choice(made, findings))
    chapter(lambda: totals.check_totals(made, payments.replay(made, findings), tables["totals"], findings))
    chapter(lambda: _check_worth(made, stated, tables, inputs.further, findings))
    chapter(lambda: flags.check_flags(made, tables.get("flags"), inputs.further, findings))
    chapter(lambda: debt.check_debt(made, tables, findings))
    chapter(lambda: candidates.check_candidates(made, tables["projects"], findings))
    chapter(lambda: screening.check_screening(made, tables["screening"], findings))


def _check_worth(
    made: Plan, stated: Mapping[str, Any], tables: Mapping[str, Table], further: Mapping[str, Any], findings: Findings
) -> None:
    """What the plan is worth, whether it keeps every limit, and what moved against the plan before."""
    from allocator.verify import benchmarks, bounds, debt_service, manifest, realisation, replanning, risk

    own = (*replanning.stability(made, further), *debt_service.service_bounds(made, tables["limits"]))
    lines = bounds.check_bounds(made, tables["limits"], findings, own)
    unsure = risk.turn_out(made, lines)
    manifest.check_manifest(made, stated, lines, findings, unsure.objective if unsure else None)
    if unsure is not None:
        risk.check_risk(made, unsure, stated, tables, findings)
    if made.config.previous is not None:
        replanning.check_replanning(made, further, tables["moved"], findings)
    if made.config.benchmarks is not None:
        benchmarks.check_benchmarks(made, stated, tables["benchmarks"], findings)
    if made.config.progress is not None:
        realisation.check_realisation(made.offers.leveraging, further, tables["realisation"], findings)
