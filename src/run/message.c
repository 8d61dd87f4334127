#include "message.h"

const struct bm_link bm_link_alone = {.ranks = 1};

void bm_message_send(const struct bm_link *link, int to, enum bm_message kind, const void *body,
                     size_t size)
{
    struct bm_bytes message = {0};
    bm_bytes_add_u8(&message, (uint8_t)kind);
    bm_bytes_add(&message, body, size);
    link->send(link->context, to, message.data, message.size);
    bm_bytes_fini(&message);
}
