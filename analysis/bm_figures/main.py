"""The command bm-figures."""

import argparse
import os
import sys

from .results import ResultsError, load

USAGE = """bm-figures RESULTS.h5... -o DIR
       bm-figures report RESULTS.h5... -o report.html
       bm-figures paths A.h5 B.h5 -o DIR"""
ABOUT = """Draws all figures that results files of bm-sweep have data for: PNG (200 dpi) and PDF, as wide as a paper's column,
and as a slide (-slide). Runs that differ in more than diversity, label noise and seed have figures of their own,
with what sets them apart in the names of the files. `report` makes one page of all, for a browser without a network.
`paths` draws the loss of one sweep computed twice, by two paths of the convolutions (setting conv)."""
COMMANDS = ("report", "paths")


def parse(arguments):
    command = arguments[0] if arguments[:1] and arguments[0] in COMMANDS else None
    parser = argparse.ArgumentParser("bm-figures", usage=USAGE, description=ABOUT,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", metavar="RESULTS.h5", help="several files are taken together")
    parser.add_argument("-o", "--output", required=True, metavar="PATH", help="a folder, which is made; of report: a file")
    parser.add_argument("--where", action="append", default=[], metavar="KEY=VALUE,…",
                        help="only runs with these settings (= != < <= > >=)")
    parser.add_argument("--pool", default="", metavar="KEY,…",
                        help="settings that may differ within a figure; its caption says how")
    parser.add_argument("--probe", metavar="NAME", help="knn, linear, centroid: of what is called the probe")
    parser.add_argument("--taps", metavar="TAP,…", help="of the trade-off (default: embedding, best encoder tap, output)")
    parser.add_argument("--tap", help="of heat map, curves, scatter (default: embedding)")
    parser.add_argument("--quantity", metavar="NAME", help="of the heat map, a column of /runs or of /probes (default: the probe)")
    options = parser.parse_args(arguments[command is not None:])
    options.command = command
    return options


def names_of(text):
    return [name.strip() for name in text.split(",") if name.strip()] if text else []


def write_figures(figures, folder):
    from . import files, save

    files.check_place(folder)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"cannot make the folder {folder}: {error.strerror}") from None
    for names in save.save_all(figures, folder):
        print("\n".join(os.path.join(folder, name) for name in names), flush=True)


def run_paths(options):
    from . import paths

    if len(options.results) != 2:
        raise ResultsError("paths compares two files")
    figure, told = paths.compare(*options.results)
    write_figures([figure], options.output)
    print(told)


def run(options):
    from . import collect, files, report

    results = load(*options.results)
    chosen = {"probe": options.probe, "taps": names_of(options.taps) or None, "tap": options.tap,
              "quantity": options.quantity}
    families, shown, values = collect.collect(results, options.where, names_of(options.pool), **chosen)
    if options.command == "report":
        files.check_place(os.path.dirname(options.output))
        files.write(options.output, report.page(results, families, shown, values, options.results, options.where).encode())
        print(options.output)
    else:
        write_figures(shown, options.output)


def main(arguments):
    try:
        options = parse(arguments)
        (run_paths if options.command == "paths" else run)(options)
    except ResultsError as error:
        sys.exit(f"bm-figures: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(141)
