/* One run: from a configuration to a result. Everything is allocated before the first step
 * (training.c); the steps and evaluations allocate nothing but what probes need for a pass. */
#include "bm/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bm/clock.h"
#include "bm/random.h"
#include "examples.h"
#include "rate.h"
#include "rewind.h"
#include "training.h"

static struct bm_optimizer_settings settings_of(const struct bm_config *config, int64_t epoch)
{
    return (struct bm_optimizer_settings){
        .lr = bm_train_rate(config, epoch - 1),
        .weight_decay = config->weight_decay,
        .momentum = config->momentum,
        .exclude_1d = config->lars_exclude_1d == BM_YES,
    };
}

/* One step on the images order[first …]; adds to the epoch's loss. */
static void train_step(struct bm_training *run, size_t first)
{
    struct bm_counters *counters = &run->counters;
    struct bm_batch *batch = &run->study.subject.batch;
    const struct bm_batch_source source = {&run->study.data.train, run->study.data.train.n,
                                           run->order, BM_SIGHT_TRAIN, counters->epoch};
    bm_batch_fill(batch, &source, first);
    const bm_real *output = bm_net_forward(run->study.net, batch->x, batch->n, BM_TRAIN);
    counters->loss +=
        run->loss->value(output, batch->targets, batch->n, batch->classes, run->d_output);
    counters->correct += bm_count_correct(batch, output);
    counters->step++;
    const struct bm_update update = {
        .optimizer = run->optimizer,
        .settings = settings_of(run->config, counters->epoch),
        .t = ++counters->steps_done,
        .moments = run->moments,
    };
    bm_net_backward_update(run->study.net, batch->x, run->d_output, batch->n, &update);
}

static double images_per_s(const struct bm_training *run)
{
    double images = (double)run->counters.steps_done * (double)run->study.subject.batch.most;
    return images / run->counters.training_s;
}

static void tell_progress(const struct bm_training *run)
{
    const struct bm_counters *counters = &run->counters;
    if (run->sink->progress == NULL)
        return;
    const struct bm_progress progress = {
        .epoch = counters->epoch,
        .epochs = run->config->epochs,
        .share = (double)counters->step / (double)run->study.sizes.steps,
        .loss = counters->loss / (double)counters->step,
        .images_per_s = images_per_s(run),
    };
    run->sink->progress(run->sink->context, &progress);
}

static void shuffle(struct bm_training *run)
{
    size_t n = run->study.data.train.n;
    for (uint32_t i = 0; i < n; i++)
        run->order[i] = i;
    struct bm_random random = bm_random_of((uint64_t)run->config->seed, BM_RANDOM_ORDER,
                                           (uint64_t)run->counters.epoch, 0);
    bm_random_shuffle(&random, run->order, n);
}

/* The steps of the epoch that are left. BM_EXIT_AGAIN: it is to stop. A loss that is not finite
 * ends the epoch. */
static int train_epoch(struct bm_training *run, struct bm_err *err)
{
    struct bm_counters *counters = &run->counters;
    size_t batch = (size_t)run->study.subject.batch.most, steps = run->study.sizes.steps;
    shuffle(run);
    while ((size_t)counters->step < steps && isfinite(counters->loss)) {
        double began = bm_seconds();
        train_step(run, (size_t)counters->step * batch);
        counters->training_s += bm_seconds() - began;
        tell_progress(run);
        if (!bm_training_goes_on(run))
            return bm_fail(err, BM_EXIT_AGAIN, "stopped after step %lld of epoch %lld",
                           (long long)counters->step, (long long)counters->epoch);
    }
    counters->epoch_loss = counters->loss / (double)steps;
    counters->epoch_accuracy = counters->correct / (double)(steps * batch);
    return 0;
}

static void begin_epoch(struct bm_counters *counters)
{
    counters->epoch++;
    counters->step = 0;
    counters->loss = counters->correct = 0;
}

/* stop_memorized: of what is memorized, in how many evaluations in a row it was enough. */
static void count_memorized(struct bm_training *run, const struct bm_evaluation *evaluation)
{
    double diversity = run->config->diversity, enough = run->config->stop_memorized;
    double memorized =
        isfinite(diversity) && diversity > 0 ? evaluation->fit : evaluation->memorization;
    bool is_enough = enough > 0 && memorized >= enough;
    run->counters.memorized_in_a_row = is_enough ? run->counters.memorized_in_a_row + 1 : 0;
}

/* Whether outputs are finite tells any accuracy of them that is defined in all runs. */
static bool is_finite(double clean_train_accuracy)
{
    return !isnan(clean_train_accuracy);
}

/* Whether the run is done with this evaluation; one that has diverged is not done. */
static bool is_the_last(const struct bm_training *run, const struct bm_evaluation *evaluation)
{
    return is_finite(evaluation->clean_train_accuracy) &&
           (evaluation->epoch == run->config->epochs ||
            run->counters.memorized_in_a_row >= BM_ENOUGH_MEMORIZED);
}

/* Fills the evaluation and the records of taps. */
static int measure(struct bm_training *run, int64_t epoch, struct bm_evaluation *evaluation,
                   struct bm_err *err)
{
    bm_table_init(&bm_evaluation_table, evaluation);
    if (bm_evaluate(&run->study.subject, epoch, evaluation, run->study.taps, run->study.pairs,
                    err) != 0)
        return -1;
    evaluation->train_loss = run->counters.epoch_loss;
    evaluation->train_accuracy = run->counters.epoch_accuracy;
    count_memorized(run, evaluation);
    if (!bm_train_rewinds(run->config) || !is_the_last(run, evaluation))
        return 0;
    return bm_rewind(&run->study.subject, run->moments, run->study.taps, err);
}

