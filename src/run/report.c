#include "report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice.h"
#include "bm/clock.h"
#include "launcher.h"
#include "trainer.h"

/* ---- lines ---- */

static void print(const struct bm_bytes *line)
{
    bm_display_print((const char *)line->data, line->size);
}

void bm_report_say(const char *format, ...)
{
    char text[2000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct bm_bytes line = {0};
    bm_bytes_printf(&line, "bm-sweep: %s\n", text);
    print(&line);
    bm_bytes_fini(&line);
}

char *bm_report_duration(double seconds, char *text, size_t size)
{
    if (seconds < 9.95)
        snprintf(text, size, "%.1f s", seconds);
    else if (seconds < 120)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 120 * 60)
        snprintf(text, size, "%.0f min", seconds / 60);
    else if (seconds < 48 * 3600)
        snprintf(text, size, "%.1f h", seconds / 3600);
    else
        snprintf(text, size, "%.1f days", seconds / 86400);
    return text;
}

char *bm_report_path(const char *path, char *text, size_t size)
{
    char folder[4096];
    if (path[0] == '/' || getcwd(folder, sizeof folder) == NULL)
        snprintf(text, size, "%s", path);
    else
        snprintf(text, size, "%s/%s", folder, path);
    return text;
}

/* ---- start ---- */

static void warn(const struct bm_report *report, bool launched)
{
    struct bm_advice_facts facts = {
        .launched = launched,
        .threads = report->sweep->launch.threads,
        .trainers = report->ranks > 1 ? (size_t)bm_launcher_local_ranks() : report->trainers,
    };
    char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE];
    bm_advice_probe(&facts);
    size_t n = bm_advise(&facts, sentences);
    for (size_t i = 0; i < n; i++)
        bm_report_say("warning: %s", sentences[i]);
}

void bm_report_start(struct bm_report *report, size_t todo)
{
    const struct bm_points *points = report->points;
    char path[4200], merged[80] = "", ranks[60] = "";
    report->began = bm_seconds();
    bool launched;
    bm_launcher_find(&launched, NULL);
    bm_terminal_find(&report->terminal, launched);
    report->display = bm_display_choose(report->display, &report->terminal);
    bm_bar_init(&report->bar, report->trainers);
    if (report->display == BM_DISPLAY_NONE)
        return;
    if (points->n_merged > 0)
        snprintf(merged, sizeof merged, " (%zu more points are the same runs)", points->n_merged);
    bm_report_say("%s: %zu runs%s: %zu done, %zu failed, %zu to do", report->sweep->name, points->n,
                  merged, points->count[BM_POINT_DONE], points->count[BM_POINT_FAILED], todo);
    bm_report_say("results: %s", bm_report_path(report->sweep->results, path, sizeof path));
    if (todo == 0)
        return;
    if (report->ranks > 1)
        snprintf(ranks, sizeof ranks, " on %d ranks", report->ranks);
    char threads[32] = "threads of the binding";
    if (report->sweep->launch.threads > 0)
        snprintf(threads, sizeof threads, "%lld thread%s", (long long)report->sweep->launch.threads,
                 report->sweep->launch.threads == 1 ? "" : "s");
    bm_report_say("%zu trainer%s%s, %s each", report->trainers, report->trainers == 1 ? "" : "s",
                  ranks, threads);
    warn(report, launched);
}

/* ---- progress ---- */

/* Seconds between two drawings of the bar: as often as trainers tell. */
static const double draw_pause = 0.5;

/* Seconds until all is finished, at the speed of this session's work so far. NaN before there is
 * anything to go by. */
static double remaining_time(const struct bm_report *report, const struct bm_schedule *schedule)
{
    double begun = 0, worked = 0; /* by runs that are not finished */
    bm_bar_add_work(&report->bar, bm_seconds(), &begun, &worked);
    double known = report->cost + begun, seconds = report->wall + worked;
    size_t slots = schedule->n_slots - schedule->n_lost;
    size_t left = schedule->n_runs - schedule->n_finished;
    double cost = fmax(0, schedule->cost_pending + schedule->cost_running - begun);
    if (left == 0)
        return 0;
    if (slots > left)
        slots = left;
    return slots > 0 && known > 0 ? cost / (known / seconds) / (double)slots : NAN;
}

/* The kNN probe at the embedding in the last evaluation. */
static double embedding_probe(const struct bm_run *run)
{
    if (run->n_evaluations == 0)
        return NAN;
    size_t last = run->n_evaluations - 1;
    for (size_t i = run->first_tap[last]; i < run->first_tap[last + 1]; i++)
        if (strcmp(run->taps[i].tap, "embedding") == 0)
            return run->taps[i].knn;
    return NAN;
}

static void add_percent(struct bm_bytes *line, const char *name, double fraction)
{
    if (isnan(fraction))
        bm_bytes_printf(line, "  %s -", name);
    else
        bm_bytes_printf(line, "  %s %.1f %%", name, 100 * fraction);
}

