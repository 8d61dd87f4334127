#include "probing.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Moves on to a probe that the configuration asks for. */
static void skip_unused(struct bm_probing *probing, const struct bm_config *config)
{
    while (bm_probes[probing->probe] != NULL &&
           !bm_train_uses_probe(config, bm_probes[probing->probe]->name))
        probing->probe++;
}

void bm_probing_init(struct bm_probing *probing, const struct bm_subject *subject,
                     struct bm_tap_probe *taps)
{
    *probing = (struct bm_probing){.taps = taps, .n_taps = bm_net_taps(subject->net)};
    for (int t = 0; t < probing->n_taps; t++) {
        bm_table_init(&bm_tap_probe_table, &taps[t]);
        snprintf(taps[t].tap, sizeof taps[t].tap, "%s", bm_net_tap_name(subject->net, t));
        taps[t].dimension =
            (int64_t)bm_net_tap_dimension(subject->net, t, (int)subject->config->probe_pool);
    }
    skip_unused(probing, subject->config);
}

bool bm_probing_done(const struct bm_probing *probing)
{
    return bm_probes[probing->probe] == NULL;
}

static struct bm_probe_task task_of(const struct bm_probing *probing,
                                    const struct bm_subject *subject)
{
    return (struct bm_probe_task){
        .config = subject->config,
        .classes = subject->batch.classes,
        .dimension = (size_t)probing->taps[probing->tap].dimension,
    };
}

/* Goes on behind a piece of n test images. */
static void advance(struct bm_probing *probing, const struct bm_subject *subject, size_t n)
{
    probing->test += n;
    if (probing->test < subject->data->test.n)
        return;
    probing->test = 0;
    if (++probing->tap < probing->n_taps)
        return;
    probing->tap = 0;
    probing->probe++;
    skip_unused(probing, subject->config);
}

int bm_pass_begin(struct bm_pass *pass, struct bm_probing *probing,
                  const struct bm_subject *subject, struct bm_err *err)
{
    size_t left = (size_t)subject->launch->probe_memory << 20;
    pass->n_pieces = 0;
    while (!bm_probing_done(probing) && pass->n_pieces < BM_MOST_TAPS) {
        const struct bm_probe *probe = bm_probes[probing->probe];
        struct bm_probe_task task = task_of(probing, subject);
        size_t per_test = task.dimension * sizeof(float) + probe->memory_per_test(&task);
        size_t wanted = subject->data->test.n - probing->test, fits = left / per_test;
        /* A range is cut only where it has the pass to itself: slivers cost a pass later. */
        if (fits < wanted && pass->n_pieces > 0)
            break;
        task.n_test = fits >= wanted ? wanted : fits > 0 ? fits : 1;
        struct bm_piece *piece = &pass->pieces[pass->n_pieces];
        *piece = (struct bm_piece){probe, probing->tap, probing->test, task.n_test, NULL, false};
        piece->state = probe->begin(&task, err);
        if (piece->state == NULL) {
            while (pass->n_pieces > 0) {
                piece = &pass->pieces[--pass->n_pieces];
                piece->probe->end(piece->state);
            }
            return -1;
        }
        pass->n_pieces++;
        left -= left < task.n_test * per_test ? left : task.n_test * per_test;
        advance(probing, subject, task.n_test);
    }
    return 0;
}

/* The features of a piece's tap for the batch that the net has just seen; NULL when they or
 * earlier ones are not finite. */
static float *features_of(struct bm_piece *piece, const struct bm_subject *subject,
                          size_t *dimension)
{
    int pool = (int)subject->config->probe_pool, n = subject->batch.n;
    *dimension = bm_net_tap_dimension(subject->net, piece->tap, pool);
    if (piece->is_undefined)
        return NULL;
    bm_net_tap_features(subject->net, piece->tap, pool, n, subject->features, *dimension);
    for (size_t i = 0; i < (size_t)n * *dimension; i++)
        piece->is_undefined |= !isfinite(subject->features[i]);
    return piece->is_undefined ? NULL : subject->features;
}

void bm_pass_add_test(struct bm_pass *pass, const struct bm_subject *subject, const uint16_t *truth,
                      size_t first)
{
    for (int i = 0; i < pass->n_pieces; i++) {
        struct bm_piece *piece = &pass->pieces[i];
        size_t from = first > piece->first ? first : piece->first;
        size_t to = first + (size_t)subject->batch.n, end = piece->first + piece->n;
        to = to < end ? to : end;
        if (from >= to)
            continue;
        size_t dimension;
        const float *rows = features_of(piece, subject, &dimension);
        if (rows != NULL)
            piece->probe->add_test(piece->state, rows + (from - first) * dimension,
                                   truth + (from - first), to - from);
    }
}

void bm_pass_add_train(struct bm_pass *pass, const struct bm_subject *subject,
                       const uint16_t *truth, size_t first)
{
    for (int i = 0; i < pass->n_pieces; i++) {
        struct bm_piece *piece = &pass->pieces[i];
        size_t dimension;
        float *rows = features_of(piece, subject, &dimension);
        if (rows != NULL)
            piece->probe->add_train(piece->state, rows, truth, (size_t)subject->batch.n,
                                    (uint32_t)first);
    }
}

/* The score's member is the one with the probe's name. */
static void store_score(struct bm_tap_probe *record, const struct bm_probe *probe, double score)
{
    const struct bm_field *field = bm_table_find(&bm_tap_probe_table, probe->name);
    assert(field != NULL && field->type == BM_REAL);
    memcpy((char *)record + field->offset, &score, sizeof score);
}

void bm_pass_end(struct bm_pass *pass, struct bm_probing *probing, size_t n_test)
{
    for (int i = 0; i < pass->n_pieces; i++) {
        struct bm_piece *piece = &pass->pieces[i];
        if (piece->is_undefined)
            probing->is_undefined = true;
        else
            probing->correct += piece->probe->correct(piece->state);
        piece->probe->end(piece->state);
        if (piece->first + piece->n == n_test) {
            double score = (double)probing->correct / (double)n_test;
            store_score(&probing->taps[piece->tap], piece->probe,
                        probing->is_undefined ? NAN : score);
            probing->correct = 0;
            probing->is_undefined = false;
        }
    }
}
