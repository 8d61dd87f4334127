/* Accuracies and probes of a network. Images go through the net in batches, in evaluation mode;
 * which features are kept at a time is decided by probing.c, so that memory stays within
 * `probe_memory`. */
#include "evaluate.h"

#include <math.h>

#include "probing.h"

int bm_argmax(const bm_real *output, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (output[c] > output[best])
            best = c;
    return best;
}

size_t bm_count_correct(const struct bm_batch *batch, const bm_real *output, const uint16_t *label)
{
    size_t correct = 0;
    for (int i = 0; i < batch->n; i++)
        correct += bm_argmax(output + (size_t)i * (size_t)batch->classes, batch->classes) ==
                   label[batch->member[i]];
    return correct;
}

/* What the output says about the images of a split. */
struct score {
    bool is_undefined;                   /* an output was infinite or NaN */
    size_t images, trained_label, truth; /* counts */
    size_t wrong_label, wrong_label_fit; /* images with a wrong label, and predicted as it */
};

static void score_batch(const struct bm_batch *batch, const bm_real *output,
                        const struct bm_split *split, struct score *score)
{
    for (int i = 0; i < batch->n; i++) {
        size_t at = batch->member[i];
        const bm_real *row = output + (size_t)i * (size_t)batch->classes;
        int prediction = bm_argmax(row, batch->classes);
        bool is_wrong = split->label[at] != split->truth[at];
        for (int c = 0; c < batch->classes; c++)
            score->is_undefined |= !isfinite(row[c]);
        score->images++;
        score->truth += prediction == split->truth[at];
        score->trained_label += prediction == split->label[at];
        score->wrong_label += is_wrong;
        score->wrong_label_fit += is_wrong && prediction == split->label[at];
    }
}

static double fraction(const struct score *score, size_t part, size_t whole)
{
    return score->is_undefined || whole == 0 ? NAN : (double)part / (double)whole;
}

/* Images through the net: outputs to the score, features to the pass with `add`
 * (bm_pass_add_test or bm_pass_add_train). Score and pass may be NULL. */
static void walk(struct bm_subject *subject, const struct bm_batch_source *source,
                 struct score *score, struct bm_pass *pass,
                 void (*add)(struct bm_pass *pass, const struct bm_subject *subject,
                             const uint16_t *truth, size_t first))
{
    struct bm_batch *batch = &subject->batch;
    const struct bm_split *split = source->split;
    for (size_t first = 0; first < split->n; first += (size_t)batch->n) {
        bm_batch_fill(batch, source, first);
        const bm_real *output = bm_net_forward(subject->net, batch->x, batch->n, BM_EVAL);
        if (score != NULL)
            score_batch(batch, output, split, score);
        if (pass != NULL)
            add(pass, subject, split->truth + first, first);
    }
}

static double measure_fit(struct bm_subject *subject, int64_t epoch)
{
    const struct bm_batch_source source = {&subject->data->train, NULL, BM_SIGHT_FIT, epoch};
    struct score score = {0};
    walk(subject, &source, &score, NULL, NULL);
    return fraction(&score, score.trained_label, score.images);
}

int bm_evaluate(struct bm_subject *subject, int64_t epoch, struct bm_evaluation *evaluation,
                struct bm_tap_probe *taps, struct bm_err *err)
{
    struct score test = {0}, train = {0};
    const struct bm_images *all_train = &subject->data->all_train;
    const struct bm_split all = {.n = all_train->n,
                                 .pixels = all_train->pixels,
                                 .truth = all_train->labels,
                                 .label = all_train->labels};
    const struct bm_batch_source tests = {.split = &subject->data->test, .sight = BM_SIGHT_PLAIN};
    const struct bm_batch_source images = {.split = &subject->data->train, .sight = BM_SIGHT_PLAIN};
    const struct bm_batch_source all_images = {.split = &all, .sight = BM_SIGHT_PLAIN};
    bool fits_all = subject->config->probe_train == BM_PROBE_TRAIN_ALL;
    struct bm_probing probing;
    bm_probing_init(&probing, subject, taps);
    /* The first pass is there even without probes: it counts the accuracies. */
    for (int number = 0; number == 0 || !bm_probing_done(&probing); number++) {
        struct bm_pass pass;
        bool is_first = number == 0;
        if (bm_pass_begin(&pass, &probing, subject, err) != 0)
            return -1;
        walk(subject, &tests, is_first ? &test : NULL, &pass, bm_pass_add_test);
        if (is_first || !fits_all)
            walk(subject, &images, is_first ? &train : NULL, fits_all ? NULL : &pass,
                 bm_pass_add_train);
        if (fits_all && pass.n_pieces > 0)
            walk(subject, &all_images, NULL, &pass, bm_pass_add_train);
        bm_pass_end(&pass, &probing, subject->data->test.n);
    }
    evaluation->epoch = epoch;
    evaluation->memorization = fraction(&train, train.trained_label, train.images);
    evaluation->memorization_noisy = fraction(&train, train.wrong_label_fit, train.wrong_label);
    evaluation->clean_train_accuracy = fraction(&train, train.truth, train.images);
    evaluation->test_accuracy = fraction(&test, test.truth, test.images);
    /* Without augmentation a training view is the image. */
    evaluation->fit =
        subject->config->diversity == 0 ? evaluation->memorization : measure_fit(subject, epoch);
    return 0;
}
