"""The figures of the manifest: what the plan is worth and what was proved, its inputs, and where the config is from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from allocator.config.keys.plan import Config
from allocator.config.loaded import Loaded
from allocator.config.source.resolved import leaf_values, resolved_yaml
from allocator.runs.manifest import sealed
from allocator.verify.bounds import Bound, group_in_normal_form
from allocator.verify.clusters import expected_terms
from allocator.verify.measures import goal_value, is_money
from allocator.verify.plan import Plan
from allocator.verify.stored import Findings, plain

NAME = "manifest.json"
CONFIG = "config.resolved.yaml"
IN_NAME = 8
"""Digits of the digest in a run's id."""
LEAST_OBJECTIVE = Fraction(1, 10**6)
PLACES = 12
"""Decimals to which ratios are written."""
WRITTEN = Fraction(1, 10**24)
"""The objective is written to 30 places: exactly, where it has no more."""
STATUSES = ("optimal", "feasible")
CLAIMED_BY = ("certificate", "prices", "two solves", "one solve")
OPTIMAL_WITHIN = Fraction(1, 10**9)


def read_manifest(folder: Path, findings: Findings) -> Mapping[str, Any]:
    """The manifest; empty and a finding when it cannot be read."""
    try:
        text = (folder / NAME).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        findings.hold(False, "unreadable", NAME, "", why=str(error))
        return {}
    return parsed(text, findings)


def parsed(text: str, findings: Findings) -> Mapping[str, Any]:
    """The text of a manifest; empty and a finding when it cannot be read."""
    try:
        manifest = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError) as error:
        findings.hold(False, "unreadable", NAME, "", why=str(error))
        return {}
    findings.hold(isinstance(manifest, dict), "unreadable", NAME, "", why=type(manifest).__name__)
    return manifest if isinstance(manifest, dict) else {}


