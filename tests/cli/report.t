#!/bin/bash
# bm-figures report: what stands in the page, and what the page does in Chromium where that is installed.
. "$(dirname "$0")/tap.sh"
python_has h5py numpy matplotlib || skip_all 'h5py, numpy or matplotlib is not installed'
unset DISPLAY
export MPLCONFIGDIR="$tap" PYTHONDONTWRITEBYTECODE=1 PATH=$BM_BIN:$PATH
figures=$source/analysis/bm-figures
runs() { "$build/tests/test_groups" "$1" || exit 1; }
# report NAME ARGUMENTS...: writes NAME.html.
report() {
    local name=$1
    shift
    expect 0 "$name" $python "$figures" report "$@" -o "$name.html"
}
# says NAME PYTHON: of `data`, what the page's script gets, read strictly, of `text`, the page, and of `f`, page.h5.
says() {
    $python - "$2" <<'END' >log 2>&1
import json, math, re, sys, h5py
def never(word): raise ValueError(word)
text = open("page.html", encoding="utf-8").read()
data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1), parse_constant=never)
column = {c["name"]: c["values"] for c in data["columns"]}
f = h5py.File("page.h5")
assert eval(sys.argv[1]), sys.argv[1]
END
    ok $? "$1"
}

for seed in 1 2 3; do
    echo "diversity=none seed=$seed memorization=$(awk "BEGIN { print .94 + .02 * $seed }") fit=1 init_knn_stem=.3 knn_stem=.31 init_knn_embedding=.2 knn_embedding=.12 memorization@10=.5"
done >lines
cat >>lines <<'END'
diversity=4 seed=1 memorization=.5 fit=.9 init_knn_embedding=.2 knn_embedding=.25
diversity=4 seed=2 status=crashed
diversity=inf seed=1 memorization=.9123 fit=.7 init_knn_stem=.3 knn_stem=.33 knn_embedding=.35 memorization@10=.4
diversity=inf seed=2 memorization=.99 fit=.7 knn_embedding=nan
END
runs page.h5 <lines
# Texts that would be obeyed if they were not escaped. Beside the journal: bm-results reads the journal alone.
$python - <<'END'
import h5py
with h5py.File("page.h5", "r+") as f:
    f.attrs["name"] = "a <b>sweep</b> & \"quotes\" </script><script>window.bad = 1</script>"
    f.attrs["sweep"] = "# Question: is <i>this</i> one\n# asked?\n#\n# Cost: none\nname: x </pre><img src=x onerror='window.bad = 2'>\n"
    row = list(f["runs/status"].asstr()[:]).index("crashed")
    for column, value in (("cause", "</td><img src=x onerror='window.bad = 3'>"), ("log", "last words {{data}} <script>window.bad = 4</script>"), ("host", "<h1>host")):
        f["runs"][column][row] = value
END
report page page.h5
is "$(cat out)" page.html 'its path alone on stdout'
says 'one file, which loads nothing' 'not re.search(r"(src|href)=.?(https?:)?//|@import|url\(", text) and "default-src '"'none'"'" in text'
says 'numbers that JSON lacks are null' 'None in column["knn_embedding"] and column["memorization"][column["status"].index("crashed")] is None and "NaN" not in json.dumps(data)'
says 'values are those that are stored' '[None if math.isnan(m) else round(100 * m, 2) for m in f["runs/memorization"][:]] == column["memorization"]'
says 'ids, whole' 'column["id"] == list(f["runs/id"].asstr()[:])'
says 'curves are those that are stored' '[[0, 10, 20], [None, 50, 96]] == [data["curves"]["of"][column["id"].index(next(i for i, d, s in zip(column["id"], column["diversity"], column["seed"]) if d == "none" and s == 1))][k] for k in (0, 1)]'
says 'profiles are' 'data["profiles"]["taps"] == ["stem", "embedding"] and data["profiles"]["of"][column["diversity"].index("none")][0] == [[31, 12], [30, 20]]'
says 'names with markup are escaped' 'text.count("<script>window.bad") == 0 and "<img" not in text and "<i>this" not in text and "<h1>a &lt;b&gt;sweep&lt;/b&gt; &amp; " in text'
says 'and what looks like a place of the page is none' '"last words {{data}} &lt;script&gt;" in text'
says 'the question of the sweep file' '"<p id=\"question\">Is &lt;i&gt;this&lt;/i&gt; one asked?</p>" in text'
says 'how many there are' '"7 runs: 6 done, 1 crashed" in text'
says 'failures have their cause' '"<td class=\"t wide\">&lt;/td&gt;&lt;img src=x" in text'
report some page.h5 --where diversity=inf
has 'that the verdicts are of all runs is said, where the figures are not' 'Of all runs of the files: the figures are of diversity=inf\.' some.html
bm-results claims page.h5 >claims 2>log
is "$(grep -oE '^C[0-9] .*: (confirmed|refuted|not decided)' claims | sed -E 's/^(C[0-9]) .*: /\1 /' | xargs)" "$(grep -oE '<b>C[0-9] [a-z ]+</b>' page.html | sed 's/<[^>]*>//g' | xargs)" 'the verdicts are those of bm-results claims'
mkdir alone && cp -r "$source/analysis/bm-figures" "$source/analysis/bm_figures" alone && cp page.h5 bare.h5
env -i PATH=/usr/bin:/bin HOME=/dev/null/none PYTHONDONTWRITEBYTECODE=1 $python alone/bm-figures report bare.h5 -o bare.html >out 2>err
is "$? $(wc -c <err) $(grep -c 'No verdicts: bm-results was not found' bare.html)" '0 0 1' 'without bm-results, a home and a display: it says so'
printf '%s\n' 'seed=1 memorization=.5' | runs none.h5
report none none.h5
has 'nothing failed, nothing was probed' 'No run has failed' none.html
echo 'seed=1 status=running' | runs begun.h5
fails 1 'has no finished run yet' 'nothing has finished' $python "$figures" report begun.h5 -o begun.html
fails 1 'cannot write nowhere/x.html: No such file' 'no such folder' $python "$figures" report none.h5 -o nowhere/x.html
cp none.html again.html && report again none.h5
echo 'name: mine' >mine.yaml
fails 1 '^bm-figures: mine.yaml is there, and is no earlier file of bm-figures' 'nothing else is written over' $python "$figures" report none.h5 -o mine.yaml
is "$(cat mine.yaml)" 'name: mine' 'it is as it was'
mkdir mine.h5.d moved && : >moved/journal.0
fails 1 '/mine.h5.d is the folder of a results file' 'nothing is put into it' $python "$figures" report none.h5 -o mine.h5.d/x.html
fails 1 '/moved is the folder of a results file' 'whatever its name is' $python "$figures" report none.h5 -o moved/x.html
fails 1 '/mine.h5.d is the folder of a results file' 'no figures either' $python "$figures" none.h5 -o mine.h5.d/x
is "$(ls mine.h5.d moved | xargs)" 'mine.h5.d: moved: journal.0' 'they are as they were'

