/* What a training step moves between a cache and memory, for nodes that are not here: the step is
 * planned and run as always, but with kernels that only say what they would read and write, and a
 * model of the cache counts what of it has to be fetched and written back. On one thread.
 *
 * bench_traffic ARCH WIDTH PROJECTOR BATCH MIB SIDE [SETTING]...: prints GB fetched and GB written
 * back in a step, with a cache of MIB in which a trainer is alone. Lines are 64 bytes, written only
 * after they have been fetched, where kernels do not write past the cache, and the one that was
 * used longest ago makes room. Not counted is what plain loops do inside of layers that have
 * kernels: transposing weights (0.1 GB at width 64), clearing gradients that a 1x1 convolution with
 * stride 2 skips (0.2 GB), and packing in the BLAS; nor direct convolutions and group
 * normalization. */
#include <cblas.h>
#include <omp.h>

#include "training.h"

#include "nn/net.h"

/* ---- the cache ---- */

enum { LINE = 64, WAYS = 16 };

/* Of each set the lines, the one that was used last first. */
static struct cache {
    size_t n_sets;
    struct line {
        size_t number; /* address / LINE; 0: none */
        bool is_dirty;
    } (*sets)[WAYS];
    size_t fetched, written; /* lines */
} cache;

static void use_line(size_t number, bool writes)
{
    struct line *ways = cache.sets[number % cache.n_sets];
    int at = 0;
    while (at < WAYS - 1 && ways[at].number != number)
        at++;
    struct line line = ways[at];
    if (line.number != number) {
        cache.written += line.is_dirty;
        cache.fetched++;
        line = (struct line){number, false};
    }
    line.is_dirty |= writes;
    memmove(ways + 1, ways, (size_t)at * sizeof *ways);
    ways[0] = line;
}

static void use(const void *first, size_t bytes, bool writes)
{
    size_t address = (size_t)first;
    if (bytes > 0)
        for (size_t line = address / LINE; line <= (address + bytes - 1) / LINE; line++)
            use_line(line, writes);
}

/* Past the cache, which keeps no line of it; the first and the last one may be written in part. */
static void stream(const void *first, size_t bytes)
{
    size_t begin = ((size_t)first + LINE - 1) / LINE, end = ((size_t)first + bytes) / LINE;
    for (size_t number = begin; number < end; number++) {
        struct line *ways = cache.sets[number % cache.n_sets];
        for (int i = 0; i < WAYS; i++)
            if (ways[i].number == number) {
                memmove(ways + i, ways + i + 1, (size_t)(WAYS - 1 - i) * sizeof *ways);
                ways[WAYS - 1] = (struct line){0};
            }
        cache.written++;
    }
    use(first, begin * LINE - (size_t)first, true);
    use((const void *)(end * LINE), (size_t)first + bytes - end * LINE, true);
}

static void reads(const bm_real *first, size_t n)
{
    if (first != NULL)
        use(first, n * sizeof *first, false);
}

static void writes(const bm_real *first, size_t n)
{
    if (first != NULL)
        use(first, n * sizeof *first, true);
}

static void ignores(const bm_real *first, size_t n)
{
    (void)first;
    (void)n;
}

/* ---- kernels ---- */

static void panel_product(const struct bm_panel_product *p)
{
    size_t size = p->has_pairs ? sizeof(bm_pair) : sizeof(bm_real);
    for (int d = 0; d < p->k; d += p->a_panel) {
        size_t terms = (size_t)(p->k - d < p->a_panel ? p->k - d : p->a_panel);
        const char *a = (const char *)p->a + size * (size_t)(d / p->a_panel) * p->a_step;
        if (p->a_depth == 1 && p->a_row > terms)
            for (size_t i = 0; i < (size_t)p->m; i++)
                use(a + size * i * p->a_row, size * terms, false);
        else
            use(a, size * (((size_t)p->m - 1) * p->a_row + (terms - 1) * p->a_depth + 1), false);
    }
    for (size_t panel = 0; panel < (size_t)p->panels; panel++) {
        for (size_t d = 0; d < (size_t)p->k; d++)
            use((const char *)p->b + size * (panel * p->b_step + d * p->b_row),
                size * (size_t)p->width, false);
        for (size_t i = 0; i < (size_t)p->m; i++)
            writes(p->c + panel * p->c_step + i * p->c_row, (size_t)p->width);
    }
}

