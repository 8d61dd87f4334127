"""What all drawn figures have in common: sizes of pages, colours, markers, and matplotlib without a display."""

import dataclasses

import matplotlib

matplotlib.use("Agg")  # needs no display

from . import font

DPI = 200
# Okabe and Ito's, which people with any kind of colour vision tell apart; the markers do so without colours.
COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
STYLE = {"pdf.fonttype": 42, "font.family": font.USUAL}


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
