/* How long the batch job that this is has left: asked of Slurm's squeue, in a process of its own,
 * again every few minutes, as limits are changed. Nobody waits for an answer. */
#ifndef BM_RUN_TIME_LEFT_H
#define BM_RUN_TIME_LEFT_H

#include <stdbool.h>
#include <sys/types.h>

struct bm_time_left {
    const char *job;      /* NULL: this is no job */
    double next, give_up; /* monotonic seconds: when to ask again; when an answer is late */
    pid_t pid;            /* of who is asked; 0: nobody */
    int fd;               /* where the answer comes */
    char text[64];
    int used;
    bool has_answer, has_failed; /* ever */
};

void bm_time_left_init(struct bm_time_left *asking);
void bm_time_left_fini(struct bm_time_left *asking);
/* Asks when it is time. True once for each answer: `left` seconds, or INFINITY. */
bool bm_time_left_look(struct bm_time_left *asking, double *left);

#endif
