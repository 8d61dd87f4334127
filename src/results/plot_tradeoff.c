/* bm-results plot tradeoff: memorization, and the probe at some taps, over the diversity of the
 * views; a line across a bar is the probe before training. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"

enum { MOST_TAPS = 6, BEST = -1 };

struct plot {
    const struct bm_report *report;
    const struct bm_grouping *grouping;
    const struct bm_field *probe; /* against true labels; NULL: none was taken */
    const struct bm_field *memorization;
    int taps[MOST_TAPS]; /* places in the report; BEST: the encoder's best */
    size_t n_taps;
    const struct bm_group **block; /* that differ in diversity alone, in its order; owned */
    size_t n;
    double full; /* of the probe: what a whole bar stands for */
    struct bm_bars bars;
};

/* ---- values ---- */

static double probe_at(const struct plot *plot, const struct bm_group *group, int tap,
                       enum bm_moment moment)
{
    if (tap < 0)
        return NAN;
    struct bm_series column = bm_series_of_tap(plot->report, plot->probe, (size_t)tap, moment);
    return bm_group_mean(group, &column, NULL).mean;
}

static int best_tap(const struct plot *plot, const struct bm_group *group)
{
    return bm_best_tap(plot->report, group, plot->probe, false, "");
}

static int tap_of(const struct plot *plot, const struct bm_group *group, size_t i)
{
    return plot->taps[i] == BEST ? best_tap(plot, group) : plot->taps[i];
}

static void find_scale(struct plot *plot)
{
    plot->full = NAN;
    for (size_t g = 0; g < plot->n; g++)
        for (size_t i = 0; i < plot->n_taps; i++)
            for (enum bm_moment moment = BM_AT_END; moment <= BM_AT_INIT; moment++)
                plot->full = fmax(plot->full, probe_at(plot, plot->block[g],
                                                       tap_of(plot, plot->block[g], i), moment));
}

/* ---- printing ---- */

static void print_row(const struct plot *plot, const struct bm_group *group, FILE *out)
{
    struct bm_series column = bm_series_of_field(BM_OF_RESULT, plot->memorization);
    double memorization = bm_group_mean(group, &column, NULL).mean;
    fprintf(out, "%-7s%*zu  ", bm_diversity_text(group->runs[0]->config.diversity),
            BM_BARS_NAME - 7, group->n);
    bm_bars_put(&plot->bars, memorization, NAN, 0, out);
    bm_bars_number(plot->memorization, memorization, out);
    for (size_t i = 0; i < plot->n_taps; i++) {
        int tap = tap_of(plot, group, i);
        double end = probe_at(plot, group, tap, BM_AT_END);
        fputs("  ", out);
        bm_bars_put(&plot->bars, end / plot->full,
                    probe_at(plot, group, tap, BM_AT_INIT) / plot->full, i + 1, out);
        bm_bars_number(plot->probe, end, out);
    }
    putc('\n', out);
}

/* "label_noise=1, arch=cnn", of all keys but diversity. */
static void print_label(const struct plot *plot, FILE *out)
{
    const char *between = "";
    char text[BM_CELL_SIZE];
    for (size_t k = 0; k < plot->grouping->n_keys; k++) {
        const char *value = bm_common_key(plot->grouping, plot->block, plot->n, k, text);
        if (strcmp(plot->grouping->keys[k].name, "diversity") == 0 || strcmp(value, "-") == 0)
            continue;
        fprintf(out, "%s%s=%s", between, plot->grouping->keys[k].name, value);
        between = ", ";
    }
    fprintf(out, "%smeans over n seeds%s\n", between[0] ? ": " : "",
            plot->n_taps == 0       ? ""
            : plot->bars.has_blocks ? "; │: before training"
                                    : "; |: before training");
}

static void print_titles(const struct plot *plot, FILE *out)
{
    char titles[1 + MOST_TAPS][60] = {"memorization"}, first[BM_BARS_NAME + 1];
    for (size_t i = 0; i < plot->n_taps; i++)
        snprintf(titles[1 + i], sizeof *titles, "%s (%s)",
                 plot->taps[i] == BEST ? "best tap" : plot->report->taps[plot->taps[i]],
                 plot->probe->key);
    snprintf(first, sizeof first, "%-7s%*s", "k", BM_BARS_NAME - 7, "n");
    bm_bars_titles(&plot->bars, first, titles, 1 + plot->n_taps, out);
}

/* "none to 4 stem, inf stage2". */
static void print_best(const struct plot *plot, FILE *out)
{
    const char *before = "best tap of the encoder: ";
    bool has_best = false;
    for (size_t i = 0; i < plot->n_taps; i++)
        has_best |= plot->taps[i] == BEST;
    for (size_t g = 0, last; has_best && g < plot->n; g = last + 1) {
        int best = best_tap(plot, plot->block[g]);
        for (last = g; last + 1 < plot->n && best_tap(plot, plot->block[last + 1]) == best;)
            last++;
        if (best < 0)
            continue;
        fprintf(out, "%s%s", before, bm_diversity_text(plot->block[g]->runs[0]->config.diversity));
        if (last > g)
            fprintf(out, " to %s", bm_diversity_text(plot->block[last]->runs[0]->config.diversity));
        fprintf(out, " %s", plot->report->taps[best]);
        before = ", ";
    }
    fputs(before[0] == ',' ? "\n" : "", out);
}

