"""A comparison as the sections and tables that pages and workbooks show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from allocator.messages import catalogue, say
from allocator.report.amounts import amount, grouped
from allocator.report.chapters.goal import worth
from allocator.report.names import Names
from allocator.report.sections import Filled, Report
from allocator.report.view import Column, Figure, Table, View

if TYPE_CHECKING:
    from allocator.questions.compare.difference import Difference

ORDER = ("differences", "figures", "attribution", "goals", "awards", "totals", "limits")
BY_UNIT = frozenset({"before", "after", "difference", "amount"})
MONEY = frozenset({"award_before", "award_after"})
OF_LIMITS = frozenset(f"{end}_{side}" for end in ("value", "lower", "upper") for side in ("before", "after"))
YEARS = frozenset({"start_before", "start_after", "year"})
NAMED = {"change": "change", "binds_in": "binds_in", "kind": "kind", "figure": "figure", "distinguishable": "clear"}
"""Columns whose codes have names: column → beginning of their entries."""
COUNTS = frozenset({"funded", "count"})
PLAIN = COUNTS | {"per_award"}
"""Figures that are no money."""


def report_of(differences: Sequence[Difference], language: str) -> Report:
    """Everything a page or a workbook shows; the first run is the one compared with."""
    first = differences[0]
    sections: list[Filled] = []
    for number, difference in enumerate(differences):
        mark = "" if len(differences) == 1 else f" {number + 1}"
        sections += sections_of(difference, language, mark)
    view = View(first.pair.before, language)
    runs = [first.pair.before, *(difference.pair.after for difference in differences)]
    return Report(
        language=language,
        title=say("compare.title", language),
        subtitle=say("compare.subtitle", language, run=runs[0].run_id, others=[run.run_id for run in runs[1:]]),
        status=" ".join(said_of(difference, language) for difference in differences),
        figures=tuple(figure for one in differences for figure in headline(one, language)),
        sections=tuple(sections),
        notices=tuple(notice.text(language) for one in differences for notice in one.notices),
        assumptions=(),
        provenance=tuple((run.run_id, described(run.manifest, language)) for run in runs),
        unit=view.unit,
        places=first.pair.before.money.places,
        view=view,
    )


def described(manifest: Mapping[str, object], language: str) -> str:
    """A run in a few words."""
    values = {key: str(manifest.get(key) or "–") for key in ("title", "scenario")}
    values |= {key: grouped(float(str(manifest[key])), 2) for key in ("objective", "bound")}
    values["status"] = say(f"cli.status_{manifest['status']}", language)
    return say("compare.run_line", language, **values)


def names_of(difference: Difference, language: str) -> Names:
    """The names of both plans; where they differ, the later one's."""
    before, after = (Names(run.loaded.config, language) for run in (difference.pair.before, difference.pair.after))
    after.sources, after.instruments = before.sources | after.sources, before.instruments | after.instruments
    return after


def said_of(difference: Difference, language: str) -> str:
    """How much differs, in a sentence."""
    tables = difference.tables
    values = {"inputs": len(tables["differences"]), "awards": len(tables["awards"])}
    return say("compare.counts", language, run=difference.pair.after.run_id, **values)


def headline(difference: Difference, language: str) -> list[Figure]:
    """The change of each headline figure."""
    found = []
    for row in difference.tables["figures"].to_dict("records"):
        name, change = str(row["figure"]), float(row["difference"])
        sign = "+" if change > 0 else ""
        values = [float(row[side]) for side in ("before", "after")]
        told = [figure_text(difference, name, one, language) for one in (change, *values)]
        note = say("compare.from_to", language, before=told[1], after=told[2])
        meaning = say("compare.clear_0", language) if row["distinguishable"] == 0 else ""
        found.append(Figure(say(f"compare.figure_{name}", language), sign + told[0], note, meaning))
    return found


def figure_text(difference: Difference, name: str, value: float, language: str) -> str:
    """A headline figure, or its change."""
    if name in COUNTS:
        return grouped(value, 0)
    if name in PLAIN:
        return grouped(value, 4)
    if name == "objective":
        return worth(value, difference.pair.money_of_goal, language)
    return amount(value, difference.pair.before.money, language)


