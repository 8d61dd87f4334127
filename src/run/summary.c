#include "summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "strangers.h"

static void add(char text[BM_SUMMARY_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add(char text[BM_SUMMARY_SIZE], const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, BM_SUMMARY_SIZE - used, format, args);
    va_end(args);
}

/* ---- start ---- */

/* The one point that was asked for: which it is, and whether it runs. */
static void add_only(const struct bm_session *session, char text[BM_SUMMARY_SIZE])
{
    const struct bm_point *point = &session->points.points[session->only];
    struct bm_config config;
    char id[BM_ID_TEXT], settings[400];
    bm_points_config(&session->points, session->only, &config);
    bm_points_text(&session->points, &config, settings, sizeof settings);
    add(text, "; asked for %.8s%s%s, ", bm_id_text(&point->id, id), settings[0] ? " " : "",
        settings);
    if (point->state == BM_POINT_DONE)
        add(text, "which is done");
    else if (point->state == BM_POINT_FAILED)
        add(text, "which failed (--retry runs it again)");
    else
        add(text, session->n_again > 0 ? "which failed and runs again" : "which is to do");
}

/* With --reprobe. */
static void add_reprobe(const struct bm_session *session, char text[BM_SUMMARY_SIZE])
{
    add(text, ": %zu to probe further, %zu cannot be, %zu have the probes, %zu not done",
        session->n_todo, session->n_refused, session->n_whole, session->n_not_done);
}

char *bm_summary_start(const struct bm_session *session, char text[BM_SUMMARY_SIZE])
{
    const struct bm_points *points = &session->points;
    char strangers[80];
    text[0] = '\0';
    add(text, "%s: %zu run%s", session->sweep.name, points->n, points->n == 1 ? "" : "s");
    if (points->n_merged > 0)
        add(text, " (%zu more point%s would be the same)", points->n_merged,
            points->n_merged == 1 ? "" : "s");
    if (session->request->reprobe) {
        add_reprobe(session, text);
        return text;
    }
    add(text, ": %zu done, %zu failed, %zu to do%s", points->count[BM_POINT_DONE],
        points->count[BM_POINT_FAILED], points->count[BM_POINT_TODO],
        bm_strangers_text(points, ", and", strangers, sizeof strangers));
    if (session->only != BM_ALL_POINTS)
        add_only(session, text);
    else if (session->request->retry && session->n_again == 0)
        add(text, "; %s",
            session->request->retry == BM_AGAIN_ALL       ? "none has failed"
            : session->request->retry == BM_AGAIN_TIMEOUT ? "none has taken too long"
                                                          : "none has failed but by run_timeout");
    else if (session->request->retry)
        add(text, "; %zu of them failed and run%s again", session->n_again,
            session->n_again == 1 ? "s" : "");
    return text;
}

/* ---- end ---- */

static const char *meaning_of(const struct bm_session *session, enum bm_exit code)
{
    bool is_partial = bm_session_is_partial(session);
    const size_t *count = session->points.count;
    if (session->is_in_vain)
        return "no run ended in this time or got any further: give it more";
    if (code == BM_EXIT_FAILED && session->request->reprobe)
        return "some runs could not be probed further";
    if (code == BM_EXIT_FAILED)
        return session->request->fail_fast && count[BM_POINT_TODO] > 0
                   ? "a run failed, and --fail-fast ends all; the same command runs the rest"
               : session->only != BM_ALL_POINTS ? "the run failed (--retry runs it again)"
                                                : "some runs failed (--retry runs them again)";
    if (code == BM_EXIT_DONE && (session->request->reprobe ||
                                 (is_partial && count[BM_POINT_TODO] + count[BM_POINT_FAILED] > 0)))
        return "what was asked for is done";
    switch (code) {
#define MEANING(name, number, text) \
    case BM_EXIT_##name:            \
        return text;
        BM_EXITS(MEANING)
#undef MEANING
    }
    return "";
}

/* What slots waited for others at the end, where that is worth a word. */
static void add_idle(const struct bm_session *session, double idle_s, char text[BM_SUMMARY_SIZE])
{
    int64_t threads = session->sweep.launch.threads > 0 ? session->sweep.launch.threads : 1;
    double core_s = idle_s * (double)threads;
    if (bm_session_all_trainers(session) > 1 && core_s >= 1)
        add(text, " (%.0f core-seconds idle at the end)", core_s);
}

char *bm_summary_end(const struct bm_session *session, double seconds, double idle_s,
                     enum bm_exit code, char text[BM_SUMMARY_SIZE])
{
    const struct bm_points *points = &session->points;
    const size_t *count = points->count, *asked = points->asked;
    char duration[32], strangers[80];
    text[0] = '\0';
    if (session->request->reprobe) {
        add(text,
            "%zu of %zu run%s probed further, %zu could not be, %zu left, after %s: %s (exit "
            "code %d)",
            asked[BM_POINT_DONE], points->n_asked, points->n_asked == 1 ? "" : "s",
            asked[BM_POINT_FAILED], asked[BM_POINT_TODO],
            bm_duration_text(seconds, duration, sizeof duration), meaning_of(session, code),
            (int)code);
        return text;
    }
    if (points->n_asked == 0)
        add(text, "there was nothing to run again");
    else
        add(text, "%zu of %zu run%s done, %zu failed, %zu left", asked[BM_POINT_DONE],
            points->n_asked, points->n_asked == 1 ? "" : "s", asked[BM_POINT_FAILED],
            asked[BM_POINT_TODO]);
    if (session->n_elsewhere > 0)
        add(text, " (%zu with other jobs)", session->n_elsewhere);
    if (points->n_asked > 0)
        add(text, ", after %s", bm_duration_text(seconds, duration, sizeof duration));
    if (points->n_asked > 0)
        add_idle(session, idle_s, text);
    if (session->n_by_others > 0)
        add(text, "; %zu were run here, %zu by other jobs meanwhile",
            asked[BM_POINT_DONE] + asked[BM_POINT_FAILED] - session->n_by_others -
                session->n_before,
            session->n_by_others);
    if (bm_session_is_partial(session))
        add(text, "; the sweep: %zu of %zu done, %zu failed, %zu left", count[BM_POINT_DONE],
            points->n, count[BM_POINT_FAILED], count[BM_POINT_TODO]);
    add(text, "%s", bm_strangers_text(points, "; beside them", strangers, sizeof strangers));
    add(text, ": %s (exit code %d)", meaning_of(session, code), (int)code);
    return text;
}
