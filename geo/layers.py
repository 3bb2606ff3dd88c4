"""What does each layer hold? Fields, types, units, labels and the headers people use.

This is the only place that says so: the reader renames by it, the checks test by
it, the ledgers and the map take their headers from it, the sample is drawn by it.

Canonical names are ASCII and at most 10 characters, because a shapefile's field
names are. After reading, a layer is a GeoDataFrame in the area's metric CRS with
a default RangeIndex, **every declared field present**, in these types:

    id, ref, text, choice   pandas "str" (missing: NaN); a choice holds a declared value
    number                  float64 (missing: NaN), in the field's unit
    integer                 Int64 (missing: NA)
    yesno                   boolean (missing, i.e. unknown: NA); never filled
    date                    datetime64[s] (missing: NaT)

Undeclared fields of the input are kept behind the declared ones, untouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "ref", "text", "choice", "number", "integer", "yesno", "date"]
Shape = Literal["point", "line", "polygon", "point_or_polygon"]


@dataclass(frozen=True)
class Choice:
    """One value of a choice field, with the other ways people write it."""

    value: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One field of a layer. `to` is the layer a `ref` points into."""

    name: str
    kind: Kind
    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    to: str = ""
    personal: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Layer:
    """One layer: how its files are called, what its rows are, what it lets us answer."""

    name: str
    zh: str
    en: str
    shape: Shape
    fields: tuple[Field, ...]
    file_names: tuple[str, ...]
    allows_zh: str
    allows_en: str

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)


def _id(*aliases: str) -> Field:
    return Field(
        "id", "id", "编号", "Id", ("编号", "编码", "代码", "统一编号", "code", "ID", "fid_", *aliases)
    )


def _name(zh: str = "名称", en: str = "Name", *aliases: str, personal: bool = False) -> Field:
    return Field("name", "text", zh, en, ("名称", "name", *aliases), personal=personal)


def _ref(name: str, to: str, zh: str, en: str, *aliases: str) -> Field:
    return Field(name, "ref", zh, en, aliases, to=to)


def _text(name: str, zh: str, en: str, *aliases: str, personal: bool = False) -> Field:
    return Field(name, "text", zh, en, aliases, personal=personal)


def _yes(name: str, zh: str, en: str, *aliases: str) -> Field:
    return Field(name, "yesno", zh, en, aliases)


def _num(
    name: str, unit: str, zh: str, en: str, *aliases: str, low: float | None = 0.0, high: float | None = None
) -> Field:
    return Field(name, "number", zh, en, aliases, unit=unit, low=low, high=high)


def _int(
    name: str, unit: str, zh: str, en: str, *aliases: str, low: float | None = 0.0, high: float | None = None
) -> Field:
    return Field(name, "integer", zh, en, aliases, unit=unit, low=low, high=high)


def _date(name: str, zh: str, en: str, *aliases: str) -> Field:
    return Field(name, "date", zh, en, aliases)


def _one_of(name: str, zh: str, en: str, choices: tuple[Choice, ...], *aliases: str) -> Field:
    return Field(name, "choice", zh, en, aliases, choices=choices)


_SURVEYED = Field(
    "surveyed",
    "date",
    "调查日期",
    "Surveyed on",
    ("调查日期", "采集日期", "更新日期", "日期", "date", "survey_date"),
)

_VILLAGE_HEADS = ("村名", "村名称", "行政村名称", "所属行政村", "所在行政村", "村(社区)", "村(居)", "村居")
"""What the column is called in which something says its village, beside what each layer's own calls it."""

