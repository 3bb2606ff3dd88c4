"""One page about one site, to print or to hang on an application: HTML that needs no network, and DOCX.

`SiteSheet` holds finished words and pictures; nothing is computed or decided here. Chinese text is set
in 宋体 and 黑体, which offices have; where a machine has not, its own East Asian font steps in.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

TEMPLATES = Path(__file__).parents[1] / "templates"
SONG, HEI, LATIN = "宋体", "黑体", "Times New Roman"
COLOURS = {"suitable": "#00704f", "conditional": "#9a6400", "unsuitable": "#a3001f", "unknown": "#4d4d4d"}
LONGEST = 255
"""Characters of a document's title."""
STATE_COLOURS = {"fail": "#a3001f", "unknown": "#4d4d4d", "warning": "#9a6400", "pass": "#00704f"}


@dataclass(frozen=True)
class LegendRow:
    """A label, how it is painted as SVG, and the one colour that stands for it in a document."""

    label: str
    swatch: str
    colour: str


@dataclass(frozen=True)
class SiteSheet:
    """All that is on the page, in one language. Tables are rows of words."""

    lang: str
    title: str
    head: tuple[tuple[str, str], ...]  # site, village, kind
    verdict: str  # suitable | conditional | unsuitable | unknown
    verdict_label: tuple[str, str]  # heading, words
    map_label: str
    map_svg: str
    map_png: bytes
    map_note: str
    legend: tuple[LegendRow, ...]
    figures_label: str
    figures: tuple[tuple[str, str], ...]
    reasons_label: str
    reasons: tuple[tuple[str, str, str], ...]  # state, its label, sentence
    passed: str
    works_label: str
    works_head: tuple[str, str, str]
    works: tuple[tuple[str, str, str], ...]
    works_notes: tuple[str, ...]
    residual_label: str
    residual: tuple[tuple[str, str], ...]
    checks_label: str
    checks: tuple[str, ...]
    plots_label: str
    plots: tuple[str, ...]
    signatures: tuple[str, ...]
    foot: tuple[str, ...]
    made_at: datetime


def to_html(sheet: SiteSheet) -> str:
    """The page as HTML: styles, map and legend within it."""
    return _page().render(sheet=sheet, colour=COLOURS[sheet.verdict], states=STATE_COLOURS)


def to_docx(sheet: SiteSheet) -> bytes:
    """The page as an Office document of A4."""
    document = Document()
    _set_page(document, sheet)
    _title(document, sheet)
    _top(document, sheet)
    _list(document, sheet.reasons_label, [f"【{label}】{text}" for _, label, text in sheet.reasons])
    _line(document, sheet.passed, 8)
    _heading(document, sheet.works_label)
    _table(document, [sheet.works_head, *sheet.works], (8.2, 4.2, 4.6), bold_last=True)
    for note in sheet.works_notes:
        _line(document, note, 8)
    _heading(document, sheet.residual_label)
    _table(document, [row for row in sheet.residual if row[1]], (8.2, 8.8))
    for row in sheet.residual:
        _line(document, "" if row[1] else row[0], 8.5)
    _list(document, sheet.checks_label, [f"□ {check}" for check in sheet.checks])
    _heading(document, sheet.plots_label)
    _line(document, ";".join(sheet.plots) if sheet.lang == "zh" else "; ".join(sheet.plots), 9)
    _line(document, " ", 4)
    _table(document, [tuple(f"{name}:\n" for name in sheet.signatures)], (5.7, 5.7, 5.6))
    for text in sheet.foot:
        _line(document, text, 7.5)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@cache
def _page() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True).get_template("site_sheet.html")


# ------------------------------------------------------------------------------ the document
def _set_page(document: Any, sheet: SiteSheet) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(1.3)
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(9)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), SONG)
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    core = document.core_properties
    core.title, core.author, core.comments = _printable(f"{sheet.title} {sheet.head[0][1]}")[:LONGEST], "", ""
    core.language = "zh-CN" if sheet.lang == "zh" else "en"
    core.created = core.modified = sheet.made_at.replace(tzinfo=None)


def _write(paragraph: Any, text: str, size: float, *, bold: bool = False, colour: str = "#1a1a1a") -> None:
    run = paragraph.add_run(_printable(text))
    run.font.size, run.bold = Pt(size), bold
    run.font.name = LATIN
    run.font.color.rgb = RGBColor.from_string(colour.lstrip("#").upper())
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEI if bold else SONG)


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold: names come from files."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


def _title(document: Any, sheet: SiteSheet) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(paragraph, sheet.title, 16, bold=True)
    paragraph = document.add_paragraph()
    for label, value in sheet.head:
        _write(paragraph, f"{label}:{value}    ", 9.5)
    label, words = sheet.verdict_label
    _write(paragraph, f"{label}:", 9.5)
    _write(paragraph, words, 11, bold=True, colour=COLOURS[sheet.verdict])


def _top(document: Any, sheet: SiteSheet) -> None:
    """Map and legend on the left, figures on the right."""
    table = document.add_table(rows=1, cols=2)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _set_widths(table, (10.6, 6.4))
    left, right = table.rows[0].cells
    picture = left.paragraphs[0].add_run().add_picture(io.BytesIO(sheet.map_png), width=Cm(10.2))
    picture._inline.docPr.set("descr", f"{sheet.map_label}:{sheet.map_note}")
    legend = left.add_paragraph()
    for row in sheet.legend:
        _write(legend, "■", 9, colour=row.colour)
        _write(legend, f"{row.label}  ", 7.5)
    _write(left.add_paragraph(), sheet.map_note, 7.5)
    _write(right.paragraphs[0], sheet.figures_label, 10, bold=True)
    inner = right.add_table(rows=0, cols=2)
    inner.style = "Table Grid"
    inner.autofit = False
    for label, value in sheet.figures:
        cells = inner.add_row().cells
        _write(cells[0].paragraphs[0], label, 8.5)
        _write(cells[1].paragraphs[0], value, 8.5)
    _set_widths(inner, (2.9, 3.2))
    right.add_paragraph()


def _set_widths(table: Any, widths: Sequence[float]) -> None:
    """Of columns and of every cell, centimetres: some programs read the one, some the other."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)


def _heading(document: Any, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(4)
    paragraph.paragraph_format.keep_with_next = True
    _write(paragraph, text, 10, bold=True)


def _line(document: Any, text: str, size: float) -> None:
    if text:
        _write(document.add_paragraph(), text, size)


def _list(document: Any, heading: str, lines: Sequence[str]) -> None:
    _heading(document, heading)
    for text in lines:
        _line(document, text, 8.5)


def _table(
    document: Any, rows: Sequence[Sequence[str]], widths: Sequence[float], *, bold_last: bool = False
) -> None:
    if not rows:
        return
    table = document.add_table(rows=0, cols=len(widths))
    table.style, table.autofit, table.alignment = "Table Grid", False, WD_TABLE_ALIGNMENT.CENTER
    for k, row in enumerate(rows):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            _write(cell.paragraphs[0], text, 8.5, bold=bold_last and k in (0, len(rows) - 1))
    _set_widths(table, widths)
    if bold_last:
        head = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(head)
