/* A 3x3 convolution with stride 1 in training, by Winograd's algorithm, beside oneDNN's.
 * bench_conv3x3 SIDE CHANNELS BATCH: prints the seconds of CPU of our forward and of oneDNN's, of
 * our backward and of oneDNN's, and the largest difference of any result from ours, as a fraction
 * of the largest value. By turns, medians; of oneDNN's two algorithms the faster counts, for each
 * pass by itself. What they were goes to stderr. */
#include <math.h>

#include "median.h"
#include "nn/net.h"
#include "onednn.h"
#include "training.h"

/* Behind a ReLU, as the input's gradient is not wanted where the input is that of the network. */
enum { ROUNDS = 5, RELU = 1, CONV = 2 };

static const char *const pass_names[ONEDNN_PASSES] = {"forward", "gradient of the input",
                                                      "gradient of the weights"};
static const char *const algorithm_names[ONEDNN_ALGORITHMS] = {"winograd", "auto"};

struct ours {
    struct bm_net *net;
    bm_real *x, *dy;
    double seconds[2][ROUNDS]; /* forward, backward */
};

struct peer {
    struct onednn_conv *conv; /* NULL: there is none */
    double seconds[ROUNDS];
};

/* In memory as training has it. */
static bm_real *filled(size_t n, double low, double high)
{
    struct bm_err err = {0};
    struct bm_arena arena;
    if (bm_arena_init(&arena, bm_arena_need(n * sizeof(bm_real)), "images", &err) != 0)
        abort();
    bm_real *values = bm_arena_take(&arena, n * sizeof *values);
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    for (size_t i = 0; i < n; i++)
        values[i] = (bm_real)bm_random_range(&random, low, high);
    return values;
}

static struct ours ours_of(struct onednn_shape shape)
{
    struct bm_err err = {0};
    struct bm_shape image = {shape.side, shape.side, shape.channels};
    struct bm_net *net = must(bm_net_begin(image, shape.batch, BM_CONV_WINOGRAD, &err));
    bm_net_conv(net, bm_net_relu(net, 0), shape.channels, 3, 1, "conv");
    bm_net_end(net);
    if (bm_net_plan(net, BM_KEEP_GRADIENTS, &err) != 0)
        abort();
    bm_net_init(net, 1);
    size_t reals = (size_t)shape.batch * bm_shape_size(image);
    struct ours ours = {.net = net, .x = filled(reals, 0, 1), .dy = filled(reals, -1, 1)};
    bm_net_forward_node(net, RELU, ours.x, shape.batch, BM_TRAIN);
    return ours;
}

/* What a pass of oneDNN's reads or computes, in our network. */
static bm_real *operand_of(const struct ours *ours, enum onednn_pass pass, int operand)
{
    struct bm_net *net = ours->net;
    bm_real *x = bm_net_block(net, net->nodes[RELU].value);
    bm_real *all[ONEDNN_PASSES][ONEDNN_OPERANDS] = {
        [ONEDNN_FORWARD] = {x, bm_net_parameter_data(net),
                            bm_net_block(net, net->nodes[CONV].value)},
        [ONEDNN_D_INPUT] = {ours->dy, bm_net_parameter_data(net),
                            bm_net_block(net, net->nodes[RELU].gradient)},
        [ONEDNN_D_WEIGHTS] = {x, ours->dy, bm_net_gradient_data(net)},
    };
    return all[pass][operand];
}

static size_t results_of(const struct ours *ours, enum onednn_pass pass, int batch)
{
    const struct bm_node *conv = &ours->net->nodes[CONV];
    return pass == ONEDNN_D_WEIGHTS ? bm_net_parameters(ours->net)
                                    : (size_t)batch * bm_shape_size(conv->out);
}

static void run_ours(struct ours *ours, int batch, int round)
{
    double began = cpu_seconds();
    bm_net_forward_node(ours->net, CONV, ours->x, batch, BM_TRAIN);
    double between = cpu_seconds();
    bm_net_backward_node(ours->net, CONV, ours->x, ours->dy, batch, NULL);
    ours->seconds[0][round] = between - began;
    ours->seconds[1][round] = cpu_seconds() - between;
}

static void run_peer(struct peer *peer, int round)
{
    if (peer->conv == NULL)
        return;
    double began = cpu_seconds();
    onednn_conv_run(peer->conv);
    peer->seconds[round] = cpu_seconds() - began;
}

/* Not a number differs by infinity. */
static double difference_of(const bm_real *ours, const bm_real *theirs, size_t n)
{
    double difference = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        double here = fabs((double)theirs[i] - (double)ours[i]);
        difference = fmax(difference, isnan(here) ? INFINITY : here);
        largest = fmax(largest, fabs((double)ours[i]));
    }
    return largest > 0 ? difference / largest : INFINITY;
}

