"""Run the benchmarks: `python -m tests.benchmarks [--sizes 100,1000,10000] [--only a,b,c,d,e]`.

a building against a NumPy floor, b proven gaps against HiGHS's default MIP, c front ends a user might pick,
d changes on an open model against a fresh start, e growth. Results are merged into `results/`, so parts may be
run one by one. Every measurement runs in a process of its own; sizes that were not asked for stay as they are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__" and not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import results
from tests.benchmarks.machine import described, run
from tests.benchmarks.plans import write_plan

PEERS = {
    "linopy": ("linopy", "highspy"),
    "pulp": ("pulp", "highspy", "pandas"),
    "cvxpy": ("cvxpy", "highspy", "pandas"),
    "ortools": ("ortools", "pandas"),
    "mip": ("mip", "pandas"),
    "pyoptinterface": ("pyoptinterface[highs]", "pandas"),
}
"""Front end and what it needs in an environment of its own."""
ENOUGH = 10_000
"""Options of a default MIP beyond this many projects are not tried: it is not back in minutes."""
GRACE = 60
"""Seconds beyond its limit after which a process is killed."""
Outcome = dict[str, Any]


def building(plan: Path, asked: argparse.Namespace) -> Outcome:
    return run("tests.benchmarks.building", plan, asked.repeats)


def racing(plan: Path, asked: argparse.Namespace) -> Outcome:
    ours = run("tests.benchmarks.racing", "allocator", plan, 600)
    if projects_of(plan) > ENOUGH:
        return {"allocator": ours}
    theirs = run("tests.benchmarks.racing", "highs", plan, asked.limit, seconds=asked.limit + GRACE)
    return {"allocator": ours, "highs": theirs, "limit": asked.limit}


def peers(plan: Path, asked: argparse.Namespace) -> Outcome:
    """Every front end on the plan's numbers, and the allocator's whole way from the tables to a solution."""
    from tests.benchmarks.exchange import export

    folder = export(plan, plan.parent / "peers")
    found: Outcome = {"allocator": run("tests.benchmarks.whole_way", plan, results.PEER_GAP), "limit": asked.limit}
    for name, packages in PEERS.items():
        python = environment(asked.environments / name, packages)
        if python is None:
            found[name] = {"status": "could not be installed"}
            continue
        module = f"tests.benchmarks.peers.with_{name}"
        limit = asked.limit + GRACE
        found[name] = run(module, folder, results.PEER_GAP, asked.limit, seconds=limit, python=str(python))
        results.say(f"    {name}: {found[name]}")
    return found


def environment(folder: Path, packages: tuple[str, ...]) -> Path | None:
    """The Python of an environment that holds the packages, made on demand; None when they cannot be had."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if (folder / "complete").exists():
        return python
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    installed = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    done = subprocess.run(installed, capture_output=True, text=True, check=False)
    if done.returncode:
        results.say(f"    {packages[0]} is skipped: {(done.stderr.strip() or '?').splitlines()[-1]}")
        return None
    (folder / "complete").touch()
    return python


def reopening(plan: Path, asked: argparse.Namespace) -> Outcome:
    """Fresh processes before and after the open model, so that a busy machine slows both; the mean of them."""
    cold, hot, again = (
        run("tests.benchmarks.reopening", way, plan, asked.folder / "runs") for way in ("cold", "hot", "cold")
    )
    for name in ("solved", "stored", "cpu"):
        cold[name] = (cold[name] + again[name]) / 2
    return {"hot": hot, "cold": cold}


def growing(plan: Path, asked: argparse.Namespace) -> Outcome:
    return run("tests.benchmarks.growing", plan, asked.folder / "runs")


PARTS: dict[str, Callable[[Path, argparse.Namespace], Outcome]] = {
    "a": building,
    "b": racing,
    "c": peers,
    "d": reopening,
    "e": growing,
}


def projects_of(plan: Path) -> int:
    """Number of candidates, by which a plan's folder is named."""
    return int(plan.parent.name)


def main() -> None:
    """Measure what was asked for and write the tables and the plot."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        asked.folder = asked.folder or Path(scratch)
        asked.environments = asked.environments or asked.folder / "environments"
        for part in asked.only.split(","):
            for size in map(int, asked.sizes.split(",")):
                plan = asked.folder / str(size) / "plan.yaml"
                if not plan.exists():
                    write_plan(plan.parent, size, gap=0.001 if size >= 100_000 else 0.0001)
                results.say(f"{part} with {size} projects")
                outcome = PARTS[part](plan, asked)
                results.say(f"  {json.dumps(outcome)}")
                results.add(part, size, outcome, described())
    results.write()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="100,1000,10000", help="numbers of projects")
    parser.add_argument("--only", default="a,b,c,d,e", help="parts")
    parser.add_argument(
        "--limit", type=float, default=60, help="seconds for HiGHS's default MIP and for each front end"
    )
    parser.add_argument("--repeats", type=int, default=5, help="repeats of part a")
    parser.add_argument("--folder", type=Path, help="where plans are kept (default: a temporary folder)")
    parser.add_argument("--environments", type=Path, help="where the front ends' environments are kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
