/* What is valid in a sweep file and yet hardly what was meant: each kind is told, with its line,
 * and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/warnings.h"

static char folder[] = "/tmp/bm-warnings-XXXXXX";

enum { MOST_SENTENCES = 6 };

struct told {
    size_t n;
    char sentences[MOST_SENTENCES][1500];
};

static void tell(void *context, const char *sentence)
{
    struct told *told = context;
    if (told->n == MOST_SENTENCES)
        fail_msg("one more: %s", sentence);
    snprintf(told->sentences[told->n++], sizeof told->sentences[0], "%s", sentence);
}

/* The sentences that a sweep gets: a tiny one, with `more` behind its settings. */
static void warnings_of(const char *more, const char *set, struct told *told)
{
    struct bm_sweep sweep;
    struct bm_points points;
    struct bm_err err = {0};
    FILE *file = fopen("x.yaml", "w");
    assert_non_null(file);
    fprintf(file,
            "{name: x, results: x.h5, fixed: {dataset: synthetic, batch_size: 10, probe_every: 2,\n"
            "%s}\n",
            more);
    fclose(file);
    *told = (struct told){0};
    if (bm_sweep_read("x.yaml", &set, set != NULL, &sweep, &err) != 0 ||
        bm_points_init(&points, &sweep, &err) != 0)
        fail_msg("%s", err.text);
    bm_warnings(&points, tell, told);
    bm_points_fini(&points);
    bm_sweep_fini(&sweep);
}

#define NETS       "width: 1, projector_width: 16, train_size: 100, epochs: 20"
#define ALL_IMAGES "arch: mlp, width: 8, projector_width: 16, epochs: 20"
#define MLP        "arch: mlp, width: 8, projector_width: 16, train_size: 100, epochs: 20"

