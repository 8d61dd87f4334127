"""Draws what spec.py describes with matplotlib: PNG and PDF, as wide as a paper's column and as a slide."""

import concurrent.futures
import dataclasses
import io
import logging
import math
import multiprocessing
import os
import tempfile
import textwrap

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # no HOME and a new cache of fonts are nothing to tell
import matplotlib

matplotlib.use("Agg")  # needs no display
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
import numpy as np

from . import font
from .results import ResultsError

DPI = 200
MOST_WORKERS = 4
# Okabe and Ito's, which people with any kind of colour vision tell apart; the markers do so without colours.
COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
STYLE = {"pdf.fonttype": 42, "ps.fonttype": 42, "axes.spines.top": False, "axes.spines.right": False,
         "font.family": font.USUAL, "axes.unicode_minus": False}


@dataclasses.dataclass(frozen=True)
class Size:
    """Of a page; lengths in inches, the font in points."""

    suffix: str
    width: float
    panel: float  # the height of one
    font: float
    most: int  # panels beside each other
    most_named: int  # where names stand below them
    line: float  # width
    most_height: float


SIZES = (Size("", 3.4, 1.35, 6.5, 2, 2, 0.9, 60.0), Size("-slide", 13.33, 2.6, 14, 5, 4, 2.0, 7.5))


def plain(text):
    """Text in which $ is no mathematics."""
    return text.replace("$", r"\$")


def colour_of(style):
    return COLOURS[style % len(COLOURS)]


def marker_of(style):
    return MARKERS[style % len(MARKERS)]


# ---- where everything stands ----


