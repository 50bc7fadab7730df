"""Why a text is not the YAML that was meant: of all small repairs of its lines, the ones that let it be read on.

Nothing is blamed for its looks: a slip is told where its repair was tried and gets the reader further than any
other, so a comment or a text in quotes is never the cause. After each the rest is looked at in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST = 20
"""Slips told of one text."""
EFFORT = 10_000_000
"""Characters read while looking for them: a text of many thousand lines is not looked into as far."""
NEAR = 12
"""Lines before and behind the last one that was read among which the cause is looked for."""

ODD: Final = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff"
"""Spaces that YAML takes for letters."""
HIDDEN: Final = "\ue000"
"""Stands for every character inside quotes."""
QUOTED_OR_COMMENT = re.compile(
    r"""(?:(?<=[\s,\[{:：，【｛-])|^)(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?:(?<=\s)|^)\#.*""", re.VERBOSE
)
KEY = rf"[^\s{ODD}:：﹕∶,，\[\]{{}}｛｝【】=#-][^\s{ODD}:：﹕∶,，\[\]{{}}｛｝【】=]*"
LEAD = rf"(?:^[\s{ODD}]*(?:-[ ]+)*|[,，\[{{｛【][\s{ODD}]*)"
COLON = re.compile(rf"{LEAD}(?P<key>{KEY}) *(?P<got>[：﹕∶][\s{ODD}]*|:[{ODD}]+|:(?=[^\s/]|/[^/]))")
SIGNS: Final = dict(zip("，、；【】［］｛｝", (", ", ", ", ", ", *"[][]{}"), strict=True))
CLOSES: Final = {"[": "]", "{": "}"}
RANKS: Final = (
    "fullwidth_colon fullwidth_sign no_space smart_quote odd_space no_space_dash tab open_quote bad_escape open_bracket"
    " stray_bracket after_quote no_colon no_comma bad_start indent second_colon"
).split()
"""Of repairs that get equally far the first is told."""


@dataclass(frozen=True)
class Slip:
    """What is wrong at a place; line and column count from 1."""

    line: int
    column: int
    code: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Edit:
    """Part of a line as it may have been meant."""

    start: int
    end: int
    text: str
    slip: Slip


@dataclass(frozen=True)
class Readable:
    """How far a text can be read: the line on which the last piece ends, and the line of the fault; from 0."""

    line: int
    fault: int


def readable_part(text: str) -> Readable | None:
    """How far ``text`` can be read; None when all of it can."""
    line = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            mark: Any = event.end_mark
            line = mark.line
    except yaml.MarkedYAMLError as error:
        fault = error.problem_mark or error.context_mark
        return Readable(line, fault.line if fault else line)
    except yaml.YAMLError:
        return Readable(line, line)
    return None


def explained(text: str) -> tuple[list[Slip], str]:
    """What is wrong with a text that cannot be read, and the text mended line for line as far as that is known."""
    slips: list[Slip] = []
    effort, at = EFFORT, readable_part(text)
    while at is not None and len(slips) < MOST:
        lines = text.split("\n")
        tried = []
        for number, edits in repairs(lines, at):
            effort -= len(text)
            if effort < 0:
                return slips, text
            mended = "\n".join([*lines[:number], edited(lines[number], edits), *lines[number + 1 :]])
            after = readable_part(mended)
            far = after or Readable(len(lines), len(lines))
            if (far.line, far.fault) > (max(at.line, number), at.fault) and far.line >= number:
                rank = max(RANKS.index(edit.slip.code) for edit in edits)
                codes, shift = len({edit.slip.code for edit in edits}), shifted(edits[0].slip)
                tried.append(
                    ((-far.line, -far.fault, codes, rank, shift, abs(at.fault - number)), edits, mended, after)
                )
        if not tried:
            break
        order, edits, text, at = min(tried, key=lambda each: each[0])
        wanted = [other[0].slip.values.get("wanted") for also, other, *_ in tried if also == order]
        slips.extend(replace(edit.slip, values={**edit.slip.values, "wanted": wanted}) for edit in edits)
    return slips, text


def shifted(slip: Slip) -> int:
    """Columns by which a line is moved."""
    got, wanted = slip.values.get("got"), slip.values.get("wanted")
    return abs(got - wanted) if isinstance(got, int) and isinstance(wanted, int) else 0


def edited(line: str, edits: list[Edit]) -> str:
    """The line as it may have been meant."""
    for edit in reversed(edits):
        line = line[: edit.start] + edit.text + line[edit.end :]
    return line


def repairs(lines: list[str], at: Readable) -> Iterator[tuple[int, list[Edit]]]:
    """Small changes of single lines near a fault."""
    last = min(at.fault, at.line + NEAR, len(lines) - 1)
    codes = {number: code_of(lines[number]) for number in range(max(0, at.line - NEAR), last + 1)}
    for number, code in codes.items():
        kinds = [list(found(number, lines[number], code)) for found in SIGN_KINDS]
        every = apart(edit for kind in kinds for edit in kind)
        yield from ((number, edits) for edits in [*kinds, every] if edits)
        yield from ((number, [edit]) for found in VALUE_KINDS for edit in found(number, lines[number], code))
    yield from brackets(codes)
    yield from indents(lines, codes)


def apart(edits: Iterator[Edit]) -> list[Edit]:
    """Edits in their order; of two that overlap the first."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: edit.start):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def code_of(line: str) -> str:
    """The line without its comment, and with nothing to be seen inside quotes."""
    return QUOTED_OR_COMMENT.sub(lambda found: (HIDDEN if found["quoted"] else " ") * len(found[0]), line)


def kind(
    pattern: str | re.Pattern[str], code: str, text: Callable[[re.Match[str], str], str]
) -> Callable[[int, str, str], Iterator[Edit]]:
    """Edits wherever ``pattern`` finds its group ``got`` in the code of a line; ``text`` takes its place."""
    compiled = re.compile(pattern)

    def found(number: int, line: str, seen: str) -> Iterator[Edit]:
        for match in compiled.finditer(seen):
            (start, end), got = match.span("got"), line[match.start("got") : match.end("got")]
            new = text(match, got)
            key = line[match.start("key") : match.end("key")] if "key" in compiled.groupindex else ""
            values = {"got": got.strip() or got, "instead": (key + new).strip(), "key": key, "character": got[:1]}
            yield Edit(start, end, new, Slip(number + 1, end - len(got.lstrip(" ")) + 1, code, values))

    return found


def quoted(_: object, got: str) -> str:
    """A value in quotes."""
    return "'" + got.strip().strip("\"'").replace("'", "''") + "'"


SIGN_KINDS: Final = (
    kind(COLON.pattern.replace("|:[", "|(?!)[").replace("|:(", "|(?!)("), "fullwidth_colon", lambda *_: ": "),
    kind(COLON.pattern.replace("[：﹕∶]", "(?!)").replace(f":[{ODD}]+|", ""), "no_space", lambda *_: ": "),
    kind(rf"(?P<got>[{''.join(SIGNS)}]) *", "fullwidth_sign", lambda _, got: SIGNS[got]),
    kind(
        r"(?:(?<=[\s,，\[{:：【｛])|^)(?P<got>[“”„＂「‘’＇][^“”„＂「」‘’＇'\"]*[“”＂」‘’＇])",
        "smart_quote",
        lambda _, got: f"'{got[1:-1]}'",
    ),
    kind(
        rf"(?:^(?=[^#]*\S)|(?<=:)|^ *-)(?P<got> *[{ODD}][ {ODD}]*)",
        "odd_space",
        lambda found, got: " " if found.start("got") else "".join("  " if space == "\u3000" else " " for space in got),
    ),
    kind(r"^ *(?P<got>-(?=[^\s-]))", "no_space_dash", lambda *_: "- "),
    kind(rf"^ *(?P<got>[－–—•][\s{ODD}]*)", "fullwidth_sign", lambda *_: "- "),
)
"""What stands for a sign or a space of YAML."""
VALUE_KINDS: Final = (
    kind(r"(?:(?<=[\s,\[{:])|^)(?P<got>[\"'][^\"']*?) *$", "open_quote", quoted),
    kind(r"(?:(?<=[\s,\[{:])|^)(?P<got>[\"'][^\"',\]}]*)(?=[,\]}])", "open_quote", quoted),
    kind(rf"(?P<got>{HIDDEN}+)", "bad_escape", quoted),
    kind(
        rf"(?P<got>{HIDDEN}+ *[^\s,\]}}:#{HIDDEN}][^,\]}}]*?) *(?=$|[,\]}}])",
        "after_quote",
        quoted,
    ),
    kind(rf"^ *(?:- +)*(?P<key>{KEY})(?P<got> *= *| +(?=[^\s=])|(?= *$))", "no_colon", lambda *_: ": "),
    kind(r"(?<=[^\s,\[{:])(?P<got> +)(?=[^\s,:{}\[\]]+: )", "no_comma", lambda *_: ", "),
    kind(rf"(?<=[\]}}{HIDDEN}])(?P<got> *)(?=[\[{{])", "no_comma", lambda *_: ", "),
    kind(
        r"(?:^ *(?:- +)*|: +|[,\[{] *)(?P<got>[%@`*&!|>?][^,\[\]{}]*?) *(?=$|[,\]}]|: )",
        "bad_start",
        quoted,
    ),
    kind(
        rf"^ *(?:- +)*[^\s:\[{{]+ *: +(?P<got>[^\s\[{{{HIDDEN}].*?:(?: .*?)?) *$",
        "second_colon",
        quoted,
    ),
)
"""What makes a value unreadable."""


def brackets(codes: Mapping[int, str]) -> Iterator[tuple[int, list[Edit]]]:
    """Brackets closed at the end of a line, and those that close nothing taken out."""
    opened: list[tuple[str, Slip]] = []
    for number, code in codes.items():
        for found in re.finditer(r"(?<![^\s,\[{:-])[\[{]|[\]}]", code):
            sign, start = found[0], found.start()
            slip = Slip(number + 1, start + 1, "open_bracket" if sign in CLOSES else "stray_bracket", {"got": sign})
            if sign in CLOSES:
                opened.append((sign, slip))
            elif opened and CLOSES[opened[-1][0]] == sign:
                opened.pop()
            else:
                right = CLOSES[opened[-1][0]] if opened else ""
                yield number, [Edit(start, start + 1, right, slip)]
        if opened and (end := len(code.rstrip())):
            closing = "".join(CLOSES[sign] for sign, _ in reversed(opened))
            yield number, [Edit(end, end, closing, opened[-1][1])]


def indents(lines: list[str], codes: Mapping[int, str]) -> Iterator[tuple[int, list[Edit]]]:
    """Lines begun at another column that a line near them begins at; tabs are never meant."""
    begins = {number: len(code) - len(code.lstrip()) for number, code in codes.items() if code.strip()}
    clean = {
        begin
        for number, begin in begins.items()
        if lines[number][:begin].isascii() and "\t" not in lines[number][:begin]
    }
    for number, begin in begins.items():
        space = lines[number][:begin].lstrip(" ")[:1]
        code = {"": "indent", "\t": "tab"}.get(space, "odd_space")
        column = (lines[number].index(space) if space else begin) + 1
        for wanted in sorted(clean | {before + 2 for before in clean if space}):
            if wanted != begin or space:
                slip = Slip(number + 1, column, code, {"got": begin, "wanted": wanted, "character": space})
                yield number, [Edit(0, begin, " " * wanted, slip)]


ENTRY = re.compile(r"(?P<key>[a-z][a-z0-9_]+|[\u4e00-\u9fff]{2,8})(?P<colon>:(?!//)(?=\S)|：)")
"""What a line looks like that was meant as an entry."""


def read_as_text(lines: list[str], first: int, column: int, last: int) -> Iterator[Slip]:
    """Entries and items that a plain text on these lines swallows, or that stand alone where they begin a line."""
    for number in range(first, min(last + 1, len(lines))):
        line = lines[number]
        if number == first and line[:column].strip(" -"):
            continue
        start = column if number == first else len(line) - len(line.lstrip())
        entry = ENTRY.match(line, start)
        if entry and (number > first or entry["key"].isascii()) and (entry["key"].isascii() or entry["colon"] == ":"):
            code = "no_space" if entry["colon"] == ":" else "fullwidth_colon"
            yield Slip(number + 1, entry.start("colon") + 1, code, {"instead": f"{entry['key']}:"})
        elif line.startswith("-", start) and (number > first or not re.match(r"-[\d.]|-$|---", line[start:])):
            yield Slip(
                number + 1, start + 1, "no_space_dash" if line[start + 1 : start + 2] != " " else "item_in_text", {}
            )


def read_as_key(lines: list[str], line: int, column: int, key: str, *, alone: bool) -> list[Slip]:
    """Signs and spaces inside a key that were meant to end it."""
    if key != key.strip():
        return [Slip(line + 1, column + 1, "odd_space", {})]
    behind = lines[line][column + len(key) :].lstrip() if line < len(lines) else ""
    found = re.search(r"[:：]", key)
    if not alone or not found or not found.start() or behind.startswith(":"):
        return []
    code = "no_space" if found[0] == ":" else "fullwidth_colon"
    return [Slip(line + 1, column + found.start() + 1, code, {"instead": f"{key[: found.start()]}:"})]
