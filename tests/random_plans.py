"""Random small plans that use everything a config can say: what verification must accept without a false alarm."""

from __future__ import annotations

from random import Random
from typing import Any

Row = dict[str, Any]

REGIONS = ["南宁", "柳州", "桂林"]
CATEGORIES = ["重大", "技改", "园区"]
STAGES = ["签约", "备案", "在建"]
MEASURES = ["award", "payment", "count", "nominal_investment", "certified_investment", "additional_investment",
            "leveraged_investment", "upgrading", "jobs", "energy", "total_investment"]  # fmt: skip


def plan(seed: int) -> tuple[Row, dict[str, list[Row]]]:
    """Config and tables."""
    rng = Random(seed)
    years = [2021, 2022, 2023][: rng.choice([1, 2, 3, 3])]
    projects = [project(rng, number, years) for number in range(rng.randint(3, 12))]
    ids = [row["project_id"] for row in projects]
    config: Row = {
        "money": rng.choice(["万元", "元", "亿元", "1000 EUR"]),
        "language": rng.choice(["zh", "en"]),
        "years": years,
        "sources": sources(rng, years),
        "instruments": instruments(rng),
        "leverage": leverage(rng),
        "goals": goals(rng),
        "limits": [limit(rng, number, years) for number in range(rng.randint(0, 6))],
        "targets": targets(rng, years),
        "solver": {"gap": rng.choice([0, 0.001, 0.05]), "threads": 1, "time_limit": 20},
    }
    if rng.random() < 0.5:
        config["discount"] = rng.choice([0.03, 0.05, 0.125])
        config["goals"]["terms"] = [
            {k: v for k, v in term.items() if k != "source"} for term in config["goals"]["terms"]
        ]
    if rng.random() < 0.5:
        roles = {"建链": 15, "补链": 10.5}
        config["upgrading"] = {"criteria": {"is_sei": 30, "chain_role": roles}}
    tables = {"projects": projects}
    if rng.random() < 0.4:
        tables["options"] = options(rng, ids, config)
    if rng.random() < 0.4:
        tables["commitments"] = commitments(rng, ids, config)
    config |= links(rng, ids)
    config |= clusters(Random(1_000_000 + seed), projects, ordered=config["goals"]["mode"] == "lexicographic")
    config |= extra(Random(2_000_000 + seed))
    return config, tables


def extra(rng: Random) -> Row:
    """Spending profiles and capacity of parks, each in some plans."""
    made: Row = {}
    if rng.random() < 0.25:
        profile = rng.choice([[0.333, 0.333, 0.334], [0.25, 0.75], [0, 1]])
        made["spending"] = {"by": "category", "profile": {"重大": profile}, "default": [1]}
    if rng.random() < 0.25:
        energy = {"use": "jobs", "adds": "energy", "existing": rng.choice([120, 300])}
        made["parks"] = {"park": "region", "builders": {"category": "园区"}, "lag": 1, "resources": {"岗位": energy}}
    return made


def clusters(rng: Random, projects: list[Row], *, ordered: bool) -> Row:
    """Chain nodes and synergies in two of five plans; draws of their own, so that all else stays as it is."""
    if rng.random() < 0.6:
        return {}
    for row in projects:
        row["chain_node"] = rng.choice(["", "电池", "电机", "电池;电控"])
    ids = [row["project_id"] for row in projects]
    bundles: list[Row] = [
        {"projects": rng.sample(ids, min(len(ids), rng.randint(2, 4)))},
        {"where": {"region": "南宁"}, "at_least": 2},
    ]
    whole = [b for b in bundles if "projects" in b or sum(row["region"] == "南宁" for row in projects) > 1]
    bonus = [0 if ordered else rng.choice([-40, 15.5, 120]) for _ in whole]
    return {
        "chains": {"bonus": 0 if ordered else rng.choice([0, 33.3, -20])},
        "synergies": [{"name": f"协同{n}", **b, "bonus": w} for n, (b, w) in enumerate(zip(whole, bonus, strict=True))],
    }


