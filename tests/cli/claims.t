#!/bin/bash
# bm-results claims: which runs each claim is about, what its parts come to, and what follows.
. "$(dirname "$0")/tap.sh"
PATH=$BM_BIN:$PATH

# claims NAME FILE...: prints the verdicts into `out`.
claims() {
    local name=$1
    shift
    expect 0 "$name" bm-results claims "$@"
}
# says CLAIM VERDICT NAME
says() {
    has "$3" "^$1 .*: $2( \(|\$)"
}
# runs FILE: from standard input (tests/runs.h), for each of the seeds 1, 2 and 3: {a b c} is each seed's own.
runs() {
    awk 'NF { for (seed = 1; seed <= 3; seed++) {
                  line = $0
                  while (match(line, /\{[^}]*\}/)) {
                      split(substr(line, RSTART + 1, RLENGTH - 2), own, " ")
                      line = substr(line, 1, RSTART - 1) own[seed] substr(line, RSTART + RLENGTH)
                  }
                  if (line !~ / seed=/) line = line " seed=" seed
                  else if (seed > 1) continue
                  print line } }' | "$build/tests/test_groups" "$1" || exit 1
}

plain='diversity=none memorization=1 memorization_noisy=1 fit=1 init_knn_embedding=.25 knn_embedding={.11 .12 .10} init_knn_output=.2 knn_output=.1'
endless='diversity=inf memorization={.91 .90 .92} memorization_noisy=.9 fit=.7 init_knn_stem=.2 knn_stem={.30 .31 .32} init_knn_stage1=.2
    knn_stage1={.34 .33 .38} init_knn_embedding={.25 .26 .24} knn_embedding={.30 .33 .31} init_knn_projector=.2 knn_projector=.5 init_knn_output=.2 knn_output={.19 .21 .20}
    noisy_stem=.1 noisy_stage1={.2 .3 .4} noisy_embedding=.2 noisy_output={.5 .6 .8}'
endless=$(tr '\n' ' ' <<<"$endless")

# ---- C1, C2, C3 ----

runs both.h5 <<END
$plain
$endless
END
claims 'three claims' both.h5
says C1 confirmed 'C1 holds'
has 'C1: the labels are memorized' '^   memorization +3 +100\.0 ± 0\.0  >= 99\.9 % +holds'
has 'C1: the embedding against chance' '^   embedding +3 +11\.0 ± 2\.5  <= chance \+ 3 points +holds'
has 'C1: the embedding against init' '^   embedding - init +3 +-14\.0 ± 2\.5  < 0 points +holds'
says C2 confirmed 'C2 holds'
has 'C2: the labels are memorized' '^   memorization +3 +91\.0 ± 2\.5  >= 90 % +holds'
has 'C2: paired with its own init' '^   embedding - init +3 +\+6\.3 ± 2\.9  > 0 points +holds'
has 'C2: paired with C1' '^   embedding - that of C1 +3 +\+20\.3 ± 2\.9  >= 5 points +holds'
says C3 confirmed 'C3 holds'
has 'C3: the best tap is best by its mean' '^   best encoder tap - init +3 +\+15\.0 ± 6\.6  > 0 points +holds +stage1$'
has 'C3: the embedding against the output' '^   embedding - output +3 +\+11\.3 ± 1\.4  >= 8 points +holds'
has 'C3: noise is highest at the output' '^   noisy probe: output - best other tap +3 +\+33\.3 ± 14\.3  > 0 points +holds +the best other tap is stage1$'
says C4 'not decided' 'one diversity is no trade-off'
says C7 'not decided' 'one noise is no slope'
has 'what is missing' '^   no runs: needs diversity=none and inf, each at several values of label_noise$'

runs refuted.h5 <<END
${plain/memorization=1/memorization=.5}
${endless/knn_embedding=\{.30 .33 .31\}/knn_embedding=\{.15 .14 .16\}}
END
claims 'what does not hold' refuted.h5
says C1 refuted 'one part refutes'
says C2 refuted 'a difference on the other side refutes'
has 'which it is' '^   embedding - init +3 +-10\.0 ± [0-9.]+  > 0 points +refuted'

runs nearly.h5 <<END
${plain/memorization=1/memorization=.9987}
END
claims 'nearly memorized' nearly.h5
has 'has digits enough to say so' '^   memorization +3 +99\.87 ± 0\.00  >= 99\.9 % +refuted'

