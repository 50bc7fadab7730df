"""In which encoding a text file is, decided by what its bytes would read as.

UTF-8 proves itself. GB18030 and Windows-1252 take almost any bytes, so what they would read as must also look
like Chinese, or like a western language; what looks like neither is left to the planner.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

UTF8, UTF16, CHINESE, WESTERN, BIG5 = "utf-8-sig", "utf-16", "gb18030", "windows-1252", "big5"
WIDE: Final = ("utf-32", "utf-16", "utf-16-le", "utf-16-be")
"""Encodings in which a plain letter has bytes of zero."""
MOSTLY: Final = 0.75
"""Share of the ideographs that are those of everyday Chinese, GB2312."""
LEVEL_1, LEVEL_2 = 0xB0, 0xD8
"""First bytes of the frequent ideographs of GB2312, and of its rare ones."""
LAST_OF_KOREAN, FIRST_OF_CYRILLIC = 0xC8, 0xC0
SURELY: Final = 0.95
FREQUENT: Final = (b"\xa4", b"\xc6")
"""First bytes of the frequent ideographs of Big5."""
ENOUGH: Final = 10
"""Ideographs that are not all within the bytes of another script by chance."""

_IDEOGRAPHS: Final = re.compile("[\u3400-\u9fff\ue000-\uf8ff\U00020000-\U0002ffff]+")
_PUNCTUATION: Final = re.compile("[\u3001-\u3017\uff01-\uff5e]")
_SMALL, _CAPITAL = "a-zß-öø-ÿœšž", "A-ZÀ-ÖØ-ÞŒŠŽ"
_FOREIGN: Final = re.compile("[ÐðÞþÝýŸ\x80-\x9fƒˆ˜¤¦¨¯¸¹†‡‰]")
"""What stands for letters of other alphabets, of Turkish, Vietnamese or Polish, when they are read as western."""
_WEDGED: Final = re.compile(
    rf"[{_SMALL}{_CAPITAL}][^\x00-\x7f{_SMALL}{_CAPITAL}’‘·\xad][{_SMALL}{_CAPITAL}]|[{_SMALL}][À-ÖØ-ÞŒŠŽ]"
)
_STEERING: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe]")
_LONG_RUN: Final = re.compile(r"[^\x00-\x7f]{4,}")


def encoding_of(data: bytes) -> str | None:
    """The encoding of a text; None where it cannot be decided."""
    if (wide := _wide(data)) is not None:
        return wide if _decoded(data, wide) is not None else None
    if _decoded(data, UTF8) is not None:
        return UTF8
    if _broken_utf8(data):
        return None
    if _chinese(data):
        return CHINESE
    if _western(data):
        return WESTERN
    return CHINESE if _traditional(data, CHINESE) else BIG5 if _traditional(data, BIG5) else None


def first_odd_line(data: bytes) -> int:
    """The first line, from 1, that is not UTF-8."""
    try:
        data.decode(UTF8)
    except UnicodeDecodeError as fault:
        return data.count(b"\n", 0, fault.start) + 1
    return 1


def _wide(data: bytes) -> str | None:
    """The encoding of a text whose every character has two or four bytes: by its mark, or by where its zeros stand."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    zeros = data[::2].count(0), data[1::2].count(0)
    few = max(zeros) * 2 * ENOUGH < len(data)  # signs and digits are more than a tenth of a table or a config
    if len(data) % 2 or few or min(zeros) * ENOUGH > max(zeros):
        return None
    encoding = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    text = _decoded(data, encoding)
    return encoding if text is not None and "\n" in text and not _STEERING.search(text) else None


def _traditional(data: bytes, encoding: str) -> bool:
    """Whether the bytes read as traditional Chinese: ideographs that are frequent there, or in simplified Chinese."""
    text = _decoded(data, encoding)
    ideographs = "".join(_IDEOGRAPHS.findall(text or ""))
    if len(ideographs) < ENOUGH:
        return False
    codes = [one.encode(BIG5, "ignore") for one in ideographs]
    frequent = [FREQUENT[0] <= code[:1] <= FREQUENT[1] for code in codes]
    if encoding == BIG5:  # Korean and Japanese have no second byte below 0xA1
        return sum(frequent) >= SURELY * len(codes) and sum(code[1:] < b"\x7f" for code in codes) >= len(codes) / 5
    own = [one.encode(CHINESE) for one in ideographs]
    simple = [len(code) == 2 and LEVEL_1 <= code[0] < LEVEL_2 and code[1] >= 0xA1 for code in own]
    return sum(map(max, frequent, simple)) >= SURELY * len(codes) and len(codes) / 5 <= sum(simple) < len(codes)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _broken_utf8(data: bytes) -> bool:
    """Whether a text is UTF-8 but for a few characters: in another encoding these bytes hardly ever fit together."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return sum(character > "\x7f" for character in text) - bad >= bad


def _chinese(data: bytes) -> bool:
    """Whether the bytes read as Chinese: common ideographs, which no western word is wrapped around."""
    text = _decoded(data, CHINESE)
    if text is None:
        return False
    codes, total = [], 0
    for run in _IDEOGRAPHS.finditer(text):
        total += len(run[0])
        wedged = text[run.start() - 1 : run.start()].islower() and text[run.end() : run.end() + 1].islower()
        codes += [] if wedged else [character.encode(CHINESE) for character in run[0]]
    if not total:
        return bool(_PUNCTUATION.search(text))
    simplified = [code for code in codes if len(code) == 2 and code[0] >= LEVEL_1 and code[1] >= 0xA1]
    frequent = sum(code[0] < LEVEL_2 for code in simplified)
    korean = max((code[0] for code in codes), default=0) <= LAST_OF_KOREAN
    alphabet = min((min(code) for code in codes), default=0) >= FIRST_OF_CYRILLIC
    other = total >= ENOUGH and (korean or alphabet)
    return len(simplified) >= MOSTLY * total and frequent >= total / 2 and not other


def _western(data: bytes) -> bool:
    """Whether the bytes read as words of a western language: letters one or two at a time, signs between words."""
    text = _decoded(data, WESTERN)
    return not (text is None or _FOREIGN.search(text) or _WEDGED.search(text) or _LONG_RUN.search(text))
