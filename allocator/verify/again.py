"""Plans of an open model, verified in memory after every change.

The checks are those of a stored run, on the texts that would be stored. What unchanged config and tables decide
alone, such as options and what a row that is written alike adds, is not worked out again; all that the plan as a whole
decides is: who is funded, budgets, totals, limits, the goal with its bound and gap, and the reasons of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
from allocator.verify import Verification, check_plan, without_collector
from allocator.verify.manifest import parsed
from allocator.verify.offers import Offers
from allocator.verify.restate import case_of
from allocator.verify.stored import Findings, Table, as_table

LASTING = ("screening", "scores")
"""Tables that say the same of every plan as long as config and tables offer the same."""
MOST_ROWS = 1_000_000
"""Rows of all tables that are kept; a plan of 100,000 projects has some 300,000."""


@dataclass
class Verifier:
    """Verifies one plan of a model after the other."""

    inputs: Inputs | None = None
    offers: Offers | None = None
    """With the funded rows that were read before, and their answers."""
    case: Case | None = None
    screening: pd.DataFrame | None = None
    """The table of exclusions that was found right."""
    texts: dict[tuple[object, ...], Sequence[str]] = field(default_factory=dict)
    """Table and row of a frame → cells as written."""

    def check(self, solution: Solution, inputs: Inputs) -> Verification:
        """Recheck a plan that was made from ``inputs``."""
        offers = self._offers(solution, inputs)
        findings = Findings()
        with without_collector():
            names = tables_of(offers.config)
            screened = self.screening is not None and self.screening.equals(solution.screening)
            tables = {n: self._table(n, solution, findings) for n in names if not (screened and n in LASTING)}
            told = manifests.dumps(manifests.of(solution, solution.run_id, []))
            case = partial(self._case, solution, inputs)
            check_plan(parsed(told, findings), tables, offers, inputs, findings, case, screened=screened)
        if len(self.texts) > MOST_ROWS and offers.awards is not None:  # most come from plans long ago
            self.texts.clear()
            offers.awards.clear()
        if not findings.violations:
            self.screening = solution.screening.copy()
        return Verification(findings.checks, tuple(findings.violations))

    def _case(self, solution: Solution, inputs: Inputs) -> Case:
        self.case = case_of(solution.loaded, inputs, self.case)
        return self.case

    def _offers(self, solution: Solution, inputs: Inputs) -> Offers:
        """What config and tables offer, with what is known of it as long as they offer the same."""
        config, before = solution.loaded.config, self.offers
        if "benchmarks" not in solution.extra:  # they are judged for a plan that is stored
            config = config.model_copy(update={"benchmarks": None})
        same = before is not None and self.inputs is inputs and before.config.language == config.language
        if same and before is not None and same_options(before.config, config):
            self.offers = replace(before, config=shared(config, before.config))
        else:
            self.inputs, self.screening = inputs, None
            self.offers = replace(Offers.of(config, inputs, solution.money), awards={})
        return self.offers

    def _table(self, name: str, solution: Solution, findings: Findings) -> Table:
        """A table of a plan as it would be stored; rows that come again are not written out again."""
        config, money = solution.loaded.config, solution.money
        frame: pd.DataFrame = solution.extra[name] if name in solution.extra else getattr(solution, name)
        values = frame.astype(object).where(frame.notna(), None)  # equal rows are equal
        rows = [(name, *row) for row in values.itertuples(index=False, name=None)]
        new = [number for number, row in enumerate(rows) if row not in self.texts]
        if new:
            texts = stored_tables.as_texts(name, frame.iloc[new], money, frozenset(config.sources))
            cells = zip(*(texts[column].tolist() for column in texts.columns), strict=True)
            self.texts.update(zip((rows[number] for number in new), cells, strict=True))
        lines = (self.texts[row] for row in rows)
        further = columns_by_config(config).get(name, ())
        return as_table(name, tuple(map(str, frame.columns)), lines, further, findings, money)


def shared(new: Any, old: Any) -> Any:
    """``new`` with every part that equals the old one's replaced by that, so that conditions are known again."""
    if type(new) is not type(old):
        return new
    if new == old:
        return old
    if hasattr(type(new), "model_fields"):
        parts = {name: shared(getattr(new, name), getattr(old, name)) for name in type(new).model_fields}
        return new.model_copy(update=parts)
    if isinstance(new, list):
        return [shared(a, b) for a, b in zip(new, old, strict=False)] + new[len(old) :]
    if isinstance(new, dict):
        return {key: shared(value, old[key]) if key in old else value for key, value in new.items()}
    return new
