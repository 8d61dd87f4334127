/* bm-results examples: what was kept of each training image of a run: a row an image as csv, or the
 * file itself. */
#include "bm/examples_file.h"

#include <math.h>
#include <string.h>

#include "report.h"

static void print_head(const struct bm_examples *examples, FILE *out)
{
    fputs("index,truth,label,memorized_since,depth", out);
    for (size_t e = 0; e < examples->n_evaluations; e++)
        fprintf(out, ",predicted_%u,margin_%u", examples->epoch[e], examples->epoch[e]);
    putc('\n', out);
}

/* As many digits as read back to the same float; undefined: none. */
static void print_real(double value, FILE *out)
{
    if (isnan(value))
        putc(',', out);
    else
        fprintf(out, ",%.9g", value);
}

static void print_image(const struct bm_examples *examples, size_t i, FILE *out)
{
    fprintf(out, "%u,%u,%u", examples->index[i], examples->truth[i], examples->label[i]);
    print_real(bm_examples_since(examples, i), out);
    fprintf(out, ",%u", examples->depth[i]);
    for (size_t e = 0; e < examples->n_evaluations; e++) {
        size_t at = e * examples->n + i;
        fprintf(out, ",%u", examples->predicted[at]);
        print_real((double)examples->margin[at], out);
    }
    putc('\n', out);
}

static int print(const char *path, const struct bm_id *id, FILE *out, struct bm_err *err)
{
    struct bm_examples examples;
    struct bm_arena memory;
    int status = bm_examples_read(path, id, &examples, &memory, err);
    if (status == 0) {
        print_head(&examples, out);
        for (size_t i = 0; i < examples.n; i++)
            print_image(&examples, i, out);
    }
    bm_arena_fini(&memory);
    return status;
}

static int hand_out(const struct bm_report *report, const struct bm_run *run, const char *to,
                    FILE *out, struct bm_err *err)
{
    if (run->result.status != BM_STATUS_DONE)
        return bm_fail(err, BM_EXIT_IO, "%s: run %s is %s: only runs that are done have examples",
                       report->path, bm_report_id(report, run),
                       bm_status_words[run->result.status]);
    return to != NULL ? bm_examples_copy(report->path, &run->id, to, err)
                      : print(report->path, &run->id, out, err);
}

static bool is_hdf5(const char *name)
{
    const char *ending = strrchr(name, '.');
    return ending != NULL && (strcmp(ending, ".h5") == 0 || strcmp(ending, ".hdf5") == 0);
}

int bm_command_examples(char **args, FILE *out, struct bm_err *err)
{
    struct bm_report report;
    size_t n = 0;
    while (args[n] != NULL)
        n++;
    const char *to = n == 4 ? args[3] : NULL;
    if ((n != 2 && n != 4) || (n == 4 && strcmp(args[2], "-o") != 0))
        return bm_fail(err, BM_EXIT_USAGE, "usage: bm-results examples FILE ID [-o OUT.h5]");
    if (to != NULL && !is_hdf5(to))
        return bm_fail(err, BM_EXIT_USAGE,
                       "-o writes HDF5, and the name %s does not end in .h5: for csv, leave -o "
                       "away and put '> %s' in its place",
                       to, to);
    if (bm_report_open(args[0], &report, err) != 0)
        return -1;
    const struct bm_run *run = bm_report_find(&report, args[1], err);
    int status = run != NULL ? hand_out(&report, run, to, out, err) : -1;
    bm_report_fini(&report);
    return status;
}
