#include "post.h"

#include <stdlib.h>

#include "bm/clock.h"
#include "message.h"

/* A message that came before others that were sent before it. */
struct bm_early {
    uint32_t number;
    struct bm_bytes message;
    struct bm_early *next;
};

static void send(void *context, int to, const void *data, size_t size)
{
    struct bm_post *post = context;
    struct bm_bytes numbered = {0};
    bm_bytes_add_u32(&numbered, ++post->boxes[to].sent);
    bm_bytes_add(&numbered, data, size);
    post->below->send(post->below->context, to, numbered.data, numbered.size);
    bm_bytes_fini(&numbered);
}

/* Takes the message over, unless it is there already. */
static void keep(struct bm_post *post, struct bm_box *box, uint32_t number,
                 struct bm_bytes *message)
{
    struct bm_early **at = &box->early;
    if (box->early == NULL)
        box->waits_since = bm_seconds();
    while (*at != NULL && (*at)->number < number)
        at = &(*at)->next;
    if (*at != NULL && (*at)->number == number)
        return;
    struct bm_early *early = malloc(sizeof *early);
    if (early == NULL)
        abort();
    *early = (struct bm_early){number, *message, *at};
    *message = (struct bm_bytes){0};
    *at = early;
    post->n_early++;
}

/* Hands out the first of those that were early. */
static void hand_out(struct bm_post *post, struct bm_box *box, struct bm_bytes *message)
{
    struct bm_early *early = box->early;
    bm_bytes_fini(message);
    *message = early->message;
    box->early = early->next;
    box->taken = early->number;
    box->waits_since = bm_seconds();
    post->n_early--;
    free(early);
}

static void tell_of_missing(struct bm_bytes *message)
{
    message->size = 0;
    bm_bytes_add_u8(message, BM_MESSAGE_MISSING);
}

/* Looks whether the turn of an early message has come, or whether it waited for long enough. */
static bool take_early(struct bm_post *post, int *from, struct bm_bytes *message)
{
    for (int rank = 0; post->n_early > 0 && rank < post->below->ranks; rank++) {
        struct bm_box *box = &post->boxes[rank];
        if (box->early == NULL)
            continue;
        *from = rank;
        if (box->early->number == box->taken + 1) {
            hand_out(post, box, message);
            return true;
        }
        if (bm_seconds() - box->waits_since > post->patience) {
            box->taken = box->early->number - 1;
            tell_of_missing(message);
            return true;
        }
    }
    return false;
}

static bool poll(void *context, int *from, struct bm_bytes *message)
{
    struct bm_post *post = context;
    while (!take_early(post, from, message)) {
        if (!post->below->poll(post->below->context, from, message))
            return false;
        struct bm_box *box = &post->boxes[*from];
        struct bm_cursor in = bm_cursor_of(message->data, message->size);
        uint32_t number = bm_cursor_u32(&in);
        if (in.overrun || in.at == message->size) { /* no number, or nothing behind it */
            tell_of_missing(message);
            return true;
        }
        bm_bytes_drop(message, in.at);
        if (number == box->taken + 1) {
            box->taken = number;
            box->waits_since = bm_seconds();
            return true;
        }
        if (number > box->taken)
            keep(post, box, number, message);
    }
    return true;
}

static void abandon(void *context, int rank)
{
    const struct bm_post *post = context;
    post->below->abandon(post->below->context, rank);
}

struct bm_link bm_post_init(struct bm_post *post, const struct bm_link *below)
{
    *post = (struct bm_post){.below = below, .patience = 10};
    post->boxes = calloc((size_t)below->ranks, sizeof *post->boxes);
    if (post->boxes == NULL)
        abort();
    return (struct bm_link){
        .context = post,
        .rank = below->rank,
        .ranks = below->ranks,
        .library = below->library,
        .hosts = below->hosts,
        .has_bf16 = below->has_bf16,
        .send = send,
        .poll = poll,
        .abandon = abandon,
    };
}

void bm_post_fini(struct bm_post *post)
{
    struct bm_bytes message = {0};
    for (int rank = 0; rank < post->below->ranks; rank++)
        while (post->boxes[rank].early != NULL)
            hand_out(post, &post->boxes[rank], &message);
    bm_bytes_fini(&message);
    free(post->boxes);
    post->boxes = NULL;
}
