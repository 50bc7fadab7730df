"""What all commands share: their options, how errors end them, in which language they speak."""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer
from typer.core import TyperCommand, TyperGroup

from allocator.cli import usage as cli_usage
from allocator.cli.typed import asked_again
from allocator.cli.usage import library_text
from allocator.messages import LANGUAGES, Message, say
from allocator.messages.alike import grouped
from allocator.messages.control import shown
from allocator.messages.errors import AllocatorError, Infeasible, InputError

P = ParamSpec("P")
LANGUAGE_LINE = re.compile(r"^language\s*:\s*[\"']?(zh|en)\b", re.MULTILINE)
LANGUAGE_OVERRIDE = re.compile(r"\s*language\s*=\s*[\"']?(zh|en)[\"']?\s*")
EXTENDS_LINE = re.compile(r"^extends\s*:\s*[\"']?([^\"'#\n]+?)[\"']?\s*(?:#.*)?$", re.MULTILINE)
WIDE = 10_000


def machine_language() -> str:
    """Language of the machine's user: for texts that belong to no config."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def language_asked(arguments: Sequence[str]) -> str:
    """Language of help and of faults in the command line: what `--language` asks for, else the machine's."""
    asked = cli_usage.given("--language", arguments)
    return asked if asked in LANGUAGES else machine_language()


def config_language(config: Path, overrides: Iterable[str] | None = None) -> str:
    """Language of a config that may be broken: an override, its own line, or that of the file it extends; else zh."""
    for override in reversed(list(overrides or ())):
        if match := LANGUAGE_OVERRIDE.fullmatch(override):
            return match[1]
    for _ in range(8):
        try:
            text = config.read_text(encoding="utf-8", errors="replace")[:1_000_000]
        except OSError:
            break
        if match := LANGUAGE_LINE.search(text):
            return match[1]
        if not (match := EXTENDS_LINE.search(text)):
            break
        config = config.parent / match[1].strip()
    return "zh"


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


class State:
    """What holds for the whole command."""

    debug = bool(os.environ.get("ALLOCATOR_DEBUG"))
    language = "en"


def _chinese(of: Any, ctx: Any, formatter: Any) -> bool:
    """Write the help of a command in Chinese, where that is its user's language."""
    if State.language != cli_usage.LANGUAGE:
        return False
    formatter.write(cli_usage.help_text(of, ctx))
    return True


class _Command(TyperCommand):
    """A command whose help is in the language of its user."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """As the library has it, but for Chinese."""
        if not _chinese(self, ctx, formatter):
            super().format_help(ctx, formatter)


class _Commands(TyperGroup):
    """All commands together."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """As the library has it, but for Chinese."""
        if not _chinese(self, ctx, formatter):
            super().format_help(ctx, formatter)


app = typer.Typer(
    help=library_text("app"),
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if on_terminal() else None,
    context_settings={} if on_terminal() else {"terminal_width": WIDE, "max_content_width": WIDE},
)

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help=library_text("option_config"), show_default=False)]
Run = Annotated[str, typer.Argument(metavar="RUN", help=library_text("option_run"), show_default=False)]
Scenario = Annotated[str | None, typer.Option(help=library_text("option_scenario"), show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="K=V", help=library_text("option_set"), show_default=False)
]
Out = Annotated[Path, typer.Option(metavar="DIR", help=library_text("option_out"), show_default=False)]
Gap = Annotated[float | None, typer.Option(min=0.0, max=1.0, help=library_text("option_gap"), show_default=False)]
TimeLimit = Annotated[float | None, typer.Option(min=0.0, help=library_text("option_time_limit"), show_default=False)]
Log = Annotated[Path | None, typer.Option(metavar="FILE", help=library_text("option_log"), show_default=False)]
RUNS = Path("runs")


Seconds = Annotated[float, typer.Option(min=0.0, help=library_text("option_seconds"))]
AsJson = Annotated[bool, typer.Option("--json", help=library_text("option_json"))]
Language = Annotated[
    str | None, typer.Option(metavar="zh|en", help=library_text("option_language"), show_default=False)
]


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print, with nothing in it that would steer the terminal."""
    typer.echo(shown(text), err=err, nl=nl)


