/* The protocol, written out: whole runs by plain loops over networks, views, losses and optimizers,
 * which have tests of their own, against what bm_train makes of the same configurations. All
 * figures have to have the same bits: what trains on another image, in another order, with another
 * label or rate, and what counts other images, differs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/arch.h"
#include "bm/data.h"
#include "bm/frame.h"
#include "bm/nn.h"
#include "bm/random.h"
#include "bm/train.h"
#include "bm/view.h"
#include "settings.h"

enum { MOST_EVALUATIONS = 40, ENOUGH = 3, K = 5 };

/* What is compared. */
struct figures {
    int64_t epoch;
    double memorization, memorization_noisy, fit, clean_train_accuracy, test_accuracy;
    double train_loss, train_accuracy, knn_of_output;
};

struct history {
    size_t n;
    struct figures figures[MOST_EVALUATIONS];
};

static struct bm_config config_of(const char *settings)
{
    struct bm_config config = settings_of(
        "dataset=synthetic train_size=43 test_size=30 arch=cnn width=3 batch_size=10 epochs=4 "
        "lr=2e-3 projector_width=8 probe_every=1 knn_k=5 seed=3 data_seed=5");
    settings_set(&config, settings);
    return config;
}

/* ---- what bm_train says ---- */

static int keep(void *context, const struct bm_evaluation *evaluation,
                const struct bm_findings *findings)
{
    struct history *history = context;
    const struct bm_tap_probe *output = &findings->taps[findings->n_taps - 1];
    assert_true(history->n < MOST_EVALUATIONS);
    assert_string_equal(output->tap, "output");
    history->figures[history->n++] = (struct figures){
        .epoch = evaluation->epoch,
        .memorization = evaluation->memorization,
        .memorization_noisy = evaluation->memorization_noisy,
        .fit = evaluation->fit,
        .clean_train_accuracy = evaluation->clean_train_accuracy,
        .test_accuracy = evaluation->test_accuracy,
        .train_loss = evaluation->train_loss,
        .train_accuracy = evaluation->train_accuracy,
        .knn_of_output = output->knn,
    };
    return 0;
}

static struct history trained(const struct bm_config *config)
{
    struct history history = {0};
    struct bm_launch launch;
    struct bm_result result;
    struct bm_err err = {0};
    const struct bm_train_sink sink = {.context = &history, .evaluation = keep};
    bm_table_init(&bm_launch_table, &launch);
    if (bm_train(config, &launch, NULL, &sink, &result, &err) != 0)
        fail_msg("%s", err.text);
    return history;
}

/* ---- the same, written out ---- */

enum sight { PLAIN, TRAINING, FIT };

struct reference {
    struct bm_config config;
    struct bm_data data;
    struct bm_net *net;
    struct bm_viewer viewer;
    size_t batch, classes, channels, pixels;
    bm_real *x, *before, *targets, *d_output, *moments; /* owned */
    uint32_t *partner;                                  /* owned */
    double share;    /* of an image's own label; the rest is its partner's */
    float *planes;   /* owned */
    uint32_t *order; /* owned */
    int64_t steps;
};

static struct reference *reference_of(const struct bm_config *config)
{
    struct reference *r = calloc(1, sizeof *r);
    struct bm_net_spec spec;
    struct bm_launch launch;
    struct bm_err err = {0};
    r->config = *config;
    bm_table_init(&bm_launch_table, &launch);
    if (bm_train_net_spec(config, &launch, &spec, &err) != 0 ||
        bm_data_open(&r->data, config, &launch, NULL, &err) != 0 ||
        bm_viewer_init(&r->viewer, &r->config, r->data.facts.shape, &err) != 0)
        fail_msg("%s", err.text);
    r->batch = (size_t)config->batch_size;
    r->classes = (size_t)spec.classes;
    r->channels = (size_t)spec.input.channels;
    r->pixels = (size_t)spec.input.height * (size_t)spec.input.width;
    r->net = bm_net_new(&spec, (int)r->batch, &err);
    if (r->net == NULL || bm_net_plan(r->net, BM_KEEP_GRADIENTS, &err) != 0)
        fail_msg("%s", err.text);
    bm_net_init(r->net, (uint64_t)config->seed);
    r->x = calloc(r->batch * r->channels * r->pixels, sizeof *r->x);
    r->before = calloc(r->batch * r->channels * r->pixels, sizeof *r->before);
    r->partner = calloc(r->batch, sizeof *r->partner);
    r->planes = calloc(r->channels * r->pixels, sizeof *r->planes);
    r->targets = calloc(r->batch * r->classes, sizeof *r->targets);
    r->d_output = calloc(r->batch * r->classes, sizeof *r->d_output);
    r->moments = calloc(2 * bm_net_parameters(r->net), sizeof *r->moments);
    r->order = calloc(r->data.train.n, sizeof *r->order);
    return r;
}

