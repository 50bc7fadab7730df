"""Warnings about what the plan funds, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from allocator.report.view import Table

if TYPE_CHECKING:
    from allocator.report.view import View

AREA = "flags"
MOST_ON_PAGE = 300
WORDS = {"meaning": "", "basis": "basis_"}
"""What is said of a warning in words, by the text it is found under; `flags.csv` has what it rests on as its code."""


def counted(view: View) -> pd.Series:
    """How often each warning is given, in their order; empty where none are asked for."""
    rows = view.tables.get("flags", pd.DataFrame({"flag": pd.Series(dtype=object)}))
    counts = rows["flag"].value_counts()
    return counts.reindex(sorted(counts.index, key=lambda flag: int(flag[1:])))


def lines(view: View) -> list[tuple[str, str]]:
    """The warnings with their counts, as the summary says them."""
    counts = counted(view)
    if "flags" not in view.tables:
        return []
    told = [f"{flag} {view.say(f'{AREA}.{flag}')} {count}" for flag, count in counts.items()]
    return [(view.say(f"{AREA}.summary"), view.say("joiner").join(told) or view.say(f"{AREA}.none"))]


def by_flag(view: View) -> Table | None:
    """Each warning once, with how many projects or groups it is about."""
    counts = counted(view)
    if counts.empty:
        return None
    told = view.tables["flags"].drop_duplicates("flag").set_index("flag").loc[counts.index]
    rows = pd.DataFrame(
        {
            "flag": counts.index,
            "meaning": [view.say(f"{AREA}.{flag}") for flag in counts.index],
            "cases": counts.to_numpy(),
            "basis": [view.say(f"{AREA}.basis_{flag}") for flag in counts.index],
            "grade": told["grade"].to_numpy(),
        }
    )
    named = view.columns("flag", "meaning", area=AREA)
    rested = view.columns("basis", "grade", area=AREA)
    return view.table("by_flag", (*named, *view.columns("cases", kind="number", area=AREA), *rested), rows, area=AREA)


def _named(view: View, text: str) -> str:
    """What a warning rests on, its columns, conditions and instruments by their names."""
    return ";".join(_part(view, part) for part in text.split(";"))


def _part(view: View, text: str) -> str:
    key, colon, rest = text.partition(": ")
    if colon and key in view.names.instruments:
        return f"{view.names.instruments[key]}{colon}{_part(view, rest)}"
    key, sign, value = text.partition("=")
    if sign:
        return view.names.column(key) + sign + view.names.condition(value)
    return view.names.columns_in(view.names.value(key))


def warnings(view: View) -> Table | None:
    """Every warning with its value, what it is held against and what it rests on."""
    if "flags" not in view.tables or view.tables["flags"].empty:
        return None
    rows = view.tables["flags"]
    said = {name: [view.say(f"{AREA}.{part}{flag}") for flag in rows["flag"]] for name, part in WORDS.items()}
    said |= {
        name: [_named(view, str(text)) for text in rows[name].fillna("")] for name in ("scope", "value", "threshold")
    }
    rows = rows.assign(**said)
    columns = view.columns("flag", "meaning", "scope", "value", "threshold", "basis", "grade", area=AREA)
    return view.table("flags", columns, rows, area=AREA, on_page=len(rows) <= MOST_ON_PAGE)
