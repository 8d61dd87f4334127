#include "memory.h"

#include <math.h>
#include <stdio.h>

#include "bm/data.h"
#include "bm/machine.h"
#include "bm/train.h"

char *bm_memory_text(double bytes, char *text, size_t size)
{
    if (bytes < 1e9)
        snprintf(text, size, "%.0f MB", bytes / 1e6);
    else
        snprintf(text, size, "%.1f GB", bytes / 1e9);
    return text;
}

/* "20 GB, but there are 300 MB (memory.max of the control group /a)". Returns `text`. */
static char *comparison(double needed, const struct bm_limit *limit, char *text, size_t size)
{
    char a[32], b[32];
    snprintf(text, size, "%s, but there are %s (%s)", bm_memory_text(needed, a, sizeof a),
             bm_memory_text(limit->amount, b, sizeof b), limit->by);
    return text;
}

/* What one trainer can have. */
static void limit_alone(struct bm_limit *limit)
{
    struct bm_limit process;
    bm_limit_memory("", limit);
    bm_limit_process(&process);
    bm_limit_lower(limit, process.amount, "%s", process.by);
}

/* The position of the largest point that is to run; there is one. */
static size_t largest(const struct bm_session *session)
{
    const struct bm_point *points = session->points.points;
    size_t found = session->todo[0];
    for (size_t i = 1; i < session->n_todo; i++)
        if (points[session->todo[i]].memory > points[found].memory)
            found = session->todo[i];
    return found;
}

double bm_memory_most(const struct bm_session *session)
{
    return session->n_todo > 0 ? session->points.points[largest(session)].memory : 0;
}

/* The settings whose smaller values take less: those of the part that takes most. Generated images
 * are resized only in batches; files are there as a whole, and those of a folder at image_size. */
static const char *what_to_shrink(const struct bm_config *config, const struct bm_launch *launch)
{
    static const char *const settings[BM_MEMORY_PARTS] = {
        [BM_MEMORY_NETWORK] = "projector_width, width, image_size or batch_size",
        [BM_MEMORY_IMAGES] = "train_size or test_size",
        [BM_MEMORY_PROBES] = "probe_memory, train_size or test_size"};
    struct bm_cost cost = {0};
    bm_cost_of(config, launch, &cost, NULL);
    if (cost.largest_part == BM_MEMORY_IMAGES && !bm_dataset_find(config->dataset)->generated)
        return "dataset or image_size";
    return settings[cost.largest_part];
}

int bm_memory_check(const struct bm_session *session, struct bm_err *err)
{
    double most = bm_memory_most(session);
    struct bm_limit limit;
    limit_alone(&limit);
    if (most <= limit.amount)
        return 0;
    struct bm_config config;
    char text[400];
    bm_points_config(&session->points, largest(session), &config);
    bm_fail(err, BM_EXIT_DATA, "a trainer takes %s: choose a smaller %s",
            comparison(most, &limit, text, sizeof text),
            what_to_shrink(&config, &session->sweep.launch));
    bm_points_text(&session->points, &config, text, sizeof text);
    return text[0] == '\0' ? -1 : bm_fail_at(err, "the point %s", text);
}

char *bm_memory_warning(const struct bm_session *session, char *text, size_t size)
{
    double most = bm_memory_most(session);
    size_t trainers = bm_session_trainers_here(session);
    size_t together = trainers < session->n_todo ? trainers : session->n_todo;
    struct bm_limit limit;
    char compared[300];
    text[0] = '\0';
    limit_alone(&limit);
    if (most > limit.amount) {
        snprintf(text, size, "the largest trainer takes %s: it would be refused here",
                 comparison(most, &limit, compared, sizeof compared));
        return text;
    }
    bm_limit_memory("", &limit);
    if (most * (double)together > limit.amount)
        snprintf(text, size, "%zu trainers take up to %s: at most %.0f would fit", together,
                 comparison(most * (double)together, &limit, compared, sizeof compared),
                 floor(limit.amount / most));
    return text;
}