runs undefined.h5 <<END
$plain
$plain seed=4 knn_embedding=nan
END
claims 'a probe that is not defined' undefined.h5
has 'is told' '^   embedding +3 +11\.0 .*holds +undefined in 1 of 4 runs$'
runs nan.h5 <<END
$plain seed=1
$plain seed=2
$plain seed=3 knn_embedding=nan
END
claims 'too few that are defined' nan.h5
has 'decide nothing' '^   embedding +2 .*not decided +undefined in 1 of 3 runs; needs 3 seeds with a value$'
runs also.h5 <<END
$plain seed=1
$plain seed=2 knn_also=5
$plain seed=3
END
claims 'another probe beside it' also.h5
says C1 confirmed 'plays no role'

runs few.h5 <<END
$plain
${endless} seed=1
${endless} seed=2
${endless} seed=3 status=crashed
${endless} seed=4
END
claims 'two pairs' few.h5
says C1 confirmed 'another claim is not touched'
says C2 'not decided' 'two pairs decide nothing'
has 'the run that failed is named' '^   left out: [0-9a-f]{8} \(diversity=inf, seed 3, crashed\)$'
has 'the seed without a pair is named' '^   embedding - that of C1 +2 .*not decided +seeds that lack a value: 3, 4; needs 3 seeds with a value$'

runs crashed.h5 <<END
${plain} seed=1
${plain} seed=2
${plain} seed=3 status=crashed
END
claims 'a crash of the malign' crashed.h5
has 'it is named once' '^   left out: [0-9a-f]{8} \(diversity=none, seed 3, crashed\)$'
is "$(grep -c 'left out: .*seed 3, crashed' out)" 1 'by the claim that it is of'

runs tenth.h5 <<END
${plain} seed=1 label_noise=0.1
${plain} seed=1 label_noise=1
${plain} seed=2 label_noise=1
END
expect 2 'a share of noise that no run has' "$results" table --where label_noise=0.5 tenth.h5
has 'each value is named once' '\(label_noise is 0\.1, 1\)$' err

runs epochs.h5 <<END
${plain} epochs=5
${endless}
END
claims 'C1 of another length' epochs.h5
has 'is told' '^   embedding - that of C1 +3 +\+20\.3 .*holds +20 epochs, those of C1 5$'
runs early.h5 <<END
${plain} stop_memorized=.9 epochs_done=4
${endless} stop_memorized=.9
END
claims 'C1 that stopped early' early.h5
has 'is told' '^   embedding - that of C1 +3 +\+20\.3 .*holds +20 epochs, those of C1 4$'
runs seen.h5 <<END
${endless} probe_every=1
${endless} probe_every=2 seed=4
END
claims 'when they look' seen.h5
has 'makes no difference' '^   memorization +4 '
runs stops.h5 <<END
${endless} stop_memorized=.9 probe_every=1
${endless} stop_memorized=.9 probe_every=2 seed=4
END
claims 'but where they stop by it' stops.h5
has 'it does' '^C2 .*: .*\(label_noise=1, diversity=inf, probe_every=2\)$'
expect 2 'a group of both' bm-results table --group-by diversity stops.h5
has 'is refused' 'the runs of diversity=inf differ in probe_every, not in their seed alone' err
runs lengths.h5 <<END
${plain} epochs=5
${plain} epochs=6
${endless}
END
claims 'C1 of two other lengths' lengths.h5
has 'has to be chosen' '^   embedding - that of C1 +0 +- .*not decided +runs of C1 are of 2 other lengths: choose one with --where$'
claims 'C1 of a length' lengths.h5 --where 'epochs!=5'
has 'is chosen' '^   embedding - that of C1 +3 +\+20\.3 .*holds +20 epochs, those of C1 6$'
runs sizes.h5 <<END
${plain} train_size=500
${endless}
END
claims 'C1 of another size' sizes.h5
has 'is none' '^   embedding - that of C1 +0 +- .*not decided +no runs of C1 with the same settings'
runs versions.h5 <<END
${plain} algorithm=1
${endless}
END
version=$(bm-results csv --columns algorithm --where diversity=inf versions.h5 | tail -n 1)
if [ "$version" = 1 ]; then
    skip 'C1 by another version of the algorithm' 'there is only one'
else
    claims 'C1 by another version of the algorithm' versions.h5
    has 'does not count' '^   embedding - that of C1 +0 +- .*not decided +no runs of C1 with .*, data and version of the algorithm$'
