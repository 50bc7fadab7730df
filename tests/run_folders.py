"""A run folder worked out by hand: five projects, two sources, two years, every figure of every table.

Amounts in 万元. Instruments: `grant` is 10 % of fixed investment, 10–60 in steps of 10 at two levels, paid 60/40 by
`fiscal`; `park` is the bond need, paid at once by `bond`.

| | entitled | chosen | nominal | certified | additional | upgrading |
|---|---|---|---|---|---|---|
| P1 | 50 | 50 | 500 | 500 − 100 done − 50 = 350 | 0.9 × 350 = 315 | 50 % = 157.5 |
| P2 | 90, cut to 60 | 60 | 900 | 840 | 0.5 × 840 = 420 | 80 % = 336 |
| P3 | 40 | 40 | 200 | 160 | 0.9 × 160 = 144 | 0 |
| P4 | 8, below the least award | | | | | |
| P5 | 30 | kept out: at most two grants | 300 | 270 | 0.5 × 270 = 135 | 20 % = 27 |

fiscal pays 0.6 × 110 = 66 of 100 in 2021, carries 34 (at most half of 100), pays 44 of 134 in 2022, and 90 lapse.
Goal: 879 additional + 0.5 × 493.5 upgrading − 0.1 × 400 short of 2000 nominal = 1085.75.
"""

from __future__ import annotations

import json
from pathlib import Path

from forging import restate

CONFIG = """\
title: worked by hand
language: en
money: 万元
years: [2021, 2022]
projects: inputs/projects.csv
sources:
  fiscal: {budget: {2021: 100, 2022: 100}, carryover: {max_share: 0.5, years: 1}, pays: [grant]}
  bond: {budget: 50, pays: [park]}
instruments:
  grant:
    kind: grant
    where: {category: 技改}
    base: fixed_investment
    rate: 0.1
    award: {min: 10, max: 60, step: 10, levels: 2}
    payments: [0.6, 0.4]
  park: {kind: grant, where: {category: 园区}, base: bond_need, rate: 1}
leverage:
  goal: additional
  realisation: {by: stage, values: {在建: 0.9, 签约: 0.5}}
goals:
  terms: [{measure: leveraged_investment}, {measure: upgrading, weight: 0.5}]
limits:
  - {name: 技改个数, measure: count, where: {category: 技改}, max: 2}
  - {name: 各市份额, measure: award, each: region, max_share: 0.6}
targets:
  - {name: 总投资, measure: nominal_investment, min: 2000, shortfall_price: 0.1}
locks: {must_fund: [P1]}
dependencies:
  - {requires: [P2, P3]}
solver: {gap: 0.001}
"""

