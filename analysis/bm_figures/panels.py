"""Draws panels: lines with their bars, axes, and matrices."""

import math
import textwrap

from matplotlib.ticker import NullLocator
import numpy as np

from .style import colour_of, marker_of, plain


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
