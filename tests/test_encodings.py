"""Texts that are not UTF-8: read as what they look like, or handed back; never as another language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tables_on_disk import PROJECTS, faults, reader

from allocator.config.source.encodings import WIDE, encoding_of
from allocator.config.source.load import load_config
from allocator.messages.errors import InputError
from allocator.tables.opened import Inputs


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Inputs]:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


WESTERN = [
    "Straßenbau Nürnberg;Fürth;Straße;1000\nBrücke;Köln",
    "größer",
    "L’école où été à Noël – œuvre, 100 €",
    "¿Qué señal? niño, Región de Ñuble, n.º 1",
    "São João, construção de informações",
    "perciò più città",
    "Ålesund, Tromsø, smørrebrød",
    "MÜSSEN GRÖSSE ÄÖÜ",
    "Fußgängerübergänge 12 m² § 3 – 5 °C",
]
CHINESE = [
    "项目编号,项目名称\nA,甲,南宁市",
    "A,市",
    "专项债券GDP增速A市",
    "name,市\nmuller,x",
    "镕基,邕宁区,一期",
    "全角：，（）",
]
NEITHER = [
    ("서울특별시 부산광역시 프로젝트 투자 금액 승인 번호", "cp949"),
    ("東京都プロジェクト投資金額合計申請番号", "euc_jp"),
    ("Проект дороги в Москве, область", "koi8-r"),
    ("Łódź Żary zażółć", "cp1250"),
    ("Čeština příliš žluťoučký kůň", "cp1250"),
    ("Москва, проект дорога", "cp1251"),
    ("İstanbul ağaç şehir", "cp1254"),
    ("Ελλάδα δρόμος", "cp1253"),
    ("서울특별시 부산광역시 프로젝트 투자 금액", "euc-kr"),
    ("東京都プロジェクト投資", "shift_jis"),
    ("Zürich", "mac_roman"),
]


@pytest.mark.parametrize("text", WESTERN)
def test_western_text_is_not_read_as_chinese(text: str) -> None:
    """Words with umlauts and accents are Windows-1252, though GB18030 would take most of them."""
    assert "windows-1252" == encoding_of(text.encode("cp1252"))


@pytest.mark.parametrize("text", CHINESE)
def test_chinese_text_is_gb18030(text: str) -> None:
    """A single Chinese word among plain letters is enough."""
    assert "gb18030" == encoding_of(text.encode("gb18030"))


@pytest.mark.parametrize(("text", "encoding"), NEITHER)
def test_other_scripts_are_not_guessed(text: str, encoding: str) -> None:
    """What is neither is handed back, and so is UTF-8 with a broken character."""
    assert encoding_of(text.encode(encoding)) is None
    assert encoding_of(text.encode() + b"\xe9\xff") is None


TRADITIONAL = [
    "項目編號,項目名稱,設區市\nA,鋁加工擴建,南寧市",
    "臺灣投資計畫項目編號縣市",
    "電子廠房二期工程，固定資產投資一千萬元",
    "新北市政府經濟發展局補助產業升級轉型",
]


@pytest.mark.parametrize("text", TRADITIONAL)
def test_traditional_chinese_is_big5_or_gb18030(text: str) -> None:
    """As the bytes say; a text of few characters is not guessed."""
    assert ("big5", "gb18030") == (encoding_of(text.encode("big5")), encoding_of(text.encode("gb18030")))
    assert encoding_of("臺灣縣".encode("big5")) is None


@pytest.mark.parametrize(
    ("encoding", "mark", "told"),
    [
        ("utf-16-le", b"", "UTF-16-LE"),
        ("utf-16-be", b"", "UTF-16-BE"),
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-32-le", b"\xff\xfe\0\0", "UTF-32"),
        ("utf-32-be", b"\0\0\xfe\xff", "UTF-32"),
        ("big5", b"", "BIG5"),
        ("gbk", b"", "GB18030"),
    ],
)
def test_a_traditional_table_is_read_in_every_encoding(
    read: Callable[..., Inputs], encoding: str, mark: bytes, told: str
) -> None:
    """Its headers are those of the contract, its cells stay as written, and the encoding is told; a config says what it is."""
    text = "項目編號,項目名稱,設區市,項目類別,固定資產投資\nA,鋁加工擴建,南寧市,企業技改,1000\nB,電子廠房,南寧市,企業技改,2000\n"
    inputs = read(**{"projects.csv": mark + text.encode(encoding)})

    assert ["鋁加工擴建", "電子廠房"] == inputs.projects["project_name"].tolist()
    assert [10**9, 2 * 10**9] == inputs.projects["fixed_investment"].tolist()
    assert f"projects.csv: read as {told}; save as csv (UTF-8) to be safe" in [n.text("en") for n in inputs.notices]

    Path("plan.yaml").write_bytes(mark + f"title: {text.splitlines()[1]}\nyears: [2026]\n".encode(encoding))
    with pytest.raises(InputError) as caught:
        load_config("plan.yaml")
    code = {"BIG5": "config.big5", "GB18030": "config.gb18030"}.get(told, "config.utf16")
    assert [code] == [message.code for message in caught.value.messages]


def test_what_is_no_text_is_no_wide_text(read: Callable[..., Inputs]) -> None:
    """Bytes of zero that stand anywhere make no UTF-16 of a file."""
    for data in (b"\0" * 64, bytes(range(256)) * 2, b"a\0b\n" * 9 + b"\0\0", b"PNG\0\0\1\0\0" * 8):
        assert encoding_of(data) not in WIDE
        assert ["projects.csv: not a table: the file holds binary data; save it as csv (UTF-8) or xlsx"] == faults(
            read, **{"projects.csv": data}
        )


def test_a_german_table_is_read_as_written(read: Callable[..., Inputs]) -> None:
    """The names stand as in the file, and the encoding that was taken is told."""
    text = "project_id;project_name;region;category;fixed_investment\nA1;Straßenbau Nürnberg;Fürth;Straße;1000\n"
    inputs = read(**{"projects.csv": text.encode("cp1252")})

    assert ["Straßenbau Nürnberg", "Fürth", "Straße"] == inputs.projects.loc[
        0, ["project_name", "region", "category"]
    ].tolist()
    assert "projects.csv: read as WINDOWS-1252; save as csv (UTF-8) to be safe" in [
        n.text("en") for n in inputs.notices
    ]


def test_a_table_in_big5_is_handed_back(read: Callable[..., Inputs]) -> None:
    """It is refused at the row where UTF-8 ends, with what to do."""
    told = faults(read, **{"projects.csv": PROJECTS.encode() + "P004,臺灣投資計畫,縣市".encode("big5")})

    assert told == [
        "projects.csv:5 (row): not UTF-8 from this row on, and no other encoding fits the whole file; save it as csv (UTF-8)"
    ]
