"""When are two names of a village or a group the same?"""

from __future__ import annotations

import re

from geo.reading.values import plain

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}


def name_key(name: object) -> str:
    """Names as compared: 第三村民组, 三组 and 3组 are one; 坪上村 and 坪上村委会 too."""
    word = re.sub(r"\s+", "", plain(name))
    match = re.search(r"第?([零一二三四五六七八九十\d]+)(?:村民|居民)?小?组$", word)
    if match:
        word = word[: match.start()] + f"{_number(match[1])}组"
    return re.sub(r"(村民委员会|村委会|居民委员会|行政村|社区居委会)$", "村", word).replace("村村", "村")


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, _, ones = text.rpartition("十")
    if "十" in text:
        return DIGITS.get(tens, 1) * 10 + DIGITS.get(ones, 0)
    return int("".join(str(DIGITS.get(c, c)) for c in text))