ROAD_CLASSES = (
    Choice("expressway", "高速公路", "expressway", ("高速", "G高速", "motorway")),
    Choice("national", "国道", "national road", ("trunk",)),
    Choice("provincial", "省道", "provincial road", ("primary",)),
    Choice("county", "县道", "county road", ("secondary",)),
    Choice("township", "乡道", "township road", ("tertiary",)),
    Choice("village", "村道", "village road", ("通村路", "通村公路", "unclassified")),
    Choice("group", "组道", "group road", ("通组路", "通组公路", "residential", "service")),
    Choice("track", "机耕道", "track", ("机耕路", "生产路", "田间道", "track")),
    Choice("path", "人行小路", "footpath", ("连户路", "入户路", "便道", "小路", "footway", "path", "steps")),
)
SURFACES = (
    Choice("cement", "水泥", "concrete", ("混凝土", "水泥路", "水泥混凝土", "砼", "concrete")),
    Choice("asphalt", "沥青", "asphalt", ("柏油", "沥青混凝土", "油路", "paved")),
    Choice("stone", "块石", "stone sett", ("石板", "弹石", "sett", "paving_stones", "cobblestone")),
    Choice("gravel", "砂石", "gravel", ("碎石", "泥结碎石", "泥结石", "compacted", "fine_gravel")),
    Choice("earth", "泥土", "earth", ("土路", "素土", "毛路", "ground", "dirt", "unpaved", "grass")),
)
HOUSE_GRADES = (
    Choice("A", "A级", "grade A", ("A", "a级", "安全", "甲级")),
    Choice("B", "B级", "grade B", ("B", "b级", "基本安全", "乙级")),
    Choice("C", "C级", "grade C", ("C", "c级", "局部危房", "丙级")),
    Choice("D", "D级", "grade D", ("D", "d级", "整栋危房", "危房", "丁级")),
    Choice("none", "无房", "no house", ("无住房",)),
)
STRUCTURES = (
    Choice("concrete", "钢混", "reinforced concrete", ("框架", "钢筋混凝土")),
    Choice("brick", "砖混", "brick-concrete", ("砖混结构",)),
    Choice("brickwood", "砖木", "brick-wood", ("砖瓦",)),
    Choice("wood", "木", "wood", ("木结构", "木房")),
    Choice("stone", "石", "stone", ("石木", "石混", "石房")),
    Choice("earth", "土", "earth", ("土木", "土坯", "夯土", "土墙房")),
)
HOUSEHOLD_TYPES = (
    Choice("general", "一般农户", "not registered poor", ("非贫困户", "普通农户", "农户")),
    Choice("poor", "一般贫困户", "registered poor", ("贫困户", "建档立卡户", "建档立卡贫困户")),
    Choice("dibao", "低保贫困户", "poor, minimum allowance", ("低保户", "扶贫低保户")),
    Choice("wubao", "五保户", "five guarantees", ("特困供养户", "五保贫困户", "特困供养")),
    Choice("exited", "脱贫户", "left poverty", ("已脱贫户", "脱贫户(享受政策)", "脱贫户(不享受政策)")),
    Choice("unstable", "脱贫不稳定户", "left poverty, unstable"),
    Choice("edge", "边缘易致贫户", "at risk of poverty", ("边缘户",)),
    Choice("shock", "突发严重困难户", "sudden hardship"),
)
FACILITY_KINDS = (
    Choice("office", "村委会", "village office", ("村两委办公室", "村活动室", "党群服务中心", "townhall")),
    Choice("clinic", "卫生室", "village clinic", ("村卫生室", "诊所", "doctors", "clinic")),
    Choice("hospital", "卫生院", "hospital", ("乡镇卫生院", "医院", "hospital")),
    Choice("primary", "小学", "primary school", ("教学点", "完小", "school")),
    Choice("middle", "中学", "middle school", ("初中", "初级中学")),
    Choice("nursery", "幼儿园", "kindergarten", ("学前班", "kindergarten")),
    Choice("square", "文化广场", "culture square", ("广场", "文化活动广场")),
    Choice("market", "集市", "market", ("农贸市场", "乡场", "marketplace")),
    Choice("busstop", "客运站点", "bus stop", ("招呼站", "客运站", "bus_stop", "bus_station")),
    Choice("mast", "4G基站", "4G base station", ("基站", "通信基站", "铁塔")),
    Choice("other", "其他", "other"),
)
HAZARD_KINDS = (
    Choice("rockfall", "崩塌", "rockfall", ("02", "危岩", "危岩体")),
    Choice("landslide", "滑坡", "landslide", ("01",)),
    Choice("debrisflow", "泥石流", "debris flow", ("03",)),
    Choice("collapse", "地面塌陷", "ground collapse", ("04", "塌陷", "采空塌陷", "岩溶塌陷")),
    Choice("fissure", "地裂缝", "ground fissure", ("05", "裂缝")),
    Choice("subsidence", "地面沉降", "land subsidence", ("06", "沉降", "沉陷", "采煤沉陷区")),
    Choice("slope", "不稳定斜坡", "unstable slope", ("00", "斜坡")),
    Choice("flood", "洪涝", "flood", ("山洪", "洪水")),
)
LEVELS = (
    Choice("small", "小型", "small", ("小", "一般")),
    Choice("medium", "中型", "medium", ("中", "较大")),
    Choice("large", "大型", "large", ("大", "重大")),
    Choice("extra", "特大型", "extra large", ("特大", "巨型", "特别重大")),
)


def _words(text: str) -> tuple[str, ...]:
    """The words of a text: a long list of names in few lines."""
    return tuple(text.split())