def origins_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Where every value of the config came from, as far as the manifest says so."""
    told = manifest.get("origins")
    return {str(path): str(origin) for path, origin in told.items()} if isinstance(told, dict) else {}


def check_inputs(folder: Path, manifest: Mapping[str, Any], findings: Findings) -> None:
    """The copies of the inputs are byte for byte what the plan was made from."""
    entries = manifest.get("inputs")
    if not findings.hold(isinstance(entries, list) and bool(entries), "no_value", NAME, "inputs"):
        return
    for entry in entries or ():
        copy = str(entry.get("copy", "")) if isinstance(entry, dict) else ""
        path = folder / copy
        if not findings.hold(bool(copy) and path.is_file(), "file_missing", NAME, "inputs", got=copy):
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        findings.hold(
            digest == entry.get("sha256"), "input_changed", copy, "sha256", stated=entry.get("sha256"), got=digest
        )
    for number, entry in enumerate(one for one in entries or () if isinstance(one, dict)):
        copied, named = Path(str(entry.get("copy", ""))), Path(str(entry.get("path", "")))
        same = re.fullmatch(re.escape(named.stem) + r"(-\d+)?" + re.escape(named.suffix), copied.name)
        findings.hold(same is not None, "differs", NAME, f"inputs.{number}.path", stated=named, recomputed=copied.name)
    seal = sealed(manifest)["seal"]  # what cannot be found again is held by this alone
    findings.hold(manifest.get("seal") == seal, "differs", NAME, "seal", stated=manifest.get("seal"), recomputed=seal)
    check_identity(folder, manifest, entries if isinstance(entries, list) else [], findings)


def check_tables(folder: Path, manifest: Mapping[str, Any], findings: Findings) -> None:
    """Every table that the run was stored with is still there."""
    stated = manifest.get("tables")
    if findings.hold(isinstance(stated, list) and bool(stated), "no_value", NAME, "tables"):
        for name in map(str, stated or ()):
            findings.hold((folder / f"{name}.csv").is_file(), "table_missing", NAME, "tables", got=f"{name}.csv")


def check_roles(config: Config, read: Iterable[str], manifest: Mapping[str, Any], findings: Findings) -> None:
    """Every table that the config names is among the inputs under its own role, and nothing else."""
    entries = [entry for entry in manifest.get("inputs") or () if isinstance(entry, dict)]
    stated = [str(entry.get("role")).partition(":")[0] for entry in entries]
    expected = sorted(role.partition(":")[0] for role in read)
    findings.equal(sorted(role for role in stated if role != "config"), expected, NAME, "inputs.role")
    if config.previous is not None:
        findings.hold("previous.awards" in stated, "row_missing", NAME, "inputs", got="previous.awards")


def check_identity(folder: Path, manifest: Mapping[str, Any], entries: Sequence[Any], findings: Findings) -> None:
    """The config is the one the plan was made with: its hash, and the digest that the run's id ends with.

    Whoever changes a rule and states its new hash has another digest, and thus another id than the one in the reports.
    """
    config = manifest.get("config")
    stated = config.get("sha256") if isinstance(config, dict) else None
    findings.equal(config.get("path") if isinstance(config, dict) else None, CONFIG, NAME, "config.path")
    got = hashlib.sha256((folder / CONFIG).read_bytes()).hexdigest()
    findings.hold(got == stated, "input_changed", CONFIG, "sha256", stated=stated, got=got)
    tables = [entry for entry in entries if isinstance(entry, dict) and entry.get("role") != "config"]
    lines = [got, *(f"{entry.get('copy')} {entry.get('sha256')}" for entry in tables)]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    findings.hold(
        digest == manifest.get("digest"), "differs", NAME, "digest", stated=manifest.get("digest"), recomputed=digest
    )
    name = str(manifest.get("run_id", ""))
    in_name = name.split("-")[2] if name.count("-") > 1 else ""
    findings.hold(in_name == digest[:IN_NAME], "other_run", NAME, "run_id", got=name, digest=digest[:IN_NAME])


def check_manifest(
    plan: Plan,
    manifest: Mapping[str, Any],
    bounds: Sequence[Bound],
    findings: Findings,
    objective: Fraction | None = None,
) -> None:
    """Objective (``objective`` where outcomes or falls decide it), goals, penalties, bound, gap, status and sizes."""
    terms = [(t.measure, Fraction(t.weight), goal_value(plan, t)) for t in plan.config.goals.terms]
    terms += expected_terms(plan)
    _check_goals(plan, terms, manifest.get("goals"), findings)
    losses = _check_penalties(manifest.get("penalties"), bounds, findings)
    worth = [weight * value for _, weight, value in terms]
    lexicographic = plan.config.goals.mode == "lexicographic"
    if objective is None:
        objective = (worth[-1] if lexicographic else sum(worth, Fraction(0))) - losses
    if plan.config.minimise:
        objective = Fraction(sum(sum(award.paid.values()) for award in plan.awards), plan.money.fen_per_unit) + losses
    stated = {name: _number(manifest, name, findings) for name in ("objective", "bound", "gap")}
    findings.near(stated["objective"], objective, WRITTEN * max(abs(objective), Fraction(1)), NAME, "objective")
    gap = abs(stated["bound"] - objective) / max(abs(objective), LEAST_OBJECTIVE)
    findings.hold(close(stated["gap"], gap), "differs", NAME, "gap", stated=manifest.get("gap"), recomputed=float(gap))
    slack = LEAST_OBJECTIVE * max(abs(objective), Fraction(1))
    inside = stated["bound"] <= objective + slack if plan.config.minimise else stated["bound"] >= objective - slack
    wrong_side = "bound_above" if plan.config.minimise else "bound_below"
    findings.hold(inside, wrong_side, NAME, "bound", stated=manifest.get("bound"))
    if lexicographic:
        _check_stages(plan, manifest.get("stages"), [value - losses for value in worth], findings)
    _check_status(plan, manifest, gap, findings)


def _check_stages(plan: Plan, stages: object, values: Sequence[Fraction], findings: Findings) -> None:
    """The plan keeps what every goal in turn found, less its tolerance; the last stage is the plan's own."""
    terms = plan.config.goals.terms
    if not findings.hold(isinstance(stages, list) and len(stages) == len(terms), "no_value", NAME, "stages"):
        return
    for number, (term, stage, value) in enumerate(zip(terms, stages, values, strict=True)):  # type: ignore[call-overload]
        found, gap = (exact_number(stage.get(name)) for name in ("value", "gap"))
        if not (isinstance(found, Fraction) and isinstance(gap, Fraction)):
            findings.hold(False, "no_value", NAME, f"stages.{number}")
            continue
        allowed = LEAST_OBJECTIVE * max(abs(found), Fraction(1))
        given_up = gap if term.tolerance is None else Fraction(term.tolerance)
        lost = found - value
        holds = lost <= allowed + given_up * abs(found) if number < len(terms) - 1 else abs(lost) <= allowed
        findings.hold(holds, "differs", NAME, f"stages.{number}.value", stated=plain(found), recomputed=plain(value))


def close(stated: Fraction, exact: Fraction) -> bool:
    """Whether a printed ratio is the exact one."""
    return bool(abs(stated - exact) <= Fraction(6, 10 ** (PLACES + 1)) + abs(exact) / 10**PLACES)


def _number(manifest: Mapping[str, Any], name: str, findings: Findings) -> Fraction:
    value = manifest.get(name)
    if not findings.hold(isinstance(value, Decimal), "no_value", NAME, name):
        return Fraction(0)
    return Fraction(value)  # type: ignore[arg-type]


