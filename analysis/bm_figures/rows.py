"""The runs as the report's table and its view of one run have them: columns, curves, profiles, settings."""

import numpy as np

from .families import WORDS, setting, settings_of, text_of
from .statistics import student_quantile

MOST_FAILURES = 200
POINTS = 60_000  # of all curves together, so that pages stay small
MEASURED = (("memorization", "memorization, %"), ("fit", "fit, %"), ("test_accuracy", "test, %"))
CURVES = (("memorization", "memorization, %"), ("fit", "fit, %"), ("train_loss", "training loss"))
PROFILES = ("noisy", "invariance")
LAST_DEGREE = 60  # of Student's t; beyond it hardly falls


def percent(values):
    return np.round(100 * values.astype(float), 2)


def digits(values):
    """Rounded to four digits: what a chart can show."""
    values = np.asarray(values, float)
    with np.errstate(all="ignore"):
        scale = 10.0 ** (3 - np.floor(np.log10(np.abs(values))))
        return np.where(np.isfinite(scale), np.round(values * scale) / scale, values)


def varying(runs):
    return [key for key in settings_of(runs) if not key.endswith("_word")
            and len({str(value) for value in runs[key].tolist()}) > 1 and key != "seed"]


def columns_of(results, values):
    """[{name, title, kind, values}]: a column of the table each."""
    runs, probe = results.runs, values.clean()
    made = [{"name": "id", "title": "id", "kind": "id", "values": runs["id"].tolist()}]
    for key in varying(runs):
        number = runs[key].dtype != object
        words = [setting(runs, key, row) for row in range(len(runs))] if number and key in ("diversity", *WORDS) else (
            [text_of(value) for value in runs[key].tolist()])
        made.append({"name": key, "title": key, "kind": "setting", "values": words,
                     "order": runs[key].tolist() if number and not np.isinf(runs[key]).any() else None})
    made.append({"name": "seed", "title": "seed", "kind": "seed", "values": runs["seed"].tolist()})
    made.append({"name": "status", "title": "status", "kind": "text", "values": runs["status"].tolist()})
    for key, title in MEASURED:
        if key in runs:
            made.append({"name": key, "title": title, "kind": "number", "values": percent(runs[key])})
    if probe:
        for is_start, name, title in ((True, f"init_{probe}_embedding", f"{probe} before, %"),
                                      (False, f"{probe}_embedding", f"{probe} at embedding, %")):
            made.append({"name": name, "title": title, "kind": "number",
                         "values": percent(values.at(probe, "embedding", is_start))})
    for key, title in (("epochs_done", "epochs done"), ("wall_s", "time, s")):
        if key in runs:
            made.append({"name": key, "title": title, "kind": "number", "values": digits(runs[key])})
    return made


def thinned(rows, most):
    """Some of them at equal steps, the first and the last among them."""
    return rows if len(rows) <= most else rows[np.unique(np.linspace(0, len(rows) - 1, most).round().astype(int))]


def curves_of(results, values):
    """{titles, of: a list a run: [epochs, values…]}; and at how many points at most."""
    evaluations, probe = results.evaluations, values.clean()
    columns = [(title, evaluations[key], 100.0 if "%" in title else 1.0) for key, title in CURVES if key in evaluations]
    if probe:
        columns.append((f"{probe} at embedding, %", values.over_evaluations(probe, "embedding"), 100.0))
    most = max(4, POINTS // max(1, len(results.runs)))
    rounded = [digits(scale * column) for _, column, scale in columns]
    found = []
    for run in range(len(results.runs)):
        rows = thinned(values.evaluations_of(run), most)
        found.append([evaluations["epoch"][rows].tolist() if len(rows) else [], *(column[rows] for column in rounded)])
    longest = max([len(values.evaluations_of(run)) for run in range(len(results.runs))] or [0])
    return {"titles": [title for title, _, _ in columns], "of": found, "thinned": most if longest > most else None}


def profiles_of(results, values):
    """{taps, titles, of: by run, then title: [end, start] over taps}."""
    lines = [(values.clean(), 100.0)] if values.clean() else []
    lines += [(probe, 1.0 if probe == "invariance" else 100.0) for probe in PROFILES
              if probe in results.probes and np.isfinite(values.at_taps(probe)).any()]
    arrays = [(digits(scale * values.at_taps(probe)), digits(scale * values.at_taps(probe, True))) for probe, scale in lines]
    return {"taps": values.taps, "titles": [f"{probe}, %" if scale == 100.0 else probe for probe, scale in lines],
            "of": [[[end[run], start[run]] for end, start in arrays] for run in range(len(results.runs))]}


def settings_in(results):
    """What is equal in all runs, in the file's order, and the names of what is not: for showing a run, and running it again."""
    runs = results.runs
    keys = [key for key, role in runs.roles.items() if role in ("setting", "observed") and not key.endswith("_word")]
    same = {key: setting(runs, key, 0) for key in keys if len({str(value) for value in runs[key].tolist()}) == 1}
    other = {key: [setting(runs, key, row) for row in range(len(runs))] for key in keys if key not in same}
    return {"keys": keys, "same": same, "other": other}


def of(results, values):
    return {"columns": columns_of(results, values), "curves": curves_of(results, values),
            "profiles": profiles_of(results, values), "settings": settings_in(results), "file": results.path,
            "name": results.name, "t": [None] + [student_quantile(degrees) for degrees in range(1, LAST_DEGREE + 1)]}
