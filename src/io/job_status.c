/* A job's status as text: a heading, a line a thing, a checksum of them. What is read may be torn,
 * or put there by anybody: nothing in it is trusted, and a terminal obeys nothing of it. */
#include "bm/job_status.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "bm/text.h"

static const char heading[] = "bm-sweep job 1\n";
enum { MOST_RUNNING = 100000 };

void bm_job_name(char name[BM_JOB_NAME])
{
    uint64_t number;
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        const int64_t seed[] = {now.tv_sec, now.tv_nsec, getpid()};
        number = bm_checksum(seed, sizeof seed);
    }
    snprintf(name, BM_JOB_NAME, "%016" PRIx64, number);
}

bool bm_job_is_name(const char *name)
{
    return strlen(name) == BM_JOB_NAME - 1 && strspn(name, "0123456789abcdef") == BM_JOB_NAME - 1;
}

void bm_job_status_fini(struct bm_job_status *status)
{
    free(status->running);
    status->running = NULL;
    status->n_running = 0;
}

/* ---- writing ---- */

/* One line, whatever is in it. */
static void add_text(struct bm_bytes *out, const char *key, const char *text)
{
    bm_bytes_printf(out, "%s ", key);
    for (; *text != '\0'; text++)
        bm_bytes_add_u8(out, (uint8_t)((unsigned char)*text < ' ' ? ' ' : *text));
    bm_bytes_add_u8(out, '\n');
}

static void add_run(struct bm_bytes *out, const struct bm_job_run *run)
{
    const struct bm_progress *progress = &run->progress;
    char key[300];
    snprintf(key, sizeof key, "run %d %s %" PRId64 " %" PRId64 " %g %g %g %g", run->rank, run->id,
             progress->epoch, progress->epochs, progress->share, progress->loss,
             progress->images_per_s, run->remaining);
    add_text(out, key, run->settings);
}

void bm_job_status_print(const struct bm_job_status *status, struct bm_bytes *text)
{
    size_t begin = text->size;
    bm_bytes_printf(text, "%s", heading);
    bm_bytes_printf(text, "name %s\n", status->name);
    bm_bytes_printf(text, "pid %" PRId64 "\nbeat %" PRIu64 "\n", status->pid, status->beat);
    bm_bytes_printf(text, "times %g %g %g\n", status->every, status->elapsed, status->remaining);
    bm_bytes_printf(text, "sweep_runs %zu %zu %zu\n", status->runs, status->done, status->failed);
    bm_bytes_printf(text, "own_runs %zu %zu %zu\n", status->own_done, status->own_failed,
                    status->trainers);
    add_text(text, "host", status->host);
    add_text(text, "batch", status->batch);
    add_text(text, "boot", status->boot);
    add_text(text, "sweep", status->sweep);
    for (size_t i = 0; i < status->n_running; i++)
        add_run(text, &status->running[i]);
    for (size_t i = 0; i < status->n_failures; i++) {
        char key[60];
        snprintf(key, sizeof key, "failed %s", status->failures[i].id);
        add_text(text, key, status->failures[i].cause);
    }
    bm_bytes_printf(text, "sum %016" PRIx64 "\n",
                    bm_checksum(text->data + begin, text->size - begin));
}

/* ---- reading ---- */

/* The text behind a line's other words, without what a terminal would obey. */
static void take_text(const char *line, size_t length, char *to, size_t size)
{
    uint32_t character;
    snprintf(to, size, "%.*s", (int)length, line);
    bm_text_repair(to);
    for (size_t n, rest = strlen(to); rest > 0; to += n, rest -= n) {
        n = bm_text_next(to, rest, &character);
        if (bm_text_is_control(character) || character == '\t')
            memset(to, '?', n);
    }
}

