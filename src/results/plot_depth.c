/* bm-results plot depth: what the probes say at every tap as bars. Panels stand beside each
 * other: clean (against true labels), init (the same before training), noisy (against
 * the labels trained on), invariance. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"

enum { N_PANELS = 4 };

struct panel {
    const char *title;
    const struct bm_field *probe; /* NULL: was not taken */
    enum bm_moment moment;
    double full; /* what a whole bar stands for; NaN: nothing is defined */
};

struct plot {
    const struct bm_report *report;
    struct panel panels[N_PANELS];
    struct bm_bars bars;
};

/* ---- panels ---- */

static struct bm_mean mean_at(const struct plot *plot, const struct panel *panel,
                              const struct bm_group *group, size_t tap)
{
    struct bm_series column = bm_series_of_tap(plot->report, panel->probe, tap, panel->moment);
    return bm_group_mean(group, &column, NULL);
}

static double value_at(const struct plot *plot, const struct panel *panel,
                       const struct bm_group *group, size_t tap)
{
    return mean_at(plot, panel, group, tap).mean;
}

static double largest_of(const struct plot *plot, const struct panel *panel,
                         const struct bm_group *group)
{
    double largest = NAN;
    for (size_t t = 0; panel->probe != NULL && t < plot->report->n_taps; t++)
        largest = fmax(largest, value_at(plot, panel, group, t));
    return largest;
}

/* Clean and init have one scale: they are to be compared. */
static int scale_panels(struct plot *plot, const struct bm_group *group)
{
    struct panel *panels = plot->panels;
    int n = 0;
    for (size_t p = 0; p < N_PANELS; p++) {
        double largest = largest_of(plot, &panels[p], group);
        panels[p].full = isnan(largest) ? NAN : fmax(largest, 0); /* below 0 there is no bar */
        n += !isnan(panels[p].full);
    }
    double both = fmax(panels[0].full, panels[1].full);
    for (size_t p = 0; p < 2; p++)
        panels[p].full = isnan(panels[p].full) ? NAN : both;
    plot->bars.width = bm_bars_width(n);
    return n;
}

/* ---- printing ---- */

static bool has_tap(const struct plot *plot, const struct bm_group *group, size_t tap)
{
    for (size_t p = 0; p < N_PANELS; p++)
        if (!isnan(plot->panels[p].full) && !isnan(value_at(plot, &plot->panels[p], group, tap)))
            return true;
    return false;
}

static void print_row(const struct plot *plot, const struct bm_group *group, size_t tap, FILE *out)
{
    fprintf(out, "%-*.*s", BM_BARS_NAME, BM_BARS_NAME, plot->report->taps[tap]);
    for (size_t p = 0; p < N_PANELS; p++) {
        const struct panel *panel = &plot->panels[p];
        if (isnan(panel->full))
            continue;
        double value = value_at(plot, panel, group, tap);
        fputs("  ", out);
        bm_bars_put(&plot->bars, value / panel->full, NAN, p, out);
        bm_bars_number(panel->probe, value, out);
    }
    putc('\n', out);
}

static void print_titles(const struct plot *plot, FILE *out)
{
    char titles[N_PANELS][60];
    size_t n = 0;
    for (size_t p = 0; p < N_PANELS; p++) {
        const struct panel *panel = &plot->panels[p];
        bool is_clean = panel->probe == plot->panels[0].probe;
        if (!isnan(panel->full))
            snprintf(titles[n++], sizeof *titles, "%s%s%s%s", panel->title, is_clean ? " (" : "",
                     is_clean ? panel->probe->key : "", is_clean ? ")" : "");
    }
    bm_bars_titles(&plot->bars, "tap", titles, n, out);
}

/* Means that are over fewer runs than the others. */
static void print_undefined(const struct plot *plot, const struct bm_group *group, FILE *out)
{
    const char *before = "undefined in some runs: ";
    for (size_t p = 0; p < N_PANELS; p++)
        for (size_t t = 0; t < plot->report->n_taps && !isnan(plot->panels[p].full); t++) {
            size_t n = mean_at(plot, &plot->panels[p], group, t).n;
            if (n == 0 || n == group->n)
                continue;
            fprintf(out, "%s%s at %s (%zu of %zu)", before, plot->panels[p].title,
                    plot->report->taps[t], group->n - n, group->n);
            before = ", ";
        }
    fputs(before[0] == ',' ? "\n" : "", out);
}

static void print_group(struct plot *plot, const struct bm_group *group, const char *label,
                        FILE *out)
{
    fprintf(out, "%s\n", label);
    if (scale_panels(plot, group) == 0) {
        fprintf(out, "  nothing was probed\n\n");
        return;
    }
    print_titles(plot, out);
    for (size_t t = 0; t < plot->report->n_taps; t++)
        if (has_tap(plot, group, t))
            print_row(plot, group, t, out);
    print_undefined(plot, group, out);
    putc('\n', out);
}

/* ---- the command ---- */

static int print_run(struct plot *plot, const char *id, FILE *out, struct bm_err *err)
{
    char label[300];
    const struct bm_run *run = bm_report_find(plot->report, id, err);
    if (run == NULL)
        return -1;
    snprintf(label, sizeof label, "%s (seed %lld, %s)", bm_report_id(plot->report, run),
             (long long)run->config.seed, bm_status_words[run->result.status]);
    print_group(plot, &(struct bm_group){.runs = &run, .n = 1}, label, out);
    return 0;
}

static int print_groups(struct plot *plot, struct bm_report *report, struct bm_query *query,
                        FILE *out, struct bm_err *err)
{
    struct bm_grouped grouped;
    if (bm_grouped_by_settings(&grouped, report, query, err) != 0)
        return -1;
    for (size_t g = 0; g < grouped.grouping.n; g++) {
        const struct bm_group *group = &grouped.grouping.groups[g];
        char label[340];
        bm_group_label(&grouped.grouping, group, label, 300);
        snprintf(label + strlen(label), 40, ": mean of %zu seed%s", group->n,
                 group->n == 1 ? "" : "s");
        print_group(plot, group, label, out);
    }
    bm_grouped_fini(&grouped);
    return 0;
}

int bm_plot_depth(struct bm_report *report, struct bm_query *query, FILE *out, struct bm_err *err)
{
    const struct bm_field *clean = bm_clean_probe(report);
    struct plot plot = {
        .report = report,
        .panels = {
            {"clean", clean, BM_AT_END, NAN},
            {"init", clean, BM_AT_INIT, NAN},
            {"noisy", bm_table_find(&bm_tap_probe_table, "noisy"), BM_AT_END, NAN},
            {"invariance", bm_table_find(&bm_tap_probe_table, "invariance"), BM_AT_END, NAN}}};
    bm_bars_find(&plot.bars);
    if (query->n_args == 3 && query->n_wheres > 0)
        return bm_fail(err, BM_EXIT_USAGE, "plot depth FILE: either an ID or --where");
    if (query->taps != NULL)
        return bm_fail(err, BM_EXIT_USAGE, "plot depth shows all taps: --tap is of plot tradeoff");
    return query->n_args == 3 ? print_run(&plot, query->args[2], out, err)
                              : print_groups(&plot, report, query, out, err);
}
