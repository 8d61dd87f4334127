/* The columns of a results file that are not settings: one row each. */
#include "bm/result.h"

#include <assert.h>
#include <string.h>

#define REPRODUCIBLE(record, member) BM_MEMBER(record, member), .role = BM_REPRODUCIBLE
#define CIRCUMSTANCE(record, member) BM_MEMBER(record, member), .role = BM_CIRCUMSTANCE
#define ACCURACIES(record)                                                                       \
    {REPRODUCIBLE(record, train_loss), .type = BM_REAL,                                          \
     .help = "mean loss over the steps of the last epoch"},                                      \
        {REPRODUCIBLE(record, train_accuracy), .type = BM_REAL, .unit = "fraction",              \
         .help = "accuracy over the steps of the last epoch, against the labels trained on"},    \
        {REPRODUCIBLE(record, memorization), .type = BM_REAL, .unit = "fraction",                \
         .help = "accuracy on the un-augmented training images, against the labels trained on"}, \
        {REPRODUCIBLE(record, memorization_noisy), .type = BM_REAL, .unit = "fraction",          \
         .help = "memorization of the images whose label is wrong"},                             \
        {REPRODUCIBLE(record, fit), .type = BM_REAL, .unit = "fraction",                         \
         .help = "accuracy on a training view of each image, against the labels trained on"},    \
        {REPRODUCIBLE(record, clean_train_accuracy), .type = BM_REAL, .unit = "fraction",        \
         .help = "accuracy on the un-augmented training images, against the true labels"},       \
    {                                                                                            \
        REPRODUCIBLE(record, test_accuracy), .type = BM_REAL, .unit = "fraction",                \
                                             .help = "accuracy on the test images"               \
    }

#define EVALUATION(member) REPRODUCIBLE(bm_evaluation, member)
static const struct bm_field evaluation_fields[] = {
    {EVALUATION(epoch), .type = BM_INT, .unit = "epochs",
     .help = "epochs trained; 0: initialization"},
    ACCURACIES(bm_evaluation),
    {CIRCUMSTANCE(bm_evaluation, wall_s), .type = BM_REAL, .unit = "s",
     .help = "time since the run began"},
};
const struct bm_table bm_evaluation_table = {"evaluations", evaluation_fields,
                                             sizeof evaluation_fields / sizeof *evaluation_fields,
                                             sizeof(struct bm_evaluation)};