static void add_outcome(struct bm_bytes *line, const struct bm_run *run)
{
    const struct bm_result *result = &run->result;
    bm_bytes_printf(line, "  %s", bm_status_words[result->status]);
    if (result->cause[0] != '\0')
        bm_bytes_printf(line, ": %s", result->cause);
    if (result->status != BM_STATUS_DONE)
        return;
    add_percent(line, "mem", result->memorization);
    add_percent(line, "fit", result->fit);
    add_percent(line, "test", result->test_accuracy);
    add_percent(line, "probe", embedding_probe(run));
}

void bm_report_run(struct bm_report *report, size_t i, const struct bm_run *run,
                   const struct bm_schedule *schedule)
{
    const struct bm_points *points = report->points;
    char id[BM_ID_TEXT], settings[400], duration[32];
    if (points->points[i].state == BM_POINT_DONE) { /* failed ones do not tell the speed */
        report->cost += points->points[i].cost;
        report->wall += run->result.wall_s;
    }
    if (report->display == BM_DISPLAY_NONE)
        return;
    bm_id_text(&run->id, id);
    bm_points_text(report->sweep, &run->config, settings, sizeof settings);

    struct bm_bytes line = {0};
    bm_bytes_printf(&line, "[%zu/%zu] %.8s%s%s", points->n - points->count[BM_POINT_TODO],
                    points->n, id, settings[0] ? " " : "", settings);
    add_outcome(&line, run);
    bm_bytes_printf(&line, "  %s",
                    bm_report_duration(run->result.wall_s, duration, sizeof duration));
    double left = remaining_time(report, schedule);
    if (left > 0)
        bm_bytes_printf(&line, "  ETA %s", bm_report_duration(left, duration, sizeof duration));
    bm_bytes_printf(&line, "\n");
    print(&line);
    bm_bytes_fini(&line);
}

void bm_report_begin(struct bm_report *report, size_t slot, const struct bm_point *point,
                     const struct bm_config *config)
{
    char settings[400];
    bm_points_text(report->sweep, config, settings, sizeof settings);
    bm_bar_begin(&report->bar, slot, &point->id, settings, point->cost, bm_seconds());
}

void bm_report_progress(struct bm_report *report, size_t slot, const void *frame, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame decoded;
    bm_schemas_init(&schemas);
    if (bm_frame_decode(frame, size, &schemas, &decoded, NULL) == 0)
        bm_bar_progress(&report->bar, slot, &decoded.progress);
}

void bm_report_draw(struct bm_report *report, const struct bm_schedule *schedule)
{
    double now = bm_seconds();
    if (report->display != BM_DISPLAY_BAR || now < report->next_draw)
        return;
    report->next_draw = now + draw_pause;
    const struct bm_points *points = report->points;
    struct bm_bar_totals totals = {
        .runs = points->n,
        .done = points->count[BM_POINT_DONE],
        .failed = points->count[BM_POINT_FAILED],
        .elapsed = now - report->began,
        .remaining = remaining_time(report, schedule),
    };
    struct bm_bytes lines = {0};
    bm_terminal_measure(&report->terminal);
    bm_bar_layout(&report->bar, &totals, report->terminal.columns, report->terminal.lines - 1,
                  &lines);
    bm_display_bar((const char *)lines.data, lines.size);
    bm_bytes_fini(&lines);
}

void bm_report_freeze(struct bm_report *report)
{
    if (report->display != BM_DISPLAY_BAR)
        return;
    bm_display_leave();
    report->display = BM_DISPLAY_PLAIN;
}

void bm_report_stop(struct bm_report *report)
{
    bm_display_bar("", 0);
    bm_bar_fini(&report->bar);
}

/* ---- end ---- */

static const char *meaning(enum bm_exit code)
{
    switch (code) {
#define MEANING(name, number, text) \
    case BM_EXIT_##name:            \
        return text;
        BM_EXITS(MEANING)
#undef MEANING
    }
    return "";
}

void bm_report_end(const struct bm_report *report, enum bm_exit code)
{
    const struct bm_points *points = report->points;
    char path[4200], duration[32];
    bm_report_say("%zu of %zu runs done, %zu failed, %zu left, after %s: %s (exit code %d)",
                  points->count[BM_POINT_DONE], points->n, points->count[BM_POINT_FAILED],
                  points->count[BM_POINT_TODO],
                  bm_report_duration(bm_seconds() - report->began, duration, sizeof duration),
                  code == BM_EXIT_FAILED ? "some runs failed (--retry runs them again)"
                                         : meaning(code),
                  (int)code);
    if (code == BM_EXIT_AGAIN || code == BM_EXIT_INT || code == BM_EXIT_TERM)
        bm_report_say("finished runs are kept; those that were training begin again");
    bm_report_say("look at them with: bm-results %s",
                  bm_report_path(report->sweep->results, path, sizeof path));
}
