"""A config, what it extends, scenarios and --set: which value wins, where it came from, and that it can be written back."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.config import reference as config_reference
from allocator.config.keys.plan import Config
from allocator.config.source.load import load_config, resolved_yaml
from allocator.messages.errors import InputError

BASE = """\
title: 基础方案
years: [2021, 2022]
projects: data/projects.csv
sources:
  fiscal: {budget: {2021: 1000, '2022': 2000}, pays: [grant]}
instruments:
  grant: {kind: grant, rate: 6e-2, award: {min: 200, max: 10000, step: 10}}
limits:
  - {name: 单个集团, measure: award, each: group_id, max: 15000}
  - {name: 战新占比, measure: nominal_investment, where: {is_sei: 是}, min_share: 0.40}
scenarios:
  lean:
    sources: {fiscal: {budget: {2021: 500}}}
    limits: {单个集团: {max: 9000}, 战新占比: null}
  dotted:
    limits.单个集团.max: 7000
    limits.1.min_share: .5
"""


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("base.yaml", BASE)


def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def faults(*arguments, **options):
    """The messages of a config that does not load."""
    with pytest.raises(InputError) as caught:
        load_config(*arguments, **options)
    assert caught.value.text("zh")
    return caught.value.text("en").split("\n")


def test_numbers_years_and_flags_are_read_as_meant():
    """Years are whole numbers however written, amounts are exact, ids and words stay text."""
    write(
        "plan.yaml",
        "extends: base.yaml\nsources: {fiscal: {budget: {'2021': .5, 2022: '7'}}}\ndiscount: 1e-3\n"
        "limits:\n  - {name: a, measure: count, max: +3, strict: 是, where: {code: 001, n: 1, x: 1.50, q: '1', f: true}}\n"
        "locks: {must_fund: [001, 12, 1e5]}\n",
    )

    config = load_config("plan.yaml").config

    assert config.sources["fiscal"].budget == {2021: Decimal("0.5"), 2022: Decimal(7)}
    assert config.discount == Decimal("0.001")
    assert config.limits[2].where == {"code": "001", "n": 1, "x": Decimal("1.5"), "q": "1", "f": True}
    assert config.limits[2].strict is True
    assert config.locks.must_fund == ["001", "12", "1e5"]


def test_unusual_numbers_are_read_with_a_notice():
    """Full-width digits and thousands separators are read as meant, and the planner is told."""
    write("plan.yaml", "extends: base.yaml\ninstruments: {grant: {award: {max: '1,200', min: １０}}}\n")

    loaded = load_config("plan.yaml")

    assert (loaded.config.instruments["grant"].award.max, loaded.config.instruments["grant"].award.min) == (1200, 10)
    assert [notice.text("en") for notice in loaded.notices] == [
        "plan.yaml:2:36: instruments.grant.award.max: '1,200' read as 1200",
        "plan.yaml:2:50: instruments.grant.award.min: '１０' read as 10",
    ]


def test_later_files_win_key_by_key():
    """Mappings merge, lists are replaced, named lists merge by name, null removes."""
    write(
        "plan.yaml",
        "extends: base.yaml\ntitle: 新方案\nyears: [2022]\nsources: {fiscal: {budget: {2021: null}}}\n"
        "instruments: {grant: {award: {min: null}}}\n"
        "limits:\n  - {name: 战新占比, min_share: 0.5}\n  - {name: 个数, measure: count, max: 3}\n",
    )

    config = load_config("plan.yaml").config

    assert (config.title, config.years) == ("新方案", [2022])
    assert config.sources["fiscal"].budget == {2022: Decimal(2000)}
    assert (config.instruments["grant"].award.min, config.instruments["grant"].award.max) == (0, 10000)
    assert [limit.name for limit in config.limits] == ["单个集团", "战新占比", "个数"]
    assert (config.limits[1].min_share, config.limits[1].where) == (Decimal("0.5"), {"is_sei": "是"})


def test_chains_extend_and_circles_are_refused():
    """A config may extend one that extends another, but not itself."""
    write("a.yaml", "extends: base.yaml\ntitle: a\nlanguage: en\n")
    write("b.yaml", "extends: a.yaml\ntitle: b\n")
    write("c.yaml", "extends: d.yaml\n")
    write("d.yaml", "extends: c.yaml\n")

    loaded = load_config("b.yaml")

    assert (loaded.config.title, loaded.config.language, loaded.config.money) == ("b", "en", "万元")
    assert [file.name for file in loaded.files] == ["b.yaml", "a.yaml", "base.yaml"]
    assert faults("c.yaml") == ["d.yaml:1:10: extends: configs extend each other in a circle: c.yaml → d.yaml → c.yaml"]


def test_inline_scenario_changes_the_base():
    """A scenario addresses items of lists by name and removes with null."""
    loaded = load_config("base.yaml", "lean")

    assert loaded.config.sources["fiscal"].budget == {2021: Decimal(500), 2022: Decimal(2000)}
    assert [(limit.name, limit.max) for limit in loaded.config.limits] == [("单个集团", Decimal(9000))]
    assert loaded.scenario == "lean"


def test_scenario_keys_may_be_paths():
    """Paths in a scenario name items by name or by index."""
    config = load_config("base.yaml", "dotted").config

    assert (config.limits[0].max, config.limits[1].min_share) == (7000, Decimal("0.5"))


@pytest.mark.parametrize("extends", ["extends: ../base.yaml\n", ""])
def test_scenario_file_changes_the_base(extends):
    """A scenario may be a file beside the config, which names its base or leaves it out."""
    write("scenarios/dry.yaml", f"{extends}discount: 0.05\nregions: cities.csv\n")

    loaded = load_config("base.yaml", "dry")

    assert loaded.config.discount == Decimal("0.05")
    assert loaded.config.regions == str(Path("scenarios/cities.csv").absolute())
    assert loaded.config.projects == str(Path("data/projects.csv").absolute())
    assert loaded.origins["discount"].startswith("scenario dry: scenarios/dry.yaml:")
    assert {file.name for file in loaded.files} == {"base.yaml", "dry.yaml"}


def test_wrong_scenarios_are_told():
    """An unknown scenario names the nearest, one of another config names that config."""
    write("other.yaml", BASE)
    write("scenarios/odd.yaml", "extends: ../other.yaml\n")

    assert faults("base.yaml", "leen") == ["base.yaml: there is no scenario 'leen'; did you mean 'lean'?"]
    (other,) = faults("base.yaml", "odd")
    assert other.startswith("scenarios/odd.yaml: extends: this scenario extends 'other.yaml', not 'base.yaml'; ")


SETS = {
    "solver.gap=1e-3": lambda config: config.solver.gap == Decimal("0.001"),
    "limits.单个集团.max=2": lambda config: config.limits[0].max == 2,
    "limits.0.max=2": lambda config: config.limits[0].max == 2,
    "limits.战新占比=null": lambda config: [limit.name for limit in config.limits] == ["单个集团"],
    "limits.新={measure: count, max: 3}": lambda config: config.limits[2].name == "新",
    "years.1=2022": lambda config: config.years == [2021, 2022],
    "sources.fiscal.budget=5": lambda config: config.budget("fiscal", 2022) == 5,
    "sources.fiscal.budget.2021=5": lambda config: config.budget("fiscal", 2021) == 5,
    "sources.bond={budget: 3, pays: [grant]}": lambda config: config.budget("bond", 2021) == 3,
    "limits.单个集团.where.region=[A, B]": lambda config: config.limits[0].where == {"region": ["A", "B"]},
    "locks.must_fund=[P1]": lambda config: config.locks.must_fund == ["P1"],
    "leverage.realisation={by: stage, values: {a: 0.5}}": lambda config: config.leverage.realisation.by == "stage",
    "title=a=b": lambda config: config.title == "a=b",
}


@pytest.mark.parametrize("override", SETS)
def test_set_reaches_every_value(override):
    """--set addresses keys, items by name or index, and keys that were left out."""
    assert SETS[override](load_config("base.yaml", overrides=[override]).config)


SET_FAULTS = {
    "solver.gapp=1": "solver.gapp: there is no 'gapp' here; did you mean 'gap'?",
    "solvr.gap=1": "solvr: there is no 'solvr' here; did you mean 'solver'?",
    "limits.单个集体.max=1": "limits.单个集体: there is no '单个集体' here; did you mean '单个集团'?",
    "limits.7.max=1": "limits.7: there is no '7' here; there are: 单个集团, 战新占比",
    "sources.fiscall.budget=1": "sources.fiscall: there is no 'fiscall' here; did you mean 'fiscal'?",
    "sources.fiscall=null": "sources.fiscall: there is no 'fiscall' here; did you mean 'fiscal'?",
    "title.x=1": "title.x: 'title' is a single value, it has nothing below it",
    "solver.gap=much": "solver.gap: must be a number, got 'much'",
    "solver.gap=[1": "the bracket opened on line 1 is not closed, or a comma is missing",
    "solver.gap": "expected 'key=value', for example --set solver.gap=0.001",
    "=5": "expected 'key=value', for example --set solver.gap=0.001",
}


@pytest.mark.parametrize("override", SET_FAULTS)
def test_set_names_the_nearest(override):
    """A path that does not exist is an error that quotes the argument and names the nearest."""
    assert faults("base.yaml", overrides=[override]) == [f"--set {override}: {SET_FAULTS[override]}"]


def test_every_value_has_an_origin():
    """Where a value came from: a file with line and column, a scenario, --set, or the default."""
    write("plan.yaml", "extends: base.yaml\ntitle: 新\n")

    origins = load_config("plan.yaml", "lean", ["solver.threads=1"]).origins

    assert origins["title"] == "plan.yaml:2:8"
    assert origins["sources.fiscal.budget.2022"] == "base.yaml:5:41"
    assert origins["sources.fiscal.budget.2021"] == "scenario lean: base.yaml:13:39"
    assert origins["limits.单个集团.max"] == "scenario lean: base.yaml:14:26"
    assert (origins["solver.threads"], origins["solver.gap"], origins["limits.单个集团.strict"]) == (
        "--set",
        "default",
        "default",
    )


def test_place_finds_the_nearest_that_was_written():
    """Later stages point at the value, or at what is above it."""
    loaded = load_config("base.yaml")

    assert loaded.place("limits.单个集团.max") == "base.yaml:9:55"
    assert loaded.place("limits.0.max") == "base.yaml:9:55"
    assert loaded.place("limits.单个集团.min_share") == "base.yaml:9:5"
    assert loaded.place("sources.fiscal") == "base.yaml:5:3"
    assert loaded.place("solver.gap") == "base.yaml"


def test_tables_are_found_from_the_file_that_names_them():
    """Every table path is resolved against the folder of its own file; --set against the current one."""
    write("deep/a.yaml", "extends: ../base.yaml\noptions: my.csv\ncommitments: book.xlsx#承诺\n")

    loaded = load_config("deep/a.yaml", overrides=["regions=r.csv"])

    assert loaded.config.projects == str(Path("data/projects.csv").absolute())
    assert loaded.config.options == str(Path("deep/my.csv").absolute())
    assert loaded.config.commitments == str(Path("deep/book.xlsx").absolute()) + "#承诺"
    assert loaded.config.regions == str(Path("r.csv").absolute())


def test_resolved_config_loads_by_itself():
    """The resolved config names its tables as told, says where every value came from, and loads back equal."""
    write(
        "plan.yaml", "extends: base.yaml\nleverage: {realisation: {by: stage, file: f.csv}}\ncommitments: b.xlsx#a b\n"
    )
    loaded = load_config("plan.yaml", "lean", ["solver.gap=0"])
    names = {
        "projects": "inputs/p.csv",
        "factor:f.csv": "inputs/f.csv",
        str(Path("b.xlsx").absolute()): "inputs/b.xlsx",
    }

    text = resolved_yaml(loaded, names)
    write("run/config.resolved.yaml", text)
    again = load_config("run/config.resolved.yaml")

    assert again.config.projects == str(Path("run/inputs/p.csv").absolute())
    assert again.config.leverage.realisation.file == str(Path("run/inputs/f.csv").absolute())
    assert again.config.commitments == str(Path("run/inputs/b.xlsx").absolute()) + "#a b"
    assert "  gap: 0  # --set\n" in text
    assert "      2021: 500  # scenario lean: base.yaml:13:39\n" in text
    write("same.yaml", resolved_yaml(loaded, {}))
    assert load_config("same.yaml").config == loaded.config


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=8).map(str.strip)
NAMES = WORDS.filter(bool)
NUMBERS = st.decimals(min_value=0, max_value=10**9, places=2)
SCALARS = st.one_of(st.booleans(), st.integers(-(10**9), 10**9), NUMBERS, WORDS)
CONDITIONS = st.one_of(
    SCALARS,
    st.lists(SCALARS, min_size=1, max_size=3),
    st.fixed_dictionaries({"min": NUMBERS}, optional={"not": st.one_of(SCALARS, st.lists(SCALARS, min_size=1))}),
)
PLANS = st.fixed_dictionaries(
    {
        "title": WORDS,
        "years": st.just([2021, 2022]),
        "projects": st.just("p.csv"),
        "options": st.just("o.csv"),
        "sources": st.dictionaries(
            NAMES,
            st.fixed_dictionaries(
                {"budget": st.one_of(NUMBERS, st.fixed_dictionaries({2021: NUMBERS, 2022: NUMBERS}))}
            ),
            max_size=2,
        ),
        "limits": st.lists(
            st.fixed_dictionaries(
                {
                    "name": NAMES,
                    "measure": NAMES,
                    "max": NUMBERS,
                    "where": st.dictionaries(WORDS, CONDITIONS, max_size=2),
                }
            ),
            max_size=3,
            unique_by=lambda limit: limit["name"],
        ),
        "locks": st.fixed_dictionaries({"must_fund": st.lists(NAMES, unique=True, max_size=3)}),
    }
)


class Quoted(str):
    """A text that stands in quotes: a plain one may look like a slip, such as an item that begins with a dash."""

    __slots__ = ()


yaml.add_representer(Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def in_quotes(value):
    """A tree with its texts, but no key, in quotes."""
    if isinstance(value, dict):
        return {key: in_quotes(inner) for key, inner in value.items()}
    return (
        [in_quotes(inner) for inner in value]
        if isinstance(value, list)
        else Quoted(value)
        if isinstance(value, str)
        else value
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(plan=PLANS)
def test_whatever_was_loaded_is_written_back(plan, tmp_path_factory):
    """Any texts, numbers, flags and names survive being written and read again."""
    folder = tmp_path_factory.mktemp("plan")
    first, second = folder / "plan.yaml", folder / "again.yaml"
    first.write_text(yaml.dump(in_quotes(json.loads(json.dumps(plan, default=float)))), encoding="utf-8")
    loaded = load_config(first)
    second.write_text(resolved_yaml(loaded, {}), encoding="utf-8")

    assert load_config(second).config == loaded.config


@pytest.mark.parametrize("name", ["guangxi.yaml", "starter.yaml"])
def test_shipped_configs_load_and_are_written_back(name, tmp_path):
    """The configs in the repository have no faults."""
    loaded = load_config(Path(__file__).parent.parent / "configs" / name)
    (tmp_path / "again.yaml").write_text(resolved_yaml(loaded, {}), encoding="utf-8")

    assert load_config(tmp_path / "again.yaml").config == loaded.config


@pytest.mark.slow
def test_reading_a_config_imports_neither_pandas_nor_pyomo():
    """A broken config is reported without waiting for the heavy packages."""
    code = (
        "import sys; from allocator.config.source.load import load_config; load_config('base.yaml');"
        "print([name for name in ('pandas', 'pyomo', 'scipy', 'highspy') if name in sys.modules])"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_reference_and_schema_are_current(monkeypatch):
    """configs/README.md and the JSON Schema are what the types say."""
    monkeypatch.chdir(Path(__file__).parent.parent)

    assert config_reference.main(["--check"]) == 0


def test_schema_knows_every_key():
    """Editors know every key of the config, and extends and scenarios besides."""
    schema = config_reference.schema()

    assert set(schema["$defs"]["Config"]["properties"]) == {*Config.model_fields, "extends", "scenarios"}
    assert schema["$defs"]["Limit"]["required"] == ["name", "measure"]
    assert "required" not in schema["$defs"]["LimitChange"]
