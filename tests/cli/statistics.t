#!/bin/bash
# bm-results over groups: means and intervals over seeds, differences to a baseline, what is left out, which runs and
# columns are shown, and bad input. The numbers are numpy's and scipy's.
. "$(dirname "$0")/tap.sh"
PATH=$BM_BIN:$PATH
export COLUMNS=200 # room for all columns

# runs FILE: the runs on standard input (tests/runs.h).
runs() {
    "$build/tests/test_groups" "$1" || exit 1
}
# shows NAME COMMAND...: succeeds; `err` has remarks.
shows() {
    local name=$1
    shift
    "$@" >out 2>err
    ok $? "$name"
}
# remarks PATTERN NAME: one line of `err`.
remarks() {
    has "$2" "^bm-results: $1\$" err
}
no_remarks() {
    is "$(cat err)" '' "$1"
}

cat >plain.txt <<'END'
diversity=none seed=1 memorization=1 fit=1 test_accuracy=.10 init_knn_stem=.20 knn_stem=.30 init_knn_embedding=.27 knn_embedding=.11
diversity=none seed=2 memorization=1 fit=1 test_accuracy=.11 init_knn_stem=.21 knn_stem=.31 init_knn_embedding=.26 knn_embedding=.12
diversity=none seed=3 memorization=.99 fit=1 test_accuracy=.09 init_knn_stem=.22 knn_stem=.29 init_knn_embedding=.25 knn_embedding=.10
diversity=inf seed=1 memorization=.90 fit=.7 test_accuracy=.15 init_knn_stem=.20 knn_stem=.33 init_knn_embedding=.27 knn_embedding=.30
diversity=inf seed=2 memorization=.91 fit=.6 test_accuracy=.14 init_knn_stem=.21 knn_stem=.32 init_knn_embedding=.26 knn_embedding=.33
diversity=inf seed=3 memorization=.92 fit=.65 test_accuracy=.13 init_knn_stem=.22 knn_stem=.34 init_knn_embedding=.25 knn_embedding=.31
diversity=inf seed=4 memorization=.92 fit=.65 test_accuracy=.13 init_knn_stem=.22 knn_stem=.34 init_knn_embedding=.25 knn_embedding=.37
diversity=4 seed=1 memorization=.3 fit=.98 test_accuracy=.12 init_knn_stem=.20 knn_stem=.33 init_knn_embedding=.27 knn_embedding=.20 fit@10=.9 knn_embedding@10=.21
diversity=4 seed=2 memorization=.5 status=crashed
diversity=4 seed=3 memorization=.5 status=running
END
runs plain.h5 <plain.txt

# ---- groups ----

shows 'a table of groups' bm-results table --group-by diversity plain.h5
has 'headings' '^diversity  n  failed  unfinished  missing +memorization +fit +test_accuracy +knn_embedding +gain_knn_embedding$'
has 'mean and interval' '^ +none  3       0           0        1 +99\.7 ± 1\.4% +100\.0 ± 0\.0% +10\.0 ± 2\.5% +11\.0 ± 2\.5% +-15\.0 ± 2\.5$'
has 'one seed' '^ +4  1       1           1        1 +30\.0% \(se 1\.4\) .* 20\.0% \(se 0\.9\) +-7\.0$'
has 'groups are sorted' '^ +inf  4 +0 +0 +0 ' <(tail -n 1 out)
is "$(sed 's/±/+/g' out | awk '{ print length }' | sort -u | wc -l)" 1 'columns are aligned'
remarks 'runs that are not done are left out: [0-9a-f]{8} \(seed 2 of diversity=4, crashed\), [0-9a-f]{8} \(seed 3 of diversity=4, interrupted\)' 'what failed is named'
remarks 'seeds that other groups have are missing: 1 in diversity=none, 1 in diversity=4' 'what is missing is counted'
remarks 'one seed has no interval, and se is the binomial standard error: diversity=4' 'one seed is told'

