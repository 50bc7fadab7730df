"""What a workbook does not show, what its merged cells mean, and workbooks that are broken or are none."""

from __future__ import annotations

import base64
import io
import lzma
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from tables_on_disk import PROJECTS, book, faults, reader

from allocator.messages.errors import InputError
from allocator.tables.opened import Inputs

HEADER = ["项目编号", "项目名称", "设区市", "项目类别", "固定资产投资"]
ROWS: list[list[object]] = [
    ["A1", "甲", "南宁市", "技改", 1000], ["A2", "乙", "南宁市", "技改", 2000], ["A3", "丙", "柳州市", "技改", 3000],
    ["A4", "丁", "柳州市", "技改", 4000], ["A5", "戊", "柳州市", "技改", 5000],
]  # fmt: skip
Read = Callable[..., Inputs]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


def made(change: Callable[[Any], None], rows: list[list[object]] | None = None, first: str = "项目") -> bytes:
    """A workbook of the rows on its first sheet, after ``change``."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        page = workbook.add_worksheet(first)
        for number, row in enumerate([HEADER, *ROWS] if rows is None else rows):
            page.write_row(number, 0, row)
        change(page)
    return stream.getvalue()


def told(inputs: Inputs) -> list[str]:
    """The notices about rows, columns, sheets and merged cells."""
    assert all(notice.text("zh") for notice in inputs.notices)
    return [notice.text("en") for notice in inputs.notices if "hidden" in notice.code or "merged" in notice.code]


def filtered(page: Any) -> None:
    """A filter on the place hides the last three rows."""
    page.autofilter(0, 0, 5, 4)
    page.filter_column(2, "x == 南宁市")
    for row in (3, 4, 5):
        page.set_row(row, options={"hidden": True})


def table_filtered(page: Any) -> None:
    """The filter belongs to a table on the sheet."""
    page.add_table(0, 0, 5, 4, {"columns": [{"header": name} for name in HEADER]})
    page.set_row(2, options={"hidden": True})


def by_hand(page: Any) -> None:
    """Single rows are hidden."""
    page.set_row(1, options={"hidden": True})
    page.set_row(4, options={"hidden": True})


def folded(page: Any) -> None:
    """A group of rows is folded away."""
    for row in (2, 3):
        page.set_row(row, options={"level": 1, "hidden": True})
    page.set_row(4, options={"collapsed": True})


END = "and are read all the same: {}; show them to look at them, or delete them if they should not count"
HIDDEN: dict[str, tuple[Callable[[Any], None], list[str]]] = {
    "filter": (filtered, ["3 rows are hidden by a filter " + END.format("4–6")]),
    "rows of a table": (
        table_filtered,
        ["1 row is hidden by hand or in a folded group " + END.format("3").replace("are read", "is read")],
    ),
    "by hand": (by_hand, ["2 rows are hidden by hand or in a folded group " + END.format("2, 5")]),
    "folded": (folded, ["2 rows are hidden by hand or in a folded group " + END.format("3–4")]),
    "height 0": (
        lambda page: page.set_row(5, 0),
        ["1 row is hidden by hand or in a folded group " + END.format("6").replace("are read", "is read")],
    ),
    "a column": (
        lambda page: page.set_column(4, 4, None, None, {"hidden": True}),
        ["hidden columns are read all the same: 固定资产投资"],
    ),
    "columns": (
        lambda page: page.set_column(2, 3, None, None, {"hidden": True}),
        ["hidden columns are read all the same: 设区市, 项目类别"],
    ),
    "rows below the table": (lambda page: page.set_row(40, options={"hidden": True}), []),
    "columns beside the table": (lambda page: page.set_column(6, 9, None, None, {"hidden": True}), []),
    "a filter that hides nothing": (lambda page: page.autofilter(0, 0, 5, 4), []),
    "groups that are open": (lambda page: page.set_row(2, options={"level": 1}), []),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_rows_and_columns_are_told(read: Read, name: str) -> None:
    """They are read, and it is said which they are."""
    change, expected = HIDDEN[name]
    inputs = read("projects: p.xlsx", **{"p.xlsx": made(change)})

    assert told(inputs) == [f"p.xlsx#项目: {line}" for line in expected]
    assert 5 == len(inputs.projects)


@pytest.mark.parametrize("hide", ["hide", "very_hidden"])
def test_hidden_sheets(read: Read, hide: str) -> None:
    """A hidden first sheet is not the one read, unless the config names it; then it is told."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        pages = [workbook.add_worksheet(name) for name in ("旧", "新")]
        for page, place in zip(pages, ("北海市", "玉林市"), strict=True):
            page.write_row(0, 0, HEADER)
            page.write_row(1, 0, ["A1", "甲", place, "技改", 1000])
        pages[1].activate()
        pages[1].set_first_sheet()
        getattr(pages[0], hide)()
    files = {"p.xlsx": stream.getvalue()}
    by_default, named = read("projects: p.xlsx", **files), read("projects: p.xlsx#旧", **files)

    assert ("玉林市", []) == (by_default.projects["region"][0], told(by_default))
    assert "北海市" == named.projects["region"][0]
    assert ["p.xlsx#旧: the sheet is hidden and is read all the same"] == told(named)


