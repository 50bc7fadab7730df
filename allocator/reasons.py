"""Why a candidate is out, as far as that is known without solving again (design.md §6: the first that holds)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.config.plan import Config
from allocator.exact import Exact
from allocator.manifest import folders_of, portable
from allocator.messages import say

Texts = np.ndarray[Any, np.dtype[np.object_]]


def reason_codes(case: Case, plan: Exact) -> tuple[Texts, Texts]:
    """Reason code and reason in words of every candidate; both blank when it is funded, not examined where it takes a solve."""
    count = len(case.inputs.projects)
    language = case.loaded.config.language
    ids = case.inputs.projects["project_id"].to_numpy(object)
    project = case.measures.project
    funded = np.zeros(count, bool)
    funded[project[plan.options]] = True
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