shows 'against a baseline' bm-results table --group-by diversity --against diversity=none --columns knn_embedding,memorization plain.h5
has 'the difference has a column' '^diversity .* knn_embedding +difference +memorization +difference$'
has 'a mean beside a difference is over its seeds' '^ +inf  4 .* 31\.3 ± 3\.8% \(n=3\) +\+20\.3 ± 2\.9 +91\.0 ± 2\.5% \(n=3\) +-8\.7 ± 3\.8$'
has 'the baseline has none itself' '^ +none  3 .* 11\.0 ± 2\.5% +- +99\.7 ± 1\.4% +-$'
remarks 'seeds without a partner in diversity=none are left out: 4 of diversity=inf' 'seeds without a partner are named'
COLUMNS=80 bm-results table --group-by diversity --against diversity=none plain.h5 >out 2>err
has 'in 80 columns there is what one looks at first' '^diversity +n +memorization +difference +knn_embedding +difference$'
has 'what is left out is named' '^bm-results: left out to fit 80 columns: failed, unfinished, missing, fit, .*; --columns chooses, COLUMNS=202 shows all$' err
! sed 's/±/+/g' out | grep -q '.\{81\}'
ok $? 'nothing is wider'
COLUMNS=63 bm-results table --group-by diversity --against diversity=none plain.h5 >out 2>err
has 'a difference goes before its mean' '^diversity +n +memorization +knn_embedding +difference$'
has 'it is named by what it is of' ': failed, unfinished, missing, differences of memorization, fit, ' err
COLUMNS=60 bm-results taps --group-by diversity --against diversity=none plain.h5 >out 2>err
has 'in 60 columns there is a tap' '^diversity +n +failed +probe +at +embedding$'
COLUMNS=30 bm-results table --group-by diversity --columns fit,memorization plain.h5 >out 2>err
has 'what is named is shown' ' fit +memorization$'
shows 'a baseline that failed' bm-results table --group-by diversity --against diversity=4 --columns fit plain.h5
remarks 'seeds without a partner in diversity=4 are left out: 2 of diversity=none, whose partner is crashed, 3 of diversity=none, whose partner is interrupted, 2 of .*' \
    'partners that failed are told'
shows 'a baseline of more seeds' bm-results table --where diversity=4 --group-by diversity --against diversity=inf --columns fit plain.h5
remarks 'runs of diversity=inf that no other is paired with: [0-9a-f]{8} \(seed 2\), [0-9a-f]{8} \(seed 3\), [0-9a-f]{8} \(seed 4\)' \
    'they are named on both sides'
shows 'the baseline need not be shown' bm-results table --where diversity=inf --group-by diversity --against diversity=none --columns knn_embedding plain.h5
has 'the same difference' '^ +inf  4  31\.3 ± 3\.8% \(n=3\) +\+20\.3 ± 2\.9$'

shows 'taps of groups' bm-results taps --group-by diversity --against diversity=none plain.h5
has 'taps: the end' '^ +inf  4 .* knn    end +33\.0 ± 2\.5% \(n=3\) +31\.3 ± 3\.8% \(n=3\)$'
has 'taps: before training' '^ +none  3 .* knn    init +21\.0 ± 2\.5% +26\.0 ± 2\.5%$'
has 'taps: the gain' '^ +none  3 .* knn    gain +\+9\.0 ± 4\.3 +-15\.0 ± 2\.5$'
has 'taps: the difference' '^ +inf  4 .* knn    difference +\+3\.0 ± 5\.0 +\+20\.3 ± 2\.9$'
shows 'taps of groups that are named' bm-results taps --group-by diversity --columns embedding plain.h5
has 'of them alone' '^ +none  3 .* knn    end +11\.0 ± 2\.5%$'
shows 'curves of groups' bm-results curve --group-by diversity --columns fit,gain_knn_embedding plain.h5
has 'curve: an epoch of one group' '^ +4  1 .*  10  90\.0% \(se 0\.9\) +-6\.0$'
has 'curve: the end' '^ +inf  4 .*  20 +65\.0 ± 6\.5% +\+7\.0 ± 6\.0$'
has 'curve: before training' '^ +none  3 .*   0 +- +\+0\.0 ± 0\.0$'
runs once.h5 <<'END'
seed=1 init_knn_stem=.1 knn_stem=.2 noisy_stem=.3
seed=2 init_knn_stem=.1 knn_stem=.4 noisy_stem=.5
END
runs uninitialized.h5 <<'END'
seed=1 init_knn_stem=.1 knn_stem=.2
seed=2 init_knn_stem=.1 knn_stem=.4
seed=3 knn_stem=.9
END
shows 'init that is undefined' bm-results table --group-by diversity --columns knn_stem,gain_knn_stem uninitialized.h5
has 'the mean beside a gain is over its seeds' '^ +inf +3 +30\.0 ± 127\.1% \(n=2\) +\+20\.0 ± 127\.1 \(n=2\)$'
shows 'the same alone' bm-results table --group-by diversity --columns knn_stem uninitialized.h5
has 'is over all' '^ +inf +3 +50\.0 ± [0-9.]+%$'
shows 'a probe that is taken at the end alone' bm-results taps --group-by diversity once.h5
is "$(awk 'NR > 1 { printf "%s/%s/%s ", $3, $4, $5 }' out)" 'knn/end/30.0 knn/init/10.0 knn/gain/+20.0 noisy/end/40.0 ' \
    'has no other row'
