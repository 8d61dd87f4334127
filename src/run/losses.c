#include "losses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

void bm_losses_init(struct bm_losses *losses, int ranks)
{
    *losses = (struct bm_losses){.has_others = ranks > 1};
    losses->deaths = calloc((size_t)ranks, sizeof *losses->deaths);
    if (losses->deaths == NULL)
        abort();
}

void bm_losses_fini(struct bm_losses *losses)
{
    free(losses->deaths);
    losses->deaths = NULL;
}

void bm_losses_died(struct bm_losses *losses, int rank, const struct bm_id *run, const char *cause)
{
    char id[BM_ID_TEXT];
    struct bm_last_death *death = &losses->deaths[rank];
    snprintf(death->text, sizeof death->text, "%.8s: %s", bm_id_text(run, id), cause);
}

/* The first sentence of all is what the program ends with where no trainer is left. */
void bm_losses_say(struct bm_losses *losses, int rank, const char *sentence, bool is_last)
{
    char text[sizeof losses->last], name[32] = "";
    bool is_first = losses->first[0] == '\0';
    if (losses->has_others)
        snprintf(name, sizeof name, "rank %d: ", rank);
    snprintf(text, sizeof text, "%s%s", name, sentence);
    if (strcmp(text, losses->last) != 0 && !(is_first && is_last))
        bm_say("warning: %s%s", text,
               is_last              ? ""
               : losses->has_others ? "; it goes on with one rank less"
                                    : "; it goes on with fewer trainers");
    memcpy(losses->last, text, sizeof text);
    if (is_first)
        memcpy(losses->first, text, sizeof text);
}

void bm_losses_say_deaths(struct bm_losses *losses, int rank, size_t n, bool is_last)
{
    char sentence[400];
    snprintf(sentence, sizeof sentence, "%zu runs in a row died at once, the last was %s", n,
             losses->deaths[rank].text);
    bm_losses_say(losses, rank, sentence, is_last);
}

void bm_losses_unsaved(struct bm_losses *losses, const struct bm_id *run, const char *sentence)
{
    char id[BM_ID_TEXT], text[sizeof losses->unsaved];
    snprintf(text, sizeof text, "run %.8s: %s", bm_id_text(run, id), sentence);
    bm_say("warning: %s; it stays to do, and no other is begun", text);
    if (losses->unsaved[0] == '\0')
        memcpy(losses->unsaved, text, sizeof text);
}

int bm_losses_fail(const struct bm_losses *losses, size_t left, struct bm_err *err)
{
    bool unsaved = losses->unsaved[0] != '\0';
    return bm_fail(err, BM_EXIT_IO, "%s%s; %zu run%s left to do by the same command",
                   unsaved ? "" : "no trainer is left: ", unsaved ? losses->unsaved : losses->first,
                   left, left == 1 ? " is" : "s are");
}