/* The images' rows of all positions' panel matrices of pairs. */
static void write_pairs(const struct bm_tiling *tiling, const struct bm_channels *channels,
                        const struct bm_tiles *tiles, const bm_real *panels)
{
    size_t width = (size_t)channels->panel, rows = (size_t)tiles->rows;
    size_t n = (size_t)tiles->images * (size_t)(tiling->tiles_high * tiling->tiles_wide);
    size_t first = (size_t)tiles->row / 2, end = bm_pair_count((size_t)tiles->row + n);
    for (size_t p = 0; p < (size_t)bm_tiling_positions(tiling); p++)
        for (size_t panel = 0; panel < (size_t)channels->panels; panel++)
            use(bm_pairs_at(panels + p * bm_position_step(rows, channels), rows, channels) +
                    (panel * bm_pair_count(rows) + first) * width,
                (end - first) * width * sizeof(bm_pair), true);
}

/* The same of values row by row. */
static void write_rows(const struct bm_tiling *tiling, const struct bm_channels *channels,
                       const struct bm_tiles *tiles, const bm_real *panels)
{
    size_t width = (size_t)channels->panel, rows = (size_t)tiles->rows;
    size_t n = (size_t)tiles->images * (size_t)(tiling->tiles_high * tiling->tiles_wide);
    for (size_t p = 0; p < (size_t)bm_tiling_positions(tiling); p++)
        for (size_t panel = 0; panel < (size_t)channels->panels; panel++)
            use((const uint16_t *)(panels + p * bm_position_step(rows, channels)) +
                    (panel * rows + (size_t)tiles->row) * width,
                n * width * sizeof(uint16_t), true);
}

/* The same of reals. */
static void use_panels(const struct bm_tiling *tiling, const struct bm_channels *channels,
                       const struct bm_tiles *tiles, const bm_real *panels,
                       void (*how)(const bm_real *, size_t))
{
    size_t width = (size_t)channels->panel, rows = (size_t)tiles->rows;
    size_t n = (size_t)tiles->images * (size_t)(tiling->tiles_high * tiling->tiles_wide);
    for (size_t p = 0; p < (size_t)bm_tiling_positions(tiling); p++)
        for (size_t panel = 0; panel < (size_t)channels->panels; panel++)
            how(panels + p * bm_position_step(rows, channels) +
                    (panel * rows + (size_t)tiles->row) * width,
                n * width);
}

static void write_panels(const struct bm_tiling *tiling, const struct bm_channels *channels,
                         const struct bm_tiles *tiles, enum bm_form form, const bm_real *panels)
{
    if (form == BM_REALS)
        use_panels(tiling, channels, tiles, panels, writes);
    if (form & BM_BF16_ROWS)
        write_rows(tiling, channels, tiles, panels);
    if (form & BM_BF16_PAIRS)
        write_pairs(tiling, channels, tiles, panels);
}

static size_t padded_size(const struct bm_tiling *tiling, const struct bm_channels *channels,
                          const struct bm_tiles *tiles)
{
    return (size_t)tiles->images * (size_t)bm_tiling_padded(tiling, tiling->tiles_high) *
           (size_t)bm_tiling_padded(tiling, tiling->tiles_wide) * (size_t)channels->n;
}

static void winograd_input(const struct bm_tiling *tiling, const struct bm_channels *channels,
                           const struct bm_tiles *tiles, enum bm_form form, const bm_real *padded,
                           bm_real *panels)
{
    reads(padded, padded_size(tiling, channels, tiles));
    write_panels(tiling, channels, tiles, form, panels);
}

static void winograd_d_input(const struct bm_tiling *tiling, const struct bm_channels *channels,
                             const struct bm_tiles *tiles, const bm_real *panels, bm_real *padded)
{
    use_panels(tiling, channels, tiles, panels, reads);
    writes(padded, padded_size(tiling, channels, tiles));
}

