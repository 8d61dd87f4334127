/* Accuracies and probes of a network. Images go through the net in batches, in evaluation mode;
 * which probes see them at a time is decided by rounds.c, so that memory stays within
 * `probe_memory`. */
#include "evaluate.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bm/interrupt.h"
#include "examples.h"
#include "kept.h"
#include "probing.h"
#include "score.h"

int bm_argmax(const bm_real *output, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (output[c] > output[best])
            best = c;
    return best;
}

double bm_count_correct(const struct bm_batch *batch, const bm_real *output)
{
    double correct = 0;
    for (int i = 0; i < batch->n; i++) {
        int said = bm_argmax(output + (size_t)i * (size_t)batch->classes, batch->classes);
        correct += said == batch->label[i] ? batch->share : 0;
        if (batch->share < 1 && said == batch->label[batch->partner[i]])
            correct += 1 - batch->share;
    }
    return correct;
}

/* What is walked, and where. */
struct walker {
    struct bm_subject *subject;
    struct bm_probing *probing;
    struct bm_kept *kept;
    struct bm_pass pass;
    size_t first; /* row of the batch */
};

/* Features of a tap, to the probes that want them, and to where they are kept. */
static void show_tap(void *context, int tap)
{
    struct walker *walker = context;
    const struct bm_subject *subject = walker->subject;
    const struct bm_batch *batch = &subject->batch;
    int pool = (int)subject->config->probe_pool;
    const struct bm_probe_rows rows = {
        .tap = tap,
        .n = (size_t)batch->n,
        .dimension = bm_net_tap_dimension(subject->net, tap, pool),
        .first = walker->first,
        .features = subject->features,
        .position = batch->member,
        .truth = batch->truth,
        .label = batch->label,
    };
    float *kept = bm_kept_room(walker->kept, walker->pass.over, tap, rows.first, rows.n);
    bool is_wanted =
        bm_probing_wants_tap(walker->probing, walker->pass.walks, tap, rows.first, rows.n);
    if (!is_wanted && kept == NULL)
        return;
    bm_net_tap_features(subject->net, tap, pool, batch->n, subject->features, rows.dimension);
    if (kept != NULL)
        memcpy(kept, subject->features, rows.n * rows.dimension * sizeof *kept);
    if (is_wanted)
        bm_probing_show(walker->probing, walker->pass.walks, &rows);
}

/* The last of taps from … before - 1 that is wanted of the batch; -1: none. */
static int last_wanted(const struct walker *walker, int from, int before)
{
    for (int tap = before - 1; tap >= from; tap--)
        if (bm_probing_wants_tap(walker->probing, walker->pass.walks, tap, walker->first,
                                 (size_t)walker->subject->batch.n))
            return tap;
    return -1;
}

/* The batch through the whole network. */
static const bm_real *pass(struct walker *walker)
{
    const struct bm_batch *batch = &walker->subject->batch;
    struct bm_net *net = walker->subject->net;
    return bm_net_watch(net, batch->x, batch->n, bm_net_taps(net) - 1, show_tap, walker);
}

/* As far as somebody wants it; what is behind features that are kept, from those on. Features that
 * are to be kept are wanted. */
static void pass_in_part(struct walker *walker)
{
    const struct bm_batch *batch = &walker->subject->batch;
    struct bm_net *net = walker->subject->net;
    const float *kept = bm_kept_find(walker->kept, walker->pass.over, walker->first);
    int resume = walker->kept->tap, n_taps = bm_net_taps(net);
    int last = last_wanted(walker, 0, kept != NULL ? resume : n_taps);
    if (kept == NULL && last < resume && resume > 0)
        last = resume;
    if (last >= 0)
        bm_net_watch(net, batch->x, batch->n, last, show_tap, walker);
    if (kept != NULL && (last = last_wanted(walker, resume, n_taps)) >= 0)
        bm_net_watch_from(net, resume, kept, batch->n, last, show_tap, walker);
}

/* Images through the net: all, where there is a score to fill, else those that probes want. Batches
 * begin at the same images in any case, so that features have the same bits. */
static void walk(struct walker *walker, const struct bm_batch_source *source,
                 struct bm_score *score)
{
    struct bm_subject *subject = walker->subject;
    struct bm_batch *batch = &subject->batch;
    size_t first, end;
    bm_probing_wants(walker->probing, walker->pass.walks, &first, &end);
    first = score != NULL ? 0 : first - first % (size_t)batch->most;
    end = score != NULL ? source->n : end;
    walker->first = first;
    for (; walker->first < end && bm_interrupt == 0; walker->first += (size_t)batch->n) {
        bm_batch_fill(batch, source, walker->first);
        if (score == NULL) {
            pass_in_part(walker);
            continue;
        }
        const bm_real *output = pass(walker);
        bm_score_batch(score, batch, output);
        if (subject->examples != NULL && walker->pass.over == BM_WALK_TRAIN)
            bm_examples_note(subject->examples, batch, output);
    }
    if (bm_interrupt == 0)
        bm_probing_after(walker->probing, walker->pass.walks);
}

