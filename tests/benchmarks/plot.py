"""A small plot: seconds and memory of the whole command against the number of projects, both axes logarithmic."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Any

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 340, 60, 190, 24, 44
LINES = (
    ("whole command, s", "#1f6f8b"),
    ("solve, s", "#c05621"),
    ("verify and report, s", "#6b7f2a"),
    ("peak memory, GB", "#7b4b94"),
)


def growth(found: dict[str, Any]) -> str:
    """The plot as SVG."""
    sizes = sorted((int(size), f) for size, f in found.items() if f["status"] == "ok")
    series = {name: [(size, _value(name, f)) for size, f in sizes] for name, _ in LINES}
    values = [v for points in series.values() for _, v in points]
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    first, last = log10(sizes[0][0]), log10(sizes[-1][0])

    def x(size: float) -> float:
        return LEFT + (log10(size) - first) / max(last - first, 1e-9) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (log10(value) - low) / max(high - low, 1) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">projects</text>',
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for size, _ in sizes:
        parts.append(f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:,}</text>')
    ends = _apart({name: y(points[-1][1]) for name, points in series.items()})
    for name, colour in LINES:
        points = " ".join(f"{x(size):.1f},{y(v):.1f}" for size, v in series[name])
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(s):.1f}" cy="{y(v):.1f}" r="3" fill="{colour}"/>' for s, v in series[name]]
        told = f"{name}: {series[name][-1][1]:.3g}"
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{ends[name] + 4:.1f}" fill="{colour}">{told}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _value(name: str, f: dict[str, Any]) -> float:
    timings = f["timings"]
    found = {
        "whole command, s": f["seconds"],
        "solve, s": timings.get("solve", 0.0),
        "verify and report, s": timings.get("verify", 0.0) + timings.get("report", 0.0),
        "peak memory, GB": f["peak_mb"] / 1024,
    }[name]
    return max(found, 0.01)


def _apart(at: dict[str, float]) -> dict[str, float]:
    """Label heights that do not overlap."""
    placed: dict[str, float] = {}
    for name, height in sorted(at.items(), key=lambda item: item[1]):
        placed[name] = max(height, max(placed.values(), default=-100) + 15)
    return placed
