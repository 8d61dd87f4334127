"""Where everything stands on a figure: panels in a grid, with title, legend and caption around them."""

import math
import textwrap

from .scale import MOST_STEPS, scales_of
from .style import plain

LETTER = 0.56  # the width of one in the middle, in ems
DIGIT = 0.62
BETWEEN = 1.6  # panels beside each other, in ems, at least
LABEL_LINE = 1.2  # of a label of y axes
LEAST_PANEL = 0.6  # of a slide's panel, of its usual height


class Sheet:
    """A figure whose panels stand in a grid, with title, legend and caption around them."""

    def __init__(self, shown, size):
        self.size, self.shown = size, shown
        self.em = size.font / 72
        n = max(1, len(shown.panels) // max(1, len(shown.rows)))
        self.x, self.rows = (None, [None] * len(shown.rows)) if shown.is_matrix() else scales_of(shown)
        self.has_names = max(map(len, self._x_names())) > 4
        self.between = self._between()
        self.columns = min(n, size.most_named if self.has_names else size.most)
        self.blocks = -(-n // self.columns)
        self.legend = legend_entries(shown)
        self.per_line = max(1, int(size.width / self.em // max([len(label) * LETTER + 4 for label in self.legend] or [1])))
        chars = int(size.width / self.em / 0.54)
        self.caption = textwrap.wrap(shown.caption, chars)
        self.title = textwrap.wrap(shown.title, int(chars * 0.8))
        self._measure()

    def _measure(self):
        em, size, n_rows = self.em, self.size, len(self.shown.rows)
        panel = size.panel * (1.4 if n_rows == 1 else 1)
        self.top = em * (1.7 * len(self.title) + 0.6)
        lines = -(-len(self.legend) // self.per_line) if self.legend else 0
        label_lines = max(len(self.label_lines(row, panel * (LEAST_PANEL if size.suffix else 1))) for row in range(n_rows))
        self.label_at = em * (1.4 + LABEL_LINE * (label_lines - 1))
        self.left = self.label_at + em * max(3.6, 1.0 + self._row_room())
        self.bottom = em * (1.5 * len(self.caption) + 1.7 * lines + 1.0)
        self.gap = em * 2.3
        self.below = em * (3.8 + self._tick_room())
        fixed = self.top + self.bottom + self.blocks * (self.below + 1.6 * em + (n_rows - 1) * self.gap)
        # A slide has one height; what does not fit makes it higher, as panels have to be seen.
        n = n_rows * self.blocks
        self.panel = max(panel * LEAST_PANEL, (size.most_height - fixed) / n) if size.suffix else panel
        self.height = fixed + n * self.panel

    def label_lines(self, row, height):
        """The label of a y axis in lines that are no longer than a panel is high."""
        return textwrap.wrap(self.shown.rows[row].label, max(8, int(height / self.em / LETTER))) or [""]

    def _tick_room(self):
        """Names below the axis stand upright where they are long."""
        names = self._x_names()
        return DIGIT * max(map(len, names)) if self.upright() else 0

    def _x_names(self):
        if self.shown.is_matrix():
            return self.shown.panels[0].matrix.columns
        return [text for _, text in self.shown.x.ticks or ()] or [""]

    def upright(self):
        return self.has_names and sum(len(name) * 0.6 + 0.8 for name in self._x_names()) > self.room()

    def room(self):
        """The width of a panel, in ems."""
        return (self.size.width - self.left) / self.columns / self.em - self.between

    def _between(self):
        """Panels beside each other: the last number of an axis and the first one of the next stay two."""
        ticks = self.x.ticks(MOST_STEPS) if self.x and not self.shown.x.ticks else []
        return max(BETWEEN, 0.5 * DIGIT * len(ticks[0][1] + ticks[-1][1]) + 0.4) if ticks else BETWEEN

    def ticks(self):
        """Those of x, without the texts that would stand in the way of others: both ends come first."""
        if not self.shown.x.ticks:
            longest = max([len(text) for _, text in self.x.ticks(MOST_STEPS)], default=0)
            return self.x.ticks(int(self.room() / max(3.0, DIGIT * longest + 0.8)))
        taken, shown = [], {}
        ticks = list(self.shown.x.ticks)
        for at, text in ticks[-1:] + ticks[:1] + ticks[-2:0:-1]:
            place, half = float(self.x.share(at)) * self.room(), 0.3 * len(text) + 0.2
            if self.has_names or all(place + half <= low or place - half >= high for low, high in taken):
                taken.append((place - half, place + half))
                shown[at] = text
        return [(at, shown.get(at, "")) for at, _ in ticks]

    def _row_room(self):
        """The width of what stands beside the y axes, in ems."""
        if self.shown.is_matrix():
            return DIGIT * max(map(len, self.shown.panels[0].matrix.rows))
        texts = [text for axis, scale in zip(self.shown.rows, self.rows) for _, text in axis.ticks or scale.ticks(MOST_STEPS)]
        return DIGIT * max(map(len, texts), default=0)

    def box_of(self, column, row):
        """A panel's (left, foot, width, height) in inches: `row` among the rows of the spec, `column` among all its panels
        of a row."""
        block, n_rows = column // self.columns, len(self.shown.rows)
        width = (self.size.width - self.left - self.em) / self.columns
        above = self.top + block * (n_rows * (self.panel + self.gap) - self.gap + self.below + 1.6 * self.em)
        y = above + 1.6 * self.em + row * (self.panel + self.gap)
        x = self.left + (column % self.columns) * width
        return x, self.height - y - self.panel, width - (self.between if self.columns > 1 else 0.3) * self.em, self.panel

    def is_left(self, column):
        return column % self.columns == 0

    def text(self, figure, lines, from_bottom, step, **style):
        for i, line in enumerate(lines):
            figure.text(self.em / self.size.width, (from_bottom + (len(lines) - 1 - i) * step * self.em) / self.height,
                        plain(line), ha="left", va="bottom", **style)


def legend_entries(shown):
    """{label: style} of what is drawn, each once; what is dashed is told by the caption."""
    found = {}
    for panel in shown.panels:
        for series in panel.series:
            if not series.dashed and any(map(math.isfinite, series.y)):
                found.setdefault(series.label, series.style)
    return found