static void print_block(struct plot *plot, FILE *out)
{
    find_scale(plot);
    print_label(plot, out);
    print_titles(plot, out);
    for (size_t g = 0; g < plot->n; g++)
        print_row(plot, plot->block[g], out);
    print_best(plot, out);
    putc('\n', out);
}

static int compare_diversities(const void *a, const void *b)
{
    const struct bm_group *x = *(const struct bm_group *const *)a,
                          *y = *(const struct bm_group *const *)b;
    return bm_order(x->runs[0]->config.diversity, y->runs[0]->config.diversity, false);
}

static bool has_finished_runs(const struct bm_group *group, const void *nothing)
{
    (void)nothing;
    return group->n > 0;
}

/* The groups that differ from group `first` in diversity alone, which are marked in `is_done`. */
static void print_with(struct plot *plot, size_t first, bool *is_done, FILE *out)
{
    static const char *const over[] = {"diversity"};
    plot->n =
        bm_groups_collect(plot->grouping, first, over, 1, has_finished_runs, NULL, plot->block);
    for (size_t i = 0; i < plot->n; i++)
        is_done[plot->block[i] - plot->grouping->groups] = true;
    qsort(plot->block, plot->n, sizeof *plot->block, compare_diversities);
    print_block(plot, out);
}

/* ---- the command ---- */

static int fail_tap(const struct bm_report *report, const char *name, struct bm_err *err)
{
    const char **known = calloc(report->n_taps + 2, sizeof *known);
    if (known == NULL)
        return bm_fail_errno(err, "no memory for taps");
    memcpy(known, report->taps, report->n_taps * sizeof *known);
    known[report->n_taps] = "best";
    const char *nearest = bm_nearest(name, known);
    bm_fail(err, BM_EXIT_USAGE, "--tap %s: no run has a tap '%s'%s%s%s", name, name,
            nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    free(known);
    return -1;
}

/* `names`: comma-separated; NULL: the embedding, the best one of the encoder, the output, as far as
 * there are. */
static int choose_taps(struct plot *plot, const char *names, struct bm_err *err)
{
    char *copy = strdup(names ? names : "embedding,best,output"), *rest = copy;
    int status = copy != NULL ? 0 : bm_fail_errno(err, "no memory for taps");
    for (char *name; status == 0 && (name = strsep(&rest, ",")) != NULL;) {
        bool is_best = strcmp(name, "best") == 0;
        size_t tap = bm_report_tap(plot->report, name);
        bool is_known = is_best || tap < plot->report->n_taps;
        if (!is_known && names != NULL)
            status = fail_tap(plot->report, name, err);
        else if (plot->n_taps == MOST_TAPS)
            status = bm_fail(err, BM_EXIT_USAGE, "--tap %s: %d of them have room in a line", names,
                             MOST_TAPS);
        else if (is_known)
            plot->taps[plot->n_taps++] = is_best ? BEST : (int)tap;
    }
    free(copy);
    return status;
}

static int print_all(struct plot *plot, const struct bm_grouping *grouping, FILE *out,
                     struct bm_err *err)
{
    bool *is_done = calloc(grouping->n + 1, sizeof *is_done);
    plot->grouping = grouping;
    plot->block = calloc(grouping->n + 1, sizeof *plot->block);
    int status = 0;
    if (is_done == NULL || plot->block == NULL)
        status = bm_fail_errno(err, "no memory for %zu groups", grouping->n);
    for (size_t g = 0; status == 0 && g < grouping->n; g++)
        if (!is_done[g] && grouping->groups[g].n > 0)
            print_with(plot, g, is_done, out);
    free(plot->block);
    free(is_done);
    return status;
}

int bm_plot_tradeoff(struct bm_report *report, struct bm_query *query, FILE *out,
                     struct bm_err *err)
{
    struct plot plot = {.report = report,
                        .probe = bm_clean_probe(report),
                        .memorization = bm_table_find(&bm_result_table, "memorization")};
    struct bm_grouped grouped;
    if (query->n_args == 3)
        return bm_fail(err, BM_EXIT_USAGE, "plot tradeoff FILE: of runs together, not of one");
    if (plot.probe != NULL && choose_taps(&plot, query->taps, err) != 0)
        return -1;
    bm_bars_find(&plot.bars);
    plot.bars.width = bm_bars_width(1 + (int)plot.n_taps);
    if (bm_grouped_by_settings(&grouped, report, query, err) != 0)
        return -1;
    int status = print_all(&plot, &grouped.grouping, out, err);
    bm_grouped_fini(&grouped);
    return status;
}
