/* bm-sweep: which part does what the options ask for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../run/cka.h"
#include "../run/describe.h"
#include "../run/environment.h"
#include "../run/hello.h"
#include "../run/launcher.h"
#include "../run/master.h"
#include "../run/post.h"
#include "../run/say.h"
#include "../run/session.h"
#include "../run/signals.h"
#include "../run/trainer.h"
#include "../run/trainer_main.h"
#include "../run/wire.h"
#include "../run/worker.h"
#include "bm/isa.h"
#include "bm/machine.h"
#include "bm/provenance.h"
#include "bm/shown.h"
#include "bm/start.h"
#include "options.h"

/* What needs no other rank and therefore no MPI. */
static enum bm_exit run_alone(const struct bm_options *options, struct bm_err *err)
{
    if (options->action != BM_ACTION_RUN) {
        bm_signals_end_at_once();
        bm_show_safely(false);
    }
    if (options->action != BM_ACTION_RUN && bm_launcher_rank() > 0)
        return BM_EXIT_DONE; /* once is enough */
    switch (options->action) {
    case BM_ACTION_RUN:
        return bm_session_run(&options->request, &bm_link_alone, err);
    case BM_ACTION_PLAN:
        bm_session_plan(&options->request, stdout, err);
        break;
    case BM_ACTION_CKA:
        bm_session_cka(&options->request, options->compared, stdout, err);
        break;
    case BM_ACTION_DESCRIBE:
        bm_describe(stdout);
        break;
    case BM_ACTION_HELP:
        bm_options_help(stdout);
        break;
    case BM_ACTION_VERSION:
        printf("bm-sweep %s (%s)\n", bm_version(), bm_revision());
        break;
    }
    if (err->code == BM_EXIT_DONE && fflush(stdout) != 0)
        bm_fail_errno(err, "standard output");
    return err->code;
}

/* All ranks; only rank 0 returns an exit code other than 0. */
static enum bm_exit run_with_mpi(const struct bm_options *options, int argc, char **argv,
                                 struct bm_err *err)
{
    bm_wire_init();
    bm_signals_init(err); /* again, after MPI's own handlers */
    struct bm_post post;
    const struct bm_link wire = bm_wire_link(), link = bm_post_init(&post, &wire);
    enum bm_exit code = BM_EXIT_DONE;
    if (link.rank > 0) {
        *err = (struct bm_err){0}; /* rank 0 has the same, or says that it has not */
        bm_hello_send(&link, argc, argv);
        bm_worker_run(&link);
    } else {
        bm_hello_gather(&link, argc, argv, err);
        bm_launcher_check(link.ranks, link.library, err);
        if (options->request.jobs > 0)
            bm_fail(err, BM_EXIT_USAGE, "-j is for runs without mpirun: each rank has one trainer");
        struct bm_request one = options->request;
        one.jobs = 1;
        code = err->code != BM_EXIT_DONE ? err->code : bm_session_run(&one, &link, err);
        bm_master_release(&link);
    }
    bm_post_fini(&post);
    bm_wire_fini((int)code);
    return code;
}

/* $BM_ISA takes another instruction set than the best, to compare machines bit for bit. */
static int choose_kernels(struct bm_err *err)
{
    const char *isa = getenv("BM_ISA");
    return isa == NULL || isa[0] == '\0' ? 0 : bm_kernels_choose(isa, err);
}

/* Where memory is short, threads of OpenBLAS's pool look for it for ever, and exit() waits for
 * them. The sanitizers report there. */
static int leave(enum bm_exit code)
{
    fflush(NULL);
#ifdef __SANITIZE_ADDRESS__
    return (int)code;
#else
    _exit((int)code);
#endif
}

/* Libraries are set up for a tenth of a second before main, and a signal would end the program
 * without a word. Sections of this name run first. */
__attribute__((section(".preinit_array"), used)) static void (*const hold)(void) = bm_signals_hold;

int main(int argc, char **argv)
{
    bm_start();
    bm_mask_restore();
    struct bm_err err = {0}, launcher_err = {0};
    const size_t length = strlen(BM_TRAINER_OPTION);
    bool is_trainer = argc == 2 && strncmp(argv[1], BM_TRAINER_OPTION, length) == 0;
    if (choose_kernels(&err) != 0 || (!is_trainer && bm_environment_check(&err) != 0)) {
        bm_say("%s", err.text);
        return (int)err.code;
    }
    if (is_trainer)
        return bm_trainer_main(argv[1] + length);

    struct bm_options options = {0};
    if (bm_signals_init(&err) != 0) {
        bm_say("%s", err.text);
        return (int)err.code;
    }
    bool with_mpi = false;
    enum bm_exit code = BM_EXIT_USAGE;
    bool parsed = bm_options_parse(argc, argv, &options, &err) == 0;
    bool alone = parsed && (options.action != BM_ACTION_RUN || options.request.only != NULL);
    if (!alone && bm_launcher_find(&with_mpi, &launcher_err) != 0)
        err = launcher_err;
    else if (with_mpi)
        code = run_with_mpi(&options, argc, argv, &err);
    else if (parsed)
        code = run_alone(&options, &err);
    bool speaks = options.request.only != NULL || bm_launcher_rank() == 0; /* once is enough */
    if (err.code != BM_EXIT_DONE && speaks)
        bm_say("%s", err.text);
    return leave(code);
}
