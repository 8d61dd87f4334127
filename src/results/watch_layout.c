#include "watch.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/brief.h"

enum { ID_WIDTH = 8, MOST_LABEL = 20, NARROW = 72 /* columns, below which figures are left out */ };

/* ---- who lives ---- */

static const struct bm_sighting *find(const struct bm_sighting *sightings, size_t n,
                                      const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(sightings[i].name, name) == 0)
            return &sightings[i];
    return NULL;
}

void bm_watch_take(struct bm_watch *watch, const struct bm_jobs *jobs, double now)
{
    struct bm_sighting *next = calloc(jobs->n + 1, sizeof *next);
    if (next == NULL)
        abort();
    for (size_t i = 0; i < jobs->n; i++) {
        const struct bm_job_status *job = &jobs->jobs[i];
        const struct bm_sighting *old = find(watch->sightings, watch->n_sightings, job->name);
        bool grows = old != NULL && old->beat != job->beat;
        if (old != NULL)
            next[i] = *old;
        memcpy(next[i].name, job->name, sizeof next[i].name);
        if (old == NULL || grows)
            next[i].since = now;
        next[i].beat = job->beat;
        next[i].has_beat |= grows;
    }
    free(watch->sightings);
    bm_jobs_fini(&watch->jobs);
    watch->sightings = next;
    watch->n_sightings = jobs->n;
    watch->jobs = *jobs;
    watch->now = now;
}

void bm_watch_fini(struct bm_watch *watch)
{
    free(watch->sightings);
    bm_jobs_fini(&watch->jobs);
    *watch = (struct bm_watch){0};
}

bool bm_watch_is_silent(const struct bm_watch *watch, size_t i)
{
    double patience = 3 * fmin(fmax(watch->jobs.jobs[i].every, 1), 600);
    return watch->now - watch->sightings[i].since > patience;
}

bool bm_watch_is_unsure(const struct bm_watch *watch)
{
    for (size_t i = 0; i < watch->jobs.n; i++)
        if (!watch->sightings[i].has_beat && !bm_watch_is_silent(watch, i))
            return true;
    return false;
}

/* ---- lines ---- */

struct layout {
    const struct bm_watch *watch;
    int width;
    int label; /* columns of the jobs' names */
    struct bm_bytes *out;
};

/* Cut to the width, and ended; without blanks at its end. */
static void add_line(const struct layout *layout, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_line(const struct layout *layout, const char *format, ...)
{
    char line[2000];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    size_t end = bm_fitting(line, layout->width);
    while (end > 0 && line[end - 1] == ' ')
        end--;
    bm_bytes_printf(layout->out, "%.*s\n", (int)end, line);
}

/* What a job is called: as the batch system does, or by its process. */
static char *label_of(const struct bm_job_status *job, char *label, size_t size)
{
    if (job->batch[0] != '\0')
        snprintf(label, size, "%s", job->batch);
    else
        snprintf(label, size, "%.*s/%lld", (int)strcspn(job->host, "."), job->host,
                 (long long)job->pid);
    return label;
}

static char *duration(double seconds, char *text, size_t size)
{
    if (isfinite(seconds))
        return bm_duration_text(seconds, text, size);
    snprintf(text, size, "?");
    return text;
}

/* ---- totals ---- */

struct totals {
    size_t jobs, silent, trainers, running, runs, done, failed;
    double speed, remaining; /* of all jobs together */
};

static void add_job(struct totals *totals, const struct bm_job_status *job, double *rate,
                    double *longest)
{
    totals->jobs++;
    totals->trainers += job->trainers;
    totals->running += job->n_running;
    for (size_t r = 0; r < job->n_running; r++) {
        const struct bm_job_run *run = &job->running[r];
        if (run->progress.epoch > 0 && isfinite(run->progress.images_per_s))
            totals->speed += run->progress.images_per_s;
        *longest = fmax(*longest, run->remaining); /* NaN is passed over */
    }
    *rate += job->remaining > 0 ? 1 / job->remaining : NAN;
}

/* What is left each job would do alone in `remaining`; together they are as much faster. */
static struct totals sum_up(const struct bm_watch *watch)
{
    struct totals totals = {.runs = watch->runs, .done = watch->done, .failed = watch->failed};
    double rate = 0, longest = 0;
    for (size_t i = 0; i < watch->jobs.n; i++) {
        const struct bm_job_status *job = &watch->jobs.jobs[i];
        if (bm_watch_is_silent(watch, i)) {
            totals.silent++;
            continue;
        }
        if (totals.jobs == 0) {
            totals.runs = totals.done = totals.failed = 0;
        }
        add_job(&totals, job, &rate, &longest);
        if (job->runs >= totals.runs && job->done + job->failed >= totals.done + totals.failed) {
            totals.runs = job->runs;
            totals.done = job->done;
            totals.failed = job->failed;
        }
    }
    totals.remaining = fmax(1 / rate, longest);
    if (isnan(rate))
        totals.remaining = NAN;
    return totals;
}

/* Names of the sweeps that are worked on. */
static char *sweeps_text(const struct bm_watch *watch, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < watch->jobs.n && used < size; i++) {
        const char *name = watch->jobs.jobs[i].sweep;
        bool is_new = true;
        for (size_t j = 0; j < i; j++)
            is_new = is_new && strcmp(watch->jobs.jobs[j].sweep, name) != 0;
        if (is_new)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", name);
    }
    return text;
}

