"""One whole command with peak memory and seconds of every phase: `python -m tests.benchmarks.growing PLAN OUT`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()


def main(plan: Path, out: Path) -> None:
    """Run, verify and store a plan; report what its manifest says of time and memory."""
    from allocator import run
    from tests.benchmarks.machine import emit, peak

    solution = run(plan, out=out)
    manifest = json.loads((solution.folder / "manifest.json").read_text(encoding="utf-8"))
    told = {key: manifest.get(key, {}) for key in ("timings", "memory", "sizes")}
    size = sum(file.stat().st_size for file in solution.folder.rglob("*") if file.is_file())
    whole = {"seconds": time.perf_counter() - STARTED, "peak_mb": peak(), "folder_mb": size / 2**20}
    emit({**told, **whole, "gap": float(solution.gap), "objective": float(solution.objective)})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