WATER_SOURCES = (
    Choice("tap", "自来水", "tap", ("自来水入户", "集中供水", "水池供水")),
    Choice("shared", "公共取水点", "public tap", ("公用水池",)),
    Choice("well", "水井", "well", ("浅井", "井水")),
    Choice("spring", "山泉", "spring", ("泉水", "山泉水")),
    Choice("cistern", "水窖", "cistern", ("小水窖", "集雨")),
    Choice("carry", "挑水", "carried", ("拉水", "背水", "运水")),
)
LOCATION_QUALITY = (
    Choice("surveyed", "实测", "surveyed", ("RTK", "测量")),
    Choice("gps", "手机定位", "phone GPS", ("GPS",)),
    Choice("map", "图上量取", "from a map", ("图上",)),
    Choice("group", "仅到组", "group only", ("组级",)),
    Choice("village", "仅到村", "village only", ("村级",)),
)
PLACED_ELSEWHERE = ("group", "village")
"""Qualities of location that are not the door."""
LAND_COVERS = (
    Choice("paddy", "水田", "paddy", ("0101", "011")),
    Choice(
        "dryland",
        "旱地",
        "dry field",
        _words("""
        0103 013 水浇地 0102 012 田坎 1203 farmland meadow
    """),
    ),
    Choice(
        "orchard",
        "园地",
        "orchard",
        _words("""
        0201 0202 0203 0204 021 022 023 果园 茶园 橡胶园 其他园地 vineyard
    """),
    ),
    Choice(
        "forest",
        "林地",
        "forest",
        _words("""
        0301 0302 0307 031 033 乔木林地 竹林地 其他林地 有林地 wood
    """),
    ),
    Choice("shrub", "灌木", "shrub", ("0305", "032", "灌木林地", "scrub", "heath")),
    Choice(
        "grass",
        "草地",
        "grass",
        _words("""
        0401 0403 0404 041 042 043 天然牧草地 人工牧草地 其他草地 grassland
    """),
    ),
    Choice(
        "rock",
        "裸岩",
        "bare rock",
        _words("""
        1205 1206 1207 127 裸土 裸土地 裸岩石砾地 沙地 bare_rock scree 石漠化
    """),
    ),
    Choice(
        "built",
        "建设用地",
        "built-up",
        _words("""
        05H1 0508 0601 0701 0702 0703 08H1 08H2 0809 0810 09 1001 1002 1003 1004 1005 1006 1007 1109
        1201 1202 residential 农村宅基地 城镇住宅用地 商业服务业设施用地 物流仓储用地 工业用地
        机关团体新闻出版用地 科教文卫用地 公用设施用地 公园与绿地 特殊用地 铁路用地 公路用地
        城镇村道路用地 交通服务场站用地 农村道路 水工建筑用地 空闲地 设施农用地
    """),
    ),
    Choice(
        "water",
        "水域",
        "water",
        _words("""
        1101 1102 1103 1104 111 112 113 114 坑塘 坑塘水面 河流水面 湖泊水面 水库水面 养殖坑塘
    """),
    ),
    Choice("mine", "采矿用地", "mine", ("0602", "quarry")),
    Choice(
        "wetland",
        "湿地",
        "wetland",
        _words("""
        0304 0306 0402 1106 1108 内陆滩涂 沼泽地 森林沼泽 灌丛沼泽 沼泽草地
    """),
    ),
)
"""Codes of four digits are those of the third land survey (三调, GB/T 21010-2017; 0703: 农村宅基地 of the
2023 classification), of three those of the second. Codes 101 to 104 and 201 to 204 of the second are not
taken: a spreadsheet makes 0101 of the third into 101, and which is meant nobody can tell."""

