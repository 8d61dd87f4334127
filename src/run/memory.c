#include "memory.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* Bytes; infinite where the system does not tell. */
static double of_machine(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (double)pages * (double)page : INFINITY;
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

int bm_memory_check(const struct bm_session *session, struct bm_err *err)
{
    double most = bm_memory_most(session), there = of_machine();
    if (most <= there)
        return 0;
    struct bm_config config;
    char text[400];
    bm_points_config(&session->points, largest(session), &config);
    bm_points_text(&session->points, &config, text, sizeof text);
    bm_fail(err, BM_EXIT_DATA,
            "a trainer takes %.1f GB, but this machine has %.1f GB: choose a smaller "
            "projector_width, width, image_size or batch_size",
            most / 1e9, there / 1e9);
    return text[0] == '\0' ? -1 : bm_fail_at(err, "the point %s", text);
}

char *bm_memory_warning(const struct bm_session *session, char *text, size_t size)
{
    double most = bm_memory_most(session), there = of_machine();
    size_t trainers = bm_session_trainers_here(session);
    size_t together = trainers < session->n_todo ? trainers : session->n_todo;
    text[0] = '\0';
    if (most > there)
        snprintf(text, size,
                 "the largest trainer takes %.1f GB, but this machine has %.1f GB: it would be "
                 "refused here",
                 most / 1e9, there / 1e9);
    else if (most * (double)together > there)
        snprintf(text, size,
                 "%zu trainers of up to %.1f GB may not fit the %.1f GB of this machine: at most "
                 "%.0f would",
                 together, most / 1e9, there / 1e9, floor(there / most));
    return text;
}