static const struct {
    const char *more, *set, *says[MOST_SENTENCES];
} cases[] = {
    {MLP "}", NULL, {NULL}},
    /* exclude: */
    {MLP "}, grid: {label_noise: [0.1, 0.30000000000000004]},\nexclude: [{label_noise: 0.3}]",
     NULL,
     {NULL}},
    {MLP "}, grid: {label_noise: [0.1, 0.2]},\nexclude: [{label_noise: 0.1},\n {lr: 0.5}]",
     NULL,
     {"x.yaml:4:2: exclude: no point of the grid has lr: 0.5"}},
    {MLP "}, zip: {diversity: [none, inf], seed: [1, 2]},\nexclude: [{diversity: inf, seed: 1}]",
     NULL,
     {"x.yaml:3:11: exclude: no point of the grid has all of these together"}},
    {MLP "}, include: [{seed: 3}],\nexclude: [{seed: 3}]",
     NULL,
     {"x.yaml:3:11: exclude: no point of the grid has seed: 3"}},
    {MLP "}, grid: {seed: 1..9},\nexclude: [{seed: 7}, {seed: 2, diversity: none}]",
     "seed=1..2",
     {"x.yaml:3:11: exclude: no point of the grid has seed: 7",
      "x.yaml:3:22: exclude: no point of the grid has diversity: none"}},
    /* include: */
    {MLP "}, grid: {seed: 1..2},\ninclude: [{seed: 3}, {seed: 2}]",
     NULL,
     {"x.yaml:3:22: include: the point is there already"}},
    {MLP "}, grid: {seed: 1..2},\ninclude: [{seed: 2..4}, {seed: 4}]",
     NULL,
     {"x.yaml:3:11: include: 1 of the 3 points are there already",
      "x.yaml:3:25: include: the point is there already"}},
    {MLP "}, grid: {diversity: [none, 1]},\ninclude: [{diversity: none, jitter_p: 0}]",
     NULL,
     {"x.yaml:3:11: include: the point is there already"}},
    {MLP "}, grid: {label_noise: [0.3, 1]},\ninclude: [{label_noise: 0.30000000000000004}]",
     NULL,
     {"x.yaml:3:11: include: the point is there already to 12 digits, and would run again"}},
    {MLP "}, grid: {seed: 1..2}, exclude: [{seed: 2}],\ninclude: [{seed: 2}]", NULL, {NULL}},
    /* no effect at all */
    {NETS ",\n stem: large}, grid: {arch: [mlp, cnn]}",
     NULL,
     {"x.yaml:3:8: stem has no effect in any of these runs"}},
    {MLP ",\n stem: large}, include: [{stem: small}]",
     NULL,
     {"x.yaml:3:8: stem has no effect in any of these runs"}},
    {NETS "}, grid: {arch: [mlp, resnet18], stem: [small, large], depth: [1, 2]}", NULL, {NULL}},
    {MLP "}, grid: {depth: [1, 2]}",
     "arch=cnn",
     {"x.yaml:2:87: depth has no effect in any of these runs"}},
    {MLP "}", "stem=large", {"--set stem=large: stem has no effect in any of these runs"}},
    {MLP ", projector_norm: bn}",
     "projector_width=0",
     {"x.yaml:2:88: projector_norm has no effect in any of these runs"}},
    /* none at this size */
    {MLP ",\n label_noise: 0.004}",
     NULL,
     {"x.yaml:3:15: label_noise: 0.004 of 100 images is none of them"}},
    {MLP "},\n grid: {label_noise: [0, 0.005, 0.996, 1]}",
     "train_size=[100, 10000]",
     {"x.yaml:3:22: label_noise: 0.996 of 100 images is all of them (in 1 of 8 runs)"}},
    {MLP ",\n knn_k: 100}",
     NULL,
     {"x.yaml:3:9: knn_k: the probe has 100 images, so that all are among the 100 nearest"}},
    {MLP "}",
     "train_size=20",
     {"--set train_size=20: knn_k: the probe has 20 images, so that all are among the 20 nearest"}},
    {MLP ",\n precision: bf16}",
     NULL,
     {"x.yaml:3:13: precision: no layer of mlp is as wide as bf16 takes: the same as in fp32"}},
    {MLP ",\n precision: bf16}", "width=32", {NULL}},
    {MLP ", probe_train: all}", "train_size=20", {NULL}},
    {MLP ", probes: []}", "train_size=20", {NULL}},
    {MLP ", probes: [rank],\n noisy_queries: 9, knn_k: 5}",
     NULL,
     {"x.yaml:3:27: knn_k has no effect in any of these runs",
      "x.yaml:3:17: noisy_queries has no effect in any of these runs"}},
    {MLP ", probes: [noisy], noisy_queries: 9, knn_k: 5}", NULL, {NULL}},
    {MLP ", probes: [noisy, knn], knn_k: [5, 20]}", NULL, {NULL}},
    {MLP ", probes: [noisy],\n knn_k: [5, 20]}, run: {save_examples: final}",
     NULL,
     {"x.yaml:3:13: knn_also has no effect in any of these runs"}},
    {MLP ",\n knn_k: [5, 20, 100]}",
     NULL,
     {"x.yaml:3:13: knn_also: the probe has 100 images, so that all are among the 100 nearest"}},
    {NETS ", probes: []},\n grid: {arch: [cnn]}",
     "probe_pool=2",
     {"--set probe_pool=2: probe_pool has no effect in any of these runs"}},
    {MLP ", probes: [],\n probe_train: all}",
     NULL,
     {"x.yaml:3:15: probe_train has no effect in any of these runs"}},
    {MLP ", probes: [],\n knn_k: 3}, run: {save_examples: final}", NULL, {NULL}},
    {MLP ", probes: [rewind],\n knn_k: 3}, run: {save_examples: none}",
     NULL,
     {"x.yaml:3:9: knn_k has no effect in any of these runs"}},
    {MLP ", probes: [rewind],\n probe_pool: 2, probe_train: all}",
     "train_size=all",
     {"x.yaml:3:14: probe_pool has no effect in any of these runs",
      "x.yaml:3:30: probe_train has no effect in any of these runs"}},
    /* what a probe is shown is an effect */
    {MLP ", diversity: none,\n crop_scale_min: 0.5}",
     NULL,
     {"x.yaml:3:18: crop_scale_min has no effect in any of these runs"}},
    {MLP ", diversity: none,\n crop_scale_min: 0.5, probes: [invariance]}", NULL, {NULL}},
    {MLP ", diversity: none, jitter_p: 0,\n jitter_hue: 0.5, probes: [invariance]}",
     NULL,
     {"x.yaml:3:14: jitter_hue has no effect in any of these runs"}},
    /* a batch of one */
    {MLP ", diversity: 2, norm: none,\n mixup_p: 0.5}",
     "batch_size=1",
     {"x.yaml:3:11: mixup_p: a batch of one image is mixed with itself"}},
    {MLP ", diversity: 2, norm: none,\n cutmix: on}",
     "batch_size=1",
     {"x.yaml:3:10: cutmix: a batch of one image is mixed with itself"}},
    {MLP ", diversity: none,\n mixup_p: 0.5, augment_labels: independent}",
     NULL,
     {"x.yaml:3:32: augment_labels has no effect in any of these runs",
      "x.yaml:3:11: mixup_p has no effect in any of these runs"}},
    /* none for the probes' sizes */
    {MLP ", probes: [noisy],\n noisy_queries: 101}",
     NULL,
     {"x.yaml:3:17: noisy_queries: there are 100 images to ask about, not 101"}},
    {MLP ", probes: [noisy], noisy_queries: 100}", NULL, {NULL}},
    {MLP ", probes: [noisy]}", NULL, {NULL}}, /* not given */
    {MLP ",\n probe_train: all}",
     "train_size=all",
     {"x.yaml:3:15: probe_train: the subset is all 50000 images"}},
    {MLP ", probe_train: all}", "train_size=[100, all]", {NULL}},
    {MLP ",\n probe_pool: 2}",
     NULL,
     {"x.yaml:3:14: probe_pool: no map of mlp is larger than 2 x 2"}},
    {NETS "},\n grid: {arch: [cnn]}",
     "probe_pool=32",
     {"--set probe_pool=32: probe_pool: no map of cnn is larger than 32 x 32"}},
    {NETS "}, grid: {arch: [cnn]}", "probe_pool=31", {NULL}},
    {NETS ", probe_pool: 2}, grid: {arch: [mlp, cnn]}", NULL, {NULL}},
    /* nothing to jitter with, nothing to draw */
    {MLP ",\n jitter_brightness: 0, jitter_contrast: 0, jitter_saturation: 0, jitter_hue: 0}",
     NULL,
     {"x.yaml:3:21: jitter_p: no strength of the jitter is above 0"}},
    {MLP ", jitter_brightness: 0, jitter_contrast: 0, jitter_saturation: 0}", NULL, {NULL}},
    {MLP ", jitter_brightness: 0, jitter_contrast: 0, jitter_saturation: 0, jitter_hue: 0}",
     "jitter_p=0",
     {"x.yaml:2:91: jitter_brightness has no effect in any of these runs",
      "x.yaml:2:111: jitter_contrast has no effect in any of these runs",
      "x.yaml:2:133: jitter_saturation has no effect in any of these runs",
      "x.yaml:2:148: jitter_hue has no effect in any of these runs"}},
    {ALL_IMAGES "}, grid: {label_noise: [0, 1], data_seed: [1, 2]}",
     "dataset=cifar10",
     {"x.yaml:2:95: data_seed: nothing is drawn from all images with their own labels (in 2 of 4 "
      "runs)"}},
    {ALL_IMAGES ", label_noise: 0}", "dataset=cifar10", {NULL}},
    {ALL_IMAGES ", label_noise: 0, test_size: 50}, grid: {data_seed: [1, 2]}",
     "dataset=cifar10",
     {NULL}},
    {ALL_IMAGES ", label_noise: 0}, grid: {data_seed: [1, 2]}", NULL, {NULL}},
    /* nothing is trained */
    {MLP "},\n grid: {lr: [0.1, 1], seed: [1, 2]}",
     "epochs=0",
     {"x.yaml:3:13: lr: with epochs: 0 nothing is trained: the same runs again"}},
    {MLP "},\n grid: {precision: [fp32, bf16]}",
     "epochs=0",
     {"x.yaml:3:20: precision: with epochs: 0 nothing is trained: the same runs again"}},
    {MLP "},\n grid: {saved_activations: [fp32, bf16]}",
     "epochs=0",
     {"x.yaml:3:28: saved_activations: with epochs: 0 nothing is trained: the same runs again"}},
    {MLP ", lr: 0.1}", "epochs=0", {NULL}},
    {MLP "},\n grid: {lr: [0.1, 1]}", "epochs=[0, 1]", {NULL}},
    {MLP ",\n stop_memorized: 0.9}",
     "epochs=4",
     {"x.yaml:3:18: stop_memorized: it takes 3 evaluations in a row, and there are 3 up to the "
      "last"}},
    {MLP ",\n stop_memorized: 0.9}", "epochs=5", {NULL}},
    /* schedules */
    {MLP ", optimizer: sgd,\n warmup_epochs: 6}", NULL, {NULL}},
    {MLP ", optimizer: sgd,\n warmup_epochs: 7}",
     NULL,
     {"x.yaml:3:17: warmup_epochs: after 7 epochs the rate of sgd falls at once to 0.1 of it, as "
      "it falls every 6 epochs"}},
    {MLP ", warmup_epochs: 7},\n grid: {optimizer: [adam, lars, sgd], lr: [0.1, 1]}",
     "epochs=8",
     {"x.yaml:2:87: warmup_epochs: after 7 epochs the rate of sgd falls at once to 0.001 of it, "
      "as it falls every 2 epochs (in 2 of 6 runs)"}},
    {MLP ",\n warmup_epochs: 1},grid: {optimizer: [adam, lars, sgd]}",
     NULL,
     {"x.yaml:3:17: warmup_epochs: the rate of the only one is the whole one (in 2 of 3 runs)"}},
    {MLP ",\n optimizer: sgd}",
     "epochs=2",
     {"x.yaml:3:13: optimizer: in 2 epochs the rate of sgd never falls; it takes 3"}},
    {MLP ", optimizer: sgd}", "epochs=3", {NULL}},
    {MLP ", optimizer: sgd}", "epochs=0", {NULL}},
    {MLP ", label_smoothing: 0.9}", NULL, {NULL}},
    {MLP ",\n label_smoothing: 1}",
     NULL,
     {"x.yaml:3:19: label_smoothing: nothing is left of the labels: all targets are one"}},
    {MLP ", optimizer: lars, norm: none,\n lars_exclude_1d: yes}",
     NULL,
     {"x.yaml:3:19: lars_exclude_1d has no effect in any of these runs"}},
    {MLP ", optimizer: lars, norm: none, projector_norm: bn, lars_exclude_1d: yes}", NULL, {NULL}},
    /* weights on the way */
    {MLP "},\n run: {save_every: 20}", NULL, {NULL}},
    {MLP "},\n run: {save_every: 21}",
     NULL,
     {"x.yaml:3:20: save_every: no weights are kept on the way of 20 epochs"}},
    {MLP "},\n run: {save_every: 6}",
     "epochs=[5, 20]",
     {"x.yaml:3:20: save_every: no weights are kept on the way of 5 epochs (in 1 of 2 runs)"}},
    {MLP "}",
     "save_every=30",
     {"--set save_every=30: save_every: no weights are kept on the way of 20 epochs"}},
    /* the same twice */
    {MLP "}, grid: {image_size: [stored, 32]}",
     NULL,
     {"x.yaml:2:92: image_size: 32 is 'stored' for synthetic: the same runs twice"}},
    {MLP "}, grid: {test_size: [10000, 100]}", NULL, {NULL}},
    {MLP "},\n grid: {label_noise: [0.301, 0.5, 0.302], seed: [1, 2]}",
     NULL,
     {"x.yaml:3:22: label_noise: 0.301 and 0.302 of 100 images are both 30: the same runs twice"}},
    {MLP "},\n grid: {label_noise: [0.301, 0.302]}", "train_size=1000", {NULL}},
    {MLP "},\n zip: {label_noise: [0.301, 0.302], seed: [1, 2]}", NULL, {NULL}},
};

static void each_kind_is_told_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct told told;
        size_t n = 0;
        warnings_of(cases[i].more, cases[i].set, &told);
        for (; n < MOST_SENTENCES && cases[i].says[n] != NULL; n++)
            if (n >= told.n || strcmp(told.sentences[n], cases[i].says[n]) != 0)
                fail_msg("case %zu (%s) says '%s', not '%s'", i, cases[i].more,
                         n < told.n ? told.sentences[n] : "", cases[i].says[n]);
        if (told.n > n)
            fail_msg("case %zu (%s) says '%s'", i, cases[i].more, told.sentences[n]);
    }
}

int main(void)
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_kind_is_told_with_its_line)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink("x.yaml");
    rmdir(folder);
    return failed;
}