_LAYERS = (
    Layer(
        "villages",
        "行政村",
        "Villages",
        "polygon",
        (
            _id("行政村代码", "村代码", "XZQDM"),
            _name("村名", "Village", "行政村", "村名", "村名称", "XZQMC"),
            _text("town", "乡镇", "Township", "乡镇", "所属乡镇", "乡(镇)"),
            _yes("poor", "贫困村", "Poor village", "是否贫困村", "贫困村"),
            _int("exit_year", "", "出列年度", "Year of exit", "出列年度", "出列时间", low=2010, high=2100),
            _yes(
                "paved",
                "通村硬化路",
                "Paved village road",
                "通村硬化路",
                "通村油路",
                "通村路硬化",
                "ISROADHARD",
            ),
            _yes("bus", "通客运", "Bus service", "通客运", "是否通客运", "ISBUSSTATE"),
            _yes("broadband", "通宽带", "Broadband", "通宽带", "ISWLAN"),
            _yes("phone", "通电话", "Telephone", "通电话", "ISTELE"),
            _yes(
                "power3",
                "通生产用电",
                "Three-phase power",
                "通生产用电",
                "三相动力电",
                "动力电",
                "ISPELECTRY",
            ),
            _yes(
                "grouproad", "通组路硬化", "Group roads hardened", "通组路硬化", "通组公路硬化", "ISZROADHARD"
            ),
            _yes("hhpath", "连户路硬化", "Household paths hardened", "连户路硬化", "ISHROADHARD"),
            _yes(
                "beauty",
                "美丽乡村点",
                "Beautiful-village point",
                "美丽乡村点",
                "美丽乡村",
                "ISBEAUTIFULVILLAGE",
            ),
            _yes("clinic", "村卫生室", "Village clinic", "村卫生室", "ISVILLAGEHEALTHROOM"),
            _yes("doctor", "执业医生", "Licensed doctor", "执业医生", "村医"),
            _yes(
                "culture",
                "文化场所",
                "Culture place",
                "文化场所",
                "村文化场所",
                "文化室",
                "ISENTERTAINMENTROOM",
            ),
            _yes("officer", "文化信息员", "Culture officer", "文化信息员"),
            _num(
                "econ_wan",
                "万元",
                "村集体经济收入",
                "Collective income",
                "集体经济",
                "村集体经济",
                "集体收入",
            ),
            _SURVEYED,
        ),
        ("villages", "village", "行政村", "村界", "村级行政区", "CJQY", "xzc", "XZQ"),
        "按村汇总与村级指标",
        "totals by village and the village indicators",
    ),
    Layer(
        "groups",
        "村民组",
        "Groups",
        "point",
        (
            _id("组代码", "村民组代码"),
            _name("组名", "Group", "村民组", "组名", "小组", "自然村", "自然寨"),
            _ref(
                "village",
                "villages",
                "所属村",
                "Village",
                "村代码",
                "所属村",
                "行政村",
                "所在村",
                *_VILLAGE_HEADS,
            ),
            _int("hh_n", "户", "户数", "Households", "户数", "总户数"),
            _yes(
                "road", "通组路硬化", "Group road hardened", "通组路", "是否通组路", "通硬化路", "通组路硬化"
            ),
            _SURVEYED,
        ),
        ("groups", "group", "村民组", "居民组", "自然村", "自然寨", "zu", "hamlets"),
        "按组汇总与通组路判定",
        "totals by group and the group-road need",
    ),
    Layer(
        "households",
        "农户",
        "Households",
        "point",
        (
            _id("户编号", "户编码", "户号"),
            _name("户主姓名", "Head of household", "户主", "户主姓名", "姓名", personal=True),
            _ref(
                "group",
                "groups",
                "村民组",
                "Group",
                "组代码",
                "村民组",
                "所属组",
                "村组",
                "自然村(组)",
                "组别",
                "村民小组",
                "组",
                "组名",
                "组名称",
                "小组",
                "居民组",
                "自然村",
                "自然寨",
            ),
            _ref(
                "village",
                "villages",
                "行政村",
                "Village",
                "村代码",
                "所属村",
                "行政村",
                "所在村",
                "村",
                *_VILLAGE_HEADS,
            ),
            _int(
                "people",
                "人",
                "人口",
                "People",
                "人口",
                "人数",
                "家庭人口",
                "户籍人口",
                "人口数",
                "家庭人口数",
                "家庭人数",
                "总人口",
                "总人数",
                high=60,
            ),
            _int("students", "人", "在校学生", "Students", "在校生", "在校学生", "学生人数", high=30),
            _text("ethnic", "民族", "Ethnicity", "民族", personal=True),
            _one_of(
                "type", "户类型", "Type", HOUSEHOLD_TYPES, "户类型", "贫困户属性", "贫困类型", "农户属性"
            ),
            _yes("poor", "建档立卡", "Registered poor", "是否贫困户", "建档立卡", "贫困户"),
            _text("cause", "致贫原因", "Cause of poverty", "致贫原因", "主要致贫原因", personal=True),
            _yes("path", "入户路硬化", "Path hardened", "入户路", "连户路", "入户路硬化", "连户路硬化"),
            _yes("water", "安全饮水", "Safe water", "安全饮水", "饮水安全", "安全用水"),
            _one_of("water_src", "饮水方式", "Water source", WATER_SOURCES, "饮水方式", "饮水来源", "水源"),
            _yes("power", "安全用电", "Safe power", "安全用电", "通生活用电", "通电", "用电"),
            _yes("yard", "院坝硬化", "Yard hardened", "院坝硬化", "院坝", "院坝是否硬化"),
            _num("yard_m2", "m²", "院坝面积", "Yard area", "院坝面积", high=2000),
            _one_of(
                "house",
                "房屋等级",
                "House grade",
                HOUSE_GRADES,
                "房屋等级",
                "危房等级",
                "住房等级",
                "房屋安全等级",
            ),
            _one_of("structure", "房屋结构", "Structure", STRUCTURES, "房屋结构", "结构", "住房结构"),
            _num("house_m2", "m²", "住房面积", "Floor area", "住房面积", "房屋面积", high=5000),
            _int("storeys", "层", "层数", "Storeys", "层数", "楼层", high=30),
            _int(
                "built",
                "年",
                "建房年份",
                "Year built",
                "建房时间",
                "建房年份",
                "建成年份",
                low=1600,
                high=2100,
            ),
            _num(
                "cut_m",
                "m",
                "切坡高度",
                "Height of the cut slope behind the house",
                "切坡高度",
                "切坡高",
                high=300,
            ),
            _num("cut_deg", "°", "切坡坡度", "Angle of the cut slope", "切坡坡度", "切坡角度", high=90),
            _num(
                "cut_gap_m",
                "m",
                "屋后距坡脚",
                "Rear wall to the toe of the cut",
                "屋后距坡脚",
                "后墙距坡脚",
                "距坡脚距离",
                high=500,
            ),
            _yes("telecom", "4G信号", "4G signal", "4G信号", "通信", "手机信号", "通4G"),
            _yes("broadband", "宽带入户", "Broadband", "宽带入户", "宽带"),
            _yes("medical", "合作医疗", "Medical insurance", "合作医保", "合作医疗", "参加合作医疗", "医保"),
            _yes("pension", "养老保险", "Pension", "养老保险", "社会养老保险"),
            _yes("skills", "技能培训", "Skills training", "技能培训", "就业技能培训"),
            _yes("edu_aid", "教育资助", "Education aid", "教育资助"),
            _yes("industry", "增收产业", "Income industry", "增收产业", "产业"),
            _num("income", "元/人·年", "人均纯收入", "Income per person", "人均纯收入", "人均收入", low=None),
            _one_of(
                "move_list",
                "搬迁名单",
                "Relocation list",
                (
                    Choice("none", "未列入", "not listed", ("无", "否")),
                    Choice("scattered", "零星搬迁", "scattered", ("零星",)),
                    Choice("whole", "整组搬迁", "whole group", ("整组", "整寨", "整寨搬迁")),
                ),
                "搬迁类型",
                "搬迁名单",
                "易地搬迁",
            ),
            _yes("move_wish", "搬迁意愿", "Wishes to move", "搬迁意愿", "愿意搬迁"),
            _text("wish_site", "意愿安置点", "Wished site", "意愿安置点", "意向安置点", "希望搬往"),
            _text("kin", "同迁组", "Moves together with", "同迁组", "亲缘组", "家族", "宗族", personal=True),
            _text("moved_to", "搬往", "Moved to", "搬往", "安置点", "搬迁去向"),
            _date("moved_on", "搬迁日期", "Moved on", "搬迁日期", "搬迁时间", "入住日期"),
            _date(
                "demolished", "拆旧日期", "Old house demolished on", "拆旧日期", "旧房拆除", "旧房拆除日期"
            ),
            _date("reclaimed", "复垦日期", "Old plot reclaimed on", "复垦日期", "复垦时间", "宅基地复垦"),
            _yes("has_job", "就业落实", "Work after the move", "就业落实", "稳定就业"),
            _yes("school_ok", "就学落实", "School place after the move", "就学落实", "转学落实"),
            _yes("titled", "权证办理", "Title to the new home", "权证办理", "不动产登记", "户籍登记"),
            _one_of("loc_qual", "定位质量", "Location quality", LOCATION_QUALITY, "定位质量", "定位方式"),
            _SURVEYED,
        ),
        ("households", "household", "农户", "住户", "户", "贫困户", "nonghu", "hh"),
        "一切分户结果",
        "every result by household",
    ),
    Layer(
        "roads",
        "道路",
        "Roads",
        "line",
        (
            _id("路线编号", "路线编码"),
            _name("路名", "Road", "路名", "道路名称", "路线名称"),
            _one_of(
                "class",
                "等级",
                "Class",
                ROAD_CLASSES,
                "道路等级",
                "等级",
                "类型",
                "道路类型",
                "行政等级",
                "highway",
                "fclass",
            ),
            _one_of("surface", "路面", "Surface", SURFACES, "路面", "路面类型", "路面材料", "surface"),
            _yes("hardened", "是否硬化", "Hardened", "是否硬化", "硬化"),
            _num("width", "m", "路面宽", "Pavement width", "路面宽", "路面宽度", "宽度", "路宽", high=60),
            _yes("bridge", "桥梁", "Bridge", "桥梁", "是否桥梁", "bridge"),
            _yes("tunnel", "隧道", "Tunnel", "隧道", "是否隧道", "tunnel"),
            _yes("usable", "可通行", "Passable", "可通行", "是否通畅"),
            _int("built", "年", "修建年份", "Year built", "修建年份", "建成年份", low=1900, high=2100),
            _SURVEYED,
        ),
        ("roads", "road", "道路", "公路", "路网", "农村公路", "highway", "daolu"),
        "通组路、连户路和步行时间",
        "the group road, the household path and walking times",
    ),
    Layer(
        "exits",
        "出口",
        "Exits",
        "point",
        (_id(), _name("通往", "Leads to", "通往", "出口")),
        ("exits", "exit", "出口", "出境口", "道路出口"),
        "路网通向乡外的位置(缺时由县级以上道路与乡界交点推定)",
        "where the road network leaves the area (else inferred where roads cross its edge)",
    ),
    Layer(
        "pools",
        "水池",
        "Water pools",
        "point",
        (
            _id(),
            _name("水池名", "Pool", "水池", "水池名称"),
            _num("volume", "m³", "容积", "Volume", "容积", "容量", "蓄水量", high=100000),
            _num("elev", "m", "池底高程", "Floor elevation", "高程", "海拔", "池底高程", low=-500, high=9000),
            _num("yield_m3d", "m³/d", "日供水量", "Daily supply", "日供水量", "供水量", "来水量"),
            _yes("working", "正常运行", "Working", "正常运行", "是否正常", "运行状况", "能否使用"),
            _ref("source", "springs", "水源", "Source", "水源", "水源编号"),
            _yes("pumped", "提灌", "Pumped", "提灌", "是否提灌", "抽水"),
            _yes("treated", "消毒净化", "Treated", "消毒", "净化消毒"),
            _int("built", "年", "建成年份", "Year built", "建成年份", low=1900, high=2100),
            _SURVEYED,
        ),
        ("pools", "pool", "水池", "蓄水池", "高位水池", "shuichi", "tanks"),
        "供水能力与饮水判定",
        "the water need",
    ),
    Layer(
        "springs",
        "水源点",
        "Springs and wells",
        "point",
        (
            _id(),
            _name("水源名", "Source", "水源", "泉名", "井名"),
            _one_of(
                "kind",
                "类型",
                "Kind",
                (
                    Choice("spring", "泉", "spring", ("泉水", "山泉", "龙潭")),
                    Choice("well", "井", "well", ("机井", "水井")),
                    Choice("river", "河流取水", "river intake", ("取水口", "提水站")),
                    Choice("reservoir", "水库", "reservoir"),
                ),
                "类型",
                "水源类型",
            ),
            _num(
                "yield_m3d",
                "m³/d",
                "枯季出水量",
                "Dry-season yield",
                "枯季出水量",
                "枯季流量",
                "出水量",
                "可供水量",
            ),
            _num("elev", "m", "高程", "Elevation", "高程", "海拔", low=-500, high=9000),
            _yes("failing", "衰减", "Failing", "衰减", "是否枯竭", "枯竭"),
            _SURVEYED,
        ),
        ("springs", "spring", "水源", "水源点", "泉点", "泉", "水井", "wells"),
        "水池枯季可供水量",
        "what a pool really receives in the dry season",
    ),
    Layer(
        "rivers",
        "河流",
        "Rivers",
        "line",
        (
            _id("河流代码"),
            _name("河名", "River", "河名", "河流名称"),
            _one_of(
                "class",
                "类型",
                "Class",
                (
                    Choice("river", "河", "river", ("河流", "干流")),
                    Choice("stream", "溪沟", "stream", ("小溪", "沟", "溪", "支流")),
                    Choice("canal", "渠道", "canal", ("沟渠", "渠", "ditch", "drain")),
                    Choice("tunnel", "暗河", "underground", ("伏流", "地下河")),
                ),
                "类型",
                "河流等级",
                "waterway",
            ),
            _num("flow_m3d", "m³/d", "枯季流量", "Dry-season flow", "枯季流量", "流量"),
            _num("width", "m", "水面宽", "Width", "河宽", "水面宽", "宽度"),
            _yes("ford", "可涉水", "Fordable", "可涉水", "可通过"),
        ),
        ("rivers", "river", "河流", "水系", "河道", "waterway", "waterways", "shuixi"),
        "河流对步行的阻隔与提灌水源",
        "rivers as barriers and as sources for pumping",
    ),
    Layer(
        "lakes",
        "水面",
        "Lakes",
        "polygon",
        (_id(), _name("水面名", "Lake", "水库", "湖泊名称")),
        ("lakes", "lake", "水面", "水库", "湖泊", "坑塘", "water"),
        "水面对步行的阻隔",
        "still water as a barrier",
    ),
    Layer(
        "pipes",
        "输水管道",
        "Pipes",
        "line",
        (
            _id(),
            _name("管道名", "Pipe", "管线名称"),
            _ref("pool", "pools", "所属水池", "Pool", "水池", "水池编号"),
            _num("diameter", "mm", "管径", "Diameter", "管径", "口径", "外径", high=2000),
            _text("material", "管材", "Material", "管材", "材质"),
            _yes("working", "正常", "Working", "正常", "是否正常"),
            _int("built", "年", "建成年份", "Year built", "建成年份", low=1900, high=2100),
        ),
        ("pipes", "pipe", "管道", "供水管", "输水管", "水管", "guandao"),
        "已接通水池的农户",
        "which households a pool is already connected to",
    ),
    Layer(
        "transformers",
        "变压器",
        "Transformers",
        "point",
        (
            _id(),
            _name("台区", "Transformer", "台区名称", "变压器", "台区"),
            _num("kva", "kVA", "容量", "Capacity", "容量", "额定容量", "变压器容量", high=100000),
            _yes("working", "正常", "Working", "正常", "是否正常"),
            _int("built", "年", "投运年份", "Year built", "投运年份", low=1900, high=2100),
            _SURVEYED,
        ),
        ("transformers", "transformer", "变压器", "台区", "配变", "bianyaqi"),
        "供电容量与用电判定",
        "the power need",
    ),
    Layer(
        "lines",
        "电力线",
        "Power lines",
        "line",
        (
            _id(),
            _name("线路名", "Line", "线路名称", "线路"),
            _num("kv", "kV", "电压等级", "Voltage", "电压", "电压等级", "voltage", high=1200),
            _ref("supply", "transformers", "所属台区", "Transformer", "台区编号", "所属台区", "变压器编号"),
            _num("area_mm2", "mm²", "导线截面", "Conductor", "截面", "导线截面", high=2000),
            _yes("buried", "电缆", "Buried", "电缆", "是否电缆"),
        ),
        ("lines", "line", "powerlines", "power_lines", "电力线", "线路", "输电线", "电线", "dianli"),
        "沿线供电半径与电力走廊",
        "supply distance along the line and line corridors",
    ),
    Layer(
        "facilities",
        "公共设施",
        "Facilities",
        "point",
        (
            _id(),
            _name("设施名", "Facility", "设施名称", "机构名称"),
            _one_of("kind", "类型", "Kind", FACILITY_KINDS, "类型", "设施类型", "类别", "amenity"),
            _ref("village", "villages", "所属村", "Village", "所属村", "村代码", *_VILLAGE_HEADS),
            _int("doctors", "人", "执业医生", "Doctors", "医生", "执业医生", "医生人数"),
            _num("area_m2", "m²", "建筑面积", "Floor area", "面积", "建筑面积"),
            _yes("working", "正常使用", "Working", "正常使用", "是否使用"),
            _SURVEYED,
        ),
        ("facilities", "facility", "设施", "公共设施", "公共服务设施", "poi", "sheshi"),
        "就医、上学、通信与村级设施",
        "clinic, school, telecom and the village facilities",
    ),
    Layer(
        "hazards",
        "地灾隐患",
        "Hazard zones",
        "point_or_polygon",
        (
            _id("隐患点编号"),
            _name("隐患点", "Hazard", "隐患点名称", "灾害点名称"),
            _one_of("kind", "灾种", "Kind", HAZARD_KINDS, "灾种", "灾害类型", "类型", "隐患类型"),
            _one_of("level", "规模等级", "Size", LEVELS, "规模等级", "规模", "险情等级", "灾情等级"),
            _int("threat_hh", "户", "威胁户数", "Households threatened", "威胁户数"),
            _int("threat_p", "人", "威胁人口", "People threatened", "威胁人口", "威胁人数"),
            _num("height_m", "m", "坡高", "Slope height", "坡高", "相对高差"),
            _text("state", "稳定状态", "State", "稳定状态", "稳定性"),
            _text("liable", "责任单位", "Liable party", "责任单位", "责任主体"),
            _text("source", "资料来源", "Source", "来源", "资料来源"),
            _SURVEYED,
        ),
        ("hazards", "hazard", "地灾", "地质灾害", "隐患点", "地灾隐患", "隐患区", "dizai"),
        "受威胁农户与安置点排除",
        "who is exposed, and which sites are excluded",
    ),
    Layer(
        "workings",
        "采空区",
        "Coal workings",
        "polygon",
        (
            _id(),
            _name("工作面", "Working", "工作面", "采空区名称"),
            _text("mine", "煤矿", "Mine", "煤矿", "矿山名称"),
            _num("depth", "m", "采深", "Depth", "采深", "埋深", "深度", high=2000),
            _num("thickness", "m", "采厚", "Thickness", "采厚", "煤厚", "厚度", high=50),
            _num("dip", "°", "倾角", "Dip", "倾角", "煤层倾角", high=90),
            _num("dip_dir", "°", "倾向", "Dip direction (azimuth)", "倾向", "倾斜方向", "煤层倾向", high=360),
            _int(
                "year",
                "年",
                "采止年份",
                "Year mined out",
                "采止年份",
                "停采时间",
                "年份",
                low=1900,
                high=2100,
            ),
            _num("q", "", "下沉系数", "Subsidence factor q", "下沉系数", high=1.2),
            _num("b", "", "水平移动系数", "Displacement factor b", "水平移动系数", high=1.0),
            _num("tanb", "", "主要影响角正切", "tan β", "主要影响角正切", high=6.0),
            _yes("planned", "规划开采", "Planned", "规划开采", "拟开采"),
        ),
        ("workings", "working", "采空区", "工作面", "采掘", "mine_workings", "caikongqu"),
        "采煤影响范围",
        "ground affected by mining",
    ),
    Layer(
        "farmland",
        "永久基本农田",
        "Basic farmland",
        "polygon",
        (_id("图斑编号"), _text("kind", "地类", "Class", "地类", "地类名称", "DLMC")),
        ("farmland", "基本农田", "永久基本农田", "YJJBNTTB", "jbnt"),
        "安置点避让基本农田",
        "keeping sites off basic farmland",
    ),
    Layer(
        "redline",
        "生态保护红线",
        "Ecological red line",
        "polygon",
        (_id(), _name("红线名", "Zone"), _yes("core", "核心区", "Core", "核心区", "是否核心区")),
        ("redline", "生态红线", "生态保护红线", "STBHHX"),
        "安置点避让生态红线",
        "keeping sites out of the ecological red line",
    ),
    Layer(
        "protect",
        "水源保护区",
        "Water protection zones",
        "polygon",
        (
            _id(),
            _name("保护区", "Zone", "保护区名称"),
            _one_of(
                "grade",
                "级别",
                "Class",
                (
                    Choice("1", "一级", "class 1", ("一级保护区", "Ⅰ")),
                    Choice("2", "二级", "class 2", ("二级保护区", "Ⅱ")),
                    Choice("3", "准保护区", "outer zone", ("准",)),
                ),
                "级别",
                "保护级别",
            ),
        ),
        ("protect", "水源保护区", "饮用水源保护区", "water_protection"),
        "安置点避让水源保护区",
        "keeping sites out of water protection zones",
    ),
    Layer(
        "sites",
        "候选安置点",
        "Candidate sites",
        "polygon",
        (
            _id(),
            _name("安置点", "Site", "安置点名称"),
            _ref("village", "villages", "所在村", "Village", "所在村", "所属村", *_VILLAGE_HEADS),
            _int("capacity", "户", "拟安置户数", "Households planned", "拟安置户数", "安置户数"),
            _one_of(
                "kind",
                "安置方式",
                "Kind",
                (
                    Choice("town", "集镇安置", "town flats", ("城镇安置", "集中安置")),
                    Choice("township", "乡集镇低层", "township low-rise"),
                    Choice("village", "村内安置", "village plots", ("农村安置", "分散安置")),
                ),
                "安置方式",
                "方式",
            ),
        ),
        ("sites", "site", "安置点", "候选点", "搬迁安置点", "anzhidian"),
        "逐个评价候选安置点",
        "judging the listed candidate sites",
    ),
    Layer(
        "parks",
        "产业园区",
        "Industry parks",
        "polygon",
        (
            _id(),
            _name("园区", "Park", "园区名称"),
            _int("jobs", "人", "用工岗位", "Jobs", "岗位", "用工岗位"),
        ),
        ("parks", "park", "园区", "产业园", "产业园区"),
        "安置后就业距离",
        "work near a site",
    ),
    Layer(
        "cliffs",
        "陡崖",
        "Cliffs",
        "line",
        (_id(), _name("陡崖", "Cliff")),
        ("cliffs", "cliff", "陡崖", "断崖", "陡坎"),
        "陡崖对步行的阻隔",
        "cliffs as barriers to walking",
    ),
    Layer(
        "landcover",
        "地类",
        "Land cover",
        "polygon",
        (
            _id("图斑编号"),
            _one_of("class", "地类", "Class", LAND_COVERS, "地类", "地类编码", "地类名称", "DLBM", "DLMC"),
        ),
        ("landcover", "land_cover", "地类", "地类图斑", "DLTB", "土地利用", "landuse"),
        "按地类的步行速度",
        "walking speed by land cover",
    ),
    Layer(
        "buildings",
        "房屋",
        "Buildings",
        "polygon",
        (
            _id(),
            _int("built", "年", "建成年份", "Year built", "建成年份", low=1600, high=2100),
            _text("use", "用途", "Use", "用途", "房屋用途"),
        ),
        ("buildings", "building", "房屋", "建筑", "建筑物", "fangwu"),
        "在册农户之外的房屋",
        "buildings beside the registered households",
    ),
)

LAYERS: Mapping[str, Layer] = {layer.name: layer for layer in _LAYERS}
"""Every layer the project knows, by canonical name, in drawing order of interest."""
