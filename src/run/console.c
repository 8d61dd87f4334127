#include "console.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "advice.h"
#include "bm/clock.h"
#include "deadline.h"
#include "history.h"
#include "launcher.h"
#include "line.h"
#include "memory.h"
#include "reprobe.h"
#include "say.h"
#include "print.h"
#include "summary.h"
#include "warnings.h"

/* ---- start ---- */

void bm_console_init(struct bm_console *console, const struct bm_session *session,
                     const struct bm_results *results)
{
    bool launched;
    *console = (struct bm_console){.session = session, .began = bm_seconds()};
    bm_launcher_find(&launched, NULL);
    bm_terminal_find(&console->terminal, launched);
    bm_print_begin(&console->terminal);
    console->display = bm_display_choose(session->request->display, &console->terminal);
    bm_bar_init(&console->bar, bm_session_all_trainers(session));
    bm_tail_init(&console->tail, bm_session_all_trainers(session), console->began);
    bm_outlook_init(&console->outlook, session, results);
}

static void say_warning(void *context, const char *sentence)
{
    (void)context;
    bm_say("warning: %s", sentence);
}

static void warn(const struct bm_session *session)
{
    char memory[300];
    bm_advise_all(session->sweep.launch.threads, bm_session_trainers_here(session), say_warning,
                  NULL);
    if (bm_memory_warning(session, memory, sizeof memory)[0] != '\0')
        bm_say("warning: %s", memory);
}

static void say_trainers(const struct bm_session *session)
{
    char ranks[60] = "", threads[32] = "threads of the binding";
    size_t trainers = bm_session_all_trainers(session);
    long long each = session->sweep.launch.threads;
    if (session->ranks > 1)
        snprintf(ranks, sizeof ranks, " on %d ranks", session->ranks);
    if (each > 0)
        snprintf(threads, sizeof threads, "%lld thread%s", each, each == 1 ? "" : "s");
    bm_say("%zu trainer%s%s, %s each", trainers, trainers == 1 ? "" : "s", ranks, threads);
}

static void say_of_probes(const struct bm_session *session, const struct bm_results *results)
{
    char other[400];
    bm_reprobe_refusals(&session->points, results, say_warning, NULL);
    if (bm_history_other_machine(results, &session->points, session->todo, session->n_todo, other,
                                 sizeof other)[0] != '\0')
        bm_say("warning: %s", other);
    if (session->n_todo > 0)
        bm_say("probes are taken before training and at the end: evaluations in between stay "
               "without them");
    if (session->n_todo > 0 && session->sweep.launch.save_examples != BM_SAVE_NONE)
        bm_say("save_examples: what is kept of each image is collected in training, and not made "
               "now");
}

void bm_console_start(const struct bm_console *console, const struct bm_results *results)
{
    const struct bm_session *session = console->session;
    char path[4200], text[BM_SUMMARY_SIZE], warning[BM_HISTORY_SIZE];
    if (console->display == BM_DISPLAY_NONE)
        return;
    bm_say("%s", bm_summary_start(session, text));
    bm_say("results: %s", bm_path_text(session->sweep.results, path, sizeof path));
    if (session->request->reprobe)
        say_of_probes(session, results);
    if (bm_history_warning(&session->points, results, warning, sizeof warning)[0] != '\0')
        bm_say("warning: %s", warning);
    if (bm_history_anew(results, &session->points, session->todo, session->n_todo, warning,
                        sizeof warning)[0] != '\0')
        bm_say("warning: %s", warning);
    bm_warnings(&session->points, say_warning, NULL);
    if (session->n_todo == 0)
        return;
    say_trainers(session);
    if (session->request->deadline > 0) {
        double left = session->request->deadline - bm_seconds();
        bm_say("the deadline is %s", bm_deadline_text(time(NULL), left, path, sizeof path));
    }
    warn(session);
}

/* ---- progress ---- */

/* Seconds between two drawings of the bar: as often as trainers tell. */
static const double draw_pause = 0.5;