/* The largest of what oneDNN's ways of a pass compute, from what ours has just computed. */
static double check_pass(const struct ours *ours, const struct peer peers[ONEDNN_ALGORITHMS],
                         enum onednn_pass pass, int batch)
{
    size_t n = results_of(ours, pass, batch);
    float *theirs = must(malloc(n * sizeof *theirs));
    double difference = 0;
    for (enum onednn_algorithm a = 0; a < ONEDNN_ALGORITHMS; a++) {
        if (peers[a].conv == NULL)
            continue;
        onednn_conv_run(peers[a].conv);
        onednn_conv_get(peers[a].conv, theirs);
        difference =
            fmax(difference, difference_of(operand_of(ours, pass, ONEDNN_RESULT), theirs, n));
    }
    free(theirs);
    return difference;
}

/* Of all passes; touches all memory. Backward may write over what forward computed. */
static double check(const struct ours *ours, struct peer peers[ONEDNN_PASSES][ONEDNN_ALGORITHMS],
                    int batch)
{
    bm_net_forward_node(ours->net, CONV, ours->x, batch, BM_TRAIN);
    double difference = check_pass(ours, peers[ONEDNN_FORWARD], ONEDNN_FORWARD, batch);
    bm_net_backward_node(ours->net, CONV, ours->x, ours->dy, batch, NULL);
    for (enum onednn_pass p = ONEDNN_D_INPUT; p < ONEDNN_PASSES; p++)
        difference = fmax(difference, check_pass(ours, peers[p], p, batch));
    return difference;
}

static void begin_peers(struct peer peers[ONEDNN_PASSES][ONEDNN_ALGORITHMS],
                        const struct ours *ours, struct onednn_shape shape)
{
    for (enum onednn_pass p = 0; p < ONEDNN_PASSES; p++)
        for (enum onednn_algorithm a = 0; a < ONEDNN_ALGORITHMS; a++) {
            struct onednn_conv *conv = onednn_conv_new(p, a, shape);
            for (int operand = 0; operand < ONEDNN_RESULT && conv != NULL; operand++)
                onednn_conv_set(conv, operand, operand_of(ours, p, operand));
            peers[p][a].conv = conv;
        }
}

/* Seconds of the faster of a pass's two algorithms; says what both were. */
static double fastest(struct peer peers[ONEDNN_ALGORITHMS], enum onednn_pass pass)
{
    double least = INFINITY;
    fprintf(stderr, "  %s:", pass_names[pass]);
    for (enum onednn_algorithm a = 0; a < ONEDNN_ALGORITHMS; a++) {
        struct peer *peer = &peers[a];
        fprintf(stderr, "%s %s ", a > 0 ? "," : "", algorithm_names[a]);
        if (peer->conv == NULL) {
            fprintf(stderr, "not there");
            continue;
        }
        double seconds = median(peer->seconds, ROUNDS);
        fprintf(stderr, "%s %.4g ms", onednn_conv_implementation(peer->conv), 1000 * seconds);
        least = fmin(least, seconds);
    }
    fprintf(stderr, "\n");
    return least;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    struct onednn_shape shape = {
        .side = atoi(argv[1]), .channels = atoi(argv[2]), .batch = atoi(argv[3])};
    struct ours ours = ours_of(shape);
    struct peer peers[ONEDNN_PASSES][ONEDNN_ALGORITHMS] = {0};
    begin_peers(peers, &ours, shape);
    double difference = check(&ours, peers, shape.batch), theirs[ONEDNN_PASSES];
    for (int round = 0; round < ROUNDS; round++) {
        run_ours(&ours, shape.batch, round);
        for (enum onednn_pass p = 0; p < ONEDNN_PASSES; p++)
            for (enum onednn_algorithm a = 0; a < ONEDNN_ALGORITHMS; a++)
                run_peer(&peers[p][a], round);
    }
    fprintf(stderr, "oneDNN %s, %dx%d, %d channels; differs by %.1e\n", onednn_version(),
            shape.side, shape.side, shape.channels, difference);
    for (enum onednn_pass p = 0; p < ONEDNN_PASSES; p++)
        theirs[p] = fastest(peers[p], p);
    printf("%.6g %.6g %.6g %.6g %.6g\n", median(ours.seconds[0], ROUNDS), theirs[ONEDNN_FORWARD],
           median(ours.seconds[1], ROUNDS), theirs[ONEDNN_D_INPUT] + theirs[ONEDNN_D_WEIGHTS],
           difference);
    return 0;
}
