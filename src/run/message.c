#include "message.h"

#include "bm/frame.h"
#include "bm/isa.h"

const struct bm_link bm_link_alone = {.ranks = 1};

bool bm_link_has_bf16(const struct bm_link *link, int rank)
{
    return link->has_bf16 != NULL ? link->has_bf16[rank] : bm_isa_has_bf16();
}

void bm_message_send(const struct bm_link *link, int to, enum bm_message kind, const void *body,
                     size_t size)
{
    struct bm_bytes message = {0};
    bm_bytes_add_u8(&message, (uint8_t)kind);
    bm_bytes_add(&message, body, size);
    link->send(link->context, to, message.data, message.size);
    bm_bytes_fini(&message);
}

/* Frames come from the trainer of a run, and are of that run. */
static const char *doubt_frame(const struct bm_bytes *message, const struct bm_id *run)
{
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    if (bm_frame_decode(message->data + 1, message->size - 1, &schemas, &frame, NULL) != 0)
        return "it sent records that cannot be read";
    if (run == NULL || bm_id_compare(&frame.id, run) != 0)
        return "it sent records of a run that it was not to train";
    switch (frame.kind) {
    case BM_FRAME_EVALUATION:
    case BM_FRAME_LOG:
    case BM_FRAME_RESULT:
    case BM_FRAME_PROGRESS:
    case BM_FRAME_PROBES:
    case BM_FRAME_WARNING:
        return NULL;
    case BM_FRAME_SCHEMA:
    case BM_FRAME_META:
    case BM_FRAME_BEGIN:
    case BM_FRAME_JOB:
    case BM_FRAME_DROP:
        break;
    }
    return "it sent records that are not a trainer's";
}

const char *bm_message_doubt(const struct bm_bytes *message, const struct bm_id *run)
{
    switch ((enum bm_message)message->data[0]) {
    case BM_MESSAGE_FRAME:
        return doubt_frame(message, run);
    case BM_MESSAGE_LOST:
    case BM_MESSAGE_UNSAVED:
    case BM_MESSAGE_RETURNED:
        return run != NULL ? NULL : "it gave a run back that it did not have";
    case BM_MESSAGE_SIGNAL:
        return message->size == 2 ? NULL : "it told of a signal without a number";
    case BM_MESSAGE_BEAT:
    case BM_MESSAGE_BYE:
        return NULL;
    case BM_MESSAGE_MISSING:
        return "messages from it were lost on the way";
    case BM_MESSAGE_JOB:
    case BM_MESSAGE_STOP:
    case BM_MESSAGE_HELLO:
        break;
    }
    return "it sent a message that makes no sense here";
}
