"""What was measured, as arrays over runs: at taps, before training and at the end."""

import functools

import numpy as np

CLEAN = ("knn", "linear", "centroid")  # probes against true labels; the first that was taken is meant
BEYOND = ("projector", "output")  # taps that are not of the encoder


def order_of_taps(names, sequences):
    """The names as they follow each other in every network: those that only some have stand before the next one that
    others have as well."""
    order = []
    for sequence in dict.fromkeys(tuple(names[rows]) for rows in sequences):
        for i, tap in enumerate(sequence):
            if tap not in order:
                following = [order.index(later) for later in sequence[i + 1:] if later in order]
                order.insert(min(following, default=len(order)), tap)
    return order + [tap for tap in dict.fromkeys(names) if tap not in order]


class Values:
    def __init__(self, results):
        self.results = results
        n = len(results.runs)
        epochs = results.evaluations["epoch"] if len(results.evaluations) else np.zeros(0, int)
        last = np.full(n, -1)
        np.maximum.at(last, results.run_of_evaluation, epochs)
        self._is_end, self._is_start = epochs == last[results.run_of_evaluation], epochs == 0
        names = results.probes.get("tap", np.zeros(0, object))
        self.taps = order_of_taps(names, self._sequences())
        index = {tap: i for i, tap in enumerate(self.taps)}
        self._tap = np.fromiter((index[tap] for tap in names), int)
        order = np.lexsort((epochs, results.run_of_evaluation))
        bounds = np.searchsorted(results.run_of_evaluation[order], np.arange(n + 1))
        self._evaluations = [order[a:b] for a, b in zip(bounds, bounds[1:])]

    def _sequences(self):
        """Rows of /probes of each run's last evaluation, in the file's order."""
        if not len(self.results.probes):
            return []
        rows = np.flatnonzero(self._is_end[self.results.probes["evaluation"].astype(int)])
        runs = self.results.run_of_probe[rows]
        rows = rows[np.argsort(runs, kind="stable")]
        return np.split(rows, np.flatnonzero(np.diff(np.sort(runs, kind="stable"))) + 1)

    def evaluations_of(self, run):
        """Its rows of /evaluations, by epoch."""
        return self._evaluations[run]

    @functools.lru_cache(maxsize=None)
    def at_taps(self, probe, is_start=False):
        """Runs × taps; NaN: not measured."""
        results = self.results
        found = np.full((len(results.runs), len(self.taps)), np.nan)
        if probe in results.probes:
            rows = (self._is_start if is_start else self._is_end)[results.probes["evaluation"].astype(int)]
            found[results.run_of_probe[rows], self._tap[rows]] = results.probes[probe][rows]
        return found

    def at(self, probe, tap, is_start=False):
        """The probe at one tap, over runs."""
        if tap not in self.taps:
            return np.full(len(self.results.runs), np.nan)
        return self.at_taps(probe, is_start)[:, self.taps.index(tap)]

    @functools.lru_cache(maxsize=None)
    def over_evaluations(self, probe, tap):
        """The probe at one tap, over the rows of /evaluations."""
        found = np.full(len(self.results.evaluations), np.nan)
        if tap in self.taps and probe in self.results.probes:
            rows = self._tap == self.taps.index(tap)
            found[self.results.probes["evaluation"][rows].astype(int)] = self.results.probes[probe][rows]
        return found

    def clean(self, rows=slice(None)):
        """The probe that is meant by "the probe" of these runs, or all; None: none was taken."""
        return next((probe for probe in CLEAN if np.isfinite(self.at_taps(probe)[rows]).any()), None)

    def best_tap(self, probe, rows):
        """The tap of the encoder with the highest mean at the end over these runs; None: nothing was measured."""
        best, highest = None, -np.inf
        for t, tap in enumerate(self.taps):
            values = self.at_taps(probe)[rows, t]
            values = values[np.isfinite(values)]
            if tap not in BEYOND and len(values) and values.mean() > highest:
                best, highest = tap, values.mean()
        return best

    def taps_of(self, rows):
        """Those that these runs have, in the order of the network."""
        return [tap for t, tap in enumerate(self.taps) if
                any(np.isfinite(self.at_taps(probe)[rows, t]).any() for probe in (*CLEAN, "noisy", "invariance", "rank"))]

    @functools.lru_cache(maxsize=None)
    def first_fit(self, least):
        """Over runs: the row of the first evaluation whose fit is at least that; -1: there is none."""
        found = np.full(len(self.results.runs), -1)
        if "fit" not in self.results.evaluations:
            return found
        fit = self.results.evaluations["fit"]
        for run, rows in enumerate(self._evaluations):
            reached = rows[fit[rows] >= least]
            if len(reached):
                found[run] = reached[0]
        return found
