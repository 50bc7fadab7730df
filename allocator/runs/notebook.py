"""HTML of plans and comparisons for notebooks: plain tables, without style or program."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from allocator.messages import catalogue, say

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20


def page(title: str, figures: Mapping[str, Any], awards: pd.DataFrame, language: str) -> str:
    """A plan: its title, its headline figures and its first awards, under the names of ``language``."""
    known, gap = catalogue("report", language), f"{figures['gap']:.3%}"
    texts = {
        key: say(f"report.{key}_{value}", language, gap=gap) if f"{key}_{value}" in known else shown(value)
        for key, value in {**figures, "gap": gap}.items()
    }
    rows = "".join(f"<tr><th>{label(key, language)}</th><td>{escape(text)}</td></tr>" for key, text in texts.items())
    return f"<h4>{escape(title)}</h4><table>{rows}</table>{table(awards, language)}"


def table(rows: pd.DataFrame, language: str) -> str:
    """A table, of many rows the first ones, its columns under the names of ``language``."""
    more = f"<p>{MOST_ROWS} / {len(rows)}</p>" if len(rows) > MOST_ROWS else ""
    named = rows.head(MOST_ROWS).rename(columns=lambda name: label(name, language))
    return named.map(shown).to_html(index=False, border=0, escape=True) + more


def label(name: str, language: str) -> str:
    """A column or a figure as reports call it; one that they do not know as it is."""
    known = catalogue("report", language)
    return escape(known.get(f"column_{name}") or known.get(name) or name)


def shown(value: object) -> str:
    """A number with separators and at most four decimals; anything else as it is."""
    if isinstance(value, (float, Decimal)):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)
