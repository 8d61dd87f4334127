"""From values to places along an axis: its limits, and the ticks where it has none of its own."""

from matplotlib.ticker import MaxNLocator
import numpy as np

MARGIN = 0.05  # of the range of the values
MOST_STEPS = 6
STEPS = [1, 2, 2.5, 5, 10]


def _log(values):
    """NaN where a value has no place on the axis."""
    return np.log10(np.where(np.asarray(values) > 0, values, np.nan))


class Scale:
    """Of one axis, which all panels share."""

    def __init__(self, axis, values):
        """`values`: all that is drawn along it."""
        values = np.asarray(values, float)
        values = values[np.isfinite(values)]
        least, most = (values.min(), values.max()) if len(values) else (0.0, 1.0)
        low, high = least if axis.low is None else axis.low, most if axis.high is None else axis.high
        spare = MARGIN * (high - low) or 0.5
        self.low = low - spare if axis.low is None else low
        self.high = high + spare if axis.high is None else high
        if self.high <= self.low:
            self.high = self.low + 1.0
        self._is_whole = axis.whole
        self._turn = _log if axis.log else np.asarray

    def share(self, values):
        """0 at the lower end, 1 at the upper one."""
        low, high = self._turn(self.low), self._turn(self.high)
        return (self._turn(np.asarray(values, float)) - low) / (high - low)

    def ticks(self, most):
        """[(position, text)] with equal steps; `most`: how many steps have room."""
        found = MaxNLocator(nbins=min(max(most, 1), MOST_STEPS), steps=STEPS, integer=self._is_whole).tick_values(self.low, self.high)
        found = [at for at in found.tolist() if self.low <= at <= self.high]
        texts = [f"{at:.6g}" for at in found]
        digits = max([len(text.partition(".")[2]) for text in texts], default=0)
        return [(at, text if "e" in text else f"{at:.{digits}f}") for at, text in zip(found, texts)]


def reach_of(series):
    """The ends of its bars, and the values that have none."""
    y = np.array(series.y, float)
    half = np.nan_to_num(np.array(series.half, float)) if series.half else 0.0
    return np.concatenate([y - half, y + half])


def scales_of(shown):
    """(of x, [of each row]) of a figure without matrices."""
    def of(axis, arrays):
        return Scale(axis, np.concatenate([*arrays, []]))

    return of(shown.x, [s.x for panel in shown.panels for s in panel.series]), [
        of(axis, [reach_of(s) for panel in shown.panels if panel.row == row for s in panel.series])
        for row, axis in enumerate(shown.rows)]
