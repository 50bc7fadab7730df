"""``python -m allocator``."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

INTERRUPTED = 130


def main() -> None:
    """Run the command line; the ``allocator`` script starts here too."""
    try:
        from allocator.cli.commands import main as command_line

        command_line()
    except KeyboardInterrupt:  # before a command can answer it
        leave()
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        leave()


def leave() -> NoReturn:
    """End at once: Python would wait for a solver that still runs, or end by the signal it has already answered."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    # -m puts the current folder first, where a planner's own models.py would hide ours.
    if not sys.flags.safe_path:
        sys.path.append(sys.path.pop(0))
    main()
