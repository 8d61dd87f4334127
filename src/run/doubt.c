#include "doubt.h"

#include <assert.h>
#include <stdlib.h>

void bm_doubt_init(struct bm_doubt *doubt, size_t n_places)
{
    *doubt = (struct bm_doubt){.n_places = n_places};
    doubt->places = calloc(n_places + 1, sizeof *doubt->places);
    if (doubt->places == NULL)
        abort();
}

void bm_doubt_fini(struct bm_doubt *doubt)
{
    free(doubt->places);
    free(doubt->deaths);
    *doubt = (struct bm_doubt){0};
}

/* ---- what happens ---- */

size_t bm_doubt_begin(struct bm_doubt *doubt)
{
    return ++doubt->starts;
}

/* Whether the place has lived since. */
static bool is_cleared(const struct bm_doubt *doubt, const struct bm_death *death)
{
    return doubt->places[death->place].lived > death->start;
}

/* Forgets deaths of which nothing can follow any more. */
static void prune(struct bm_doubt *doubt)
{
    size_t kept = 0;
    for (size_t i = 0; i < doubt->n_deaths; i++) {
        const struct bm_death *death = &doubt->deaths[i];
        if (death->run != BM_DOUBT_SETTLED || !is_cleared(doubt, death))
            doubt->deaths[kept++] = *death;
    }
    doubt->n_deaths = kept;
}

void bm_doubt_live(struct bm_doubt *doubt, size_t place, size_t start)
{
    if (start > doubt->places[place].lived)
        doubt->places[place].lived = start;
    prune(doubt);
}

void bm_doubt_die(struct bm_doubt *doubt, size_t run, size_t place, size_t start, bool began)
{
    assert(!doubt->places[place].gone);
    if (doubt->n_deaths == doubt->room) {
        doubt->room = 2 * doubt->room + 8;
        doubt->deaths = realloc(doubt->deaths, doubt->room * sizeof *doubt->deaths);
        if (doubt->deaths == NULL)
            abort();
    }
    doubt->deaths[doubt->n_deaths++] = (struct bm_death){
        .run = run, .place = place, .start = start, .starts = doubt->starts, .began = began};
}

void bm_doubt_settle(struct bm_doubt *doubt, size_t run)
{
    for (size_t i = 0; i < doubt->n_deaths; i++)
        if (doubt->deaths[i].run == run)
            doubt->deaths[i].run = BM_DOUBT_SETTLED;
    prune(doubt);
}

void bm_doubt_convict(struct bm_doubt *doubt, size_t run)
{
    size_t kept = 0;
    for (size_t i = 0; i < doubt->n_deaths; i++)
        if (doubt->deaths[i].run != run)
            doubt->deaths[kept++] = doubt->deaths[i];
    doubt->n_deaths = kept;
}

/* What died in a place that is given up tells nothing of runs. */
void bm_doubt_leave(struct bm_doubt *doubt, size_t place)
{
    size_t kept = 0;
    doubt->places[place].gone = true;
    for (size_t i = 0; i < doubt->n_deaths; i++)
        if (doubt->deaths[i].place != place)
            doubt->deaths[kept++] = doubt->deaths[i];
    doubt->n_deaths = kept;
}

/* ---- what follows ---- */

bool bm_doubt_has_died(const struct bm_doubt *doubt, size_t run, size_t place)
{
    for (size_t i = 0; i < doubt->n_deaths; i++)
        if (doubt->deaths[i].run == run && doubt->deaths[i].place == place)
            return true;
    return false;
}

size_t bm_doubt_streak(const struct bm_doubt *doubt, size_t place)
{
    size_t streak = 0, seen = 0;
    for (size_t i = 0; i < doubt->n_deaths; i++) {
        const struct bm_death *death = &doubt->deaths[i];
        if (death->place != place || is_cleared(doubt, death) || death->start <= seen)
            continue;
        streak++;
        seen = death->starts;
    }
    return streak;
}

bool bm_doubt_is_spoilt(const struct bm_doubt *doubt, size_t place)
{
    size_t patience = doubt->places[place].lived > 0 ? BM_DOUBT_MORE_PATIENCE : BM_DOUBT_PATIENCE;
    return bm_doubt_streak(doubt, place) >= patience;
}

bool bm_doubt_is_open(const struct bm_doubt *doubt, size_t place)
{
    bool began = false;
    for (size_t i = 0; i < doubt->n_deaths; i++) {
        const struct bm_death *death = &doubt->deaths[i];
        began = began || (death->place == place && death->began && death->run != BM_DOUBT_SETTLED);
    }
    for (size_t other = 0; other < doubt->n_places; other++)
        if (other != place && !doubt->places[other].gone && doubt->places[other].lived > 0)
            return false;
    return began;
}

/* Places whose word counts. */
static size_t count_sound(const struct bm_doubt *doubt, const bool *able)
{
    size_t n = 0;
    for (size_t place = 0; place < doubt->n_places; place++)
        n += (able == NULL || able[place]) && !doubt->places[place].gone &&
             !bm_doubt_is_spoilt(doubt, place);
    return n;
}

bool bm_doubt_is_hopeless(const struct bm_doubt *doubt, const bool *able)
{
    return count_sound(doubt, able) == 0;
}

bool bm_doubt_is_guilty(const struct bm_doubt *doubt, size_t run, bool more, const bool *able)
{
    size_t n = 0;
    bool cleared = false;
    for (size_t i = 0; i < doubt->n_deaths; i++) {
        const struct bm_death *death = &doubt->deaths[i];
        if (death->run != run || bm_doubt_is_spoilt(doubt, death->place))
            continue;
        n++; /* a place each */
        cleared = cleared || is_cleared(doubt, death);
    }
    bool everywhere = n > 0 && n == count_sound(doubt, able);
    return everywhere ? cleared || !more : n >= 2 && cleared;
}
