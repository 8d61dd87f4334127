/* bm-sweep: which part does what the options ask for. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../run/describe.h"
#include "../run/launcher.h"
#include "../run/master.h"
#include "../run/memory.h"
#include "../run/plan.h"
#include "../run/prepare.h"
#include "../run/signals.h"
#include "../run/trainer.h"
#include "../run/trainer_main.h"
#include "../run/wire.h"
#include "../run/worker.h"
#include "bm/isa.h"
#include "bm/provenance.h"
#include "options.h"

/* ---- what to run ---- */

/* A sweep with its points, and those of them that are to run. */
struct work {
    struct bm_sweep sweep;
    struct bm_points points;
    size_t *todo, n_todo;
    size_t only;     /* the one that was asked for, or ALL_POINTS */
    size_t trainers; /* of this process */
};
#define ALL_POINTS ((size_t)-1)

static int work_init(struct work *work, const struct bm_options *options, int ranks,
                     struct bm_err *err)
{
    *work = (struct work){.only = ALL_POINTS, .trainers = 1};
    if (bm_sweep_read(options->file, options->sets, options->n_sets, &work->sweep, err) != 0)
        return -1;
    struct bm_launch *launch = &work->sweep.launch;
    bm_launch_resolve(launch);
    if (ranks == 1) {
        int64_t cores = bm_cores();
        if (options->jobs > 0)
            work->trainers = options->jobs;
        else if (launch->threads > 0 && launch->threads < cores)
            work->trainers = (size_t)(cores / launch->threads);
        if (launch->threads == 0) /* auto: they share the cores */
            launch->threads = cores > (int64_t)work->trainers ? cores / (int64_t)work->trainers : 1;
    }
    if (bm_points_init(&work->points, &work->sweep, err) == 0)
        return 0;
    bm_sweep_fini(&work->sweep);
    return -1;
}

static void work_fini(struct work *work)
{
    free(work->todo);
    bm_points_fini(&work->points);
    bm_sweep_fini(&work->sweep);
}

/* Chooses what is to run, from what is stored. */
static int work_select(struct work *work, const struct bm_options *options,
                       const struct bm_results *results, struct bm_err *err)
{
    struct bm_points *points = &work->points;
    bm_points_match(points, results);
    if (options->only != NULL && bm_points_find(points, options->only, &work->only, err) != 0)
        return -1;
    work->todo = calloc(points->n + 1, sizeof *work->todo);
    if (work->todo == NULL)
        abort();
    for (size_t i = 0; i < points->n; i++) {
        bool wanted = work->only == ALL_POINTS || work->only == i;
        enum bm_point_state state = points->points[i].state;
        if (wanted && (state == BM_POINT_TODO || (state == BM_POINT_FAILED && options->retry)))
            work->todo[work->n_todo++] = i;
    }
    for (size_t i = 0; i < work->n_todo; i++)
        bm_points_set_state(points, work->todo[i], BM_POINT_TODO);
    return 0;
}

static int plan(const struct bm_options *options, struct bm_err *err)
{
    struct work work;
    struct bm_results results = {0};
    if (work_init(&work, options, 1, err) != 0)
        return -1;
    int status = bm_store_peek(work.sweep.results, &results, err);
    if (status == 0)
        status = work_select(&work, options, &results, err);
    if (status == 0)
        bm_plan_print(stdout, &work.sweep, &work.points, &results, work.todo, work.n_todo,
                      work.trainers);
    bm_results_fini(&results);
    work_fini(&work);
    return status;
}

/* ---- running it ---- */

static void say_waiting(const char *sentence)
{
    bm_report_say("%s", sentence);
}

static int prepare(struct work *work, const struct bm_options *options, struct bm_store *store,
                   int ranks, struct bm_err *err)
{
    if (work_select(work, options, bm_store_results(store), err) != 0)
        return -1;
    if (work->n_todo == 0)
        return 0;
    if (bm_memory_check(&work->sweep, &work->points, work->todo, work->n_todo, err) != 0)
        return -1;
    if (bm_prepare_provenance(store, &work->sweep, ranks > 1 ? bm_wire_library() : NULL, err) != 0)
        return -1;
    return bm_prepare_data(store, &work->sweep, &work->points, work->todo, work->n_todo, err);
}

static enum bm_exit outcome(const struct work *work)
{
    const struct bm_points *points = &work->points;
    bool failed = work->only == ALL_POINTS ? points->count[BM_POINT_FAILED] > 0
                                           : points->points[work->only].state == BM_POINT_FAILED;
    return failed ? BM_EXIT_FAILED : BM_EXIT_DONE;
}

static void warn_of_memory(const struct work *work, int ranks)
{
    char text[300];
    size_t trainers = ranks > 1 ? (size_t)bm_launcher_local_ranks() : work->trainers;
    bm_memory_warning(&work->points, work->todo, work->n_todo, trainers, text, sizeof text);
    if (text[0] != '\0')
        bm_report_say("warning: %s", text);
}

