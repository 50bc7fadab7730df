"""Plans of an open model, verified in memory after every change.

The checks are those of a stored run, on the texts that would be stored. What unchanged config and tables decide
alone was found right before and is not worked out again (`allocator.verify.known`); all that the plan as a whole
decides is: who is funded, budgets, totals, limits, the goal with its bound and gap, and the reasons of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from allocator.config.source.likeness import same_options
from allocator.problem.case import Case
from allocator.runs import manifest as manifests
from allocator.runs import stored_tables
from allocator.runs.schema import columns_by_config, tables_of
from allocator.runs.solution import Solution
from allocator.tables.opened import Inputs
from allocator.verify import Stated, Verification, check_plan, without_collector
from allocator.verify.known import Known, shared
from allocator.verify.manifest import parsed
from allocator.verify.offers import Offers
from allocator.verify.restate import case_of
from allocator.verify.stored import Findings, Table, as_table

LASTING = ("screening", "scores")
"""Tables that say the same of every plan as long as config and tables offer the same."""


@dataclass
class Verifier:
    """Verifies one plan of a model after the other."""

    inputs: Inputs | None = None
    offers: Offers | None = None
    case: Case | None = None

    def check(self, solution: Solution, inputs: Inputs) -> Verification:
        """Recheck a plan that was made from ``inputs``."""
        offers = self._offers(solution, inputs)
        findings = Findings()
        with without_collector():
            names = tables_of(offers.config)
            screened = _same(offers.known.screening, solution.screening)
            tables = {n: _table(n, solution, offers, findings) for n in names if not (screened and n in LASTING)}
            told = manifests.dumps(manifests.of(solution, solution.run_id, []))
            stated = Stated(parsed(told, findings), tables)
            case = partial(self._case, solution, inputs)
            check_plan(stated, offers, inputs, findings, case, screened=screened)
        offers.known.forget_rows()
        if not findings.violations:
            offers.known.screening = solution.screening.copy()
        return Verification(findings.checks, tuple(findings.violations))

    def _case(self, solution: Solution, inputs: Inputs) -> Case:
        self.case = case_of(solution.loaded, inputs, self.case)
        return self.case

    def _offers(self, solution: Solution, inputs: Inputs) -> Offers:
        """What config and tables offer, with what is known of it as long as they offer the same."""
        config, before = solution.loaded.config, self.offers
        if "benchmarks" not in solution.extra:  # they are judged for a plan that is stored
            config = config.model_copy(update={"benchmarks": None})
        if (
            before is not None
            and self.inputs is inputs
            and before.config.language == config.language
            and same_options(before.config, config)
        ):
            self.offers = before.under(shared(config, before.config))
        else:
            self.inputs, self.offers = (
                inputs,
                replace(Offers.of(config, inputs, solution.money), known=Known(lasting=True)),
            )
        return self.offers


def _same(before: pd.DataFrame | None, now: pd.DataFrame) -> bool:
    """Whether a table states what it did when it was found right."""
    return before is not None and before.equals(now)


def _table(name: str, solution: Solution, offers: Offers, findings: Findings) -> Table:
    """A table of a plan as it would be stored; rows that come again are not written out again."""
    frame: pd.DataFrame = solution.extra[name] if name in solution.extra else getattr(solution, name)
    sources, further = tuple(offers.config.sources), columns_by_config(offers.config)
    known = offers.known.texts.setdefault(name, {})
    rows = list(zip(*(_plain(frame[column]) for column in frame.columns), strict=True))
    new = [number for number, row in enumerate(rows) if row not in known]
    if new:
        texts = stored_tables.as_texts(name, frame.iloc[new], offers.money, frozenset(sources))
        cells = zip(*(texts[column].tolist() for column in texts.columns), strict=True)
        known.update(zip((rows[number] for number in new), cells, strict=True))
    lines = (known[row] for row in rows)
    return as_table(name, tuple(map(str, frame.columns)), lines, further.get(name, ()), findings, offers.money)


def _plain(column: pd.Series[Any]) -> list[Any]:
    """The values of a column, blanks as None, so that equal rows are equal."""
    blank = column.isna().to_numpy()
    if not blank.any():
        return column.tolist()
    values = column.to_numpy(dtype=object, copy=True)
    values[blank] = None
    return values.tolist()
