"""Where the money of every source and year went."""

from __future__ import annotations

import pandas as pd

from allocator.report.view import Table, View


def sources(view: View) -> Table:
    """Where each source's money of each year went."""
    paid = view.tables["payments"].groupby(["source", "year"])["amount"].sum()
    totals = view.tables["totals"]
    flows = totals[totals["measure"].isin(["opening", "carry", "lapse"]) & (totals["dimension"] == "source")]
    flow = flows.groupby(["key", "year", "measure"])["value"].sum()
    rows = []
    for key in view.config.sources:
        carried = sum(float(value) for value in view.config.sources[key].opening.values())
        for year in sorted({*view.config.years, *(int(y) for s, y in paid.index if s == key)}):
            planned = year in view.config.years
            carry = float(flow.get((key, str(year), "carry"), 0.0))
            rows.append(
                {
                    "source": view.source_names[key],
                    "year": year,
                    "budget": float(view.config.budget(key, year)) if planned else float("nan"),
                    "carried_in": carried if planned else float("nan"),
                    "amount": float(paid.get((key, year), 0.0)),
                    "carry": carry if planned else float("nan"),
                    "lapse": float(flow.get((key, str(year), "lapse"), 0.0)) if planned else float("nan"),
                }
            )
            carried = carry
    columns = (
        *view.columns("source"),
        *view.columns("year", kind="year"),
        *view.columns("budget", "carried_in", "amount", "carry", "lapse", kind="money"),
    )
    frame = pd.DataFrame(rows, columns=[column.key for column in columns])
    return view.table("sources", columns, frame, bar="amount")