static void reference_free(struct reference *r)
{
    bm_net_free(r->net);
    bm_viewer_fini(&r->viewer);
    bm_data_close(&r->data);
    free(r->x);
    free(r->before);
    free(r->partner);
    free(r->planes);
    free(r->targets);
    free(r->d_output);
    free(r->moments);
    free(r->order);
    free(r);
}

static bool is_finite(const struct bm_config *config)
{
    return config->diversity >= 1 && isfinite(config->diversity);
}

/* The copy that a visit sees. */
static uint64_t copy_of(const struct reference *r, const struct bm_split *split, size_t position,
                        enum sight sight, int64_t epoch)
{
    struct bm_random random =
        bm_random_of((uint64_t)r->config.seed, sight == FIT ? BM_RANDOM_FIT_PICK : BM_RANDOM_PICK,
                     split->index[position], (uint64_t)epoch);
    return bm_random_below(&random, (uint64_t)r->config.diversity);
}

/* The label that goes with what is seen. */
static uint16_t label_of(const struct reference *r, const struct bm_split *split, size_t position,
                         enum sight sight, int64_t epoch)
{
    if (!is_finite(&r->config) || r->config.augment_labels == BM_LABELS_SHARED)
        return split->label[position];
    struct bm_random random =
        bm_random_of((uint64_t)r->config.data_seed, BM_RANDOM_LABEL, split->index[position],
                     copy_of(r, split, position, sight, epoch));
    return (uint16_t)bm_random_below(&random, r->classes);
}

/* Image `position` of the split, red first, as row i of the batch. */
static void load(struct reference *r, const struct bm_split *split, size_t position,
                 enum sight sight, int64_t epoch, size_t i)
{
    const unsigned char *pixels = split->pixels[position];
    uint32_t index = split->index[position];
    if (sight != PLAIN && is_finite(&r->config) && r->config.view_source == BM_VIEWS_SAME_CLASS)
        bm_view_plain(&r->viewer,
                      split->others[position * (size_t)r->config.diversity +
                                    copy_of(r, split, position, sight, epoch)],
                      r->planes);
    else if (sight == PLAIN)
        bm_view_plain(&r->viewer, pixels, r->planes);
    else if (sight == TRAINING)
        bm_view_train(&r->viewer, pixels, index, epoch, r->planes);
    else
        bm_view_fit(&r->viewer, pixels, index, epoch, r->planes);
    for (size_t p = 0; p < r->pixels; p++)
        for (size_t c = 0; c < r->channels; c++)
            r->x[(i * r->pixels + p) * r->channels + c] = r->planes[c * r->pixels + p];
}

/* Outputs of all images of a split in their order: n rows; owned by the caller. */
static float *outputs_of(struct reference *r, const struct bm_split *split, enum sight sight,
                         int64_t epoch)
{
    float *outputs = malloc(split->n * r->classes * sizeof *outputs);
    for (size_t at = 0, n; at < split->n; at += n) {
        n = split->n - at < r->batch ? split->n - at : r->batch;
        for (size_t i = 0; i < n; i++)
            load(r, split, at + i, sight, epoch, i);
        memcpy(outputs + at * r->classes, bm_net_forward(r->net, r->x, (int)n, BM_EVAL),
               n * r->classes * sizeof *outputs);
    }
    return outputs;
}

