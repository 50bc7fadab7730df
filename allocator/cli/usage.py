"""How a command is written, said in Chinese: the library that parses the command line knows English only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from allocator.messages import catalogue, nearest, say
from allocator.report.amounts import grouped, padded, width

LANGUAGE = "zh"
HELPS: dict[str, str] = {}
"""English text of an option or command → its entry in the catalogue `cli`."""
EXTRA = re.compile(r"argument.* \(([^()]+)\)\.?$")


def library_text(key: str) -> str:
    """A text of the catalogue `cli` in English, as the library shows it; here it is found again in Chinese."""
    text = say(f"cli.{key}", "en")
    HELPS[text] = f"cli.{key}"
    return text


def given(option: str, arguments: Sequence[str]) -> str:
    """The value of an option as it was typed; '' without it."""
    for place, word in enumerate(arguments):
        if word == option:
            return "".join(arguments[place + 1 : place + 2])
        if word.startswith(f"{option}="):
            return word.removeprefix(f"{option}=")
    return ""


def help_text(command: Any, context: Any) -> str:
    """What a command does, and its arguments, options and commands, one a line."""
    params = command.get_params(context)
    arguments = [p for p in params if p.param_type_name == "argument"]
    options = [p for p in params if p.param_type_name == "option"]
    commands = getattr(command, "commands", {})
    parts = [
        _usage(command, context),
        "  " + _said(command.help),
        *_listed("arguments", [(_name(p), _meaning(p)) for p in arguments]),
        *_listed("options", [(_spelt(p), _meaning(p)) for p in options]),
        *_listed("commands", [(name, _said(inner.help)) for name, inner in commands.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def fault(error: Any, arguments: Sequence[str]) -> str:
    """What is wrong with a command line, how the command is written, and where help is."""
    context = error.ctx
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.message).rstrip() + "\n"
    if context is None:
        return _say("error", what=_wrong(error, arguments)) + "\n"
    hint = _say("hint", command=context.command_path)
    return "\n".join([_usage(context.command, context), hint, "", _say("error", what=_wrong(error, arguments)), ""])


def _wrong(error: Any, arguments: Sequence[str]) -> str:
    """The fault by its kind, known by the names that the library's versions share."""
    kind, param = type(error).__name__, getattr(error, "param", None)
    commands = getattr(getattr(error.ctx, "command", None), "commands", {})
    if kind == "MissingParameter" and param is not None:
        return _say("missing_argument" if param.param_type_name == "argument" else "missing_option", name=_name(param))
    if kind == "NoSuchOption":
        close = nearest(error.option_name, error.possibilities or ())
        near = _say("near", nearest=close) if close else ""
        return _say("no_option", name=error.option_name, near=near)
    if kind == "BadOptionUsage":
        return _say("bad_option", name=error.option_name)
    if kind == "BadParameter" and param is not None:
        spelt = max(param.opts, key=len)
        return _say("bad_value", name=spelt, got=given(spelt, arguments), bounds=_bounds(param) or _say("number"))
    if commands and (name := next((one for one in arguments if not one.startswith("-")), "")) not in commands:
        close = nearest(name, commands)
        if not name:
            return _say("no_command_given")
        return _say("no_command", name=name, near=_say("near", nearest=close) if close else "")
    if match := EXTRA.search(str(error.message)):
        return _say("extra", got=match[1])
    return _say("not_understood")


def _usage(command: Any, context: Any) -> str:
    """`用法：allocator run [选项] 配置文件`."""
    arguments = [p for p in command.get_params(context) if p.param_type_name == "argument"]
    words = [_name(p) if p.required else f"[{_name(p)}]" for p in arguments]
    words += [_say("command_and_arguments")] if getattr(command, "commands", {}) else []
    return _say("usage", command=context.command_path, words=" ".join(words)).rstrip()


def _listed(title: str, lines: Sequence[tuple[str, str]]) -> list[str]:
    """A titled list in two columns; nothing when it is empty."""
    if not lines:
        return []
    column = max(width(name) for name, _ in lines) + 2
    rows = [f"  {padded(name, column)}{meaning}".rstrip() for name, meaning in lines]
    return ["\n".join([_say(title), *rows])]


def _name(param: Any) -> str:
    """What stands for an argument or for the value of an option."""
    word = str(param.metavar or param.human_readable_name)
    return catalogue("usage", LANGUAGE).get(f"metavar_{word.split(maxsplit=1)[0].strip('[]')}", word)


def _spelt(param: Any) -> str:
    """An option as it is typed, with what stands for its value."""
    spelt = " / ".join([*param.opts, *param.secondary_opts])
    if getattr(param, "is_flag", False):
        return spelt
    word = _name(param) if param.metavar else _say("metavar_number" if _bounds(param) else "metavar_text")
    return f"{spelt} {word}"


def _meaning(param: Any) -> str:
    """What an option is for, with its bounds and what holds when it is left out."""
    if "--help" in param.opts:
        return _say("help")
    more = [_say("required")] if param.param_type_name == "argument" and param.required else []
    more += [bounds] if (bounds := _bounds(param)) else []
    if getattr(param, "show_default", False) and isinstance(param.default, float):
        more.append(_say("default", value=grouped(param.default, 2)))
    return _said(param.help) + (_say("more", items=more) if more else "")


def _bounds(param: Any) -> str:
    """Between what a number must be; nothing for other values."""
    kind = getattr(param, "type", None)
    low, high = (getattr(param, end, getattr(kind, end, None)) for end in ("min", "max"))
    if low is None:
        return ""
    return _say("at_least", low=grouped(low, 2)) if high is None else _say("between", low=low, high=high)


def _said(text: str | None) -> str:
    return say(HELPS[text], LANGUAGE) if text in HELPS else ""


def _say(key: str, **values: object) -> str:
    return say(f"usage.{key}", LANGUAGE, **values)
