/* Running statistics of an untrained network: what its normalizations would see of the plain
 * training images. With those that it begins with, 0 and 1, a network before training is another
 * one, whose early layers know less than the architecture gives them for nothing. */
#include "bm/interrupt.h"
#include "evaluate.h"

void bm_calibrate(struct bm_subject *subject)
{
    const struct bm_batch_source source = bm_batch_all(&subject->data->train, BM_SIGHT_PLAIN, 0);
    struct bm_batch *batch = &subject->batch;
    if (bm_net_statistics(subject->net) == 0)
        return;
    bm_net_reset_statistics(subject->net);
    for (size_t at = 0; at < source.n && bm_interrupt == 0; at += (size_t)batch->n) {
        bm_batch_fill(batch, &source, at);
        bm_net_forward(subject->net, batch->x, batch->n, BM_CALIBRATE);
    }
}
