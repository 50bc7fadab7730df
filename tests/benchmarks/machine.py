"""The machine, processes with a time limit and their peak memory, and the line by which they answer."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MARK = "benchmark result: "


def emit(result: dict[str, Any]) -> None:
    """Answer the process that started this one."""
    sys.stdout.write(MARK + json.dumps(result) + "\n")
    sys.stdout.flush()


def run(
    module: str, *arguments: object, seconds: float = 3600, python: str = sys.executable, folder: Path = ROOT
) -> dict[str, Any]:
    """What a module run in a process of its own emitted last; ``status`` says when it failed or was killed."""
    target = [module] if module.endswith(".py") else ["-m", module]
    started = [python, *target, *map(str, arguments)]
    try:
        done = subprocess.run(started, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
        printed, status = done.stdout, "ok" if done.returncode == 0 else (done.stderr.strip() or "?").splitlines()[-1]
    except subprocess.TimeoutExpired as late:
        printed = late.stdout.decode() if isinstance(late.stdout, bytes) else late.stdout or ""
        status = f"killed after {seconds:.0f} s"
    answers = [line[len(MARK) :] for line in printed.splitlines() if line.startswith(MARK)]
    return {**(json.loads(answers[-1]) if answers else {}), "status": status}


def peak() -> float:
    """Greatest memory of this process so far, MB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (2**20 if sys.platform == "darwin" else 2**10)


def described() -> str:
    """The machine and what runs on it, in one line."""
    model, memory = platform.processor() or platform.machine(), ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    packages = ", ".join(f"{name} {version(name)}" for name in ("highspy", "pyomo", "numpy", "pandas"))
    return f"{os.cpu_count()} cores of {model}{memory}; Python {platform.python_version()}, {packages}"
