#include "silence.h"

#include <stdlib.h>

/* Seconds that a rank has beyond the limit: it finds that its trainer hangs within the limit, and
 * what it says of that is on its way. */
static const double grace = 3;

void bm_silence_init(struct bm_silence *silence, int ranks, double limit)
{
    *silence = (struct bm_silence){.limit = limit, .n_ranks = ranks};
    silence->ranks = calloc((size_t)ranks, sizeof *silence->ranks);
    if (silence->ranks == NULL)
        abort();
    silence->ranks[0].bye = true; /* this one */
}

void bm_silence_fini(struct bm_silence *silence)
{
    free(silence->ranks);
    silence->ranks = NULL;
}

void bm_silence_look(struct bm_silence *silence)
{
    bm_stint_look(&silence->stint);
}

void bm_silence_hear(struct bm_silence *silence, int rank)
{
    silence->ranks[rank].heard = silence->stint.seconds;
}

void bm_silence_hear_all(struct bm_silence *silence)
{
    for (int rank = 0; rank < silence->n_ranks; rank++)
        bm_silence_hear(silence, rank);
}

bool bm_silence_is_long(const struct bm_silence *silence, int rank)
{
    return silence->limit > 0 &&
           silence->stint.seconds - silence->ranks[rank].heard > silence->limit + grace;
}

bool bm_silence_is_here(const struct bm_silence *silence, int rank)
{
    return !silence->ranks[rank].bye && !silence->ranks[rank].gone;
}

bool bm_silence_is_alone(const struct bm_silence *silence)
{
    for (int rank = 0; rank < silence->n_ranks; rank++)
        if (bm_silence_is_here(silence, rank))
            return false;
    return true;
}