#define PROBE(member) REPRODUCIBLE(bm_tap_probe, member)
#define KNN_OF(k)                                         \
    {PROBE(knn_##k), .type = BM_REAL, .unit = "fraction", \
     .help = "the same of the " #k " nearest, where knn_k names more than one number"},
static const struct bm_field tap_probe_fields[] = {
    {PROBE(tap), .type = BM_TEXT, .help = "place in the network, as the architecture names it"},
    {PROBE(dimension), .type = BM_INT, .unit = "features", .help = "length of the tap's features"},
    {PROBE(knn), .type = BM_REAL, .unit = "fraction",
     .help = "test accuracy of k nearest neighbours among the training features, true labels"},
    BM_KNN_ALSO(KNN_OF){PROBE(linear), .type = BM_REAL, .unit = "fraction",
                        .help = "test accuracy of ridge regression on the true labels"},
    {PROBE(linear_alpha), .type = BM_REAL,
     .help = "penalty of that regression, chosen on a tenth that was held out"},
    {PROBE(linear_dimension), .type = BM_REAL, .unit = "features",
     .help = "length of the features that were fitted; less than dimension: projected at random"},
    {PROBE(noisy), .type = BM_REAL, .unit = "fraction",
     .help = "accuracy of k nearest other training images, against the labels trained on"},
    {PROBE(noisy_of_noisy), .type = BM_REAL, .unit = "fraction",
     .help = "the same, of the images whose label is wrong"},
    {PROBE(invariance), .type = BM_REAL,
     .help = "(s - d) / (1 - d): mean cosine of two views of an image, s, and of two images, d"},
    {PROBE(centroid), .type = BM_REAL, .unit = "fraction",
     .help = "test accuracy of the nearest mean of the training features of a class, true labels"},
    {PROBE(rank), .type = BM_REAL,
     .help = "effective rank: exp of the entropy of the singular values of the centred features"},
    {PROBE(rewind_memorization), .type = BM_REAL, .unit = "fraction",
     .help = "memorization with the parameters between the tap before and this one as they began"},
    {PROBE(rewind_test), .type = BM_REAL, .unit = "fraction",
     .help = "test accuracy of the output with the parameters between those taps as they began"},
};
const struct bm_table bm_tap_probe_table = {"probes", tap_probe_fields,
                                            sizeof tap_probe_fields / sizeof *tap_probe_fields,
                                            sizeof(struct bm_tap_probe)};

static const struct bm_field tap_pair_fields[] = {
    {REPRODUCIBLE(bm_tap_pair, cka), .type = BM_REAL,
     .help = "linear CKA of the two taps' features of the first test images, by unbiased HSIC"},
};
const struct bm_table bm_tap_pair_table = {"pairs", tap_pair_fields,
                                           sizeof tap_pair_fields / sizeof *tap_pair_fields,
                                           sizeof(struct bm_tap_pair)};

#define RESULT(member) REPRODUCIBLE(bm_result, member)
#define COST(member)   CIRCUMSTANCE(bm_result, member)
static const struct bm_field result_fields[] = {
    {RESULT(status), .type = BM_CHOICE, .words = bm_status_words,
     .help = "how the run ended; running: not yet"},
    {COST(cause), .type = BM_TEXT, .help = "why it is not done"},
    {RESULT(epochs_done), .type = BM_INT, .unit = "epochs", .help = "epochs trained"},
    {RESULT(train_images), .type = BM_INT, .unit = "images", .help = "training images"},
    {RESULT(test_images), .type = BM_INT, .unit = "images", .help = "test images"},
    {RESULT(noisy_images), .type = BM_INT, .unit = "images",
     .help = "training images whose label was drawn (by chance it may be the true one)"},
    {RESULT(classes), .type = BM_INT, .unit = "classes", .help = "classes"},
    {RESULT(parameters), .type = BM_INT, .unit = "parameters", .help = "trained parameters"},
    {RESULT(data_digest), .type = BM_TEXT, .help = "XXH3-128 of the data set's files"},
    ACCURACIES(bm_result),
    {COST(wall_s), .type = BM_REAL, .unit = "s", .help = "duration of the run"},
    {COST(cpu_s), .type = BM_REAL, .unit = "s", .help = "CPU time of the trainer"},
    {COST(images_per_s), .type = BM_REAL, .unit = "images/s",
     .help = "training speed, without evaluation"},
    {COST(flops_per_s), .type = BM_REAL, .unit = "FLOP/s",
     .help = "arithmetic of training, counted as direct convolution, a second"},
    {COST(peak_memory), .type = BM_INT, .unit = "bytes",
     .help = "largest resident size of the trainer"},
    {COST(started), .type = BM_TEXT, .help = "UTC"},
    {COST(finished), .type = BM_TEXT, .help = "UTC"},
    {COST(host), .type = BM_TEXT, .help = "host name"},
    {COST(cpu), .type = BM_TEXT, .help = "CPU model"},
    {COST(isa), .type = BM_TEXT, .help = "instruction set of the trainer's own code"},
    {COST(conv), .type = BM_TEXT, .help = "path of 3x3 convolutions with stride 1"},
    {COST(blas_kernel), .type = BM_TEXT, .help = "kernel that OpenBLAS chose"},
    {COST(threads), .type = BM_INT, .unit = "threads", .help = "threads of the trainer"},
    /* Not `rank`, which is a probe. */
    {COST(rank), .column = "mpi_rank", .former = "rank", .type = BM_INT,
     .help = "MPI rank that ran it"},
    {COST(pid), .type = BM_INT, .help = "process id of the trainer"},
    {COST(program_version), .type = BM_TEXT, .help = "version of bm-sweep"},
    {COST(git_revision), .type = BM_TEXT, .help = "revision of the source"},
    {COST(build), .type = BM_TEXT,
     .help = "compiler and flags of bm-sweep: last digits depend on them"},
};
const struct bm_table bm_result_table = {"results", result_fields,
                                         sizeof result_fields / sizeof *result_fields,
                                         sizeof(struct bm_result)};

static const struct bm_field *real_column(const struct bm_table *table, size_t i)
{
    for (size_t f = 0; f < table->n_fields; f++)
        if (table->fields[f].type == BM_REAL && i-- == 0)
            return &table->fields[f];
    return NULL;
}

const struct bm_field *bm_probe_column(size_t i)
{
    return real_column(&bm_tap_probe_table, i);
}

const struct bm_field *bm_pair_column(size_t i)
{
    return real_column(&bm_tap_pair_table, i);
}

/* The row of the result that has the same key as row `i` of an evaluation, if it is taken from
 * there; each is looked for once. */
static const struct bm_field *counterpart(size_t i)
{
    static const struct bm_field *found[BM_MOST_SETTINGS];
    static bool is_known[BM_MOST_SETTINGS];
    const struct bm_field *from = &bm_evaluation_table.fields[i];
    assert(i < BM_MOST_SETTINGS);
    if (!is_known[i] && from->role == BM_REPRODUCIBLE)
        found[i] = bm_table_find(&bm_result_table, from->key);
    is_known[i] = true;
    return found[i];
}

void bm_result_take_evaluation(struct bm_result *result, const struct bm_evaluation *evaluation)
{
    for (size_t i = 0; i < bm_evaluation_table.n_fields; i++) {
        const struct bm_field *from = &bm_evaluation_table.fields[i], *to = counterpart(i);
        if (to == NULL)
            continue;
        assert(to->type == from->type && to->size == from->size);
        memcpy((char *)result + to->offset, (const char *)evaluation + from->offset, from->size);
    }
}