static uint16_t largest(const float *output, size_t classes)
{
    uint16_t best = 0;
    for (uint16_t c = 1; c < classes; c++)
        best = output[c] > output[best] ? c : best;
    return best;
}

/* The share of images whose output is largest at their class, of those where `only` says so. */
static double accuracy(const struct reference *r, const float *outputs, const uint16_t *class,
                       const bool *only, size_t n)
{
    double right = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        bool counts = only == NULL || only[i];
        all += counts;
        right += counts && largest(outputs + i * r->classes, r->classes) == class[i];
    }
    return all > 0 ? right / all : NAN;
}

static void normalize(float *row, size_t n)
{
    double squares = 0;
    for (size_t k = 0; k < n; k++)
        squares += (double)row[k] * (double)row[k];
    for (size_t k = 0; k < n && squares > 0; k++)
        row[k] *= (float)(1 / sqrt(squares));
}

static double distance(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    return sum;
}

/* By the true classes of the K nearest of n rows; ties to the smallest class. */
static uint16_t vote(const float *query, const float *rows, const uint16_t *truth, size_t n,
                     size_t dimension)
{
    int votes[64] = {0};
    bool *taken = calloc(n, sizeof *taken);
    for (int k = 0; k < K; k++) {
        size_t nearest = SIZE_MAX;
        double best = INFINITY;
        for (size_t j = 0; j < n; j++) {
            double apart = taken[j] ? INFINITY : distance(query, rows + j * dimension, dimension);
            if (apart < best) {
                best = apart;
                nearest = j;
            }
        }
        taken[nearest] = true;
        votes[truth[nearest]]++;
    }
    free(taken);
    uint16_t winner = 0;
    for (uint16_t c = 1; c < 64; c++)
        winner = votes[c] > votes[winner] ? c : winner;
    return winner;
}

static double knn(const struct reference *r, float *train, float *test)
{
    double right = 0;
    const struct bm_split *fitted = &r->data.train, *asked = &r->data.test;
    for (size_t j = 0; j < fitted->n; j++)
        normalize(train + j * r->classes, r->classes);
    for (size_t i = 0; i < asked->n; i++) {
        normalize(test + i * r->classes, r->classes);
        right += vote(test + i * r->classes, train, fitted->truth, fitted->n, r->classes) ==
                 asked->truth[i];
    }
    return right / (double)asked->n;
}

static struct figures measure(struct reference *r, int64_t epoch)
{
    const struct bm_split *train = &r->data.train, *test = &r->data.test;
    float *plain = outputs_of(r, train, PLAIN, 0), *tests = outputs_of(r, test, PLAIN, 0);
    float *views = outputs_of(r, train, FIT, epoch);
    bool *is_wrong = calloc(train->n, sizeof *is_wrong);
    uint16_t *seen = calloc(train->n, sizeof *seen);
    for (size_t i = 0; i < train->n; i++)
        is_wrong[i] = train->label[i] != train->truth[i];
    for (size_t i = 0; i < train->n; i++)
        seen[i] = label_of(r, train, i, FIT, epoch);
    struct figures figures = {
        .epoch = epoch,
        .memorization = accuracy(r, plain, train->label, NULL, train->n),
        .memorization_noisy = accuracy(r, plain, train->label, is_wrong, train->n),
        .fit = accuracy(r, views, seen, NULL, train->n),
        .clean_train_accuracy = accuracy(r, plain, train->truth, NULL, train->n),
        .test_accuracy = accuracy(r, tests, test->truth, NULL, test->n),
        .train_loss = NAN,
        .train_accuracy = NAN,
    };
    figures.knn_of_output = knn(r, plain, tests);
    if (is_finite(&r->config) && r->config.augment_labels == BM_LABELS_INDEPENDENT)
        figures.memorization = figures.memorization_noisy = NAN;
    free(seen);
    free(plain);
    free(tests);
    free(views);
    free(is_wrong);
    return figures;
}

