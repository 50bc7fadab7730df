"""Further columns of the demo's projects, from draws of their own, so that what was drawn before stays as it is.

They carry what screening, chains, parks and the ratios of structure look at: legal entities, the fair-competition
review, nodes of chains and how each stands, land, value added and tax, and which bonds may serve as capital.
"""

from __future__ import annotations

from demo_draw import Draw, Row

SEED = 20210777
STATES = {"建链": "缺失", "补链": "薄弱", "强链": "优势"}
"""What a project does in its chain → how the node stands at which it does it."""
NODES = {
    "新能源汽车": (("车规级芯片", "驱动电机控制器"), "线控底盘", "整车制造"),
    "汽车零部件": (("自动变速器", "毫米波雷达"), "转向系统", "车身内饰"),
    "电子信息": (("半导体外延片", "高端封装基板"), "显示模组", "网络通信设备"),
    "高端装备": (("高档数控系统", "精密减速器"), "工业机器人本体", "轨道交通装备"),
    "工程机械": (("高压液压件", "电驱桥"), "智能控制器", "装载机整机"),
    "生物医药": (("细胞治疗制剂", "高端医用耗材"), "原料药绿色合成", "中药民族药"),
    "动力电池": (("隔膜涂覆", "电池回收拆解"), "电解液", "正极材料"),
    "先进新材料": (("高纯石英", "碳纤维复合材料"), "稀土功能材料", "碳酸钙新材料"),
    "铝精深加工": (("航空铝板", "电池铝箔"), "轻量化铝材", "铝合金型材"),
    "铜精深加工": (("高精度铜箔", "引线框架铜带"), "铜合金线材", "阴极铜"),
    "钢铁": (("汽车高强板", "电工钢"), "不锈钢深加工", "热轧板卷"),
    "石化化工": (("聚烯烃弹性体", "电子化学品"), "工程塑料", "烯烃芳烃"),
    "建材": (("电子玻璃", "装配式构件"), "高端陶瓷", "绿色水泥"),
    "糖业": (("功能糖", "蔗渣生物基材料"), "糖蜜酵母", "精制糖"),
    "绿色食品": (("植物蛋白", "中央厨房"), "冷链加工", "特色米粉"),
    "林木家居": (("木塑复合材料", "智能家居"), "定制家具", "人造板"),
    "轻工纺织": (("功能性纤维", "服装智能制造"), "印染后整理", "茧丝绸"),
}
"""Chain → its gaps, a weak node and a strong one: names of trades are real, how they stand is invented."""


def extra(plants: list[Row], parks: list[Row], others: list[Row]) -> None:
    """Fill the further columns in place: enterprise projects, parks with revenue, and the rest of the pool."""
    draw = Draw(SEED)
    entities(draw, plants)
    for row in plants:
        reviewed(draw, row)
        node(draw, row)
        yields(draw, row)
    for row in parks:
        bonds(draw, row)
    for row in parks + others:
        row["公平竞争审查"] = "通过"
    judged(plants, parks, others)
    land(draw, plants, parks)
    last = Draw(SEED + 1)
    for row in plants:
        row["战新系数"] = (
            ("1" if last.random() < 0.7 else f"{last.between(0.4, 0.9):.2f}") if row["是否战新"] == "是" else "0"
        )
    for row in parks:
        row["建设期"], row["运营期"] = last.any((1, 2, 2)), last.any((18, 20, 25))
    for row in draw_some(draw, plants, 5):
        row["备注"] = "承诺区内配套采购"
    pitfalls(plants, parks)


def judged(plants: list[Row], parks: list[Row], others: list[Row]) -> None:
    """Owners, scores of experts, documents of bonds and notices of replaced capacity, from draws of their own."""
    draw = Draw(SEED + 2)
    for row in plants:
        row["所有制"] = draw.one((("民营", 0.62), ("国有", 0.26), ("外资", 0.12)))
        row["评审得分"] = 80 if row.get("锁定") == "必选" else int(52 + 46 * max(draw.random(), draw.random()))
        if row["是否高耗能(六大)"] == "是" and draw.random() < 0.6:
            row["置换公告号"] = f"示例置换〔2021〕{row['项目编号']}号"
    for row in parks + others:
        row["所有制"] = "国有"
    for row in parks:
        row["一案两书"] = draw.yes(0.94)


