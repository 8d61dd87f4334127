/* `--plan`: what a sweep would do, without doing any of it. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/statvfs.h>

#include "advice.h"
#include "bm/arch.h"
#include "bm/file.h"
#include "bm/job_status.h"
#include "bm/machine.h"
#include "bm/names.h"
#include "bm/store.h"
#include "history.h"
#include "memory.h"
#include "prepare.h"
#include "reprobe.h"
#include "say.h"
#include "session.h"
#include "strangers.h"
#include "summary.h"
#include "supply.h"
#include "warnings.h"

enum { MOST_ROWS = 20 };

/* The names of kinds that are to run and of which nothing was seen; "": none. */
static void unseen_kinds(const struct bm_session *session, const struct bm_pace *pace, char *text,
                         size_t size)
{
    bool is_listed[BM_MOST_KINDS] = {false};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < session->n_todo; i++) {
        size_t kind = session->points.points[session->todo[i]].kind;
        if (is_listed[kind] || bm_pace_knows(pace, kind) || used >= size)
            continue;
        is_listed[kind] = true;
        char name[40];
        used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                 bm_points_kind_text(kind, name, sizeof name));
    }
}

static struct bm_load load_of(const struct bm_session *session, const struct bm_pace *pace)
{
    struct bm_load load = {0};
    for (size_t i = 0; i < session->n_todo; i++) {
        const struct bm_point *point = &session->points.points[session->todo[i]];
        double seconds = bm_pace_seconds(pace, point->kind, point->cost);
        bm_load_add(&load, seconds, seconds);
    }
    return load;
}

static void print_time(FILE *file, const struct bm_session *session,
                       const struct bm_results *results)
{
    struct bm_machine machine;
    struct bm_pace pace = {0}, work = {0};
    struct bm_advice_facts facts = {0};
    bm_machine_here(&session->sweep.launch, &machine);
    bm_advice_probe(&facts);
    size_t seen = bm_history_pace(results, &session->sweep.launch, &machine, &pace, &work);
    struct bm_load load = load_of(session, &pace);
    double seconds = bm_load_time_on(&load, session->trainers, load_of(session, &work).seconds,
                                     facts.shared_cores);
    if (isnan(seconds)) {
        fprintf(file, "  time      speed unknown here: measured by the first epoch\n");
        return;
    }
    char time[32], sum[32], unseen[200], note[220] = "";
    unseen_kinds(session, &pace, unseen, sizeof unseen);
    if (unseen[0] != '\0')
        snprintf(note, sizeof note, " (none of them %s)", unseen);
    fprintf(file,
            "  time      about %s on %zu trainer%s (%s on one), at the speed of %zu run%s done "
            "here%s\n",
            bm_duration_text(seconds, time, sizeof time), session->trainers,
            session->trainers == 1 ? "" : "s", bm_duration_text(load.seconds, sum, sizeof sum),
            seen, seen == 1 ? "" : "s", note);
}

/* Other jobs that work on it now, as far as this system can tell. */
static void print_jobs(FILE *file, const struct bm_session *session)
{
    struct bm_jobs jobs;
    size_t running = 0;
    if (bm_jobs_living(session->sweep.results, NULL, &jobs, NULL) == 0)
        for (size_t i = 0; i < jobs.n; i++)
            running += jobs.jobs[i].n_running;
    if (jobs.n > 0)
        fprintf(file, "  jobs      %zu work%s on it, with %zu run%s of those to do\n", jobs.n,
                jobs.n == 1 ? "s" : "", running, running == 1 ? "" : "s");
    bm_jobs_fini(&jobs);
}

static void print_warning(void *file, const char *sentence)
{
    fprintf(file, "  warning: %s\n", sentence);
}

static void print_memory(FILE *file, double most)
{
    char needed[32], there[32];
    struct bm_limit limit;
    bm_limit_memory("", &limit);
    fprintf(file, "  memory    %s for the largest trainer, of %s (%s)\n",
            bm_memory_text(most, needed, sizeof needed),
            bm_memory_text(limit.amount, there, sizeof there), limit.by);
}

/* Of the file system that the results file will be on; NaN: it does not tell. */
static double free_bytes(const char *path)
{
    char folder[BM_PATH_SIZE], above[BM_PATH_SIZE];
    struct statvfs info;
    bm_folder_of(path, folder);
    while (statvfs(folder, &info) != 0) {
        bm_folder_of(folder, above);
        if (errno != ENOENT || strcmp(above, folder) == 0)
            return NAN;
        snprintf(folder, sizeof folder, "%s", above);
    }
    return (double)info.f_bavail * (double)info.f_frsize;
}

/* A run has two checkpoints while it trains, and a third one while that is written. */
static double checkpoint_bytes(const struct bm_session *session)
{
    size_t at_once = session->n_todo < session->trainers ? session->n_todo : session->trainers;
    return session->sweep.launch.checkpoint_every < 0 ? 0
                                                      : 3 * (double)at_once * session->points.state;
}

static void print_disk(FILE *file, const struct bm_session *session)
{
    char text[32];
    double checkpoints = checkpoint_bytes(session), results = session->points.disk,
           there = free_bytes(session->sweep.results);
    fprintf(file, "  disk      %.3g MB for all results", results / 1e6);
    if (checkpoints > 0)
        fprintf(file, "; while they train, up to %.3g MB of checkpoints", checkpoints / 1e6);
    if (!isnan(there))
        fprintf(file, "; %s are free", bm_memory_text(there, text, sizeof text));
    fprintf(file, "\n");
    if (checkpoints + results > there)
        fprintf(file, "  warning: that is more than is free: checkpoints are put off while there "
                      "is no room\n");
}

