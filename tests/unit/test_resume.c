/* A run that was stopped after any of its steps, or in the middle of an evaluation, goes on as if
 * it had not been. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "bm/examples.h"
#include "bm/interrupt.h"
#include "bm/nn.h"
#include "bm/train.h"
#include "settings.h"

enum { MOST_EVALUATIONS = 12, MOST_TAPS = 8, MOST_BYTES = 1 << 16, NEVER = -1 };

/* What a run said and left, and its state when it stopped. */
struct story {
    int64_t stops_after, asked; /* steps */
    int64_t saves_after;        /* steps: it goes on, */
    bool crashes;               /* and does not save its state when it stops */
    int64_t interrupts_after;   /* steps: a signal comes when an evaluation begins */
    size_t n, n_taps;
    struct bm_evaluation evaluations[MOST_EVALUATIONS];
    struct bm_tap_probe taps[MOST_EVALUATIONS][MOST_TAPS];
    struct bm_result result;
    unsigned char weights[MOST_BYTES], examples[MOST_BYTES], state[MOST_BYTES];
    size_t n_weights, n_examples, n_state;
    size_t n_saved; /* evaluations when the state was saved */
    int64_t saved;  /* steps; 0: nothing was */
};

static void add(unsigned char *bytes, size_t *size, const void *data, size_t n)
{
    assert_true(*size + n <= MOST_BYTES);
    memcpy(bytes + *size, data, n);
    *size += n;
}

/* Times are circumstance. */
static int take_evaluation(void *context, const struct bm_evaluation *evaluation,
                           const struct bm_findings *findings)
{
    struct story *story = context;
    assert_true(story->n < MOST_EVALUATIONS && findings->n_taps <= MOST_TAPS);
    story->evaluations[story->n] = *evaluation;
    story->evaluations[story->n].wall_s = 0;
    story->n_taps = findings->n_taps;
    memcpy(story->taps[story->n++], findings->taps, findings->n_taps * sizeof *findings->taps);
    return 0;
}

static int take_network(void *context, const struct bm_net *net, struct bm_err *err)
{
    (void)err;
    struct story *story = context;
    float values[4096];
    for (size_t i = 0; i < bm_net_tensors(net); i++) {
        struct bm_tensor_info info;
        size_t n = 1;
        bm_net_tensor_info(net, i, &info);
        for (int d = 0; d < info.n_dims; d++)
            n *= (size_t)info.dims[d];
        assert_true(n <= sizeof values / sizeof *values);
        bm_net_tensor_get_float(net, i, values);
        add(story->weights, &story->n_weights, values, n * sizeof *values);
    }
    return 0;
}

static int take_examples(void *context, const struct bm_examples *examples, struct bm_err *err)
{
    (void)err;
    struct story *story = context;
    size_t n = examples->n_evaluations * examples->n;
    add(story->examples, &story->n_examples, examples->epoch,
        examples->n_evaluations * sizeof *examples->epoch);
    add(story->examples, &story->n_examples, examples->predicted, n * sizeof *examples->predicted);
    add(story->examples, &story->n_examples, examples->margin, n * sizeof *examples->margin);
    add(story->examples, &story->n_examples, examples->depth,
        examples->n * sizeof *examples->depth);
    return 0;
}

static enum bm_wish wish(void *context)
{
    struct story *story = context;
    if (bm_interrupt != 0)
        return BM_SAVE_AND_STOP;
    story->asked++;
    if (story->asked == story->interrupts_after)
        bm_interrupt = 15;
    if (story->asked == story->saves_after)
        return BM_SAVE_AND_GO_ON;
    return story->asked == story->stops_after ? BM_SAVE_AND_STOP : BM_GO_ON;
}

static void save(void *context, const struct bm_state *state)
{
    struct story *story = context;
    if (story->crashes && story->asked != story->saves_after)
        return;
    story->n_state = 0;
    story->n_saved = story->n;
    story->saved = state->steps;
    for (size_t i = 0; i < state->n; i++)
        add(story->state, &story->n_state, state->spans[i].data, state->spans[i].size);
}

