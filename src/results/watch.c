/* bm-results watch: what the jobs that work on a sweep are doing, from any shell. It reads what
 * they say of themselves; it takes no lock, and changes nothing. */
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bm/clock.h"
#include "bm/interrupt.h"
#include "bm/shown.h"
#include "bm/store.h"
#include "bm/text.h"
#include "report.h"

static const double pause_s = 1;

/* ---- what there is to see ---- */

static int by_finish(const void *a, const void *b)
{
    const struct bm_run *x = *(const struct bm_run *const *)a,
                        *y = *(const struct bm_run *const *)b;
    return strcmp(y->result.finished, x->result.finished);
}

static void take_failures(struct bm_watch *watch, const struct bm_results *results)
{
    const struct bm_run **failed = calloc(results->n_runs + 1, sizeof *failed);
    size_t n = 0;
    if (failed == NULL)
        abort();
    for (size_t i = 0; i < results->n_runs; i++)
        if (results->runs[i].finished && results->runs[i].result.status != BM_STATUS_DONE)
            failed[n++] = &results->runs[i];
    qsort(failed, n, sizeof *failed, by_finish);
    watch->failed = n;
    watch->n_failures = n < BM_JOB_FAILURES ? n : BM_JOB_FAILURES;
    for (size_t i = 0; i < watch->n_failures; i++) {
        struct bm_job_failure *failure = &watch->failures[i];
        const struct bm_result *result = &failed[i]->result;
        bm_id_text(&failed[i]->id, failure->id);
        struct bm_bytes cause = {0}; /* nothing in it is obeyed: it is drawn past the stream */
        bm_text_add_shown(&cause, result->cause, strlen(result->cause), true);
        bm_bytes_add_u8(&cause, 0);
        snprintf(failure->cause, sizeof failure->cause, "%s: %.150s",
                 bm_status_words[result->status], (const char *)cause.data);
        bm_bytes_fini(&cause);
    }
    free(failed);
}

/* The results themselves are large: they are read where no job says what is in them. */
static int look_at_results(struct bm_watch *watch, struct bm_err *err)
{
    struct bm_results results;
    if (bm_store_view(watch->path, NULL, &results, err) != 0)
        return -1;
    watch->runs = results.n_runs;
    watch->done = 0;
    for (size_t i = 0; i < results.n_runs; i++)
        watch->done += bm_run_is_done(&results.runs[i]);
    take_failures(watch, &results);
    bm_results_fini(&results);
    return 0;
}

static int look(struct bm_watch *watch, struct bm_err *err)
{
    struct bm_jobs jobs;
    size_t before = watch->jobs.n;
    if (bm_jobs_read(watch->path, &jobs, err) != 0)
        return -1;
    bm_watch_take(watch, &jobs, bm_seconds());
    return before > 0 && jobs.n == 0 ? look_at_results(watch, err) : 0;
}

static void wait_a_while(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&time, NULL); /* a new size of the window ends it */
}

/* ---- in a file or pipe ---- */

/* 80 by 24 where the terminal does not tell. */
static void measure(int *width, int *height)
{
    struct winsize size;
    *width = 80;
    *height = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return;
    if (size.ws_col > 0)
        *width = size.ws_col;
    if (size.ws_row > 0)
        *height = size.ws_row;
}

/* All of each line, unless there is a width to keep to. */
static int most_columns(void)
{
    const char *columns = getenv("COLUMNS");
    int width = columns != NULL ? atoi(columns) : 0, height;
    if (isatty(STDOUT_FILENO))
        measure(&width, &height);
    return width > 0 ? width : INT_MAX;
}

/* Looks until it is clear who lives. */
static int report(struct bm_watch *watch, FILE *out, struct bm_err *err)
{
    struct bm_bytes lines = {0};
    while (bm_interrupt == 0 && bm_watch_is_unsure(watch)) { /* who asks to end does not wait */
        wait_a_while(0.2);
        if (look(watch, err) != 0)
            return -1;
    }
    bm_watch_layout(watch, most_columns(), INT_MAX, &lines);
    fwrite(lines.data, 1, lines.size, out);
    bm_bytes_fini(&lines);
    return 0;
}

/* ---- on a terminal ---- */

static const char begin[] = "\033[?1049h\033[?25l", end[] = "\033[?25h\033[?1049l";

static void note_signal(int signal)
{
    bm_interrupt = signal;
}

static void note_size(int signal)
{
    (void)signal;
}

static void catch_signals(void)
{
    static const int asking[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal};
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        sigaction(asking[i], &action, NULL);
    action.sa_handler = note_size;
    sigaction(SIGWINCH, &action, NULL);
}

/* Past the stream, which shows controls in words. */
static int put(const void *bytes, size_t size, struct bm_err *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = write(STDOUT_FILENO, (const char *)bytes + done, size - done);
        if (n < 0 && errno != EINTR)
            return bm_fail_errno(err, "cannot write the output");
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* The lines in the place of those before: each is wiped behind its end, and so is what is below. */
static int draw(const struct bm_watch *watch, struct bm_err *err)
{
    struct bm_bytes lines = {0}, screen = {0};
    int width, height;
    measure(&width, &height);
    bm_watch_layout(watch, width, height > 3 ? height : 3, &lines);
    bm_bytes_printf(&screen, "\033[H");
    for (size_t at = 0; at < lines.size;) {
        const unsigned char *line = lines.data + at;
        size_t length = (size_t)((const unsigned char *)memchr(line, '\n', lines.size - at) - line);
        at += length + 1;
        bm_bytes_printf(&screen, "%.*s\033[K%s", (int)length, (const char *)line,
                        at < lines.size ? "\r\n" : "");
    }
    bm_bytes_printf(&screen, "\033[J");
    int status = put(screen.data, screen.size, err);
    bm_bytes_fini(&lines);
    bm_bytes_fini(&screen);
    return status;
}

static int redraw(struct bm_watch *watch, struct bm_err *err)
{
    catch_signals();
    int status = put(begin, sizeof begin - 1, err);
    while (status == 0 && bm_interrupt == 0) {
        status = draw(watch, err);
        if (status == 0)
            wait_a_while(pause_s);
        if (status == 0 && bm_interrupt == 0)
            status = look(watch, err);
    }
    put(end, sizeof end - 1, NULL);
    return status;
}

int bm_command_watch(char **args, FILE *out, struct bm_err *err)
{
    struct bm_watch watch = {.path = args[0]};
    int status = look_at_results(&watch, err);
    if (status == 0)
        status = look(&watch, err);
    if (status == 0 && bm_shown_is_obeyed())
        status = redraw(&watch, err);
    /* What was seen last stays. */
    if (status == 0)
        status = report(&watch, out, err);
    bm_watch_fini(&watch);
    return status;
}
