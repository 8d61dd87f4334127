#include "status.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/clock.h"
#include "bm/store.h"

/* Seconds between two times, and how much of the time writing may take: one part in so many. */
static const double least_pause = 1, share = 100;

void bm_status_init(struct bm_status_writer *writer, const struct bm_session *session,
                    struct bm_store *store)
{
    *writer = (struct bm_status_writer){.began = bm_seconds()};
    struct bm_job_status *status = &writer->status;
    snprintf(status->sweep, sizeof status->sweep, "%s", session->sweep.name);
    status->trainers = bm_session_all_trainers(session);
    status->every = least_pause;
    status->remaining = NAN;
    status->runs = session->points.n;
    status->done = session->points.count[BM_POINT_DONE];
    status->failed = session->points.count[BM_POINT_FAILED];
    status->running = calloc(status->trainers + 1, sizeof *status->running);
    if (status->running == NULL)
        abort();
    bm_jobs_clear(session->sweep.results);
    writer->file = bm_store_job(store, status);
    if (writer->file != NULL)
        return;
    /* Alone with the results: to those who join it is another sweep, whatever their locks hold. */
    snprintf(status->sweep, sizeof status->sweep, "reprobe of %s", session->sweep.name);
    if (bm_job_file_open(session->sweep.results, status, &writer->own, NULL) == 0)
        writer->file = &writer->own;
    else
        bm_job_file_close(&writer->own);
}

void bm_status_fini(struct bm_status_writer *writer)
{
    if (writer->file == &writer->own)
        bm_job_file_close(writer->file);
    bm_job_status_fini(&writer->status);
}

void bm_status_ended(struct bm_status_writer *writer, const struct bm_id *id, bool done,
                     const char *how)
{
    struct bm_job_status *status = &writer->status;
    struct bm_job_failure *first = &status->failures[0];
    status->own_done += done;
    status->own_failed += !done;
    if (done)
        return;
    memmove(first + 1, first, (BM_JOB_FAILURES - 1) * sizeof *first);
    bm_id_text(id, first->id);
    snprintf(first->cause, sizeof first->cause, "%s", how);
    if (status->n_failures < BM_JOB_FAILURES)
        status->n_failures++;
}

static void gather(struct bm_job_status *status, const struct bm_console *console,
                   const struct bm_schedule *schedule, double now)
{
    const struct bm_bar *bar = &console->bar;
    status->n_running = 0;
    for (size_t slot = 0; slot < bar->n_rows && slot < status->trainers; slot++) {
        const struct bm_bar_row *row = &bar->rows[slot];
        if (!row->is_busy)
            continue;
        struct bm_job_run *run = &status->running[status->n_running++];
        *run = (struct bm_job_run){
            .rank = slot < schedule->n_own ? 0 : (int)(slot - schedule->n_own + 1),
            .progress = row->progress,
            .remaining = bm_outlook_rest(&console->outlook, slot, now)};
        memcpy(run->id, row->id, sizeof run->id);
        memcpy(run->settings, row->settings, sizeof run->settings);
    }
}

void bm_status_write(struct bm_status_writer *writer, const struct bm_console *console,
                     const struct bm_schedule *schedule)
{
    struct bm_job_status *status = &writer->status;
    const struct bm_points *points = &console->session->points;
    double now = bm_seconds();
    if (writer->file == NULL || now < writer->next)
        return;
    gather(status, console, schedule, now);
    status->elapsed = now - writer->began;
    status->remaining = bm_outlook_remaining(&console->outlook, schedule, now);
    status->done = points->count[BM_POINT_DONE];
    status->failed = points->count[BM_POINT_FAILED];
    bm_job_file_write(writer->file, status, NULL);
    double cost = bm_seconds() - now;
    /* A job that is silent for too long is taken for dead. */
    double timeout = bm_session_patience(console->session);
    status->every = fmin(fmax(least_pause, share * cost), timeout / 8); /* told next time */
    writer->next = now + status->every;
}