static void winograd_output(const struct bm_tiling *tiling, const struct bm_channels *channels,
                            const struct bm_tiles *tiles, const bm_real *panels, bm_real *y)
{
    use_panels(tiling, channels, tiles, panels, reads);
    writes(y, (size_t)tiles->images * (size_t)(tiling->out_height * tiling->out_width) *
                  (size_t)channels->n);
}

static void winograd_d_output(const struct bm_tiling *tiling, const struct bm_channels *channels,
                              const struct bm_tiles *tiles, enum bm_form form,
                              const bm_real *padded, bm_real *panels)
{
    reads(padded, (size_t)tiles->images * 16 * (size_t)(tiling->tiles_high * tiling->tiles_wide) *
                      (size_t)channels->n);
    write_panels(tiling, channels, tiles, form, panels);
}

enum { TAPS = 9, WEIGHTS = 36 };

/* Rows first ... end-1 of the weights, and of their panels. */
static void use_weights(int rows, int padded_rows, const struct bm_channels *columns,
                        const bm_real *w, const bm_real *panels, int first, int end,
                        void (*how_w)(const bm_real *, size_t),
                        void (*how_panels)(const bm_real *, size_t))
{
    size_t n = (size_t)columns->n, width = (size_t)columns->panel, count = (size_t)(end - first);
    for (size_t tap = 0; tap < TAPS; tap++)
        how_w(w + (tap * (size_t)rows + (size_t)first) * n, count * n);
    for (size_t p = 0; p < WEIGHTS; p++)
        for (size_t panel = 0; panel < (size_t)columns->panels; panel++)
            how_panels(panels + p * bm_position_step((size_t)padded_rows, columns) +
                           (panel * (size_t)padded_rows + (size_t)first) * width,
                       count * width);
}

static void winograd_weights(int stride, int rows, const struct bm_channels *columns,
                             enum bm_form form, const bm_real *w, int first, int end,
                             bm_real *panels)
{
    (void)stride;
    use_weights(rows, rows, columns, w, panels, first, end, reads,
                form == BM_REALS ? writes : ignores);
    size_t width = (size_t)columns->panel, pairs = bm_pair_count((size_t)rows);
    size_t first_pair = (size_t)first / 2, n = bm_pair_count((size_t)end) - first_pair;
    for (size_t p = 0; p < WEIGHTS && form != BM_REALS; p++)
        for (size_t panel = 0; panel < (size_t)columns->panels; panel++)
            use(bm_pairs_at(panels + p * bm_position_step((size_t)rows, columns), (size_t)rows,
                            columns) +
                    (panel * pairs + first_pair) * width,
                n * width * sizeof(bm_pair), true);
}

static void winograd_d_weights(int stride, int rows, int padded_rows,
                               const struct bm_channels *columns, const bm_real *panels, int first,
                               int end, bm_real *dw)
{
    (void)stride;
    use_weights(rows, padded_rows, columns, dw, panels, first, end, writes, reads);
}

enum access { READS, WRITES, STREAMS };

static void do_access(enum access access, const void *first, size_t bytes)
{
    if (access == STREAMS)
        stream(first, bytes);
    else
        use(first, bytes, access == WRITES);
}

static enum access writing(const struct bm_pixels *pixels)
{
    return pixels->streams ? STREAMS : WRITES;
}

/* What lies without padding, and what may be padded; in reals or stored narrower. */
static void use_plain(const struct bm_pixels *pixels, const void *x, enum access access)
{
    size_t n = (size_t)pixels->images * (size_t)pixels->height * (size_t)pixels->width;
    size_t channels = (size_t)pixels->channels, step = channels + pixels->plain_gap;
    size_t bytes = bm_element_type(pixels->plain)->bytes;
    if (x != NULL && step == channels)
        do_access(access, x, n * channels * bytes);
    else
        for (size_t i = 0; i < n && x != NULL; i++)
            do_access(access, bm_element_at(x, pixels->plain, i * step), channels * bytes);
}

static void use_padded(const struct bm_pixels *pixels, const void *x, enum access access)
{
    size_t step = (size_t)pixels->channels + pixels->padded_gap;
    size_t bytes = bm_element_type(pixels->padded)->bytes;
    for (size_t i = 0; i < (size_t)pixels->images && x != NULL; i++)
        for (size_t h = 0; h < (size_t)pixels->height; h++)
            do_access(
                access,
                bm_element_at(x, pixels->padded, (i * pixels->image + h * pixels->row) * step),
                (size_t)pixels->width * step * bytes);
}

