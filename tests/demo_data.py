"""The demo's tables, drawn anew: `python tests/demo_data.py` writes `configs/data/*.csv`, always the same bytes.

Every project, company and figure is invented. Only sums are real, so that the pool has the shape of the real
one: 686 enterprise projects with 11,977.11 亿 of total and 8,435.29 亿 of fixed investment, 81 of them with
713.43 亿 in 桂林 (the region's list of key manufacturing projects, 2023); about 100 technical renovations a
year; 110 park programmes that ask for special bonds. City and county names are real, their attributes are
assumptions (see the head of `configs/guangxi.yaml`).

Draws use nothing but a seeded `random()` and the four operations, so they do not differ between machines.
"""

from __future__ import annotations

import csv
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from demo_draw import Draw, Row
from demo_further import extra
from demo_places import BORDER, CHAINS, CITIES, STRONG, WEAK, Chain, City

SEED = 20210101
TOTAL, FIXED = 119_771_100, 84_352_900  # 万元, the 686 enterprise projects
GUILIN_TOTAL = 7_134_300
FLAGSHIP, MAJOR, SMALL, RENOVATION = "flagship", "major", "small", "renovation"
COUNTS = {FLAGSHIP: 84, MAJOR: 232, SMALL: 70, RENOVATION: 300}
STAGES = (("签约", 0.10), ("备案", 0.30), ("已开工", 0.34), ("在建", 0.26))
BOND_COST = Decimal("1.44")  # principal and 20 years of interest at 2.2 %, bullet, per yuan of bond


def size(draw: Draw, kind: str) -> int:
    """Total investment of an enterprise project before calibration, 万元."""
    u = draw.random()
    return int(
        {
            FLAGSHIP: 540_000 + 1_000_000 * u * u * u,
            MAJOR: 105_000 + 270_000 * u * u,
            SMALL: 10_000 + 60_000 * u * u,
            RENOVATION: 3_000 + 42_000 * u * u,
        }[kind]
    )


