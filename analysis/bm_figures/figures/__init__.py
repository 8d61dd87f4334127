"""One module a figure; each has `figures(view)`, which returns what the runs of a family have data for.

A view is a family with the values of its runs, the probe and the taps that are meant: see `View` in this file.
"""

import dataclasses

from ..families import Family
from ..values import Values


@dataclasses.dataclass
class View:
    family: Family
    values: Values
    probe: str  # against true labels; None: none was taken
    taps: list = None  # chosen by name; None: embedding, best of the encoder, output
    quantity: str = None  # of the heat map; None: the probe
    tap: str = "embedding"

    @property
    def runs(self):
        return self.values.results.runs

    def caption(self, *sentences):
        return " ".join(filter(None, (*sentences, self.family.settings() + ".")))

    def name(self, figure):
        return self.family.file_name(figure)
