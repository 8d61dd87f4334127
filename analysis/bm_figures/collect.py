"""All figures that results have data for."""

import dataclasses

from .families import conditions, families
from .figures import View, copies, curves, depth, equal_fit, heatmap, scatter, similarity, tradeoff
from .results import ResultsError
from .values import Values

OF_FAMILIES = (tradeoff, heatmap, depth, curves, scatter, similarity, equal_fit)


def collect(results, where=(), pool=(), **options):
    """The families of the runs that meet `where`, and what is drawn of each."""
    chosen = conditions(results, where) if len(results.runs) else []
    if not len(chosen) or not (chosen & (results.runs["status"] == "done")).any():
        raise ResultsError(f"{results.path} has no finished run" + (" that meets --where" if where else " yet"))
    values = Values(results)
    for tap in (*(options.get("taps") or ()), options.get("tap") or "embedding"):
        if tap not in values.taps and (options.get("taps") or options.get("tap")):
            raise ResultsError(f"{results.path} has no tap '{tap}'; there are {', '.join(values.taps) or 'none'}")
    probe = options.pop("probe", None)
    if probe:
        results.probes[probe]  # says so if there is none
    options = {name: value for name, value in options.items() if value is not None}

    def view_of(family):
        return View(family, values, probe or values.clean(family.done), **options)

    found = families(results, chosen, pool)
    shown = [dataclasses.replace(figure, family=family) for family in found for module in OF_FAMILIES
             for figure in module.figures(view_of(family))]
    shown += copies.figures_over_all(results, chosen, view_of, pool)
    return found, [figure for figure in shown if figure.is_drawn()], values