def in_words(message: Message, given: Mapping[str, Any]) -> str:
    """A message with columns and keys by the names that the config a command was given has for them."""
    if "config" not in given:
        return message.text(State.language)
    from allocator.config.source.load import load_config
    from allocator.report.chapters.assumption_names import message_text
    from allocator.report.names import Names

    loaded = load_config(given["config"], given.get("scenario"), given.get("overrides") or ())
    return message_text(Names(loaded.config, State.language), message)


def command(function: Callable[P, None]) -> Callable[P, None]:
    """Turn every error into one line per problem on standard error and an exit status."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except AllocatorError as error:
            if isinstance(error, Infeasible):
                for message in error.messages:
                    echo(in_words(message, kwargs), err=True)
                if error.notices:
                    echo(say("cli.check_notices", State.language), err=True)
                for notice in grouped(error.notices):
                    echo(f"- {in_words(notice, kwargs)}", err=True)
                echo(say("diagnose.hint", State.language, command=asked_again("diagnose", kwargs)), err=True)
            else:
                echo(error.text(State.language), err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            echo(say("cli.interrupted", State.language), err=True)
            raise typer.Exit(130) from None
        except (typer.Exit, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: a planner never sees a traceback
            if State.debug:
                traceback.print_exc()
            told_as = f"{type(error).__name__}: {error}".splitlines()[0]
            echo(say("cli.unexpected", State.language, error=told_as), err=True)
            raise typer.Exit(1) from None

    name = function.__name__.rstrip("_")
    return app.command(help=library_text(f"command_{name}"), name=name, cls=_Command)(guarded)


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help=library_text("option_version"))] = False,
    debug: Annotated[bool, typer.Option("--debug", help=library_text("option_debug"))] = False,
    language: Annotated[
        str | None, typer.Option(metavar="zh|en", help=library_text("option_own_language"), show_default=False)
    ] = None,
) -> None:
    """Options that stand before the command."""
    State.debug = State.debug or debug
    State.language = machine_language()
    try:
        check_language(language)
    except InputError as error:
        echo(error.text(State.language), err=True)
        raise typer.Exit(error.exit_code) from None
    State.language = language or State.language
    if version:
        from allocator.runs.version import version as current

        echo(f"allocator {current()}")
        raise typer.Exit


def answer(arguments: Sequence[str]) -> None:
    """Run the command that ``arguments`` spell, and end with its exit status."""
    State.language = language_asked(arguments)
    if State.language != cli_usage.LANGUAGE:
        app(args=arguments, prog_name="allocator")
    try:
        status = app(args=arguments, prog_name="allocator", standalone_mode=False)
    except Exception as error:
        if not hasattr(error, "ctx"):  # no fault of the command line
            raise
        echo(cli_usage.fault(error, arguments), err=True, nl=False)
        status = error.exit_code  # type: ignore[attr-defined]
    raise SystemExit(status if isinstance(status, int) else 0)


def check_language(language: str | None) -> None:
    """Stop at a language that there is no catalogue for."""
    if language is not None and language not in LANGUAGES:
        raise InputError([Message("cli.bad_language", {"language": language})])


def print_answer(answer: Any, *, as_json: bool) -> None:
    """Print an answer as one screen of text, or all of it for machines."""
    echo(json.dumps(answer.as_dict(), ensure_ascii=False, indent=2) if as_json else answer.text())


def language_of(folder: Path) -> str:
    """Language of a stored run, or the machine's when its manifest cannot be read."""
    from allocator.runs import folder as run_folder

    try:
        return run_folder.read(folder).language
    except InputError:
        return State.language


def print_summary(folder: Path) -> None:
    """Print the summary of a stored run in its own language."""
    from allocator.report import summary
    from allocator.runs import folder as run_folder

    echo(summary.text(run_folder.read(folder)))
