/* Whether results files say the same of the runs that more than one has. */
#include <stdio.h>
#include <string.h>

#include "report.h"

/* What explains that last digits differ. */
static const char *why(const struct bm_run *a, const struct bm_run *b)
{
    const struct bm_result *x = &a->result, *y = &b->result;
    return strcmp(x->isa, y->isa) != 0 || x->threads != y->threads
               ? "; they ran on other instruction sets or numbers of threads"
           : strcmp(x->build, y->build) != 0 ? "; they were made by other builds"
                                             : "";
}

int bm_check_agreement(const struct bm_results *a, const struct bm_results *b, const char *path_a,
                       const char *path_b, struct bm_err *err)
{
    struct bm_agreement agreement;
    char id[BM_ID_TEXT], first[400] = "", others[200] = "";
    size_t n = 0, listed = 0;
    for (size_t i = 0; i < a->n_runs; i++) {
        const struct bm_run *run = &a->runs[i], *other = bm_results_find(b, &run->id);
        if (!bm_run_is_done(run) || !bm_run_is_done(other))
            continue;
        bm_runs_agree(run, other, &agreement);
        if (!agreement.differs && !(agreement.a_has_more && agreement.b_has_more))
            continue;
        bm_id_text(&run->id, id);
        if (n++ == 0)
            snprintf(first, sizeof first, "run %.8s %s%s", id,
                     agreement.differs ? agreement.where
                                       : "has measurements that the other one lacks in each",
                     agreement.differs ? why(run, other) : "");
        else if (listed++ < 8)
            snprintf(others + strlen(others), sizeof others - strlen(others), "%s %.8s",
                     listed > 1 ? "," : "; also", id);
    }
    if (listed > 8)
        snprintf(others + strlen(others), sizeof others - strlen(others), " and %zu more",
                 listed - 8);
    return n == 0 ? 0
                  : bm_fail(err, BM_EXIT_FAILED,
                            "%s and %s disagree about %zu finished run%s: %s%s; drop the wrong one "
                            "(bm-results drop)",
                            path_a, path_b, n, n == 1 ? "" : "s", first, others);
}