/* The first probe that says something about the embedding at the end. */
static void find_probe(const struct bm_run *run, struct bm_line *line)
{
    const struct bm_field *column;
    for (size_t i = 0; run->n_evaluations > 0 && (column = bm_probe_column(i)) != NULL; i++) {
        line->probe = column;
        line->value = bm_run_probe(run, run->n_evaluations - 1, "embedding", column);
        if (!isnan(line->value))
            return;
    }
    line->probe = NULL;
}

/* The header is said once, and again where another probe is what the lines end with. */
static void say_header(struct bm_console *console, const struct bm_line_form *form,
                       struct bm_bytes *out)
{
    if (console->has_heading && console->heading == form->probe)
        return;
    console->has_heading = true;
    console->heading = form->probe;
    bm_line_header(form, out);
}

static struct bm_line_form form_of(const struct bm_console *console, const struct bm_field *probe)
{
    int columns = bm_print_columns();
    return (struct bm_line_form){.width = columns < BM_LINE_LONGEST ? columns : BM_LINE_LONGEST,
                                 .of = console->session->points.n_asked,
                                 .probe = probe,
                                 .has_eta = console->display != BM_DISPLAY_BAR};
}

static void say_line(struct bm_console *console, const struct bm_run *run, struct bm_line *line,
                     const struct bm_schedule *schedule)
{
    const struct bm_points *points = &console->session->points;
    struct bm_bytes out = {0};
    char settings[400];
    const struct bm_line_form form =
        form_of(console, line->outcome == NULL ? line->probe : console->heading);
    line->id = run->id;
    line->of = points->n_asked;
    line->at = points->n_asked - points->asked[BM_POINT_TODO];
    line->settings = bm_points_text(points, &run->config, settings, sizeof settings);
    if (line->outcome == NULL)
        say_header(console, &form, &out);
    bm_line_add(&form, line, bm_outlook_remaining(&console->outlook, schedule, bm_seconds()), &out);
    bm_print_lines((const char *)out.data, out.size);
    bm_bytes_fini(&out);
}

void bm_console_run(struct bm_console *console, size_t i, const struct bm_run *run,
                    const struct bm_schedule *schedule)
{
    const struct bm_points *points = &console->session->points;
    const struct bm_result *result = &run->result;
    char cause[300] = "";
    if (points->points[i].state == BM_POINT_DONE) /* failed ones do not tell the speed */
        bm_outlook_seen(&console->outlook, &points->points[i], result->wall_s);
    if (console->display == BM_DISPLAY_NONE)
        return;
    struct bm_line line = {.result = result, .cause = cause, .wall_s = result->wall_s};
    if (result->status == BM_STATUS_DONE)
        find_probe(run, &line);
    else
        line.outcome = bm_status_words[result->status];
    if (result->cause[0] != '\0')
        snprintf(cause, sizeof cause, "%s: %s", bm_status_words[result->status], result->cause);
    say_line(console, run, &line, schedule);
}

void bm_console_reprobed(struct bm_console *console, size_t i, const struct bm_run *run,
                         const struct bm_outcome *outcome, const struct bm_schedule *schedule)
{
    const struct bm_points *points = &console->session->points;
    bool done = points->points[i].state == BM_POINT_DONE;
    char cause[300];
    if (done)
        bm_outlook_seen(&console->outlook, &points->points[i], outcome->wall_s);
    if (console->display == BM_DISPLAY_NONE)
        return;
    if (done)
        snprintf(cause, sizeof cause, "probed: has %s now", run->config.probes);
    else
        snprintf(cause, sizeof cause, "cannot be probed further: %s", outcome->cause);
    struct bm_line line = {
        .outcome = done ? "probed" : "failed", .cause = cause, .wall_s = outcome->wall_s};
    say_line(console, run, &line, schedule);
}