fi
runs strengths.h5 <<END
${plain} crop_scale_min=.5
${endless}
END
claims 'settings without effect' strengths.h5
has 'do not matter' '^   embedding - that of C1 +3 +\+20\.3 '
runs archs.h5 <<END
${plain}
${plain} arch=mlp
${endless}
${endless} arch=mlp
END
claims 'two architectures' archs.h5
is "$(grep -c '^C1 .*: confirmed' out)" 2 'each has its claim'
has 'which it is' '^C1 .*: confirmed \(label_noise=1, diversity=none, arch=mlp\)$'
claims 'one of them' --where arch=mlp archs.h5
is "$(grep -c '^C1' out)" 1 'where chooses'
runs other.h5 <<END
diversity=4 label_noise=.5 knn_embedding=.3
diversity=inf label_noise=.5 knn_embedding=.3
diversity=none label_noise=.5 memorization=1
END
claims 'other runs' other.h5
is "$(grep -c '^   no runs: needs' out)" 7 'are of no claim'

runs zero.h5 <<END
${plain/.25 knn_embedding=\{.11 .12 .10\}/{.15 .225 .1\} knn_embedding={.3 .075 .1\}}
END
claims 'a difference whose sum leaves a residue' zero.h5
has 'is 0' '^   embedding - init +3 +\+0\.0 ± [0-9]+\.[0-9]  < 0 points '
runs mixed.h5 <<END
diversity=inf arch=cnn knn_block1=.5 knn_embedding=.5 knn_output=.2
diversity=inf arch=resnet18 knn_stem=.4 knn_stage1=.5 knn_embedding=.5 knn_output=.2
END
bm-results taps mixed.h5 2>err | head -n 1 | xargs >out
is "$(cat out)" 'id arch seed epoch probe stem stage1 block1 embedding output' 'taps of several architectures: each has its order'

# ---- several files ----

runs first.h5 <<<"$plain"
runs second.h5 <<<"$endless"
claims 'of two files' first.h5 second.h5
says C2 confirmed 'are those of one'
runs other.h5 <<<"${plain/knn_embedding=\{.11/knn_embedding=\{.13}"
bm-results claims second.h5 first.h5 other.h5 >out 2>err
is $? 1 'of files that disagree'
has 'are none' '^bm-results: the files before it and other.h5 disagree about 1 finished run: run [0-9a-f]{8} knn at tap embedding' err

# ---- C4 ----

