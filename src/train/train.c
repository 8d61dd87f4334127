/* One run: from a configuration to a result. Everything is allocated before the first step; the
 * steps and evaluations allocate nothing but what probes need for a pass. */
#include "bm/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bm/arena.h"
#include "bm/clock.h"
#include "bm/random.h"
#include "evaluate.h"
#include "examples.h"
#include "rate.h"
#include "rewind.h"
#include "study.h"

struct run {
    const struct bm_config *config;
    const struct bm_train_sink *sink;
    struct bm_study study;
    struct bm_arena arena;
    const struct bm_loss *loss;
    const struct bm_optimizer *optimizer;
    bm_real *moments;            /* see bm_train_moments */
    bm_real *d_output;           /* batch x classes */
    uint32_t *order;             /* n_train */
    struct bm_examples examples; /* where they are kept */
    uint16_t *votes;             /* taps x n_train */
    int64_t steps_done;
    int memorized_in_a_row;
    double began, training_s;          /* seconds */
    double epoch_loss, epoch_accuracy; /* of the last epoch; NaN before it */
};

static void carve_examples(struct run *run, struct bm_arena *arena)
{
    size_t n = run->study.data.train.n, votes = (size_t)bm_net_taps(run->study.net) * n;
    bm_examples_carve(&run->examples, n, (size_t)bm_train_evaluations(run->config), arena);
    run->votes = bm_arena_take(arena, votes * sizeof *run->votes);
}

/* Takes (or counts) everything that steps work in beside the net's own memory. */
static void carve(struct run *run, struct bm_arena *arena)
{
    const struct bm_net *net = run->study.net;
    const struct bm_batch *batch = &run->study.subject.batch;
    bm_study_carve(&run->study, arena);
    run->moments = bm_arena_take(
        arena, bm_train_moments(run->config, bm_net_parameters(net), bm_rewind_bytes(net)));
    run->d_output =
        bm_arena_take(arena, (size_t)batch->most * (size_t)batch->classes * sizeof *run->d_output);
    run->order = bm_arena_take(arena, run->study.data.train.n * sizeof *run->order);
    if (run->study.subject.examples != NULL)
        carve_examples(run, arena);
}

static int plan_memory(struct run *run, struct bm_err *err)
{
    struct bm_arena count = {0};
    carve(run, &count);
    if (bm_arena_init(&run->arena, count.used, "batches and moments", err) != 0)
        return -1;
    carve(run, &run->arena);
    return 0;
}

static int run_init(struct run *run, const struct bm_config *config, const struct bm_launch *launch,
                    const struct bm_seal *seal, const struct bm_train_sink *sink,
                    struct bm_err *err)
{
    struct bm_study *study = &run->study;
    *run = (struct run){.config = config, .sink = sink, .began = bm_seconds()};
    run->epoch_loss = run->epoch_accuracy = NAN;
    run->loss = bm_loss_find(config->loss);
    run->optimizer = bm_optimizer_find(config->optimizer);
    if (bm_study_open(study, config, launch, seal, err) != 0 ||
        (sink->examples != NULL && bm_examples_check_k(config, study->sizes.n_train, err) != 0))
        return -1;
    study->subject.examples = sink->examples != NULL ? &run->examples : NULL;
    if (plan_memory(run, err) != 0)
        return -1;
    if (sink->examples != NULL)
        bm_examples_begin(&run->examples, &study->data.train);
    return 0;
}

static void run_fini(struct run *run)
{
    bm_arena_fini(&run->arena);
    bm_study_close(&run->study);
}

static struct bm_optimizer_settings settings_of(const struct bm_config *config, int64_t epoch)
{
    return (struct bm_optimizer_settings){
        .lr = bm_train_rate(config, epoch - 1),
        .weight_decay = config->weight_decay,
        .momentum = config->momentum,
        .exclude_1d = config->lars_exclude_1d == BM_YES,
    };
}

/* One step on the images order[first …]; returns the loss. */
static double train_step(struct run *run, int64_t epoch, size_t first, size_t *correct)
{
    struct bm_batch *batch = &run->study.subject.batch;
    const struct bm_batch_source source = {&run->study.data.train, run->study.data.train.n,
                                           run->order, BM_SIGHT_TRAIN, epoch};
    bm_batch_fill(batch, &source, first);
    const bm_real *output = bm_net_forward(run->study.net, batch->x, batch->n, BM_TRAIN);
    double loss = run->loss->value(output, batch->targets, batch->n, batch->classes, run->d_output);
    *correct += bm_count_correct(batch, output);
    const struct bm_update update = {
        .optimizer = run->optimizer,
        .settings = settings_of(run->config, epoch),
        .t = ++run->steps_done,
        .moments = run->moments,
    };
    bm_net_backward_update(run->study.net, batch->x, run->d_output, batch->n, &update);
    return loss;
}

/* `steps` of the epoch's are done in `seconds`, with a mean loss of `loss`. */
static void tell_progress(const struct run *run, int64_t epoch, size_t steps, double loss,
                          double seconds)
{
    if (run->sink->progress == NULL)
        return;
    double images = (double)run->steps_done * (double)run->study.subject.batch.most;
    const struct bm_progress progress = {
        .epoch = epoch,
        .epochs = run->config->epochs,
        .share = (double)steps / (double)run->study.sizes.steps,
        .loss = loss,
        .images_per_s = images / (run->training_s + seconds),
    };
    run->sink->progress(run->sink->context, &progress);
}

