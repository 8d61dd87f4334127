#include "batch.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "bm/beat.h"
#include "mix.h"

/* A team is never larger than the limit, so a thread's number is below this. */
static int threads_to_get(void)
{
    int most = omp_get_thread_limit(), threads = omp_get_max_threads();
    return threads < most ? threads : most;
}

int bm_batch_init(struct bm_batch *batch, const struct bm_config *config,
                  struct bm_image_shape stored, struct bm_shape input, int classes,
                  struct bm_err *err)
{
    *batch = (struct bm_batch){
        .input = input,
        .classes = classes,
        .most = (int)config->batch_size,
        .smoothing = config->label_smoothing,
        .threads = threads_to_get(),
        .config = config,
    };
    batch->viewers = calloc((size_t)batch->threads, sizeof *batch->viewers);
    if (batch->viewers == NULL)
        return bm_fail_errno(err, "no memory for the viewers of %d threads", batch->threads);
    for (int i = 0; i < batch->threads; i++)
        if (bm_viewer_init(&batch->viewers[i], config, stored, err) != 0)
            return -1;
    return 0;
}

void bm_batch_carve(struct bm_batch *batch, struct bm_arena *arena)
{
    size_t most = (size_t)batch->most, image = bm_shape_size(batch->input);
    batch->planes = bm_arena_take(arena, (size_t)batch->threads * image * sizeof *batch->planes);
    batch->member = bm_arena_take(arena, most * sizeof *batch->member);
    batch->truth = bm_arena_take(arena, most * sizeof *batch->truth);
    batch->label = bm_arena_take(arena, most * sizeof *batch->label);
    batch->x = bm_arena_take(arena, most * image * sizeof *batch->x);
    batch->targets = bm_arena_take(arena, most * (size_t)batch->classes * sizeof *batch->targets);
    if (!bm_mixes(batch->config))
        return;
    batch->partner = bm_arena_take(arena, most * sizeof *batch->partner);
    batch->is_mixed = bm_arena_take(arena, most * sizeof *batch->is_mixed);
    batch->aside = bm_arena_take(arena, image * sizeof *batch->aside);
}

void bm_batch_fini(struct bm_batch *batch)
{
    for (int i = 0; batch->viewers != NULL && i < batch->threads; i++)
        bm_viewer_fini(&batch->viewers[i]);
    free(batch->viewers);
    *batch = (struct bm_batch){0};
}

struct bm_batch_source bm_batch_all(const struct bm_split *split, enum bm_sight sight,
                                    int64_t epoch)
{
    return (struct bm_batch_source){split, split->n, NULL, sight, epoch};
}

static uint32_t position(const struct bm_batch_source *source, size_t i)
{
    if (source->order != NULL)
        return source->order[i];
    return (uint32_t)(source->sight == BM_SIGHT_FRESH ? i / 2 : i * source->split->n / source->n);
}

/* Whether one of a number of copies of each member is seen. */
static bool sees_copies(const struct bm_batch *batch, const struct bm_batch_source *source)
{
    double diversity = batch->config->diversity;
    return diversity > 0 && isfinite(diversity) &&
           (source->sight == BM_SIGHT_TRAIN || source->sight == BM_SIGHT_FIT);
}

static uint64_t copy_seen(const struct bm_viewer *viewer, const struct bm_batch_source *source,
                          uint32_t member)
{
    uint32_t image = source->split->index[member];
    return source->sight == BM_SIGHT_TRAIN ? bm_view_trained_copy(viewer, image, source->epoch)
                                           : bm_view_fitted_copy(viewer, image, source->epoch);
}

/* Of copies that have labels of their own. */
static void label_copies(struct bm_batch *batch, const struct bm_batch_source *source)
{
    for (int i = 0; i < batch->n; i++) {
        uint32_t member = batch->member[i];
        batch->label[i] =
            bm_label_of_copy((uint64_t)batch->config->data_seed, source->split->index[member],
                             copy_seen(batch->viewers, source, member), batch->classes);
    }
}

