"""One place, firm or id spelt in two ways: what a program takes for two and a person for one.

Two spellings are told where they differ by nothing that is meant (case, width, spaces, what cannot be seen, letters
that look alike), or where one is the other with what an office leaves out (南宁 and 南宁市, 甲厂 and 甲厂有限公司), or without accents.
Two names of equal standing (城北区 and 城北县) are two, but a county that became a city or a district within one region.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

PLACES: Final = ("region", "county", "zone", "park_id")
FIRMS: Final = ("entity_name", "group_id")
KINDS: Final = ("category",)
FEW_DIGITS: Final = 3
"""Shorter codes may differ by one letter and be meant: AI and A1."""

_LOOK: Final = str.maketrans("аеорсухіѕкмтвнјоαβεζηικμνορτυχ", "aeopcyxiskmtbhjoabezhikmnoptyx")
TRADITIONAL: Final = str.maketrans(
    "寧甯縣區廣東項類業龍華國臺灣陽陰豐興賓貴連遼蘇滬慶園鎮鄉馬車電機鋼鐵銅鋁錳礦紙漿術設資產團總廠發農醫藥環節數據訊網聯萬億嶺島濱濟溫無錫揚鹽紹義烏魯齊爾黃沖來賀橋門開關長樂遠運輸進會聖齡蘭鳳雲"
    "鄭劉陳張楊趙吳孫許鄧蔣餘鍾鄒飛動態礎標準實驗貿財專債補貼擔應營養種維備製處監測質檢勞務鋰氫儲風熱濕純給綠織紡線裝鑄鍛鏈鋅鉛鎳鎂鈦寶銀錢鄰灘潯覽與萊羅賽達邊遷過還這選邁編號稱別證單額庫貸費戶稅"
    "淨幣級階條償蓋點圖檔時間廢評審規劃計預讓權經緯話戰際執屬損價創後復從則約論記錄認証崗職員換報減師協調結統終較載轉輕難須領題顆臨舉爭於虧眾優決況辦勢壓變葉響圍塊墾牆聲壯獎學寬對導將層歲幫歸當徹"
    "憶懷惡擴掃護擬擇掛顯欄棟樣樓歐氣匯濃災煉愛現盤碼確離積穩紀組細綜繳罰脫藝慮見觀觸訓議訪識詞試詳語誤說請諾謝負責敗賬購貧賠賴軌輔遺釋裡針鎖錯鍵問閉隊險隨順顧頻飲駐鮮",
    "宁宁县区广东项类业龙华国台湾阳阴丰兴宾贵连辽苏沪庆园镇乡马车电机钢铁铜铝锰矿纸浆术设资产团总厂发农医药环节数据讯网联万亿岭岛滨济温无锡扬盐绍义乌鲁齐尔黄冲来贺桥门开关长乐远运输进会圣龄兰凤云"
    "郑刘陈张杨赵吴孙许邓蒋余钟邹飞动态础标准实验贸财专债补贴担应营养种维备制处监测质检劳务锂氢储风热湿纯给绿织纺线装铸锻链锌铅镍镁钛宝银钱邻滩浔览与莱罗赛达边迁过还这选迈编号称别证单额库贷费户税"
    "净币级阶条偿盖点图档时间废评审规划计预让权经纬话战际执属损价创后复从则约论记录认证岗职员换报减师协调结统终较载转轻难须领题颗临举争于亏众优决况办势压变叶响围块垦墙声壮奖学宽对导将层岁帮归当彻"
    "忆怀恶扩扫护拟择挂显栏栋样楼欧气汇浓灾炼爱现盘码确离积稳纪组细综缴罚脱艺虑见观触训议访识词试详语误说请诺谢负责败账购贫赔赖轨辅遗释里针锁错键问闭队险随顺顾频饮驻鲜",
)
_UNSEEN: Final = re.compile(r"[^\S\n]|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_DASHES: Final = re.compile("[‐‑‒–—―−﹣ー]")
_BARRED: Final = str.maketrans("đøł", "dol")
_UMLAUTS: Final = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"}
_POINTS: Final = re.compile(r"[\W_]")
_DOTS: Final = re.compile("[·•・‧∙]")
_DIGITS: Final = str.maketrans("oil|", "0111")
_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
_JOINED: Final = re.compile(r"(?<=[^\W\d_])[-_./#·:]+(?=\d)|(?<=\d)[-_./#·:]+(?=[^\W\d_])")
"""What stands between the letters and the digits of an id and says nothing."""
_COUNTIES: Final = re.compile("(..+)([县市区旗])")
_PEOPLES: Final = (
    "壮 瑶 苗 侗 回 彝 藏 维吾尔 蒙古 满 朝鲜 土家 布依 白 傣 哈尼 傈僳 景颇 仫佬 毛南 仡佬 水 京 黎 各 土 撒拉 哈萨克 柯尔克孜 羌 畲 "
    "纳西 普米 怒 独龙 佤 拉祜 布朗 裕固 东乡 保安 塔吉克 锡伯 鄂伦春 鄂温克 达斡尔"
)
_SELF_GOVERNED: Final = re.compile(rf"(.+?)(?:(?:{'|'.join(_PEOPLES.split())})族?)*自治([区州县旗])")
_PROVINCES: Final = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 "
    "青海 台湾 内蒙古 广西 西藏 宁夏 新疆"
)
_IN_PROVINCE: Final = re.compile(
    rf"(?:中国)?(?:{'|'.join(_PROVINCES.split())})(?:省|市|(?:壮族|回族|维吾尔)?自治区)?(..+)"
)
_STARTS: Final = ("中国", *_PROVINCES.split())
_PLACES: Final = tuple(
    "municipality prefecture district province county city 地区 林区 特区 新区 市 县 区 省 州 盟 旗 镇 乡".split()
)
_COMPANIES: Final = tuple(
    "corporation company limited coltd group gmbh corp ltd inc llc plc 有限责任公司 有限公司 总公司 公司".split()
)
_LESS: Final = ("股份", "集团", "总厂", "厂")
_CLASSES: Final = ("类项目", "项目", "类")


def plain(texts: Sequence[str]) -> list[str]:
    """Texts by what they mean: without case, width, spaces, what cannot be seen, and with Latin for look-alike letters."""
    if not texts:
        return []
    whole = unicodedata.normalize("NFKC", "\n".join(text.replace("\n", " ") for text in texts))
    return (
        _DOTS.sub("·", _DASHES.sub("-", _UNSEEN.sub("", whole)))
        .casefold()
        .translate(_LOOK)
        .translate(TRADITIONAL)
        .split("\n")
    )


def alike(values: Sequence[str], *, ids: bool = False) -> Iterator[tuple[str, ...]]:
    """Values that differ by nothing that is meant; of ``ids`` also those that differ by leading zeros, or by a dash."""
    if not values:
        return
    forms = plain(values)
    codes = [form.translate(_DIGITS) for form in forms]
    if ids:
        codes = _ZEROS.sub("", "\n".join(codes)).split("\n")
    found = _alike(values, forms, codes, ids=ids)
    joined = _JOINED.sub("", _ZEROS.sub("", "\n".join(forms))) if ids else ""
    if _JOINED.search("\n".join(forms)) and ids:
        codes = _ZEROS.sub("", joined).split("\n")
        found += [same for same in _alike(values, forms, codes, ids=ids) if not any({*same} <= {*one} for one in found)]
    yield from found


def _alike(values: Sequence[str], forms: list[str], codes: list[str], *, ids: bool) -> list[tuple[str, ...]]:
    """Values of one code; those that are short, or have no digits, also of one form unless they are ``ids``."""
    found: list[tuple[str, ...]] = []
    if len(set(codes)) == len(codes):
        return found
    for same in _gathered(codes, range(len(values))).values():
        short = any(len(forms[at]) < FEW_DIGITS or not any(map(str.isdigit, forms[at])) for at in same)
        parts = _gathered([forms[at] for at in same], same).values() if short and not ids else [same]
        found += [tuple(values[at] for at in part) for part in parts if len(part) > 1]
    return found


def promoted(values: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Places of one name that are a county here and a city or a district there: 靖西县, 靖西市."""
    matches = [_COUNTIES.fullmatch(_SELF_GOVERNED.sub(r"\1\2", form)) for form in plain(values)]
    named = [(match[1], match[2], value) for match, value in zip(matches, values, strict=True) if match]
    for same in _gathered([name for name, _, _ in named], range(len(named))).values():
        if len({named[at][1] for at in same}) > 1:
            yield tuple(named[at][2] for at in same)