shows 'json of groups' bm-results json --group-by diversity --columns fit plain.h5
has 'json: a group' '"diversity": 0, "diversity_word": "none", "n": 3, "failed": 0, "unfinished": 0, "missing": 1, "fit": 1, "fit_n": 3, "fit_low": 1, "fit_high": 1, "fit_se": null\}'

# ---- which runs and columns ----

expect 0 'where' bm-results table --where 'diversity=inf,seed>=3' plain.h5
is "$(awk 'NR > 1 { printf "%s/%s ", $2, $3 }' out)" 'inf/3 inf/4 ' 'conditions hold together'
expect 0 'where, twice' bm-results csv --where diversity!=none --where seed=1 --columns diversity,seed plain.h5
is "$(tr '\n' ' ' <out)" 'diversity,seed 4,1 inf,1 ' 'csv of some runs and columns'
expect 0 'where on results' bm-results csv --columns seed --where 'status=done,knn_embedding<=.12,fit<2,memorization>.98' plain.h5
is "$(tr '\n' ' ' <out)" 'seed 1 2 3 ' 'comparisons of results'
expect 0 'sorted' bm-results csv --columns seed,diversity --sort -knn_embedding plain.h5
is "$(tr '\n' ' ' <out)" 'seed,diversity 4,inf 2,inf 3,inf 1,inf 1,4 2,0 1,0 3,0 2,4 3,4 ' 'largest first, undefined last'
expect 0 'sorted, rising' bm-results json --columns seed --where diversity=none --sort knn_embedding plain.h5
is "$(tr -d '\n' <out)" '[{"seed": 3}, {"seed": 1}, {"seed": 2}]' 'smallest first'
expect 0 'columns' bm-results table --columns knn,gain_knn_stem,status --where seed=1 plain.h5
has 'a probe stands for its taps' '^id +diversity +seed +status +knn_stem +knn_embedding +gain_knn_stem +status$'
has 'columns: a row' '^[0-9a-f]+ +inf +1 +done +33\.0% +30\.0% +\+13\.0 +done$'
expect 0 'taps of some' bm-results taps --where diversity=4,seed=1 --sort seed plain.h5
is "$(wc -l <out)" 3 'taps of one run'
expect 0 'curves of some' bm-results curve --where 'diversity=4,status=done' --columns fit plain.h5
has 'curves have their runs' '^[0-9a-f]{8} +4 +1 +10 +90\.0%$'
shows 'groups sorted by a mean' bm-results table --group-by diversity --sort -knn_embedding plain.h5
is "$(awk 'NR > 1 { printf "%s ", $1 }' out)" 'inf 4 none ' 'the largest mean first'
printf 'diversity=%s seed=%s fit=%s\n' none 1 .9 none 2 .1 inf 1 .6 inf 2 .6 | "$build/tests/test_groups" means.h5
shows 'groups whose first seeds are in another order' bm-results table --group-by diversity --sort -fit --columns fit means.h5
is "$(awk 'NR > 1 { printf "%s ", $1 }' out)" 'inf none ' 'are in that of their means'
shows 'groups sorted by a key' bm-results table --group-by status,diversity --sort -diversity plain.h5
is "$(awk 'NR > 1 { printf "%s/%s ", $1, $2 }' out)" 'done/inf crashed/4 done/4 interrupted/4 done/none ' 'the largest key first'
id=$(bm-results csv --columns id --where diversity=4,seed=1 plain.h5 | tail -n 1)
expect 0 'by id' bm-results csv --columns diversity,seed --where "id=${id:0:8}" plain.h5
is "$(tail -n 1 out)" 4,1 'an id may be shortened'
cat >words.txt <<'END'
seed=1 probes=knn,linear
seed=2 probes=knn
END
runs words.h5 <words.txt
expect 0 'a value with a comma' bm-results csv --columns seed --where probes=linear,knn,seed=1 words.h5
is "$(tail -n 1 out)" 1 'a list is a value'

