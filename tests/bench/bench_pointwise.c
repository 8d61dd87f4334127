/* A 1x1 convolution inside a network, with the passes of the normalizations around it, beside its
 * bare products: of all pixels at once, by OpenBLAS.
 * bench_pointwise SIDE CHANNELS OUT_CHANNELS STRIDE BATCH: prints the seconds of CPU of its
 * forward, of the one product that needs, of its backward and of the two products that needs; by
 * turns, medians. */
#include "median.h"
#include "nn/net.h"
#include "training.h"

enum { ROUNDS = 5, FIGURES = 4, CONV = 3 };

static struct bm_net *build(int side, int channels, int out_channels, int stride, int batch)
{
    struct bm_err err = {0};
    struct bm_net *net = bm_net_begin((struct bm_shape){side, side, 16}, batch, BM_CONV_AUTO, &err);
    int x = bm_net_batchnorm_relu(net, bm_net_conv(net, 0, channels, 1, 1, "a"), -1, "a_bn");
    x = bm_net_conv(net, x, out_channels, 1, stride, "b");
    x = bm_net_batchnorm_relu(net, x, -1, "b_bn");
    bm_net_linear(net, bm_net_global_pool(net, bm_net_conv(net, x, 16, 1, 1, "c")), 10, "output");
    bm_net_end(net);
    if (bm_net_plan(net, BM_KEEP_GRADIENTS, &err) != 0)
        abort();
    bm_net_init(net, 1);
    return net;
}

static bm_real *filled(size_t n)
{
    bm_real *values = must(malloc(n * sizeof *values));
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    for (size_t i = 0; i < n; i++)
        values[i] = (bm_real)bm_random_uniform(&random);
    return values;
}

/* Matrices of the bare products. */
struct bare {
    int pixels, channels, out_channels;
    bm_real *x, *dx, *y, *w, *dw;
};

static struct bare bare_of(const struct bm_node *node, int batch)
{
    size_t pixels = (size_t)batch * (size_t)(node->out.height * node->out.width);
    size_t c = (size_t)node->in.channels, k = (size_t)node->out.channels;
    return (struct bare){
        (int)pixels,        (int)c,        (int)k,       filled(pixels * c), filled(pixels * c),
        filled(pixels * k), filled(c * k), filled(c * k)};
}

static void bare_forward(const struct bare *bare)
{
    bm_gemm(false, false, bare->pixels, bare->out_channels, bare->channels, 1, bare->x,
            bare->channels, bare->w, bare->out_channels, 0, bare->y, bare->out_channels);
}

static void bare_backward(const struct bare *bare)
{
    int c = bare->channels, k = bare->out_channels;
    bm_gemm(false, true, bare->pixels, c, k, 1, bare->y, k, bare->w, k, 0, bare->dx, c);
    bm_gemm(true, false, c, k, bare->pixels, 1, bare->x, c, bare->y, k, 0, bare->dw, k);
}

static void run_round(struct bm_net *net, const bm_real *x, bm_real *d_output, int batch,
                      const struct bare *bare, double figures[FIGURES])
{
    for (int i = 1; i < net->n_nodes; i++) {
        double began = cpu_seconds();
        bm_net_forward_node(net, i, x, batch, BM_TRAIN);
        figures[0] = i == CONV ? cpu_seconds() - began : figures[0];
    }
    double began = cpu_seconds();
    bare_forward(bare);
    figures[1] = cpu_seconds() - began;
    for (int i = net->n_nodes - 1; i > 0; i--) {
        began = cpu_seconds();
        bm_net_backward_node(net, i, x, d_output, batch, NULL);
        figures[2] = i == CONV ? cpu_seconds() - began : figures[2];
    }
    began = cpu_seconds();
    bare_backward(bare);
    figures[3] = cpu_seconds() - began;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    int side = atoi(argv[1]), batch = atoi(argv[5]);
    struct bm_net *net = build(side, atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), batch);
    struct bare bare = bare_of(&net->nodes[CONV], batch);
    bm_real *x = filled((size_t)batch * (size_t)(side * side) * 16);
    bm_real *d_output = filled((size_t)batch * 10);
    double figures[FIGURES][ROUNDS], one[FIGURES];
    run_round(net, x, d_output, batch, &bare, one); /* touches all memory */
    for (int round = 0; round < ROUNDS; round++) {
        run_round(net, x, d_output, batch, &bare, one);
        for (int f = 0; f < FIGURES; f++)
            figures[f][round] = one[f];
    }
    for (int f = 0; f < FIGURES; f++)
        printf("%.6g%c", median(figures[f], ROUNDS), f + 1 < FIGURES ? ' ' : '\n');
    return 0;
}
