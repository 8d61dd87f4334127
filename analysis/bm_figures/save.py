"""PNG and PDF of figures, in all sizes, written by several processes."""

import concurrent.futures
import concurrent.futures.process
import dataclasses
import io
import multiprocessing
import os
import signal
import tempfile

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
import numpy as np
from PIL import Image

from . import draw, font
from .files import write
from .results import ResultsError
from .style import DPI, SIZES, STYLE

MOST_WORKERS = 4


def png(figure):
    """Without a channel for what shines through, which takes time."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    data = io.BytesIO()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(data, "png", dpi=(DPI, DPI), compress_level=1)
    return data.getvalue()


def pdf(figure):
    data = io.BytesIO()
    figure.savefig(data, format="pdf", metadata={"CreationDate": None})
    return data.getvalue()


def save(shown, folder):
    """Writes the figure in all sizes; the names of its files."""
    written = []
    for size in SIZES:
        with matplotlib.rc_context(STYLE):
            figure = draw.figure_of(shown, size)
            for encode in (png, pdf):
                name = f"{shown.name}{size.suffix}.{encode.__name__}".replace(os.sep, "_")
                write(os.path.join(folder, name), encode(figure))
                written.append(name)
    return written


def save_all(figures, folder):
    """The same of several, on some of the cores; yields the names in the figures' order."""
    figures = [dataclasses.replace(figure, family=None) for figure in figures]  # which other processes need not know
    workers = min(MOST_WORKERS, len(os.sched_getaffinity(0)), len(figures))
    with tempfile.TemporaryDirectory(prefix="bm-figures-") as fonts:
        STYLE["font.family"] = font.family(fonts, "".join(text for figure in figures for text in figure.texts()))
        try:
            yield from _save_by(workers, figures, folder)
        finally:
            STYLE["font.family"] = font.USUAL


def _save_by(workers, figures, folder):
    if workers < 2:
        yield from (save(figure, folder) for figure in figures)
        return
    pool = concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), signal.signal,
                                                  (signal.SIGINT, signal.SIG_IGN))  # which is for the parent to tell
    try:
        yield from pool.map(save, figures, [folder] * len(figures))
    except concurrent.futures.process.BrokenProcessPool:
        raise ResultsError("a process that draws was ended from outside (no memory?)") from None
    finally:
        pool.shutdown(cancel_futures=True)