# ---- settings without effect, undefined keys ----

runs effect.h5 <<'END'
diversity=none crop_scale_min=.3 seed=1 fit=.1
diversity=none crop_scale_min=.08 seed=2 fit=.2
diversity=inf crop_scale_min=.08 seed=1 fit=.4
diversity=inf crop_scale_min=.3 seed=1 fit=.5
diversity=inf crop_scale_min=.30000000000000004 seed=2 fit=.7
diversity=inf crop_scale_min=.08 seed=2 fit=.6 test_accuracy=.5
END
shows 'a setting without effect' bm-results table --group-by diversity,crop_scale_min --columns fit effect.h5
is "$(awk 'NR > 1 { printf "%s/%s/%s/%s ", $1, $2, $3, $4 }' out)" 'none/-/2/15.0 inf/0.08/2/50.0 inf/0.3/2/60.0 ' \
    'is a group of its own'
no_remarks 'nothing is left out'
shows 'a baseline where it has none' bm-results table --group-by diversity,crop_scale_min --against diversity=none --columns fit effect.h5
has 'has partners all the same' '^ +inf +0\.3 +2 +60\.0 ± [0-9.]+% +\+45\.0 ± '
expect 0 'it meets every condition' bm-results csv --columns diversity --where crop_scale_min=.3 effect.h5
is "$(tr '\n' ' ' <out)" 'diversity 0 0 inf inf ' 'runs are the same whatever it is'
shows 'a key that is undefined' bm-results table --where diversity=inf,crop_scale_min=.08 --group-by test_accuracy --columns fit effect.h5
is "$(awk 'NR > 1 { printf "%s/%s/%s ", $1, $2, $4 }' out)" '0.5/1/60.0% -/1/40.0% ' 'is a group'
shows 'columns that some runs lack' bm-results table --group-by diversity,crop_scale_min --columns test_accuracy effect.h5
remarks 'undefined in some runs: test_accuracy \(5 of 6\)' 'how many are undefined'
has 'n of the cell' '^ +inf +0\.08 +2 +50\.0% \(se 1\.1\) \(n=1\)$'
runs archs.h5 <<'END'
arch=mlp depth=2 seed=1 fit=.1
arch=mlp depth=3 seed=1 fit=.2
arch=cnn depth=5 seed=1 fit=.4
arch=cnn depth=6 seed=2 fit=.4
END
shows 'of an architecture alone' bm-results table --group-by arch,depth --columns fit archs.h5
is "$(awk 'NR > 1 { printf "%s/%s/%s ", $1, $2, $3 }' out)" 'cnn/-/2 mlp/2/1 mlp/3/1 ' 'the architecture says what has an effect'

runs depths.h5 <<'END'
arch=mlp depth=2 seed=1 init_knn_layer1=.1 knn_layer1=.2 init_knn_embedding=.25 knn_embedding=.75
arch=cnn seed=1 init_knn_stem=.1 knn_stem=.3 init_knn_embedding=.25 knn_embedding=.5
END
expect 0 'taps of two architectures' bm-results csv --columns knn,gain_knn_embedding --sort arch depths.h5
is "$(tr '\n' ' ' <out)" 'knn_layer1,knn_stem,knn_embedding,gain_knn_embedding ,0.3,0.5,0.25 0.2,,0.75,0.5 ' \
    'go by their names'
