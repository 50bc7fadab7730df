"""Texts that are not UTF-8: read as what they look like, or handed back; never as another language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tables_on_disk import PROJECTS, faults, reader

from allocator.config.encodings import encoding_of
from allocator.tables.inputs import Inputs


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
    ("臺灣投資計畫項目編號縣市", "big5"),
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