def merged(page: Any, *ranges: tuple[int, int, int, int, object]) -> None:
    """Merge cells over what stands there."""
    for first_row, first_column, last_row, last_column, value in ranges:
        page.merge_range(first_row, first_column, last_row, last_column, value)


def test_a_place_merged_over_rows_counts_for_each(read: Read) -> None:
    """The text of the merged cell stands in all its rows, and it is told."""
    change = made(lambda page: merged(page, (1, 2, 2, 2, "南宁市"), (3, 2, 5, 2, "柳州市")))
    inputs = read("projects: p.xlsx", **{"p.xlsx": change})

    assert ["南宁市", "南宁市", "柳州市", "柳州市", "柳州市"] == inputs.projects["region"].tolist()
    assert told(inputs) == [
        (
            "p.xlsx#项目!C2: 设区市: 2 cells of this column are merged over several rows and count for each of them,"
            " the first '南宁市' for rows 2–3"
        )
    ]


def test_a_number_merged_over_rows_is_refused(read: Read) -> None:
    """Nobody knows whether it is a sum."""
    lines = faults(read, "projects: p.xlsx", **{"p.xlsx": made(lambda page: merged(page, (2, 4, 3, 4, 5000)))})

    assert lines == [
        (
            "p.xlsx#项目!E3: 固定资产投资: one number in cells merged over rows 3–4; it may be a sum or the same for each:"
            " unmerge them and write the number of each row"
        )
    ]


def test_an_id_merged_over_rows_is_one_id_twice(read: Read) -> None:
    """Two rows of one project are refused as such."""
    lines = faults(read, "projects: p.xlsx", **{"p.xlsx": made(lambda page: merged(page, (1, 0, 2, 0, "A1")))})

    assert lines == ["p.xlsx#项目!A3: 项目编号: the id 'A1' is used already in p.xlsx#项目!A2; ids must be unique"]


def test_merged_cells_that_mean_nothing_more(read: Read) -> None:
    """A title over columns, rows of two lines each that are merged throughout, merged blanks."""
    title = made(lambda page: merged(page, (0, 0, 1, 4, "项目库")), [["项目库"], [], HEADER, *ROWS])
    double = made(
        lambda page: merged(page, *[(1, column, 2, column, value) for column, value in enumerate(ROWS[0])]),
        [HEADER, ROWS[0], [], *ROWS[1:]],
    )
    blank = made(lambda page: merged(page, (1, 5, 3, 5, "")))

    for data in (title, double, blank):
        inputs = read("projects: p.xlsx", **{"p.xlsx": data})
        assert (5, []) == (len(inputs.projects), told(inputs))


