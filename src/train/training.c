#include "training.h"

#include <math.h>

#include "bm/clock.h"
#include "examples.h"
#include "rewind.h"

/* ---- memory ---- */

static void carve_examples(struct bm_training *training, struct bm_arena *arena)
{
    size_t n = training->study.data.train.n, taps = (size_t)bm_net_taps(training->study.net);
    bm_examples_carve(&training->examples, n, (size_t)bm_train_evaluations(training->config),
                      arena);
    training->votes = bm_arena_take(arena, taps * n * sizeof *training->votes);
}

/* Takes (or counts) everything that steps work in beside the net's own memory. */
static void carve(struct bm_training *training, struct bm_arena *arena)
{
    const struct bm_net *net = training->study.net;
    const struct bm_batch *batch = &training->study.subject.batch;
    size_t outputs = (size_t)batch->most * (size_t)batch->classes;
    bm_study_carve(&training->study, arena);
    training->moments = bm_arena_take(
        arena, bm_train_moments(training->config, bm_net_parameters(net), bm_rewind_bytes(net)));
    training->d_output = bm_arena_take(arena, outputs * sizeof *training->d_output);
    training->order = bm_arena_take(arena, training->study.data.train.n * sizeof *training->order);
    if (training->study.subject.examples != NULL)
        carve_examples(training, arena);
}

static int plan_memory(struct bm_training *training, struct bm_err *err)
{
    struct bm_arena count = {0};
    carve(training, &count);
    if (bm_arena_init(&training->arena, count.used, "batches and moments", err) != 0)
        return -1;
    carve(training, &training->arena);
    return 0;
}

int bm_training_begin(struct bm_training *training, const struct bm_config *config,
                      const struct bm_launch *launch, const struct bm_seal *seal,
                      const struct bm_train_sink *sink, struct bm_err *err)
{
    struct bm_study *study = &training->study;
    *training = (struct bm_training){.config = config, .sink = sink, .began = bm_seconds()};
    training->counters.epoch_loss = training->counters.epoch_accuracy = NAN;
    training->loss = bm_loss_find(config->loss);
    training->optimizer = bm_optimizer_find(config->optimizer);
    if (bm_study_open(study, config, launch, seal, err) != 0 ||
        (sink->examples != NULL && bm_examples_check_k(config, study->sizes.n_train, err) != 0))
        return -1;
    study->subject.examples = sink->examples != NULL ? &training->examples : NULL;
    if (plan_memory(training, err) != 0)
        return -1;
    if (sink->examples != NULL)
        bm_examples_begin(&training->examples, &study->data.train);
    return 0;
}

void bm_training_end(struct bm_training *training)
{
    bm_arena_fini(&training->arena);
    bm_study_close(&training->study);
}

/* ---- state ---- */

static void add(struct bm_state *state, void *data, size_t size)
{
    state->spans[state->n++] = (struct bm_span){data, size};
}

static struct bm_state state_of(struct bm_training *training)
{
    struct bm_net *net = training->study.net;
    struct bm_examples *examples = &training->examples;
    const size_t parameters = bm_net_parameters(net) * sizeof(bm_real);
    struct bm_state state = {.data = training->study.data.seal.digest,
                             .steps = training->counters.steps_done};
    add(&state, &training->counters, sizeof training->counters);
    add(&state, bm_net_parameter_data(net), parameters);
    add(&state, training->moments, (size_t)training->optimizer->moments * parameters);
    add(&state, bm_net_statistics_data(net), bm_net_statistics(net) * sizeof(bm_real));
    if (training->study.subject.examples == NULL)
        return state;
    size_t evaluations = (size_t)bm_train_evaluations(training->config),
           images = evaluations * examples->n;
    add(&state, examples->epoch, evaluations * sizeof *examples->epoch);
    add(&state, examples->predicted, images * sizeof *examples->predicted);
    add(&state, examples->margin, images * sizeof *examples->margin);
    return state;
}

bool bm_training_restore(struct bm_training *training, struct bm_result *result)
{
    const struct bm_train_sink *sink = training->sink;
    const struct bm_state state = state_of(training);
    if (sink->restore == NULL || !sink->restore(sink->context, &state, result))
        return false;
    training->examples.n_evaluations = (size_t)training->counters.n_examined;
    training->began = bm_seconds() - training->counters.wall_s;
    return true;
}

bool bm_training_goes_on(struct bm_training *training)
{
    const struct bm_train_sink *sink = training->sink;
    enum bm_wish wish = sink->wish == NULL ? BM_GO_ON : sink->wish(sink->context);
    if (wish == BM_GO_ON)
        return true;
    training->counters.n_examined = (int64_t)training->examples.n_evaluations;
    training->counters.wall_s = bm_seconds() - training->began;
    const struct bm_state state = state_of(training);
    sink->save(sink->context, &state);
    return wish == BM_SAVE_AND_GO_ON;
}
