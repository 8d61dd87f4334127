#include "rewind.h"

#include <string.h>

#include "bm/interrupt.h"
#include "score.h"

/* What changes while a part is put back. */
struct aside {
    bm_real *parameters; /* of the largest part */
    bm_real *statistics;
};

static size_t largest_part(const struct bm_net *net)
{
    size_t largest = 0, first, n;
    for (int tap = 0; tap < bm_net_taps(net); tap++) {
        bm_net_part(net, tap, &first, &n);
        largest = n > largest ? n : largest;
    }
    return largest;
}

static void carve(struct aside *aside, const struct bm_net *net, struct bm_arena *arena)
{
    aside->parameters = bm_arena_take(arena, largest_part(net) * sizeof *aside->parameters);
    aside->statistics = bm_arena_take(arena, bm_net_statistics(net) * sizeof *aside->statistics);
}

size_t bm_rewind_bytes(const struct bm_net *net)
{
    struct bm_arena count = {0};
    struct aside aside;
    carve(&aside, net, &count);
    return count.used;
}

static void measure(struct bm_subject *subject, struct bm_tap_probe *record)
{
    const struct bm_batch_source train = bm_batch_all(&subject->data->train, BM_SIGHT_PLAIN, 0),
                                 test = bm_batch_all(&subject->data->test, BM_SIGHT_PLAIN, 0);
    bm_calibrate(subject);
    struct bm_score score = bm_score_of(subject, &train);
    if (bm_config_labels_images(subject->config))
        record->rewind_memorization = bm_score_fraction(&score, score.trained_label, score.images);
    score = bm_score_of(subject, &test);
    record->rewind_test = bm_score_fraction(&score, score.truth, score.images);
}

static void rewind_part(struct bm_subject *subject, int tap, bm_real *aside,
                        struct bm_tap_probe *record)
{
    size_t first, n;
    bm_net_part(subject->net, tap, &first, &n);
    bm_real *parameters = bm_net_parameter_data(subject->net) + first;
    memcpy(aside, parameters, n * sizeof *aside);
    bm_net_init_part(subject->net, tap, (uint64_t)subject->config->seed);
    measure(subject, record);
    memcpy(parameters, aside, n * sizeof *aside);
}

int bm_rewind(struct bm_subject *subject, void *memory, struct bm_tap_probe *taps,
              struct bm_err *err)
{
    struct bm_net *net = subject->net;
    struct bm_arena arena = bm_arena_lent(memory, bm_rewind_bytes(net));
    size_t statistics = bm_net_statistics(net) * sizeof(bm_real);
    struct aside aside;
    carve(&aside, net, &arena);
    memcpy(aside.statistics, bm_net_statistics_data(net), statistics);
    for (int tap = 0; tap < bm_net_taps(net) && bm_interrupt == 0; tap++)
        rewind_part(subject, tap, aside.parameters, &taps[tap]);
    memcpy(bm_net_statistics_data(net), aside.statistics, statistics);
    return bm_interrupt == 0 ? 0 : bm_fail(err, BM_EXIT_AGAIN, "stopped while parts are put back");
}
