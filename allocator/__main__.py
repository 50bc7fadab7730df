"""``python -m allocator``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the ``allocator`` script starts here too."""
    from allocator.cli import main as command_line

    command_line()


if __name__ == "__main__":
    # -m puts the current folder first, where a planner's own models.py would hide ours.
    if not sys.flags.safe_path:
        sys.path.append(sys.path.pop(0))
    main()
