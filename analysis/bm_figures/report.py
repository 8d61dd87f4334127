"""The report: one page with all figures, the table of runs and what is to be said of failures, cost and provenance.

Everything that comes from results files is data for the page's script (JSON in which a number that JSON lacks is
null) or text that is escaped; nothing is loaded from elsewhere.
"""

import dataclasses
import html
import json
import math
import os
import re

import numpy as np

from . import claims, rows

SCRIPTS = ("elements.js", "charts.js", "reading.js", "figures.js", "table.js", "run.js", "start.js")
HERE = os.path.dirname(os.path.abspath(__file__))
QUESTION = ("Where in the network do noise and signal settle, and how does that depend on the diversity of the augmentation "
            "and on the share of random labels?")


def plain(value):
    """What JSON can say: NaN and infinities as null, numpy's types as Python's."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return short(float(value))
    return value if value is None else str(value)


def short(value):
    """A number with as many digits as a page can show."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.5g}")


def encode(value):
    """JSON that may stand inside a script element: no tag begins or ends in it."""
    text = json.dumps(plain(value), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def escape(text):
    return html.escape(str(text))


# ---- the parts of the page ----


def question_of(results):
    """What the sweep files say they ask, or the program's own question."""
    asked = []
    for part in results.parts:
        found = re.search(r"^# *Question: *(.*(?:\n#(?! *\n)(?! *\w+:) .*)*)", str(part.attributes.get("sweep", "")), re.M)
        if found:
            text = re.sub(r"\s*\n#\s*", " ", found.group(1)).strip()
            asked.append(text[:1].upper() + text[1:])
    return " ".join(dict.fromkeys(asked)) or QUESTION


def verdicts(paths, where):
    found, text = claims.ask(paths)
    if found is None:
        return f'<p class="warning">No verdicts: {escape(text)}</p>'
    items = "".join(f'<li class="{claim.verdict.split()[0]}"><b>{escape(claim.name)} {escape(claim.verdict)}</b>: '
                    f"{escape(claim.text)}<small>{escape(claim.of)}</small></li>" for claim in found)
    note = f"<p class=\"hint\">Of all runs of the files: the figures are of {escape(', '.join(where))}.</p>" if where else ""
    return (f'<ul class="verdicts">{items}</ul>{note}\n<details><summary>What each claim is judged by (bm-results claims)</summary>'
            f"<pre>{escape(text)}</pre></details>")


def table(head, body):
    """A table of texts; the first column is a heading of its row."""
    cells = "".join("<tr><th scope=\"row\" class=\"t\">" + "</th>".join(
        [escape(row[0]), "".join(f'<td class="t wide">{escape(cell)}</td>' for cell in row[1:])]) + "</tr>" for row in body)
    return (f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(head[0])}"><table><thead><tr>'
            + "".join(f'<th scope="col" class="t">{escape(name)}</th>' for name in head)
            + f"</tr></thead><tbody>{cells}</tbody></table></div>")


def counts(results):
    states = results.runs["status"].tolist()
    by = {state: states.count(state) for state in dict.fromkeys(states)}
    return f"{len(states)} runs: " + ", ".join(f"{n} {state}" for state, n in by.items())


def failures(results):
    runs = results.runs
    at = [row for row, status in enumerate(runs["status"]) if status not in ("done", "running")]
    if not at:
        return "<p>No run has failed.</p>"
    told = [(runs["id"][row][:8], runs["status"][row], runs["cause"][row] if "cause" in runs else "",
             runs["log"][row].strip()[-300:] if "log" in runs else "") for row in at[:rows.MOST_FAILURES]]
    more = f"<p>The first {rows.MOST_FAILURES} of {len(at)}.</p>" if len(at) > rows.MOST_FAILURES else ""
    return more + table(("run", "status", "cause", "the last it printed"), told)


def duration(seconds):
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.1f} s"


def cost(results):
    runs, told = results.runs, []
    for column, what in (("wall_s", "time of all runs together"), ("cpu_s", "CPU time of all runs together")):
        if column in runs:
            values = runs[column][np.isfinite(runs[column])]
            if len(values):
                told.append((what, f"{duration(values.sum())} (a run: {duration(np.median(values))} in the middle, "
                                   f"{duration(values.max())} at most)"))
    if "peak_memory" in runs and len(runs) and (runs["peak_memory"] > 0).any():
        told.append(("memory of a run, at most", f"{np.nanmax(runs['peak_memory']) / 2**20:.0f} MiB"))
    for column, what in (("cpu", "CPUs"), ("host", "machines"), ("threads", "threads of a run")):
        if column in runs:
            names = dict.fromkeys(str(name) for name in runs[column].tolist() if name not in ("", None))
            told.append((what, ", ".join(list(names)[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")))
    return table(("cost", ""), told) if told else "<p>Nothing was recorded.</p>"


def provenance(results):
    parts = results.parts
    keys = dict.fromkeys(key for part in parts for key in sorted(part.attributes) if key not in ("sweep", "journal_size"))
    told = table(("recorded", *(part.path for part in parts)),
                 [(key, *(part.attributes.get(key, "") for part in parts)) for key in keys])
    for part in parts:
        told += (f"<details><summary>The sweep file of {escape(part.path)}</summary>"
                 f"<pre>{escape(part.attributes.get('sweep', 'not recorded'))}</pre></details>")
    return told


def read(name):
    with open(os.path.join(HERE, "page", name), encoding="utf-8") as file:
        return file.read()


def page(results, families, shown, values, paths, where=()):
    """The whole page, as text; `where`: the conditions that the figures' runs meet."""
    groups = [{"name": family.name(), "settings": family.settings(),
               "figures": [i for i, figure in enumerate(shown) if figure.family is family]} for family in families]
    others = [i for i, figure in enumerate(shown) if figure.family is None]
    if others:
        groups.append({"name": "", "settings": "", "figures": others})
    data = {"figures": [dataclasses.asdict(dataclasses.replace(figure, family=None)) for figure in shown],
            "families": [group for group in groups if group["figures"]], **rows.of(results, values)}
    parts = {"name": escape(results.name or os.path.basename(results.path)), "question": escape(question_of(results)),
             "counts": escape(counts(results)), "verdicts": verdicts(paths, where), "failures": failures(results),
             "cost": cost(results), "provenance": provenance(results), "css": read("page.css"), "script": "\n".join(map(read, SCRIPTS)),
             "data": encode(data)}
    # In one pass: what a part says is never taken for a place of another one.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place.group(1)], read("page.html"))

