#include "environment.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bm/nn.h"

extern char **environ;

/* ---- of a trainer ---- */

static bool begins_with(const char *variable, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (strncmp(variable, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

static bool is_passed_on(const char *variable)
{
    static const char *const dropped[] = {
        /* A trainer is no rank: an MPI library in it must not take itself for one. */
        "OMPI_", "PMIX_", "PMI_", "PMI2_", "ORTE_", "PRTE_", "SLURM_PMI", "SLURM_MPI", "HYDRA_",
        "HYDI_", "MPI_LOCAL", "MPIR_", "MPIEXEC_", "I_MPI_",
        /* How many threads there are, and where. */
        "OMP_", "GOMP_", "KMP_", "MKL_", "GOTO_", "BLIS_",
        "OPENBLAS_NUM_THREADS=", "OPENBLAS_DEFAULT_NUM_THREADS=", "OPENBLAS_MAIN_FREE=", NULL};
    static const char *const kept[] = {"OMP_WAIT_POLICY=", "GOMP_SPINCOUNT=", NULL};
    return !begins_with(variable, dropped) || begins_with(variable, kept);
}

int bm_environment_init(struct bm_environment *environment, int64_t threads)
{
    size_t n = 0, kept = 0, added = 0;
    while (environ[n] != NULL)
        n++;
    const size_t most = sizeof environment->added / sizeof *environment->added;
    environment->variables = malloc((n + most + 1) * sizeof(char *));
    if (environment->variables == NULL)
        return errno;
    for (size_t i = 0; i < n; i++)
        if (is_passed_on(environ[i]))
            environment->variables[kept++] = environ[i];
#define ADD(...) snprintf(environment->added[added++], sizeof environment->added[0], __VA_ARGS__)
    ADD("OMP_NUM_THREADS=%lld", (long long)threads);
    /* OpenBLAS is called by OpenMP's threads (nn/gemm.c): a pool of its own would take their cores.
     * It sizes that when it is loaded. */
    ADD("OPENBLAS_NUM_THREADS=1");
    /* Where there are more threads than cores, those that wait by spinning hold up the others. */
    if (getenv("OMP_WAIT_POLICY") == NULL)
        ADD("OMP_WAIT_POLICY=passive");
#undef ADD
    assert(added <= most);
    for (size_t i = 0; i < added; i++)
        environment->variables[kept++] = environment->added[i];
    environment->variables[kept] = NULL;
    return 0;
}

void bm_environment_fini(struct bm_environment *environment)
{
    free(environment->variables);
    environment->variables = NULL;
}

/* ---- what has no effect ---- */

enum wish { MORE_THREADS, FEWER_THREADS, IF_TRUE, UNLESS_FALSE };

static bool is_ignored(enum wish wish, const char *value, int64_t threads)
{
    if (wish == IF_TRUE)
        return strcasecmp(value, "true") == 0;
    if (wish == UNLESS_FALSE)
        return strcasecmp(value, "false") != 0;
    char *end;
    long long count = strtoll(value, &end, 10);
    return end != value && (wish == MORE_THREADS ? count > threads : count < threads);
}

char *bm_environment_ignored(int64_t threads, char *text, size_t size)
{
    static const struct {
        const char *variable;
        enum wish wish;
    } rows[] = {
        {"OMP_NUM_THREADS", MORE_THREADS},  {"OPENBLAS_NUM_THREADS", MORE_THREADS},
        {"GOTO_NUM_THREADS", MORE_THREADS}, {"MKL_NUM_THREADS", MORE_THREADS},
        {"BLIS_NUM_THREADS", MORE_THREADS}, {"OMP_THREAD_LIMIT", FEWER_THREADS},
        {"OMP_DYNAMIC", IF_TRUE},           {"OMP_PROC_BIND", UNLESS_FALSE},
        {"OMP_PLACES", UNLESS_FALSE},       {"GOMP_CPU_AFFINITY", UNLESS_FALSE},
        {"KMP_AFFINITY", UNLESS_FALSE},     {"KMP_HW_SUBSET", UNLESS_FALSE},
    };
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows && used < size; i++) {
        const char *value = getenv(rows[i].variable);
        if (value != NULL && value[0] != '\0' && is_ignored(rows[i].wish, value, threads))
            used += (size_t)snprintf(text + used, size - used, "%s%s=%.40s", used > 0 ? ", " : "",
                                     rows[i].variable, value);
    }
    return text;
}

/* ---- what would crash ---- */

/* In a child, which may crash. */
static void multiply_and_exit(void)
{
    enum { SIDE = 32 };
    static bm_real a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE];
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    for (int transpose = 0; transpose < 4; transpose++)
        bm_gemm(transpose & 1, transpose & 2, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c, SIDE);
    _exit(0);
}

int bm_environment_check(struct bm_err *err)
{
    const char *forced = getenv("OPENBLAS_CORETYPE");
    if (forced == NULL)
        return 0;
    pid_t child = fork();
    if (child == 0)
        multiply_and_exit();
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0 ? 0
                       : bm_fail(err, BM_EXIT_USAGE,
                                 "OPENBLAS_CORETYPE=%s: this CPU cannot run OpenBLAS's kernel %s; "
                                 "unset the variable",
                                 forced, bm_blas_kernel());
}