def project(rng: Random, number: int, years: list[int]) -> Row:
    """One candidate; many cells are blank."""
    fixed = rng.choice([rng.randint(50, 5000), round(rng.uniform(50, 5000), 2)])
    row: Row = {
        "project_id": f"P{number:02d}",
        "project_name": f"项目{number}",
        "region": rng.choice(REGIONS),
        "category": CATEGORIES[number] if number < len(CATEGORIES) else rng.choice(CATEGORIES),
        "stage": STAGES[number] if number < len(STAGES) else rng.choice(STAGES),
        "chain_role": rng.choice(["建链", "补链", ""]),
        "group_id": rng.choice(["甲", "乙", ""]),
        "program_tags": rng.choice(["双百;千企", "千企", ""]) if number else "千企",
        "is_sei": rng.choice([0, 1, ""]),
        "start_year": rng.choice(["", *years, years[0] - 1, years[-1] + 1]),
        "total_investment": fixed,
        "fixed_investment": fixed,
        "done_investment": rng.choice(["", round(fixed / 7, 2)]),
        "other_public": rng.choice(["", 10]),
        "requested_amount": rng.choice(["", "", round(fixed / 20, 2)]),
        "bond_need": rng.choice(["", round(fixed / 3, 1)]),
        "p_realise": rng.choice(["", "", 0.37]),
        "jobs": rng.randint(0, 90),
        "energy": rng.choice(["", round(rng.uniform(0, 9), 3)]),
    }
    return row


def sources(rng: Random, years: list[int]) -> Row:
    """Two pots that may share an instrument."""
    fiscal: Row = {"budget": {year: rng.randint(50, 900) for year in years}, "pays": ["grant", "renovation"]}
    bond: Row = {"budget": rng.randint(50, 900), "pays": ["park", *rng.choice([[], ["grant"]])]}
    for pot in (fiscal, bond):
        if rng.random() < 0.5:
            pot["carryover"] = {"max_share": rng.choice([0.1, 0.5, 1]), "years": rng.randint(1, 2)}
        if rng.random() < 0.3:
            pot["opening"] = {years[0] - 1: 33.33, years[0] - 2: 11}
        if rng.random() < 0.5:
            pot["tail"] = {"max_share": rng.choice([0.1, 0.5])}
    return {"fiscal": fiscal, "bond": bond}


def instruments(rng: Random) -> Row:
    """Three instruments with conditions, levels, profiles and delays."""
    return {
        "grant": {
            "kind": "grant",
            "where": rng.choice([{}, {"category": ["重大", "技改"]}, {"fixed_investment": {"min": 500}}]),
            "rate": rng.choice([0.06, 0.033]),
            "award": {"min": rng.choice([0, 20]), "max": rng.choice([100, 250]), "step": rng.choice([0.01, 1, 10]),
                      "levels": rng.randint(1, 4)},
            "payments": rng.choice([[1], [0.4, 0.3, 0.3], [0.333, 0.667]]),
            "start": {"delay": rng.randint(0, 2)},
        },
        "renovation": {
            "kind": "grant",
            "where": {"category": "技改", "is_sei": rng.choice([True, {"not": False}])},
            "rate": 0.1,
            "award": {"levels": 2},
            "payments": [0, 1],
        },
        "park": {"kind": "grant", "where": {"category": "园区"}, "base": "bond_need", "rate": 0.7,
                 "award": {"step": 0.5}},
    }  # fmt: skip


def leverage(rng: Random) -> Row:
    """Factors by one or two attributes, with and without a response."""
    made: Row = {"goal": rng.choice(["nominal", "certified", "additional"])}
    if rng.random() < 0.7:
        made["realisation"] = {"by": "stage", "values": {"签约": 0.4, "备案": 0.55}, "default": 0.9}
    if rng.random() < 0.5:
        inner = {"签约": 0.3, "备案": 0.35, "在建": 0.45}
        made["additionality"] = {
            "by": ["instrument", "stage"],
            "values": {"grant": inner, "park": inner},
            "default": 0.25,
        }
        if "realisation" not in made:
            bands = {"签约": 0.3, "备案": {"low": 1, "central": 1.4, "high": 2}, "在建": 1}
            made["additionality"] = {"by": "stage", "elasticity": bands, "cap": 0.125}
    if rng.random() < 0.5:
        made["displacement"] = {"by": "instrument", "values": {"grant": 0.15}, "default": 0.1}
    if rng.random() < 0.5:
        made["response"] = [[0, 0], [0.3, 0.55], [0.8, 0.9], [1, 1]]
    return made


def goals(rng: Random) -> Row:
    """Weighted or one after the other."""
    terms: list[Row] = [{"measure": "leveraged_investment"}, {"measure": "upgrading", "weight": 0.5}]
    terms += rng.choice([[], [{"measure": "count", "weight": 3}], [{"measure": "award", "weight": -0.5}],
                         [{"measure": "award", "weight": -1, "source": "fiscal"}],
                         [{"measure": "energy", "weight": -7.5, "where": {"category": "重大"}}],
                         [{"measure": "payment", "weight": 0.1}]])  # fmt: skip
    return {"mode": rng.choice(["weighted", "weighted", "lexicographic"]), "terms": terms}


