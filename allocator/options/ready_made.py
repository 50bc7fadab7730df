"""Options the planner wrote down: the option file, and what was promised before (commitments)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from allocator.config.rules.bond_money import is_bond_money, may_go_to
from allocator.messages import Message
from allocator.money.arrays import Flags, Floats, Rows
from allocator.options.block import Block, Payers, Payments
from allocator.options.candidates import Candidates
from allocator.options.leverage import goal_measure
from allocator.options.scores import Scores, upgrading_value
from allocator.options.screening.screen import Screening, listed
from allocator.tables.measures import INVESTMENTS, MEASURES

PAYMENT: Final = re.compile(r"(?P<source>.+)@(?P<year>[0-9]{4})")
SHORTFALL: Final = "bond_shortfall"
_OWN: Final = {"project_id", "option", "instrument", "start_year", "award", *MEASURES}


@dataclass(frozen=True)
class ReadyMade:
    """Makes options of the rows of a table."""

    pool: Candidates
    scores: Scores
    payers: Payers
    found: Screening
    problems: list[Message]
    assumptions: list[Message]

    def options(self, frame: pd.DataFrame, open_to: Flags) -> tuple[Block, int]:
        """The rows of the option file whose project is open to new awards, and how many pay too late to be offered."""
        project = self.projects(frame)
        self._refuse_bonds("options", frame, project)
        self._tell_shortfall("options", frame)
        late = np.zeros(len(frame), dtype=bool)
        for column, source, year in self._payment_columns(frame):
            if self._after(source, year):
                late |= frame[column].to_numpy(dtype=np.float64) != 0
        late &= open_to[project]
        self._screen_late(frame[late], project[late])
        keep = open_to[project] & ~late
        return self._block("options", frame[keep], project[keep], committed=False), int(late.sum())

    def commitments(self, frame: pd.DataFrame) -> Block:
        """All rows, fixed; payments that fall due too late are a problem of the input."""
        for column, source, year in self._payment_columns(frame):
            if self._after(source, year):
                for row in np.flatnonzero(frame[column].to_numpy(dtype=np.float64) != 0):
                    place = self.pool.inputs.place("commitments", int(row), column)
                    values = {"source": source, "year": year, "last": self.pool.config.years[-1]}
                    self.problems.append(Message("options.committed_tail", values, place, column))
        project = self.projects(frame)
        self._refuse_bonds("commitments", frame, project)
        self._tell_shortfall("commitments", frame)
        return self._block("commitments", frame, project, committed=True)

    def projects(self, frame: pd.DataFrame) -> Rows:
        """Project row of every row of ``frame``."""
        ids = pd.Index(self.pool.inputs.projects["project_id"].to_numpy(dtype=object))
        rows: Rows = ids.get_indexer(frame["project_id"].to_numpy(dtype=object)).astype(np.int64)
        return rows

    def _refuse_bonds(self, table: str, frame: pd.DataFrame, project: Rows) -> None:
        """Payments of special-bond money for anything but infrastructure are a problem of the input."""
        config, ids = self.pool.config, frame["project_id"].to_numpy(dtype=object)
        instrument = frame["instrument"].to_numpy(dtype=object) if "instrument" in frame else np.full(len(frame), "")
        category = np.asarray(self.pool.column("category"), dtype=object)[project]
        for column, source, _ in self._payment_columns(frame):
            if not is_bond_money(source, config.sources[source]):
                continue
            for row in np.flatnonzero(frame[column].to_numpy(dtype=np.float64) > 0):
                what = str(instrument[row]), str(category[row])
                if not may_go_to(config, source, *what):
                    values = {"source": source, "project": ids[row], "instrument": what[0], "category": what[1]}
                    place = self.pool.inputs.place(table, int(row), column)
                    self.problems.append(Message("options.bond_use", values, place, column))

    def _tell_shortfall(self, table: str, frame: pd.DataFrame) -> None:
        """That nothing is known of what revenue leaves unpaid of these bonds, unless the table has a column of it."""
        if SHORTFALL in frame:
            return
        rows, sources = np.zeros(len(frame), dtype=bool), dict[str, None]()
        for column, source, _ in self._payment_columns(frame):
            bond, paid = self.pool.config.sources[source].bond, frame[column].fillna(0).to_numpy(dtype=np.float64) > 0
            if bond is not None and bond.revenue_haircut is not None and paid.any():
                rows |= paid
                sources[source] = None
        if sources:
            values = {"table": table, "count": int(rows.sum()), "sources": ", ".join(sources)}
            self.assumptions.append(Message("options.shortfall_unknown", values, "", SHORTFALL))

    def _block(self, table: str, frame: pd.DataFrame, project: Rows, *, committed: bool) -> Block:
        payments, paid = self._payments(frame)
        instrument = frame["instrument"].to_numpy(dtype=object) if "instrument" in frame else np.full(len(frame), "")
        extra = [name for name in frame.columns if name not in _OWN and not self._is_payment(str(name))]
        return Block(
            project=project,
            option=pd.Categorical(frame["option"].to_numpy(dtype=object)),
            instrument=pd.Categorical(instrument),
            start_year=self._start_years(frame, project),
            award=frame["award"].to_numpy(dtype=np.float64) if "award" in frame else paid,
            measures=self._measures(table, frame, project),
            payments=payments,
            committed=committed,
            extra=frame[extra].reset_index(drop=True),
        )

    def _start_years(self, frame: pd.DataFrame, project: Rows) -> Rows:
        """The start year written, else that of the project's support."""
        usual = np.minimum(self.pool.support_start[project], self.pool.config.years[-1])
        if "start_year" not in frame:
            return usual
        written = frame["start_year"].to_numpy(dtype=np.float64)
        return np.where(np.isnan(written), usual, written).astype(np.int64)

    def _measures(self, table: str, frame: pd.DataFrame, project: Rows) -> dict[str, Floats]:
        """Measures as written; what is not written follows from the rest, or is 0 and listed as an assumption."""
        goal = goal_measure(self.pool.config.leverage)
        measures = {name: frame[name].fillna(0).to_numpy(dtype=np.float64) for name in MEASURES if name in frame}
        if "leveraged_investment" not in measures and goal in measures:
            measures["leveraged_investment"] = measures[goal]
        measures.setdefault("supported_investment", measures.get("nominal_investment", np.zeros(len(frame))))
        measures.setdefault("counterpart_investment", np.zeros(len(frame)))
        if "upgrading" not in measures and self.scores.known and "leveraged_investment" in measures:
            measures["upgrading"] = upgrading_value(self.scores.score[project], measures["leveraged_investment"])
        absent = [name for name in MEASURES if name not in measures]
        if absent:
            values = {"table": table, "columns": ", ".join(absent)}
            self.assumptions.append(Message("options.measures_assumed", values))
        zero = np.zeros(len(frame))
        return {name: measures.get(name, zero) for name in (*INVESTMENTS, "upgrading")}

    def _payments(self, frame: pd.DataFrame) -> tuple[Payments, Floats]:
        """The payments of all rows, and their sum per row."""
        paid = np.zeros(len(frame))
        parts = []
        for column, source, year in self._payment_columns(frame):
            amount = frame[column].fillna(0).to_numpy(dtype=np.float64)
            paid += amount
            rows = np.flatnonzero(amount)
            code = np.full(len(rows), self.payers.code([source]), dtype=np.int16)
            parts.append((rows, code, np.full(len(rows), year, dtype=np.int16), amount[rows]))
        if not parts:
            none = np.zeros(0, dtype=np.int16)
            return Payments(np.zeros(0, dtype=np.int64), none, none, np.zeros(0)), paid
        return Payments(*(np.concatenate(part) for part in zip(*parts, strict=True))), paid

    def _payment_columns(self, frame: pd.DataFrame) -> list[tuple[str, str, int]]:
        """(column, source, year) of every payment column, in the order of config and years."""
        order = list(self.pool.config.sources)
        found = [match for name in frame.columns if (match := PAYMENT.fullmatch(str(name)))]
        columns = [(match[0], match["source"], int(match["year"])) for match in found if match["source"] in order]
        return sorted(columns, key=lambda column: (order.index(column[1]), column[2]))

    def _is_payment(self, name: str) -> bool:
        match = PAYMENT.fullmatch(name)
        return match is not None and match["source"] in self.pool.config.sources

    def _after(self, source: str, year: int) -> bool:
        """Whether a payment falls after the plan without the source allowing it."""
        return year > self.pool.config.years[-1] and not self.payers.with_tail([source])

    def _screen_late(self, frame: pd.DataFrame, project: Rows) -> None:
        if frame.empty:
            return
        instrument = frame["instrument"].to_numpy(dtype=object) if "instrument" in frame else ""
        late = pd.DataFrame(
            {"project": project, "instrument": instrument, "option": frame["option"].to_numpy(dtype=object)}
        )
        names = late.groupby(["project", "instrument"], sort=True)["option"].agg(listed).reset_index()
        last = str(self.pool.config.years[-1])
        self.found.exclude(
            names["project"].to_numpy(), names["instrument"].to_numpy(), "tail", names["option"].to_numpy(), last
        )