at_fit() { # K EPOCH: as the trade-off wants it where the fit is reached first; elsewhere it falls
    case $1@$2 in
    1@40) echo .2 ;; 2@60) echo .22 ;; 4@80) echo .24 ;; 8@100) echo .25 ;; 16@120) echo .26 ;;
    *) echo .0$((9 - ${#1})) ;;
    esac
}
for k in 1:.12:40 2:.14:60 4:.13:80 8:.2:100 16:.22:120 inf:.3:200; do
    IFS=: read -r k embedding epochs <<<"$k"
    echo "diversity=$k epochs=150 fit=$([ "$epochs" -le 150 ] && echo 1 || echo .5) knn_embedding={$embedding $embedding $embedding}" \
        "$(for e in 20 40 60 80 100 120; do
            echo "fit@$e=$([ $e -ge "$epochs" ] && echo .99 || echo .98) knn_embedding@$e=$(at_fit "$k" "$e")"
        done)" |
        tr '\n' ' '
    echo
done >diversities.txt
runs diversities.h5 <diversities.txt
claims 'a trade-off' diversities.h5
says C4 confirmed 'C4 holds'
has 'over all k, at equal epochs' '^   Spearman of k and embedding, at equal epochs +6 +0\.94 ± 0\.00  > 0\.8 +holds +k=1 12\.0, k=2 14\.0, k=4 13\.0, k=8 20\.0, k=16 22\.0, k=inf 30\.0$'
has 'over those that reach the fit' '^   the same at the first fit of 99 % +5 +1\.00 ± 0\.00  > 0\.8 +holds +k=1 20\.0, k=2 22\.0, k=4 24\.0, k=8 25\.0, k=16 26\.0, k=inf -$'
has 'censored runs' '^   Spearman of k and epochs to that fit +6 +1\.00 ± 0\.00  > 0\.8 +holds +k=1 40\.0, .*, k=inf > 150$'
grep -v 'diversity=[12] ' diversities.txt >four.txt
runs four.h5 <four.txt
claims 'four diversities' four.h5
says C4 'not decided' 'four decide nothing'
has 'five are needed' '^   Spearman of k and embedding.* 4 .*not decided .*; needs 5 diversities with values in three seeds$'
sed 's/knn_embedding={.3 .3 .3}/knn_embedding={.05 .05 .05}/; s/{.22 .22 .22}/{.06 .06 .06}/' diversities.txt >falls.txt
runs falls.h5 <falls.txt
claims 'no trade-off' falls.h5
says C4 refuted 'C4 is refuted'
sed 's/{.12 .12 .12}/{.12 .3 .05}/; s/{.14 .14 .14}/{.2 .25 .06}/; s/{.3 .3 .3}/{.1 .24 .07}/' diversities.txt >noise.txt
runs noise.h5 <noise.txt
claims 'seeds that differ more than diversities' noise.h5
has 'do not refute' '^   Spearman of k and embedding, at equal epochs +6 +0\.[0-7].* ± [0-9.]+  > 0\.8 +not decided'
sed 's/diversity=8 /&probe_every=7 /' diversities.txt >seldom.txt
runs seldom.h5 <seldom.txt
claims 'evaluated less often' seldom.h5
has 'fits are not compared' '^   the same at the first fit of 99 % +0 +- .*not decided +runs are evaluated every [0-9]+ and every 7 epochs$'
has 'nor when they came' '^   Spearman of k and epochs to that fit +0 +- .*not decided +runs are evaluated '
has 'ends are' '^   Spearman of k and embedding, at equal epochs +6 '
sed '/diversity=8/s/$/ epochs_done=100 stop_memorized=.5/; /diversity=8/!s/$/ stop_memorized=.5/' diversities.txt >stopped.txt
runs stopped.h5 <stopped.txt
claims 'runs that stopped early' stopped.h5
has 'are not at equal epochs' '^   Spearman of k and embedding, at equal epochs +5 .*k=8 -,'
sed '/diversity=16/{s/fit@[0-9]*=[.0-9]*//g; s/ fit=1/ fit=.5 epochs_done=60/}; s/$/ stop_memorized=.9/' diversities.txt >unknown.txt
runs unknown.h5 <unknown.txt
claims 'runs that stopped before they fit' unknown.h5
has 'are not known to take long' '^   Spearman of k and epochs to that fit +5 .*, k=16 -, k=inf > 150$'

# ---- C5 ----

runs capacity.h5 <<END
diversity=2 fit={.90 .91 .92}
diversity=4 fit={.80 .82 .81}
diversity=16 fit={.70 .72 .71}
diversity=2 augment_labels=independent fit={.70 .72 .71}
diversity=4 augment_labels=independent fit={.50 .52 .51}
diversity=16 augment_labels=independent fit={.12 .13 .14}
diversity=8 augment_labels=independent fit=.9
END
claims 'labels of their own' capacity.h5
says C5 confirmed 'C5 holds'
has 'C5: the least gap counts, and all are told' '^   fit: shared - independent, the least over k +3 +\+20\.0 ± 2\.5  > 0 points +holds +k=2 \+20\.0, k=4 \+30\.0, k=16 \+58\.0$'
has 'C5: the gap grows' '^   that at the largest k - at the smallest +3 +\+38\.0 ± [0-9.]+  > 0 points +holds +k=16 and 2$'
says C4 'not decided' 'C4 is about shared labels'
is "$(grep -c '^C4' out)" 1 'and no others are a trade-off'
has 'of which there are three diversities' 'k=2 .*, k=4 .*, k=16 [^,]*; needs 5 diversities'
runs shrinks.h5 <<END
diversity=2 fit={.90 .91 .92}
diversity=16 fit={.30 .32 .31}
diversity=2 augment_labels=independent fit={.70 .72 .71}
diversity=16 augment_labels=independent fit={.29 .31 .30}
END
claims 'a gap that shrinks' shrinks.h5
says C5 refuted 'one part refutes'
has 'by its growth' '^   that at the largest k - at the smallest +3 +-19\.0 .* refuted'
runs reversed.h5 <<END
diversity=2 fit={.90 .91 .92}
diversity=4 fit={.50 .52 .51}
diversity=16 fit={.90 .32 .61}
diversity=2 augment_labels=independent fit={.70 .72 .71}
diversity=4 augment_labels=independent fit={.61 .62 .63}
diversity=16 augment_labels=independent fit={.1 .2 .3}
END
claims 'a gap of the other sign' reversed.h5
has 'refutes, whatever others are' '^   fit: shared - independent, the least over k +3 +-11\.0 .* refuted'
runs masked.h5 <<END
diversity=2 fit={.90 .91 .92}
diversity=4 fit={.50 .52 .51}
diversity=8 fit=.9
diversity=16 fit={.1 .1 .1} seed=1
diversity=16 fit={.1 .1 .1} seed=2
diversity=2 augment_labels=independent fit={.70 .72 .71}
diversity=4 augment_labels=independent fit={.61 .62 .63}
diversity=8 augment_labels=independent status=crashed
diversity=16 augment_labels=independent fit=.9
END
claims 'a pair that is missing' masked.h5
has 'masks no refutation, nor do two seeds' '^   fit: shared - independent, the least over k +3 +-11\.0 .* refuted'
runs one-side.h5 <<END
diversity=2 fit=.9
diversity=4 fit=.8
END
claims 'shared labels alone' one-side.h5
is "$(grep -c '^C5' out)" 1 'are no case of it'
has 'what is missing' '^   no runs: needs label_noise=1, augment=full, and augment_labels=shared and independent at '
runs stopped.h5 <<END
diversity=2 fit={.90 .91 .92}
diversity=4 fit=.9 epochs_done=10 seed=1
diversity=4 fit={.9 .91 .92}
diversity=2 augment_labels=independent fit={.70 .72 .71} epochs_done=10
diversity=4 augment_labels=independent fit={.50 .52 .51}
END
claims 'a run that stopped early' stopped.h5
has 'is not at equal epochs' 'k=2 - \(seeds that lack a value: 1, 2, 3\)'

# ---- C6 ----

runs source.h5 <<END
diversity=1 knn_embedding={.20 .21 .22}
diversity=1 view_source=same_class knn_embedding={.25 .27 .26}
diversity=4 knn_embedding={.30 .31 .32}
diversity=4 view_source=same_class knn_embedding={.20 .22 .21}
diversity=16 knn_embedding={.30 .20 .32}
diversity=16 view_source=same_class knn_embedding={.25 .24 .26}
END
claims 'other images of the class' source.h5
is "$(grep -c '^C6' out)" 3 'C6: a case for each k'
has 'C6: one sign' '^C6 .*: other images of the class help more \(.*diversity=1\)$'
has 'C6: the other' '^C6 .*: augmented copies help more \(.*diversity=4\)$'
has 'C6: none' '^C6 .*: not decided \(.*diversity=16\)$'
has 'C6: paired by seed' '^   embedding: augmented - same class +3 +\+10\.0 ± 2\.5  != 0 points +holds'

# ---- C7 ----

noises() { # SLOPES
    for p in 0 .5 1; do
        echo "label_noise=$p diversity=none memorization_noisy=.9 knn_embedding={$(awk -v p=$p 'BEGIN { print .5 - .4 * p, .5 - .42 * p, .5 - .41 * p }')}"
        echo "label_noise=$p diversity=inf memorization_noisy=.7 knn_embedding={$(awk -v p=$p -v s="$1" 'BEGIN { print .6 + s * p, .6 + s * p, .6 + (s - .01) * p }')}"
    done
}
noises -.2 | runs noises.h5
claims 'noises' noises.h5
says C7 confirmed 'C7 holds'
has 'the difference of slopes' '^   slope of embedding over noise: full - none +3 +\+20\.7 ± 2\.9  > 0 points +holds +memorization of wrong labels, full and none: p=0 70\.0 90\.0, p=0\.5 70\.0 90\.0, p=1 70\.0 90\.0; slopes -20\.3 -41\.0$'
noises -.6 | runs steep.h5
claims 'a steeper slope' steep.h5
says C7 refuted 'C7 is refuted'
noises -.2 | sed '/label_noise=.5 diversity=inf/s/$/ seed=3/; /label_noise=.5 diversity=inf/s/{[^}]*}/.5/' | runs lacks.h5
claims 'seeds that lack a noise' lacks.h5
has 'are named' '^   slope.* 1 .*not decided .*; seeds that lack a value: 1, 2; needs 3 seeds with a value$'
# A setting without effect where there is no diversity: those runs go with each value of it.
{ noises -.2; noises -.6 | sed '/diversity=none/d; s/$/ jitter_hue=0.1/'; } | runs hues.h5
claims 'two strengths beside one none' hues.h5
is "$(grep '^C7' out | sed 's/.*: //; s/[()]//g' | xargs)" 'refuted jitter_hue=0.1 confirmed jitter_hue=0.2' 'C7 of each of them'

# ---- files ----

echo "$plain" | runs plain.h5
echo "$endless" | runs endless.h5
claims 'two files' plain.h5 endless.h5
mv out two
claims 'one file' both.h5
cmp -s two out
ok $? 'two files say what one says'
claims 'the other order' endless.h5 plain.h5
cmp -s two out
ok $? 'order plays no role'
echo "$plain data_digest=00112233445566778899aabbccddeeff" | runs here.h5
echo "$plain data_digest=ff112233445566778899aabbccddeeff" | sed 's/$/ seed=9/' | runs there.h5
expect 2 'two versions of the data' bm-results claims here.h5 there.h5
expect 74 'a file that is missing' bm-results claims plain.h5 missing.h5
expect 2 'no file' bm-results claims
expect 2 'groups' bm-results claims --group-by seed plain.h5
done_testing
