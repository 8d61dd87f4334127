/* Similarity of the taps of two trained networks, on the same test images. One network at a time is
 * in memory, and the features of one tap: images walk through it once for each. */
#include "bm/resemblance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bm/similarity.h"
#include "study.h"

/* What is kept of a network. */
struct features {
    struct bm_similarity taps[BM_MOST_TAPS];
    struct bm_arena memory; /* of these */
};

/* A network at work. */
struct side {
    struct bm_study study;
    struct bm_arena arena;
    size_t n;    /* images */
    float *rows; /* of a tap: n x the longest one */
    void *work;
    size_t work_size;
    /* of the walk */
    int tap;
    size_t first;
};

/* ---- the same images ---- */

static bool same_split(const struct bm_split *a, const struct bm_split *b)
{
    return a->n == b->n && memcmp(a->index, b->index, a->n * sizeof *a->index) == 0;
}

static bool same_data(const struct bm_data *a, const struct bm_data *b, const struct bm_config *x,
                      const struct bm_config *y)
{
    return a->dataset == b->dataset && bm_id_compare(&a->seal.digest, &b->seal.digest) == 0 &&
           (!a->dataset->generated || x->data_seed == y->data_seed);
}

static int check_images(const struct bm_resembler sides[2], const struct bm_launch *launch,
                        struct bm_err *err)
{
    struct bm_data data[2];
    const struct bm_config *a = sides[0].config, *b = sides[1].config;
    if (bm_data_open(&data[0], a, launch, sides[0].seal, err) != 0)
        return -1;
    int status = bm_data_open(&data[1], b, launch, sides[1].seal, err);
    if (status == 0 && !same_data(&data[0], &data[1], a, b))
        status = bm_fail(err, BM_EXIT_DATA,
                         "they are of different data (dataset %s and %s, data_seed %lld and %lld): "
                         "only features of the same images can be compared",
                         a->dataset, b->dataset, (long long)a->data_seed, (long long)b->data_seed);
    else if (status == 0 && !same_split(&data[0].test, &data[1].test))
        status = bm_fail(err, BM_EXIT_DATA,
                         "their %zu and %zu test images are not the same (test_size, classes, "
                         "data_seed): only features of the same images can be compared",
                         data[0].test.n, data[1].test.n);
    bm_data_close(&data[0]);
    if (data[1].dataset != NULL)
        bm_data_close(&data[1]);
    return status;
}

/* ---- a network at its end ---- */

static void carve(struct side *side, struct bm_arena *arena)
{
    struct bm_study *study = &side->study;
    int pool = (int)study->config->probe_pool;
    bm_study_carve(study, arena);
    side->rows =
        bm_arena_take(arena, side->n * bm_train_longest_tap(study->net, pool) * sizeof *side->rows);
    side->work_size = 0;
    for (int tap = 0; tap < bm_net_taps(study->net); tap++) { /* not the longest needs most */
        size_t work = bm_similarity_work(side->n, bm_net_tap_dimension(study->net, tap, pool));
        side->work_size = work > side->work_size ? work : side->work_size;
    }
    side->work = bm_arena_take(arena, side->work_size);
}

/* A run of no epochs is what its seed says, as it is evaluated. */
static int finish_training(struct bm_study *study, const struct bm_trained *trained,
                           struct bm_err *err)
{
    if (trained->epochs > 0)
        return trained->load(trained->context, study->net, err);
    bm_study_init(study);
    bm_calibrate(&study->subject);
    return 0;
}

static int open(struct side *side, const struct bm_resembler *resembler,
                const struct bm_launch *launch, struct bm_err *err)
{
    struct bm_study *study = &side->study;
    struct bm_arena count = {0};
    if (bm_study_open(study, resembler->config, launch, resembler->seal, err) != 0 ||
        bm_study_check_data(study, &resembler->trained, err) != 0)
        return -1;
    side->n = bm_similarity_images(study->data.test.n);
    carve(side, &count);
    if (bm_arena_init(&side->arena, count.used, "features", err) != 0)
        return -1;
    carve(side, &side->arena);
    return finish_training(study, &resembler->trained, err);
}