static bool restore(void *context, const struct bm_state *state, struct bm_result *result)
{
    struct story *story = context;
    size_t at = 0;
    if (story->saved == 0)
        return false;
    for (size_t i = 0; i < state->n; i++) {
        assert_true(at + state->spans[i].size <= story->n_state);
        memcpy(state->spans[i].data, story->state + at, state->spans[i].size);
        at += state->spans[i].size;
    }
    assert_int_equal(at, story->n_state);
    story->n = story->n_saved;
    for (size_t e = 0; e < story->n; e++)
        bm_result_take_evaluation(result, &story->evaluations[e]);
    return true;
}

static int train(const struct bm_config *config, struct story *story)
{
    struct bm_launch launch;
    struct bm_err err = {0};
    const struct bm_train_sink sink = {.context = story,
                                       .evaluation = take_evaluation,
                                       .network = take_network,
                                       .examples = take_examples,
                                       .wish = wish,
                                       .save = save,
                                       .restore = restore};
    bm_table_init(&bm_launch_table, &launch);
    int status = bm_train(config, &launch, NULL, &sink, &story->result, &err);
    assert_int_equal(err.code, status == 0 ? BM_EXIT_DONE : BM_EXIT_AGAIN);
    return status;
}

static void assert_same(const struct story *a, const struct story *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->evaluations, b->evaluations, a->n * sizeof *a->evaluations);
    assert_memory_equal(a->taps, b->taps, a->n * sizeof *a->taps);
    assert_int_equal(a->n_weights, b->n_weights);
    assert_memory_equal(a->weights, b->weights, a->n_weights);
    assert_int_equal(a->n_examples, b->n_examples);
    assert_memory_equal(a->examples, b->examples, a->n_examples);
    assert_int_equal(a->result.status, b->result.status);
    assert_int_equal(a->result.epochs_done, b->result.epochs_done);
    for (size_t i = 0; i < bm_result_table.n_fields; i++) {
        const struct bm_field *field = &bm_result_table.fields[i];
        if (field->role == BM_REPRODUCIBLE)
            assert_memory_equal((const char *)&a->result + field->offset,
                                (const char *)&b->result + field->offset, field->size);
    }
}

static const char plain[] = "dataset=synthetic train_size=24 test_size=12 arch=cnn width=2 "
                            "projector_width=8 batch_size=8 epochs=5 probe_every=2 diversity=2 "
                            "knn_k=3 probes=knn,noisy";

static struct story whole, parts; /* large */

static void begin(struct story *story)
{
    memset(story, 0, sizeof *story);
    story->stops_after = NEVER;
    story->saves_after = NEVER;
    story->interrupts_after = NEVER;
}

/* Steps 1 to 15 are in epochs of three; evaluations follow steps 6, 12 and 15. */
static void check_every_step(const char *more)
{
    struct bm_config config = settings_of(plain);
    settings_set(&config, more);
    begin(&whole);
    assert_int_equal(train(&config, &whole), 0);
    for (int64_t step = 1; step <= whole.asked; step++) {
        begin(&parts);
        parts.stops_after = step;
        assert_int_equal(train(&config, &parts), -1);
        assert_int_equal(parts.saved, step);
        parts.stops_after = NEVER;
        assert_int_equal(train(&config, &parts), 0);
        assert_int_equal(parts.asked, whole.asked); /* no step twice, none left out */
        assert_same(&parts, &whole);
    }
}

static void goes_on_after_any_step(void **state)
{
    (void)state;
    check_every_step("");
    assert_int_equal(whole.asked, 15);
}