void bm_console_begin(struct bm_console *console, size_t slot, const struct bm_point *point,
                      const struct bm_config *config)
{
    char settings[400];
    bm_points_text(&console->session->points, config, settings, sizeof settings);
    bm_bar_begin(&console->bar, slot, &point->id, settings);
    bm_tail_begin(&console->tail, slot);
    bm_outlook_begin(&console->outlook, slot, point, bm_seconds());
}

void bm_console_progress(struct bm_console *console, size_t slot, const void *frame, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame decoded;
    bm_schemas_init(&schemas);
    if (bm_frame_decode(frame, size, &schemas, &decoded, NULL) != 0)
        return;
    bm_bar_progress(&console->bar, slot, &decoded.progress);
    bm_outlook_progress(&console->outlook, slot, &decoded.progress, bm_seconds());
}

void bm_console_finish(struct bm_console *console, size_t slot)
{
    bm_bar_end(&console->bar, slot);
    bm_outlook_finish(&console->outlook, slot);
    bm_tail_end(&console->tail, slot, bm_seconds());
}

void bm_console_give_back(struct bm_console *console, size_t slot)
{
    bm_bar_end(&console->bar, slot);
    bm_outlook_give_back(&console->outlook, slot);
    bm_tail_end(&console->tail, slot, bm_seconds());
}

void bm_console_lose(struct bm_console *console, size_t slot)
{
    bm_console_give_back(console, slot);
    bm_tail_lose(&console->tail, slot);
}

void bm_console_drop(struct bm_console *console, const struct bm_point *point)
{
    bm_outlook_drop(&console->outlook, point);
}

void bm_console_draw(struct bm_console *console, const struct bm_schedule *schedule)
{
    double now = bm_seconds();
    if (console->display != BM_DISPLAY_BAR || now < console->next_draw)
        return;
    console->next_draw = now + draw_pause;
    const struct bm_points *points = &console->session->points;
    struct bm_bar_totals totals = {
        .runs = points->n_asked,
        .done = points->asked[BM_POINT_DONE],
        .failed = points->asked[BM_POINT_FAILED],
        .share = bm_outlook_share(&console->outlook),
        .elapsed = now - console->began,
        .remaining = bm_outlook_remaining(&console->outlook, schedule, bm_seconds()),
        .is_guess = bm_outlook_guesses(&console->outlook),
    };
    struct bm_bytes lines = {0};
    bm_terminal_measure(&console->terminal);
    bm_bar_layout(&console->bar, &totals, console->terminal.columns, console->terminal.lines - 1,
                  &lines);
    bm_print_bar((const char *)lines.data, lines.size);
    bm_bytes_fini(&lines);
}

void bm_console_freeze(struct bm_console *console)
{
    if (console->display != BM_DISPLAY_BAR)
        return;
    bm_print_leave();
    console->display = BM_DISPLAY_PLAIN;
}

void bm_console_stop(struct bm_console *console)
{
    bm_print_bar("", 0);
    console->idle_s = bm_tail_sum(&console->tail, bm_seconds());
    bm_tail_fini(&console->tail);
    bm_bar_fini(&console->bar);
    bm_outlook_fini(&console->outlook);
}

/* ---- end ---- */

void bm_console_end(const struct bm_console *console, enum bm_exit code)
{
    const struct bm_launch *launch = &console->session->sweep.launch;
    char path[4200], text[BM_SUMMARY_SIZE];
    bm_say("look at them with: bm-results %s",
           bm_path_text(console->session->sweep.results, path, sizeof path));
    if (code == BM_EXIT_AGAIN || code == BM_EXIT_INT || code == BM_EXIT_TERM)
        bm_say("%s", console->session->request->reprobe
                         ? "what was taken is kept; runs that were being probed begin again"
                     : launch->checkpoint_every < 0
                         ? "finished runs are kept; those that were training begin again"
                         : "finished runs are kept; those that were training go on from what "
                           "they have saved");
    bm_say("%s", bm_summary_end(console->session, bm_seconds() - console->began, console->idle_s,
                                code, text));
}