static double measure_fit(struct bm_subject *subject, int64_t epoch)
{
    const struct bm_batch_source source = bm_batch_all(&subject->data->train, BM_SIGHT_FIT, epoch);
    struct bm_score score = bm_score_of(subject, &source);
    return bm_score_fraction(&score, score.trained_label, score.images);
}

/* The passes of a round. The scores, by whose images they are of, are NULL where they have been
 * counted. */
static void walk_round(struct bm_subject *subject, struct bm_probing *probing, struct bm_kept *kept,
                       struct bm_score *const scores[BM_WALKS])
{
    const struct bm_data *data = subject->data;
    const struct bm_images *images = &data->all_train;
    const struct bm_split all = {
        .n = images->n, .pixels = images->pixels, .truth = images->labels, .label = images->labels};
    const struct bm_batch_source subset = bm_batch_all(&data->train, BM_SIGHT_PLAIN, 0),
                                 tests = bm_batch_all(&data->test, BM_SIGHT_PLAIN, 0);
    struct bm_batch_source sources[BM_WALKS] = {
        [BM_WALK_QUERIES] = subset, [BM_WALK_TEST] = tests,
        [BM_WALK_TRAIN] = subset,   [BM_WALK_FITTED] = bm_batch_all(&all, BM_SIGHT_PLAIN, 0),
        [BM_WALK_VIEWS] = tests,
    };
    sources[BM_WALK_QUERIES].n = bm_round_rows(&probing->rounds.round, BM_WALK_QUERIES);
    sources[BM_WALK_VIEWS].sight = BM_SIGHT_FRESH;
    sources[BM_WALK_VIEWS].n = 2 * tests.n;
    struct bm_pass passes[BM_WALKS];
    size_t n = bm_round_passes(bm_train_fits_all(subject->config), passes);
    for (size_t i = 0; i < n; i++) {
        struct walker walker = {subject, probing, kept, passes[i], 0};
        walk(&walker, &sources[passes[i].over],
             passes[i].is_scored ? scores[passes[i].over] : NULL);
    }
}

static int fail_interrupted(struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_AGAIN, "stopped during an evaluation");
}

static int walk_with(struct bm_subject *subject, struct bm_probing *probing, struct bm_kept *kept,
                     struct bm_score *test, struct bm_score *train, struct bm_err *err)
{
    struct bm_score *const scores[BM_WALKS] = {[BM_WALK_TEST] = test, [BM_WALK_TRAIN] = train},
                           *const counted[BM_WALKS] = {NULL};
    bool more;
    if (bm_probing_next(probing, &more, err) != 0)
        return -1;
    walk_round(subject, probing, kept, scores);
    while (more && bm_interrupt == 0) {
        bm_probing_finish(probing);
        if (bm_probing_next(probing, &more, err) != 0)
            return -1;
        if (more)
            walk_round(subject, probing, kept, counted);
    }
    return bm_interrupt == 0 ? 0 : fail_interrupted(err);
}

/* Accuracies are counted on the way of the first round, which is there even without probes. */
static int walk_rounds(struct bm_subject *subject, struct bm_probing *probing,
                       struct bm_score *test, struct bm_score *train, struct bm_err *err)
{
    struct bm_kept kept;
    if (bm_kept_init(&kept, &probing->rounds, err) != 0)
        return -1;
    int failed = walk_with(subject, probing, &kept, test, train, err);
    bm_kept_fini(&kept);
    return failed;
}

static void store(const struct bm_table *table, void *record, const char *column, double value)
{
    const struct bm_field *field = bm_table_find(table, column);
    assert(field != NULL && field->type == BM_REAL);
    memcpy((char *)record + field->offset, &value, sizeof value);
}

static void make_record(const struct bm_subject *subject, const struct bm_probing *probing, int tap,
                        struct bm_tap_probe *record)
{
    const struct bm_probe *const *probes = probing->rounds.probes;
    bm_table_init(&bm_tap_probe_table, record);
    snprintf(record->tap, sizeof record->tap, "%s", bm_net_tap_name(subject->net, tap));
    record->dimension = (int64_t)probing->rounds.sizes.taps[tap].dimension;
    for (size_t p = 0; probes[p] != NULL; p++)
        for (size_t c = 0; probes[p]->columns[c] != NULL && !probes[p]->of_pairs; c++)
            store(&bm_tap_probe_table, record, probes[p]->columns[c],
                  probes[p]->of_labels && !bm_config_labels_images(subject->config)
                      ? NAN
                      : bm_probing_value(probing, p, tap, c));
}

