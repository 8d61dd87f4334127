/* Warnings at the start of a sweep: each when it is due, with the flag that mends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "run/advice.h"

static const struct bm_advice_facts fine = {
    .vectors = BM_VECTORS_AVX512,
    .kernel = "SkylakeX",
    .shared_cores = 8,
    .cores = 8,
    .threads = 2,
    .trainers = 4,
};

/* `part`: what the only sentence has to contain; NULL: there is none. */
static void assert_advice(const struct bm_advice_facts *facts, const char *part)
{
    char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE];
    size_t n = bm_advise(facts, sentences);
    assert_int_equal(n, part != NULL ? 1 : 0);
    if (part != NULL && strstr(sentences[0], part) == NULL)
        assert_string_equal(sentences[0], part);
}

static void test_kernel(void **state)
{
    (void)state;
    struct bm_advice_facts facts = fine;
    assert_advice(&facts, NULL);
    facts.kernel = "Haswell";
    assert_advice(&facts, "set OPENBLAS_CORETYPE=SkylakeX");
    facts.forced_kernel = "Haswell";
    assert_advice(&facts, "OPENBLAS_CORETYPE=Haswell is set, though this CPU has AVX-512: expect "
                          "half the speed or less; unset it");
    facts.vectors = BM_VECTORS_AVX2;
    assert_advice(&facts, NULL);
    facts.kernel = facts.forced_kernel = "Nehalem";
    assert_advice(&facts, "OPENBLAS_CORETYPE=Nehalem is set, though this CPU has AVX2");
    facts.forced_kernel = NULL;
    assert_advice(&facts, "set OPENBLAS_CORETYPE=Haswell");
    facts.vectors = BM_VECTORS_AVX512;
    facts.kernel = "COOPERLAKE"; /* as it spells one that was forced */
    facts.forced_kernel = "Cooperlake";
    assert_advice(&facts, NULL);
    facts.forced_kernel = "Icelake";
    assert_advice(&facts,
                  "OPENBLAS_CORETYPE=Icelake is set, but OpenBLAS chose its kernel COOPERLAKE");
    facts.vectors = BM_VECTORS_OLD; /* another kind of CPU */
    facts.kernel = facts.forced_kernel = "NEOVERSEN1";
    assert_advice(&facts, NULL);
}

static void test_crowding(void **state)
{
    (void)state;
    struct bm_advice_facts facts = fine;
    facts.trainers = 5;
    assert_advice(&facts,
                  "5 trainers with 2 threads each slow each other down on 8 cores; use -j 4");
    facts.launched = true;
    assert_advice(&facts, "use mpirun -n 4 a host");
    facts.threads = 16;
    facts.trainers = 1;
    assert_advice(&facts, "1 trainer with 16 threads slows itself down on 8 cores; use --set "
                          "threads=8");
    facts.threads = 0; /* of the binding */
    facts.cores = 8;
    facts.trainers = 2;
    assert_advice(&facts, "2 trainers with 8 threads each slow each other down on 8 cores; use "
                          "mpirun --map-by slot:PE=4");
    facts.trainers = 9;
    assert_advice(&facts, "use mpirun -n 1 a host");
    facts.cores = 1;
    facts.trainers = 8;
    assert_advice(&facts, NULL);
    facts.threads = 1;
    facts.shared_cores = 1;
    facts.bound = "cpu.max of the control group /a";
    facts.launched = false;
    assert_advice(&facts, "8 trainers with 1 thread each slow each other down on 1 core (cpu.max "
                          "of the control group /a); use -j 1");
}

static void test_binding(void **state)
{
    (void)state;
    struct bm_advice_facts facts = fine;
    facts.launched = true;
    facts.cores = 1;
    assert_advice(&facts, "a trainer's 2 threads are bound to 1 of 8 cores; use mpirun --bind-to "
                          "none");
    facts.threads = 1;
    assert_advice(&facts, NULL);
}

static void test_variables(void **state)
{
    (void)state;
    struct bm_advice_facts facts = fine;
    facts.ignored = "";
    assert_advice(&facts, NULL);
    facts.ignored = "OMP_PLACES=cores, OMP_NUM_THREADS=8";
    assert_advice(&facts, "OMP_PLACES=cores, OMP_NUM_THREADS=8: no effect on trainers; threads: ");
}

static void test_all_at_once(void **state)
{
    (void)state;
    char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE];
    struct bm_advice_facts facts = fine;
    facts.kernel = "Zen";
    facts.cores = 1;
    facts.launched = true;
    facts.trainers = 64;
    facts.ignored = "OMP_DYNAMIC=true";
    assert_int_equal(bm_advise(&facts, sentences), BM_MOST_ADVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel),      cmocka_unit_test(test_crowding),
        cmocka_unit_test(test_binding),     cmocka_unit_test(test_variables),
        cmocka_unit_test(test_all_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
