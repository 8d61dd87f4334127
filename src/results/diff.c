/* bm-results diff: whether two files hold the same runs with the same results, apart from
 * circumstance (times, hosts). Unfinished runs count as absent. */
#include "report.h"

enum { MOST_LINES = 20 };

int bm_results_diff(char **args, FILE *out, struct bm_err *err)
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
    bm_report_fini(&a);
    bm_report_fini(&b);
    if (comparison.differences > MOST_LINES)
        fprintf(out, "… and %zu more\n", comparison.differences - MOST_LINES);
    if (comparison.differences > 0)
        fprintf(out, "%zu difference%s between A (%s) and B (%s)\n", comparison.differences,
                comparison.differences == 1 ? "" : "s", args[0], args[1]);
    else
        fprintf(out, "no difference in %zu runs, %zu evaluations, %zu probes\n", comparison.runs,
                comparison.evaluations, comparison.probes);
    return comparison.differences > 0 ? BM_EXIT_FAILED : 0;
}
