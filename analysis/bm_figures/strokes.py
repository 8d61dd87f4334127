"""Lines of all panels of a figure, gathered by how they look: matplotlib draws a few long ones much faster than many."""

from matplotlib.lines import Line2D
import numpy as np

GAP = np.array([np.nan])  # where nothing joins one panel's line to the next one's


class Strokes:
    def __init__(self):
        self._found = {}  # {(name, style): ([x], [y])}

    def add(self, name, x, y, **style):
        """A line through these points, in inches."""
        xs, ys = self._found.setdefault((name, tuple(style.items())), ([], []))
        xs += [x, GAP]
        ys += [y, GAP]

    def put(self, figure):
        for (name, style), (x, y) in self._found.items():
            figure.add_artist(Line2D(np.concatenate(x), np.concatenate(y), transform=figure.dpi_scale_trans, gid=name, **dict(style)))


def segments(x, y):
    """(x, y) of n lines with a gap behind each, from two arrays n × points."""
    gaps = np.full((len(x), 1), np.nan)
    return np.hstack([x, gaps]).ravel(), np.hstack([y, gaps]).ravel()
