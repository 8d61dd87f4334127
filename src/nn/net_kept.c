/* Values between the passes. A value that the backward pass reads lies there, most of them for most
 * of a step, with nobody reading it: so it may be packed into a smaller type when the last layer
 * that reads it forward has run, and is unpacked before the first one that does so backward. Layers
 * know nothing of it. The forward pass, and so the loss, is exact, as evaluations are, which keep
 * nothing; gradients see the rounded values.
 *
 * The outputs are no such value: they are the caller's between the passes. */
#include "net.h"

void bm_net_keep(struct bm_net *net, int value, int last_reader, int first_reader)
{
    const struct bm_element_type *type = bm_element_type(net->kept);
    if (type->pack == NULL)
        return;
    size_t size = net->blocks[value].size, image = size / (size_t)net->batch / sizeof(bm_real);
    int unpacked_at = bm_net_backward_time(net, first_reader);
    int packed = bm_net_new_block(net, (size_t)net->batch * image * type->bytes, last_reader);
    int unpacked = bm_net_new_block(net, size, unpacked_at);
    net->blocks[packed].last = unpacked_at;
    net->blocks[unpacked].last = net->blocks[value].last;
    net->blocks[value].last = last_reader;
    for (int i = 1; i < net->n_nodes; i++)
        if (net->nodes[i].value == value)
            net->nodes[i].backward_value = unpacked;
    net->kept_values[net->n_kept++] =
        (struct bm_kept){value, packed, unpacked, last_reader, first_reader, image};
}

/* Both: `work` on n images of a block and of what is packed, by pieces that threads share. */
static void convert(const struct bm_net *net, const struct bm_kept *kept, int block, int n,
                    void (*work)(const struct bm_element_type *, bm_real *, size_t, void *))
{
    enum { PIECE = 1 << 15 };
    const struct bm_element_type *type = bm_element_type(net->kept);
    unsigned char *packed = bm_net_block(net, kept->packed);
    bm_real *values = bm_net_block(net, block);
    size_t all = (size_t)n * kept->image;
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (size_t i = 0; i < all; i += PIECE)
        work(type, values + i, all - i < PIECE ? all - i : PIECE, packed + i * type->bytes);
}

static void pack(const struct bm_element_type *type, bm_real *values, size_t n, void *packed)
{
    type->pack(values, n, packed);
}

static void unpack(const struct bm_element_type *type, bm_real *values, size_t n, void *packed)
{
    type->unpack(packed, n, values);
}

void bm_net_pack(struct bm_net *net, int i, int n)
{
    for (int k = 0; k < net->n_kept; k++)
        if (net->kept_values[k].last_reader == i)
            convert(net, &net->kept_values[k], net->kept_values[k].value, n, pack);
}

void bm_net_unpack(struct bm_net *net, int i, int n)
{
    for (int k = 0; k < net->n_kept; k++)
        if (net->kept_values[k].first_reader == i)
            convert(net, &net->kept_values[k], net->kept_values[k].unpacked, n, unpack);
}
