/* Where the time of a training step goes, a line a kind of part.
 * bench_parts ARCH WIDTH PROJECTOR BATCH STEPS SIDE
 *
 * `floor` is what the part cannot be faster than on its threads: the products that its path needs
 * (Winograd's: a quarter of the direct ones) at the peak, or each of its inputs, outputs and
 * parameters moved once at the bandwidth, whichever is longer. Adam reads and writes parameters and
 * two moments; the gradients have just been made. Where a layer updates by pieces within its
 * backward, the two are one part, and its floor is the sum of theirs. Peak and bandwidth are
 * measured first, by a large OpenBLAS product and a large copy. `direct` counts the products of a
 * direct convolution. */
#include "bm/clock.h"
#include "nn/layer/conv.h"
#include "nn/net.h"
#include "training.h"

enum { MOST_PARTS = 32 };

struct part {
    char name[40];
    double seconds, floor, flops; /* of all steps; flops counted as direct */
};

struct machine {
    int threads;
    double flops_per_s, bytes_per_s; /* of all threads */
};

static struct part parts[MOST_PARTS];

static struct part *part_of(const char *name, const char *pass)
{
    char full[sizeof parts->name];
    snprintf(full, sizeof full, "%s%s%s", name, *pass ? ", " : "", pass);
    struct part *part = parts;
    while (part->name[0] != '\0' && strcmp(part->name, full) != 0)
        part++;
    if (part == parts + MOST_PARTS - 1)
        abort();
    memcpy(part->name, full, sizeof full);
    return part;
}

static void name_of(const struct bm_node *node, char name[24])
{
    snprintf(name, 24, "%s", node->layer->name);
    if (strcmp(name, "conv") != 0)
        return;
    const struct conv *conv = node->detail;
    snprintf(name, 24, "%s %dx%d stride %d", node->inputs[0] == 0 ? "stem" : "conv", conv->kernel,
             conv->kernel, conv->stride);
}

/* Products that the node's path needs, as a fraction of the direct ones. */
static double products_needed(const struct bm_node *node)
{
    bool is_conv = strcmp(node->layer->name, "conv") == 0;
    return is_conv ? bm_conv_products(node->detail) : 1;
}

static double reals_of(const struct bm_net *net, int i, int n)
{
    return n * (double)bm_shape_size(net->nodes[i].out);
}

/* Reals that forward has to move: inputs, parameters, output; those of a normalization that is done
 * by its readers, none. */
static double forward_reals(const struct bm_net *net, int i, int n)
{
    const struct bm_node *node = &net->nodes[i];
    double reals = (double)bm_net_node_parameters(net, i) + reals_of(net, i, n);
    for (int k = 0; k < node->n_inputs; k++)
        reals += reals_of(net, node->inputs[k], n);
    return node->is_read_raw ? 0 : reals;
}

/* What neighbours leave to a normalization's backward: its sums and dz, its dx. */
static double d_norm_reals(const struct bm_net *net, int i, int n)
{
    const struct bm_node *node = &net->nodes[i];
    double sums = node->completed_by < 0 ? (node->n_inputs > 1 ? 4 : 2) : 0;
    double dx = node->is_d_read_raw ? 0 : 3;
    return (sums + dx) * reals_of(net, i, n);
}

/* Reals that backward has to move: dy, x, w and dw; dx, read as well where it is added to; and what
 * is done for normalizations: the layer's own output to make dy, the normalization's input and,
 * with a residual, output to complete dx. */
static double backward_reals(const struct bm_net *net, int i, int n)
{
    const struct bm_node *node = &net->nodes[i];
    if (node->layer->norm != NULL)
        return d_norm_reals(net, i, n);
    double reals = 2 * (double)bm_net_node_parameters(net, i) + reals_of(net, i, n);
    if (node->epilogue_norm >= 0 && net->nodes[node->epilogue_norm].is_d_read_raw)
        reals += reals_of(net, i, n);
    for (int k = 0; k < node->n_inputs; k++) {
        const struct bm_node *input = &net->nodes[node->inputs[k]];
        int arrays = 1;
        if (node->inputs[k] != 0)
            arrays += 1 + node->adds[k];
        if (node->inputs[k] != 0 && input->completed_by == i)
            arrays += input->n_inputs;
        reals += arrays * reals_of(net, node->inputs[k], n);
    }
    return reals;
}

/* Seconds that Adam's data of a node takes at the bandwidth. */
static double update_floor(const struct machine *machine, const struct bm_net *net, int i)
{
    return 6 * (double)bm_net_node_parameters(net, i) * sizeof(bm_real) / machine->bytes_per_s;
}

static void count(const struct machine *machine, const struct bm_net *net, int i, int n,
                  bool is_backward, double seconds)
{
    const struct bm_node *node = &net->nodes[i];
    bool updates = is_backward && node->piece > 0;
    char name[24];
    name_of(node, name);
    struct part *part = part_of(name, updates       ? "backward and adam"
                                      : is_backward ? "backward"
                                                    : "forward");
    double reals = is_backward ? backward_reals(net, i, n) : forward_reals(net, i, n), flops = 0;
    if (node->layer->flops != NULL)
        flops = n * node->layer->flops(node);
    if (is_backward && node->inputs[0] != 0)
        flops *= 2;
    if (updates)
        reals -= (double)bm_net_node_parameters(net, i); /* its gradient is used up in the cache */
    double compute = flops * products_needed(node) / machine->flops_per_s;
    double move = reals * sizeof(bm_real) / machine->bytes_per_s;
    part->seconds += seconds;
    part->flops += flops;
    part->floor += compute > move ? compute : move;
    if (updates)
        part->floor += update_floor(machine, net, i);
}

