#include "cka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bm/resemblance.h"
#include "bm/store.h"
#include "bm/weights.h"
#include "memory.h"
#include "say.h"
#include "supply.h"

/* A run that is compared. */
struct compared {
    const char *results; /* path */
    const struct bm_run *run;
};

static int load(void *context, struct bm_net *net, struct bm_err *err)
{
    const struct compared *compared = context;
    return bm_weights_load(compared->results, &compared->run->id, net, err);
}

static int find_run(struct bm_session *session, const struct bm_results *results, const char *text,
                    struct compared *compared, size_t *point, struct bm_err *err)
{
    if (bm_points_find(&session->points, text, point, err) != 0)
        return -1;
    const struct bm_run *run = bm_results_find(results, &session->points.points[*point].id);
    if (!bm_run_is_done(run))
        return bm_fail(err, BM_EXIT_USAGE, "run %s is not done: only trained runs can be compared",
                       text);
    *compared = (struct compared){session->sweep.results, run};
    return 0;
}

/* ---- the table ---- */

static int longest(const struct bm_resemblance *resemblance, int side, int least)
{
    size_t length = (size_t)least;
    for (int tap = 0; tap < resemblance->n_taps[side]; tap++) {
        size_t own = strlen(resemblance->taps[side][tap]);
        length = own > length ? own : length;
    }
    return (int)length;
}

static void print_row(const struct bm_resemblance *resemblance, int a, int first, FILE *out)
{
    fprintf(out, "%-*s", first, resemblance->taps[0][a]);
    for (int b = 0; b < resemblance->n_taps[1]; b++) {
        int width = (int)strlen(resemblance->taps[1][b]);
        double value = resemblance->cka[a][b];
        if (isnan(value))
            fprintf(out, "  %*s", width > 7 ? width : 7, "NaN");
        else
            fprintf(out, "  %*.4f", width > 7 ? width : 7, value);
    }
    putc('\n', out);
}

static void print(const struct bm_resemblance *resemblance, const struct compared runs[2],
                  FILE *out)
{
    char ids[2][BM_ID_TEXT];
    int first = longest(resemblance, 0, 3);
    fprintf(out, "linear CKA of the taps of %.8s (down) and %.8s (across), on %zu test images\n",
            bm_id_text(&runs[0].run->id, ids[0]), bm_id_text(&runs[1].run->id, ids[1]),
            resemblance->images);
    fprintf(out, "%-*s", first, "tap");
    for (int b = 0; b < resemblance->n_taps[1]; b++)
        fprintf(out, "  %7s", resemblance->taps[1][b]);
    putc('\n', out);
    for (int a = 0; a < resemblance->n_taps[0]; a++)
        print_row(resemblance, a, first, out);
}

/* ---- all ---- */

static struct bm_resembler resembler_of(const struct bm_session *session, struct compared *compared)
{
    const struct bm_run *run = compared->run;
    const struct bm_supply *supply = bm_supply_of(session, run->config.dataset);
    return (struct bm_resembler){
        .config = &run->config,
        .seal = supply != NULL ? &supply->seal : NULL,
        .trained = {run->result.epochs_done, run->result.data_digest, compared, load}};
}

static int compare(struct bm_session *session, const struct bm_results *results,
                   const char *const ids[2], FILE *out, struct bm_err *err)
{
    struct compared runs[2];
    bm_session_select(session, results);
    for (int s = 0; s < 2; s++) /* their data are looked at, as if they were to run */
        if (find_run(session, results, ids[s], &runs[s], &session->todo[s], err) != 0)
            return -1;
    session->n_todo = 2;
    struct bm_resemblance *resemblance = calloc(1, sizeof *resemblance);
    if (resemblance == NULL)
        return bm_fail_errno(err, "no memory for a table");
    int status = bm_memory_check(session, err);
    if (status == 0)
        status = bm_supply_check(session, results, err);
    if (status == 0) {
        const struct bm_resembler sides[2] = {resembler_of(session, &runs[0]),
                                              resembler_of(session, &runs[1])};
        status = bm_resemblance_of(sides, &session->sweep.launch, resemblance, err);
    }
    if (status == 0)
        print(resemblance, runs, out);
    free(resemblance);
    return status;
}

int bm_session_cka(const struct bm_request *request, const char *const ids[2], FILE *out,
                   struct bm_err *err)
{
    struct bm_session session;
    struct bm_results results = {0};
    if (bm_session_init(&session, request, 1, err) != 0)
        return -1;
    int status = bm_store_peek(session.sweep.results, bm_say_sentence, &results, err);
    if (status == 0)
        status = compare(&session, &results, ids, out, err);
    bm_results_fini(&results);
    bm_session_fini(&session);
    return status;
}
