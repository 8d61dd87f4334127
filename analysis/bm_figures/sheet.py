"""Where everything stands on a figure: panels in a grid, with title, legend and caption around them."""

import textwrap

from .style import plain


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

    def box_of(self, column, row):
        """A panel's (left, foot, width, height) in inches: `row` among the rows of the spec, `column` among all its panels
        of a row."""
        block, n_rows = column // self.columns, len(self.shown.rows)
        width = (self.size.width - self.left - self.em) / self.columns
        above = self.top + block * (n_rows * (self.panel + self.gap) + self.below + 1.6 * self.em)
        y = above + 1.6 * self.em + row * (self.panel + self.gap)
        x = self.left + (column % self.columns) * width
        return x, self.height - y - self.panel, width - (1.2 if self.columns > 1 else 0.3) * self.em, self.panel

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
