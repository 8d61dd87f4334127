/* bm-results diff: whether two files hold the same runs with the same results, apart from
 * circumstance (times, hosts). Unfinished runs count as absent. */
#include <string.h>

#include "report.h"

enum { MOST_LINES = 20 };

static const char *name_build(const char *build)
{
    return build[0] != '\0' ? build : "one that was not recorded";
}

/* Floating-point results depend on the instruction set, on the number of threads and on the build:
 * says so when that is what differs. */
static void explain(const struct bm_results *a, const struct bm_results *b, FILE *out)
{
    for (size_t i = 0; i < a->n_runs; i++) {
        const struct bm_run *other = bm_results_find(b, &a->runs[i].id);
        if (other == NULL || !other->finished || !a->runs[i].finished)
            continue;
        const struct bm_result *x = &a->runs[i].result, *y = &other->result;
        bool same_machine = strcmp(x->isa, y->isa) == 0 && x->threads == y->threads;
        bool same_build = strcmp(x->build, y->build) == 0;
        if (same_machine && same_build)
            continue;
        if (!same_machine)
            fprintf(out,
                    "runs repeat exactly on one instruction set with one number of threads: A has "
                    "%s, %lld; B has %s, %lld\n",
                    x->isa, (long long)x->threads, y->isa, (long long)y->threads);
        if (!same_build)
            fprintf(out, "last digits depend on the build: A has %s; B has %s\n",
                    name_build(x->build), name_build(y->build));
        return;
    }
}

int bm_command_diff(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report a, b;
    if (bm_report_open(args[0], &a, err) != 0)
        return -1;
    if (bm_report_open(args[1], &b, err) != 0) {
        bm_report_fini(&a);
        return -1;
    }
    struct bm_comparison comparison = {.roles = 1u << BM_IDENTITY | 1u << BM_OBSERVED |
                                                1u << BM_REPRODUCIBLE,
                                       .out = out,
                                       .most = MOST_LINES};
    bm_compare(&comparison, &a.results, &b.results);
    if (comparison.differences > MOST_LINES)
        fprintf(out, "… and %zu more\n", comparison.differences - MOST_LINES);
    if (comparison.differences > 0)
        explain(&a.results, &b.results, out);
    bm_report_fini(&a);
    bm_report_fini(&b);
    if (comparison.differences > 0)
        fprintf(out, "%zu difference%s between A (%s) and B (%s)\n", comparison.differences,
                comparison.differences == 1 ? "" : "s", args[0], args[1]);
    else
        fprintf(out, "no difference in %zu runs, %zu evaluations, %zu probes\n", comparison.runs,
                comparison.evaluations, comparison.probes);
    return comparison.differences > 0 ? BM_EXIT_FAILED : 0;
}
