"""Draws panels: lines with their bars, axes, and matrices. Not with matplotlib's own axes: one of them takes as long as
all lines of a figure, and a figure has a panel for each noise and diversity. Lengths are in inches."""

import math
import textwrap

import matplotlib
from matplotlib.collections import PolyCollection
import numpy as np

from .sheet import LABEL_LINE, LETTER
from .strokes import Strokes, segments
from .style import colour_of, marker_of, plain

POINT = 1 / 72
TICK, PAD = 3.5 * POINT, 3.5 * POINT  # the length of a tick, and how far from it its text is
TICK_ROOM = 1.55  # along y, in heights of the font


class Box:
    """Where a panel stands on the page."""

    def __init__(self, left, foot, width, height):
        self.left, self.foot, self.width, self.height = left, foot, width, height
        self.right, self.top = left + width, foot + height

    def x(self, share):
        return self.left + share * self.width

    def y(self, share):
        return self.foot + share * self.height


class Pen:
    """What draws the panels of a figure."""

    def __init__(self, figure, sheet, size):
        self.figure, self.sheet, self.size, self.shown = figure, sheet, size, sheet.shown
        self.strokes = Strokes()
        self.x, self.rows = sheet.x, sheet.rows
        self.shades = shades_of(self.shown) if self.shown.is_matrix() else None

    def text(self, x, y, text, **style):
        """At this place of the page."""
        if text:
            self.figure.text(x / self.size.width, y / self.sheet.height, plain(text), **style)

    def draw(self):
        next_column = {}
        for panel in self.shown.panels:
            column = next_column.get(panel.row, 0)
            next_column[panel.row] = column + 1
            self.panel(panel, column, Box(*self.sheet.box_of(column, panel.row)))
        self.strokes.put(self.figure)

    def panel(self, panel, column, box):
        if panel.matrix:
            x_ticks, y_ticks = self.matrix(panel.matrix, box)
        else:
            for series in panel.series:
                self.series(series, box, self.rows[panel.row])
            x_ticks, y_ticks = self.axes(box, panel.row)
        self.strokes.add("frames", [box.left, box.left, box.right], [box.top, box.foot, box.foot], color="black",
                         linewidth=0.6 * self.size.line, solid_capstyle="projecting", solid_joinstyle="miter", snap=True, zorder=2.5)
        pad = PAD if panel.matrix else PAD + TICK
        if panel.row == len(self.shown.rows) - 1:
            for x, text in x_ticks:
                self.text(x, box.foot - pad, text, ha="center", va="top", rotation=90 if self.sheet.upright() else 0)
        if self.sheet.is_left(column):
            for y, text in y_ticks:
                self.text(box.left - pad, y, text, ha="right", va="center_baseline")
            self.text(self.sheet.label_at, box.y(0.5), "\n".join(self.sheet.label_lines(panel.row, box.height)), ha="center",
                      va="bottom", rotation=90, rotation_mode="anchor", linespacing=LABEL_LINE)
        room = int(box.width / self.sheet.em / LETTER)
        self.text(box.x(0.5), box.top + 0.45 * self.sheet.em, textwrap.shorten(panel.title, max(8, room), placeholder="…"),
                  ha="center", va="baseline")

    # ---- lines ----

    def series(self, series, box, scale):
        colour, width, dashed = colour_of(series.style), self.size.line, series.dashed
        x, y = box.x(self.x.share(series.x)), box.y(scale.share(series.y))
        self.strokes.add(f"{series.label}{', dashed' if dashed else ''}", x, y, color=colour,
                         linestyle=("--" if dashed else "-") if series.joined else "none",
                         linewidth=width * (0.8 if dashed else 1), marker=marker_of(series.style), markersize=self.size.font * 0.5,
                         markerfacecolor="white" if dashed else colour, markeredgewidth=0.7 * width,
                         zorder=2 if dashed else 3, alpha=1 if series.joined else 0.75)
        if series.half:
            self.bars(series, x, box, scale, colour)

    def bars(self, series, x, box, scale, colour):
        """Of the interval, as far as the panel reaches; an end that is beyond it has no cap."""
        y, half = np.array(series.y, float), np.array(series.half, float)
        there = np.isfinite(half) & np.isfinite(y)
        if not there.any():
            return
        x, ends = x[there], np.column_stack([y - half, y + half])[there]
        ends = box.y(np.nan_to_num(scale.share(ends), nan=-1.0))  # what has no place on a log axis is below all of it
        caps = np.where((ends >= box.foot - 1e-9) & (ends <= box.top + 1e-9), ends, np.nan)
        cap = self.size.font * 0.28 * POINT
        sides = np.column_stack([x - cap, x + cap])
        for a, b in ((np.column_stack([x, x]), np.clip(ends, box.foot, box.top)),
                     *((sides, np.column_stack([caps[:, end]] * 2)) for end in (0, 1))):
            self.strokes.add(f"{series.label}, bars{', dashed' if series.dashed else ''}", *segments(a, b), color=colour,
                             linewidth=0.7 * self.size.line, solid_capstyle="butt", zorder=2)

    # ---- axes ----

    def axes(self, box, row):
        """The ticks of both, as (place, text)."""
        x, y, of_x, of_y = self.x, self.rows[row], self.shown.x, self.shown.rows[row]
        y_ticks = of_y.ticks or y.ticks(int(box.height / self.sheet.em / TICK_ROOM))
        x_ticks = [(box.x(x.share(at)), text) for at, text in self.sheet.ticks() if x.low <= at <= x.high]
        y_ticks = [(box.y(y.share(at)), text) for at, text in y_ticks if y.low <= at <= y.high]
        for at, _ in x_ticks:
            self.tick([at, at], [box.foot, box.foot - TICK])
        for at, _ in y_ticks:
            self.tick([box.left, box.left - TICK], [at, at])
            self.strokes.add("grid", [box.left, box.right], [at, at], color="#b0b0b0", alpha=0.25, linewidth=0.6, snap=True, zorder=1.5)
        if of_y.chance is not None and y.low <= of_y.chance <= y.high:
            at = box.y(y.share(of_y.chance))
            self.strokes.add("chance", [box.left, box.right], [at, at], color="0.4", linewidth=0.9, zorder=1, snap=True, linestyle=":")
        for at in of_x.breaks:
            at = box.x(x.share(at))
            self.strokes.add("breaks", [at, at], [box.foot, box.top], color="0.6", linewidth=0.8, zorder=2, snap=True, linestyle=":")
        return x_ticks, y_ticks

    def tick(self, x, y):
        self.strokes.add("ticks", x, y, color="black", linewidth=0.8, solid_capstyle="butt", snap=True, zorder=2.01)

    # ---- matrices ----

    def matrix(self, matrix, box):
        """The ticks of both axes, as (place, text)."""
        values = np.array(matrix.values, float)
        n_rows, n_columns = values.shape
        x, y = box.x(np.arange(n_columns + 1) / n_columns), box.y(1 - np.arange(n_rows + 1) / n_rows)
        low, high = self.shades
        shares = (values - low) / (high - low)
        colours = matplotlib.colormaps["cividis"](np.nan_to_num(shares))
        colours[~np.isfinite(values)] = (0.92, 0.92, 0.92, 1)
        cells = [((x[c], y[r]), (x[c + 1], y[r]), (x[c + 1], y[r + 1]), (x[c], y[r + 1]))
                 for r in range(n_rows) for c in range(n_columns)]
        colours = colours.reshape(-1, 4)
        self.figure.add_artist(PolyCollection(cells, facecolors=colours, edgecolors=colours, linewidths=0.3, snap=True,
                                              transform=self.figure.dpi_scale_trans, zorder=1))
        middle_x, middle_y = (x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2
        for (row, column), value in np.ndenumerate(values):
            text = f"{value:.{matrix.digits}f}" if math.isfinite(value) else "–"
            room = len(text) * 0.7 * n_columns
            self.text(middle_x[column], middle_y[row], text, ha="center", va="center",
                      color="white" if shares[row, column] < 0.5 else "black", fontsize=min(self.size.font, box.width / POINT / room))
        return list(zip(middle_x, matrix.columns)), list(zip(middle_y, matrix.rows))


def shades_of(shown):
    """One scale for all panels."""
    values = np.concatenate([np.ravel(np.array(panel.matrix.values, float)) for panel in shown.panels if panel.matrix])
    values = values[np.isfinite(values)]
    matrix = shown.panels[0].matrix
    low = matrix.low if matrix.low is not None else values.min() if len(values) else 0.0
    high = matrix.high if matrix.high is not None else values.max() if len(values) else 1.0
    return (low, high) if high > low else (low - 0.5, high + 0.5)
