/* The environment's say in threads and cores: what trainers get of it, and what is said about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/environment.h"
#include "set_only.h"

static void a_trainer_has_its_own_threads(void **state)
{
    (void)state;
    static const struct {
        const char *set, *passed;
    } cases[] = {
        {"", "OMP_NUM_THREADS=3 OPENBLAS_NUM_THREADS=1 OMP_WAIT_POLICY=passive "},
        {"HOME=/h OMPI_X=1 PMIX_RANK=2 PMI_RANK=2 PMI_FD=6 HYDI_CONTROL_FD=7 MPI_LOCALNRANKS=2 "
         "OMP_NUM_THREADS=9 OPENBLAS_NUM_THREADS=9 OMP_DYNAMIC=true "
         "OMP_PROC_BIND=true OMP_PLACES=cores GOMP_CPU_AFFINITY=0 OMP_THREAD_LIMIT=1 "
         "OMP_MAX_ACTIVE_LEVELS=0 OMP_STACKSIZE=9T KMP_AFFINITY=compact MKL_NUM_THREADS=2 "
         "GOTO_NUM_THREADS=2 BLIS_NUM_THREADS=2 OPENBLAS_DEFAULT_NUM_THREADS=2",
         "HOME=/h OMP_NUM_THREADS=3 OPENBLAS_NUM_THREADS=1 OMP_WAIT_POLICY=passive "},
        {"OPENBLAS_CORETYPE=Zen BM_ISA=avx2 SLURM_JOB_ID=1",
         "OPENBLAS_CORETYPE=Zen BM_ISA=avx2 SLURM_JOB_ID=1 OMP_NUM_THREADS=3 "
         "OPENBLAS_NUM_THREADS=1 OMP_WAIT_POLICY=passive "},
        {"OMP_WAIT_POLICY=active GOMP_SPINCOUNT=5",
         "OMP_WAIT_POLICY=active GOMP_SPINCOUNT=5 OMP_NUM_THREADS=3 OPENBLAS_NUM_THREADS=1 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_environment environment;
        char passed[500] = "";
        set_only(cases[i].set);
        assert_int_equal(bm_environment_init(&environment, 3), 0);
        for (char **variable = environment.variables; *variable != NULL; variable++)
            strcat(strcat(passed, *variable), " ");
        assert_string_equal(passed, cases[i].passed);
        bm_environment_fini(&environment);
    }
}

static void what_asks_for_something_else_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *set, *named;
    } cases[] = {
        {"", ""},
        {"OMP_NUM_THREADS=4", ""},
        {"OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1", ""},
        {"OMP_NUM_THREADS=5", "OMP_NUM_THREADS=5"},
        {"OMP_NUM_THREADS=8,2", "OMP_NUM_THREADS=8,2"},
        {"OMP_NUM_THREADS=many", ""},
        {"OPENBLAS_NUM_THREADS=8 MKL_NUM_THREADS=8", "OPENBLAS_NUM_THREADS=8, MKL_NUM_THREADS=8"},
        {"OMP_THREAD_LIMIT=3", "OMP_THREAD_LIMIT=3"},
        {"OMP_THREAD_LIMIT=4", ""},
        {"OMP_DYNAMIC=TRUE", "OMP_DYNAMIC=TRUE"},
        {"OMP_DYNAMIC=false", ""},
        {"OMP_PROC_BIND=false OMP_PLACES=", ""},
        {"OMP_PROC_BIND=close OMP_PLACES=cores", "OMP_PROC_BIND=close, OMP_PLACES=cores"},
        {"GOMP_CPU_AFFINITY=0-3 KMP_AFFINITY=compact",
         "GOMP_CPU_AFFINITY=0-3, KMP_AFFINITY=compact"},
        {"KMP_HW_SUBSET=2c", "KMP_HW_SUBSET=2c"},
    };
    char text[200];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_only(cases[i].set);
        assert_string_equal(bm_environment_ignored(4, text, sizeof text), cases[i].named);
    }
    char small[20];
    set_only("OMP_NUM_THREADS=99 OMP_PLACES=cores OMP_DYNAMIC=true");
    assert_string_equal(bm_environment_ignored(4, small, sizeof small), "OMP_NUM_THREADS=99,");
}

/* What it does with kernels that crash depends on the CPU: tests/cli/environment.t. */
static void a_blas_that_works_is_accepted(void **state)
{
    (void)state;
    struct bm_err err = {0};
    set_only("");
    assert_int_equal(bm_environment_check(&err), 0);
    set_only("OPENBLAS_CORETYPE=any"); /* too late for the library, which is tried as it is */
    assert_int_equal(bm_environment_check(&err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_trainer_has_its_own_threads, set_back),
        cmocka_unit_test_teardown(what_asks_for_something_else_is_named, set_back),
        cmocka_unit_test_teardown(a_blas_that_works_is_accepted, set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