static bool take_run(const char *line, size_t length, struct bm_job_status *status)
{
    struct bm_job_run run = {.rank = 0};
    struct bm_progress *progress = &run.progress;
    struct bm_id id;
    int end = 0;
    if (sscanf(line, "run %d %32s %" SCNd64 " %" SCNd64 " %lf %lf %lf %lf%n", &run.rank, run.id,
               &progress->epoch, &progress->epochs, &progress->share, &progress->loss,
               &progress->images_per_s, &run.remaining, &end) != 8 ||
        (size_t)end >= length || !bm_id_parse(run.id, &id) || status->n_running == MOST_RUNNING)
        return false;
    take_text(line + end + 1, length - (size_t)end - 1, run.settings, sizeof run.settings);
    size_t n = status->n_running;
    if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4, … */
        status->running = reallocarray(status->running, n ? 2 * n : 1, sizeof run);
        if (status->running == NULL)
            abort();
    }
    status->running[status->n_running++] = run;
    return true;
}

static bool take_failure(const char *line, size_t length, struct bm_job_status *status)
{
    struct bm_id id;
    int end = 0;
    if (status->n_failures == BM_JOB_FAILURES)
        return false;
    struct bm_job_failure *failure = &status->failures[status->n_failures];
    if (sscanf(line, "failed %32s%n", failure->id, &end) != 1 || (size_t)end >= length ||
        !bm_id_parse(failure->id, &id))
        return false;
    take_text(line + end + 1, length - (size_t)end - 1, failure->cause, sizeof failure->cause);
    status->n_failures++;
    return true;
}

static bool take_numbers(const char *line, struct bm_job_status *status)
{
    return sscanf(line, "name %16[0-9a-f]", status->name) == 1 ||
           sscanf(line, "pid %" SCNd64, &status->pid) == 1 ||
           sscanf(line, "beat %" SCNu64, &status->beat) == 1 ||
           sscanf(line, "times %lf %lf %lf", &status->every, &status->elapsed,
                  &status->remaining) == 3 ||
           sscanf(line, "sweep_runs %zu %zu %zu", &status->runs, &status->done, &status->failed) ==
               3 ||
           sscanf(line, "own_runs %zu %zu %zu", &status->own_done, &status->own_failed,
                  &status->trainers) == 3;
}

/* Lines of later versions are passed over. */
static bool take_line(const char *line, size_t length, struct bm_job_status *status)
{
    const struct {
        const char *key;
        char *to;
        size_t size;
    } texts[] = {{"host ", status->host, sizeof status->host},
                 {"batch ", status->batch, sizeof status->batch},
                 {"boot ", status->boot, sizeof status->boot},
                 {"sweep ", status->sweep, sizeof status->sweep}};
    if (strncmp(line, "run ", 4) == 0)
        return take_run(line, length, status);
    if (strncmp(line, "failed ", 7) == 0)
        return take_failure(line, length, status);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t key = strlen(texts[i].key);
        if (length >= key && strncmp(line, texts[i].key, key) == 0)
            take_text(line + key, length - key, texts[i].to, texts[i].size);
    }
    take_numbers(line, status);
    return true;
}

/* Where the line with the checksum begins, if it is that of all before; else NULL. */
static const char *find_end(const char *text)
{
    uint64_t checksum;
    const char *end = strstr(text, "\nsum ");
    if (strncmp(text, heading, strlen(heading)) != 0 || end == NULL ||
        sscanf(end, " sum %16" SCNx64, &checksum) != 1 ||
        checksum != bm_checksum(text, (size_t)(end + 1 - text)))
        return NULL;
    return end + 1;
}

bool bm_job_status_parse(const char *text, struct bm_job_status *status)
{
    const char *end = find_end(text);
    bool is_clear = true;
    *status = (struct bm_job_status){.remaining = NAN};
    if (end == NULL)
        return false;
    for (const char *line = text + strlen(heading), *next; is_clear && line < end; line = next) {
        next = strchr(line, '\n') + 1;
        is_clear = take_line(line, (size_t)(next - 1 - line), status);
    }
    is_clear = is_clear && status->name[0] != '\0';
    if (!is_clear)
        bm_job_status_fini(status);
    return is_clear;
}
