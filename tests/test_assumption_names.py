"""The page for those who decide says what was assumed in words, not in keys."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from allocator.messages import Message
from allocator.options.assumed_defaults import MARK
from allocator.report.chapters.assumption_names import assumed_name, assumption


class _Names:
    """What naming an assumption asks of a plan's names."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.sources = {"bonds": "专项债券"}
        self.instruments = {"interest": "技改贴息"}

    def value(self, text: str) -> str:
        """The value as it is."""
        return text


def marked(schema: Any) -> set[str]:
    """Every key of the config whose description says that its default is an assumption."""
    if isinstance(schema, list):
        return set().union(*map(marked, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = {
        key
        for key, value in schema.get("properties", {}).items()
        if isinstance(value, dict) and MARK in value.get("description", "")
    }
    return own.union(*map(marked, schema.values())) if schema else own


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_assumption_has_words(language: str) -> None:
    """A new key marked (assumption) is asked for its words here."""
    schema = json.loads((files("allocator").parent / "configs" / "allocator.schema.json").read_text(encoding="utf-8"))
    keys = marked(schema)

    assert len(keys) > 15
    assert {key for key in keys if assumed_name(key, language) is None} <= {"revenue", "shortfall"}


@pytest.mark.parametrize(("path", "value", "zh"), [
    ("sources.bonds.bond.shortfall_price", "1", "“专项债券”的每元还本付息缺口计作的损失未填写，按 1 计（假设）"),
    ("instruments.interest.balance", "[1]", "“技改贴息”的各年贷款余额占比未填写，按 [1] 计（假设）"),
    ("flags.behind", "0.2", "警示 F9 的进度滞后界线未填写，按 0.2 计（假设）"),
])  # fmt: skip
def test_an_assumption_is_told_of_its_source_or_instrument(path: str, value: str, zh: str) -> None:
    """By the name that reports show; no key of the config is left in it."""
    message = Message("options.default_assumed", {"value": value}, "", path)

    assert zh == assumption(_Names("zh"), message)  # type: ignore[arg-type]
    assert not re.search(r"\w\.\w", assumption(_Names("en"), message).replace(value, ""))  # type: ignore[arg-type]
