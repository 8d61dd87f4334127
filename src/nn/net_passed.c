/* Values and gradients that layers pass on in a smaller type than reals: each takes half of the
 * memory, and of the way to it and back. All else is in reals: what a layer computes with (but
 * products in bfloat16, which take it as it is), and the sums of normalizations: those that a
 * convolution leaves are of what is rounded afterwards (but behind a 1x1 that skips pixels, of what
 * was), those that a normalization makes itself of what was. Layers that
 * take such arrays (`takes_packed`) read and write them on the way to and from the cache; for
 * others reals are made of a node's arrays before it runs, and packed behind it, some images at a
 * time where images have nothing to do with each other.
 *
 * The images, and the outputs with their gradients, are the caller's: reals. So are all values of
 * evaluations. */
#include "net.h"

#include <omp.h>

enum bm_element bm_net_element(const struct bm_net *net, int node)
{
    bool is_callers = node == 0 || node == net->n_nodes - 1;
    return is_callers || net->is_watching ? BM_ELEMENT_REAL : net->passed;
}

/* Passes of a normalization take arrays of the same elements. */
static bool are_alike(const struct bm_net *net, int i)
{
    const struct bm_node *node = &net->nodes[i];
    for (int k = 0; k < node->n_inputs; k++)
        if (bm_net_element(net, node->inputs[k]) != bm_net_element(net, i))
            return false;
    return true;
}

static bool is_unpacked(const struct bm_net *net, int i)
{
    const struct bm_layer *layer = net->nodes[i].layer;
    if (net->passed == BM_ELEMENT_REAL)
        return false;
    return !layer->takes_packed || (layer->norm != NULL && !are_alike(net, i));
}

/* Whether the node reads the same value twice, and this is the second time: then it adds to the
 * gradient that it has begun itself. */
static bool is_second(const struct bm_node *node, int k)
{
    return k > 0 && node->inputs[k] == node->inputs[0];
}

/* Where a call's arrays of reals lie in the node's block. */
struct unpacked {
    bm_real *x[2], *dx[2], *y, *dy;
};

/* n: images. Arrays that are reals already, or are not there, take nothing. */
static struct unpacked take_unpacked(const struct bm_net *net, int i, bool is_backward, int n,
                                     struct bm_arena *arena)
{
    const struct bm_node *node = &net->nodes[i];
    size_t out = (size_t)n * bm_shape_size(node->out) * sizeof(bm_real);
    struct unpacked unpacked = {0};
    for (int k = 0; k < node->n_inputs; k++) {
        int x = node->inputs[k];
        size_t in = (size_t)n * bm_shape_size(net->nodes[x].out) * sizeof(bm_real);
        if (bm_net_element(net, x) == BM_ELEMENT_REAL)
            continue;
        if (is_second(node, k)) {
            unpacked.x[k] = unpacked.x[0];
            unpacked.dx[k] = unpacked.dx[0];
            continue;
        }
        if (!is_backward || node->layer->reads_input)
            unpacked.x[k] = bm_arena_take(arena, in);
        if (is_backward)
            unpacked.dx[k] = bm_arena_take(arena, in);
    }
    if (bm_net_element(net, i) == BM_ELEMENT_REAL)
        return unpacked;
    if (!is_backward || node->layer->reads_output)
        unpacked.y = bm_arena_take(arena, out);
    if (is_backward)
        unpacked.dy = bm_arena_take(arena, out);
    return unpacked;
}

/* Images that a layer is run on at a time: layers that work image by image get so many that their
 * reals stay in the cache. */
static int images_at_a_time(const struct bm_net *net, int i)
{
    const size_t reals = 1 << 16;
    const struct bm_node *node = &net->nodes[i];
    size_t image = bm_shape_size(node->in) + bm_shape_size(node->out);
    if (!node->layer->works_by_image || image * (size_t)net->batch <= reals)
        return net->batch;
    return image < reals ? (int)(reals / image) : 1;
}

/* The memory of one thread. */
static size_t unpacked_bytes(const struct bm_net *net, int i, bool is_backward)
{
    struct bm_arena count = {0};
    take_unpacked(net, i, is_backward, images_at_a_time(net, i), &count);
    return count.used;
}

/* Threads that share the images. */
static int threads_of(const struct bm_net *net, int i)
{
    return images_at_a_time(net, i) < net->batch ? net->threads : 1;
}

void bm_net_plan_unpacked(struct bm_net *net, int i)
{
    for (int is_backward = 0; is_backward <= 1 && is_unpacked(net, i); is_backward++) {
        size_t bytes = unpacked_bytes(net, i, is_backward);
        if (bytes > 0)
            net->nodes[i].unpacked[is_backward] =
                bm_net_new_block(net, bm_arena_need(bytes) * (size_t)threads_of(net, i),
                                 is_backward ? bm_net_backward_time(net, i) : i);
    }
}

/* ---- running ---- */

static void unpack(const struct bm_net *net, const void *packed, size_t n, bm_real *values)
{
    bm_element_unpack(net->passed, net->threads, packed, n, values);
}