static void norm_apply(const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,
                       const void *residual, const struct bm_norm *residual_norm, void *y)
{
    (void)norm;
    (void)residual_norm;
    use_plain(pixels, x, READS);
    use_plain(pixels, residual, READS);
    use_padded(pixels, y, writing(pixels));
}

static void norm_sums(const struct bm_pixels *pixels, const void *x, const bm_real *shift,
                      double *sum, double *squares)
{
    (void)shift;
    (void)sum;
    (void)squares;
    use_plain(pixels, x, READS);
}

static void norm_d_sums(const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,
                        const void *y, const void *dy, void *dz, bool adds, double *sums)
{
    (void)norm;
    (void)adds;
    (void)sums;
    use_plain(pixels, x, READS);
    use_plain(pixels, y, READS);
    use_padded(pixels, dy, READS);
    use_plain(pixels, dz, writing(pixels));
}

static void norm_d_apply(const struct bm_pixels *pixels, const struct bm_norm *norm, const void *x,
                         const void *dz, void *dx, bool adds)
{
    (void)norm;
    (void)adds;
    use_plain(pixels, x, READS);
    use_plain(pixels, dz, READS);
    use_padded(pixels, dx, writing(pixels));
}

static void real_stream(const bm_real *x, size_t n, bm_real *copy)
{
    reads(x, n);
    stream(copy, n * sizeof *copy);
}

static void bf16_pack(const bm_real *x, size_t n, uint16_t *packed, bool streams)
{
    reads(x, n);
    do_access(streams ? STREAMS : WRITES, packed, n * sizeof *packed);
}

static void bf16_unpack(const uint16_t *packed, size_t n, bm_real *x)
{
    use(packed, n * sizeof *packed, false);
    writes(x, n);
}

static void pair_rows(const void *from, enum bm_element element, size_t stride, int rows,
                      int columns, int width, bm_pair *panels)
{
    (void)width;
    for (size_t i = 0; i < (size_t)rows; i++)
        use(bm_element_at(from, element, i * stride),
            (size_t)columns * bm_element_type(element)->bytes, false);
    use(panels, bm_pair_count((size_t)rows) * (size_t)columns * sizeof *panels, true);
}

static void pair_columns(const bm_real *from, size_t stride, int rows, int columns, int width,
                         bm_pair *panels)
{
    (void)width;
    for (size_t i = 0; i < (size_t)rows; i++)
        reads(from + i * stride, (size_t)columns);
    use(panels, (size_t)rows * (size_t)columns / 2 * sizeof *panels, true);
}

/* Those of the library give way to these. */
const struct bm_kernels *bm_kernels(void)
{
    static const struct bm_kernels kernels = {.isa = "none",
                                              .lanes = 8,
                                              .panel_product = panel_product,
                                              .winograd_input = winograd_input,
                                              .winograd_d_input = winograd_d_input,
                                              .winograd_output = winograd_output,
                                              .winograd_d_output = winograd_d_output,
                                              .winograd_weights = winograd_weights,
                                              .winograd_d_weights = winograd_d_weights,
                                              .norm_apply = norm_apply,
                                              .norm_sums = norm_sums,
                                              .norm_d_sums = norm_d_sums,
                                              .norm_d_apply = norm_d_apply,
                                              .real_stream = real_stream,
                                              .bf16_pack = bf16_pack,
                                              .bf16_unpack = bf16_unpack,
                                              .pair_rows = pair_rows,
                                              .pair_columns = pair_columns};
    return &kernels;
}

static void use_matrix(const bm_real *first, int rows, int columns, int stride, bool is_transposed,
                       void (*how)(const bm_real *, size_t))
{
    for (int i = 0; i < (is_transposed ? columns : rows); i++)
        how(first + (size_t)i * (size_t)stride, (size_t)(is_transposed ? rows : columns));
}

