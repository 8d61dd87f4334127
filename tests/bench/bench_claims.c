/* Jobs that share a sweep of points that do nothing: what claiming, following the others, recording
 * and giving back takes, and what joining. bench_claims FILE POINTS JOBS; what FILE has is not done
 * again. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bm/claim.h"
#include "bm/clock.h"
#include "sample.h"

static const char *path;
static size_t n_points;

static bool is_done(struct bm_store *store, const struct bm_id *id)
{
    const struct bm_run *run = bm_results_find(bm_store_results(store), id);
    return run != NULL && run->finished;
}

static void record(struct bm_store *store, const struct bm_id *id, const struct bm_config *config)
{
    struct bm_result result;
    struct bm_bytes frame = {0};
    sample_result(0, &result);
    bm_frame_add_begin(&frame, id, config);
    sample_append(store, &frame);
    frame.size = 0;
    bm_frame_add_result(&frame, id, &result);
    sample_append(store, &frame);
    bm_store_sync(store, NULL);
    bm_bytes_fini(&frame);
}

/* 1: it was done here, 0: by another, -1: another one has it. */
static int try_point(struct bm_store *store, size_t point)
{
    struct bm_config config;
    struct bm_id id;
    char text[BM_ID_TEXT];
    struct bm_claims *claims = bm_store_claims(store);
    sample_config(point, &config, &id);
    if (is_done(store, &id))
        return 0;
    if (!bm_claim_take(claims, bm_id_text(&id, text)))
        return -1;
    bm_store_follow(store, NULL, NULL);
    bool is_behind = bm_store_is_behind(store), was_done = is_done(store, &id);
    if (!is_behind && !was_done)
        record(store, &id, &config);
    bm_claim_release(claims, text);
    return was_done ? 0 : is_behind ? -1 : 1;
}

/* A job. The longest are first everywhere: all go through the points in one order. */
static int work(void)
{
    struct bm_store *store;
    struct bm_err err = {0};
    struct bm_job_status status = {.name = ""};
    double start = bm_seconds();
    if (bm_store_join(path, "bench", 60, NULL, &store, &err) != 0)
        return fprintf(stderr, "%s\n", err.text), 1;
    double begin = bm_seconds(), beat = begin;
    size_t own = 0;
    for (size_t left = n_points; left > 0;) {
        left = 0;
        for (size_t point = 0; point < n_points; point++) {
            int done = try_point(store, point);
            own += done > 0;
            left += done < 0;
            if (bm_seconds() - beat > 1) {
                bm_job_file_write(bm_store_job(store, &status), &status, NULL);
                beat = bm_seconds();
            }
        }
        bm_store_follow(store, NULL, NULL);
    }
    double wall = bm_seconds() - begin;
    printf("joined in %.3f s; %zu points in %.1f s: %.2f ms a point\n", begin - start, own, wall,
           1e3 * wall / (double)(own + !own));
    int code = bm_store_fold(store, &err) == 0 ? 0 : 1;
    bm_store_close(store);
    return code;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    path = argv[1];
    n_points = (size_t)atol(argv[2]);
    for (int job = 0; job < atoi(argv[3]); job++)
        if (fork() == 0)
            exit(work());
    int status, worst = 0;
    while (wait(&status) > 0)
        worst |= status;
    return worst != 0;
}