/* Before training the running statistics are those of one pass over the plain images. */
static struct figures measure_untrained(struct reference *r)
{
    const struct bm_split *train = &r->data.train;
    bm_net_reset_statistics(r->net);
    for (size_t at = 0, n; at < train->n; at += n) {
        n = train->n - at < r->batch ? train->n - at : r->batch;
        for (size_t i = 0; i < n; i++)
            load(r, train, at + i, PLAIN, 0, i);
        bm_net_forward(r->net, r->x, (int)n, BM_CALIBRATE);
    }
    struct figures figures = measure(r, 0);
    bm_net_reset_statistics(r->net);
    return figures;
}

/* The rate of an epoch, counted from 0. */
static double rate_of(const struct bm_config *config, int64_t epoch)
{
    double warmup = (double)config->warmup_epochs, epochs = (double)config->epochs;
    bool is_lars = strcmp(config->optimizer, "lars") == 0;
    double rate = is_lars ? config->lr * (double)config->batch_size / 256 : config->lr;
    if (epoch < config->warmup_epochs)
        return rate * (double)(epoch + 1) / warmup;
    if (is_lars)
        return rate * ((1 + cos(M_PI * ((double)epoch - warmup) / (epochs - warmup))) / 2);
    if (strcmp(config->optimizer, "sgd") == 0 && config->epochs >= 3)
        return rate * pow(0.1, (double)(epoch / (config->epochs / 3)));
    return rate;
}

/* Tensors that are trained lie one behind the other. */
static void step_on_all(struct reference *r, double rate)
{
    const struct bm_optimizer_settings settings = {
        .lr = rate,
        .weight_decay = r->config.weight_decay,
        .momentum = r->config.momentum,
        .exclude_1d = r->config.lars_exclude_1d == BM_YES,
    };
    size_t parameters = bm_net_parameters(r->net), first = 0;
    double *gradients = calloc(parameters, sizeof *gradients);
    r->steps++;
    for (size_t t = 0; t < bm_net_tensors(r->net); t++) {
        struct bm_tensor_info info;
        size_t n = 1;
        bm_net_tensor_info(r->net, t, &info);
        for (int d = 0; d < info.n_dims; d++)
            n *= (size_t)info.dims[d];
        const struct bm_optimizer_part tensor = {
            .rows = 1,
            .columns = n,
            .parameters = bm_net_parameter_data(r->net) + first,
            .moments = r->moments + first,
            .stride = n,
            .apart = parameters,
            .gradients = bm_net_gradient_data(r->net) + first,
            .n_dims = info.n_dims,
        };
        if (!bm_net_tensor_gradient(r->net, t, gradients)) /* a running statistic */
            continue;
        bm_optimizer_find(r->config.optimizer)->step(&settings, r->steps, &tensor);
        first += n;
    }
    assert_int_equal(first, parameters);
    free(gradients);
}

/* mixup and CutMix, of an image from a copy of the batch. */
static void mix(struct reference *r, int64_t epoch, size_t step)
{
    const struct bm_config *config = &r->config;
    int size = (int)sqrt((double)r->pixels), from[2], to[2];
    size_t image = r->pixels * r->channels;
    r->share = 1;
    if (config->diversity == 0 || (config->mixup_p == 0 && config->cutmix == BM_NO))
        return;
    struct bm_random stream =
        bm_random_of((uint64_t)config->seed, BM_RANDOM_MIX, (uint64_t)epoch, step);
    struct bm_random partners = bm_random_lane(&stream, 1);
    for (uint32_t i = 0; i < r->batch; i++)
        r->partner[i] = i;
    bm_random_shuffle(&partners, r->partner, r->batch);
    memcpy(r->before, r->x, r->batch * image * sizeof *r->x);
    bool is_up = config->cutmix == BM_NO;
    if (is_up && !(bm_random_uniform(&stream) < config->mixup_p))
        return;
    double lambda = bm_random_beta(&stream, is_up ? config->mixup_alpha : 1);
    for (int axis = 0; axis < 2 && !is_up; axis++) {
        int centre = 0, half = (int)(size * sqrt(1 - lambda)) / 2;
        centre = (int)bm_random_below(&stream, (uint64_t)size);
        from[axis] = (int)fmax(centre - half, 0);
        to[axis] = (int)fmin(centre + half, size);
    }
    size_t replaced = 0;
    for (size_t i = 0; i < r->batch; i++)
        for (size_t v = 0; v < image; v++) {
            bm_real own = r->before[i * image + v], other = r->before[r->partner[i] * image + v];
            int row = (int)(v / r->channels) / size, column = (int)(v / r->channels) % size;
            bool is_in =
                !is_up && row >= from[0] && row < to[0] && column >= from[1] && column < to[1];
            replaced += is_in && i == 0;
            r->x[i * image + v] = is_up   ? (bm_real)lambda * own + (bm_real)(1 - lambda) * other
                                  : is_in ? other
                                          : own;
        }
    if (!is_up)
        r->share = 1 - (double)replaced / (double)image;
    else if (config->mixup_labels == BM_MIX_LABELS)
        r->share = lambda;
}

