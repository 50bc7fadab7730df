"""YAML as people write it: positions kept, scalars untouched, hostile input refused fast."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from allocator.config.source.yaml_source import Block, Items, Place, plain, read_file, read_text
from allocator.messages.errors import InputError

START = Place("plan.yaml", Path(), 1, 1)


def message(data, tmp_path):
    """What is said about a file with these bytes."""
    file = tmp_path / "plan.yaml"
    file.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_file(file, "plan.yaml")
    assert caught.value.text("zh")
    return caught.value.text("en")


@pytest.mark.parametrize("text", ["1e-3", "012", "no", "yes", "on", "2021-03", "1_000", "true", ".5", "5.", "+3", "是"])
def test_scalars_stay_as_written(text):
    """Nothing is turned into a number, a date or a flag before the key it stands at is known."""
    root = read_text(f"a: {text}\nb: '{text}'\n", START)

    assert plain(root) == {"a": text, "b": text}
    assert (root.entries["a"].plain, root.entries["b"].plain) == (True, False)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none_unless_quoted(text):
    """A key with nothing behind it is empty; the same text in quotes is a text."""
    assert plain(read_text(f"a: {text}\nb: '{text}'\n", START)) == {"a": None, "b": text}


def test_everything_has_its_place():
    """Keys, values, lists and mappings know line and column, counted from 1 in characters."""
    root = read_text("标题: x\nlimits:\n  - {name: 上限, max: 5}\n", START)
    limits = root.entries["limits"]

    assert isinstance(root, Block)
    assert isinstance(limits, Items)
    assert str(root.entries["标题"].place) == "plan.yaml:1:5"
    assert str(root.keys["limits"]) == "plan.yaml:2:1"
    assert str(limits.items[0].place) == "plan.yaml:3:5"
    assert str(limits.items[0].keys["max"]) == "plan.yaml:3:16"
    assert str(limits.items[0].entries["max"].place) == "plan.yaml:3:21"


def test_aliases_stand_for_what_they_name():
    """A value may be written once and named again."""
    assert plain(read_text("a: &budget {2021: 5}\nb: *budget\n", START)) == {"a": {"2021": "5"}, "b": {"2021": "5"}}


def test_byte_order_mark_and_windows_lines_do_not_matter(tmp_path):
    """A file saved by Notepad is read as it looks."""
    file = tmp_path / "plan.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")

    root = read_file(file, "plan.yaml")

    assert plain(root) == {"a": "1", "b": "2"}
    assert str(root.keys["b"]) == "plan.yaml:2:1"


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "10 MB of nonsense": (
        random.Random(1).randbytes(10_000_000),
        "plan.yaml: the file has 10.0 MB, a config has at most 2 MB; is this a table?",
    ),
    "1 MB of bytes": (
        b"\xfe" + random.Random(1).randbytes(1_000_000).replace(b"\0", b"x"),
        "plan.yaml:1:1: these bytes are not UTF-8 text; save the file as UTF-8",
    ),
    "empty": (b"", "plan.yaml: the file is empty; a config starts with 'years:', 'projects:', 'sources:'"),
    "comments": (b"# x\n", "plan.yaml: the file is empty; a config starts with 'years:', 'projects:', 'sources:'"),
    "list": (b"- a\n", "plan.yaml:1:1: a config is a mapping of keys such as 'years:' and 'projects:', got a list"),
    "word": (b"hello", "plan.yaml:1:1: a config is a mapping of keys such as 'years:' and 'projects:', got 'hello'"),
    "table": (b"PK\x03\x04x", "plan.yaml: this is not a text file; a config is a YAML text file saved as UTF-8"),
    "program": (b"\x7fELF\0\1", "plan.yaml: this is not a text file; a config is a YAML text file saved as UTF-8"),
    "UTF-16": ("年: 1".encode("utf-16"), "plan.yaml: the file is saved as UTF-16; save it as UTF-8"),
    "GB18030": (
        "a: 1\ntitle: 广西工业振兴\n".encode("gb18030"),
        "plan.yaml:2:8: the file is saved as GB18030 (GBK), not UTF-8; save it as UTF-8",
    ),
    "Latin-1": (
        b"title: caf\xe9 x\n",
        "plan.yaml:1:11: the file is saved as Windows-1252 (western European), not UTF-8; save it as UTF-8",
    ),
    "alias bomb": (
        BOMB.encode(),
        "plan.yaml:5:29: the aliases in this file stand for more than 100000 values; write the values out",
    ),
    "alias of itself": (
        b"a: &a [*a]\n",
        "plan.yaml:1:8: there is no anchor '&a' before this; write the value out, or put it in quotes",
    ),
    "deep brackets": (b"a: " + b"[" * 100_000, "plan.yaml:1:33: nested more than 30 levels deep; a config is not"),
    "deep blocks": (
        "".join(f"{' ' * depth}a:\n" for depth in range(1500)).encode(),
        "plan.yaml:31:31: nested more than 30 levels deep; a config is not",
    ),
    "a table of keys": (
        "".join(f"k{n}: 1\n" for n in range(60_000)).encode(),
        "plan.yaml:50001:1: more than 100000 values; is this a table?",
    ),
    "object": (
        b"a: !!python/object/apply:os.system [ls]\n",
        "plan.yaml:1:4: tag '!!python/object/apply:os.system' is not allowed; write the plain value, or put it in quotes",
    ),
    "next-line character": (
        "a: b\x85c\n".encode(),
        "plan.yaml:1:5: invisible control character U+0085; delete it",
    ),
}


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("data", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_refused_at_once(data, expected, tmp_path):
    """Whatever is handed in as a config, the answer is one line."""
    assert message(data, tmp_path) == expected


def test_slips_of_one_file_are_told_together():
    """Duplicate keys, merge keys and tags do not hide one another."""
    with pytest.raises(InputError) as caught:
        read_text("a: 1\na: 2\nb:\n  <<: {c: 1}\n? [x]\n: 1\nd: !x y\n", START)

    assert caught.value.text("en").split("\n") == [
        "plan.yaml:4:3: merge keys '<<' are not allowed; use 'extends', or write the values out",
        "plan.yaml:7:4: tag '!x' is not allowed; write the plain value, or put it in quotes",
        "plan.yaml:2:1: key 'a' is written twice, first on line 1; remove one",
        "plan.yaml:5:3: a key must be a word or a number",
    ]


@pytest.mark.parametrize("seed", range(30))
def test_nonsense_never_escapes_as_another_error(seed):
    """Random text either reads as YAML or is refused with a place."""
    source = random.Random(seed)
    text = "".join(source.choice("ab12:-[]{}'\"&*!|>%@`#,? \n\t：") for _ in range(200))
    said = ["plan.yaml:"]
    try:
        read_text(text, START)
    except InputError as error:
        said = [error.text("en"), error.text("zh")]

    assert all(line.startswith("plan.yaml:") for line in said)


def test_missing_file_and_folder_are_told(tmp_path):
    """A wrong path is told with the folder that was looked in."""
    for path, expected in (
        (tmp_path / "no.yaml", f"no.yaml: there is no such file; check the name and the folder {tmp_path}"),
        (tmp_path, "no.yaml: this is a folder; name the config file in it"),
    ):
        with pytest.raises(InputError) as caught:
            read_file(path, "no.yaml")

        assert caught.value.text("en") == expected


DEEP = {
    "brackets": "a: " + "[" * 40,
    "mappings in brackets": "{a: " * 40,
    "dashes": "- " * 40 + "x",
    "keys within keys": "? " * 40 + "x",
    "values of keys": "? a\n: " + "- " * 40 + "x",
    "columns": "".join(f"{' ' * depth}a:\n" for depth in range(40)),
    "lists below keys, a column each": "".join(f"{'  ' * depth}- a:\n" for depth in range(20)),
    "after a text in quotes": 'a: "]]]]]]"\nb: ' + "[" * 40,
    "after a comment": "a: 1 # ]]]]]]]]\nb: " + "[" * 40,
    "after a block of text": "a: |\n  ]]]]]]]]]]\nb: " + "[" * 40,
    "after an anchor": "a: &x " + "[" * 40,
    "by aliases": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 400)),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_depth_is_refused_whatever_makes_it(text):
    """Brackets, columns, dashes, keys and aliases all nest."""
    with pytest.raises(InputError) as caught:
        read_text(text, START)

    assert caught.value.text("en").endswith("nested more than 30 levels deep; a config is not")


FLAT = {
    "text in quotes": f"a: '{'[' * 90}'\nb: \"{'{' * 90}\"\n",
    "comments": f"a: 1 # {'[' * 90}\n",
    "plain text": "".join(f"t{n}: 第{n}批 [续\n" for n in range(90)),
    "a block of text": "a: |\n" + "".join(f"  {' ' * n}[- x\n" for n in range(90)) + "b: 1\n",
    "brackets beside one another": f"a: [{'[x], ' * 900}[x]]\n",
    "columns beside one another": "".join(f"a{n}:\n{' ' * (n + 1)}b: 1\n" for n in range(90)),
    "a text over several lines": "a: x\n" + "".join(f"  {' ' * n}[y\n" for n in range(20)),
}


@pytest.mark.parametrize("text", FLAT.values(), ids=FLAT)
def test_what_only_looks_deep_is_read(text):
    """Brackets and columns that are text, or that end before the next begins, do not nest."""
    assert isinstance(read_text(text, START), Block)


def test_the_library_sees_neither_depth_nor_size(monkeypatch):
    """What a version of the library does with such a text does not matter."""
    monkeypatch.setattr("allocator.config.source.yaml_source.yaml.parse", lambda *_, **__: pytest.fail("was read"))
    for text in ("[" * 40, "- " * 40, "x" * 2_000_001, "%TAG ! a\n" * 9):
        with pytest.raises(InputError):
            read_text(text, START)
