"""Charts as plain data for Apache ECharts; what a pointer shows and every label is said here, in words.

A datum may carry `tip`, the lines shown beside the pointer; a colour is a hex value or `var:c1` … `var:c8`, a colour of
the page. The page adds fonts and axis colours for light, dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allocator.report.amounts import amount, grouped, steps

if TYPE_CHECKING:
    from allocator.report.view import View

LABELLED = 14
"""Categories up to which every one has its label."""


@dataclass(frozen=True)
class Scale:
    """The unit in which the axis of a chart speaks of money."""

    size: float
    """Config units in one axis unit."""
    name: str

    @classmethod
    def of(cls, view: View, values: Iterable[float]) -> Scale:
        """The unit people would use for the greatest of ``values``."""
        greatest = max((abs(value) for value in values if not math.isnan(value)), default=0.0)
        size, name = steps(greatest, view.run.money, view.language)
        return cls(size, name)

    def down(self, value: float) -> float | None:
        """An amount on the axis; None for a blank."""
        return None if math.isnan(value) else round(value / self.size, 6)


def bars(
    view: View,
    categories: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    lines: Mapping[str, Sequence[float]] | None = None,
    stacked: bool = False,
) -> dict[str, Any]:
    """Upright bars of amounts by category, side by side or stacked, with lines across them."""
    lines = lines or {}
    scale = Scale.of(view, [value for row in [*series.values(), *lines.values()] for value in row])
    drawn = [
        {"name": name, "type": "bar", "data": points(view, scale, name, categories, values), "barMaxWidth": 46}
        | ({"stack": "all"} if stacked else {})
        for name, values in series.items()
    ]
    for name, values in lines.items():
        drawn.append(
            {"name": name, "type": "line", "step": "middle", "symbolSize": 8, "lineStyle": {"type": "dashed"}}
            | {"data": points(view, scale, name, categories, values), "color": "var:ink"}
        )
    return {
        "grid": {"left": 12, "right": 16, "top": 64, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "type": "plain"},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": list(categories)},
        "yAxis": {"type": "value", "name": scale.name, "nameGap": 12},
        "series": drawn,
    }


def points(
    view: View, scale: Scale, name: str, categories: Sequence[str], values: Sequence[float]
) -> list[dict[str, Any]]:
    """The data of a series with what the pointer shows."""
    return [
        {"value": scale.down(value), "tip": f"{category} {name}: {amount(value, view.run.money, view.language)}"}
        for category, value in zip(categories, values, strict=True)
    ]


def level_bars(
    categories: Sequence[str],
    values: Sequence[float],
    tips: Sequence[str],
    *,
    mark: float | None = None,
    name: str = "",
) -> dict[str, Any]:
    """Lying bars of percentages, the first at the top, with a line at ``mark``."""
    line = {"silent": True, "symbol": "none", "label": {"show": False}, "lineStyle": {"color": "var:warn"}}
    data = [
        {"value": round(v, 2), "tip": tip, "label": {"formatter": f"{grouped(v, 1)}%"}}
        for v, tip in zip(values, tips, strict=True)
    ]
    bar: dict[str, Any] = {"type": "bar", "data": data, "barMaxWidth": 18}
    bar |= {"label": {"show": True, "position": "right", "color": "var:ink", "fontSize": 11}}
    if mark is not None:
        bar["markLine"] = line | {"data": [{"xAxis": mark}]}
    return {
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 28, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "name": name, "axisLabel": {"formatter": "{value}%"}},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": list(categories),
            "axisLabel": {"width": 220, "overflow": "truncate"},
        },
        "series": [bar],
    }


def spans(categories: Sequence[str], ends: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Lying bars of percentages from a least to a greatest change around zero, the first at the top."""
    series = []
    for number, colour in enumerate(("var:c2", "var:c1")):
        data = [
            {"value": round(pair[number], 3), "tip": f"{name}: {grouped(pair[number], 2)}%"}
            for name, pair in zip(categories, ends, strict=True)
        ]
        series.append({"type": "bar", "stack": "all", "data": data, "barMaxWidth": 18, "color": colour})
    return {
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 28, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": list(categories),
            "axisLabel": {"width": 220, "overflow": "truncate"},
        },
        "series": series,
    }