def calibrated(amounts: list[int], total: int) -> list[int]:
    """The amounts in the same proportions, summing to ``total``; the largest takes the rounding."""
    now = sum(amounts)
    scaled = [amount * total // now for amount in amounts]
    scaled[scaled.index(max(scaled))] += total - sum(scaled)
    return scaled


def county_of(draw: Draw, city: City) -> Row:
    """A county of the city and what the region counts it as."""
    county = draw.one([(name, 1.6 if name in WEAK or name in BORDER else 1.0) for name in city.counties])
    kinds = [
        name for name, members in (("重点帮扶县", WEAK), ("边境县", BORDER), ("工业强县", STRONG)) if county in members
    ]
    return {"县(市、区)": county, "县域类型": ";".join(kinds)}


def places(draw: Draw) -> list[tuple[str, City]]:
    """Kind and city of every enterprise project; 桂林 has no flagship."""
    free = [city for city in CITIES for _ in range(city.projects)]
    kinds = [kind for kind, count in COUNTS.items() for _ in range(count)]
    placed = []
    for kind in kinds:
        while True:
            at = int(draw.random() * len(free))
            if not (kind == FLAGSHIP and free[at].name == "桂林"):
                break
        placed.append((kind, free.pop(at)))
    return placed


def chain_of(draw: Draw, city: City) -> Chain:
    """A chain of the city's own clusters, or any other one."""
    return draw.one([(chain, 6.0 if chain.name in city.chains else 0.5) for chain in CHAINS])


def structure(draw: Draw, chain: Chain, kind: str) -> Row:
    """What the structure score and the structural limits look at."""
    sei = draw.yes(chain.sei)
    future = sei == "是" and chain.hightech and draw.random() < 0.2
    position = draw.one(
        (("上游", 0.6), ("中游", 0.3), ("下游", 0.1))
        if chain.heavy
        else (("上游", 0.15), ("中游", 0.4), ("下游", 0.45))
    )
    upgrade = draw.any(("机器换人", "生产换线", "设备换芯", "产品升级")) if kind == RENOVATION else "无"
    return {
        "国民经济行业代码": chain.code,
        "是否战新": sei,
        "是否未来产业": "是" if future else "否",
        "是否高技术制造业": "是" if chain.hightech else "否",
        "是否高耗能(六大)": "是" if chain.heavy else "否",
        "产业链": chain.name,
        "链条作用": draw.one((("建链", 0.12), ("补链", 0.28), ("强链", 0.35), ("延链", 0.15), ("无", 0.10))),
        "链条位置": position,
        "技改类型": upgrade,
        "技改性质": draw.any(("工艺提升", "置换淘汰", "成果产业化")) if kind == RENOVATION else "",
        "目录类别": draw.one((("鼓励", 0.56), ("允许", 0.40), ("限制", 0.04))),
    }


def schedule(draw: Draw, number: int, renovation: bool) -> Row:
    """Stage, filing, planned start and end; the later the start, the earlier the stage."""
    start = draw.one(((2020, 0.20), (2021, 0.32), (2022, 0.28), (2023, 0.20)))
    stages = {2020: STAGES[2:], 2021: STAGES[1:], 2022: STAGES[:3], 2023: STAGES[:2]}[start]
    stage = draw.one(stages)
    years = 1 if renovation else draw.any((2, 2, 3))
    month = int(draw.between(1, 13))
    filed = stage != "签约" or draw.random() < 0.8
    if filed:
        draw.random()  # what was drawn before stays as it is
    return {
        "项目阶段": stage,
        "备案(核准)文号": f"示例备〔{start}〕{number:04d}号" if filed else "",
        "开工年月": f"{start}-{month:02d}",
        "计划竣工": f"{start + years}-{month:02d}",
    }


def money(draw: Draw, kind: str, total: int, fixed: int, stage: object) -> Row:
    """The project's own figures, 万元; sources of finance sum to the total investment."""
    progress = {"签约": 0.0, "备案": 0.0, "已开工": draw.between(0.02, 0.28), "在建": draw.between(0.3, 0.6)}[stage]
    own = int(total * draw.between(0.25, 0.5))
    public = int(fixed * 0.01) if draw.random() < 0.12 else 0
    planned = int((total - own - public) * draw.between(0.1, 0.6))
    output = int(fixed * draw.between(0.8, 2.2))
    return {
        "总投资": total,
        "固定资产投资": fixed,
        "设备投资": int(fixed * draw.between(0.5, 0.7 if kind == RENOVATION else 0.6)),
        "已完成固定资产投资": int(fixed * progress),
        "自有资金": own,
        "银行贷款(已落实)": total - own - public - planned,
        "银行贷款(意向)": planned,
        "已获上级/其他财政资金": public,
        "贷款利率": f"{draw.between(3.6, 4.9):.2f}",
        "新增年产值": output,
        "就业": int(fixed / draw.between(60, 220)) + 5,
    }


def is_flagship(row: Row) -> bool:
    """双百: investment or yearly output of 100 亿 and more; 双新: a new industry with new technology, of 50 亿 and more."""
    total, output = (int(str(row[name])) for name in ("总投资", "新增年产值"))
    new = row["是否未来产业"] == "是" or row["是否战新"] == row["是否高技术制造业"] == "是"
    return max(total, output) >= 1_000_000 or (new and total >= 500_000)


def enterprise(draw: Draw, number: int, kind: str, city: City, total: int, fixed: int) -> Row:
    """One enterprise project."""
    chain = chain_of(draw, city)
    dates = schedule(draw, number, kind == RENOVATION)
    figures = money(draw, kind, total, fixed, dates["项目阶段"])
    category = (
        "企业技改"
        if kind == RENOVATION
        else "科技成果产业化"
        if kind == SMALL and draw.random() < 0.6
        else "重大工业项目"
    )
    what = "技术改造" if kind == RENOVATION else "产业化" if category == "科技成果产业化" else "生产基地"
    sizes = {FLAGSHIP: 0.95, MAJOR: 0.6, SMALL: 0.15, RENOVATION: 0.25}
    firm = "大型" if draw.random() < sizes[kind] else "中型" if draw.random() < 0.6 else "小型"
    group = f"示例集团{int(draw.between(1, 61)):02d}" if draw.random() < 0.45 else ""
    tag = {FLAGSHIP: "", MAJOR: draw.any(("", "", "三企入桂")), SMALL: "千企科创", RENOVATION: "千企技改"}[kind]
    heavy_rate = draw.between(0.08, 0.16) if chain.heavy else draw.between(0.005, 0.025)
    row: Row = {
        "项目编号": f"G{number:04d}",
        "项目名称": f"{city.name}{chain.name}{what}{number:03d}(示例)",
        "项目单位": f"示例企业{number:03d}",
        "所属集团": group,
        "设区市": city.name,
        **county_of(draw, city),
        "项目类别": category,
        "计划标签": tag,
        "企业规模": firm,
        **structure(draw, chain, kind),
        **dates,
        **figures,
        "综合能耗": int(fixed * heavy_rate),
        "研发投入": int(fixed * draw.between(0.0, 0.05 if chain.hightech else 0.02)),
        "资料齐全": "是" if dates["备案(核准)文号"] else "否",
        "信用/环保/安全合格": draw.yes(0.97),
    }
    if is_flagship(row):
        row["计划标签"] = ";".join(filter(None, ("双百双新", tag)))
    return row


def enterprises(draw: Draw) -> list[Row]:
    """The 686 enterprise projects, calibrated to the published sums."""
    placed = places(draw)
    totals = [size(draw, kind) for kind, _ in placed]
    home = [city.name == "桂林" for _, city in placed]
    inside = iter(calibrated([t for t, h in zip(totals, home, strict=True) if h], GUILIN_TOTAL))
    outside = iter(calibrated([t for t, h in zip(totals, home, strict=True) if not h], TOTAL - GUILIN_TOTAL))
    totals = [next(inside) if h else next(outside) for h in home]
    fixed = calibrated([int(total * draw.between(0.62, 0.78)) for total in totals], FIXED)
    return [enterprise(draw, at + 1, kind, city, totals[at], fixed[at]) for at, (kind, city) in enumerate(placed)]


def park(draw: Draw, number: int, city: City, revenue: bool) -> Row:
    """A park programme: with revenue it may ask for bonds, without it only for fiscal money."""
    u = draw.random()
    fixed = int(60_000 + 1_200_000 * u * u) if revenue else int(15_000 + 90_000 * u * u)
    bond = int(fixed * draw.between(0.30, 0.70)) // 100 * 100 if revenue else 0
    start = draw.one(((2021, 0.55), (2022, 0.28), (2023, 0.17)))
    cover = Decimal(int(draw.between(105, 245))) / 100
    cost = int(bond * draw.between(0.2, 0.5))
    row = {
        "项目编号": f"Y{number:03d}" if revenue else f"Z{number:03d}",
        "项目名称": f"{city.name}产业园{number:03d}{'标准厂房及配套' if revenue else '公共配套'}(示例)",
        "项目单位": f"示例园区公司{number:03d}",
        "所属园区": f"YQ{number:03d}" if revenue else "",
        "设区市": city.name,
        **county_of(draw, city),
        "项目类别": "园区基础设施",
        "企业规模": "大型",
        "目录类别": "鼓励",
        "项目阶段": draw.one((("备案", 0.3), ("已开工", 0.5), ("在建", 0.2))),
        "备案(核准)文号": f"示例{'园' if revenue else '配套'}备〔{start}〕{number}号",
        "开工年月": f"{start}-{int(draw.between(1, 13)):02d}",
        "计划竣工": f"{start + 2}-12",
        "总投资": fixed,
        "固定资产投资": fixed,
        "已完成固定资产投资": int(fixed * draw.between(0, 0.05)),
        "自有资金": fixed - bond,
        "信用/环保/安全合格": "是",
        "有收益": "是" if revenue else "否",
    }
    if revenue:
        income = (cover * bond * BOND_COST).to_integral_value(ROUND_HALF_UP) + cost
        row |= {"专项债需求": bond, "预期收入": income, "成本": cost, "覆盖倍数": cover, "期限": 20}
    return row


def guarantee(draw: Draw, number: int, city: City) -> Row:
    """New guarantees that a city's public guarantee company means to give in three years, as one programme."""
    amount = int(city.projects * draw.between(15_000, 26_000)) // 100 * 100
    return {
        "项目编号": f"D{number:02d}",
        "项目名称": f"{city.name}政府性融资担保计划(示例)",
        "项目单位": f"示例担保公司{number:02d}",
        "设区市": city.name,
        **county_of(draw, city),
        "项目类别": "融资担保",
        "企业规模": "小型",
        "目录类别": "鼓励",
        "项目阶段": "在建",
        "备案(核准)文号": f"示例担备〔2021〕{number}号",
        "开工年月": f"{draw.any((2021, 2022))}-01",
        # Of guaranteed credit about 30 % buys fixed assets (assumption); the rest is working capital.
        "总投资": amount * 3 // 10,
        "固定资产投资": amount * 3 // 10,
        "担保金额": amount,
        "信用/环保/安全合格": "是",
    }


def credit_line(number: int, city: City) -> Row:
    """Loans of one year to small firms of a city at a rate that the region subsidises; 2,623 亿 in all, as published."""
    loans = 26_230_000 * city.projects // sum(other.projects for other in CITIES)
    return {
        "项目编号": f"L{number:02d}",
        "项目名称": f"{city.name}桂惠贷贴息(示例)",
        "项目单位": f"示例银行{number:02d}",
        "设区市": city.name,
        "项目类别": "普惠贷款",
        "企业规模": "小型",
        "目录类别": "鼓励",
        "项目阶段": "在建",
        "备案(核准)文号": f"示例贷备〔2021〕{number}号",
        "开工年月": "2021-01",
        "计划竣工": "2021-12",
        # As with guarantees, about 30 % buys fixed assets (assumption).
        "总投资": loans * 3 // 10,
        "固定资产投资": loans * 3 // 10,
        "自有资金": 0,
        "银行贷款(已落实)": loans * 3 // 10,
        "贷款利率": "4.35",
        "信用/环保/安全合格": "是",
        "公平竞争审查": "通过",
        "贷款规模": loans,
    }


def guarantors(rows: list[Row]) -> None:
    """What an average client of each guarantee company borrows, its claims and its capital, from draws of their own."""
    draw = Draw(SEED + 1)
    for row in rows:
        row["单户担保金额"] = int(draw.between(280, 1_900)) // 10 * 10
        row["代偿率"] = f"{draw.between(0.6, 4.0):.1f}"
        row["担保机构净资产"] = int(int(str(row["担保金额"])) / draw.between(1.8, 9.0)) // 100 * 100


def regions() -> list[Row]:
    """The cities, with what each may still borrow, what it borrowed last year and its grade, from draws of their own."""
    draw, grades, rows = Draw(SEED + 40), Draw(SEED + 41), []
    for city in CITIES:
        room, last = (int(city.projects * draw.between(low, low * 1.5)) // 10 * 10 for low in (12_000, 3_600))
        grade = grades.one((("优", 0.3), ("良", 0.5), ("中", 0.2)))
        factor = {"优": "1.10", "良": "1.00", "中": "0.85"}[str(grade)]
        rows.append({**city.row(), "债务限额余额": room, "上年专项债": last, "绩效等级": grade, "绩效系数": factor})
    return rows


def promised(rows: list[Row]) -> list[Row]:
    """Grants of 2020 with two payments to come, for the first 40 major projects that are being built."""
    chosen = [row for row in rows if row["项目阶段"] == "在建" and 100_000 <= row["总投资"] < 500_000]
    table = []
    for row in chosen[:40]:
        row["锁定"] = ""
        award = min(10_000, row["固定资产投资"] * 6 // 100) // 10 * 10
        left = row["固定资产投资"] - row["已完成固定资产投资"]
        table.append(
            {
                "项目编号": row["项目编号"],
                "方案": "2020年已批",
                "支持方式": "construction_grant",
                "起始年": 2020,
                "名义带动投资": left,
                "核定带动投资": left,
                "净新增投资": left * 23 // 100,
                "结构升级": 0,
                "fiscal@2021": award * 3 // 10,
                "fiscal@2022": award * 3 // 10,
                "special_bond@2021": 0,
            }
        )
    return table


def promised_bonds(rows: list[Row]) -> Row:
    """Bonds of 2020 for the smallest park without revenue, with a payment to come: today nobody could promise that."""
    row = min(rows, key=lambda row: int(str(row["固定资产投资"])))
    left = int(str(row["固定资产投资"])) - int(str(row["已完成固定资产投资"]))
    return {
        "项目编号": row["项目编号"],
        "方案": "2020年已批",
        "支持方式": "park_infrastructure",
        "起始年": 2020,
        "名义带动投资": left,
        "核定带动投资": left,
        "净新增投资": left * 23 // 100,
        "结构升级": 0,
        "fiscal@2021": 0,
        "fiscal@2022": 0,
        "special_bond@2021": left // 5,
    }


def link(draw: Draw, rows: list[Row], parks: list[Row], taken: set[object]) -> None:
    """Put plants into parks of their city, make some wait for the park, and pair rival bids and locks."""
    free = [row for row in rows if row["项目编号"] not in taken and row["总投资"] >= 30_000]
    for row in free:
        near = [park for park in parks if park["设区市"] == row["设区市"]]
        if near and draw.random() < 0.55:
            chosen = draw.any(near)
            row["所属园区"] = chosen["所属园区"]
            ready = chosen["覆盖倍数"] >= Decimal("1.2") and chosen["开工年月"] <= row["开工年月"]
            if ready and draw.random() < 0.30:
                row["前置条件"] = chosen["项目编号"]
    for at in range(0, 24, 2):
        one, other = free[at * 9 + 3], free[at * 9 + 5]
        one["互斥项目"] = other["项目编号"]
    sound = [
        row
        for row in free
        if row["目录类别"] == "鼓励"
        and row["信用/环保/安全合格"] == "是"
        and row["备案(核准)文号"]
        and not row.get("前置条件")
        and not row.get("互斥项目")
        and row["总投资"] >= 100_000
    ]
    paired = {row["互斥项目"] for row in free if row.get("互斥项目")}
    for row in [row for row in sound if row["项目编号"] not in paired][:3]:
        row["锁定"] = "必选"
    free[-1]["锁定"] = "排除"


def write(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV with a BOM, the columns in order of their first appearance in the longest rows."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write the demo's four tables into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = Draw(SEED)
    rows = enterprises(draw)
    by_projects = [(city, city.projects) for city in CITIES]
    parks = [park(draw, at + 1, CITIES[at % 14] if at < 28 else draw.one(by_projects), True) for at in range(110)]
    bare = [park(draw, at + 1, draw.one(by_projects), False) for at in range(36)]
    guarantees = [guarantee(draw, at + 1, city) for at, city in enumerate(CITIES)]
    guarantors(guarantees)
    commitments = promised(rows)
    link(draw, rows, parks, {row["项目编号"] for row in commitments})
    extra(rows, parks, bare + guarantees)
    lines = [credit_line(at + 1, city) for at, city in enumerate(CITIES)]
    write(folder / "projects.csv", rows + parks + bare + guarantees + lines)
    write(folder / "commitments.csv", [*commitments, promised_bonds(bare)])
    write(folder / "regions.csv", regions())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "configs" / "data")
