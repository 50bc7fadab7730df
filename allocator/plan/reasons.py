"""Why a candidate is out, as far as that is known without solving again (design.md §6: the first that holds)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from allocator.config.keys.plan import Config
from allocator.messages import say
from allocator.money.arrays import Ints, Texts
from allocator.problem.case import Case
from allocator.problem.measures import FIGURES, Measures
from allocator.runs.manifest import folders_of, portable

IDENTITY = ("project_id", "project_name", "region", "category")


def reason_codes(case: Case, chosen: Ints) -> tuple[Texts, Texts]:
    """Reason code and reason in words of every candidate; both blank when it is funded, not examined where it takes a solve."""
    count = len(case.inputs.projects)
    language = case.loaded.config.language
    ids = case.inputs.projects["project_id"].to_numpy(object)
    project = case.measures.project
    funded = np.zeros(count, bool)
    funded[project[chosen]] = True
    codes = np.full(count, "not_examined", object)
    words = np.full(count, say("solve.reason_not_examined", language), object)

    def put(rows: Sequence[int] | np.ndarray, code: str, **values: object) -> None:
        codes[rows] = code
        words[rows] = say(f"solve.reason_{code}", language, **values)

    put(np.flatnonzero(_greatest(case) < 0), "negative_value")
    has = np.zeros(count, bool)
    has[project[case.usable]] = True
    links, folders = case.links, folders_of(case.loaded)
    blocked = [(p, q) for r in links.requires for p in r.projects[:1] for q in r.projects[1:] if not funded[q]]
    blocked += [(p, q) for r in links.all_or_none for p in r.projects for q in r.projects if not funded[q] and p != q]
    for p, q in blocked:
        put([p], "dependency", project=ids[q])
    for rule in (*links.excludes, *links.one_of):
        rival = next((p for p in rule.projects if funded[p]), None)
        if rival is not None:
            put([p for p in rule.projects if p != rival], "exclusive_with", project=ids[rival])
    for p, place in links.must_not.items():
        put([p], "locked_out", place=portable(place, folders))
    offered = np.zeros(count, bool)
    offered[project] = True
    put(np.flatnonzero(~offered), "not_eligible")
    codes[funded], words[funded] = "", ""
    return codes, words


def _greatest(case: Case) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The greatest value any option of each project adds to the (first) goal; 0 where it depends on who pays."""
    greatest = np.full(len(case.inputs.projects), -np.inf)
    if not who_pays_counts(case.loaded.config):
        np.maximum.at(greatest, case.measures.project, option_values(case))
    greatest[np.isinf(greatest)] = 0.0
    return greatest


def who_pays_counts(config: Config) -> bool:
    """Whether a goal speaks of a source that shares an instrument with another one."""
    terms = config.goals.terms if config.goals.mode == "weighted" else config.goals.terms[:1]
    named = {term.source for term in terms if term.source is not None}
    shared = [set(pot.pays) for name, pot in config.sources.items() if name not in named]
    rest = [set(config.sources[name].pays) & set().union(*shared) for name in named if name in config.sources]
    several = [set(config.sources[a].pays) & set(config.sources[b].pays) for a in named for b in named if a < b]
    return any(rest) or any(several)


def option_values(case: Case) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What every option is expected to add to the goal by its own measures, in fen; the first goal's where goals are ordered."""
    if case.risk is not None:
        return case.risk.expected_values(np.arange(len(case.usable)))
    value = np.zeros(len(case.usable))
    terms = case.terms if case.loaded.config.goals.mode == "weighted" else case.terms[:1]
    for term in (term for term in terms if term.told):
        value[term.group.rows] += term.group.amounts * float(term.weight)
    return value


def projects_table(case: Case, chosen: Ints) -> pd.DataFrame:
    """Every candidate: in, or out with its reason, and the figures of the option chosen, or else its best one."""
    count = len(case.inputs.projects)
    best = best_options(case)
    best[case.measures.project[chosen][::-1]] = chosen[::-1]
    codes, reasons = reason_codes(case, chosen)
    known = np.flatnonzero(best >= 0)
    figures = options_table(case, best[known]).drop(columns=list(IDENTITY))
    figures.index = pd.Index(known)
    frame = pd.DataFrame({name: case.inputs.projects[name].to_numpy(object) for name in IDENTITY})
    frame["funded"] = (codes == "").astype(int)
    frame["reason_code"] = codes
    frame["reason"] = reasons
    figures = figures.reindex(range(count))
    for name in ("instrument", "option"):
        figures[name] = figures[name].astype(object).where(figures[name].notna(), "")
    figures["start_year"] = figures["start_year"].astype("Int64")
    return pd.concat([frame, figures], axis=1)


def best_options(case: Case) -> Ints:
    """Option row of greatest value of every project, or −1; the first of equal ones."""
    value = option_values(case)
    project = case.measures.project
    greatest = np.full(len(case.inputs.projects), -np.inf)
    np.maximum.at(greatest, project, value)
    equal = np.flatnonzero(value == greatest[project])[::-1]
    best = np.full(len(greatest), -1)
    best[project[equal]] = equal  # the last one written is the first of them
    return best


def options_table(case: Case, rows: Ints, measures: Measures | None = None) -> pd.DataFrame:
    """Identity and figures of option rows, or of rows of other ``measures``; amounts in fen."""
    table = (measures or case.measures).options.table.iloc[rows]
    projects = case.inputs.projects.iloc[table["project"].to_numpy()]
    frame = pd.DataFrame({name: projects[name].to_numpy(object) for name in IDENTITY})
    frame["instrument"] = np.asarray(table["instrument"], object)
    frame["option"] = np.asarray(table["option"], object)
    frame["start_year"] = table["start_year"].to_numpy()
    for name in FIGURES:
        frame[name] = table[name].to_numpy(float)
    return frame


def in_units(case: Case, frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """The frame with fen turned into the config's unit."""
    return frame.assign(**{c: case.money.floats(frame[c].to_numpy(float)) for c in columns})
