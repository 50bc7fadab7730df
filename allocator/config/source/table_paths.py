"""How a config names a table: a file, or a workbook and its sheet, `book.xlsx#sheet`."""

from __future__ import annotations

import os
from typing import Final

MARK: Final = "#"
BOOKS: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")


def split_sheet(text: str) -> tuple[str, str]:
    """The file and the sheet, '' for none.

    Files and sheets may have # in their own names: the longest beginning that is a file is the file. Folders are
    never split.
    """
    folder, name = os.path.split(text)
    if _is_file(text):
        return text, ""
    cuts = [at for at, letter in enumerate(name) if letter == MARK][::-1]
    found = (at for at in cuts if _is_file(os.path.join(folder, name[:at])))
    named = (at for at in cuts if name[:at].casefold().endswith(BOOKS))
    cut = next(found, next(named, None))
    return (text, "") if cut is None else (text[: len(text) - len(name) + cut], name[cut + 1 :].strip())


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - that of Path raises for a name that is too long