/* Backward and update of one node. */
static void measured_backward(struct training *training, const struct machine *machine, int i,
                              const struct bm_update *update)
{
    struct bm_net *net = training->net;
    int n = training->batch;
    double began = bm_seconds();
    bm_net_backward_node(net, i, training->x, training->d_output, n, update);
    double done = bm_seconds();
    count(machine, net, i, n, true, done - began);
    if (net->nodes[i].piece > 0 || bm_net_node_parameters(net, i) == 0)
        return;
    bm_net_update_node(net, i, update);
    struct part *adam = part_of("adam", "");
    adam->seconds += bm_seconds() - done;
    adam->floor += update_floor(machine, net, i);
}

static void measured_step(struct training *training, const struct machine *machine, int64_t t)
{
    struct bm_net *net = training->net;
    int n = training->batch, last = net->n_nodes - 1;
    double began = bm_seconds(), now;
    for (int i = 1; i <= last; i++, began = now) {
        bm_net_forward_node(net, i, training->x, n, BM_TRAIN);
        count(machine, net, i, n, false, (now = bm_seconds()) - began);
    }
    training_loss(training, bm_net_block(net, net->nodes[last].value));
    const struct bm_update update = training_update(training, t);
    for (int i = last; i > 0; i--)
        measured_backward(training, machine, i, &update);
}

/* ---- the machine ---- */

static double product_peak(void)
{
    enum { N = 2048 };
    float *a = must(calloc(3 * N * N, sizeof *a)), *b = a + N * N, *c = b + N * N;
    double best = 0;
    for (int round = 0; round < 4; round++) {
        double began = bm_seconds();
        bm_gemm_float(false, false, N, N, N, 1, a, N, b, N, 0, c, N);
        double speed = 2.0 * N * N * N / (bm_seconds() - began);
        best = speed > best ? speed : best;
    }
    free(a);
    return best;
}

static double copy_bandwidth(int threads)
{
    enum { BYTES = 1 << 28 };
    char *from = must(malloc(BYTES)), *to = must(malloc(BYTES));
    double best = 0;
    memset(from, 1, BYTES);
    for (int round = 0; round < 4; round++) {
        double began = bm_seconds();
#pragma omp parallel for num_threads(threads)
        for (int i = 0; i < BYTES >> 20; i++)
            memcpy(to + ((size_t)i << 20), from + ((size_t)i << 20), 1 << 20);
        double speed = 2.0 * BYTES / (bm_seconds() - began);
        best = speed > best ? speed : best;
    }
    free(from);
    free(to);
    return best;
}

static void print_part(const struct part *part, int steps)
{
    printf("%-28s %9.2f %9.2f %12.2f", part->name, 1e3 * part->seconds / steps,
           1e3 * part->floor / steps, part->seconds / part->floor);
    if (part->flops > 0)
        printf(" %15.0f", part->flops / part->seconds * 1e-9);
    printf("\n");
}

static void add_part(struct part *sum, const struct part *part)
{
    sum->seconds += part->seconds;
    sum->floor += part->floor;
    sum->flops += part->flops;
}

static void print_parts(const struct training *training, const struct machine *machine, int steps)
{
    struct part total = {.name = "step"}, convolutions = {0};
    printf("parts on %d thread(s): peak %.0f GFLOP/s, copy %.1f GB/s\n", machine->threads,
           machine->flops_per_s * 1e-9, machine->bytes_per_s * 1e-9);
    printf("%-28s %9s %9s %12s %15s\n", "part", "ms", "floor ms", "time / floor", "direct GFLOP/s");
    for (const struct part *part = parts; part->name[0] != '\0'; part++) {
        print_part(part, steps);
        add_part(&total, part);
        if (strstr(part->name, "stride") != NULL || strstr(part->name, "batchnorm") != NULL)
            add_part(&convolutions, part);
    }
    print_part(&total, steps);
    printf("%.1f images/s; direct products a second against the peak: %.2f in all, %.2f in the "
           "convolutions and their normalization\n",
           steps * training->batch / total.seconds,
           total.flops / total.seconds / machine->flops_per_s,
           convolutions.flops / convolutions.seconds / machine->flops_per_s);
}

int main(int argc, char **argv)
{
    if (argc < 7)
        return 2;
    struct training training = training_of(argv + 1);
    int steps = atoi(argv[5]), threads = training.net->threads;
    struct machine machine = {threads, product_peak(), copy_bandwidth(threads)};
    measured_step(&training, &machine, 1); /* touches all memory */
    memset(parts, 0, sizeof parts);
    for (int i = 0; i < steps; i++)
        measured_step(&training, &machine, i + 2);
    print_parts(&training, &machine, steps);
    return 0;
}
