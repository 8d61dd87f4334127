# A tiny sweep for shell tests; sourced after tap.sh.
# tiny NAME [GRID [MORE OF fixed: [MORE OF run:]]] writes NAME.yaml, whose results are NAME.h5.
tiny() {
    cat >"$1.yaml" <<END
name: $1
results: $1.h5
run: {threads: 1${4:+, $4}}
fixed: {dataset: synthetic, train_size: 60, test_size: 30, arch: mlp, width: 8, depth: 1, projector_width: 16,
        batch_size: 20, knn_k: 5, probe_every: 1000, ${3:-epochs: 2}}
grid: {${2:-seed: 1..2}}
END
}
