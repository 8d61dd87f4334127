"""PNG and PDF of figures, in all sizes, written by several processes."""

import concurrent.futures
import dataclasses
import io
import multiprocessing
import os
import tempfile

from .style import DPI, SIZES, STYLE  # first: it tells matplotlib to be quiet
from . import draw, font
from .files import write
import matplotlib

MOST_WORKERS = 4


def save(shown, folder):
    """Writes the figure in all sizes; the names of its files."""
    written = []
    for size in SIZES:
        figure = draw.figure_of(shown, size)
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
