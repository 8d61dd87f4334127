"""Draws what spec.py describes with matplotlib, as wide as a paper's column or as a slide."""

from .style import DPI, STYLE, colour_of, marker_of, plain  # first: it tells matplotlib to be quiet
from .panels import Pen
from .sheet import Sheet
import matplotlib
from matplotlib.figure import Figure
from matplotlib.lines import Line2D


def add_texts(sheet, figure, size):
    em, height = sheet.em, sheet.height
    sheet.text(figure, sheet.title, height - sheet.top + 0.4 * em, 1.7, fontsize=size.font * 1.25)
    sheet.text(figure, sheet.caption, 0.6 * em, 1.5, fontsize=size.font * 0.92, color="0.25")
    lines = [label for label in sheet.legend]
    handles = [Line2D([], [], color=colour_of(sheet.legend[label]), marker=marker_of(sheet.legend[label]), label=plain(label),
                      linewidth=size.line, markersize=size.font * 0.5,
                      linestyle="-" if any(s.joined for p in sheet.shown.panels for s in p.series) else "none")
               for label in lines]
    if handles:
        figure.legend(handles=handles, loc="lower left", ncols=sheet.per_line, frameon=False, fontsize=size.font,
                      borderaxespad=0, bbox_to_anchor=(em / size.width, (0.6 + 1.5 * len(sheet.caption) + 0.3) * em / height),
                      handlelength=2.2, columnspacing=1.2, labelspacing=0.45, borderpad=0.1)
    where = (sheet.left + (size.width - sheet.left) / 2) / size.width
    figure.text(where, (sheet.bottom + 0.2 * em) / height, plain(sheet.shown.x.label), ha="center", va="bottom")


def figure_of(shown, size):
    """A matplotlib figure of that size."""
    with matplotlib.rc_context({**STYLE, "font.size": size.font, "axes.linewidth": 0.6 * size.line,
                                "axes.labelsize": size.font, "xtick.labelsize": size.font, "ytick.labelsize": size.font}):
        sheet = Sheet(shown, size)
        figure = Figure(figsize=(size.width, sheet.height), dpi=DPI)
        Pen(figure, sheet, size).draw()
        add_texts(sheet, figure, size)
        return figure