def test_a_header_of_two_rows(read: Read) -> None:
    """Its single headers are merged downwards; the lower row is the header."""
    heads = [[*HEADER[:4], "投资", ""], ["", "", "", "", "固定资产投资", "设备投资"]]
    change = made(
        lambda page: merged(page, *[(0, c, 1, c, HEADER[c]) for c in range(4)], (0, 4, 0, 5, "投资")),
        [*heads, *([*row, 10] for row in ROWS)],
    )
    inputs = read("projects: p.xlsx", **{"p.xlsx": change})

    assert [100_000.0 * 100] * 5 == inputs.projects["equipment_investment"].tolist()
    assert [] == told(inputs)


def archive(**parts: bytes) -> bytes:
    """A zip archive; '_' in names stands for '/'."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made_archive:
        for name, content in parts.items():
            made_archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
OTHERS: dict[str, tuple[bytes, str]] = {
    "old workbook": (
        OLE + "Workbook".encode("utf-16-le"),
        "a workbook of the old kind (.xls, .et), which cannot be read",
    ),
    "older workbook": (
        OLE + "Book".encode("utf-16-le"),
        "a workbook of the old kind (.xls, .et), which cannot be read",
    ),
    "password": (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "a workbook with a password; save it as .xlsx without one",
    ),
    "old document": (OLE + "WordDocument".encode("utf-16-le"), "a text document (Word), not a table"),
    "binary workbook": (archive(xl__workbook_bin=b""), "a binary workbook (.xlsb), which cannot be read"),
    "OpenDocument": (
        archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_xml=b"<a/>"),
        "an OpenDocument spreadsheet (.ods), which cannot be read",
    ),
    "document": (archive(word__document_xml=b""), "a text document (Word), not a table"),
    "archive": (archive(a_xml=b""), "an archive (zip) that is no workbook"),
    "web page": (b"\xef\xbb\xbf\r\n<HTML><table><tr><td>1</td></tr></table>", "a web page, as some systems export it"),
    "page in UTF-16": ("<html><table>".encode("utf-16"), "a web page, as some systems export it"),
    "XML of 2003": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "an XML spreadsheet of 2003, which is not read",
    ),
    "PDF": (b"%PDF-1.7 \0", "a PDF, not a table"),
    "no file at all": (b" \r\n", "the file is empty"),
}


@pytest.mark.parametrize("ending", ["xlsx", "xls", "csv", "et", "ods"])
@pytest.mark.parametrize("name", OTHERS)
def test_it_is_said_what_a_file_is(read: Read, name: str, ending: str) -> None:
    """By its content, whatever it is called, in one line."""
    data, says = OTHERS[name]
    lines = faults(read, f"projects: p.{ending}", **{f"p.{ending}": data})

    assert 1 == len(lines)
    assert lines[0].startswith(f"p.{ending}: {says}")


@pytest.mark.parametrize("ending", ["csv", "et", "xls", "xlsx"])
def test_what_can_be_read_is_read_whatever_its_name(read: Read, ending: str) -> None:
    """A workbook and a text under each other's names."""
    rows = [line.split(",")[:5] for line in PROJECTS.splitlines()]
    numbers: list[list[object]] = [[*row[:4], float(row[4])] if row[4].isdigit() else [*row] for row in rows]
    by_book = read(f"projects: p.{ending}", **{f"p.{ending}": book(numbers)})
    by_text = read(f"projects: p.{ending}", **{f"p.{ending}": PROJECTS})

    for inputs in (by_book, by_text):
        assert [10_000_000.0 * 100, 20_000_000.0 * 100, 30_000_000.0 * 100] == inputs.projects[
            "fixed_investment"
        ].tolist()