TABLES = {
    "inputs/projects": """\
project_id,project_name,region,category,stage,fixed_investment,done_investment,bond_need,structure_score
P1,甲,南宁,技改,在建,500,100,,50
P2,乙,柳州,技改,签约,900,,,80
P3,丙,南宁,园区,在建,200,,40,
P4,丁,柳州,技改,在建,80,,,
P5,戊,桂林,技改,签约,300,,,20
""",
    "awards": """\
project_id,project_name,region,category,instrument,option,start_year,award,supported_investment,nominal_investment,certified_investment,counterpart_investment,additional_investment,leveraged_investment,upgrading,committed,fiscal,bond
P1,甲,南宁,技改,grant,grant@2021#2,2021,50,500,500,350,0,315,315,157.5,0,50,0
P2,乙,柳州,技改,grant,grant@2021#2,2021,60,900,900,840,0,420,420,336,0,60,0
P3,丙,南宁,园区,park,park@2021#1,2021,40,200,200,160,0,144,144,0,0,0,40
""",
    "payments": """\
project_id,option,source,year,amount
P1,grant@2021#2,fiscal,2021,30
P1,grant@2021#2,fiscal,2022,20
P2,grant@2021#2,fiscal,2021,36
P2,grant@2021#2,fiscal,2022,24
P3,park@2021#1,bond,2021,40
""",
    "projects": """\
project_id,project_name,region,category,funded,reason_code,reason,instrument,option,start_year,award,supported_investment,nominal_investment,certified_investment,counterpart_investment,additional_investment,leveraged_investment,upgrading
P1,甲,南宁,技改,1,,,grant,grant@2021#2,2021,50,500,500,350,0,315,315,157.5
P2,乙,柳州,技改,1,,,grant,grant@2021#2,2021,60,900,900,840,0,420,420,336
P3,丙,南宁,园区,1,,,park,park@2021#1,2021,40,200,200,160,0,144,144,0
P4,丁,柳州,技改,0,not_eligible,no instrument is open to it; screening.csv says which rule keeps it out,,,,,,,,,,,
P5,戊,桂林,技改,0,not_examined,not examined further; explain proves what keeps it out,grant,grant@2021#2,2021,30,300,300,270,0,135,135,27
""",
    "closing": """\
project_id,total_investment,done_investment,own_private,own_public,loans,other_public,bond_issued,award,later_phases,gap
P1,500,100,,,,0,0,50,,
P2,900,,,,,0,0,60,,
P3,200,,,,,0,0,40,,
""",
    "limits": """\
limit,group,measure,unit,value,lower,upper,slack,binding,violation
技改个数,,count,count,2,,2,0,1,
各市份额,南宁,award,share,0.6,,0.6,0,1,
各市份额,柳州,award,share,0.4,,0.6,0.2,0,
各市份额,桂林,award,share,0,,0.6,0.6,0,
总投资,,nominal_investment,万元,1600,2000,,0,1,400
""",
    "totals": """\
dimension,key,year,source,measure,value
all,,,,award,150
all,,,,supported_investment,1600
all,,,,nominal_investment,1600
all,,,,certified_investment,1350
all,,,,counterpart_investment,0
all,,,,additional_investment,879
all,,,,leveraged_investment,879
all,,,,upgrading,493.5
all,,,,count,3
region,南宁,,,award,90
region,南宁,,,supported_investment,700
region,南宁,,,nominal_investment,700
region,南宁,,,certified_investment,510
region,南宁,,,counterpart_investment,0
region,南宁,,,additional_investment,459
region,南宁,,,leveraged_investment,459
region,南宁,,,upgrading,157.5
region,南宁,,,count,2
region,柳州,,,award,60
region,柳州,,,supported_investment,900
region,柳州,,,nominal_investment,900
region,柳州,,,certified_investment,840
region,柳州,,,counterpart_investment,0
region,柳州,,,additional_investment,420
region,柳州,,,leveraged_investment,420
region,柳州,,,upgrading,336
region,柳州,,,count,1
category,园区,,,award,40
category,园区,,,supported_investment,200
category,园区,,,nominal_investment,200
category,园区,,,certified_investment,160
category,园区,,,counterpart_investment,0
category,园区,,,additional_investment,144
category,园区,,,leveraged_investment,144
category,园区,,,upgrading,0
category,园区,,,count,1
category,技改,,,award,110
category,技改,,,supported_investment,1400
category,技改,,,nominal_investment,1400
category,技改,,,certified_investment,1190
category,技改,,,counterpart_investment,0
category,技改,,,additional_investment,735
category,技改,,,leveraged_investment,735
category,技改,,,upgrading,493.5
category,技改,,,count,2
instrument,grant,,,award,110
instrument,grant,,,supported_investment,1400
instrument,grant,,,nominal_investment,1400
instrument,grant,,,certified_investment,1190
instrument,grant,,,counterpart_investment,0
instrument,grant,,,additional_investment,735
instrument,grant,,,leveraged_investment,735
instrument,grant,,,upgrading,493.5
instrument,grant,,,count,2
instrument,park,,,award,40
instrument,park,,,supported_investment,200
instrument,park,,,nominal_investment,200
instrument,park,,,certified_investment,160
instrument,park,,,counterpart_investment,0
instrument,park,,,additional_investment,144
instrument,park,,,leveraged_investment,144
instrument,park,,,upgrading,0
instrument,park,,,count,1
year,2021,,,award,150
year,2021,,,supported_investment,1600
year,2021,,,nominal_investment,1600
year,2021,,,certified_investment,1350
year,2021,,,counterpart_investment,0
year,2021,,,additional_investment,879
year,2021,,,leveraged_investment,879
year,2021,,,upgrading,493.5
year,2021,,,count,3
source,fiscal,2021,fiscal,payment,66
source,fiscal,2021,fiscal,budget,100
source,fiscal,2021,fiscal,carry,34
source,fiscal,2021,fiscal,lapse,0
source,fiscal,2021,fiscal,opening,0
source,fiscal,2022,fiscal,payment,44
source,fiscal,2022,fiscal,budget,100
source,fiscal,2022,fiscal,carry,0
source,fiscal,2022,fiscal,lapse,90
source,bond,2021,bond,payment,40
source,bond,2021,bond,budget,50
source,bond,2021,bond,carry,0
source,bond,2021,bond,lapse,10
source,bond,2021,bond,opening,0
source,bond,2022,bond,payment,0
source,bond,2022,bond,budget,50
source,bond,2022,bond,carry,0
source,bond,2022,bond,lapse,50
""",
    "screening": """\
project_id,instrument,rule,value,threshold
P1,park,where.category,技改,园区
P2,park,where.category,技改,园区
P3,grant,where.category,园区,技改
P4,grant,award_min,8,10
P4,park,where.category,技改,园区
P5,park,where.category,技改,园区
""",
}

MANIFEST = {
    "title": "worked by hand",
    "scenario": None,
    "status": "optimal",
    "money": "万元",
    "language": "en",
    "seed": 0,
    "objective": 1085.75,
    "bound": 1086,
    "bound_by": "two solves",
    "gap": 0.25 / 1085.75,
    "goals": [
        {"term": 1, "measure": "leveraged_investment", "weight": 1, "unit": "万元", "value": 879, "contribution": 879},
        {"term": 2, "measure": "upgrading", "weight": 0.5, "unit": "万元", "value": 493.5, "contribution": 246.75},
    ],
    "penalties": [{"limit": "总投资", "group": "", "violation": 400, "price": 0.1, "loss": 40}],
    "stages": [],
    "sizes": {"projects": 5, "options": 7},
    "assumptions": [
        {
            "code": "options.factor_assumed",
            "values": {"factor": factor, "value": value},
            "where": "",
            "path": f"leverage.{factor}",
        }
        for factor, value in (("additionality", "1"), ("displacement", "0"))
    ],
}


def write_run(folder: Path) -> Path:
    """Write the folder and return it."""
    (folder / "inputs").mkdir(parents=True)
    (folder / "config.resolved.yaml").write_text(CONFIG, encoding="utf-8")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8-sig")
    inputs = [{"role": "projects", "path": "projects.csv", "copy": "inputs/projects.csv"}]
    (folder / "manifest.json").write_text(
        json.dumps({**MANIFEST, "inputs": inputs, "tables": sorted(TABLES)}), encoding="utf-8"
    )
    restate(folder)
    return folder
