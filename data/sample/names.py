"""Names: places that sound like the region, people who plainly do not exist."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TOWNS = (
    "乌箐", "青岗", "落水岩", "响水河", "白泥井", "大树脚", "水塘坝", "鹰嘴岩", "核桃坪", "马家垭",
    "长冲", "黄泥田", "凉水沟", "石板塘", "小箐脚", "猫场坝", "龙潭口", "坪山", "杉木箐", "三岔沟",
    "花稿", "松林坳", "官田坝", "雨朵坪", "老鹰箐",
)  # fmt: skip
VILLAGES = (
    "街上", "乌箐", "河坝", "大寨", "岩脚", "箐口", "坪子", "垭口", "龙潭", "青松",
    "红岩", "新田", "石桥", "木厂", "双山", "长坪", "白岩", "水井", "高寨", "桃园",
)  # fmt: skip
GROUPS = (
    "大寨", "小寨", "上寨", "下寨", "新寨", "老寨", "湾子", "岩脚", "岩上", "坡脚", "坡头", "垭口",
    "箐脚", "箐头",
    "河边", "对门", "大坪", "小坪", "坪子", "水井", "龙潭", "大田", "秧田", "沙田", "石板", "石桥", "青杠林",
    "松林", "竹林", "杉树林", "核桃树", "梨树", "大树脚", "桃子", "猫山", "马鞍山",
    "狮子山", "尖山", "大山", "岔河",
    "沟边", "麻窝", "营盘", "屯上", "后寨", "学堂", "杨家寨", "王家寨",
    "李家湾", "陈家院", "赵家坡", "罗家坝",
    "黄泥坡", "红泥地", "白泥田", "大石头", "滥坝", "偏坡", "转山", "半坡",
)  # fmt: skip
SURNAMES = tuple("李王张刘陈杨黄赵周吴罗郭何高林郑谢唐熊彭安陆龙马苏卢朱徐胡蒋")
SURNAME_SHARE = np.array(
    [
        9, 8.5, 8, 6, 6.5, 7.5, 4, 4.5, 3.5, 3.5, 4.5, 1.5, 2.5, 1.8, 1.6,
        1.2, 1.4, 1.6, 2, 1.8, 1.8, 1.6, 1.8, 1.8, 1.2, 1.0, 1.6, 1.8, 1.6, 1.3,
    ]
)  # fmt: skip
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
MINORITIES = ("苗族", "彝族", "布依族", "白族", "仡佬族")
MINORITY_SHARE = (0.42, 0.34, 0.12, 0.08, 0.04)
CAUSES = ("因病", "因学", "因残", "因灾", "缺技术", "缺劳力", "缺资金", "缺土地", "交通条件落后")
CAUSE_SHARE = (0.30, 0.14, 0.09, 0.02, 0.17, 0.13, 0.10, 0.02, 0.03)


def people_names(rng: np.random.Generator, n: int) -> npt.NDArray[np.object_]:
    """Surname and a date of the sexagenary cycle (王甲子, 李乙丑): nobody is called so."""
    surname = rng.choice(np.array(SURNAMES), n, p=SURNAME_SHARE / SURNAME_SHARE.sum())
    k = rng.integers(0, 60, n)
    stem, branch = np.array(list(STEMS))[k % 10], np.array(list(BRANCHES))[k % 12]
    return np.array([a + b + c for a, b, c in zip(surname, stem, branch, strict=True)], dtype=object)


def pick(rng: np.random.Generator, names: tuple[str, ...], n: int) -> list[str]:
    """`n` different names."""
    return [names[i] for i in rng.permutation(len(names))[:n]]
