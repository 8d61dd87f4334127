/* Training steps on fixed random images: forward, loss, backward with Adam on the way.
 * bench_step ARCH WIDTH PROJECTOR BATCH STEPS SIDE [SETTING]...: prints images/s of the steps after
 * the first, the peak of memory in bytes, images per second of CPU, and millions of turns a second
 * of a loop that nothing but the core's clock bounds. STEPS may be 0. */
#include <sys/resource.h>

#include "bm/clock.h"
#include "training.h"

static void step(struct training *training, int64_t t)
{
    struct bm_net *net = training->net;
    training_loss(training, bm_net_forward(net, training->x, training->batch, BM_TRAIN));
    const struct bm_update update = training_update(training, t);
    bm_net_backward_update(net, training->x, training->d_output, training->batch, &update);
}

/* Each addition waits for the one before: one a cycle, whatever the caches do. */
static double clock_mhz(void)
{
    const long turns = 200 * 1000 * 1000;
    double began = cpu_seconds();
    for (long i = 0; i < turns; i++)
        __asm__ volatile("" : "+r"(i));
    return (double)turns / (cpu_seconds() - began) / 1e6;
}

int main(int argc, char **argv)
{
    if (argc < 7)
        return 2;
    struct training training = training_of(argv + 1);
    int steps = atoi(argv[5]);
    step(&training, 1); /* touches all memory */
    double began = bm_seconds(), cpu_began = cpu_seconds();
    for (int i = 0; i < steps; i++)
        step(&training, i + 2);
    double seconds = bm_seconds() - began, cpu = cpu_seconds() - cpu_began;
    double images = (double)steps * training.batch;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.6g %.6g %.6g %.6g\n", images / seconds, 1024.0 * (double)usage.ru_maxrss,
           images / cpu, clock_mhz());
    return 0;
}
