/* bm-results drop: takes runs away, by id or by state, as if they had never begun. The only command
 * that writes: into the journal, under the lock, so that no sweep is running. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bm/checkpoint.h"
#include "bm/examples_file.h"
#include "bm/store.h"
#include "bm/weights.h"
#include "report.h"

/* ---- what is asked for ---- */

struct request {
    const char *path, *state; /* NULL: not given */
    char **ids;               /* in place of a state; NULL-terminated */
};

static int usage(struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_USAGE,
                   "usage: bm-results drop FILE ID..., or bm-results drop FILE --state STATE");
}

/* Sorts the arguments: ids to the front of `args`. */
static int parse(char **args, struct request *request, struct bm_err *err)
{
    static const char option[] = "--state", with_value[] = "--state=";
    size_t n = 0;
    *request = (struct request){.ids = args};
    for (char **arg = args; *arg != NULL; arg++) {
        bool is_option = strcmp(*arg, option) == 0;
        bool has_value = strncmp(*arg, with_value, strlen(with_value)) == 0;
        if ((is_option || has_value) && request->state != NULL)
            return usage(err);
        if (is_option && arg[1] == NULL)
            return bm_fail(err, BM_EXIT_USAGE, "--state needs a state");
        if (is_option)
            request->state = *++arg;
        else if (has_value)
            request->state = *arg + strlen(with_value);
        else if ((*arg)[0] == '-')
            return bm_fail(err, BM_EXIT_USAGE, "'%s' is not an option of drop", *arg);
        else if (request->path == NULL)
            request->path = *arg;
        else
            request->ids[n++] = *arg; /* never before the place that was read */
    }
    request->ids[n] = NULL;
    return request->path != NULL && (request->state != NULL) != (n > 0) ? 0 : usage(err);
}

/* "failed" is the state of all that are finished and not done. */
static const char any_failure[] = "failed";

static bool is_in_state(const struct bm_run *run, const char *state)
{
    if (strcmp(state, any_failure) == 0)
        return run->finished && run->result.status != BM_STATUS_DONE;
    return strcmp(bm_status_words[run->result.status], state) == 0;
}

static int check_state(const char *state, struct bm_err *err)
{
    char words[200] = "";
    bool is_known = state == NULL || strcmp(state, any_failure) == 0;
    for (size_t i = 0; bm_status_words[i] != NULL && !is_known; i++) {
        if (i == BM_STATUS_RUNNING) /* nothing runs while the lock is held here */
            continue;
        is_known = strcmp(state, bm_status_words[i]) == 0;
        snprintf(words + strlen(words), sizeof words - strlen(words), ", %s", bm_status_words[i]);
    }
    return is_known ? 0
                    : bm_fail(err, BM_EXIT_USAGE, "'%s' is not a state of runs; valid: %s%s", state,
                              any_failure, words);
}

/* ---- choosing ---- */

/* Marks the run that is named: what the user sees in the table. */
static int mark_id(const struct bm_report *report, const char *prefix, bool *chosen,
                   struct bm_err *err)
{
    if (prefix[0] == '\0')
        return bm_fail(err, BM_EXIT_USAGE, "%s: an empty text is no run's id", report->path);
    const struct bm_run *run = bm_report_find(report, prefix, err);
    if (run == NULL)
        return -1;
    chosen[run - report->results.runs] = true;
    return 0;
}

/* The ids of the runs that are meant, `*n` of them; the caller's to free. NULL: there is one that
 * is not known. */
static struct bm_id *choose(const struct bm_report *report, const struct request *request,
                            size_t *n, struct bm_err *err)
{
    const struct bm_results *results = &report->results;
    bool *chosen = calloc(results->n_runs + 1, sizeof *chosen);
    struct bm_id *ids = calloc(results->n_runs + 1, sizeof *ids);
    if (chosen == NULL || ids == NULL)
        abort();
    int status = 0;
    for (char **id = request->ids; *id != NULL && status == 0; id++)
        status = mark_id(report, *id, chosen, err);
    *n = 0;
    for (size_t i = 0; i < results->n_runs && status == 0; i++)
        if (chosen[i] || (request->state != NULL && is_in_state(&results->runs[i], request->state)))
            ids[(*n)++] = results->runs[i].id;
    free(chosen);
    if (status == 0)
        return ids;
    free(ids);
    return NULL;
}