/* False: a loss was not finite. */
static bool train_epoch(struct run *run, int64_t epoch)
{
    size_t n = run->study.data.train.n, batch = (size_t)run->study.subject.batch.most, correct = 0;
    double started = bm_seconds(), loss = 0;
    for (uint32_t i = 0; i < n; i++)
        run->order[i] = i;
    struct bm_random random =
        bm_random_of((uint64_t)run->config->seed, BM_RANDOM_ORDER, (uint64_t)epoch, 0);
    bm_random_shuffle(&random, run->order, n);
    for (size_t step = 0; step < run->study.sizes.steps && isfinite(loss); step++) {
        loss += train_step(run, epoch, step * batch, &correct);
        tell_progress(run, epoch, step + 1, loss / (double)(step + 1), bm_seconds() - started);
    }
    run->epoch_loss = loss / (double)run->study.sizes.steps;
    run->epoch_accuracy = (double)correct / (double)(run->study.sizes.steps * batch);
    run->training_s += bm_seconds() - started;
    return isfinite(loss);
}

/* stop_memorized: of what is memorized, in how many evaluations in a row it was enough. */
static void count_memorized(struct run *run, const struct bm_evaluation *evaluation)
{
    double diversity = run->config->diversity, enough = run->config->stop_memorized;
    double memorized =
        isfinite(diversity) && diversity > 0 ? evaluation->fit : evaluation->memorization;
    bool is_enough = enough > 0 && memorized >= enough;
    run->memorized_in_a_row = is_enough ? run->memorized_in_a_row + 1 : 0;
}

/* Whether the run is done with this evaluation; one that has diverged is not done. */
static bool is_the_last(const struct run *run, const struct bm_evaluation *evaluation)
{
    return !isnan(evaluation->memorization) && (evaluation->epoch == run->config->epochs ||
                                                run->memorized_in_a_row >= BM_ENOUGH_MEMORIZED);
}

static int evaluate(struct run *run, int64_t epoch, struct bm_result *result, struct bm_err *err)
{
    struct bm_evaluation evaluation;
    bm_table_init(&bm_evaluation_table, &evaluation);
    if (bm_evaluate(&run->study.subject, epoch, &evaluation, run->study.taps, run->study.pairs,
                    err) != 0)
        return -1;
    evaluation.train_loss = run->epoch_loss;
    evaluation.train_accuracy = run->epoch_accuracy;
    bm_result_take_evaluation(result, &evaluation);
    count_memorized(run, &evaluation);
    if (bm_train_rewinds(run->config) && is_the_last(run, &evaluation))
        bm_rewind(&run->study.subject, run->moments, run->study.taps);
    evaluation.wall_s = bm_seconds() - run->began;
    const struct bm_findings findings = bm_study_findings(&run->study);
    if (run->sink->evaluation(run->sink->context, &evaluation, &findings) != 0)
        return bm_fail(err, BM_EXIT_IO, "the results of epoch %lld could not be handed on",
                       (long long)epoch);
    return 0;
}

/* Training begins with the statistics that bm_net_init leaves, as if this had not been. */
static int evaluate_untrained(struct run *run, struct bm_result *result, struct bm_err *err)
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

static int show_epoch(const struct run *run, int64_t epoch, struct bm_err *err)
{
    const struct bm_train_sink *sink = run->sink;
    return sink->epoch == NULL ? 0 : sink->epoch(sink->context, epoch, run->study.net, err);
}

/* All epochs, with their evaluations; leaves the status to be `diverged` or `done`. */
static int train_epochs(struct run *run, struct bm_result *result, struct bm_err *err)
{
    const struct bm_config *config = run->config;
    if (evaluate_untrained(run, result, err) != 0)
        return -1;
    result->status = BM_STATUS_DONE;
    for (int64_t epoch = 1; epoch <= config->epochs; epoch++) {
        if (!train_epoch(run, epoch)) {
            set_diverged(result, "the loss became", epoch);
            return 0;
        }
        result->epochs_done = epoch;
        if (bm_train_evaluates(config, epoch) && evaluate(run, epoch, result, err) != 0)
            return -1;
        /* Also after the last step, whose effect no loss tells. */
        if (isnan(result->memorization)) {
            set_diverged(result, "outputs became", epoch);
            return 0;
        }
        if (show_epoch(run, epoch, err) != 0)
            return -1;
        if (run->memorized_in_a_row >= BM_ENOUGH_MEMORIZED)
            return 0;
    }
    return 0;
}

static int train_to_end(struct run *run, struct bm_result *result, struct bm_err *err)
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
    return bm_examples_dig(&run->study.subject, run->votes, err) != 0
               ? -1
               : sink->examples(sink->context, &run->examples, err);
}

int bm_train(const struct bm_config *config, const struct bm_launch *launch,
             const struct bm_seal *seal, const struct bm_train_sink *sink, struct bm_result *result,
             struct bm_err *err)
{
    struct run run;
    bm_table_init(&bm_result_table, result);
    int failed = run_init(&run, config, launch, seal, sink, err);
    if (!failed) {
        result->train_images = (int64_t)run.study.data.train.n;
        result->test_images = (int64_t)run.study.data.test.n;
        result->noisy_images = (int64_t)run.study.data.noisy;
        result->classes = run.study.subject.batch.classes;
        result->parameters = (int64_t)bm_net_parameters(run.study.net);
        bm_id_text(&run.study.data.seal.digest, result->data_digest);
        failed = train_to_end(&run, result, err);
    }
    if (!failed && run.training_s > 0) {
        double images = (double)run.steps_done * (double)run.study.subject.batch.most;
        result->images_per_s = images / run.training_s;
        result->flops_per_s = 3 * bm_net_flops(run.study.net) * images / run.training_s;
    }
    result->wall_s = bm_seconds() - run.began;
    run_fini(&run);
    return failed;
}
