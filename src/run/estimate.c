#include "estimate.h"

#include <assert.h>
#include <math.h>

void bm_pace_add(struct bm_pace *pace, size_t kind, double cost, double seconds)
{
    assert(kind < BM_MOST_KINDS);
    pace->kinds[kind].cost += cost;
    pace->kinds[kind].seconds += seconds;
    pace->all.cost += cost;
    pace->all.seconds += seconds;
}

bool bm_pace_knows(const struct bm_pace *pace, size_t kind)
{
    return pace->kinds[kind].cost > 0 && pace->kinds[kind].seconds > 0;
}

double bm_pace_seconds(const struct bm_pace *pace, size_t kind, double cost)
{
    if (bm_pace_knows(pace, kind))
        return cost * pace->kinds[kind].seconds / pace->kinds[kind].cost;
    return pace->all.cost > 0 ? cost * pace->all.seconds / pace->all.cost : NAN;
}

void bm_load_add(struct bm_load *load, double seconds, double longest)
{
    load->seconds += seconds;
    if (longest > load->longest)
        load->longest = longest;
}

double bm_load_time(const struct bm_load *load, size_t trainers)
{
    if (load->seconds == 0)
        return 0;
    double even = trainers > 0 ? load->seconds / (double)trainers : NAN;
    return even < load->longest ? load->longest : even; /* NaN stays */
}

double bm_load_time_on(const struct bm_load *load, size_t trainers, double work, double cores)
{
    double time = bm_load_time(load, trainers), shared = work / cores;
    return time < shared ? shared : time; /* NaN stays */
}
