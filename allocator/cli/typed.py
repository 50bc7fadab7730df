"""Commands that a user may paste: the program as it was called, every path and value quoted for the shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import PurePath

NAME = "allocator"
PLAIN = re.compile(r"[\w./\\:+=@%,-]+", re.ASCII)


def typed(command: str, *words: object) -> str:
    """A command line with these arguments."""
    return " ".join([program(), command, *(quoted(str(word)) for word in words)])


def asked_again(command: str, asked: Mapping[str, object]) -> str:
    """Another command about the config, scenario and changes that a command was called with."""
    overrides = asked.get("overrides")
    words = [asked.get("config", "CONFIG")]
    words += ["--scenario", asked["scenario"]] if asked.get("scenario") else []
    for override in overrides if isinstance(overrides, list) else ():
        words += ["--set", override]
    return typed(command, *words)


def program() -> str:
    """How the program was called: `allocator`, `.venv/bin/allocator`, `python -m allocator`."""
    called = sys.argv[0] if sys.argv else ""
    if PurePath(called).parts[-2:] == (NAME, "__main__.py"):
        return f"{started(sys.orig_argv[0] if sys.orig_argv else 'python')} -m {NAME}"
    if PurePath(called).stem != NAME:
        return NAME
    return started(called)


def started(path: str) -> str:
    """A program as it is typed: by its name alone where the shell finds the same one."""
    name = PurePath(path).name
    found = shutil.which(name)
    if found is not None and os.path.abspath(found) == os.path.abspath(path):
        return name
    word = quoted(path)
    return f"& {word}" if os.name == "nt" and word != path else word  # PowerShell prints what is only quoted


def quoted(word: str) -> str:
    """A word as a shell takes it unchanged; one that begins like an option is a path in the current folder."""
    word = f"./{word}" if word.startswith("-") and not word.startswith("--") else word
    if os.name != "nt":
        return shlex.quote(word)
    return word if PLAIN.fullmatch(word) else "'" + re.sub("(['‘’‚‛])", r"\1\1", word) + "'"
