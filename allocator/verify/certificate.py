"""The certificate: what its prices prove, added up again without a solver over options made anew from config and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from allocator.problem import certificate
from allocator.problem.case import Case
from allocator.verify.manifest import LEAST_OBJECTIVE, NAME, close, exact_number
from allocator.verify.stored import Findings, Table

CERTIFIED = ("certified_bound", "certified_gap")


def check_certificate(
    manifest: Mapping[str, Any], tables: Mapping[str, Table], findings: Findings, case_of: Callable[[], Case]
) -> None:
    """A bound that a plan says to be certified is the one that its certificate gives; nothing is claimed without one."""
    table = tables.get(certificate.TABLE)
    claims = manifest.get("bound_by") == certificate.TABLE or any(name in manifest for name in CERTIFIED)
    if table is None:
        findings.hold(not claims, "table_missing", NAME, "certified_bound", got=f"{certificate.TABLE}.csv")
        return
    case = case_of()
    if not findings.hold(certificate.covered(case), "not_expected", table.place, "", got=table.name):
        return
    prices: dict[certificate.Key, Fraction] = {}
    for row in table:
        key = certificate.Key(*(row.text(column) for column in certificate.Key._fields))
        whole = (row.text("stage"), row.text("leaf")) == (certificate.FIRST, certificate.ROOT)
        findings.hold(whole, "not_expected", row.place, "stage/leaf", got=f"{row.text('stage')} / {row.text('leaf')}")
        prices[key] = Fraction(row.number("price"))
    try:
        bound = certificate.bound_at(case, certificate.in_fen(case, prices))
    except KeyError as error:
        findings.hold(False, "not_expected", table.place, "", got=" / ".join(filter(None, error.args[0])))
        return
    sign = -1 if case.loaded.config.minimise else 1
    _check_figures(manifest, Fraction(sign * bound, case.money.fen_per_unit), findings)


def _check_figures(manifest: Mapping[str, Any], bound: Fraction, findings: Findings) -> None:
    """What the manifest says of the certificate, when this is the ``bound`` that it gives."""
    findings.equal(exact_number(manifest.get("certified_bound")), bound, NAME, "certified_bound")
    objective, gap = (exact_number(manifest.get(name)) for name in ("objective", "certified_gap"))
    if isinstance(objective, Fraction) and findings.hold(isinstance(gap, Fraction), "no_value", NAME, "certified_gap"):
        exact = abs(bound - objective) / max(abs(objective), LEAST_OBJECTIVE)
        told = Decimal(manifest["certified_gap"])
        findings.hold(
            close(Fraction(told), exact), "differs", NAME, "certified_gap", stated=told, recomputed=float(exact)
        )
    if manifest.get("bound_by") == certificate.TABLE:
        findings.equal(exact_number(manifest.get("bound")), bound, NAME, "bound")
