"""Draws what spec.py describes with matplotlib, as wide as a paper's column or as a slide."""

import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .panels import Pen
from .sheet import Sheet
from .style import DPI, STYLE, colour_of, marker_of, plain


def in_rows(items, n):
    """In the order in which matplotlib fills the columns of a legend, so that it is read row by row."""
    return [item for column in range(n) for item in items[column::n]]


def add_legend(sheet, figure, size):
    joined = any(series.joined for panel in sheet.shown.panels for series in panel.series)
    handles = [Line2D([], [], color=colour_of(style), marker=marker_of(style), label=plain(label), linewidth=size.line,
                      markersize=size.font * 0.5, linestyle="-" if joined else "none") for label, style in sheet.legend.items()]
    n = min(sheet.per_line, len(handles))
    if handles:
        foot = (0.6 + 1.5 * len(sheet.caption) + 0.3) * sheet.em / sheet.height
        figure.legend(handles=in_rows(handles, n), loc="lower left", ncols=n, frameon=False, fontsize=size.font, borderaxespad=0,
                      bbox_to_anchor=(sheet.em / size.width, foot), handlelength=2.2, columnspacing=1.2, labelspacing=0.45,
                      borderpad=0.1)


def add_texts(sheet, figure, size):
    em, height = sheet.em, sheet.height
    sheet.text(figure, sheet.title, height - sheet.top + 0.4 * em, 1.7, fontsize=size.font * 1.25)
    sheet.text(figure, sheet.caption, 0.6 * em, 1.5, fontsize=size.font * 0.92, color="0.25")
    where = (sheet.left + (size.width - sheet.left) / 2) / size.width
    figure.text(where, (sheet.bottom + 0.2 * em) / height, plain(sheet.shown.x.label), ha="center", va="bottom")


def figure_of(shown, size):
    """A matplotlib figure of that size."""
    with matplotlib.rc_context({**STYLE, "font.size": size.font}):
        sheet = Sheet(shown, size)
        figure = Figure(figsize=(size.width, sheet.height), dpi=DPI)
        Pen(figure, sheet, size).draw()
        add_legend(sheet, figure, size)
        add_texts(sheet, figure, size)
        return figure