def _gathered(keys: Iterable[str], rows: Iterable[int]) -> dict[str, list[int]]:
    """The rows of each key."""
    found: dict[str, list[int]] = defaultdict(list)
    for key, row in zip(keys, rows, strict=True):
        found[key].append(row)
    return found


def shortened(values: Sequence[str], column: str) -> Iterator[tuple[str, ...]]:
    """Values of which one is another less what an office leaves out."""
    full: dict[tuple[str, bool], list[str]] = defaultdict(list)
    longer: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for form, value in dict(zip(plain(values)[::-1], values[::-1], strict=True)).items():
        whole, company, shorter = _forms(form, column)
        full[whole, company].append(value)
        for short in shorter:
            longer[short, company].append(value)
    for (whole, company), same in full.items():
        more = longer[whole, True] + ([] if company else longer[whole, False] + full.get((whole, True), []))
        if len(found := list(dict.fromkeys([*same, *more]))) > 1:
            yield tuple(found)


def _forms(form: str, column: str) -> tuple[str, bool, set[str]]:
    """What stands for a value as a whole, whether it called itself a company, and what it may be shortened to."""
    whole, company, shorter = form, False, set[str]()
    if column not in FIRMS and column not in KINDS:
        if "自治" in whole and (match := _SELF_GOVERNED.fullmatch(whole)):
            whole = match[1] + match[2]
        shorter |= _cut(_in_province(whole), _PLACES)
    if column not in PLACES and column not in KINDS:
        bare = whole.replace("(集团)", "集团").replace(".", "").replace(",", "")
        whole = next(iter(_cut({bare}, _COMPANIES) - {bare}), bare)
        company = whole != bare
        shorter |= _cut(_cut(_in_province(whole) | shorter, _LESS), _LESS)
    if column in KINDS:
        shorter |= _cut({whole}, _CLASSES)
    shorter |= _bare(whole)
    return whole, company, shorter - {whole}


