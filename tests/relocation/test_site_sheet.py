"""The sheet of a site, read back: everything in it, in Chinese fonts, with nothing from the network."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import rasterio
from docx import Document
from docx.oxml.ns import qn
from shapely import LineString, Point, box

from geo.relocation.assess import SiteContext, assess_site
from maps.site_map import draw_site
from service.exports.site_sheet import SiteSheet, to_docx, to_html
from service.usecases.site_sheet import make_sheet

from .conftest import SITE, rows

NAME = "小坪 <b>=1+1\x0b&"
WHEN = datetime(2024, 5, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def sheets(context: SiteContext) -> dict[str, SiteSheet]:
    verdict = assess_site(SITE, context, name=NAME, planned=10)
    return {
        lang: make_sheet(context, verdict, lang=lang, made_at=WHEN, version="1.2.3") for lang in ("zh", "en")
    }


def words_of(document: Document) -> str:  # type: ignore[valid-type]
    """All text, that of tables within tables too."""
    return "\n".join(p.text or "" for p in document.element.body.iter(qn("w:t")))  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_document_holds_all_that_the_sheet_says(sheets: dict[str, SiteSheet], lang: str) -> None:
    sheet = sheets[lang]
    document = Document(io.BytesIO(to_docx(sheet)))
    said = words_of(document)
    said = said.replace("\n", "")
    wanted = [sheet.title, sheet.verdict_label[1], sheet.map_note, *sheet.checks, *sheet.plots]
    wanted += [text for row in (*sheet.figures, *sheet.works, *sheet.reasons) for text in row[-2:]]
    for text in wanted:
        assert text.replace("\n", "") in said, text
    assert len(document.inline_shapes) == 1
    page = document.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    assert document.core_properties.created.date() == WHEN.date()


def test_chinese_is_set_in_chinese_fonts(sheets: dict[str, SiteSheet]) -> None:
    document = Document(io.BytesIO(to_docx(sheets["zh"])))
    runs = [r for r in document.element.body.iter(qn("w:r")) if re.search("[一-鿿]", r.text or "")]
    assert len(runs) > 20
    fonts = {r.rPr.rFonts.get(qn("w:eastAsia")) for r in runs}
    assert fonts == {"宋体", "黑体"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_needs_no_network_and_runs_nothing(sheets: dict[str, SiteSheet], lang: str) -> None:
    page = to_html(sheets[lang])
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert links
    assert all(link.startswith("data:") for link in links)
    assert "<script" not in page
    assert "url(" not in page
    assert "<b>=1" not in page  # a name is text, whatever it holds
    assert "&lt;b&gt;=1+1" in page


def test_a_name_from_a_file_cannot_break_the_document(sheets: dict[str, SiteSheet]) -> None:
    assert "小坪 <b>=1+1&" in words_of(Document(io.BytesIO(to_docx(sheets["zh"])))).replace("\n", "")


def test_the_picture_shows_the_site_in_its_middle(context: SiteContext) -> None:
    site = assess_site(SITE, context)
    drawn = draw_site(context.area, site)
    with rasterio.MemoryFile(drawn.png) as memory, memory.open() as image:
        rgb = image.read().astype(int)
    middle = rgb[:, rgb.shape[1] // 2, rgb.shape[2] // 2]
    assert middle[1] > middle[0] + 30  # green: suitable
    assert drawn.bar_m in (100, 200)
    scale = 720 / 700  # map units a metre
    assert f"h{drawn.bar_m * scale:.1f}v" in drawn.svg


def test_the_legend_names_what_is_drawn_and_nothing_else(context: SiteContext) -> None:
    area = context.area.with_layer("farmland", rows([box(1200, 900, 1300, 1000)], id=["f"]))
    area = area.with_layer("rivers", rows([LineString([(0, 0), (1, 1)])], id=["w"], **{"class": ["river"]}))
    drawn = draw_site(area, assess_site(SITE, context))
    names = {entry.en for entry in drawn.legend}
    assert "Basic farmland" in names
    assert not {"river", "Rivers"} & names


def test_a_hazard_of_which_only_a_point_is_known_is_drawn(context: SiteContext) -> None:
    site = assess_site(SITE, context)
    spot = rows([Point(1200, 1000)], id=["h"], kind=["landslide"], level=["small"])
    with_it, without = (
        draw_site(area, site) for area in (context.area.with_layer("hazards", spot), context.area)
    )
    assert "landslide" in " ".join(entry.en for entry in with_it.legend)
    assert with_it.svg.count("<rect") > without.svg.count("<rect")
    with rasterio.MemoryFile(with_it.png) as memory, memory.open() as image:
        rgb = image.read().astype(int)
    scale = 1440 / 700  # pixels a metre
    x, y = round((1200 - 700) * scale), round((950 + 262.5 - 1000) * scale)
    about = rgb[:, y - 12 : y + 12, x - 12 : x + 12]
    assert (about[0] > about[1] + 80).any()  # red


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_hazard_may_reach_is_told_where_a_model_says_so(
    banning: Callable[..., SiteContext], lang: str
) -> None:
    """A slide above the site stops 50 m short of it, a sinkhole beside it has a distance of its own."""
    slide, hole = box(1020, 1100, 1080, 1150), box(1150, 900, 1160, 910)
    hazards = rows([slide, hole], id=["s", "c"], kind=["landslide", "collapse"], level=["medium"] * 2)
    context = banning({"hazards": hazards})
    told = make_sheet(context, assess_site(SITE, context), lang=lang, made_at=WHEN, version="1").residual
    by_zone = {re.search(r" (s|c)\b", name)[1]: re.findall(r"\d+", away) for name, away in told}
    assert by_zone["c"] == ["50", "50"]  # half of the 100 m of a medium one
    assert by_zone["s"][0] == "100"
    assert int(by_zone["s"][1]) == pytest.approx(50, abs=13)


def test_a_site_nothing_is_known_of_has_a_sheet_too(context: SiteContext) -> None:
    verdict = assess_site(SITE, context)
    unknown = replace(
        verdict, slope_mean=np.nan, slope_max=np.nan, distances={"road_m": np.inf, "lift_m": np.nan}
    )
    sheet = make_sheet(context, unknown, lang="zh", made_at=WHEN, version="1")
    told = dict(sheet.figures)
    assert told["距硬化路"] == "不可达"
    assert told["提水高度"] == told["平均 / 最大坡度"] == "不明"
    assert to_docx(sheet)
