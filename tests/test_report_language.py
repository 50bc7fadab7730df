"""Every word of a report comes from the catalogue of its language; only data keep theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from planning import decide, write_plan
from shown import cells_of, words_of

from allocator.pipeline import store
from allocator.report import write_reports
from allocator.runs import folder as run_folder

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
LATIN = re.compile(r"[A-Za-z]{2,}")
ALLOWED = re.compile(
    r"[\w./-]*plan\.yaml[:\d]*|\b(sha256|[0-9a-f]{64}|report\.html|allocation\.xlsx|manifest\.json|screening\.csv|\w+\.(csv|yaml|geojson)"
    r"|allocator|python|pyomo|highspy|pandas|numpy|scipy|[a-z0-9.]*dev\w*|where[.\w]*|[a-z_]+(\.\w+)+|true|min|max|tail)\b"
)
"""What both languages have: names of files, programs and keys of the config."""
WORDS = {
    "en": {"region": ["North", "South"], "category": "Works", "name": "Project", "pot": "Fund", "tool": "Grant", "rule": "Cap"},
    "zh": {"region": ["北市", "南市"], "category": "重大", "name": "项目", "pot": "资金", "tool": "补助", "rule": "上限"},
}  # fmt: skip


def made(folder: Path, data: str) -> run_folder.StoredRun:
    """A solved plan whose every name is in one language, stored with the other as its own."""
    words = WORDS[data]
    config = {
        "title": words["name"], "language": "zh" if data == "en" else "en", "money": "万元", "years": [2026, 2027],
        "sources": {"a1": {"name": words["pot"], "budget": 300, "carryover": {"max_share": 0.1}, "pays": ["b1"]}},
        "instruments": {"b1": {"kind": "grant", "name": words["tool"], "rate": 0.1, "where": {"c1": True},
                               "award": {"levels": 2}, "start": {"delay": 1}, "payments": [0.5, 0.5]}},
        "limits": [{"name": words["rule"], "measure": "award", "each": "region", "max_share": 0.9}],
        "targets": [{"name": words["rule"] + "1", "min": 100, "shortfall_price": 0.1}],
        "upgrading": {"criteria": {"is_sei": 30}},
        "dependencies": [{"excludes": ["1", "2"]}], "locks": {"must_not": ["5"]},
    }  # fmt: skip
    rows = [
        {"project_id": str(n), "project_name": f"{words['name']}{n}", "region": words["region"][n % 2],
         "category": words["category"], "fixed_investment": 1000 + 10 * n, "is_sei": n % 2, "c1": "是" if n < 8 else "否",
         "county": words["region"][0], "jobs": 5}
        for n in range(1, 10)
    ]  # fmt: skip
    if data == "en":
        rows = [row | {"c1": "true" if row["c1"] == "是" else "false"} for row in rows]
    plan = write_plan(folder / "plan", config, projects=rows)
    return run_folder.read(store.write(decide(plan), folder / "runs"))


@pytest.mark.sweep(1)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_is_in_the_other_language(tmp_path: Path, language: str) -> None:
    """With data in the report's language too, and a run stored in the other, nothing is left of that."""
    run = made(tmp_path, language)
    page, book, brief, text = write_reports(run, tmp_path, language)
    said = [*words_of(page), *words_of(brief), *cells_of(book), *text.read_text(encoding="utf-8").splitlines()]
    foreign = CHINESE if language == "en" else LATIN
    own = {run.run_id, *run.manifest["versions"].values()}
    left = [
        line for line in said if foreign.search(ALLOWED.sub("", line)) and line not in own and run.run_id not in line
    ]

    assert [] == sorted(set(left))