void cblas_sgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE op_a, CBLAS_TRANSPOSE op_b, blasint m,
                 blasint n, blasint k, float alpha, const float *a, blasint lda, const float *b,
                 blasint ldb, float beta, float *c, blasint ldc)
{
    (void)order;
    (void)alpha;
    (void)beta;
    use_matrix(a, m, k, lda, op_a == CblasTrans, reads);
    use_matrix(b, k, n, ldb, op_b == CblasTrans, reads);
    use_matrix(c, m, n, ldc, false, writes);
}

/* ---- what has no kernels ---- */

static void adam_step(const struct bm_optimizer_settings *settings, int64_t t,
                      const struct bm_optimizer_part *part)
{
    (void)settings;
    (void)t;
    reads(part->gradients, part->rows * part->columns);
    for (size_t row = 0; row < part->rows; row++) {
        writes(part->parameters + row * part->stride, part->columns);
        for (size_t k = 0; k < 2; k++)
            writes(part->moments + row * part->stride + k * part->apart, part->columns);
    }
}

/* Layers of a few plain loops, which go from image to image. */
static bool is_plain(const struct bm_node *node)
{
    static const char *const names[] = {"relu", "add", "global_pool", "max_pool"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(node->layer->name, names[i]) == 0)
            return true;
    return false;
}

/* The image of a block, which may be none. */
static void use_image(const struct bm_net *net, int block, struct bm_shape shape, size_t image,
                      void (*how)(const bm_real *, size_t))
{
    const bm_real *images = bm_net_block(net, block);
    if (images != NULL)
        how(images + image * bm_shape_size(shape), bm_shape_size(shape));
}

/* What the layer of a node has unpacked for it, all of it at once; false: it has none. */
static bool use_unpacked(const struct bm_net *net, int block)
{
    if (block >= 0)
        use(bm_net_block(net, block), net->blocks[block].size, true);
    return block >= 0;
}

static void forward(const struct training *training, int i)
{
    struct bm_net *net = training->net;
    const struct bm_node *node = &net->nodes[i];
    bm_net_forward_node(net, i, training->x, training->batch, BM_TRAIN);
    if (!is_plain(node) || use_unpacked(net, node->unpacked[0]))
        return;
    for (size_t image = 0; image < (size_t)training->batch; image++) {
        for (int k = 0; k < node->n_inputs; k++)
            use_image(net, net->nodes[node->inputs[k]].value, node->in, image, reads);
        use_image(net, node->value, node->out, image, writes);
    }
}

static void backward(const struct training *training, int i, const struct bm_update *update)
{
    struct bm_net *net = training->net;
    const struct bm_node *node = &net->nodes[i];
    bm_net_backward_node(net, i, training->x, training->d_output, training->batch, update);
    bm_net_update_node(net, i, update);
    if (!is_plain(node) || use_unpacked(net, node->unpacked[1]))
        return;
    for (size_t image = 0; image < (size_t)training->batch; image++) {
        use_image(net, node->gradient, node->out, image, reads);
        if (node->layer->reads_output)
            use_image(net, node->backward_value, node->out, image, reads);
        for (int k = 0; k < node->n_inputs; k++) {
            const struct bm_node *input = &net->nodes[node->inputs[k]];
            if (node->layer->reads_input)
                use_image(net, input->backward_value, node->in, image, reads);
            use_image(net, input->gradient, node->in, image, writes);
        }
    }
}

static void step(const struct training *training)
{
    static const struct bm_optimizer adam = {.moments = 2, .step = adam_step};
    struct bm_update update = {.optimizer = &adam, .t = 1, .moments = training->moments};
    for (int i = 1; i < training->net->n_nodes; i++)
        forward(training, i);
    for (int i = training->net->n_nodes - 1; i > 0; i--)
        backward(training, i, &update);
}

int main(int argc, char **argv)
{
    if (argc < 7)
        return 2;
    omp_set_num_threads(1);
    struct training training = training_of(argv + 1);
    cache.n_sets = (size_t)(atof(argv[5]) * 1024 * 1024) / (LINE * WAYS);
    if (cache.n_sets == 0)
        return 2;
    cache.sets = must(calloc(cache.n_sets, sizeof *cache.sets));
    step(&training); /* fills the cache */
    cache.fetched = cache.written = 0;
    step(&training);
    printf("%.6g %.6g\n", LINE * (double)cache.fetched / 1e9, LINE * (double)cache.written / 1e9);
    return 0;
}
