/* Who lives. A job that runs on the same system holds a lock of its file, which its death lets go
 * of, however it came; of others only that they do something tells. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/clock.h"
#include "bm/job_status.h"
#include "bm/lock.h"
#include "jobs.h"
#include "paths.h"

struct bm_job_sight {
    char name[BM_ID_TEXT];
    uint64_t checksum; /* of what it said last */
    double since;      /* monotonic seconds, when it was first seen */
    double looked;     /* the same of the last look */
    bool has_changed;
};

int bm_job_sights_init(struct bm_job_sights *sights, const char *results, double timeout_s,
                       struct bm_err *err)
{
    *sights = (struct bm_job_sights){.timeout_s = timeout_s};
    bm_boot_read(sights->boot, sizeof sights->boot);
    return bm_jobs_folder(results, sights->folder, err);
}

void bm_job_sights_fini(struct bm_job_sights *sights)
{
    free(sights->sights);
    *sights = (struct bm_job_sights){.n = 0};
}

static struct bm_job_sight *find(struct bm_job_sights *sights, const char *name)
{
    for (size_t i = 0; i < sights->n; i++)
        if (strcmp(sights->sights[i].name, name) == 0)
            return &sights->sights[i];
    sights->sights = reallocarray(sights->sights, sights->n + 1, sizeof *sights->sights);
    if (sights->sights == NULL)
        abort();
    struct bm_job_sight *added = &sights->sights[sights->n++];
    *added = (struct bm_job_sight){.since = bm_seconds()};
    snprintf(added->name, sizeof added->name, "%s", name);
    return added;
}

/* Seconds between two looks that still count as watching. */
static double most_pause(const struct bm_job_sights *sights)
{
    return fmax(5, sights->timeout_s / 4);
}

enum bm_job_life bm_job_sight(struct bm_job_sights *sights, const char *name, const void *data,
                              size_t size)
{
    size_t known = sights->n;
    struct bm_job_sight *sight = find(sights, name);
    uint64_t checksum = bm_checksum(data, size);
    bool is_new = sights->n > known;
    double now = bm_seconds();
    /* Who has slept has seen nothing. */
    bool has_slept = now - sight->looked > most_pause(sights) && !is_new;
    if (!is_new && checksum != sight->checksum)
        sight->has_changed = true;
    if (checksum != sight->checksum || has_slept)
        sight->since = now;
    sight->checksum = checksum;
    sight->looked = now;
    return now - sight->since > sights->timeout_s ? BM_JOB_SILENT
           : sight->has_changed                   ? BM_JOB_ALIVE
                                                  : BM_JOB_UNSURE;
}

static bool has_died_here(const struct bm_job_sights *sights, const char *path, const char *text)
{
    struct bm_job_status status;
    if (sights->boot[0] == '\0' || !bm_job_status_parse(text, &status))
        return false;
    bool is_here = strcmp(status.boot, sights->boot) == 0;
    bm_job_status_fini(&status);
    return is_here && bm_lock_is_free(path) > 0;
}

enum bm_job_life bm_job_life(struct bm_job_sights *sights, const char *name)
{
    char path[BM_PATH_SIZE];
    unsigned char *data;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", sights->folder, name);
    int is_there = bm_file_find_anew(path, NULL);
    if (is_there == 0)
        return BM_JOB_ENDED;
    if (is_there <= 0 || bm_file_read(path, &data, &size, NULL) != 0)
        return BM_JOB_UNSURE;
    data[size] = '\0'; /* there is room for it */
    enum bm_job_life life = has_died_here(sights, path, (const char *)data)
                                ? BM_JOB_DEAD
                                : bm_job_sight(sights, name, data, size);
    free(data);
    return life;
}

/* ---- all of them ---- */

static void keep_living(struct bm_job_sights *sights, struct bm_jobs *jobs)
{
    size_t n = 0;
    for (size_t i = 0; i < jobs->n; i++)
        if (bm_job_life(sights, jobs->jobs[i].name) > BM_JOB_DEAD)
            jobs->jobs[n++] = jobs->jobs[i];
        else
            bm_job_status_fini(&jobs->jobs[i]);
    jobs->n = n;
}

int bm_jobs_living(const char *results, struct bm_job_sights *sights, struct bm_jobs *jobs,
                   struct bm_err *err)
{
    struct bm_job_sights own;
    if (bm_jobs_read(results, jobs, err) != 0)
        return -1;
    if (sights != NULL) {
        keep_living(sights, jobs);
        return 0;
    }
    int status = bm_job_sights_init(&own, results, INFINITY, err);
    if (status == 0)
        keep_living(&own, jobs);
    bm_job_sights_fini(&own);
    return status;
}

struct looking {
    struct bm_job_sights *sights;
    const char *own;
    bool clears, one_lives;
};

static int look_at(void *context, const char *name, struct bm_err *err)
{
    struct looking *looking = context;
    char path[BM_PATH_SIZE];
    (void)err;
    if (strcmp(name, looking->own) == 0)
        return 0;
    enum bm_job_life life = bm_job_life(looking->sights, name);
    looking->one_lives |= life == BM_JOB_ALIVE && strcmp(name, looking->own) < 0;
    if (life != BM_JOB_SILENT || !looking->clears)
        return 0;
    snprintf(path, sizeof path, "%s/%s", looking->sights->folder, name);
    bm_file_remove(path, NULL);
    return 0;
}

bool bm_job_sights_look(struct bm_job_sights *sights, const char *own)
{
    struct looking looking = {sights, own, false, false};
    bm_folder_each(sights->folder, look_at, &looking, NULL);
    return looking.one_lives;
}

void bm_job_sights_clear(struct bm_job_sights *sights, const char *own)
{
    bm_folder_each(sights->folder, look_at, &(struct looking){sights, own, true, false}, NULL);
}
