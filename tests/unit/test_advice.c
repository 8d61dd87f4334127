/* Warnings at the start of a sweep: each when it is due, with the flag that mends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "run/advice.h"

static const struct bm_advice_facts fine = {
    .has_avx512 = true,
    .kernel = "SkylakeX",
    .host_cores = 8,
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
                          "half the speed; unset it");
    facts.has_avx512 = false;
    assert_advice(&facts, NULL);
    facts.has_avx512 = true;
    facts.kernel = "COOPERLAKE"; /* as it spells one that was forced */
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
    facts.cores = 1;
    facts.trainers = 8;
    assert_advice(&facts, NULL);
}

static void test_binding(void **state)
{
    (void)state;
    struct bm_advice_facts facts = fine;
    facts.launched = true;
    facts.cores = 1;
    assert_advice(&facts, "a trainer's 2 threads are bound to 1 of 8 cores; use mpirun --bind-to "
                          "none");
    facts.launched = false;
    assert_advice(&facts, "use --set threads=auto");
    facts.threads = 1;
    assert_advice(&facts, NULL);
}

static void test_all_at_once(void **state)
{
    (void)state;
    char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE];
    struct bm_advice_facts facts = fine;
    facts.kernel = "Zen";
    facts.cores = 1;
    facts.trainers = 64;
    assert_int_equal(bm_advise(&facts, sentences), BM_MOST_ADVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel),
        cmocka_unit_test(test_crowding),
        cmocka_unit_test(test_binding),
        cmocka_unit_test(test_all_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