class Sheet:
    """A figure whose panels stand in a grid, with title, legend and caption around them."""

    def __init__(self, shown, size):
        self.size, self.shown = size, shown
        self.em = size.font / 72
        n = max(1, len(shown.panels) // max(1, len(shown.rows)))
        self.has_names = max(map(len, self._x_names())) > 4
        self.columns = min(n, size.most_named if self.has_names else size.most)
        self.blocks = -(-n // self.columns)
        self.legend = legend_entries(shown)
        self.per_line = max(1, int(size.width / self.em // max([len(label) * 0.56 + 4 for label in self.legend] or [1])))
        chars = int(size.width / self.em / 0.54)
        self.caption = textwrap.wrap(shown.caption, chars)
        self.title = textwrap.wrap(shown.title, int(chars * 0.8))
        self._measure()

    def _measure(self):
        em, size = self.em, self.size
        rows = len(self.shown.rows) * self.blocks
        self.top = em * (1.7 * len(self.title) + 0.6)
        lines = -(-len(self.legend) // self.per_line) if self.legend else 0
        self.left = em * max(5.0, 2.4 + self._row_room())
        self.bottom = em * (1.5 * len(self.caption) + 1.7 * lines + 1.0)
        self.gap = em * (2.3 if len(self.shown.rows) > 1 or self.blocks > 1 else 1.0)
        self.below = em * (2.2 + self._tick_room())
        panel = size.panel * (1.4 if len(self.shown.rows) == 1 else 1)
        fixed = self.top + self.bottom + self.blocks * (self.below + 1.6 * em) + rows * self.gap
        # A slide has one height; what does not fit makes it higher, as panels have to be seen.
        self.panel = max(panel * 0.6, (size.most_height - fixed) / rows) if size.suffix else panel
        self.height = fixed + rows * self.panel

    def _tick_room(self):
        """Names below the axis stand upright where they are long."""
        names = self._x_names()
        return 0.62 * max(map(len, names)) if self.upright() else 0

    def _x_names(self):
        if self.shown.panels and self.shown.panels[0].matrix:
            return self.shown.panels[0].matrix.columns
        return [text for _, text in self.shown.x.ticks or ()] or [""]

    def upright(self):
        return self.has_names and sum(len(name) * 0.6 + 0.8 for name in self._x_names()) > self.room()

    def room(self):
        """The width of a panel, in ems."""
        return (self.size.width - self.left) / self.columns / self.em - 1.2

    def ticks(self):
        """Those of x, without the texts that would stand in the way of others: both ends come first."""
        axis, taken, shown = self.shown.x, [], {}
        ticks = list(axis.ticks or ())
        for at, text in ticks[-1:] + ticks[:1] + ticks[-2:0:-1]:
            place, half = (at - axis.low) / (axis.high - axis.low) * self.room(), 0.3 * len(text) + 0.2
            if self.has_names or all(place + half <= low or place - half >= high for low, high in taken):
                taken.append((place - half, place + half))
                shown[at] = text
        return [(at, shown.get(at, "")) for at, _ in ticks]

    def _row_room(self):
        if self.shown.panels and self.shown.panels[0].matrix:
            return 0.62 * max(map(len, self.shown.panels[0].matrix.rows))
        return 0.62 * max([len(text) for axis in self.shown.rows for _, text in axis.ticks or ()] or [0])

    def axes_of(self, figure, column, row):
        """The panel's axes: `row` among the rows of the spec, `column` among all its panels of a row."""
        block, n_rows = column // self.columns, len(self.shown.rows)
        width = (self.size.width - self.left - self.em) / self.columns
        above = self.top + block * (n_rows * (self.panel + self.gap) + self.below + 1.6 * self.em)
        y = above + 1.6 * self.em + row * (self.panel + self.gap)
        x = self.left + (column % self.columns) * width
        inner = width - (1.2 if self.columns > 1 else 0.3) * self.em
        return figure.add_axes((x / self.size.width, 1 - (y + self.panel) / self.height,
                                inner / self.size.width, self.panel / self.height))

    def is_left(self, column):
        return column % self.columns == 0

    def text(self, figure, lines, from_bottom, step, **style):
        for i, line in enumerate(lines):
            figure.text(self.em / self.size.width, (from_bottom + (len(lines) - 1 - i) * step * self.em) / self.height,
                        plain(line), ha="left", va="bottom", **style)


def legend_entries(shown):
    """{label: (style, dashed)}, each once; what is dashed is told by the caption."""
    found = {}
    for panel in shown.panels:
        for series in panel.series:
            if not series.dashed:
                found.setdefault(series.label, series.style)
    return found


# ---- panels ----


def draw_series(axes, series, size):
    colour, width = colour_of(series.style), size.line
    x, y = np.array(series.x, float), np.array(series.y, float)
    axes.plot(x, y, color=colour, linestyle=("--" if series.dashed else "-") if series.joined else "none",
              linewidth=width * (0.8 if series.dashed else 1), marker=marker_of(series.style), markersize=size.font * 0.5,
              markerfacecolor="white" if series.dashed else colour, markeredgewidth=0.7 * width,
              zorder=2 if series.dashed else 3, label=plain(series.label), alpha=1 if series.joined else 0.75)
    half = np.array(series.half if series.half else np.full(len(x), np.nan), float)
    there = np.isfinite(half) & np.isfinite(y)
    if there.any():
        # One line for all bars, whose caps are markers: much faster than errorbar.
        ends = np.column_stack([y[there] - half[there], y[there] + half[there], np.full(there.sum(), np.nan)])
        axes.plot(np.repeat(x[there], 3), ends.ravel(), color=colour, linewidth=0.7 * width, marker="_",
                  markersize=size.font * 0.56, markeredgewidth=0.7 * width, zorder=2, gid="bars")


def set_axis(axes, axis, which, ticks):
    limits, scale = (axes.set_xlim, axes.set_xscale) if which == "x" else (axes.set_ylim, axes.set_yscale)
    if axis.log:
        scale("log")
        (axes.xaxis if which == "x" else axes.yaxis).set_minor_locator(NullLocator())
    if ticks:
        where, texts = zip(*ticks)
        (axes.set_xticks if which == "x" else axes.set_yticks)(where, [plain(text) for text in texts])
    if axis.low is not None or axis.high is not None:
        limits(axis.low, axis.high)
    if axis.chance is not None:
        axes.axhline(axis.chance, color="0.4", linestyle=":", linewidth=0.9, zorder=1)
    for at in axis.breaks:
        (axes.axvline if which == "x" else axes.axhline)(at, color="0.6", linestyle=":", linewidth=0.8)


def draw_matrix(axes, matrix, size, shades):
    values = np.array(matrix.values, float)
    image = np.ma.masked_invalid(values)
    axes.set_facecolor("0.92")
    axes.imshow(image, cmap="cividis", vmin=shades[0], vmax=shades[1], aspect="auto")
    axes.set_xticks(range(len(matrix.columns)), [plain(text) for text in matrix.columns])
    axes.set_yticks(range(len(matrix.rows)), [plain(text) for text in matrix.rows])
    middle = (shades[0] + shades[1]) / 2
    for (row, column), value in np.ndenumerate(values):
        text = f"{value:.{matrix.digits}f}" if math.isfinite(value) else "–"
        room = len(text) * 0.7 * len(matrix.columns)
        axes.text(column, row, text, ha="center", va="center", color="white" if value < middle else "black",
                  fontsize=min(size.font, axes.bbox.width / axes.figure.dpi * 72 / room))
    axes.tick_params(length=0)


def shades_of(shown):
    """One scale for all panels."""
    values = np.concatenate([np.ravel(np.array(panel.matrix.values, float)) for panel in shown.panels if panel.matrix])
    values = values[np.isfinite(values)]
    matrix = shown.panels[0].matrix
    low = matrix.low if matrix.low is not None else values.min() if len(values) else 0.0
    high = matrix.high if matrix.high is not None else values.max() if len(values) else 1.0
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def draw_panel(sheet, figure, panel, column, size):
    shown, axis = sheet.shown, sheet.shown.rows[panel.row]
    axes = sheet.axes_of(figure, column, panel.row)
    if panel.matrix:
        draw_matrix(axes, panel.matrix, size, shades_of(shown))
    else:
        for series in panel.series:
            draw_series(axes, series, size)
        axes.grid(axis="y", alpha=0.25, linewidth=0.6)
        set_axis(axes, shown.x, "x", sheet.ticks())
        set_axis(axes, axis, "y", axis.ticks)
    if sheet.is_left(column):
        axes.set_ylabel(plain(axis.label))
        axes.yaxis.set_label_coords(1.4 * sheet.em / size.width, axes.get_position().y0 + axes.get_position().height / 2,
                                    transform=figure.transFigure)
    else:
        axes.tick_params(labelleft=False)
    is_last = panel.row == len(shown.rows) - 1
    axes.tick_params(labelbottom=is_last)
    if is_last and sheet.upright():
        axes.tick_params(axis="x", labelrotation=90)
    if panel.title:
        room = axes.bbox.width / figure.dpi / sheet.em / 0.56
        axes.set_title(plain(textwrap.shorten(panel.title, max(8, int(room)), placeholder="…")), fontsize=size.font,
                       y=1.0, pad=0.45 * size.font)  # a place of its own: finding one takes as long as drawing
    return axes


def share_scale(shown, drawn):
    """The panels of a row have one y scale, where the values say which."""
    for row, axis in enumerate(shown.rows):
        mine = [axes for (r, _), axes in drawn.items() if r == row]
        limits = [axes.get_ylim() for axes in mine if axes.lines]
        if axis.high is None and limits and not shown.panels[0].matrix:
            low = axis.low if axis.low is not None else min(low for low, _ in limits)
            for axes in mine:
                axes.set_ylim(low, max(high for _, high in limits))


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
        drawn, next_column = {}, {}
        for panel in shown.panels:
            column = next_column.get(panel.row, 0)
            next_column[panel.row] = column + 1
            drawn[panel.row, column] = draw_panel(sheet, figure, panel, column, size)
        share_scale(shown, drawn)
        add_texts(sheet, figure, size)
        return figure


# ---- files ----


def write(path, data):
    """Whole, or not at all."""
    new = f"{path}.new"
    try:
        with open(new, "wb") as file:
            file.write(data)
        os.replace(new, path)
    except OSError as error:
        if os.path.exists(new):
            os.unlink(new)
        raise ResultsError(f"cannot write {path}: {error.strerror}") from None


def save(shown, folder):
    """Writes the figure in all sizes; the names of its files."""
    written = []
    for size in SIZES:
        figure = figure_of(shown, size)
        for kind, options in (("png", {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 3}}),
                              ("pdf", {"metadata": {"CreationDate": None}})):
            with matplotlib.rc_context(STYLE):
                data = io.BytesIO()
                figure.savefig(data, format=kind, dpi=DPI, **options)
            name = f"{shown.name}{size.suffix}.{kind}".replace(os.sep, "_")
            write(os.path.join(folder, name), data.getvalue())
            written.append(name)
    return written


def save_all(figures, folder):
    """The same of several, on some of the cores; yields the names in the figures' order."""
    figures = [dataclasses.replace(figure, family=None) for figure in figures]  # which other processes need not know
    workers = min(MOST_WORKERS, len(os.sched_getaffinity(0)), len(figures))
    with tempfile.TemporaryDirectory(prefix="bm-figures-") as fonts:
        STYLE["font.family"] = font.family(fonts)
        try:
            yield from _save_by(workers, figures, folder)
        finally:
            STYLE["font.family"] = font.USUAL


def _save_by(workers, figures, folder):
    if workers < 2:
        yield from (save(figure, folder) for figure in figures)
        return
    with concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        yield from pool.map(save, figures, [folder] * len(figures))
