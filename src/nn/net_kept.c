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

void bm_net_pack(struct bm_net *net, int i, int n)
{
    for (int k = 0; k < net->n_kept; k++) {
        const struct bm_kept *kept = &net->kept_values[k];
        size_t size = (size_t)n * kept->image;
        if (kept->last_reader == i)
            bm_element_pack(net->kept, net->threads, bm_net_block(net, kept->value), size,
                            bm_net_block(net, kept->packed), bm_net_streams(net, size, net->kept));
    }
}

void bm_net_unpack(struct bm_net *net, int i, int n)
{
    for (int k = 0; k < net->n_kept; k++) {
        const struct bm_kept *kept = &net->kept_values[k];
        if (kept->first_reader == i)
            bm_element_unpack(net->kept, net->threads, bm_net_block(net, kept->packed),
                              (size_t)n * kept->image, bm_net_block(net, kept->unpacked));
    }
}
