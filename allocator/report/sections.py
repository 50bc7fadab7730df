"""The table of contents of the report: which sections in which order, and what makes each of them.

To add one: write a maker (a function from the view to a table, or to None where the run has nothing of the kind) in a
module of its own, give it its texts (`section_{key}`, and if wanted `lead_{key}`, in the catalogue named by `area`),
and add a line to SECTIONS. The page shows its charts and tables, the workbook a sheet for each table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.messages import catalogue
from allocator.messages.alike import grouped
from allocator.report.chapters.assumptions import judgements
from allocator.report.chapters.award_changes import delivered, moved, realised
from allocator.report.chapters.benchmarks import against, by_key
from allocator.report.chapters.clusters import nodes, parks, spending, synergies
from allocator.report.chapters.debt import by_region as by_debtor
from allocator.report.chapters.debt import cover, service, service_chart
from allocator.report.chapters.fairness import fairness, inequality
from allocator.report.chapters.flags import by_flag, warnings
from allocator.report.chapters.flows import flow, flow_table, leftover, sources, spending_by_year
from allocator.report.chapters.groups import by_category, by_instrument, by_region, grid, on_map
from allocator.report.chapters.indicators import indicators, score_parts
from allocator.report.chapters.projects import awards, candidates, losers, payments, reasons, screening
from allocator.report.chapters.risk import falls, outcomes, summed
from allocator.report.chapters.risk import figures as risk_figures
from allocator.report.chapters.rules import limits, tightest
from allocator.report.chapters.sensitivity import decides, ranges, solved, tornado, tornado_chart
from allocator.report.chapters.structure import (
    by_year,
    investment_by_year,
    structure,
    structure_chart,
    targets,
    targets_chart,
)
from allocator.report.headline import figures, provenance, status
from allocator.report.view import Chart, Figure, Table, View

if TYPE_CHECKING:
    from allocator.runs.folder import StoredRun

TableMaker = Callable[[View], Table | None]
ChartMaker = Callable[[View], Chart | None]
FigureMaker = Callable[[View], Iterable[Figure]]


@dataclass(frozen=True)
class Section:
    """One section of the report."""

    key: str
    tables: tuple[TableMaker, ...]
    charts: tuple[ChartMaker, ...] = ()
    area: str = "report"
    """Catalogue of its texts: `section_{key}`, and `lead_{key}`, a sentence under the title, where there is one."""
    found: Callable[[View], Iterable[str]] = lambda _: ()
    """Further sentences under the title: what this run found."""


SECTIONS = (
    Section("money", (sources, leftover), (spending_by_year,)),
    Section("flow", (flow_table,), (flow,)),
    Section("regions", (grid, by_region), (on_map,)),
    Section("fairness", (fairness, inequality), area="judging"),
    Section("kinds", (by_category, by_instrument)),
    Section("years", (by_year, targets), (investment_by_year, targets_chart)),
    Section("structure", (structure, indicators), (structure_chart,)),
    Section("clusters", (nodes, synergies, parks, spending), area="clusters"),
    Section("rules", (limits,), (tightest,)),
    Section("debt", (by_debtor, service, cover), (service_chart,), area="debt"),
    Section("flags", (by_flag, warnings), area="flags"),
    Section("sensitivity", (ranges, tornado, solved), (tornado_chart,), area="sensitivity", found=decides),
    Section("risk", (summed, outcomes, falls), area="risk"),
    Section("moved", (moved, delivered, realised), area="risk"),
    Section("benchmarks", (against, by_key), area="judging"),
    Section("awards", (awards,)),
    Section("others", (reasons, losers)),
    Section("judgements", (judgements,)),
    Section("detail", (candidates, score_parts, payments, screening)),
)
FIGURES: tuple[FigureMaker, ...] = (figures, risk_figures)
"""Makers of the figures at the head, in order."""


@dataclass(frozen=True)
class Filled:
    """A section with what it shows."""

    key: str
    title: str
    lead: str
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Report:
    """Everything a report shows."""

    language: str
    title: str
    subtitle: str
    status: str
    figures: tuple[Figure, ...]
    sections: tuple[Filled, ...]
    notices: tuple[str, ...]
    assumptions: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]
    unit: str
    places: int
    view: View

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in order."""
        return tuple(table for section in self.sections for table in section.tables)


def build(run: StoredRun, language: str) -> Report:
    """The report of a stored run in ``language``."""
    view = View(run, language)
    filled = (fill(view, section) for section in SECTIONS)
    return Report(
        language=language,
        title=str(run.manifest["title"]) or view.say("untitled"),
        subtitle=view.say("subtitle", run=run.run_id, unit=view.unit),
        status=status(run, language),
        figures=tuple(figure for make in FIGURES for figure in make(view)),
        sections=tuple(section for section in filled if section.tables or section.charts),
        notices=view.told(grouped(run.notices)),
        assumptions=view.told(run.assumptions),
        provenance=provenance(view),
        unit=view.unit,
        places=run.money.places,
        view=view,
    )


def fill(view: View, section: Section) -> Filled:
    """A section with its charts and tables; empty where the run has nothing of the kind."""
    lead = f"lead_{section.key}"
    told = [view.say(f"{section.area}.{lead}")] if lead in catalogue(section.area, view.language) else []
    return Filled(
        section.key,
        view.say(f"{section.area}.section_{section.key}"),
        " ".join([*told, *section.found(view)]),
        tuple(chart for make in section.charts if (chart := make(view)) is not None),
        tuple(table for make in section.tables if (table := make(view)) is not None),
    )
