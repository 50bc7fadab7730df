"""Results: kept as JSON, shown as Markdown tables and a plot."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.plot import growth

FOLDER = Path(__file__).parent / "results"
KEPT = FOLDER / "results.json"
PEER_GAP = 0.001
COMMAND = "python -m tests.benchmarks"
Found = dict[str, Any]


def say(text: str) -> None:
    """One line on the terminal, at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def kept() -> Found:
    """What was measured so far: part → number of projects → outcome."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def add(part: str, size: int, outcome: Found, machine: str) -> None:
    """Keep an outcome, in place of an earlier one."""
    all_ = kept()
    all_["machine"] = machine
    all_.setdefault(part, {})[str(size)] = outcome
    FOLDER.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(all_, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def write() -> None:
    """Write `results.md` and `growth.svg` from what is kept."""
    all_ = kept()
    parts = [f"Measured on {all_['machine']}."]
    shown = {"a": _building, "b": _racing, "c": _peers, "d": _reopening, "e": _growing}
    for part, table in shown.items():
        sizes = sorted((int(size), outcome) for size, outcome in all_.get(part, {}).items())
        if sizes:
            listed = ",".join(str(size) for size, _ in sizes)
            parts += [f"`{COMMAND} --only {part} --sizes {listed}`", table(sizes)]
    (FOLDER / "results.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    if "e" in all_:
        (FOLDER / "growth.svg").write_text(growth(all_["e"]), encoding="utf-8")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _s(seconds: float | None, places: int = 1) -> str:
    return "–" if seconds is None else f"{seconds:,.{places}f}"


def _building(sizes: list[tuple[int, Found]]) -> str:
    head = ["projects", "nonzeros", "allocator, CPU s", "floor, CPU s", "ratio", "ratio without reading and options"]
    rows = [
        [
            f"{size:,}",
            f"{f['nonzeros']:,}",
            *(_s(sum(f["seconds"][way].values()), 2) for way in ("allocator", "floor")),
            f"{f['ratio']:.2f}",
            f"{f['ratio_without_reading']:.1f}",
        ]
        for size, f in sizes
    ]
    return "Files to matrix and back:\n\n" + _table(head, rows)


def _racing(sizes: list[tuple[int, Found]]) -> str:
    head = ["seconds to", "1 %", "0.1 %", "0.01 %", "gap at the end", "back after, s"]
    rows = []
    for size, found in sizes:
        for way, name in (("allocator", "allocator"), ("highs", f"HiGHS, limit {found.get('limit', 0):.0f} s")):
            if way not in found:
                continue
            f = found[way]
            reached = [_s(f.get("reached", {}).get(gap)) for gap in ("0.01", "0.001", "0.0001")]
            gap = "no plan" if f.get("gap") is None else f"{f['gap'] * 100:.3f} %"
            back = _s(f.get("seconds")) if f["status"] == "ok" else f["status"]
            rows.append([f"{size:,}: {name}", *reached, gap, back])
    return "Seconds to a proven gap:\n\n" + _table(head, rows)


def _peers(sizes: list[tuple[int, Found]]) -> str:
    head = ["projects", "front end", "seconds", "true gap", "allocator is faster by"]
    rows = []
    for size, found in sizes:
        ours = found["allocator"]
        for name, f in found.items():
            if not isinstance(f, dict):
                continue
            value = f.get("objective")
            usable = value is not None and abs(value) < 1e15
            gap = (ours["bound"] - value) / value if usable and value else None
            done = gap is not None and gap <= PEER_GAP * 1.001
            factor = f"{f['seconds'] / ours['seconds']:.1f} ×" if done else "did not reach 0.1 %"
            seconds = _s(f.get("seconds"), 2) if f["status"] == "ok" else f["status"]
            true = "no plan" if gap is None else f"{max(gap, 0) * 100:.3f} %"
            rows.append([f"{size:,}", name, seconds, true, "" if name == "allocator" else factor])
    return f"Tables to a solution within 0.1 %, limit {sizes[0][1]['limit']:.0f} s:\n\n" + _table(head, rows)


def _reopening(sizes: list[tuple[int, Found]]) -> str:
    head = ["projects", "open model, s", "fresh process, s", "factor", "CPU s", "factor", "stored as well, s", "factor"]
    rows = []
    for size, f in sizes:
        hot, cold = f["hot"], f["cold"]
        stored = f"{_s(hot['stored'], 2)} and {_s(cold['stored'], 2)}"
        cpu = f"{_s(hot.get('cpu'), 2)} and {_s(cold.get('cpu'), 2)}"
        factors = [f"{cold[k] / hot[k]:.1f}" if k in hot else "–" for k in ("solved", "cpu", "stored")]
        first = [f"{size:,}", _s(hot["solved"], 2), _s(cold["solved"], 2), factors[0], cpu, factors[1]]
        rows.append([*first, stored, factors[2]])
    told = "A changed budget, to a verified solution within 0.05 % (open model: median of five changes):\n\n"
    told += _table(head, rows)
    kinds = list(dict.fromkeys(kind for _, f in sizes for kind in f["hot"].get("kinds", {})))
    by_kind = [[f"{size:,}", *(_s(f["hot"].get("kinds", {}).get(k), 2) for k in kinds)] for size, f in sizes]
    return told + "\n\nOther changes of the open model, medians, s:\n\n" + _table(["projects", *kinds], by_kind)


def _growing(sizes: list[tuple[int, Found]]) -> str:
    phases = ["load", "options", "screen", "build", "translate", "solve", "write", "verify", "report"]
    head = ["projects", "options", *phases, "whole command, s", "peak, MB", "run folder, MB"]
    rows = [
        [
            f"{size:,}",
            f"{f['sizes']['options']:,}",
            *(_s(f["timings"].get(p), 1) for p in phases),
            *(_s(f["seconds"]), _s(f["peak_mb"], 0), _s(f["folder_mb"], 1)),
        ]
        for size, f in sizes
        if f["status"] == "ok"
    ]
    memory = [[f"{size:,}", *(_s(f["memory"].get(p), 0) for p in phases)] for size, f in sizes if f["status"] == "ok"]
    told = "Growth, seconds by phase:\n\n" + _table(head, rows)
    return told + "\n\nPeak memory up to the end of each phase, MB:\n\n" + _table(["projects", *phases], memory)