/* ---- features ---- */

static void show_tap(void *context, int tap)
{
    struct side *side = context;
    struct bm_subject *subject = &side->study.subject;
    size_t n = (size_t)subject->batch.n, left = side->n - side->first;
    int pool = (int)side->study.config->probe_pool;
    size_t dimension = bm_net_tap_dimension(side->study.net, tap, pool);
    if (tap != side->tap)
        return;
    bm_net_tap_features(side->study.net, tap, pool, (int)n, subject->features, dimension);
    memcpy(side->rows + side->first * dimension, subject->features,
           (n < left ? n : left) * dimension * sizeof *side->rows);
}

static bool is_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* Batches are those of an evaluation, so that features have the same bits. */
static void measure_tap(struct side *side, int tap, struct bm_similarity *similarity)
{
    struct bm_study *study = &side->study;
    struct bm_batch *batch = &study->subject.batch;
    const struct bm_batch_source tests = bm_batch_all(&study->data.test, BM_SIGHT_PLAIN, 0);
    size_t dimension = bm_net_tap_dimension(study->net, tap, (int)study->config->probe_pool);
    side->tap = tap;
    for (side->first = 0; side->first < side->n; side->first += (size_t)batch->n) {
        bm_batch_fill(batch, &tests, side->first);
        bm_net_watch(study->net, batch->x, batch->n, tap, show_tap, side);
    }
    const struct bm_held held = {.n = side->n, .dimension = dimension, .rows = side->rows};
    if (is_finite(side->rows, side->n * dimension))
        bm_similarity_measure(similarity, &held, bm_arena_lent(side->work, side->work_size));
}

static int measure_all(struct side *side, struct features *features, struct bm_err *err)
{
    struct bm_arena count = {0};
    int n_taps = bm_net_taps(side->study.net);
    for (int tap = 0; tap < n_taps; tap++)
        bm_similarity_carve(side->n, &count);
    if (bm_arena_init(&features->memory, count.used, "Gram matrices", err) != 0)
        return -1;
    for (int tap = 0; tap < n_taps; tap++) {
        features->taps[tap] = bm_similarity_carve(side->n, &features->memory);
        measure_tap(side, tap, &features->taps[tap]);
    }
    return 0;
}

/* Side s: what there is to say of it, and what is needed to compare it. */
static int examine(const struct bm_resembler *resembler, const struct bm_launch *launch, int s,
                   struct bm_resemblance *resemblance, struct features *features,
                   struct bm_err *err)
{
    struct side side = {0};
    int status = open(&side, resembler, launch, err);
    if (status == 0)
        status = measure_all(&side, features, err);
    if (status == 0) {
        resemblance->images = side.n;
        resemblance->n_taps[s] = bm_net_taps(side.study.net);
        for (int tap = 0; tap < resemblance->n_taps[s]; tap++)
            snprintf(resemblance->taps[s][tap], BM_TAP_NAME, "%s",
                     bm_net_tap_name(side.study.net, tap));
    }
    bm_arena_fini(&side.arena);
    bm_study_close(&side.study);
    return status;
}

int bm_resemblance_of(const struct bm_resembler sides[2], const struct bm_launch *launch,
                      struct bm_resemblance *resemblance, struct bm_err *err)
{
    struct features features[2] = {0};
    int status = check_images(sides, launch, err);
    for (int s = 0; s < 2 && status == 0; s++)
        status = examine(&sides[s], launch, s, resemblance, &features[s], err);
    for (int a = 0; status == 0 && a < resemblance->n_taps[0]; a++)
        for (int b = 0; b < resemblance->n_taps[1]; b++)
            resemblance->cka[a][b] =
                bm_similarity_cka(&features[0].taps[a], &features[1].taps[b], resemblance->images);
    for (int s = 0; s < 2; s++)
        bm_arena_fini(&features[s].memory);
    return status;
}