def pitfalls(plants: list[Row], parks: list[Row]) -> None:
    """What warnings are about: works that are mostly done before anybody decides, and one developer of many parks."""
    for row in plants:
        whole, done = (int(str(row[name])) for name in ("固定资产投资", "已完成固定资产投资"))
        if done * 100 >= whole * 58 and row["计划标签"] in ("双百双新", "千企技改"):
            row["已完成固定资产投资"] = done + whole * 6 // 100
    for row in sorted(parks, key=lambda row: int(str(row["专项债需求"])))[-7:]:
        row["项目单位"] = "示例园区开发集团公司"


def draw_some(draw: Draw, rows: list[Row], count: int) -> list[Row]:
    """Some of the rows, no two alike."""
    left = list(rows)
    return [left.pop(int(draw.random() * len(left))) for _ in range(count)]


def entities(draw: Draw, plants: list[Row]) -> None:
    """Credit codes; one renovation in five is a second one of the legal entity before it in its city."""
    first: dict[object, Row] = {}
    for number, row in enumerate(plants, 1):
        row["统一社会信用代码"] = f"914500DEMO{number:08d}"
        before = first.get(row["设区市"])
        if row["项目类别"] != "企业技改":
            continue
        if before is not None and draw.random() < 0.2:
            row["项目单位"], row["统一社会信用代码"] = before["项目单位"], before["统一社会信用代码"]
            del first[row["设区市"]]
        else:
            first[row["设区市"]] = row


def reviewed(draw: Draw, row: Row) -> None:
    """Where the fair-competition review stands; decided projects have passed it."""
    state = draw.one((("通过", 0.93), ("待审", 0.04), ("未审", 0.03)))
    row["公平竞争审查"] = "通过" if row.get("锁定") == "必选" else state


def node(draw: Draw, row: Row) -> None:
    """The node of its chain that a project builds, mends or strengthens; not every one is at a node that is listed.

    The first gap of a chain is one that only large firms would close which are still being attracted.
    """
    (first, second), weak, strong = NODES[str(row["产业链"])]
    attracted = row["项目阶段"] == "签约" and row["企业规模"] == "大型"
    chosen = {"建链": first if attracted else second, "补链": weak, "强链": strong}.get(str(row["链条作用"]))
    if chosen is not None and draw.random() < (1.0 if chosen == first else 0.4 if chosen == second else 0.7):
        row["产业链节点"], row["节点状态"] = chosen, STATES[str(row["链条作用"])]


def yields(draw: Draw, row: Row) -> None:
    """Yearly value added and tax at full operation, 万元; processing of raw materials adds little value."""
    output, heavy = int(str(row["新增年产值"])), row["是否高耗能(六大)"] == "是"
    row["增加值"] = int(output * draw.between(0.14, 0.22) if heavy else output * draw.between(0.22, 0.34))
    row["税收"] = int(output * draw.between(0.02, 0.05))


def bonds(draw: Draw, row: Row) -> None:
    """Bonds a park has had already, where it is being built, and what could be used as its capital."""
    need, had, capital = int(str(row["专项债需求"])), draw.between(0.05, 0.2), draw.between(0.25, 0.5)
    row["专项债(已发)"] = int(need * had) // 100 * 100 if row["项目阶段"] == "在建" else 0
    row["专项债作资本金"] = int(need * capital) // 100 * 100 if draw.random() < 0.4 else 0
    # What is financed already is no own money; what bonds as capital do not pay of the need is a market loan.
    row["自有资金"] = int(str(row["自有资金"])) - int(str(row["专项债(已发)"]))
    if row["专项债作资本金"]:
        row["银行贷款(意向)"] = need - int(str(row["专项债作资本金"]))


def land(draw: Draw, plants: list[Row], parks: list[Row]) -> None:
    """Land, 亩: what a plant uses, what it still needs, and what a park makes ready for its plants: plenty, or too little.

    A project that has begun has its land, and so has one that was decided on.
    """
    wanted: dict[object, int] = {}
    for row in plants:
        renovation = row["项目类别"] == "企业技改"
        used = 0 if renovation else int(int(str(row["固定资产投资"])) / draw.between(280, 420))
        waits = row["项目阶段"] in ("签约", "备案") and row.get("锁定") != "必选"
        row["用地"], row["待供用地"] = used, used if waits else 0
        wanted[row.get("所属园区")] = wanted.get(row.get("所属园区"), 0) + int(str(row["待供用地"]))
    for row in parks:
        share = draw.between(0.4, 0.9) if draw.random() < 0.2 else draw.between(1.0, 1.5)
        row["新增熟地"] = 50 + int(wanted.get(row["所属园区"], 0) * share) // 10 * 10