static void train_epoch(struct reference *r, int64_t epoch, double *loss, double *accuracy)
{
    const struct bm_split *train = &r->data.train;
    size_t steps = train->n / r->batch;
    double right = 0;
    uint16_t labels[64];
    struct bm_random random =
        bm_random_of((uint64_t)r->config.seed, BM_RANDOM_ORDER, (uint64_t)epoch, 0);
    for (uint32_t i = 0; i < train->n; i++)
        r->order[i] = i;
    bm_random_shuffle(&random, r->order, train->n);
    *loss = 0;
    for (size_t step = 0; step < steps; step++) {
        for (size_t i = 0; i < r->batch; i++) {
            size_t position = r->order[step * r->batch + i];
            load(r, train, position, TRAINING, epoch, i);
            labels[i] = label_of(r, train, position, TRAINING, epoch);
        }
        mix(r, epoch, step);
        bm_real smooth = (bm_real)(r->config.label_smoothing / (double)r->classes);
        for (size_t i = 0; i < r->batch; i++)
            for (size_t c = 0; c < r->classes; c++) {
                bm_real target = labels[i] == c ? (bm_real)r->share : 0;
                if (r->share < 1 && labels[r->partner[i]] == c)
                    target += (bm_real)(1 - r->share);
                r->targets[i * r->classes + c] =
                    (bm_real)(1 - r->config.label_smoothing) * target + smooth;
            }
        const bm_real *output = bm_net_forward(r->net, r->x, (int)r->batch, BM_TRAIN);
        double right_of_step = 0;
        for (size_t i = 0; i < r->batch; i++) {
            uint16_t said = largest(output + i * r->classes, r->classes);
            if (said == labels[i])
                right_of_step += r->share;
            if (r->share < 1 && said == labels[r->partner[i]])
                right_of_step += 1 - r->share;
        }
        right += right_of_step;
        *loss += bm_loss_find(r->config.loss)
                     ->value(output, r->targets, (int)r->batch, (int)r->classes, r->d_output);
        bm_net_backward(r->net, r->x, r->d_output, (int)r->batch);
        step_on_all(r, rate_of(&r->config, epoch - 1));
    }
    *loss /= (double)steps;
    *accuracy = right / (double)(steps * r->batch);
}

/* With finite diversity the views are what is memorized. */
static bool is_memorized(const struct bm_config *config, const struct figures *figures)
{
    double share = is_finite(config) ? figures->fit : figures->memorization;
    return config->stop_memorized > 0 && share >= config->stop_memorized;
}

static struct history written_out(const struct bm_config *config)
{
    struct reference *r = reference_of(config);
    struct history history = {0};
    int in_a_row = 0;
    double loss = NAN, accuracy = NAN;
    for (int64_t epoch = 0; epoch <= config->epochs && in_a_row < ENOUGH; epoch++) {
        if (epoch > 0)
            train_epoch(r, epoch, &loss, &accuracy);
        if (epoch % config->probe_every != 0 && epoch != config->epochs)
            continue;
        assert_true(history.n < MOST_EVALUATIONS);
        struct figures *figures = &history.figures[history.n++];
        *figures = epoch == 0 ? measure_untrained(r) : measure(r, epoch);
        figures->train_loss = loss;
        figures->train_accuracy = accuracy;
        in_a_row = is_memorized(config, figures) ? in_a_row + 1 : 0;
    }
    reference_free(r);
    return history;
}

/* ---- comparison ---- */

