"""What a figure shows, apart from how it is drawn: draw.py draws it for PNG and PDF, page/ in the report.

Accuracies are in percent here. NaN is a gap: nothing is drawn there, and no line crosses it.
"""

import dataclasses
import math


@dataclasses.dataclass
class Axis:
    label: str
    ticks: list = None  # of (position, text); None: numbers, as they come
    low: float = None  # None: what the values need
    high: float = None
    log: bool = False
    breaks: list = dataclasses.field(default_factory=list)  # positions where the scale is interrupted
    chance: float = None  # what guessing gets: a dotted line
    whole: bool = False  # between whole numbers there is nothing

    def ends_before(self, least, most):
        """Whether it is too short for what is between the two; NaN: for nothing."""
        return (self.low is not None and least < self.low) or (self.high is not None and most > self.high)


@dataclasses.dataclass
class Series:
    label: str
    x: list
    y: list
    style: int  # colour and marker
    half: list = None  # of the 95 % interval; NaN: one value has none
    n: list = None
    dashed: bool = False
    joined: bool = True
    names: list = None  # of the points: what stands beside their values
    runs: list = None  # ids, where a point is a run


@dataclasses.dataclass
class Matrix:
    rows: list
    columns: list
    values: list  # rows of numbers; NaN: missing
    n: list = None
    digits: int = 1
    low: float = None
    high: float = None


@dataclasses.dataclass
class Panel:
    title: str
    row: int = 0
    series: list = dataclasses.field(default_factory=list)
    matrix: Matrix = None


@dataclasses.dataclass
class Figure:
    name: str  # of the files
    title: str
    caption: str
    x: Axis
    rows: list  # of y axes; the panels of one share its scale
    panels: list
    family: object = None  # whose figure it is; None: of all

    def __post_init__(self):
        cut = " A bar without a cap goes on beyond the axis."
        if self.has_cut_bars() and not self.caption.endswith(cut):  # a copy of a figure has it already
            self.caption += cut

    def has_cut_bars(self):
        """Whether an interval is wider than the axis has room for."""
        return any(self.rows[panel.row].ends_before(y - half, y + half)
                   for panel in self.panels for series in panel.series for y, half in zip(series.y, series.half or ()))

    def is_matrix(self):
        return any(panel.matrix for panel in self.panels)

    def texts(self):
        """All that is written in it, numbers aside."""
        yield from (self.title, self.caption)
        for axis in (self.x, *self.rows):
            yield from (axis.label, *(text for _, text in axis.ticks or ()))
        for panel in self.panels:
            yield from (panel.title, *(series.label for series in panel.series))
            if panel.matrix:
                yield from (*panel.matrix.rows, *panel.matrix.columns)

    def is_drawn(self):
        """Whether any value is there."""
        return any(math.isfinite(y) for panel in self.panels for series in panel.series for y in series.y) or any(
            math.isfinite(v) for panel in self.panels if panel.matrix for row in panel.matrix.values for v in row)


def n_text(panels):
    """'n = 3 seeds', or 'n = 1 to 3 seeds at a point'."""
    counts = [n for panel in panels for series in panel.series for n in series.n or () if n > 0]
    counts += [n for panel in panels if panel.matrix for row in panel.matrix.n or () for n in row if n > 0]
    if not counts:
        return "no finished seed"
    low, high = min(counts), max(counts)
    return f"n = {low} seed{'s' * (low != 1)}" if low == high else f"n = {low} to {high} seeds at a point"