static void print_warnings(FILE *file, const struct bm_session *session)
{
    char text[300];
    bm_advise_all(session->sweep.launch.threads, bm_session_trainers_here(session), print_warning,
                  file);
    struct bm_err err = {0};
    if (bm_memory_warning(session, text, sizeof text)[0] != '\0')
        print_warning(file, text);
    if (bm_prepare_check_precision(session, &err) != 0)
        print_warning(file, err.text);
    bm_warnings(&session->points, print_warning, file);
}

static void print_row(FILE *file, const struct bm_session *session, size_t i, bool is_otherwise)
{
    const char *const states[BM_POINT_STATES] = {
        [BM_POINT_TODO] = "to do",
        [BM_POINT_DONE] = "done",
        [BM_POINT_FAILED] = session->request->reprobe ? "cannot" : "failed"};
    const struct bm_points *points = &session->points;
    const struct bm_point *point = &points->points[i];
    struct bm_config config;
    char id[BM_ID_TEXT], text[400];
    bm_points_config(points, i, &config);
    fprintf(file, "%8llu  %.8s  %10.3g  %-6s  %s\n", (unsigned long long)point->index,
            bm_id_text(&point->id, id), point->cost / 1e9,
            is_otherwise ? "done*" : states[point->state],
            bm_points_text(points, &config, text, sizeof text));
}

/* The points that it is about; done*: measured otherwise. */
static void print_rows(FILE *file, const struct bm_session *session,
                       const struct bm_results *results)
{
    const struct bm_points *points = &session->points;
    size_t most = session->request->all ? points->n : MOST_ROWS, printed = 0;
    fprintf(file, "\n%8s  %-8s  %10s  %-6s  settings\n", "index", "id", "GFLOP", "state");
    for (size_t i = 0; i < points->n && printed < most; i++)
        if (points->points[i].is_asked) {
            print_row(file, session, i, bm_history_is_otherwise(points, results, i));
            printed++;
        }
    if (points->n_asked > printed)
        fprintf(file, "%8s  and %zu more (--all lists them)\n", "…", points->n_asked - printed);
}

static void print_data(FILE *file, const struct bm_session *session)
{
    for (size_t i = 0; bm_datasets[i] != NULL; i++) {
        const struct bm_dataset *dataset = bm_datasets[i];
        const struct bm_supply *supply = bm_supply_of(session, dataset->name);
        char path[4200], warning[600];
        if (supply == NULL)
            continue;
        if (dataset->generated)
            fprintf(file, "  data      %s, generated\n", dataset->name);
        else
            fprintf(file, "  data      %s in %s, whole\n", dataset->name,
                    bm_path_text(session->sweep.launch.data_dir, path, sizeof path));
        if (bm_supply_warning(supply, dataset, warning, sizeof warning)[0] != '\0')
            print_warning(file, warning);
    }
}

static void print(FILE *file, const struct bm_session *session, const struct bm_results *results)
{
    const struct bm_points *points = &session->points;
    char path[4200], text[BM_SUMMARY_SIZE], warning[BM_HISTORY_SIZE];
    double cost = 0, largest = 0;
    for (size_t i = 0; i < session->n_todo; i++) {
        double one = points->points[session->todo[i]].cost;
        cost += one;
        largest = largest < one ? one : largest;
    }
    fprintf(file, "%s\n", bm_summary_start(session, text));
    fprintf(file, "  results   %s\n", bm_path_text(session->sweep.results, path, sizeof path));
    fprintf(file, "  cost      %.3g GFLOP to do, the largest run %.3g\n", cost / 1e9,
            largest / 1e9);
    print_memory(file, bm_memory_most(session));
    print_data(file, session);
    print_disk(file, session);
    print_jobs(file, session);
    if (session->n_todo > 0)
        print_time(file, session, results);
    if (session->n_todo > 0 &&
        bm_prepare_build_warning(results, warning, sizeof warning)[0] != '\0')
        print_warning(file, warning);
    print_warnings(file, session);
    if (session->request->reprobe)
        bm_reprobe_refusals(points, results, print_warning, file);
    if (bm_history_warning(points, results, warning, sizeof warning)[0] != '\0')
        print_warning(file, warning);
    if (bm_history_anew(results, points, session->todo, session->n_todo, warning,
                        sizeof warning)[0] != '\0')
        print_warning(file, warning);
    print_rows(file, session, results);
    if (!bm_session_is_partial(session))
        bm_strangers_print(points, results, session->request->all ? SIZE_MAX : MOST_ROWS, file);
}

int bm_session_plan(const struct bm_request *request, FILE *out, struct bm_err *err)
{
    struct bm_session session;
    struct bm_results results = {0};
    if (bm_session_init(&session, request, 1, err) != 0)
        return -1;
    int status = bm_store_peek(session.sweep.results, bm_say_sentence, &results, err);
    if (status == 0) {
        bm_session_select(&session, &results);
        status = bm_supply_check(&session, &results, err);
        print(out, &session, &results);
    }
    bm_results_fini(&results);
    bm_session_fini(&session);
    return status;
}