shows 'means of two architectures' bm-results taps --group-by arch depths.h5
has 'a tap that an architecture lacks' '^cnn +1 +knn +end +- +30\.0% \(se 1\.0\) +50\.0% \(se 1\.1\)$'
is "$(grep -c undefined err)" 0 'is not called undefined'
runs probes.h5 <<'END'
seed=1 knn_stem=.3
seed=2 probes= fit=.1
END
shows 'a run without probes' bm-results table --group-by arch --columns knn_stem probes.h5
remarks 'undefined in some runs: knn_stem \(1 of 2\)' 'is undefined there'

# ---- numpy and scipy say the same ----

$python - >random.txt <<'END'
import random
random.seed(5)
for diversity in "none", 2, 4, "inf":
    for noise in 0.5, 1:
        for seed in random.sample(range(1, 9), 6):
            word = random.choices(("done", "crashed", "running"), (8, 1, 1))[0]
            values = {name: random.random() for name in ("memorization", "knn_stem", "knn_embedding", "init_knn_stem",
                                                         "init_knn_embedding", "rank_stem") if random.random() < 0.9}
            print(f"diversity={diversity} label_noise={noise} seed={seed} status={word} fit={random.random()}",
                  *(f"{k}={v}" for k, v in values.items()))
END
runs random.h5 <random.txt
if python_has numpy scipy; then
    $python - >log 2>&1 <<'END'
import csv, subprocess
import numpy as np
from scipy import stats
def read(*arguments):
    text = subprocess.run(["bm-results", "csv", *arguments, "random.h5"], capture_output=True, text=True, check=True).stdout
    return [{k: v if k in ("diversity", "diversity_word", "status") else float(v or "nan") for k, v in row.items() if k != "id"}
            for row in csv.DictReader(text.splitlines())]
names = "memorization", "fit", "knn_embedding", "gain_knn_stem", "rank_stem"
runs = read("--columns", ",".join(("diversity", "label_noise", "seed", "status", *names)))
groups = read("--group-by", "label_noise,diversity", "--against", "diversity=none", "--columns", ",".join(names))
alone = read("--group-by", "label_noise,diversity", "--columns", ",".join(names))
assert len(groups) == len(alone) == 8
def half(x):
    return stats.t.interval(0.95, len(x) - 1, loc=0, scale=stats.sem(x))[1] if len(x) > 1 else np.nan
def close(a, b):
    assert np.allclose(a, b, rtol=0, atol=1e-9, equal_nan=True), (a, b)
compared = 0
for group, single in zip(groups, alone):
    def of(diversity):
        return {run["seed"]: run for run in runs if run["status"] == "done"
                and run["diversity"] == diversity and run["label_noise"] == group["label_noise"]}
    own, base = of(group["diversity"]), of("0")
    assert group["n"] == len(own) and group["failed"] + group["unfinished"] == 6 - len(own)
    assert group["missing"] == 2
    for name in names:
        x = np.array([run[name] for run in own.values()])
        x = x[~np.isnan(x)]
        close([single[name + end] for end in ("", "_n", "_low", "_high")],
              [x.mean(), len(x), x.mean() - half(x), x.mean() + half(x)])
        if group["diversity"] == "0":
            close(group[name], x.mean())
            close(group[name + "_difference"], np.nan)
            continue
        pairs = np.array([(own[s][name], base[s][name]) for s in own if s in base]).reshape(-1, 2)
        pairs = pairs[~np.isnan(pairs).any(axis=1)]
        d = pairs[:, 0] - pairs[:, 1]
        compared += len(d) > 1
        close([group[name + end] for end in ("", "_n", "_difference", "_difference_low", "_difference_high")],
              [pairs[:, 0].mean(), len(d), d.mean(), d.mean() - half(d), d.mean() + half(d)])
assert compared > 10
END
    ok $? 'means, intervals and paired differences of random runs'
else
    skip 'means, intervals and paired differences of random runs' 'numpy and scipy are not installed'
fi
sort -R --random-source=<(yes) random.txt >shuffled.txt
runs shuffled.h5 <shuffled.txt
for command in 'table --group-by label_noise,diversity --against diversity=none' 'csv --group-by diversity,label_noise' \
    'taps --group-by diversity,label_noise' 'curve --group-by diversity,label_noise' 'csv --sort fit' claims 'plot depth'; do
    # shellcheck disable=SC2086
    bm-results $command random.h5 >log 2>&1 && bm-results $command shuffled.h5 2>&1 | cmp -s - log
    ok $? "$command: the order of recording plays no role"
