"""Cities, counties and industrial chains of the demo: names are real, attributes are assumptions."""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    """A prefecture-level city; zone, tier and debt tier are assumptions of the demo."""

    name: str
    projects: int
    """Enterprise projects in the pool; 81 in 桂林 as published, the rest assumed."""
    zone: str
    tier: str
    debt_tier: str
    gdp: int
    """亿元, rough."""
    chains: tuple[str, ...]
    counties: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """The city's row of the region table."""
        return {
            "设区市": self.name,
            "片区": self.zone,
            "层级": self.tier,
            "债务等级": self.debt_tier,
            "生产总值": self.gdp,
            "常住人口": POPULATION[self.name],
        }


POPULATION = {
    "南宁": 874, "柳州": 416, "桂林": 493, "梧州": 282, "北海": 185, "防城港": 105, "钦州": 330,
    "贵港": 432, "玉林": 580, "百色": 357, "贺州": 201, "河池": 342, "来宾": 207, "崇左": 209,
}  # fmt: skip
"""万人, rough, as counted in 2020."""


class Chain(NamedTuple):
    """An industrial chain and how its projects tend to be classified."""

    name: str
    code: str
    sei: float
    """Share of projects in strategic emerging industries."""
    hightech: bool
    heavy: bool


CHAINS = (
    Chain("新能源汽车", "C3612", 0.90, False, False),
    Chain("汽车零部件", "C3670", 0.35, False, False),
    Chain("电子信息", "C3971", 0.85, True, False),
    Chain("高端装备", "C3429", 0.65, False, False),
    Chain("工程机械", "C3511", 0.35, False, False),
    Chain("生物医药", "C2710", 0.85, True, False),
    Chain("动力电池", "C3841", 0.95, False, False),
    Chain("先进新材料", "C3985", 0.90, True, False),
    Chain("铝精深加工", "C3252", 0.35, False, True),
    Chain("铜精深加工", "C3251", 0.35, False, True),
    Chain("钢铁", "C3130", 0.10, False, True),
    Chain("石化化工", "C2614", 0.30, False, True),
    Chain("建材", "C3039", 0.12, False, True),
    Chain("糖业", "C1340", 0.05, False, False),
    Chain("绿色食品", "C1399", 0.15, False, False),
    Chain("林木家居", "C2110", 0.10, False, False),
    Chain("轻工纺织", "C1711", 0.12, False, False),
)

WEAK = frozenset(
    "马山县 融水苗族自治县 三江侗族自治县 德保县 那坡县 凌云县 乐业县 田林县 隆林各族自治县 靖西市 昭平县 凤山县 东兰县 "
    "罗城仫佬族自治县 环江毛南族自治县 巴马瑶族自治县 都安瑶族自治县 大化瑶族自治县 忻城县 天等县".split()
)
STRONG = frozenset("鱼峰区 柳南区 武鸣区 横州市 临桂区 铁山港区 港口区 钦南区 港北区 玉州区 平果市 田东县".split())
"""Counties that the demo takes for strong industrial ones (工业强县), an assumption."""
BORDER = frozenset("东兴市 防城区 宁明县 凭祥市 龙州县 大新县 靖西市 那坡县".split())


def _city(name: str, projects: int, zone: str, tier: str, debt: str, gdp: int, chains: str, counties: str) -> City:
    return City(name, projects, zone, tier, debt, gdp, tuple(chains.split()), tuple(counties.split()))


CITIES = (
    _city(
        "南宁",
        95,
        "北部湾",
        "一梯队",
        "黄",
        5218,
        "电子信息 高端装备 动力电池 绿色食品 生物医药",
        "兴宁区 青秀区 江南区 西乡塘区 良庆区 邕宁区 武鸣区 隆安县 马山县 上林县 宾阳县 横州市",
    ),
    _city(
        "柳州",
        90,
        "柳桂来",
        "一梯队",
        "红",
        3109,
        "新能源汽车 汽车零部件 工程机械 钢铁 林木家居",
        "城中区 鱼峰区 柳南区 柳北区 柳江区 柳城县 鹿寨县 融安县 融水苗族自治县 三江侗族自治县",
    ),
    _city(
        "桂林",
        81,
        "柳桂来",
        "二梯队",
        "橙",
        2436,
        "电子信息 汽车零部件 生物医药 绿色食品",
        "秀峰区 叠彩区 象山区 七星区 雁山区 临桂区 阳朔县 灵川县 全州县 兴安县 永福县 灌阳县 龙胜各族自治县 资源县 平乐县 "
        "荔浦市 恭城瑶族自治县",
    ),
    _city(
        "梧州",
        45,
        "西江东",
        "二梯队",
        "黄",
        1490,
        "生物医药 轻工纺织 铜精深加工",
        "万秀区 长洲区 龙圩区 苍梧县 藤县 蒙山县 岑溪市",
    ),
    _city("北海", 48, "北部湾", "一梯队", "橙", 1750, "石化化工 电子信息 先进新材料", "海城区 银海区 铁山港区 合浦县"),
    _city("防城港", 40, "北部湾", "一梯队", "橙", 1010, "钢铁 铜精深加工 绿色食品", "港口区 防城区 上思县 东兴市"),
    _city("钦州", 48, "北部湾", "一梯队", "红", 1960, "石化化工 先进新材料 动力电池", "钦南区 钦北区 灵山县 浦北县"),
    _city("贵港", 50, "西江东", "二梯队", "黄", 1590, "新能源汽车 林木家居 建材", "港北区 港南区 覃塘区 平南县 桂平市"),
    _city(
        "玉林",
        55,
        "西江东",
        "二梯队",
        "绿",
        2200,
        "动力电池 高端装备 生物医药",
        "玉州区 福绵区 容县 陆川县 博白县 兴业县 北流市",
    ),
    _city(
        "百色",
        40,
        "沿边西",
        "三梯队",
        "黄",
        1830,
        "铝精深加工 先进新材料 绿色食品",
        "右江区 田阳区 田东县 平果市 德保县 那坡县 凌云县 乐业县 田林县 西林县 隆林各族自治县 靖西市",
    ),
    _city(
        "贺州",
        26,
        "西江东",
        "三梯队",
        "绿",
        1000,
        "建材 先进新材料 绿色食品",
        "八步区 平桂区 昭平县 钟山县 富川瑶族自治县",
    ),
    _city(
        "河池",
        22,
        "沿边西",
        "三梯队",
        "绿",
        1200,
        "先进新材料 轻工纺织 糖业",
        "金城江区 宜州区 南丹县 天峨县 凤山县 东兰县 罗城仫佬族自治县 环江毛南族自治县 巴马瑶族自治县 都安瑶族自治县 "
        "大化瑶族自治县",
    ),
    _city(
        "来宾",
        24,
        "柳桂来",
        "三梯队",
        "黄",
        940,
        "糖业 铝精深加工 林木家居",
        "兴宾区 忻城县 象州县 武宣县 金秀瑶族自治县 合山市",
    ),
    _city(
        "崇左",
        22,
        "沿边西",
        "三梯队",
        "黄",
        1130,
        "糖业 铜精深加工 绿色食品",
        "江州区 扶绥县 宁明县 龙州县 大新县 天等县 凭祥市",
    ),
)
