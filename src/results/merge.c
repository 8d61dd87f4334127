/* bm-results merge: the runs of several results files in a new one. Of a run that more than one
 * has, the record that is worth more is taken, whatever the order of the files; two that are done
 * have to say the same. Nothing is written before that is certain. */
#include <stdlib.h>
#include <string.h>

#include "bm/store.h"
#include "report.h"

struct request {
    char **paths; /* borrowed */
    size_t n;
    const char *to;
};

static int parse(char **args, struct request *request, struct bm_err *err)
{
    static const char usage[] = "usage: bm-results merge FILE FILE... -o OUT";
    *request = (struct request){.paths = args};
    for (char **arg = args; *arg != NULL; arg++) {
        bool is_output = strcmp(*arg, "-o") == 0;
        if (is_output && (arg[1] == NULL || request->to != NULL))
            return bm_fail(err, BM_EXIT_USAGE, usage);
        if (is_output)
            request->to = *++arg;
        else if ((*arg)[0] == '-')
            return bm_fail(err, BM_EXIT_USAGE, "'%s' is not an option of merge; %s", *arg, usage);
        else
            args[request->n++] = *arg; /* never before the place that was read */
    }
    return request->n >= 2 && request->to != NULL ? 0 : bm_fail(err, BM_EXIT_USAGE, usage);
}

/* ---- what must not differ ---- */

static int check_all(const struct request *request, const struct bm_results *files,
                     struct bm_err *err)
{
    for (size_t i = 0; i < request->n; i++)
        for (size_t j = 0; j < i; j++)
            if (bm_check_agreement(&files[j], &files[i], request->paths[j], request->paths[i],
                                   err) != 0)
                return bm_fail_hint(err, "nothing was written");
    return 0;
}

/* ---- joining ---- */

static int join(const struct request *request, struct bm_results *files, struct bm_results *all,
                struct bm_err *err)
{
    size_t taken;
    for (size_t i = 0; i < request->n; i++)
        if (bm_results_join_texts(all, &files[i], err) != 0 ||
            bm_results_merge(all, &files[i], &taken, err) != 0)
            return bm_fail_at(err, "%s", request->paths[i]);
    bm_results_sort(all);
    return 0;
}

static int write_all(const struct request *request, struct bm_results *all, struct bm_err *err)
{
    if (bm_store_create(request->to, all, bm_report_say, err) != 0)
        return -1;
    for (size_t i = 0; i < request->n; i++)
        if (bm_store_copy_kept(request->paths[i], request->to, all, err) != 0)
            return bm_fail_hint(err, "%s has all results, but not all that was kept of the runs",
                                request->to);
    return 0;
}

static void tell(const struct request *request, const size_t *counts, const struct bm_results *all,
                 FILE *out)
{
    size_t done = 0, finished = 0;
    for (size_t i = 0; i < all->n_runs; i++) {
        finished += all->runs[i].finished;
        done += bm_run_is_done(&all->runs[i]);
    }
    fprintf(out, "%s: %zu run%s (%zu done, %zu failed, %zu not finished) of", request->to,
            all->n_runs, all->n_runs == 1 ? "" : "s", done, finished - done,
            all->n_runs - finished);
    for (size_t i = 0; i < request->n; i++)
        fprintf(out, "%s %s (%zu)", i > 0 ? "," : "", request->paths[i], counts[i]);
    putc('\n', out);
}

static int merge(const struct request *request, struct bm_results *files, size_t *counts, FILE *out,
                 struct bm_err *err)
{
    struct bm_results all = {0};
    int status = 0;
    for (size_t i = 0; i < request->n && status == 0; i++) {
        status = bm_store_view(request->paths[i], bm_report_say, &files[i], err);
        counts[i] = files[i].n_runs;
    }
    if (status == 0 && check_all(request, files, err) == 0 &&
        join(request, files, &all, err) == 0 && write_all(request, &all, err) == 0)
        tell(request, counts, &all, out);
    else
        status = -1;
    bm_results_fini(&all);
    return status;
}

int bm_command_merge(char **args, FILE *out, struct bm_err *err)
{
    struct request request;
    if (parse(args, &request, err) != 0)
        return -1;
    struct bm_results *files = calloc(request.n, sizeof *files);
    size_t *counts = calloc(request.n, sizeof *counts);
    int status = files != NULL && counts != NULL
                     ? merge(&request, files, counts, out, err)
                     : bm_fail_errno(err, "no memory for %zu files", request.n);
    for (size_t i = 0; i < request.n && files != NULL; i++)
        bm_results_fini(&files[i]);
    free(files);
    free(counts);
    return status;
}