/* ---- dropping ---- */

/* Which they were. */
static void add_runs(struct bm_sheet *sheet, const struct bm_report *report,
                     const struct bm_id *ids, size_t n)
{
    bm_sheet_run_columns(sheet, report, true);
    bm_sheet_column(sheet, "dropped", true);
    for (size_t i = 0; i < n; i++) {
        const struct bm_run *run = bm_results_find(&report->results, &ids[i]);
        bm_sheet_run(sheet, report, run);
        bm_sheet_text(sheet, bm_status_words[run->result.status]);
    }
}

/* Only now that they are gone for certain: a run that is there keeps its weights, examples and
 * checkpoints. */
static int remove_kept(const char *path, const struct bm_id *ids, size_t n, struct bm_err *err)
{
    int status = 0;
    for (size_t i = 0; i < n; i++)
        status |= bm_weights_remove(path, &ids[i], err) | bm_examples_remove(path, &ids[i], err) |
                  bm_checkpoint_remove(path, &ids[i], err);
    return status;
}

/* A signal that would end the program waits until all is done, or nothing. */
static void hold_signals(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int drop_from(struct bm_store *store, const struct bm_report *report,
                     const struct bm_id *ids, size_t n, FILE *out, struct bm_err *err)
{
    struct bm_sheet sheet = {0};
    add_runs(&sheet, report, ids, n);
    hold_signals();
    int status = bm_store_drop(store, ids, n, err);
    bm_sheet_print(&sheet, status == 0 ? out : NULL);
    if (status != 0)
        return bm_fail_hint(err, "nothing was dropped");
    fprintf(out, "%s: %zu run%s dropped, %zu left\n", report->path, n, n == 1 ? "" : "s",
            bm_store_results(store)->n_runs);
    /* First what gives a full disk its space back. */
    status = remove_kept(report->path, ids, n, err);
    if (bm_store_snapshot(store, err) != 0)
        return bm_fail_hint(err, "the runs are dropped all the same, and the next start of "
                                 "bm-sweep writes the file anew");
    return status;
}

/* Under the lock nothing changes any more: who was there before may have been writing. */
static int drop_under_lock(struct bm_store *store, const struct request *request, FILE *out,
                           struct bm_err *err)
{
    struct bm_report report;
    size_t n;
    if (bm_report_over(request->path, bm_store_results(store), &report, err) != 0)
        return -1;
    struct bm_id *ids = choose(&report, request, &n, err);
    int status = ids == NULL ? -1 : 0;
    if (status == 0 && n == 0)
        fprintf(out, "%s: no run is %s: nothing was dropped\n", report.path, request->state);
    else if (status == 0)
        status = drop_from(store, &report, ids, n, out, err);
    free(ids);
    bm_report_fini(&report);
    return status;
}

/* What is not there is not to be made, and for what is not known nothing is locked. */
static int look_first(const struct request *request, struct bm_err *err)
{
    struct bm_results results;
    struct bm_report report;
    struct bm_id *ids = NULL;
    size_t n;
    if (bm_store_view(request->path, NULL, &results, err) == 0 &&
        bm_report_over(request->path, &results, &report, err) == 0) {
        ids = choose(&report, request, &n, err);
        bm_report_fini(&report);
    }
    bm_results_fini(&results);
    bool is_known = ids != NULL;
    free(ids);
    return is_known ? 0 : -1;
}

int bm_command_drop(char **args, FILE *out, struct bm_err *err)
{
    const double lock_wait_s = 1; /* others look for a moment */
    struct request request;
    struct bm_store *store;
    if (parse(args, &request, err) != 0 || check_state(request.state, err) != 0 ||
        look_first(&request, err) != 0 ||
        bm_store_open(request.path, lock_wait_s, bm_report_say, &store, err) != 0)
        return -1;
    int status = drop_under_lock(store, &request, out, err);
    bm_store_close(store);
    return status;
}
