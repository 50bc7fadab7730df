"""A second opinion on the tables that only tell a plan again: written from the contract alone, exact, one row at a time.

`allocator.verify.restate` makes these tables anew with what made them; that these makers are right is held here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from allocator.config.source.load import load_config
from allocator.messages import Message
from allocator.runs.schema import columns_by_config, tables_of
from allocator.tables.inputs import read_inputs
from allocator.tables.outcomes import read_outcomes
from allocator.verify import CONFIG, manifest, payments, stored
from allocator.verify.offers import Offers
from allocator.verify.plan import read_plan
from allocator.verify.stored import Findings
from reference import assumed, candidates, debt, delivered, flags, realisation, scores, totals


def opinion(folder: Path) -> tuple[int, list[Message]]:
    """How many facts of a stored run were worked out again, and which of them are otherwise."""
    loaded, findings = load_config(folder / CONFIG), Findings()
    config, money, inputs = loaded.config, loaded.config.unit, read_inputs(loaded)
    stated, columns = manifest.read_manifest(folder, findings), columns_by_config(config)
    tables = {
        name: stored.read_table(folder, name, columns.get(name, ()), findings, money) for name in tables_of(config)
    }
    offers = Offers.of(config, inputs, money)
    plan = read_plan(tables["awards"], tables["payments"], offers, config, money, findings)
    plan = replace(plan, outcomes=read_outcomes(config, inputs.projects, inputs.extra.get("outcomes")))
    payments.check_awards(plan, findings)
    assumed.check_assumptions(offers, stated, findings)
    payments.replay(plan, findings)
    totals.check_totals(plan, tables["totals"], findings)
    flags.check_flags(plan, tables.get("flags"), inputs.extra, findings)
    debt.check_debt(plan, tables, findings)
    candidates.check_candidates(plan, tables["projects"], findings)
    scores.check_scores(offers, tables.get("scores"), findings)
    options = sum(len(plan.possible(project)) for project in plan.facts.row_of)
    findings.equal(stated["sizes"]["options"], options, manifest.NAME, "sizes.options")
    if config.progress is not None:
        realisation.check_realisation(offers.leveraging, inputs.extra, tables["realisation"], findings)
        delivered.check_delivered(config, inputs.extra, tables["delivered"], money, findings)
    return findings.checks, findings.violations