done
expect 0 'diff: the order of recording plays no role' bm-results diff random.h5 shuffled.h5

# ---- what nobody expects ----

printf 'diversity=%s seed=%s train_images=10 fit=%s\n' none 1 1e300 none 2 1e300 none 3 -1e300 4 1 1e300 | runs large.h5
shows 'numbers of three hundred digits' bm-results table --columns fit --where diversity=4 large.h5
has 'have all of them' '^[0-9a-f]{8} .* [0-9]{303}\.0%$'
shows 'their means' bm-results table --group-by diversity --columns fit large.h5
has 'mean and interval have all of them' '^ +none  3 +[0-9]{302}\.0 ± (inf|[0-9]{303}\.[0-9])%$'

# ---- bad input ----

expect 2 'no such column' bm-results table --where label_nois=1 plain.h5
has 'the nearest is named' "^bm-results: --where label_nois=1: there is no column 'label_nois'; did you mean 'label_noise'\?" err
expect 2 'nothing matches' bm-results table --where diversity=8 plain.h5
has 'what there is, is named' 'diversity=8: none of 10 runs has that \(diversity is none, 4, inf\)$' err
printf 'label_noise=%s augment=%s seed=1\n' 0 crop,flip .5 crop 1 crop,flip | runs lists.h5
expect 2 'nothing matches, of lists' bm-results table --where augment=full lists.h5
has 'a list that begins with another value is not it' 'augment=full: none of 3 runs has that \(augment is crop,flip, crop\)$' err
"$sweep" --describe | sed -n 's/^| `\([a-z_]*\)` .*/\1/p' >settings
keys=$(bm-results csv plain.h5 | head -n 1 | tr , '\n' | grep -Fxf settings | paste -sd,)
[ "$(tr -cd , <<<"$keys" | wc -c)" -gt 33 ] && bm-results csv --group-by "$keys" --columns fit plain.h5 >out 2>err
ok $? 'there may be any number of keys'
expect 2 'nothing matches together' bm-results csv --where diversity=none,seed=4 plain.h5
has 'that is said' 'none of 10 runs meets all conditions together$' err
expect 2 'no condition' bm-results table --where diversity plain.h5
has 'what is expected' 'expected KEY=VALUE' err
expect 2 'an invalid value' bm-results table --where arch=cn plain.h5
has 'the nearest word' "did you mean 'cnn'" err
expect 2 'an invalid status' bm-results table --where status=dne plain.h5
has 'the nearest status' "did you mean 'done'" err
expect 2 'not a number' bm-results table --where fit=high plain.h5
expect 2 'an order of words' bm-results table --where 'arch>cnn' plain.h5
has 'words have no order' 'arch is a text: it is compared by = and !=$' err
expect 2 'a column that is none' bm-results table --columns fitt plain.h5
has 'did you mean fit' "there is no column 'fitt'; did you mean 'fit'\?" err
expect 2 'a probe that was not taken' bm-results csv --where 'rank_stem>3' plain.h5
has 'that is said' "^bm-results: --where rank_stem>3: no run has 'rank_stem': rank was not taken in any\$" err
expect 2 'a probe of pairs that was not taken' bm-results table --columns gain_cka_stem_output plain.h5
has 'by its name' "no run has 'gain_cka_stem_output': cka was not taken in any\$" err
expect 2 'a tap that is none' bm-results table --columns knn_stemm plain.h5
has 'the nearest tap' "there is no column 'knn_stemm'; did you mean 'knn_stem'" err
expect 2 'a group by no column' bm-results taps --group-by diverstiy plain.h5
expect 2 'sorted by no column' bm-results csv --sort -fitt plain.h5
expect 2 'a mean of texts' bm-results table --group-by diversity --columns host plain.h5
expect 2 'sorted by the mean of texts' bm-results table --group-by diversity --sort host plain.h5
expect 2 'not over epochs' bm-results curve --where seed=1 --columns wall_s,parameters plain.h5
has 'that is said of the column' "parameters: it is not measured over the epochs$" err
expect 2 'a group of different runs' bm-results table --group-by seed plain.h5
has 'in what they differ' 'the runs of seed=1 differ in diversity, not in their seed alone: add it to --group-by' err
expect 2 'against without groups' bm-results table --against diversity=none plain.h5
expect 2 'against nothing' bm-results table --group-by diversity --against diversity=8 plain.h5
expect 2 'against a result' bm-results table --group-by diversity --against status=done plain.h5
has 'a result is no baseline' 'status is no setting$' err
expect 2 'curve of an id and a choice' bm-results curve --where seed=1 plain.h5 "$id"
expect 2 'an option twice' bm-results table --sort fit --sort seed plain.h5
expect 2 'an option of another command' bm-results curve --sort fit plain.h5
expect 2 'an option without value' bm-results table plain.h5 --where
expect 2 'an unknown option' bm-results table --groupby diversity plain.h5
has 'the nearest option' "did you mean '--group-by'" err