def limit(rng: Random, number: int, years: list[int]) -> Row:
    """A bound of any kind, mostly one that can be kept."""
    measure = rng.choice(MEASURES)
    rule: Row = {"name": f"规则{number}", "measure": measure}
    if rng.random() < 0.4:
        rule["where"] = rng.choice([{"category": "重大"}, {"is_sei": {"not": True}}, {"fixed_investment": {"max": 3000}},
                                    {"instrument": "grant"}, {"program_tags": "千企"}])  # fmt: skip
    if rng.random() < 0.5:
        rule["each"] = rng.choice(["region", "group_id", "program_tags", "year", "instrument", ["region", "category"],
                                   ["category", "year"], "start_year", "is_sei"])  # fmt: skip
    if measure in ("award", "payment") and rng.random() < 0.5:
        rule["source"] = rng.choice(["fiscal", "bond", ["fiscal", "bond"]])
    if "year" not in rule.get("each", []) and rng.random() < 0.3:
        rule |= {"year": rng.choice(years), "cumulative": rng.random() < 0.5}
    kind = rng.choice(["max", "max", "max_share", "min", "min_share", "both"])
    if kind in ("max", "both"):
        rule["max"] = {"count": 3, "jobs": 150}.get(measure, rng.choice([300, 2500.5]))
    if kind == "min":
        rule |= {"min": rng.choice([1, 50.5]), "soft": rng.choice([0.25, 3])}
    if kind in ("max_share", "both"):
        rule["max_share"] = rng.choice([0.6, 0.85])
        if rng.random() < 0.5:
            rule["soft"] = 0.5
    if kind == "min_share":
        rule |= {"min_share": 0.333, "soft": 1.5}
    if "share" in kind and rng.random() < 0.4:
        rule["of"] = {"category": ["重大", "技改"]}
    elif "share" in kind and measure in ("award", "payment") and rng.random() < 0.4:
        rule["of"] = "budget"
    return rule | rng.choice([{}, {}, {"new_only": True}])


def targets(rng: Random, years: list[int]) -> list[Row]:
    """Volumes and growth with a price."""
    made: list[Row] = []
    if rng.random() < 0.4:
        made.append({"name": "总量", "min": 9000, "shortfall_price": 0.25, **rng.choice([{}, {"year": years[0]}])})
    if rng.random() < 0.4:
        made.append({"name": "增长", "measure": "award", "growth": 0.073, "shortfall_price": 0.5,
                     **rng.choice([{}, {"base": 123.45}])})  # fmt: skip
    return made


def options(rng: Random, ids: list[str], config: Row) -> list[Row]:
    """Ready-made options of some projects."""
    rows = []
    for name in rng.sample(ids, min(3, len(ids))):
        for number in range(rng.randint(1, 2)):
            paid = {f"fiscal@{year}": rng.choice([0, rng.randint(1, 60)]) for year in config["years"]}
            late = {f"bond@{config['years'][-1] + 1}": rng.choice([0, 0, 5])}
            rows.append({"project_id": name, "option": f"方案{number}", "instrument": rng.choice(["", "grant", "其他"]),
                         "start_year": rng.choice(config["years"]), "nominal_investment": rng.randint(0, 900),
                         "additional_investment": round(rng.uniform(-50, 900), 2), "energy": rng.randint(0, 5),
                         **paid, **late})  # fmt: skip
    return rows


def commitments(rng: Random, ids: list[str], config: Row) -> list[Row]:
    """What was promised to one or two projects, one of them twice."""
    rows = []
    for name in rng.sample(ids, 2):
        rows += [
            {"project_id": name, "option": f"旧{number}", "instrument": "grant", "nominal_investment": 77,
             "start_year": config["years"][0] - 1, f"fiscal@{config['years'][0]}": rng.randint(1, 9)}
            for number in range(rng.randint(1, 2))
        ]  # fmt: skip
    return rows


def links(rng: Random, ids: list[str]) -> Row:
    """Dependencies and locks."""
    kinds = rng.sample(["requires", "excludes", "all_or_none", "same_instrument"], rng.randint(0, 2))
    rules = [
        {kind: rng.sample(ids, rng.randint(2, 3)), **({"lag": rng.randint(0, 1)} if kind == "requires" else {})}
        for kind in kinds
    ]
    locks: Row = {}
    if rng.random() < 0.3:
        locks["must_not"] = [rng.choice(ids)]
    return {"dependencies": rules, "locks": locks}
