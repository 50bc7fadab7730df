"""Units of money as headers and titles state them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from allocator.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator


_CHINESE_CURRENCY: Final = re.compile(r"人民币|(?:rmb|cny) *(?=[十百千万亿元])", re.IGNORECASE)
_MULTIPLE: Final = re.compile("[百千万亿]+")
_WORDS: Final = {
    "thousand": 10**3, "ten thousand": 10**4, "10 thousand": 10**4, "million": 10**6, "100 million": 10**8,
    "hundred million": 10**8, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_SAME: Final = {"YUAN": "元", "RMB": "元", "CNY": "元", "RENMINBI": "元"}
_ZH: Final = r"(?:(?:人民币|(?i:rmb|cny)) *)?[十百千万亿]*(?:人民币|美|欧|港|日)?元(?:人民币)?"
_FACTOR: Final = r"(?:\d[\d,]*|(?:(?:ten|10|hundred|100) +)?(?:thousand|million)|billion|trillion)"
_CURRENCY: Final = r"(?:yuan|renminbi|rmb|[A-Z]{3})"
_EN: Final = rf"(?:{_FACTOR} +(?:of +)?(?i:{_CURRENCY})|(?i:{_CURRENCY}) +{_FACTOR}|(?i:yuan|rmb|cny))"
_END: Final = r"(?=$|[\s,;、。.)\]】/])"
_STATED: Final = re.compile(
    rf"单位 *(?:[:为是]|均为|统一为)* *({_ZH}){_END}|(?i:\bunits?(?: of (?:money|account))?|amounts?|figures|values) *"
    rf"(?::|=|are in|in|are)+ *({_EN}){_END}|(?<![^\W_])(?i:in) ({_FACTOR} +(?i:{_CURRENCY})){_END}|[(\[【] *({_ZH}|{_EN}) *[)\]】]"
)
_NAMED: Final = re.compile(rf"(?:.*[_\-—·. ])?({_ZH})")


def units_in(text: str, *, name: bool = False) -> Iterator[Money]:
    """The units of money that a text states; a ``name`` of a sheet or file may also be or end in one."""
    folded = unicodedata.normalize("NFKC", text).strip()
    written = [next(filter(None, match.groups())) for match in _STATED.finditer(folded)]
    if name and not written and (match := _NAMED.fullmatch(folded)):
        written = [match[1]]
    for unit in written:
        if (money := money_of(unit)) is not None:
            yield money


def money_of(unit: str) -> Money | None:
    """A unit as people write it above a table."""
    number = re.search(r"\d[\d,]*$|^\d[\d,]*(?= +[A-Za-z]{3,}$)", unit)
    words = re.search("|".join(sorted(_WORDS, key=len, reverse=True)), unit, re.IGNORECASE)
    rest = _CHINESE_CURRENCY.sub("", unit)
    rest += "元" if _MULTIPLE.fullmatch(rest) else ""
    factor = 1
    if words:
        factor, rest = _WORDS[" ".join(words[0].lower().split())], unit.replace(words[0], "")
    elif number:
        factor, rest = int(number[0].replace(",", "")), unit.replace(number[0], "")
    base = rest.replace("of ", "").strip()
    base = _SAME.get(base.upper(), base)
    try:
        size = Money.of(base)
    except ValueError:
        return None
    return Money(unit, size.base, size.quantum, size.fen_per_unit * factor, size.places)


def same(one: Money, other: Money) -> bool:
    """Whether two units are one."""
    return (one.size, _SAME.get(one.base.upper(), one.base)) == (
        other.size,
        _SAME.get(other.base.upper(), other.base),
    )