OLD_BOOK = lzma.decompress(base64.b85decode(
    "T>t<81poj4|NsC0{{Uz+z8r=ycVP6Sgek(_9Cjyy@{xwzh{`9r<NFiE{@*D7V?!W-g+PKUGRyIWN~rX&h&=nXwPcscg!H?|gxh|&igO}l6gI"
    "Rq``AdoY4$mCpB0>2_X@hJ7el@<vNMTOeFM+7v&f*X!|d2iMr2AN0aX?oirS!Itx;jKUv246Qx#H~JHfciKLT~}Pv|M#kLTZM??a|qdAL5~7"
    "J1B<cpx~~w_$GKwv%l7?_iy7`(09cz*+(M7u#~?n}oT)a$|~Zc}4pYX|dDbW<#n4V2ta5_UPDF2z=F9=O|bsf_w4i7Bx4!;q{%^fw6%7<O9n"
    "@Q0X~b9L7gJ{=j^)jE~S2nL{u9vNnNNHS!9n=a<wKeIhJ{Y!252%8oX0X3U4*8z+Z(q}&nS)ywZpy_aV8E({L@>u@^t^Y_1#tf&dzzyr5KD;"
    "pM{IV))_KjHYWCD4bK-{e@akPAs^O6f8A5HYaVI8&X2F7w$xpBO(B1na*!-kNS%SV)6|&$Wn1xeQ!C=*@m0H{gpj>i^?ixRW16Ny8{NDd1$P"
    "OwG}<nxX4uxtB?HH#$Fi3QCRn<%1jcQtM|KXsx*VPGAE4pIziebpQa6a<tLSfKG#!w!ocJ!$1PkX>Vb!<hdQER<>OXiNcl%=bAi*n2_rNYHW"
    "(=>i^52W){}lzszAVf^Z0@jBzC5EY~?Ji2KKs0Up<QaGJRQ;G+;HnGbS4eht%duia;Zo`C0nhy1=RBASh;c~Z_kVyxni{&7!@sHpf7uqpQPP"
    "eLEvn5`TyKE)3+WhP}686un=(jS~1ruL0h&5&}y+jFuBk#!c@aUFwT5yy$2*n3s(<_gFCzW<)n0L8Mhq6B`?XwKpy;*(lmlBC7$a%Q-up0uH"
    "n=<6lKLl;Ve!fyMZiv1Y8+DP|&YytxTrx07@%os6Zm+48z?O&xrU9b8^aOa7dmlwo+T=EGU`Hbe!h%g)sBCY)AqDU5_QEvsuncuxkbJQ|!cg"
    ";#W@!RBfIg%w63VPrz7L(Z&XwzPo0~+*xHi@&oxpy-Pm4~4?i*#c+O>Xd`&avG6yGo!lE&_tpT9zbDW~8+znP~IfFfD$ZF2mEJcv3aTq3oec"
    "mC!FNx#R$akw)MFO$e1CgNzXKIzTFd7HtAD$p;W7k}VToio{A@b}MVgl!z^y$F31#X}^(L6yYy46?c-3JnDpeXrZdt7*`zhX&9(?F?bhurrY"
    "IMg)5Z>zNU|k9r-Cjz5AAIg?dI}$2}ljLcJF~R6pZ<)|O}34}PnUR;v)4NAJJhmJ-?Vi&vRA@nzgsindc)<Y)?39PW&MKsl|>V^F6PnG9#@A"
    "<ShFz?c<;(g6$t<AWj&+v|4yA=gs)S5oUJI}4w(8d7edK48;#^v`GrMBI=*R!&v|aMZS~!o&(e0~(gCm9s=gIO)dCCoaWE0=gSTsszY6O6ti"
    "}x2X|C#JcJpz1-Qp=s=c1us*0^MhPHoN>rg(5MyNaO3WFmW<4-J3W^gDoA9ICSOv@bp-Lf{$BZO6G>X;~sWiR~zl*>%4SWX>5Yo{iaI>$MdF"
    "w6Jii<eee0R$9S(kl6O@Ug^xyjBFu{CO>Rrt%dm(a{7q5W*utd<U7>p_V0egD=^nDP"
))  # fmt: skip
"""A workbook of 1997 with the sheets 项目库 and 旧, which is hidden."""