static void add_totals(const struct layout *layout, const struct totals *totals)
{
    char sweeps[200], path[BM_PATH_SIZE], time[32], silent[60] = "";
    size_t ended = totals->done + totals->failed + totals->running;
    sweeps_text(layout->watch, sweeps, sizeof sweeps);
    bm_shorten(layout->watch->path, layout->width / 2, path, sizeof path);
    size_t left = totals->runs > ended ? totals->runs - ended : 0;
    const char *end = totals->runs == 1 ? "" : "s";
    if (totals->jobs == 0) /* of runs that never began the results say nothing */
        add_line(layout, "%s: %zu run%s began: %zu done, %zu failed, %zu not finished", path,
                 totals->runs, end, totals->done, totals->failed, left);
    else
        add_line(layout, "%s: %s: %zu run%s: %zu done, %zu failed, %zu running, %zu to do", path,
                 sweeps, totals->runs, end, totals->done, totals->failed, totals->running, left);
    if (totals->silent > 0)
        snprintf(silent, sizeof silent, "; %zu silent", totals->silent);
    if (totals->jobs == 0)
        add_line(layout, "no job works on it%s", silent);
    else
        add_line(layout, "%zu job%s, %zu trainer%s, %.0f img/s, ETA %s%s", totals->jobs,
                 totals->jobs == 1 ? "" : "s", totals->trainers, totals->trainers == 1 ? "" : "s",
                 totals->speed, duration(totals->remaining, time, sizeof time), silent);
}

/* ---- rows ---- */

static void add_row(const struct layout *layout, const char *label, const char *rank,
                    const char *id, const char *epoch, const char *loss, const char *speed,
                    const char *rest, const char *settings)
{
    char figures[200], name[200], shown[300];
    if (layout->width < NARROW)
        snprintf(figures, sizeof figures, "%9s %8s", epoch, rest);
    else
        snprintf(figures, sizeof figures, "%9s %9s %7s %8s", epoch, loss, speed, rest);
    bm_shorten(label, layout->label, name, sizeof name);
    int room = layout->width - layout->label - ID_WIDTH - (int)strlen(figures) - 9;
    bm_shorten(settings, room, shown, sizeof shown);
    add_line(layout, "%s%*s %4s  %-*.*s %s  %s", name, layout->label - bm_columns(name), "", rank,
             ID_WIDTH, ID_WIDTH, id, figures, shown);
}

static void add_run(const struct layout *layout, const char *label, const struct bm_job_run *run)
{
    const struct bm_progress *progress = &run->progress;
    char rank[16], epoch[50] = "begins", loss[40] = "", speed[40] = "", rest[32];
    snprintf(rank, sizeof rank, "%d", run->rank);
    if (progress->epoch > 0) {
        snprintf(epoch, sizeof epoch, "%lld/%lld", (long long)progress->epoch,
                 (long long)progress->epochs);
        snprintf(loss, sizeof loss, "%#.3g", progress->loss);
        snprintf(speed, sizeof speed, "%.0f", progress->images_per_s);
    }
    add_row(layout, label, rank, run->id, epoch, loss, speed,
            duration(run->remaining, rest, sizeof rest), run->settings);
}

