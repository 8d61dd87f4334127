/* Who started this process, by its environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "run/launcher.h"
#include "set_only.h"

#define STEP    "SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=2 "
#define OPENMPI "OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2 "
#define HYDRA   "PMI_SIZE=6 PMI_RANK=5 MPI_LOCALNRANKS=3 "

static const struct {
    const char *set;
    bool launched, is_step; /* a step without a launcher is refused */
    int rank, local;
    const char *alone; /* why a communicator of one rank is refused; NULL: it is not */
} cases[] = {
    {"HOME=/h", false, false, 0, 1, NULL},
    {OPENMPI, true, false, 1, 2, "one of 4 processes that Open MPI's mpirun started"},
    {HYDRA, true, false, 5, 3, "one of 6 processes that the mpiexec of MPICH or Intel MPI"},
    {"PMI_SIZE=1 PMI_RANK=0", true, false, 0, 1, NULL},
    {STEP, false, true, 0, 1, "one of 3 tasks of a job step"},
    {STEP "PMIX_RANK=2", true, false, 2, 1, "one of 3 tasks of a job step"},
    {STEP OPENMPI, true, false, 1, 2, "one of 4 processes that Open MPI's"},
    {STEP HYDRA, true, false, 5, 3, "one of 6 processes that the mpiexec of"},
    {OPENMPI HYDRA, true, false, 1, 2, "one of 4 processes that Open MPI's"},
    /* Left over from another job: a rank without a size. */
    {"OMPI_COMM_WORLD_RANK=2 PMI_RANK=2", false, false, 0, 1, NULL},
};

static void the_environment_tells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool launched;
        set_only(cases[i].set);
        assert_int_equal(bm_launcher_find(&launched, NULL), cases[i].is_step ? -1 : 0);
        assert_int_equal(launched, cases[i].launched);
        assert_int_equal(bm_launcher_rank(), cases[i].rank);
        assert_int_equal(bm_launcher_local_ranks(), cases[i].local);
    }
}

static void company_that_mpi_does_not_see_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_err err = {0};
        set_only(cases[i].set);
        assert_int_equal(bm_launcher_check(2, "Some MPI", &err), 0);
        int status = bm_launcher_check(1, "Some MPI", &err);
        assert_int_equal(status, cases[i].alone != NULL ? -1 : 0);
        if (status == 0)
            continue;
        assert_int_equal(err.code, BM_EXIT_USAGE);
        assert_non_null(strstr(err.text, cases[i].alone));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_environment_tells, set_back),
        cmocka_unit_test_teardown(company_that_mpi_does_not_see_is_refused, set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