static void pack(const struct bm_net *net, const bm_real *values, size_t n, void *packed,
                 bool streams)
{
    bm_element_pack(net->passed, net->threads, values, n, packed, streams);
}

/* Values of a node in a call. */
static size_t size_of(const struct bm_net *net, const struct bm_call *call, int node)
{
    return (size_t)call->n * bm_shape_size(net->nodes[node].out);
}

/* The same call on n images from `first` on. */
static struct bm_call some_images(const struct bm_net *net, int i, const struct bm_call *all,
                                  int first, int n)
{
    struct bm_call call = *all;
    size_t images = (size_t)first;
    size_t out = images * bm_shape_size(all->node->out);
    call.n = n;
    for (int k = 0; k < all->node->n_inputs; k++) {
        size_t in = images * bm_shape_size(net->nodes[all->node->inputs[k]].out);
        call.x[k] = bm_element_at(all->x[k], all->element_x[k], in);
        if (all->dx[k] != NULL)
            call.dx[k] = bm_element_at(all->dx[k], all->element_x[k], in);
    }
    call.y = bm_element_at(all->y, all->element_y, out);
    if (all->dy != NULL)
        call.dy = bm_element_at(all->dy, all->element_y, out);
    if (all->saved != NULL)
        call.saved = (char *)all->saved + images * (net->nodes[i].saved / (size_t)net->batch);
    return call;
}

/* Unpacks what the layer reads, and has it write reals. */
static struct bm_call unpacked_call(const struct bm_net *net, int i, const struct bm_call *packed,
                                    bool is_backward, const struct unpacked *to)
{
    struct bm_call call = *packed;
    for (int k = 0; k < call.node->n_inputs; k++) {
        size_t n = size_of(net, &call, call.node->inputs[k]);
        if (to->x[k] != NULL && !is_second(call.node, k))
            unpack(net, packed->x[k], n, to->x[k]);
        if (to->x[k] != NULL)
            call.x[k] = to->x[k];
        if (to->dx[k] != NULL && call.adds[k] && !is_second(call.node, k))
            unpack(net, packed->dx[k], n, to->dx[k]);
        if (to->dx[k] != NULL)
            call.dx[k] = to->dx[k];
        call.element_x[k] = BM_ELEMENT_REAL;
    }
    if (to->y != NULL && is_backward)
        unpack(net, packed->y, size_of(net, &call, i), to->y);
    if (to->y != NULL)
        call.y = to->y;
    if (to->dy != NULL) {
        unpack(net, packed->dy, size_of(net, &call, i), to->dy);
        call.dy = to->dy;
    }
    call.element_y = BM_ELEMENT_REAL;
    call.streams_y = call.streams_dx[0] = call.streams_dx[1] = false; /* packed from the cache */
    return call;
}

/* Packs what the layer has written. */
static void pack_written(const struct bm_net *net, int i, const struct bm_call *call,
                         const struct bm_call *packed, bool is_backward)
{
    if (!is_backward && call->y != packed->y)
        pack(net, call->y, size_of(net, call, i), packed->y, packed->streams_y);
    for (int k = 0; k < call->node->n_inputs && is_backward; k++)
        if (call->dx[k] != packed->dx[k] && !is_second(call->node, k))
            pack(net, call->dx[k], size_of(net, call, call->node->inputs[k]), packed->dx[k],
                 packed->streams_dx[k]);
}

static void run_layer(const struct bm_call *call, bool is_backward)
{
    if (is_backward)
        call->node->layer->backward(call);
    else
        call->node->layer->forward(call);
}

/* Images from `first` on, at most `images` of them, by one of `threads` threads. */
static void run_images(const struct bm_net *net, int i, const struct bm_call *all, bool is_backward,
                       int first, int images, int threads, int thread)
{
    int block = all->node->unpacked[is_backward];
    int n = all->n - first < images ? all->n - first : images;
    struct bm_arena memory = bm_arena_lent(bm_net_block(net, block), net->blocks[block].size);
    memory = bm_arena_part(&memory, unpacked_bytes(net, i, is_backward), threads, thread);
    struct unpacked to = take_unpacked(net, i, is_backward, images, &memory);
    struct bm_call packed = some_images(net, i, all, first, n);
    struct bm_call call = unpacked_call(net, i, &packed, is_backward, &to);
    run_layer(&call, is_backward);
    pack_written(net, i, &call, &packed, is_backward);
}

/* Where the images are not shared, no region is around the layer, which may have threads itself. */
void bm_net_run_layer(const struct bm_net *net, int i, const struct bm_call *call, bool is_backward)
{
    int images = images_at_a_time(net, i), threads = threads_of(net, i);
    if (call->node->unpacked[is_backward] < 0 || net->is_watching) {
        run_layer(call, is_backward);
        return;
    }
    if (threads == 1) {
        for (int first = 0; first < call->n; first += images)
            run_images(net, i, call, is_backward, first, images, 1, 0);
        return;
    }
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int first = 0; first < call->n; first += images)
        run_images(net, i, call, is_backward, first, images, threads, omp_get_thread_num());
}