static void goes_on_with_any_optimizer(void **state)
{
    (void)state;
    for (size_t i = 0; bm_optimizers[i] != NULL; i++) {
        char more[100];
        snprintf(more, sizeof more, "optimizer=%s warmup_epochs=1 lr=0.01", bm_optimizers[i]->name);
        check_every_step(more);
    }
}

static void goes_on_with_rounded_activations(void **state)
{
    (void)state;
    check_every_step("saved_activations=bf16");
    check_every_step("saved_activations=bf16_all");
}

static void goes_on_with_products_in_bf16(void **state)
{
    (void)state;
    check_every_step("precision=bf16");
}

/* How often in a row it was enough is a part of the state. */
static void stops_when_it_would_have(void **state)
{
    (void)state;
    check_every_step("stop_memorized=0.001 epochs=20 probe_every=1");
    assert_in_range(whole.result.epochs_done, 2, 19);
}

/* In one process after the other, each a step. */
static void goes_on_many_times(void **state)
{
    (void)state;
    const struct bm_config config = settings_of(plain);
    begin(&whole);
    assert_int_equal(train(&config, &whole), 0);
    begin(&parts);
    for (parts.stops_after = 1; train(&config, &parts) != 0; parts.stops_after++) {
        assert_int_equal(parts.saved, parts.stops_after);
        assert_true(parts.saved <= whole.asked);
    }
    assert_same(&parts, &whole);
}

/* An evaluation that is interrupted is taken again. */
static void goes_on_before_an_evaluation(void **state)
{
    (void)state;
    const struct bm_config config = settings_of(plain);
    begin(&whole);
    assert_int_equal(train(&config, &whole), 0);
    const int64_t evaluations_after[] = {6, 12, 15};
    for (size_t i = 0; i < 3; i++) {
        begin(&parts);
        parts.interrupts_after = evaluations_after[i];
        assert_int_equal(train(&config, &parts), -1);
        bm_interrupt = 0;
        assert_int_equal(parts.saved, evaluations_after[i]);
        assert_int_equal(parts.n, i + 1);
        parts.interrupts_after = NEVER;
        assert_int_equal(train(&config, &parts), 0);
        assert_same(&parts, &whole);
    }
}

/* From a state that was saved in passing, whatever was done and told since: evaluations, too, are
 * made again. */
static void goes_on_after_a_crash(void **state)
{
    (void)state;
    const struct bm_config config = settings_of(plain);
    begin(&whole);
    assert_int_equal(train(&config, &whole), 0);
    for (int64_t step = 1; step < whole.asked; step++)
        for (int64_t crash = step + 1; crash <= whole.asked; crash++) {
            begin(&parts);
            parts.saves_after = step;
            parts.stops_after = crash;
            parts.crashes = true;
            assert_int_equal(train(&config, &parts), -1);
            assert_int_equal(parts.saved, step);
            parts.saves_after = parts.stops_after = NEVER;
            assert_int_equal(train(&config, &parts), 0);
            assert_int_equal(parts.asked, whole.asked + crash - step);
            assert_same(&parts, &whole);
        }
}

/* Before the first step there is nothing to save; the statistics are not those of training. */
static void begins_anew_where_nothing_was_done(void **state)
{
    (void)state;
    const struct bm_config config = settings_of(plain);
    begin(&parts);
    bm_interrupt = 15;
    assert_int_equal(train(&config, &parts), -1);
    bm_interrupt = 0;
    assert_int_equal(parts.saved, 0);
    assert_int_equal(parts.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_after_any_step),
        cmocka_unit_test(goes_on_with_any_optimizer),
        cmocka_unit_test(goes_on_with_rounded_activations),
        cmocka_unit_test(goes_on_with_products_in_bf16),
        cmocka_unit_test(stops_when_it_would_have),
        cmocka_unit_test(goes_on_many_times),
        cmocka_unit_test(goes_on_before_an_evaluation),
        cmocka_unit_test(goes_on_after_a_crash),
        cmocka_unit_test(begins_anew_where_nothing_was_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
