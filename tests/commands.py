"""A command as its user starts it: in this process, which has imported everything, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from planning import ROOT

from allocator.cli import commands as cli

Done = subprocess.CompletedProcess[str]
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))} | {
    "LANG": "C.UTF-8",
    "PYTHONPATH": str(ROOT),
}


def allocator(*arguments: str, folder: Path, **environment: str) -> Done:
    """A command in ``folder``, and how it ends; seconds faster than a process of its own."""
    out, said, status = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        patch.chdir(folder)
        for key in set(os.environ) - set(ENVIRONMENT):
            patch.delenv(key)
        for key, value in (ENVIRONMENT | environment).items():
            patch.setenv(key, value)
        for key in ("debug", "language"):
            patch.setattr(cli.State, key, getattr(cli.State, key))
        try:
            cli.main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), said.getvalue())


def own_process(*arguments: str, folder: Path, python: tuple[str, ...] = (), **environment: str) -> Done:
    """The same in a process of its own."""
    return subprocess.run(
        [sys.executable, *python, "-m", "allocator", *arguments],
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
