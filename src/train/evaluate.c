/* Accuracies and probes of a network. Images go through the net in batches, in evaluation mode;
 * which features are kept at a time is decided by probing.c, so that memory stays within
 * `probe_memory`. */
#include "evaluate.h"

#include <math.h>
#include <string.h>

#include "probing.h"

void bm_subject_load(struct bm_subject *subject, int i)
{
    size_t pixels = (size_t)subject->input.height * (size_t)subject->input.width;
    size_t channels = (size_t)subject->input.channels;
    bm_real *to = subject->x + (size_t)i * pixels * channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t p = 0; p < pixels; p++)
            to[p * channels + c] = (bm_real)subject->planes[c * pixels + p];
}

int bm_argmax(const bm_real *output, int classes)
{
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (output[c] > output[best])
            best = c;
    return best;
}

/* What the output says about the images of a split. */
struct score {
    bool is_undefined;                   /* an output was infinite or NaN */
    size_t images, trained_label, truth; /* counts */
    size_t wrong_label, wrong_label_fit; /* images with a wrong label, and predicted as it */
};

static void score_batch(const struct bm_subject *subject, const bm_real *output,
                        const struct bm_split *split, size_t first, int n, struct score *score)
{
    for (int i = 0; i < n; i++) {
        size_t at = first + (size_t)i;
        const bm_real *row = output + (size_t)i * (size_t)subject->classes;
        int prediction = bm_argmax(row, subject->classes);
        bool is_wrong = split->label[at] != split->truth[at];
        for (int c = 0; c < subject->classes; c++)
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

static int batch_at(const struct bm_subject *subject, size_t first, size_t n)
{
    size_t left = n - first;
    return left < (size_t)subject->batch ? (int)left : subject->batch;
}

/* Un-augmented images through the net: outputs to the score, features to the pass with `add`
 * (bm_pass_add_test or bm_pass_add_train). Score and pass may be NULL. */
static void walk(struct bm_subject *subject, const struct bm_split *split, struct score *score,
                 struct bm_pass *pass,
                 void (*add)(struct bm_pass *pass, const struct bm_subject *subject,
                             const uint16_t *truth, size_t first, int n))
{
    for (size_t first = 0; first < split->n; first += (size_t)subject->batch) {
        int n = batch_at(subject, first, split->n);
        for (int i = 0; i < n; i++) {
            bm_view_plain(subject->viewer, split->pixels[first + (size_t)i], subject->planes);
            bm_subject_load(subject, i);
        }
        const bm_real *output = bm_net_forward(subject->net, subject->x, n, BM_EVAL);
        if (score != NULL)
            score_batch(subject, output, split, first, n, score);
        if (pass != NULL)
            add(pass, subject, split->truth + first, first, n);
    }
}

static double measure_fit(struct bm_subject *subject, int64_t epoch)
{
    const struct bm_split *split = &subject->data->train;
    struct score score = {0};
    for (size_t first = 0; first < split->n; first += (size_t)subject->batch) {
        int n = batch_at(subject, first, split->n);
        for (int i = 0; i < n; i++) {
            size_t at = first + (size_t)i;
            bm_view_fit(subject->viewer, split->pixels[at], split->index[at], epoch,
                        subject->planes);
            bm_subject_load(subject, i);
        }
        const bm_real *output = bm_net_forward(subject->net, subject->x, n, BM_EVAL);
        score_batch(subject, output, split, first, n, &score);
    }
    return fraction(&score, score.trained_label, score.images);
}

int bm_evaluate(struct bm_subject *subject, int64_t epoch, struct bm_evaluation *evaluation,
                struct bm_tap_probe *taps, struct bm_err *err)
{
    struct score test = {0}, train = {0};
    struct bm_split all = {.n = subject->data->all_train.n,
                           .pixels = subject->data->all_train.pixels,
                           .truth = subject->data->all_train.labels};
    bool fits_all = strcmp(subject->config->probe_train, "all") == 0;
    struct bm_probing probing;
    bm_probing_init(&probing, subject, taps);
    /* The first pass is there even without probes: it counts the accuracies. */
    for (int number = 0; number == 0 || !bm_probing_done(&probing); number++) {
        struct bm_pass pass;
        bool is_first = number == 0;
        if (bm_pass_begin(&pass, &probing, subject, err) != 0)
            return -1;
        walk(subject, &subject->data->test, is_first ? &test : NULL, &pass, bm_pass_add_test);
        if (is_first || !fits_all)
            walk(subject, &subject->data->train, is_first ? &train : NULL, fits_all ? NULL : &pass,
                 bm_pass_add_train);
        if (fits_all && pass.n_pieces > 0)
            walk(subject, &all, NULL, &pass, bm_pass_add_train);
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