def _check_goals(
    plan: Plan, terms: Sequence[tuple[str, Fraction, Fraction]], stated: object, findings: Findings
) -> None:
    if not findings.hold(isinstance(stated, list) and len(stated) == len(terms), "no_value", NAME, "goals"):
        return
    for number, ((measure, weight, value), entry) in enumerate(zip(terms, stated, strict=True)):  # type: ignore[call-overload]
        place = f"goals.{number}"
        findings.equal(exact_number(entry.get("term")), Fraction(number + 1), NAME, f"{place}.term")
        unit = plan.money.name if measure == "synergy" or is_money(plan, measure) else ""
        expected = {"measure": measure, "weight": weight, "unit": unit, "value": value, "contribution": weight * value}
        for name, recomputed in expected.items():
            findings.equal(exact_number(entry.get(name)), recomputed, NAME, f"{place}.{name}")


def _check_penalties(stated: object, bounds: Sequence[Bound], findings: Findings) -> Fraction:
    """Sum of the losses of soft limits, and that the manifest lists them; a limit may have two kinds of bounds."""
    soft: dict[tuple[str, str], list[Bound]] = {}
    for bound in bounds:
        if bound.price is not None:
            soft.setdefault((bound.limit, bound.name_of_group), []).append(bound)
    entries = stated if isinstance(stated, list) else []
    findings.hold(isinstance(stated, list), "no_value", NAME, "penalties")
    waiting = {key: list(lines) for key, lines in soft.items()}
    for number, entry in enumerate(entries):
        key = (str(entry.get("limit")), group_in_normal_form(str(entry.get("group") or "")))
        place = f"penalties.{number}"
        if findings.hold(bool(waiting.get(key)), "not_expected", NAME, place, got=" / ".join(key)):
            bound = waiting[key].pop(0)
            for name, value in {"violation": bound.violation, "price": bound.price, "loss": bound.loss}.items():
                findings.equal(exact_number(entry.get(name)), value, NAME, f"{place}.{name}")
    for key, lines in waiting.items():
        findings.hold(not any(bound.loss for bound in lines), "row_missing", NAME, "penalties", got=" / ".join(key))
    return sum((bound.loss for lines in soft.values() for bound in lines), Fraction(0))


def exact_number(value: object) -> object:
    return Fraction(value) if isinstance(value, Decimal) else value


def _check_status(plan: Plan, manifest: Mapping[str, Any], gap: Fraction, findings: Findings) -> None:
    status = manifest.get("status")
    findings.hold(status in STATUSES, "status_unknown", NAME, "status", got=status)
    within = gap <= Fraction(plan.config.solver.gap) + OPTIMAL_WITHIN
    findings.hold(status != "optimal" or within, "not_optimal", NAME, "status", gap=float(gap))
    by = manifest.get("bound_by")
    findings.hold(by in CLAIMED_BY, "bound_by_unknown", NAME, "bound_by", got=by)
    sizes = manifest.get("sizes")
    projects = sizes.get("projects") if isinstance(sizes, dict) else None
    expected = {
        "sizes.projects": (projects, len(plan.facts.row_of)),
        "money": (manifest.get("money"), plan.config.money),
        "quantum": (manifest.get("quantum", plan.money.quantum), plan.money.quantum),
        "seed": (manifest.get("seed"), plan.config.solver.seed),
    }
    for path, (stated, known) in expected.items():
        findings.equal(stated, known, NAME, path)


COMMENT = "  # "


def check_origins(folder: Path, loaded: Loaded, manifest: Mapping[str, Any], findings: Findings) -> None:
    """Every value has an origin, and it is the one that stands beside it in the stored config.

    A value that nobody wrote is told from one that was written by nothing else, so assumptions rest on this.
    """
    for name in ("title", "language"):
        findings.equal(manifest.get(name), getattr(loaded.config, name), NAME, name)
    if not findings.hold(isinstance(manifest.get("origins"), dict), "no_value", NAME, "origins"):
        return
    origins = origins_of(manifest)
    values = leaf_values(loaded.config)
    findings.checks += len(values)
    for path in sorted(values.keys() - origins.keys()):
        findings.hold(False, "row_missing", NAME, "origins", got=path)
    for path in sorted(origins.keys() - values.keys()):
        findings.hold(False, "not_expected", NAME, "origins", got=path)
    _check_text(folder, loaded, manifest.get("scenario"), origins, findings)


def _check_text(folder: Path, loaded: Loaded, scenario: object, origins: Mapping[str, str], findings: Findings) -> None:
    """The stored config is written as a config with these origins is; one written by hand has none beside its values."""
    text = (folder / CONFIG).read_text(encoding="utf-8")
    if COMMENT not in text:
        return
    named = None if scenario is None else str(scenario)
    expected = resolved_yaml(replace(loaded, scenario=named, origins=origins), loaded.as_written).splitlines()
    lines = text.splitlines()
    findings.equal(len(lines), len(expected), CONFIG, "")
    for number, (line, other) in enumerate(zip(lines, expected, strict=False), 1):
        findings.checks += 1
        if line != other:
            findings.equal(line.strip(), other.strip(), f"{CONFIG}:{number}", "")
            return
