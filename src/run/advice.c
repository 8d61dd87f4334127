#include "advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "bm/nn.h"
#include "trainer.h"

void bm_advice_probe(struct bm_advice_facts *facts)
{
    const char *forced = getenv("OPENBLAS_CORETYPE");
#ifdef __x86_64__
    facts->has_avx512 = __builtin_cpu_supports("avx512f");
#endif
    facts->kernel = bm_blas_kernel();
    facts->forced_kernel = forced != NULL && forced[0] != '\0' ? forced : NULL;
    facts->host_cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    facts->cores = bm_cores();
}

/* ---- one kind of slowness each: true when there is a sentence ---- */

static bool uses_avx512(const char *kernel)
{
    static const char *const wide[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strcasecmp(kernel, wide[i]) == 0)
            return true;
    return false;
}

/* A cluster's or shell's OPENBLAS_CORETYPE can halve the speed, and nothing else would tell. */
static bool on_kernel(const struct bm_advice_facts *facts, char *sentence)
{
    if (!facts->has_avx512 || uses_avx512(facts->kernel))
        return false;
    if (facts->forced_kernel != NULL)
        snprintf(sentence, BM_ADVICE_SIZE,
                 "OPENBLAS_CORETYPE=%s is set, though this CPU has AVX-512: expect half the speed; "
                 "unset it",
                 facts->forced_kernel);
    else
        snprintf(sentence, BM_ADVICE_SIZE,
                 "OpenBLAS chose its kernel %s, though this CPU has AVX-512: expect half the "
                 "speed; set OPENBLAS_CORETYPE=SkylakeX",
                 facts->kernel);
    return true;
}

static int64_t threads_of(const struct bm_advice_facts *facts)
{
    return facts->threads > 0 ? facts->threads : facts->cores;
}

static bool on_crowding(const struct bm_advice_facts *facts, char *sentence)
{
    int64_t threads = threads_of(facts), room = facts->host_cores / threads;
    if ((int64_t)facts->trainers * threads <= facts->host_cores)
        return false;
    bool one = facts->trainers == 1;
    int length =
        snprintf(sentence, BM_ADVICE_SIZE, "%zu trainer%s with %lld thread%s%s %s %d core%s; ",
                 facts->trainers, one ? "" : "s", (long long)threads, threads == 1 ? "" : "s",
                 one ? "" : " each", one ? "slows itself down on" : "slow each other down on",
                 facts->host_cores, facts->host_cores == 1 ? "" : "s");
    char *rest = sentence + length;
    size_t size = BM_ADVICE_SIZE - (size_t)length;
    if (room == 0)
        snprintf(rest, size, "use --set threads=%d", facts->host_cores);
    else
        snprintf(rest, size, "use %s %lld%s", facts->launched ? "mpirun -n" : "-j", (long long)room,
                 facts->launched ? " a host" : "");
    return true;
}

static bool on_binding(const struct bm_advice_facts *facts, char *sentence)
{
    int64_t threads = threads_of(facts);
    if (threads <= facts->cores || facts->cores >= facts->host_cores)
        return false;
    snprintf(sentence, BM_ADVICE_SIZE,
             "a trainer's %lld threads are bound to %d of %d cores; use %s", (long long)threads,
             facts->cores, facts->host_cores,
             facts->launched ? "mpirun --bind-to none" : "--set threads=auto");
    return true;
}

size_t bm_advise(const struct bm_advice_facts *facts,
                 char sentences[BM_MOST_ADVICE][BM_ADVICE_SIZE])
{
    size_t n = 0;
    n += on_kernel(facts, sentences[n]);
    n += on_crowding(facts, sentences[n]);
    n += on_binding(facts, sentences[n]);
    return n;
}
