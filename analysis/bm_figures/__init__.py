"""Figures of bm-sweep's results files, and the files as arrays: `from bm_figures import load`."""

from .results import Results, ResultsError, Table, load

__all__ = ["Results", "ResultsError", "Table", "load"]
