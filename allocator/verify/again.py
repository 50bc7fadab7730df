"""Plans of an open model, verified in memory after every change.

The checks are those of a stored run, on the texts that would be stored. What unchanged config and tables decide alone,
who may have what and how candidates are scored, was found right before and is not worked out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator import manifest as manifests
from allocator import stored_tables
from allocator.verify import Verification, without_collector
from allocator.verify.chapters import Stated, check_plan, names_of
from allocator.verify.findings import Findings
from allocator.verify.manifest import parsed
from allocator.verify.offers import Offers
from allocator.verify.restate import case_of
from allocator.verify.stored import Table, as_table, columns_by_config

if TYPE_CHECKING:
    import pandas as pd

    from allocator.case import Case
    from allocator.config.plan import Config
    from allocator.solution import Solution
    from allocator.tables.inputs import Inputs


LASTING = ("screening", "scores")
"""Tables that say the same of every plan as long as config and tables offer the same."""


@dataclass
class Verifier:
    """Verifies one plan of a model after the other."""

    case: Case | None = None
    screening: pd.DataFrame | None = None
    """The table of exclusions that was found right for the options of the case."""

    def check(self, solution: Solution, inputs: Inputs) -> Verification:
        """Recheck a plan that was made from ``inputs``."""
        config, findings, before = solution.loaded.config, Findings(), self.case
        if "benchmarks" not in solution.further:  # they are judged for a plan that is stored
            config = config.model_copy(update={"benchmarks": None})
        with without_collector():
            self.case = case = case_of(solution.loaded, inputs, before)
            offered = before is not None and case.options is before.options
            screened = offered and self.screening is not None and self.screening.equals(solution.screening)
            names = (name for name in names_of(config) if not (screened and name in LASTING))
            tables = {name: _table(name, solution, config, findings) for name in names}
            stated = Stated(parsed(manifests.dumps(manifests.of(solution, solution.run_id, [])), findings), tables)
            offers = Offers.of(config, inputs, solution.money)
            check_plan(stated, offers, inputs, findings, lambda: case, screened=screened)
        self.screening = self.screening if screened else None if findings.violations else solution.screening.copy()
        return Verification(findings.checks, tuple(findings.violations))


def _table(name: str, solution: Solution, config: Config, findings: Findings) -> Table:
    """A table of a plan as it would be stored."""
    frame: pd.DataFrame = solution.further[name] if name in solution.further else getattr(solution, name)
    sources, further = frozenset(config.sources), columns_by_config(config).get(name, ())
    texts = stored_tables.as_texts(name, frame, solution.money, sources)
    lines = zip(*(texts[column].tolist() for column in texts.columns), strict=True)
    return as_table(name, tuple(map(str, frame.columns)), lines, further, findings, solution.money)
