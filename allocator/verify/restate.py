"""Tables that only tell a verified plan again, made anew by what makes them and compared value by value.

What was chosen and what it rests on has been worked out independently before. From these awards and payments totals,
debt, warnings, scores, candidates and what became of a plan before follow without a decision: here alone the makers of
these tables are called, without model or solver. `tests/reference` holds the makers to a second implementation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from allocator.config.loaded import Loaded
from allocator.config.source.likeness import same_options
from allocator.messages import catalogue
from allocator.options import scores as upgrading
from allocator.plan import debt, delivered, totals
from allocator.plan.flags import warnings as flags
from allocator.plan.reasons import IDENTITY, in_units, projects_table
from allocator.problem.case import Case, resolved
from allocator.problem.measures import FIGURES
from allocator.runs import schema, stored_tables
from allocator.tables import realised_shares
from allocator.tables.opened import Inputs
from allocator.verify.awards import Award, Choice
from allocator.verify.choice import instrument_of
from allocator.verify.manifest import NAME
from allocator.verify.packages import JOINT
from allocator.verify.plan import Plan
from allocator.verify.stored import PLAIN_NUMBER, Findings, Row, Table, plain


def case_of(loaded: Loaded, inputs: Inputs, before: Case | None = None) -> Case:
    """The case of a plan, with the options of the case ``before`` where config and tables offer the same."""
    same = before is not None and before.inputs is inputs and same_options(before.loaded.config, loaded.config)
    return resolved(loaded, inputs, options=before.options if same and before else None)


@dataclass(frozen=True)
class Restated:
    """A plan whose awards and payments hold, and the case they were made for."""

    case: Case
    plan: Plan

    def check(self, manifest: Mapping[str, Any], tables: Mapping[str, Table], findings: Findings) -> None:
        """Every table that is there says what is made anew, and the manifest lists the same assumptions and options."""
        sizes = manifest.get("sizes")
        told = sizes.get("options") if isinstance(sizes, dict) else None
        findings.equal(told, Decimal(len(self.case.usable)), NAME, "sizes.options")
        check_assumptions(self.case, manifest, findings)
        for name, frame in self.tables().items():
            if name in tables:
                self.compare(tables[name], frame, findings)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables in the config's unit."""
        case, chosen = self.case, self.chosen()
        awards, payments = self.frames([award for row in sorted(chosen) for award in chosen[row]])
        told = in_units(case, awards, [*FIGURES, *case.loaded.config.sources]), in_units(case, payments, ["amount"])
        found = totals.tables(case, awards, payments) | debt.tables(case, *told) | flags.tables(case, *told)
        found |= upgrading.tables(case.loaded, case.inputs) | self.before()
        projects = projects_table(case, np.array(sorted(chosen), np.int64))
        return found | {"projects": in_units(case, projects, FIGURES)}

    def before(self) -> dict[str, pd.DataFrame]:
        """What became of the plan before."""
        config, further = self.case.loaded.config, self.case.inputs.extra
        if realised_shares.TABLE not in further:
            return {}
        return {
            realised_shares.TABLE: further[realised_shares.TABLE][list(realised_shares.COLUMNS)],
            delivered.TABLE: delivered.table(config, further, self.case.money.fen_per_unit),
        }

    def chosen(self) -> dict[int, Choice]:
        """Row of every option that is chosen, with its awards."""
        table = self.case.measures.options.table
        ids = self.case.inputs.projects["project_id"].to_numpy(object)[table["project"].to_numpy()]
        names = zip(ids, table["option"].tolist(), table["instrument"].tolist(), strict=True)
        row_of = {name: row for row, name in enumerate(names)}
        return {
            row_of[choice[0].project, JOINT.join(award.option for award in choice), instrument_of(choice)]: choice
            for choice in self.plan.choices
        }

    def frames(self, awards: Sequence[Award]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Awards and payments as the makers of tables take them; amounts in fen."""
        projects = self.case.inputs.projects.iloc[[award.at for award in awards]]
        frame = pd.DataFrame({name: projects[name].to_numpy(object) for name in IDENTITY})
        names = {"instrument": "instrument", "option": "option", "start_year": "start", "committed": "committed"}
        for column, name in names.items():
            frame[column] = [getattr(award, name) for award in awards]
        frame["committed"] = frame["committed"].astype(int)
        for name in FIGURES:
            frame[name] = [float(award.award if name == "award" else award.measures[name]) for award in awards]
        for name in self.case.loaded.config.sources:
            frame[name] = [float(sum(a for (source, _), a in award.paid.items() if source == name)) for award in awards]
        paid = [
            (award.project, award.option, source, year, float(amount))
            for award in awards
            for (source, year), amount in award.paid.items()
        ]
        return frame, pd.DataFrame(paid, columns=["project_id", "option", "source", "year", "amount"])

    def compare(self, table: Table, frame: pd.DataFrame, findings: Findings) -> None:
        """Every row there must be is there with these values, and no other."""
        money, sources = self.case.money, frozenset(self.case.loaded.config.sources)
        texts = stored_tables.as_texts(table.name, frame, money, sources)
        read = [str if name in schema.texts(table.name) else number for name in texts.columns]
        expected: dict[tuple[object, ...], dict[str, object]] = {}
        lines = list(zip(*(texts[name].tolist() for name in texts.columns), strict=True))
        as_made = {tuple(row.cells) for row in table} if table.header == tuple(texts.columns) else set()
        as_made &= set(lines)
        findings.checks += (1 + len(texts.columns)) * len(as_made)
        for cells in (line for line in lines if line not in as_made):
            values = dict(zip(texts.columns, (of(cell) for of, cell in zip(read, cells, strict=True)), strict=True))
            expected[tuple(values[name] for name in schema.TABLES[table.name].keys)] = values
        how, keys = dict(zip(texts.columns, read, strict=True)), schema.TABLES[table.name].keys
        for row in (row for row in table if tuple(row.cells) not in as_made):
            values = {name: of(row.text(name)) for name, of in how.items()}
            due = expected.pop(tuple(values[name] for name in keys), None)
            got = " / ".join(row.text(name) for name in keys)
            if findings.hold(due is not None, "not_expected", row.place, "/".join(keys), got=got) and due is not None:
                self.same(row, values, due, findings)
        for key in expected:
            got = " / ".join("" if part == "" else plain(part) for part in key)
            findings.hold(False, "row_missing", table.place, "/".join(keys), got=got)

    def same(self, row: Row, values: Mapping[str, object], due: Mapping[str, object], findings: Findings) -> None:
        """One row; where a lock stands in the planner's own files is not known to a stored run."""
        findings.checks += len(due)
        for name, value in due.items():
            if values[name] == value or (name == "reason" and self.speaks_of_a_lock(row)):
                continue
            findings.checks -= 1
            findings.equal(values[name], value, row.place, name)

    def speaks_of_a_lock(self, row: Row) -> bool:
        """Whether a reason is the sentence that a lock stands somewhere."""
        sentence = str(catalogue("solve", self.case.loaded.config.language)["reason_locked_out"])
        head, _, tail = sentence.partition("{place}")
        words = row.text("reason")
        return row.text("reason_code") == "locked_out" and words.startswith(head) and words.endswith(tail)


def number(text: str) -> object:
    """A cell as the number that it holds; as it is where it holds none."""
    return Decimal(text) if PLAIN_NUMBER.fullmatch(text) else text


def check_assumptions(case: Case, manifest: Mapping[str, Any], findings: Findings) -> None:
    """The manifest lists exactly the assumptions there are; none is left out and none is made up."""
    listed, spread = manifest.get("assumptions"), case.measures.spread
    if not findings.hold(isinstance(listed, list), "no_value", NAME, "assumptions"):
        return
    made = (*case.options.assumptions, *(spread.assumptions if spread else ()))
    missing = Counter(_key(told.code, told.values, told.path, told.where) for told in made)
    for at, entry in enumerate(listed or ()):
        told = entry if isinstance(entry, dict) else {}
        key = _key(*(told.get(name) for name in ("code", "values", "path", "where")))
        findings.hold(missing[key] > 0, "not_expected", NAME, f"assumptions.{at}", got=_words(key))
        missing[key] -= 1
    for key, count in missing.items():
        findings.hold(count <= 0, "row_missing", NAME, "assumptions", got=_words(key))


def _key(code: object, values: object, path: object, where: object) -> str:
    if isinstance(values, Mapping):
        values = {name: plain(value) for name, value in values.items()}
    return json.dumps([code, path, where, values], ensure_ascii=False, sort_keys=True, default=str)


def _words(key: str) -> str:
    code, path, *_ = json.loads(key)
    return str(path or code)
