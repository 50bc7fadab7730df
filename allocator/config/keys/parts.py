"""What config types are made of: numbers, names, conditions, and mappings that refuse unknown keys."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from allocator.config.keys import scalars
from allocator.config.keys.scalars import read_flag, read_integer, read_number, read_point, read_text
from allocator.config.source.where_spelling import as_stored

READ_NUMBER, READ_WHOLE, READ_TEXT = (
    BeforeValidator(read_number),
    BeforeValidator(read_integer),
    BeforeValidator(read_text),
)


def shape(value: object) -> str:
    """Which member of a union a value is meant to be: told by its shape, so that only that member complains."""
    if isinstance(value, dict | BaseModel):
        return "<mapping>"
    return "<list>" if isinstance(value, list | tuple) else "<value>"


BY_SHAPE = Discriminator(shape)
IS_VALUE, IS_LIST, IS_MAPPING = Tag("<value>"), Tag("<list>"), Tag("<mapping>")

Number = Annotated[Decimal, READ_NUMBER]
Share = Annotated[Decimal, Field(ge=0, le=1), READ_NUMBER]
Amount = Annotated[Decimal, Field(ge=0), READ_NUMBER]
Whole = Annotated[int, READ_WHOLE]
Count = Annotated[int, Field(ge=0, le=50), READ_WHOLE]
"""A number of years; what counts years beyond any plan is refused before anything loops over them."""
Positive = Annotated[Decimal, Field(gt=0), READ_NUMBER]
Text = Annotated[str, READ_TEXT]
Name = Annotated[str, Field(min_length=1), BeforeValidator(scalars.read_filled)]
Flag = Annotated[bool, BeforeValidator(read_flag)]
Point = Annotated[tuple[Share, Amount], BeforeValidator(read_point)]
FeeClass = Annotated[tuple[Amount, Share], BeforeValidator(read_point)]
Scalar = Annotated[bool | int | Decimal | str, BeforeValidator(scalars.read_scalar)]
Yearly = Annotated[Annotated[Amount, IS_VALUE] | Annotated[dict[Whole, Amount], IS_MAPPING], BY_SHAPE]
OneOrMore = Annotated[
    Annotated[Name, IS_VALUE] | Annotated[list[Name], Field(min_length=1), IS_LIST],
    BY_SHAPE,
]
if TYPE_CHECKING:
    Nested = dict[str, Any]
else:
    Nested = TypeAliasType(
        "Nested",
        dict[Text, Annotated[Annotated[Share, IS_VALUE] | Annotated["Nested", IS_MAPPING], BY_SHAPE]],
    )


class Part(BaseModel):
    """A mapping of the config: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def without_empty(cls, data: Any) -> Any:
        """A known key with nothing behind it counts as left out."""
        if not isinstance(data, dict):
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: value for key, value in data.items() if value is not None or key not in known}


class Range(Part):
    """A condition on an attribute that is not a plain value or list; all given parts must hold."""

    min: Number | None = None
    """Least value, inclusive."""
    max: Number | None = None
    """Greatest value, inclusive."""
    not_: Annotated[Annotated[Scalar, IS_VALUE] | Annotated[list[Scalar], IS_LIST], BY_SHAPE] | None = Field(
        None, alias="not"
    )
    """Value or values that are excluded; a blank cell satisfies only this."""
    begins: Annotated[list[Text], Field(min_length=1)] | None = None
    """Beginnings of which the value has one, such as the classes of industry codes [C25, C3011, D44]."""


Condition = Annotated[
    Annotated[Range, IS_MAPPING] | Annotated[list[Scalar], Field(min_length=1), IS_LIST] | Annotated[Scalar, IS_VALUE],
    BY_SHAPE,
]
Where = Annotated[dict[Text, Condition], AfterValidator(as_stored)]


@dataclass(frozen=True)
class Decides:
    """What a key decides, where it is not which options there are: words, bounds and values of rows, or which rows there are."""

    what: Literal["words", "bounds", "rows"]


WORDS, BOUNDS, ROWS = Decides("words"), Decides("bounds"), Decides("rows")


def decided_by(model: type[BaseModel], *what: Decides) -> frozenset[str]:
    """Keys of a part of the config that decide one of ``what``."""
    return frozenset(name for name, key in model.model_fields.items() if set(key.metadata) & set(what))