static void assert_same(const char *settings, const struct history *ours,
                        const struct history *expected)
{
    static const char *const names[] = {
        "memorization", "memorization_noisy", "fit",   "clean train",
        "test",         "train loss",         "train", "kNN probe of outputs"};
    if (ours->n != expected->n)
        fail_msg("%s: %zu evaluations, expected %zu", settings, ours->n, expected->n);
    for (size_t i = 0; i < ours->n; i++) {
        const double *a = &ours->figures[i].memorization;
        const double *b = &expected->figures[i].memorization;
        assert_int_equal(ours->figures[i].epoch, expected->figures[i].epoch);
        for (size_t f = 0; f < sizeof names / sizeof *names; f++)
            if (!(a[f] == b[f] || (isnan(a[f]) && isnan(b[f]))))
                fail_msg("%s, epoch %lld: %s is %.17g, expected %.17g", settings,
                         (long long)ours->figures[i].epoch, names[f], a[f], b[f]);
    }
}

static const char *const runs[] = {
    "",
    "diversity=none label_noise=0.5 epochs=8",
    "diversity=3 label_noise=0.4 seed=9 weight_decay=0.05",
    "diversity=1 label_noise=1 arch=mlp width=16 depth=2 norm=none",
    "diversity=inf label_noise=0 batch_size=43 epochs=5 probe_every=2",
    "diversity=2 arch=mlp width=48 depth=1 lr=0.02 epochs=30 stop_memorized=0.2",
    "diversity=none arch=mlp width=32 depth=1 lr=0.01 epochs=30 stop_memorized=0.4",
    "arch=mlp width=48 depth=1 lr=0.02 epochs=30 stop_memorized=0.18",
    "loss=cross_entropy diversity=2",
    "loss=cross_entropy label_smoothing=0.3 label_noise=0.5",
    "label_smoothing=0.1 diversity=none",
    "optimizer=sgd lr=0.1 loss=cross_entropy epochs=7 weight_decay=0.01",
    "optimizer=sgd lr=0.1 momentum=0.5 warmup_epochs=2 diversity=3",
    "optimizer=sgd lr=0.1 epochs=2 diversity=2",
    "optimizer=lars lr=30 epochs=5 weight_decay=0.01 loss=cross_entropy",
    "optimizer=lars lr=30 epochs=6 warmup_epochs=3 weight_decay=0.01 lars_exclude_1d=yes",
    "warmup_epochs=3 epochs=5 diversity=none",
    "mixup_p=0.8",
    "mixup_p=0.5 mixup_alpha=0.3 mixup_labels=first diversity=4 loss=cross_entropy",
    "mixup_p=1 mixup_alpha=5 label_smoothing=0.2 label_noise=0.5 optimizer=sgd lr=0.1",
    "cutmix=yes",
    "cutmix=yes label_smoothing=0.1 loss=cross_entropy diversity=2 mixup_labels=first",
    "mixup_p=1 diversity=none",
    "cutmix=yes diversity=none label_noise=0.5",
    "augment_labels=independent diversity=3",
    "augment_labels=independent diversity=none label_noise=0.5",
    "augment_labels=independent diversity=2 mixup_p=1 arch=mlp width=48 depth=1 lr=0.02 epochs=30 "
    "stop_memorized=0.05",
    "view_source=same_class diversity=3 label_noise=0.5",
    "view_source=same_class diversity=2 augment_labels=independent cutmix=yes",
    "view_source=same_class diversity=none",
    "augment=isometry diversity=2",
    "augment=most_difficult",
    "augment=crop,randaugment diversity=3",
    "saved_activations=bf16 diversity=2 label_noise=0.5",
    "saved_activations=bf16_all diversity=2 label_noise=0.5",
    "precision=bf16 diversity=2 label_noise=0.5",
};

static void runs_are_what_the_protocol_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct bm_config config = config_of(runs[i]);
        struct history ours = trained(&config), expected = written_out(&config);
        assert_same(runs[i], &ours, &expected);
        if (config.stop_memorized > 0) /* else this shows nothing */
            assert_true(expected.n < (size_t)config.epochs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_what_the_protocol_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