def _bare(form: str) -> set[str]:
    """A name without its accents, as typed on another keyboard, and without points and dashes where it has no digits."""
    letters = unicodedata.normalize("NFD", form.translate(_BARRED))
    accents = "".join(letter for letter in letters if not unicodedata.combining(letter))
    names = {form, unicodedata.normalize("NFC", accents), form.translate(_UMLAUTS)}
    return names | {_POINTS.sub("", name) for name in names if not any(map(str.isdigit, name))} - {""}


def _in_province(form: str) -> set[str]:
    """A name, and what is left of it without its province."""
    match = _IN_PROVINCE.fullmatch(form) if form.startswith(_STARTS) else None
    return {form, match[1]} if match else {form}


def _cut(forms: set[str], ends: tuple[str, ...]) -> set[str]:
    """Names, and what is left of them without the first of ``ends`` that they have."""
    cut = {next((form.removesuffix(end) for end in ends if form.endswith(end)), "") for form in forms}
    return (forms | cut) - {""}


def visible(text: str) -> str:
    """A text in which what cannot be seen, or looks like another letter, is spelt out."""
    shown = []
    for letter in text:
        unseen = letter != " " and _UNSEEN.fullmatch(letter)
        odd = unseen or letter.casefold().translate(_LOOK) != letter.casefold()
        shown.append(f"{'' if unseen else letter}<U+{ord(letter):04X}>" if odd else letter)
    return "".join(shown)