static void make_pairs(const struct bm_probing *probing, struct bm_tap_pair *pairs)
{
    const struct bm_probe *const *probes = probing->rounds.probes;
    int n = probing->rounds.sizes.n_taps;
    for (int a = 0; a < n; a++)
        for (int b = a + 1; b < n; b++, pairs++) {
            bm_table_init(&bm_tap_pair_table, pairs);
            for (size_t p = 0; probes[p] != NULL; p++)
                if (probes[p]->of_pairs)
                    store(&bm_tap_pair_table, pairs, probes[p]->columns[0],
                          bm_probing_pair(probing, p, a, b));
        }
}

/* `taps` and `reach` have room for BM_MOST_TAPS, and stay where they are. */
static int begin_probing(struct bm_subject *subject, const struct bm_probe *const *probes,
                         struct bm_probe_tap *taps, double *reach, struct bm_probing *probing,
                         struct bm_err *err)
{
    const struct bm_data *data = subject->data;
    bool fits_all = bm_train_fits_all(subject->config);
    struct bm_train_sizes sizes = {
        .n_train = data->train.n, .n_test = data->test.n, .n_fitted = data->train.n};
    if (fits_all)
        sizes.n_fitted = data->all_train.n;
    int n_taps = bm_train_taps(subject->net, (int)subject->config->probe_pool, taps);
    struct bm_probe_task task = bm_train_probe_task(subject->config, &sizes, subject->batch.classes,
                                                    subject->batch.threads, n_taps, taps);
    task.fitted_truth = fits_all ? data->all_train.labels : data->train.truth;
    struct bm_probe_memory memory = {
        .limit = (size_t)subject->launch->probe_memory << 20,
        .spare = bm_net_spare_bytes(subject->net),
        .at = bm_net_spare(subject->net),
        .stretch = bm_train_stretch(subject->net, reach),
    };
    return bm_probing_init(probing, probes, &task, memory, err);
}

/* Probes and accuracies of images that are not augmented. */
static int evaluate_plain(struct bm_subject *subject, struct bm_score *test, struct bm_score *train,
                          struct bm_tap_probe *records, struct bm_tap_pair *pairs,
                          struct bm_err *err)
{
    int n_taps = bm_net_taps(subject->net);
    const struct bm_probe *probes[BM_MAX_PROBES + 1];
    struct bm_probe_tap taps[BM_MOST_TAPS];
    double reach[BM_MOST_TAPS];
    struct bm_probing probing;
    bm_train_probes(subject->config, probes);
    if (begin_probing(subject, probes, taps, reach, &probing, err) != 0)
        return -1;
    int failed = walk_rounds(subject, &probing, test, train, err);
    for (int tap = 0; tap < n_taps && !failed; tap++)
        make_record(subject, &probing, tap, &records[tap]);
    if (bm_train_pairs(subject->config, n_taps) > 0 && !failed)
        make_pairs(&probing, pairs);
    bm_probing_fini(&probing);
    return failed;
}

int bm_evaluate_votes(struct bm_subject *subject, const struct bm_probe *probe, uint16_t *votes,
                      size_t voters, struct bm_err *err)
{
    const struct bm_probe *const probes[] = {probe, NULL};
    struct bm_probe_tap taps[BM_MOST_TAPS];
    double reach[BM_MOST_TAPS];
    struct bm_probing probing;
    if (begin_probing(subject, probes, taps, reach, &probing, err) != 0)
        return -1;
    probing.votes = votes;
    probing.voters = voters;
    int failed = walk_rounds(subject, &probing, NULL, NULL, err);
    bm_probing_fini(&probing);
    return failed;
}

int bm_evaluate_probes(struct bm_subject *subject, struct bm_tap_probe *taps,
                       struct bm_tap_pair *pairs, struct bm_err *err)
{
    return evaluate_plain(subject, NULL, NULL, taps, pairs, err);
}

int bm_evaluate(struct bm_subject *subject, int64_t epoch, struct bm_evaluation *evaluation,
                struct bm_tap_probe *taps, struct bm_tap_pair *pairs, struct bm_err *err)
{
    struct bm_score test = {0}, train = {0};
    if (evaluate_plain(subject, &test, &train, taps, pairs, err) != 0)
        return -1;
    evaluation->epoch = epoch;
    if (bm_config_labels_images(subject->config)) {
        evaluation->memorization = bm_score_fraction(&train, train.trained_label, train.images);
        evaluation->memorization_noisy =
            bm_score_fraction(&train, train.wrong_label_fit, train.wrong_label);
    }
    evaluation->clean_train_accuracy = bm_score_fraction(&train, train.truth, train.images);
    evaluation->test_accuracy = bm_score_fraction(&test, test.truth, test.images);
    /* Without augmentation a training view is the image. */
    evaluation->fit =
        subject->config->diversity == 0 ? evaluation->memorization : measure_fit(subject, epoch);
    if (bm_interrupt != 0)
        return fail_interrupted(err);
    if (subject->examples != NULL)
        bm_examples_evaluated(subject->examples, epoch);
    return 0;
}
