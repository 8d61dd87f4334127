/* The affinity mask, now and when the program was started. */
#include "bm/machine.h"

#include <errno.h>
#include <omp.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_CPUS = 1 << 14 }; /* numbers of CPUs that a mask has room for; Linux has up to 8192 */

static struct {
    cpu_set_t set[MOST_CPUS / CPU_SETSIZE];
} at_start;
static int at_start_cpus;

static int read_mask(int pid, cpu_set_t *set)
{
    const size_t size = sizeof at_start.set;
    return sched_getaffinity(pid, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
}

/* Runs before the constructors of all libraries, of which libgomp's narrows the mask. The
 * sanitizers are not set up yet. */
__attribute__((no_sanitize("address", "undefined"))) static void remember(void)
{
    at_start_cpus = read_mask(0, at_start.set);
}
__attribute__((section(".preinit_array"), used)) static void (*const at_load)(void) = remember;

void bm_mask_restore(void)
{
    omp_get_max_threads(); /* LLVM's library narrows it when it is first called */
    if (at_start_cpus > 0)
        sched_setaffinity(0, sizeof at_start.set, at_start.set);
}

int bm_cores_of_mask(int pid)
{
    cpu_set_t set[MOST_CPUS / CPU_SETSIZE];
    return read_mask(pid, set);
}

int bm_cores_online(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

int bm_cores(void)
{
    struct bm_limit limit;
    bm_limit_cores("", &limit);
    int cores = bm_cores_of_mask(0);
    if (cores == 0)
        cores = bm_cores_online();
    if (limit.amount < cores)
        cores = (int)limit.amount;
    return cores > 0 ? cores : 1;
}
