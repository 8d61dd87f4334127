/* bm-results plot: pictures of text. */
#include <string.h>

#include "bars.h"

static const struct {
    const char *name;
    int (*plot)(struct bm_report *report, struct bm_query *query, FILE *out, struct bm_err *err);
} plots[] = {{"depth", bm_plot_depth}, {"tradeoff", bm_plot_tradeoff}};
enum { N_PLOTS = sizeof plots / sizeof *plots };

int bm_command_plot(char **args, FILE *out, struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    size_t p = 0;
    if (bm_query_parse(args, "plot", "depth FILE [ID], or tradeoff FILE",
                       BM_OPTION_WHERE | BM_OPTION_TAP, 2, 3, &query, err) != 0)
        return -1;
    while (p < N_PLOTS && strcmp(query.args[0], plots[p].name) != 0)
        p++;
    if (p == N_PLOTS)
        return bm_fail(err, BM_EXIT_USAGE, "'%s' is nothing to plot; there are: depth, tradeoff",
                       query.args[0]);
    if (bm_report_open(query.args[1], &report, err) != 0)
        return -1;
    int status = plots[p].plot(&report, &query, out, err);
    bm_report_fini(&report);
    return status;
}