def open_document() -> bytes:
    """The same as an OpenDocument spreadsheet."""
    rows = [
        ["项目编号", "项目名称", "设区市", "项目类别", "固定资产投资"],
        ["P001", "铝", "甲市", "技改", 1000],
        ["P002", "电", "乙市", "技改", 2000.5],
    ]
    cell = '<table:table-cell office:value-type="{}"{}><text:p>{}</text:p></table:table-cell>'
    table = "".join(
        "<table:table-row>" + "".join(
            cell.format("string", "", one) if isinstance(one, str) else cell.format("float", f' office:value="{one}"', one) for one in row
        ) + "</table:table-row>"
        for row in rows
    )  # fmt: skip
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{oasis}:office:1.0" xmlns:table="{oasis}:table:1.0" xmlns:text="{oasis}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="项目库">{table}</table:table><table:table table:name="旧"/>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("META-INF/manifest.xml", "<manifest/>")
        made.writestr("content.xml", content)
    return stream.getvalue()


@pytest.mark.parametrize("ending", ["xls", "et", "ods", "xlsx", "csv"])
@pytest.mark.parametrize("data", [OLD_BOOK, open_document()], ids=["old", "open document"])
def test_workbooks_of_other_formats_are_read_and_what_is_not_seen_in_them_is_told(
    read: Read, data: bytes, ending: str
) -> None:
    """Cells at their places; what only .xlsx can tell is said; another name than its content is told."""
    inputs = read(f"projects: p.{ending}#项目库", **{f"p.{ending}": data})

    assert [10**9, 2_000_500_000] == inputs.projects["fixed_investment"].tolist()
    assert f"p.{ending}#项目库!E3" == inputs.place("projects", 1, "fixed_investment")
    codes = [notice.code for notice in inputs.notices]
    assert "tables.cells_alone" in codes
    assert (ending == "csv") == ("tables.workbook_by_content" in codes)
    assert ["plan.yaml:7:11: projects: "] == [
        line[:26] for line in faults(read, f"projects: p.{ending}#项目", **{f"p.{ending}": data})
    ]


def test_text_has_no_sheets(read: Read) -> None:
    """A sheet asked of a csv file."""
    assert faults(read, "projects: projects.csv#项目") == [
        "plan.yaml:7:11: projects: projects.csv is a text file and has no sheets; leave out '#项目'"
    ]


def strict(data: bytes) -> bytes:
    """The workbook in the strict form of the standard."""
    pairs = [
        (
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    ]
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for one, other in pairs:
                content = content.replace(one, other)
            new.writestr(name, content)
    return stream.getvalue()


def test_a_strict_workbook_is_read_or_refused(read: Read) -> None:
    """The strict form has the same rows."""
    inputs = read("projects: p.xlsx", **{"p.xlsx": strict(made(lambda page: None))})

    assert 5 == len(inputs.projects)


def without(data: bytes, part: str) -> bytes:
    """The workbook less one part."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
    return stream.getvalue()


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_workbook_that_lacks_a_part(read: Read, part: str) -> None:
    """It is no readable workbook."""
    lines = faults(read, "projects: p.xlsx", **{"p.xlsx": without(made(lambda page: None), part)})

    assert lines == ["p.xlsx: not a readable workbook; open it in the spreadsheet program and save it as .xlsx again"]


@pytest.mark.slow
def test_no_damage_ends_in_a_traceback(read: Read) -> None:
    """Bytes changed, cut and doubled: the table is read, or refused with messages."""
    whole, rng = made(lambda page: None), random.Random(5)
    refused = 0
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 5, 40))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        cut = rng.choice((len(data), len(data), rng.randrange(4, len(data))))
        try:
            read("projects: p.xlsx", **{"p.xlsx": bytes(data[:cut])})
        except InputError:
            refused += 1

    assert refused > 50
