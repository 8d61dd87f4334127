#!/bin/bash
# Reads a results file of 8 runs, with failures, NaN, inf, UTF-8 and a whole number beyond 2^31, with other programs that
# read HDF5, and prints a table: which program, its version, and whether it read numbers and texts right. By hand: make
# check-readers. Exits 1 when one that is known to read all does not.
# usage: BM_BIN=… readers.sh TEST_SNAPSHOT
set -u
sample=$(realpath "$1") python=/usr/bin/python3
work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
"$sample" x.h5 readers || exit 1
numbers='diversity seed peak_memory train_accuracy memorization knn_embedding'
texts='id status cause host diversity_word'

# What is right, by bm-results csv: a line a column, "NAME: V1|V2|…", numbers with six digits.
"$BM_BIN/bm-results" csv x.h5 | $python -c '
import csv, sys
rows = list(csv.DictReader(sys.stdin))
for kind, names in zip(("numbers", "texts"), sys.argv[1:]):
    with open(kind, "w") as out:
        for name in names.split():
            print(name + ": " + "|".join("%.6g" % float(r[name] or "nan") if kind == "numbers" else r[name] for r in rows), file=out)
' "$numbers" "$texts" || exit 1

failed=0
version_of() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://; s/[+-].*//'; }
# judge NAME VERSION [numbers]: compares the file `got`; with "numbers", texts are known not to be read.
judge() {
    local kind said=
    for kind in numbers texts; do
        if grep -Fxq -f $kind got && [ "$(grep -Fxc -f $kind got)" = "$(wc -l <$kind)" ]; then
            said="$said $kind right;"
        else
            said="$said $kind not;"
            [ "$kind" = texts ] && [ "${3:-}" = numbers ] || [ "${3:-}" = nothing ] || failed=1
        fi
    done
    printf '%-22s %-10s%s\n' "$1" "$2" "${said%;}"
}
# with_python NAME MODULE READING [numbers]: READING defines column(name).
with_python() {
    $python -W ignore -c "
import sys, $2
$3
for name in sys.argv[1].split() + sys.argv[2].split():
    try:
        values = column(name)
    except TypeError:
        continue
    print(name + ': ' + '|'.join(v if isinstance(v, str) else '%.6g' % v for v in values))
" "$numbers" "$texts" >got 2>err
    judge "$1" "$(version_of "python3-$2")" "${4:-}"
}
with_r() {
    Rscript --vanilla -e "suppressMessages(library($1)); $2
for (name in strsplit('$numbers $texts', ' ')[[1]]) { v <- column(name)
  cat(name, ': ', paste(if (is.character(v)) v else sub('NaN', 'nan', sub('Inf', 'inf', sprintf('%.6g', as.numeric(v)))), collapse = '|'), '\n', sep = '') }" \
        >got 2>err
    judge "R $1" "$(Rscript --vanilla -e "cat(as.character(packageVersion('$1')))")"
}
by_h5py='column = lambda name: (lambda c: c.asstr()[:] if c.dtype == object else c[:])(h5py.File("x.h5")["runs/" + name])'
with_python h5py h5py "$by_h5py"
with_python 'PyTables' tables 'file = tables.open_file("x.h5"); column = lambda name: file.get_node("/runs/" + name)[:]' numbers
with_python 'pandas (csv)' pandas "import subprocess, io
table = pandas.read_csv(io.StringIO(subprocess.check_output(['$BM_BIN/bm-results', 'csv', 'x.h5'], text=True)), keep_default_na=True)
column = lambda name: table[name].fillna('') if name in sys.argv[2].split() else table[name]"
for engine in netcdf4 h5netcdf; do
    phony=$([ $engine = netcdf4 ] || echo ', phony_dims="sort"')
    with_python "xarray, $engine" xarray "set = xarray.open_dataset('x.h5', group='runs', engine='$engine'$phony); column = lambda name: set[name].values.tolist()"
done
with_r hdf5r 'f <- H5File$new("x.h5", "r"); column <- function(name) f[[paste0("runs/", name)]][]'
with_r rhdf5 'column <- function(name) h5read("x.h5", paste0("runs/", name))'

# Printed by the tools of the libraries: lines of values are put together and written as above.
dumped() {
    for name in $numbers $texts; do
        "$@" | $python -c '
import json, re, sys
name, kind, whole = sys.argv[1], sys.argv[2], sys.stdin.read()
text = re.search(r"(?:DATA \{|\n *" + name + r" = )(.*?)(?:;|\n *\})", whole, re.S).group(1)
text = re.sub(r"\(\d+\):", "", text)
if kind == "texts" and "DATA {" in whole:  # h5dump: quotes as they are, other bytes in octal, with all bits of the sign
    text = re.sub(r"\\(3\d{10}|\d{3})", lambda m: chr(int(m.group(1), 8) & 255), text)
    values = [v.encode("latin-1").decode() for v in re.split("\",\\s*\"", text.strip()[1:-1])]
elif kind == "texts":
    values = ["" if v == "_" else json.loads(v) for v in re.findall(r"\"(?:[^\"\\]|\\.)*\"|_", text)]
else:
    values = ["%.6g" % float(v) for v in re.findall(r"[^\s,;]+", text)]
print(name + ": " + "|".join(values))' "$name" "$([[ " $texts " = *" $name "* ]] && echo texts || echo numbers)"
    done >got 2>err
}
by_h5dump() { h5dump -m %.17g -d "/runs/$name" x.h5; }
by_ncdump() { ncdump -v "runs/$name" x.h5; }
dumped by_h5dump
judge h5dump "$(h5dump --version | sed 's/.* //')"
dumped by_ncdump
judge ncdump "$(version_of netcdf-bin)"

octave-cli --norc --eval 'x = load("x.h5"); x.runs;' >got 2>&1
judge 'Octave load' "$(octave-cli --norc --eval 'disp(version)' 2>/dev/null | head -n 1)" nothing
"$BM_BIN/bm-results" json x.h5 >x.json
octave-cli --norc --eval "runs = jsondecode(fileread('x.json'));
if isstruct(runs) runs = num2cell(runs); end
function show(runs, name, word)
  out = {};
  for i = 1:numel(runs)
    v = runs{i}.(name);
    if word && ischar(v) out{end+1} = v; elseif word out{end+1} = '';
    elseif isempty(v)
      if isfield(runs{i}, [name '_word']) && strcmp(runs{i}.([name '_word']), 'inf') out{end+1} = 'inf'; else out{end+1} = 'nan'; end
    else out{end+1} = sprintf('%.6g', v); end
  end
  printf('%s: %s\n', name, strjoin(out, '|'));
end
for n = strsplit('$numbers', ' ') show(runs, n{1}, false); end
for n = strsplit('$texts', ' ') show(runs, n{1}, true); end" >got 2>err
judge 'Octave jsondecode' "$(octave-cli --norc --eval 'disp(version)' 2>/dev/null | head -n 1)"
exit $failed
