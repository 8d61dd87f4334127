#include "score.h"

#include <math.h>

#include "bm/interrupt.h"

void bm_score_batch(struct bm_score *score, const struct bm_batch *batch, const bm_real *output)
{
    for (int i = 0; i < batch->n; i++) {
        const bm_real *row = output + (size_t)i * (size_t)batch->classes;
        int prediction = bm_argmax(row, batch->classes);
        bool is_wrong = batch->label[i] != batch->truth[i];
        for (int c = 0; c < batch->classes; c++)
            score->is_undefined |= !isfinite(row[c]);
        score->images++;
        score->truth += prediction == batch->truth[i];
        score->trained_label += prediction == batch->label[i];
        score->wrong_label += is_wrong;
        score->wrong_label_fit += is_wrong && prediction == batch->label[i];
    }
}

struct bm_score bm_score_of(struct bm_subject *subject, const struct bm_batch_source *source)
{
    struct bm_score score = {0};
    struct bm_batch *batch = &subject->batch;
    for (size_t at = 0; at < source->n && bm_interrupt == 0; at += (size_t)batch->n) {
        bm_batch_fill(batch, source, at);
        bm_score_batch(&score, batch, bm_net_forward(subject->net, batch->x, batch->n, BM_EVAL));
    }
    return score;
}

double bm_score_fraction(const struct bm_score *score, size_t part, size_t whole)
{
    return score->is_undefined || whole == 0 ? NAN : (double)part / (double)whole;
}