static void add_silent(const struct layout *layout, size_t i, const char *label)
{
    char time[32];
    double silence = layout->watch->now - layout->watch->sightings[i].since;
    size_t n = layout->watch->jobs.jobs[i].n_running;
    add_line(layout, "%s: nothing has come for %s (it ran %zu run%s)", label,
             duration(silence, time, sizeof time), n, n == 1 ? "" : "s");
}

/* Runs of jobs that live, then jobs that do not: as many lines as there is room for; the rest in
 * one. */
static void add_rows(const struct layout *layout, size_t n, int room)
{
    const struct bm_watch *watch = layout->watch;
    size_t shown = 0, most = room > 0 ? (size_t)room : 0;
    char label[200];
    if (n > most && most > 0)
        most--;
    for (int silent = 0; silent < 2; silent++)
        for (size_t i = 0; i < watch->jobs.n; i++) {
            const struct bm_job_status *job = &watch->jobs.jobs[i];
            if (bm_watch_is_silent(watch, i) != silent)
                continue;
            label_of(job, label, sizeof label);
            size_t lines = silent ? 1 : job->n_running;
            for (size_t r = 0; r < lines && shown < most; r++, shown++) {
                if (silent)
                    add_silent(layout, i, label);
                else
                    add_run(layout, label, &job->running[r]);
            }
        }
    if (shown < n && room > 0)
        add_line(layout, "... and %zu more", n - shown);
}

static size_t count_rows(const struct bm_watch *watch)
{
    size_t n = 0;
    for (size_t i = 0; i < watch->jobs.n; i++)
        n += bm_watch_is_silent(watch, i) ? 1 : watch->jobs.jobs[i].n_running;
    return n;
}

static int label_width(const struct bm_watch *watch)
{
    int width = (int)strlen("job");
    char label[200];
    for (size_t i = 0; i < watch->jobs.n; i++) {
        int columns = bm_columns(label_of(&watch->jobs.jobs[i], label, sizeof label));
        width = columns > width ? columns : width;
    }
    return width > MOST_LABEL ? MOST_LABEL : width;
}

/* ---- failures ---- */

struct failures {
    size_t n;
    const struct bm_job_failure *of[BM_JOB_FAILURES];
};

static void take_failure(struct failures *failures, const struct bm_job_failure *failure)
{
    for (size_t i = 0; i < failures->n; i++)
        if (strcmp(failures->of[i]->id, failure->id) == 0)
            return;
    if (failures->n < BM_JOB_FAILURES)
        failures->of[failures->n++] = failure;
}

/* Those that jobs tell, the last one of each first, then those of the results. */
static struct failures find_failures(const struct bm_watch *watch)
{
    struct failures failures = {0};
    for (size_t nth = 0; nth < BM_JOB_FAILURES; nth++)
        for (size_t i = 0; i < watch->jobs.n; i++)
            if (nth < watch->jobs.jobs[i].n_failures)
                take_failure(&failures, &watch->jobs.jobs[i].failures[nth]);
    for (size_t i = 0; i < watch->n_failures; i++)
        take_failure(&failures, &watch->failures[i]);
    return failures;
}

/* ---- all ---- */

void bm_watch_layout(const struct bm_watch *watch, int width, int height, struct bm_bytes *out)
{
    const struct layout layout = {watch, width, label_width(watch), out};
    const struct totals totals = sum_up(watch);
    struct failures failures = find_failures(watch);
    size_t rows = count_rows(watch);
    int room = height - 2;
    if ((int)failures.n > room / 4)
        failures.n = room > 0 ? (size_t)room / 4 : 0;
    add_totals(&layout, &totals);
    room -= (int)failures.n;
    if (totals.running > 0 && room > 2) {
        add_row(&layout, "job", "rank", "run", "epoch", "loss", "img/s", "ETA", "settings");
        room--;
    }
    add_rows(&layout, rows, room);
    for (size_t i = 0; i < failures.n; i++)
        add_line(&layout, "failed: %.8s %s", failures.of[i]->id, failures.of[i]->cause);
}