/* One that is interrupted leaves nothing behind: it is taken again. */
static int evaluate(struct bm_training *run, int64_t epoch, struct bm_result *result,
                    struct bm_err *err)
{
    const struct bm_counters before = run->counters;
    const size_t examined = run->examples.n_evaluations;
    struct bm_evaluation evaluation;
    if (measure(run, epoch, &evaluation, err) != 0) {
        run->counters = before;
        run->examples.n_evaluations = examined;
        return -1;
    }
    bm_result_take_evaluation(result, &evaluation);
    evaluation.wall_s = bm_seconds() - run->began;
    const struct bm_findings findings = bm_study_findings(&run->study);
    if (run->sink->evaluation(run->sink->context, &evaluation, &findings) != 0)
        return bm_fail(err, BM_EXIT_IO, "the results of epoch %lld could not be handed on",
                       (long long)epoch);
    return 0;
}

/* Training begins with the statistics that bm_net_init leaves, as if this had not been. */
static int evaluate_untrained(struct bm_training *run, struct bm_result *result, struct bm_err *err)
{
    bm_calibrate(&run->study.subject);
    int failed = evaluate(run, 0, result, err);
    bm_net_reset_statistics(run->study.net);
    return failed;
}

static void set_diverged(struct bm_result *result, const char *what, int64_t epoch)
{
    result->status = BM_STATUS_DIVERGED;
    snprintf(result->cause, sizeof result->cause, "%s infinite or undefined in epoch %lld", what,
             (long long)epoch);
}

static int show_epoch(const struct bm_training *run, int64_t epoch, struct bm_err *err)
{
    const struct bm_train_sink *sink = run->sink;
    return sink->epoch == NULL ? 0 : sink->epoch(sink->context, epoch, run->study.net, err);
}

/* All epochs that are left, with their evaluations; leaves the status to be `diverged` or `done`.
 */
static int train_epochs(struct bm_training *run, struct bm_result *result, struct bm_err *err)
{
    const struct bm_config *config = run->config;
    struct bm_counters *counters = &run->counters;
    if (!bm_training_restore(run, result)) {
        bm_study_init(&run->study);
        if (evaluate_untrained(run, result, err) != 0)
            return -1;
        begin_epoch(counters);
    }
    result->status = BM_STATUS_DONE;
    for (; counters->epoch <= config->epochs; begin_epoch(counters)) {
        const int64_t epoch = counters->epoch;
        if (train_epoch(run, err) != 0)
            return -1;
        if (!isfinite(counters->loss)) {
            set_diverged(result, "the loss became", epoch);
            return 0;
        }
        result->epochs_done = epoch;
        if (bm_train_evaluates(config, epoch) && evaluate(run, epoch, result, err) != 0) {
            if (err->code == BM_EXIT_AGAIN) /* it is taken again, from the state before it */
                bm_training_goes_on(run);
            return -1;
        }
        /* Also after the last step, whose effect no loss tells. */
        if (!is_finite(result->clean_train_accuracy)) {
            set_diverged(result, "outputs became", epoch);
            return 0;
        }
        if (show_epoch(run, epoch, err) != 0)
            return -1;
        if (counters->memorized_in_a_row >= BM_ENOUGH_MEMORIZED)
            return 0;
    }
    return 0;
}

static int train_to_end(struct bm_training *run, struct bm_result *result, struct bm_err *err)
{
    const struct bm_train_sink *sink = run->sink;
    if (train_epochs(run, result, err) != 0)
        return -1;
    if (result->status != BM_STATUS_DONE)
        return 0;
    if (sink->network != NULL && sink->network(sink->context, run->study.net, err) != 0)
        return -1;
    if (sink->examples == NULL)
        return 0;
    if (run->config->epochs == 0) /* as it was evaluated */
        bm_calibrate(&run->study.subject);
    return bm_examples_dig(&run->study.subject, run->votes, err) != 0
               ? -1
               : sink->examples(sink->context, &run->examples, err);
}

int bm_train(const struct bm_config *config, const struct bm_launch *launch,
             const struct bm_seal *seal, const struct bm_train_sink *sink, struct bm_result *result,
             struct bm_err *err)
{
    struct bm_training run;
    bm_table_init(&bm_result_table, result);
    int failed = bm_training_begin(&run, config, launch, seal, sink, err);
    if (!failed) {
        result->train_images = (int64_t)run.study.data.train.n;
        result->test_images = (int64_t)run.study.data.test.n;
        result->noisy_images = (int64_t)run.study.data.noisy;
        result->classes = run.study.subject.batch.classes;
        result->parameters = (int64_t)bm_net_parameters(run.study.net);
        bm_id_text(&run.study.data.seal.digest, result->data_digest);
        failed = train_to_end(&run, result, err);
    }
    if (!failed && run.counters.training_s > 0) {
        result->images_per_s = images_per_s(&run);
        result->flops_per_s = 3 * bm_net_flops(run.study.net) * result->images_per_s;
    }
    result->wall_s = bm_seconds() - run.began;
    bm_training_end(&run);
    return failed;
}
