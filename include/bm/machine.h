/* The machine that a program runs on, and what it may use of it: cores by affinity, quota and
 * allocation; memory by hardware, control groups and allocation. */
#ifndef BM_MACHINE_H
#define BM_MACHINE_H

#include <stddef.h>

/* Each writes a text to `text` and returns it; "unknown" where the system does not tell. */
char *bm_host(char *text, size_t size);
char *bm_cpu(char *text, size_t size); /* model */

/* The least of several bounds, and what sets it. */
struct bm_limit {
    double amount; /* cores or bytes; infinite: no bound is known */
    char by[160];  /* for messages: "SLURM_MEM_PER_NODE", "memory.max of the control group /a" */
};

/* Cores by CPU quota (control groups, v1 and v2) and by Slurm's allocation; can be a fraction.
 * `root` stands before /proc and /sys: "" but in tests. */
void bm_limit_cores(const char *root, struct bm_limit *limit);
/* Bytes by hardware, control groups (v1 and v2, with all their parents) and Slurm's allocation. */
void bm_limit_memory(const char *root, struct bm_limit *limit);
/* How many processes of this process's control group were killed for want of memory; 0 where the
 * system does not tell. */
long bm_oom_kills(const char *root);
/* Bytes that one process may map (ulimit -v, -d). */
void bm_limit_process(struct bm_limit *limit);
/* Makes `amount`, set by what the format says, the limit if it is smaller. */
void bm_limit_lower(struct bm_limit *limit, double amount, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Cores that this process may use, at least 1: those of its affinity mask, as far as
 * bm_limit_cores lets it keep them busy. */
int bm_cores(void);
/* Cores in the affinity mask of a process (0: this one); 0 when it cannot be told. */
int bm_cores_of_mask(int pid);
/* Cores of the machine. */
int bm_cores_online(void);

/* Gives this thread the affinity mask back that the program was started with: OpenMP's library
 * narrows it to one core when it is loaded or first called, where OMP_PROC_BIND, OMP_PLACES or
 * GOMP_CPU_AFFINITY is set, and children would inherit that. */
void bm_mask_restore(void);

#endif