static enum bm_exit run_prepared(struct work *work, const struct bm_options *options,
                                 struct bm_store *store, int ranks, struct bm_err *err)
{
    struct bm_report report = {.sweep = &work->sweep,
                               .points = &work->points,
                               .ranks = ranks,
                               .trainers = work->trainers + (size_t)ranks - 1,
                               .display = options->display};
    struct bm_master_job job = {.sweep = &work->sweep,
                                .points = &work->points,
                                .todo = work->todo,
                                .n_todo = work->n_todo,
                                .store = store,
                                .ranks = ranks,
                                .trainers = work->trainers,
                                .report = &report};
    bm_report_start(&report, work->n_todo);
    warn_of_memory(work, ranks);
    int signal = bm_master_run(&job, err);
    bm_report_stop(&report);
    if (signal < 0)
        return err->code;
    enum bm_exit code = signal > 0 ? bm_signals_exit(signal) : outcome(work);
    bm_report_end(&report, code);
    return code;
}

static enum bm_exit run(const struct bm_options *options, int ranks, struct bm_err *err)
{
    const double lock_wait_s = 15; /* ranks outlive a killed mpirun by seconds */
    struct work work;
    struct bm_store *store;
    if (work_init(&work, options, ranks, err) != 0)
        return err->code;
    enum bm_exit code;
    if (bm_store_open(work.sweep.results, lock_wait_s, say_waiting, &store, err) != 0) {
        code = err->code;
    } else {
        code = prepare(&work, options, store, ranks, err) == 0
                   ? run_prepared(&work, options, store, ranks, err)
                   : err->code;
        bm_store_close(store);
    }
    work_fini(&work);
    return code;
}

/* ---- main ---- */

/* What needs no other rank and therefore no MPI. */
static enum bm_exit run_alone(const struct bm_options *options, struct bm_err *err)
{
    if (bm_launcher_rank() > 0)
        return BM_EXIT_DONE; /* once is enough */
    switch (options->mode) {
    case BM_MODE_RUN:
        return bm_signals_init(err) == 0 ? run(options, 1, err) : err->code;
    case BM_MODE_PLAN:
        plan(options, err);
        break;
    case BM_MODE_DESCRIBE:
        bm_describe(stdout);
        break;
    case BM_MODE_HELP:
        bm_options_help(stdout);
        break;
    case BM_MODE_VERSION:
        printf("bm-sweep %s (%s)\n", bm_version(), bm_revision());
        break;
    }
    if (err->code == BM_EXIT_DONE && fflush(stdout) != 0)
        bm_fail_errno(err, "standard output");
    return err->code;
}

/* All ranks; only rank 0 returns an exit code other than 0. */
static enum bm_exit run_with_mpi(const struct bm_options *options, struct bm_err *err)
{
    bm_wire_init();
    bm_signals_init(err); /* after MPI's own handlers */
    int ranks = bm_wire_size();
    enum bm_exit code = BM_EXIT_DONE;
    if (bm_wire_rank() > 0) {
        *err = (struct bm_err){0}; /* rank 0 has the same */
        bm_worker_run();
    } else {
        bm_launcher_check(ranks, err);
        if (options->jobs > 0)
            bm_fail(err, BM_EXIT_USAGE, "-j is for runs without mpirun: each rank has one trainer");
        struct bm_options one = *options;
        one.jobs = 1;
        code = err->code != BM_EXIT_DONE ? err->code : run(&one, ranks, err);
        bm_master_release(ranks);
    }
    bm_wire_fini();
    return code;
}

/* What a daemon closed would become a pipe or the journal, and get what is said on stderr. */
static void open_standard_files(void)
{
    int file;
    do
        file = open("/dev/null", O_RDWR);
    while (file >= 0 && file <= STDERR_FILENO);
    close(file);
}

/* $BM_ISA takes another instruction set than the best, to compare machines bit for bit. */
static int choose_kernels(struct bm_err *err)
{
    const char *isa = getenv("BM_ISA");
    return isa == NULL || isa[0] == '\0' ? 0 : bm_kernels_choose(isa, err);
}

int main(int argc, char **argv)
{
    open_standard_files();
    struct bm_err err = {0}, launcher_err = {0};
    if (choose_kernels(&err) != 0) {
        bm_report_say("%s", err.text);
        return (int)err.code;
    }
    const size_t length = strlen(BM_TRAINER_OPTION);
    if (argc == 2 && strncmp(argv[1], BM_TRAINER_OPTION, length) == 0)
        return bm_trainer_main(argv[1] + length);

    struct bm_options options = {0};
    bool with_mpi = false;
    enum bm_exit code = BM_EXIT_USAGE;
    bool parsed = bm_options_parse(argc, argv, &options, &err) == 0;
    bool alone = parsed && (options.mode != BM_MODE_RUN || options.only != NULL);
    if (!alone && bm_launcher_find(&with_mpi, &launcher_err) != 0)
        err = launcher_err;
    else if (with_mpi)
        code = run_with_mpi(&options, &err);
    else if (parsed)
        code = run_alone(&options, &err);
    if (err.code != BM_EXIT_DONE && bm_launcher_rank() == 0)
        bm_report_say("%s", err.text);
    return (int)code;
}