sed 's/diversity=none/& epochs=5/' plain.txt >epochs.txt
runs epochs.h5 <epochs.txt
expect 2 'no partner at all' bm-results table --group-by diversity,epochs --against diversity=none epochs.h5
has 'in what they differ' 'no run has a partner there: the nearest differ in epochs; settings that are meant to differ' err
shows 'what is meant to differ' bm-results table --group-by diversity,epochs --against diversity=none,epochs=5 --columns fit epochs.h5
has 'has partners' '^ +inf .* 65\.0 ± 12\.4% \(n=3\) +-35\.0 ± 12\.4$'
expect 2 'several partners' bm-results table --group-by arch,depth --against arch=mlp archs.h5
has 'which they are' 'has several partners, which differ in depth: choose one, as in --against arch=mlp,depth=…$' err

runs origins.h5 <<'END'
seed=1 fit=.1 data_digest=00112233445566778899aabbccddeeff
seed=2 fit=.2 data_digest=ff112233445566778899aabbccddeeff
seed=3 fit=.2
END
expect 2 'two data digests' bm-results table --group-by diversity origins.h5
has 'digests are named' 'of diversity=inf are of different data \(digests 00112233… and ff112233…\): add data_digest' err
runs others.h5 <<'END'
diversity=none seed=1 fit=.1 data_digest=00112233445566778899aabbccddeeff
diversity=inf seed=1 fit=.2 data_digest=ff112233445566778899aabbccddeeff
END
expect 2 'a baseline of other data' bm-results table --group-by diversity --against diversity=none others.h5
has 'is none' 'the nearest differ in data or version of the algorithm' err
shows 'one of them' bm-results table --group-by diversity --where data_digest=00112233445566778899aabbccddeeff origins.h5
runs versions.h5 <<'END'
seed=1 fit=.1 algorithm=1
seed=2 fit=.2
END
version=$(bm-results csv --columns algorithm --where seed=2 versions.h5 | tail -n 1)
if [ "$version" = 1 ]; then
    skip 'two versions of the algorithm' 'there is only one'
else
    expect 2 'two versions of the algorithm' bm-results table --group-by diversity versions.h5
    has 'versions are named' "of versions 1 and $version of the algorithm" err
    shows 'grouped by version' bm-results table --group-by diversity,algorithm versions.h5
    is "$(wc -l <out)" 3 'a group a version'
    expect 2 'against another version' bm-results table --group-by diversity,algorithm --where seed=2 --against seed=1 versions.h5
fi
runs none.h5 </dev/null
for command in table taps curve csv json; do
    expect 0 "$command of no runs" bm-results $command --group-by diversity --against diversity=none none.h5
done
# ---- what is taken at the end alone ----

runs rewound.h5 <<'END'
diversity=none seed=1 init_knn_stem=.20 knn_stem=.30 init_knn_output=.2 knn_output=.3 rewind_test_stem=.1 rewind_test_output=.2
END
shows 'probes that are taken at the end' bm-results taps rewound.h5
is "$(awk 'NR > 1 { print $(NF - 3), $(NF - 2) }' out | sort | xargs)" '0 knn 20 knn 20 rewind_test' 'they have no row before training'

done_testing
