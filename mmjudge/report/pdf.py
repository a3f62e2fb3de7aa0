"""A report as a PDF to print and to file: the same words, all figures as tables, the calibration plot drawn.

Knows pages. Refuses to compute. The fonts are those every reader has, so letters outside Latin-1 become "?"; HTML and
JSON keep them. It bears no date: the same figures make the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import isnan

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from mmjudge.report.names import GROUPS, around, name_of, number
from mmjudge.report.values import KINDS, Bin, Figures, Said

TONES = {"good": (27, 106, 65), "bad": (165, 38, 29), "open": (74, 72, 155)}
INK, QUIET, LINE, ACCENT = (28, 34, 32), (89, 97, 93), (225, 222, 213), (31, 85, 102)
PLAIN = str.maketrans({"–": "-", "—": "-", "…": "...", "’": "'", "“": '"', "”": '"', "✓": "+", "✗": "x"})
SIDE = 70.0


def as_pdf(report: Figures) -> bytes:
    """The file."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(datetime(2000, 1, 1, tzinfo=UTC))
    pdf.set_title(_plain(report.title))
    pdf.set_auto_page_break(True, 15)
    pdf.add_page()
    _words(pdf, report.title, 15, bold=True)
    against = f"{report.judge} against {report.truth}" if report.judge else "People among themselves"
    _words(pdf, f"{against} - {report.counts[0].n} items - {report.counts[2].n} people", 9, QUIET)
    for said in (report.said, report.replacement, report.prevalence):
        if said is not None:
            _box(pdf, said)
    _everything(pdf, report)
    if report.bins:
        _calibration(pdf, report)
    _by_group(pdf, report)
    _disagreements(pdf, report)
    _made(pdf, report)
    return bytes(pdf.output())


def _everything(pdf: FPDF, report: Figures) -> None:
    rows = [(row.subject, name_of(row.name), *_figure(row)) for row in report.of("all")]
    _table(pdf, "The judge beside people", ("Of", "Figure", "Value", "95 % interval", "n"), rows, (14, 46, 12, 20, 10))
    (tn, fp), (fn, tp) = report.table
    truth = (("none", str(tn), f"{fp} false alarms"), ("violation", f"{fn} missed", str(tp)))
    _table(pdf, "What it got right and wrong", ("Truth", "Judge: none", "Judge: violation"), truth, (30, 30, 30))
    _table(pdf, "Answers that are none", ("", "n"), ((one.what, str(one.n)) for one in report.missing), (80, 20))


def _by_group(pdf: FPDF, report: Figures) -> None:
    for kind in KINDS[1:]:
        rows = [(row.group, row.subject, name_of(row.name), *_figure(row)) for row in report.of(kind)]
        if rows:
            heads = ("", "Of", "Figure", "Value", "95 % interval", "n")
            _table(pdf, GROUPS[kind], heads, rows, (34, 12, 36, 11, 18, 9))
    for line in report.groups:
        _words(pdf, line, 9)


def _disagreements(pdf: FPDF, report: Figures) -> None:
    if report.parts:
        rows = ((one.what, str(one.n)) for one in report.parts)
        _table(pdf, "What disagreements hang on", ("", "n"), rows, (80, 20))
    if report.worst:
        worst = [
            (
                f"{one.item} {one.text}".strip(),
                one.rule or "whole item",
                f"{one.yes} / {one.no} / {one.unknown}",
                one.said,
                number(one.score),
                "\n".join(one.evidence) or "-",
            )
            for one in report.worst
        ]
        heads = ("Item", "Rule", "People: yes / no / unknown", "Judge", "Score", "Evidence")
        _table(pdf, "Where they part most", heads, worst, (34, 16, 16, 13, 9, 32))


def _made(pdf: FPDF, report: Figures) -> None:
    if report.effort:
        _table(pdf, "Cost", ("", ""), ((what, number(value)) for what, value in report.effort), (80, 20))
    if report.exposure:
        rows = ((what, number(value, 1)) for what, value in report.exposure)
        _table(pdf, "Minutes of exposure, by severity", ("", "minutes"), rows, (80, 20))
    made = [*((one.what, str(one.n)) for one in report.counts), *report.made]
    _table(pdf, "How this was made", ("", ""), made, (50, 50))
    for note in report.notes:
        _words(pdf, f"- {note}", 8, QUIET)
    if report.command:
        _words(pdf, "Made again by:", 9)
        _words(pdf, report.command, 8)


def _figure(row) -> tuple[str, str, str]:
    return number(row.value, 3), around(row.low, row.high, 3) or "-", str(row.n)


def _plain(text: str) -> str:
    return text.translate(PLAIN).encode("latin-1", "replace").decode("latin-1")


def _words(pdf: FPDF, text: str, size: float, colour: tuple[int, int, int] = INK, bold: bool = False) -> None:
    pdf.set_font("helvetica", "B" if bold else "", size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.5, _plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _box(pdf: FPDF, said: Said) -> None:
    pdf.ln(3)
    _words(pdf, said.headline, 12, TONES[said.tone], bold=True)
    for reason in said.because:
        _words(pdf, f"- {reason}", 9)


def _table(pdf: FPDF, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], widths: tuple[int, ...]) -> None:
    pdf.ln(4)
    if pdf.will_page_break(30):
        pdf.add_page()
    _words(pdf, title, 11, bold=True)
    pdf.set_font("helvetica", "", 8)
    pdf.set_draw_color(*LINE)
    style = FontFace(emphasis="BOLD", color=QUIET)
    with pdf.table(
        col_widths=widths, line_height=4.2, headings_style=style, text_align="LEFT", wrapmode="CHAR",
        borders_layout="HORIZONTAL_LINES",
    ) as table:  # fmt: skip
        for cells in (heads, *rows):
            line = table.row()
            for cell in cells:
                line.cell(_plain(cell))


def _calibration(pdf: FPDF, report: Figures) -> None:
    pdf.ln(4)
    if pdf.will_page_break(SIDE + 25):
        pdf.add_page()
    _words(pdf, "Scores against the rate of violations", 11, bold=True)
    x, y = pdf.get_x() + 8, pdf.get_y() + 3
    pdf.set_draw_color(*LINE)
    pdf.rect(x, y, SIDE, SIDE)
    pdf.set_draw_color(*QUIET)
    pdf.line(x, y + SIDE, x + SIDE, y)
    for one in report.bins:
        if one.n:
            _mark(pdf, one, x, y)
    pdf.set_xy(pdf.l_margin, y + SIDE + 3)
    ece = report.one("judge", "ece")
    _words(
        pdf,
        f"Across: score 0 to 1. Up: rate 0 to 1. Calibration error {number(ece.value if ece else float('nan'), 3)}; a "
        f"perfect judge shows {number(report.floor[0], 3)} here, and up to {number(report.floor[1], 3)} in 95 of 100.",
        8, QUIET,
    )  # fmt: skip


def _mark(pdf: FPDF, one: Bin, x: float, y: float) -> None:
    at = x + SIDE * one.score
    pdf.set_draw_color(*ACCENT)
    pdf.set_fill_color(*ACCENT)
    if not isnan(one.low):
        pdf.line(at, y + SIDE * (1 - one.low), at, y + SIDE * (1 - one.high))
    pdf.ellipse(at - 1, y + SIDE * (1 - one.rate) - 1, 2, 2, style="F")
