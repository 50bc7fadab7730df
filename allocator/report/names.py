"""Everything that has a key or a code, as people call it: by the planner's own name, or in words of the language.

Columns are named by the data dictionary, keys of the config by `config/labels.yaml`, rules and conditions by the catalogue
`names`. What has no name stays as it is: it is the planner's own word. Files and `--json` keep the keys and codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.config.labels import labels
from allocator.config.rules.debt_rules import DEBT
from allocator.config.rules.implied_rules import CAPITAL
from allocator.config.rules.package_rules import JOINT
from allocator.messages import catalogue, say
from allocator.report.amounts import grouped, percent

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.messages import Message

STABILITY, PARKS = "stability", "parks."
OPTION = re.compile(r"(.+)@(\d+)(?:#(\d+))?")
RANGE = re.compile(r"\b(min|max|not|begins): (\[[^\]]*\]|[^,}]*)")
COLUMN = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
SCREENED, RULE = "explain.screened", ("rule", "value", "threshold")
BY = frozenset({
    ("diagnose.screened_for", "by"), ("options.open_to_nobody", "rule"), ("options.open_to_none_meant", "rule"),
    ("audit.floor_of_screened", "rule"), ("audit.floor_of_screened_strict", "rule"), ("verify.kind_refuses", "rule"),
})  # fmt: skip
"""Messages and their values that are rules of screening."""
YEAR_DIGITS = 4
SHARES = frozenset({"gate.capital"})
"""Rules of screening whose value and threshold are shares."""


class Names:
    """The names of one plan in one language."""

    def __init__(self, config: Config, language: str) -> None:
        self.config, self.language = config, language
        self.sources = {key: source.name or key for key, source in config.sources.items()}
        self.instruments = {key: rule.name or key for key, rule in config.instruments.items()}
        for package in config.packages:
            self.instruments[JOINT.join(package)] = " + ".join(self.instruments[key] for key in package)

    def say(self, key: str, **values: object) -> str:
        """An entry of the catalogue `names`."""
        return say(f"names.{key}", self.language, **values)

    def column(self, name: str) -> str:
        """A measure or a column; one of the planner's own stays as it is."""
        known = self._known_columns.get(name) or self._known_measures.get(f"column_{name}")
        return known or self.config.columns.get(name, name)

    def columns_in(self, text: str) -> str:
        """A text with the columns that it speaks of by their names, in Chinese."""
        return text if self.language == "en" else COLUMN.sub(lambda match: self.column(match[0]), text)

    @cached_property
    def _known_columns(self) -> Mapping[str, str]:
        from allocator.tables.files.columns import dictionary

        tables = dictionary()
        known = (
            [c for name in ("options", "regions", "projects") for c in tables[name].values()]
            if self.language == "zh"
            else []
        )
        return {column.name: column.header_zh for column in known}

    @cached_property
    def _known_measures(self) -> Mapping[str, str]:
        return catalogue("report", self.language)

    def option(self, option: str) -> str:
        """An award level as it is offered: instrument, start year and level; a ready-made one keeps its own name."""
        match = OPTION.fullmatch(option)
        if match is None or match[1] not in self.instruments:
            return option
        level = self.say("level", level=match[3]) if match[3] else ""
        return self.say("option", instrument=self.instruments[match[1]], year=match[2], level=level)

    def rule(self, name: str, group: str = "") -> str:
        """A rule, with its group in brackets."""
        return f"{self._rule(name)} [{group}]" if group else self._rule(name)

    def _rule(self, name: str) -> str:
        """A rule that a key makes, in words; any other name as it is."""
        if name == STABILITY and self.config.stability is not None:
            return say("report.rule_stability", self.language)
        if name.startswith(PARKS) and self.config.parks is not None:
            return say("report.rule_parks", self.language, resource=name.removeprefix(PARKS))
        if name.endswith(CAPITAL):
            return say("report.rule_capital", self.language, source=self.word(name.removesuffix(CAPITAL)))
        if name.startswith("sources.") and name[8:] in self.sources:
            return self.say("money_of", source=self.sources[name[8:]])
        if not name.startswith(DEBT):
            return self._of_key(name)
        kind, _, which = name.removeprefix(DEBT).partition(" ")
        key = f"rule_debt_{kind}_of_all" if which == "of all" else f"rule_debt_{kind}"
        return say(f"report.{key}", self.language, which=which)

    def _of_key(self, name: str) -> str:
        """A rule that stands at a key, such as `locks.must_fund: P6`; a rule of the planner's by its own name."""
        path, sign, rest = name.partition(": ")
        return f"{self.path(path)}{sign}{rest}" if "." in path or sign else name

    def path(self, path: str) -> str:
        """A key of the config as the names that lead to it; in English the path itself."""
        first, _, _ = path.partition(".")
        if self.language == "en" or first not in labels():
            return path
        words, above, below = [], "", ""
        for part in path.split("."):
            entry = labels().get(f"{above}.{part}", labels().get(part))
            if below or entry is None:
                words.append(self._below(below, part))
                below = ""
            else:
                words.append(entry[self.language])
                above, below = part, entry.get("below", "")
        return self.say("joiner").join(words)

    def _below(self, below: str, part: str) -> str:
        """What stands under a key: a name, a year or a number in a list."""
        named: dict[str, Callable[[str], str]] = {
            "source": lambda key: self.sources.get(key, key),
            "instrument": lambda key: self.instruments.get(key, key),
            "column": self.column,
        }
        if part.isdecimal() and below != "instrument":
            return self.say("year", year=part) if len(part) == YEAR_DIGITS else self.say("item", number=int(part) + 1)
        return named[below](part) if below in named else self.word(part) if not below else part

    def value(self, text: str, path: str = "") -> str:
        """A value of the config: words of its key, lists and conditions in words, everything else by its name."""
        keys = [key for key in path.split(".") if key in labels()]
        known = labels().get(".".join(keys[-2:]), labels().get(keys[-1], {})) if keys else {}
        if text in known.get("values", {}):
            return str(known["values"][text][self.language])
        if text.startswith("[") and text.endswith("]"):
            return self.say("comma").join(self.value(part, path) for part in text[1:-1].split(", ") if part)
        return self.condition(text) if text.startswith("{") else self.word(text)

    def word(self, text: str) -> str:
        """A source, an instrument, an option, a rule of money, a column, a path or a flag by its name."""
        for known in (self.sources, self.instruments):
            if text in known:
                return known[text]
        if text in {"true", "false"}:
            return self.say(text)
        if self.language == "en" or not text.isascii() or not text[:1].isalpha():
            return text
        if "." in text or CAPITAL in text or text.startswith(DEBT):
            told = self.rule(text)
            return self.path(text) if told == text else told
        if "@" in text:
            source, _, year = text.partition("@")
            return (
                self.say("money_of_year", source=self.sources[source], year=year)
                if source in self.sources
                else self.option(text)
            )
        named = self.column(text)
        return str(labels()[text][self.language]) if named == text and text in labels() else named

    def condition(self, text: str, column: str = "") -> str:
        """A condition as the config writes it, in words."""
        if text.startswith("["):
            return self.say("any_of", values=[self._cell(part, column) for part in text[1:-1].split(", ")])
        if not text.startswith("{"):
            return self._cell(text, column)
        parts = dict(RANGE.findall(text))
        if not parts.keys() & {"min", "max", "not", "begins"}:  # no condition but a mapping, such as grade: share
            return self.say("comma").join(f"{self.word(key)} {value}" for key, _, value in pairs_of(text))
        told = {key: self.condition(value, column) for key, value in parts.items()}
        whole = ["between"] if {"min", "max"} <= parts.keys() else [key for key in ("min", "max") if key in parts]
        return self.say("comma").join(
            self.say(key, **told) for key in [*whole, *(key for key in ("begins", "not") if key in parts)]
        )

    def _cell(self, text: str, column: str) -> str:
        """A cell of a column as people write it."""
        from allocator.tables.files.columns import dictionary

        known = dictionary()["projects"].get(column)
        kind = known.type if known is not None else ""
        if kind == "flag" and text in {"0", "1"}:
            return self.say("true" if text == "1" else "false")
        if kind in {"money", "number"} and NUMBER.fullmatch(text):
            return grouped(float(text), 4)
        return self.word(text) if text in {"true", "false"} else text

    def screened(self, rule: str, value: str, threshold: str) -> tuple[str, str, str]:
        """A rule of screening, what the project has, and what the rule asks for."""
        kind, _, rest = rule.partition(".")
        column = rest.rpartition(".")[2] if kind in {"where", "gate"} else ""
        if threshold in {"true", "false"} and value in {"0", "1"}:
            value = self.say("true" if value == "1" else "false")
        had = self._cell(value, column) if value else self.say("blank")
        needed = self.condition(threshold, column)
        if rule in SHARES:
            had, needed = (percent(float(text)) if NUMBER.fullmatch(text) else text for text in (value, threshold))
        words = catalogue("names", self.language)
        if rule in {"base_missing", "cell_missing"}:
            return words[f"rule_{rule}"], had, self.say("filled_in", column=self.column(threshold))
        if rule == "stacking.national":
            needed = self.say("none_of", column=self.column(threshold.partition(":")[0]))
        elif f"needed_{rule}" in words:
            needed = words[f"needed_{rule}"].format(value=needed)
        elif threshold == "filled":
            needed = self.say("filled")
        elif rule == "bond_use":
            needed = self.say("none_of_these", values=threshold.split(";"))
        if rule == "committed":
            had = self.say("comma").join(map(self.option, value.split(";")))
        return self.screening_rule(rule), had, needed

    def screening_rule(self, rule: str) -> str:
        """What a rule of screening looks at."""
        words, (kind, _, rest) = catalogue("names", self.language), rule.partition(".")
        if f"rule_{rule}" in words:
            return words[f"rule_{rule}"]
        if kind == "where":
            return self.column(rest)
        gate, _, column = rest.rpartition(".")
        return self.say("gate", gate=gate, column=self.column(column)) if kind == "gate" else self.word(rule)

    def message(self, message: Message) -> Message:
        """A message whose path and values are named."""
        from allocator.messages import Message

        def named(value: object) -> object:
            if isinstance(value, Message):
                return self.message(value)
            if isinstance(value, list | tuple):
                return [named(item) for item in value]
            return self.value(value) if isinstance(value, str) else value

        given = dict(message.values)
        if message.code == SCREENED:
            cells = (str(given[key]) for key in RULE)
            return replace(message, values={**given, "instrument": self.word(str(given["instrument"])),
                                            **dict(zip(RULE, self.screened(*cells), strict=True))})  # fmt: skip
        values = {
            key: self.screening_rule(str(value)) if (message.code, key) in BY else named(value)
            for key, value in given.items()
        }
        path = self.path(message.path) if message.where else self.word(message.path)
        return replace(message, path=path, values=values)


def pairs_of(text: str) -> list[tuple[str, str, str]]:
    """Key, colon and value of a mapping written in one line."""
    return [part.partition(": ") for part in text.strip("{}").split(", ") if part]
