"""What a scalar of the config means at the key where it stands: number, whole number, flag, text.

Numbers as people type them (full-width digits, thousands separators) are read as meant, with a notice;
anything ambiguous is refused with what to write instead.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from allocator.config.source.yaml_source import Written, shortened
from allocator.messages import Message

NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,9})?", re.ASCII)
LEADING_ZERO = re.compile(r"[-+]?0\d+(?:\.\d*)?", re.ASCII)
GROUPED = re.compile(r"[-+]?\d{1,3}(?:([,_ '])\d{3})(?:\1\d{3})*(?:\.\d+)?", re.ASCII)
WITH_UNIT = re.compile(r"([-+]?\d[\d,]*(?:\.\d+)?)\s*(百万|千万|亿|万|千)?\s*(元|%)?", re.ASCII)
YEAR_RANGE = re.compile(r"(\d{4})\s*(?:-|–|—|~|至|到|\.\.)\s*(\d{4})", re.ASCII)
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}
MULTIPLES = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "千": 10**3, None: 1}
LARGEST_EXPONENT = 30
TRUE, FALSE = frozenset(("true", "True", "TRUE", "是")), frozenset(("false", "False", "FALSE", "否"))


def fault(code: str, **values: object) -> PydanticCustomError:
    """A catalogue entry of the area `config`, as the error pydantic carries to `allocator.load`."""
    return PydanticCustomError(code, "wrong", values)


def exact(text: str) -> Decimal | None:
    """The number written in plain ASCII, or None."""
    return Decimal(text) if len(text) <= 80 and NUMBER.fullmatch(text) else None


def read_number(value: Any, info: ValidationInfo) -> Any:
    """A `Decimal` equal to what is written."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        raise fault("empty" if value is None else "not_a_number", hint="")
    if not isinstance(value, str):
        return Decimal(str(value)) if isinstance(value, float) else value
    number = exact(value.strip())
    if number is None:
        number = meant(value, info)
    if number and not -LARGEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT:
        raise fault("out_of_scale")
    return number


def meant(value: str, info: ValidationInfo) -> Decimal:
    """A number that is not written plainly, with a notice."""
    number = number_as_meant(value)
    if number is None:
        raise fault("not_a_number", hint=suggestion(value.translate(FULL_WIDTH).strip(), info))
    if info.context is not None and isinstance(value, Written):
        read = Message("config.number_read", {"got": str(value), "number": f"{number:f}"}, str(value.place))
        info.context["notices"].append(read)
    return number


def number_as_meant(value: str) -> Decimal | None:
    """The number of a text with full-width digits, thousands separators or leading zeros, or None."""
    cleaned = value.translate(FULL_WIDTH).strip()
    if GROUPED.fullmatch(cleaned):
        cleaned = re.sub(r"[,_ ']", "", cleaned)
    if LEADING_ZERO.fullmatch(cleaned):
        cleaned = re.sub(r"^([-+]?)0+(?=\d)", r"\1", cleaned)
    return exact(cleaned)


def suggestion(text: str, info: ValidationInfo) -> Message | str:
    """What to write instead of '1.2亿' or '40%'."""
    match = WITH_UNIT.fullmatch(text)
    if not match:
        return ""
    number, multiple, unit = match.groups()
    value = Decimal(number.replace(",", ""))
    if unit == "%":
        return Message("config.write_instead", {"instead": plain_number(value / 100)}) if multiple is None else ""
    per_unit = (info.context or {}).get("yuan")
    if not per_unit or (multiple is None and unit is None):
        return ""
    return Message("config.write_instead", {"instead": plain_number(value * MULTIPLES[multiple] / per_unit)})


def plain_number(value: Decimal) -> str:
    """Exact decimal without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_integer(value: Any, info: ValidationInfo) -> Any:
    """A whole number, written 2021, '2021' or 2021.0."""
    if isinstance(value, str) and (years := year_list(value)):
        raise fault("not_whole", hint=Message("config.write_instead", {"instead": years}))
    number = read_number(value, info)
    if not isinstance(number, int) and number != number.to_integral_value():
        raise fault("not_whole", hint="")
    return int(number)


def year_list(text: str) -> str:
    """``2021, 2022, 2023`` for '2021-2023'; nothing for other texts."""
    match = YEAR_RANGE.fullmatch(text.strip())
    if not match:
        return ""
    return ", ".join(str(year) for year in range(int(match[1]), min(int(match[2]), int(match[1]) + 30) + 1))


def read_flag(value: Any) -> Any:
    """True or False, written true, false, 是 or 否."""
    if isinstance(value, str) and value.strip() in TRUE | FALSE:
        return value.strip() in TRUE
    if not isinstance(value, bool):
        raise fault("empty" if value is None else "not_a_flag")
    return value


def read_text(value: Any) -> Any:
    """Text as written, without spaces around it; ids stay as they are: 001 is '001'."""
    if value is None:
        raise fault("empty")
    if isinstance(value, (dict, list, tuple)):
        raise fault("not_a_text")
    return str(value).strip()


def read_filled(value: Any) -> Any:
    """Text that is not blank."""
    text = read_text(value)
    if not text:
        raise fault("blank")
    return text


def read_scalar(value: Any) -> Any:
    """A value to compare a column with: number, true or false, or text."""
    if value is None:
        raise fault("empty")
    if isinstance(value, (dict, list, tuple)):
        raise fault("not_a_value")
    if not isinstance(value, Written):
        return value
    if value.plain and value in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return value in TRUE
    number = exact(value) if value.plain else None
    if number is None:
        return str(value).strip()
    if number and not -LARGEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT:
        raise fault("out_of_scale")
    return int(number) if re.fullmatch(r"[-+]?\d+", value) else number


def as_written(value: object) -> object:
    """What a message quotes of a faulty value."""
    if isinstance(value, dict):
        return Message("config.a_mapping")
    if isinstance(value, (list, tuple)):
        return Message("config.a_list")
    return f"'{shortened(str(value))}'"


def read_point(value: Any) -> Any:
    """A pair of numbers."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise fault("empty" if value is None else "not_a_point")
    return tuple(value)


def read_of(value: object) -> object:
    """The conditions of a denominator, written as the mapping itself or under `where`."""
    if isinstance(value, dict) and set(value) == {"where"} and isinstance(value["where"], dict):
        inner = value["where"]
        return value if set(inner) <= {"min", "max", "not"} else inner
    return value
