#include "advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "bm/machine.h"
#include "bm/nn.h"
#include "environment.h"
#include "launcher.h"

static int64_t threads_of(const struct bm_advice_facts *facts)
{
    return facts->threads > 0 ? facts->threads : facts->cores;
}

static enum bm_vectors vectors_of_cpu(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return BM_VECTORS_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return BM_VECTORS_AVX2;
#endif
    return BM_VECTORS_OLD;
}

/* Ranks have masks of their own, out of what their launcher may use. */
static int cores_of_host(bool launched)
{
    int cores = bm_cores_of_mask(launched ? bm_launcher_pid() : 0);
    return cores > 0 ? cores : bm_cores_online();
}

void bm_advice_probe(struct bm_advice_facts *facts)
{
    static struct bm_limit limit;
    static char ignored[200];
    const char *forced = getenv("OPENBLAS_CORETYPE");
    facts->vectors = vectors_of_cpu();
    facts->kernel = bm_blas_kernel();
    facts->forced_kernel = forced != NULL && forced[0] != '\0' ? forced : NULL;
    facts->cores = bm_cores();
    facts->shared_cores = cores_of_host(facts->launched);
    bm_limit_cores("", &limit);
    if (limit.amount < facts->shared_cores) {
        facts->shared_cores = limit.amount > 1 ? (int)limit.amount : 1;
        facts->bound = limit.by;
    }
    facts->ignored = bm_environment_ignored(threads_of(facts), ignored, sizeof ignored);
}

/* ---- one kind of surprise each: true when there is a sentence ---- */

static bool is_one_of(const char *kernel, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcasecmp(kernel, *names) == 0)
            return true;
    return false;
}

static enum bm_vectors vectors_of_kernel(const char *kernel)
{
    static const char *const avx512[] = {"SkylakeX", "Cooperlake", "SapphireRapids", NULL},
                             *const avx2[] = {"Haswell", "Zen", "Excavator", NULL};
    return is_one_of(kernel, avx512) ? BM_VECTORS_AVX512
           : is_one_of(kernel, avx2) ? BM_VECTORS_AVX2
                                     : BM_VECTORS_OLD;
}

/* A cluster's or shell's OPENBLAS_CORETYPE can halve the speed, and nothing else would tell. */
static bool on_kernel(const struct bm_advice_facts *facts, char *sentence)
{
    static const struct {
        const char *name, *kernel;
    } best[] = {[BM_VECTORS_OLD] = {"", ""},
                [BM_VECTORS_AVX2] = {"AVX2", "Haswell"},
                [BM_VECTORS_AVX512] = {"AVX-512", "SkylakeX"}};
    const char *has = best[facts->vectors].name, *better = best[facts->vectors].kernel;
    const char *forced = facts->forced_kernel;
    if (vectors_of_kernel(facts->kernel) < facts->vectors) {
        if (forced != NULL)
            snprintf(sentence, BM_ADVICE_SIZE,
                     "OPENBLAS_CORETYPE=%s is set, though this CPU has %s: expect half the speed "
                     "or less; unset it",
                     forced, has);
        else
            snprintf(sentence, BM_ADVICE_SIZE,
                     "OpenBLAS chose its kernel %s, though this CPU has %s: expect half the speed "
                     "or less; set OPENBLAS_CORETYPE=%s",
                     facts->kernel, has, better);
        return true;
    }
    if (forced == NULL || strcasecmp(forced, facts->kernel) == 0)
        return false;
    snprintf(sentence, BM_ADVICE_SIZE,
             "OPENBLAS_CORETYPE=%s is set, but OpenBLAS chose its kernel %s", forced,
             facts->kernel);
    return true;
}

static bool on_crowding(const struct bm_advice_facts *facts, char *sentence)
{
    int64_t threads = threads_of(facts), room = facts->shared_cores / threads;
    if ((int64_t)facts->trainers * threads <= facts->shared_cores)
        return false;
    bool one = facts->trainers == 1;
    int length = snprintf(
        sentence, BM_ADVICE_SIZE, "%zu trainer%s with %lld thread%s%s %s %d core%s%s%s%s; ",
        facts->trainers, one ? "" : "s", (long long)threads, threads == 1 ? "" : "s",
        one ? "" : " each", one ? "slows itself down on" : "slow each other down on",
        facts->shared_cores, facts->shared_cores == 1 ? "" : "s", facts->bound ? " (" : "",
        facts->bound ? facts->bound : "", facts->bound ? ")" : "");
    char *rest = sentence + length;
    size_t size = BM_ADVICE_SIZE - (size_t)length;
    int share = facts->shared_cores / (int)facts->trainers;
    if (facts->launched && facts->threads == 0 && share > 0) /* bound to the same cores */
        snprintf(rest, size, "use mpirun --map-by slot:PE=%d", share);
    else if (room == 0)
        snprintf(rest, size, "use --set threads=%d", facts->shared_cores);
    else
        snprintf(rest, size, "use %s %lld%s", facts->launched ? "mpirun -n" : "-j", (long long)room,
                 facts->launched ? " a host" : "");
    return true;
}

static bool on_binding(const struct bm_advice_facts *facts, char *sentence)
{
    int64_t threads = threads_of(facts);
    if (!facts->launched || threads <= facts->cores || facts->cores >= facts->shared_cores)
        return false;
    snprintf(sentence, BM_ADVICE_SIZE,
             "a trainer's %lld threads are bound to %d of %d cores; use mpirun --bind-to none",
             (long long)threads, facts->cores, facts->shared_cores);
    return true;
}

static bool on_variables(const struct bm_advice_facts *facts, char *sentence)
{
    if (facts->ignored == NULL || facts->ignored[0] == '\0')
        return false;
    snprintf(sentence, BM_ADVICE_SIZE,
             "%s: no effect on trainers; threads: says how many threads each has, and they may use "
             "any core that bm-sweep was started on",
             facts->ignored);
    return true;
}

size_t bm_advise(const struct bm_advice_facts *facts,
                 char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE])
{
    static bool (*const kinds[BM_MOST_ADVICE])(const struct bm_advice_facts *, char *) = {
        on_kernel, on_crowding, on_binding, on_variables};
    size_t n = 0;
    for (size_t i = 0; i < BM_MOST_ADVICE; i++)
        n += kinds[i](facts, sentences[n]);
    return n;
}

void bm_advise_all(int64_t threads, size_t trainers,
                   void (*tell)(void *context, const char *sentence), void *context)
{
    struct bm_advice_facts facts = {.threads = threads, .trainers = trainers};
    char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE];
    bm_launcher_find(&facts.launched, NULL);
    bm_advice_probe(&facts);
    size_t n = bm_advise(&facts, sentences);
    for (size_t i = 0; i < n; i++)
        tell(context, sentences[i]);
}