static void choose_members(struct bm_batch *batch, const struct bm_batch_source *source,
                           size_t first)
{
    const struct bm_split *split = source->split;
    size_t left = source->n - first;
    batch->n = left < (size_t)batch->most ? (int)left : batch->most;
    for (int i = 0; i < batch->n; i++) {
        uint32_t at = position(source, first + (size_t)i);
        batch->member[i] = at;
        batch->truth[i] = split->truth[at];
        batch->label[i] = split->label[at];
    }
    if (sees_copies(batch, source) && !bm_config_labels_images(batch->config))
        label_copies(batch, source);
}

/* Member i of the source, which stands at `member` in the split. */
static void see(struct bm_viewer *viewer, const struct bm_batch_source *source, size_t i,
                uint32_t member, float *planes)
{
    const struct bm_split *split = source->split;
    const unsigned char *pixels = split->pixels[member];
    switch (source->sight) {
    case BM_SIGHT_PLAIN:
        bm_view_plain(viewer, pixels, planes);
        break;
    case BM_SIGHT_TRAIN:
        bm_view_train(viewer, pixels, split->index[member], source->epoch, planes);
        break;
    case BM_SIGHT_FIT:
        bm_view_fit(viewer, pixels, split->index[member], source->epoch, planes);
        break;
    case BM_SIGHT_FRESH:
        bm_view_fresh(viewer, pixels, split->index[member], i % 2, planes);
        break;
    }
}

/* A copy that is another image of the class, as it is. */
static void see_other(struct bm_viewer *viewer, const struct bm_batch_source *source,
                      uint32_t member, float *planes)
{
    const struct bm_split *split = source->split;
    uint64_t copy = copy_seen(viewer, source, member);
    bm_view_plain(viewer, split->others[member * split->n_others + copy], planes);
}

/* Planes (C, H, W) to pixels (H, W, C). */
static void interleave(const float *planes, struct bm_shape shape, bm_real *to)
{
    size_t pixels = (size_t)shape.height * (size_t)shape.width, channels = (size_t)shape.channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t p = 0; p < pixels; p++)
            to[p * channels + c] = (bm_real)planes[c * pixels + p];
}

static void make_views(struct bm_batch *batch, const struct bm_batch_source *source, size_t first)
{
    size_t image = bm_shape_size(batch->input);
    bool others = source->split->others != NULL && sees_copies(batch, source);
#pragma omp parallel for schedule(dynamic, 4) num_threads(batch->threads) if (batch->threads > 1)
    for (int i = 0; i < batch->n; i++) {
        int thread = omp_get_thread_num();
        float *planes = batch->planes + (size_t)thread * image;
        if (others)
            see_other(&batch->viewers[thread], source, batch->member[i], planes);
        else
            see(&batch->viewers[thread], source, first + (size_t)i, batch->member[i], planes);
        interleave(planes, batch->input, batch->x + (size_t)i * image);
    }
}

static void make_targets(struct bm_batch *batch)
{
    size_t classes = (size_t)batch->classes;
    memset(batch->targets, 0, (size_t)batch->n * classes * sizeof *batch->targets);
    for (int i = 0; i < batch->n; i++) {
        bm_real *target = batch->targets + (size_t)i * classes;
        target[batch->label[i]] = (bm_real)batch->share;
        if (batch->share < 1)
            target[batch->label[batch->partner[i]]] += (bm_real)(1 - batch->share);
    }
}

/* Label smoothing (Szegedy et al. 2016): (1 - e) y + e / classes. */
static void smooth_targets(struct bm_batch *batch)
{
    size_t values = (size_t)batch->n * (size_t)batch->classes;
    bm_real keep = (bm_real)(1 - batch->smoothing);
    bm_real share = (bm_real)(batch->smoothing / batch->classes);
    for (size_t i = 0; i < values; i++)
        batch->targets[i] = keep * batch->targets[i] + share;
}

void bm_batch_fill(struct bm_batch *batch, const struct bm_batch_source *source, size_t first)
{
    choose_members(batch, source, first);
    make_views(batch, source, first);
    batch->share = 1;
    if (source->sight == BM_SIGHT_TRAIN && bm_mixes(batch->config))
        bm_mix(batch, source->epoch, first / (size_t)batch->most);
    make_targets(batch);
    smooth_targets(batch);
    bm_beat();
}