def sections_of(difference: Difference, language: str, mark: str = "") -> list[Filled]:
    """The sections of one pair of runs."""
    found = []
    for key in ORDER:
        rows = difference.tables.get(key)
        if rows is None or not len(rows):
            continue
        table = table_of(difference, key, rows, language, mark)
        lead = f"lead_{key}" if key != "attribution" else f"lead_{difference.method}"
        words = catalogue("compare", language).get(lead, "")
        found.append(Filled(key + mark.strip(), table.title, words, (), (table,)))
    return found


def table_of(difference: Difference, key: str, rows: pd.DataFrame, language: str, mark: str) -> Table:
    """One table with its columns titled and its codes named."""
    shown, names = rows.copy(), names_of(difference, language)
    if key == "differences":
        shown = input_words(shown, names)
    if key in {"figures", "attribution", "goals", "totals"}:
        unit = difference.pair.before.money.name
        measure = shown["figure"] if "figure" in shown else shown["measure"]
        points = difference.pair.money_of_goal is None
        of_goal = [points and (key == "goals" or one == "objective") for one in measure]
        shown["unit"] = [
            "" if in_points or str(one) in PLAIN else unit for one, in_points in zip(measure, of_goal, strict=True)
        ]
    for column in (*BY_UNIT, *MONEY, *OF_LIMITS):
        if column in shown and key != "differences":
            shown[column] = shown[column].astype(float)
    for column, beginning in NAMED.items():
        if column in shown:
            shown[column] = [named(f"{beginning}_{value}", str(value), language) for value in shown[column]]
    if "group" in shown and key == "attribution":
        shown["group"] = [group_name(str(value), names) for value in shown["group"]]
    if "dimension" in shown:
        shown["dimension"] = [named(f"dimension_{value}", str(value), language) for value in shown["dimension"]]
    if "measure" in shown:
        shown["measure"] = [measure_name(str(value), names) for value in shown["measure"]]
    for column in ("instrument_before", "instrument_after", "key", "source"):
        if column in shown:
            shown[column] = [names.word(str(value)) for value in shown[column].fillna("")]
    if "limit" in shown:
        shown["limit"] = [names.rule(str(value)) for value in shown["limit"]]
    columns = tuple(
        Column(str(column), say(f"compare.column_{column}", language), kind(str(column), key))
        for column in shown.columns
        if (key, column) != ("limits", "unit")
    )
    return Table(f"{key}{mark.strip()}", say(f"compare.table_{key}", language) + mark, columns, shown)


def input_words(rows: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Inputs that differ, with keys, columns and values by their names."""
    told = rows.astype(str).to_dict("records")
    for row in told:
        of_config = row["kind"] == "config"
        path = row["item"] if of_config else ""
        row["item"] = names.path(row["item"])
        row["what"] = names.path(row["what"]) if of_config else what_name(row["what"], names)
        row["before"], row["after"] = (names.value(row[side], path) for side in ("before", "after"))
        for origin in ("origin_before", "origin_after"):
            row[origin] = named(f"origin_{row[origin]}", row[origin], names.language)
    return pd.DataFrame(told, columns=rows.columns)


def what_name(column: str, names: Names) -> str:
    """What happened to a row of a table, or which of its cells differs."""
    return catalogue("compare", names.language).get(f"what_{column}") or names.column(column)


def kind(column: str, table: str) -> str:
    """How a column is shown."""
    if table == "differences":
        return "text"
    if table == "awards" and column == "difference":
        return "money"
    if column in BY_UNIT or column in OF_LIMITS:
        return "by_unit"
    if column in MONEY:
        return "money"
    return "year" if column in YEARS and table == "awards" else "text"


def named(entry: str, word: str, language: str) -> str:
    """The name of a code; a code without one stays as it is."""
    return catalogue("compare", language).get(entry, word)


def group_name(group: str, names: Names) -> str:
    """The name of a group of changes, or of several applied together."""
    return " + ".join(single_name(part, names) for part in group.split(" + "))


def single_name(group: str, names: Names) -> str:
    """The name of one group; of a single source of money with that."""
    head, _, source = group.partition(".")
    name = named(f"group_{head}", head, names.language)
    return f"{name} [{names.sources.get(source, source)}]" if source else name


def measure_name(measure: str, names: Names) -> str:
    """The name of a measure."""
    return " → ".join(map(names.column, measure.split(" → ")))