# ---- a thousand runs ----

$python "$source/tests/many_runs.py" 1000 | runs many.h5
report many many.h5
[ "$(stat -c %s many.html)" -lt 5000000 ]
ok $? "a thousand runs: $(stat -c %s many.html) bytes are less than 5 MB"

# ---- in a browser ----

chromium=$(command -v chromium) || {
    skip 'the page in a browser' 'chromium is not installed'
    done_testing
    exit 0
}
browse() { # OPTION... FILE: what the page is, once its script has run
    timeout 100 "$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$tap/chromium" "${@:1:$#-1}" --dump-dom "file://$PWD/${!#}" 2>browser
}
{ sed '/^<\/body>/,$d' page.html; printf '<script>\n' && cat "$source/tests/page_checks.js" && printf '</script>\n</body>\n</html>\n'; } >checked.html
# look NAME OPTION...: all of tests/page_checks.js, in a window.
look() {
    local status check name=$1
    shift
    browse "$@" checked.html >dom
    sed -n '/<pre id="said">/,/^END$/p' dom | sed 's/.*<pre id="said">//' >said
    cp said log
    while read -r status check; do
        [[ $status = [01] ]] && ok "$status" "$name: $check"
    done <said
    grep -q '^END$' said
    ok $? "$name: the checks were made, in $(sed -n 's/^window //p' said)"
}
look desktop --window-size=1300,900
has 'light' '^window 1300 light$' said
look phone --window-size=500,900
look dark --window-size=1300,900 --blink-settings=preferredColorScheme=0
has 'dark' '^window 1300 dark$' said
timeout 100 "$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$tap/chromium" --no-pdf-header-footer --print-to-pdf=page.pdf "file://$PWD/page.html" >log 2>&1
[ "$(head -c 4 page.pdf)" = %PDF ] && [ "$(grep -ac '/Type /Page$' page.pdf)" -gt 1 ]
ok $? 'printed, it is a PDF of some pages'
browse --window-size=1300,900 many.html >dom
grep -oE 'data-ready="[0-9]+"' dom | tr -dc 0-9 >ready
echo "# a thousand runs: ready after $(cat ready) ms"
[ -s ready ] && [ "$(cat ready)" -lt 5000 ] # 1 s on a machine with nothing else to do
ok $? 'a thousand runs: it is there at once'

# The sweep file that is shown is that of the run.
. "$source/tests/cli/tiny.sh"
tiny again 'diversity: [none, 2, inf], label_noise: [0.5, 1]' 'epochs: 1, probes: [knn, noisy]'
sed -i 's/knn_k: 5/knn_k: [5, 1, 10]/' again.yaml
"$sweep" -j 1 --progress=none again.yaml >log 2>&1
report again again.h5
{ sed '/^<\/body>/,$d' again.html; printf '<script>document.body.append(make("pre", {id: "files"}, ids.map((id, row) => "RUN " + id + "\\n" + sweepOf(row)).join("")))</script></body>'; } >files.html
browse files.html | sed -n '/<pre id="files">/,/<\/pre>/p' | sed 's/.*<pre id="files">//; s/<\/pre>.*//' | awk '/^RUN/ { file = $2 ".again"; next } { print >file }'
for file in *.again; do
    cp "$file" one.yaml && "$sweep" --plan --set results=one.h5 one.yaml >log 2>&1
    grep -q "${file%.again}" log || "$sweep" --plan --set results=one.h5 one.yaml | awk '$1 == 0 { print $2 }' | grep -q "^$(cut -c 1-8 <<<"$file")"
    ok $? "${file:0:8}: the sweep file shown is that of the run"
done
is "$(ls ./*.again | wc -l)" 6 'all of them'
is "$(grep -hE '^  (knn_k|probes):' ./*.again | sort -u | xargs)" 'knn_k: [5, 1, 10] probes: [knn, noisy]' 'with its probes'
done_testing
