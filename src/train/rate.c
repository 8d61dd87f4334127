#include "rate.h"

#include <math.h>

#include "bm/nn.h"

/* What is left of the rate in an epoch behind warm-up. */
static double constant(const struct bm_config *config, int64_t epoch)
{
    (void)config, (void)epoch;
    return 1;
}

/* torch.optim.lr_scheduler.StepLR(optimizer, epochs // 3, 0.1); it counts warm-up's epochs. */
static double steps(const struct bm_config *config, int64_t epoch)
{
    int64_t third = config->epochs / 3;
    return third > 0 ? pow(0.1, (double)(epoch / third)) : 1;
}

static double cosine(const struct bm_config *config, int64_t epoch)
{
    double done = (double)(epoch - config->warmup_epochs);
    double all = (double)(config->epochs - config->warmup_epochs);
    return (1 + cos(M_PI * done / all)) / 2;
}

static double (*const schedules[])(const struct bm_config *config, int64_t epoch) = {
    [BM_SCHEDULE_CONSTANT] = constant,
    [BM_SCHEDULE_STEPS] = steps,
    [BM_SCHEDULE_COSINE] = cosine,
};

double bm_train_rate(const struct bm_config *config, int64_t epoch)
{
    const struct bm_optimizer *optimizer = bm_optimizer_find(config->optimizer);
    double rate = config->lr;
    if (optimizer->is_per_256)
        rate *= (double)config->batch_size / 256;
    if (epoch < config->warmup_epochs)
        return rate * (double)(epoch + 1) / (double)config->warmup_epochs;
    return rate * schedules[optimizer->schedule](config, epoch);
}
