#include "hello.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "bm/frame.h"
#include "message.h"

/* The arguments behind the program's name, each with a closing NUL. */
static struct bm_bytes text_of(int argc, char *const *argv)
{
    struct bm_bytes text = {0};
    for (int i = 1; i < argc; i++)
        bm_bytes_add(&text, argv[i], strlen(argv[i]) + 1);
    return text;
}

void bm_hello_send(const struct bm_link *link, int argc, char *const *argv)
{
    const struct bm_id build = bm_schemas_digest();
    struct bm_bytes hello = {0}, text = text_of(argc, argv);
    bm_bytes_add(&hello, &build, sizeof build);
    bm_bytes_add(&hello, text.data, text.size);
    bm_message_send(link, 0, BM_MESSAGE_HELLO, hello.data, hello.size);
    bm_bytes_fini(&hello);
    bm_bytes_fini(&text);
}

/* Arguments as a user would read them, with a closing NUL. */
static struct bm_bytes readable(const struct bm_bytes *arguments)
{
    struct bm_bytes text = {0};
    bm_bytes_add(&text, arguments->data, arguments->size);
    for (size_t i = 0; i + 1 < text.size; i++)
        if (text.data[i] == '\0')
            text.data[i] = ' ';
    if (text.size == 0)
        bm_bytes_add_u8(&text, 0);
    return text;
}

static int refuse(int rank, const struct bm_bytes *theirs, const struct bm_bytes *ours,
                  struct bm_err *err)
{
    struct bm_bytes a = readable(ours), b = readable(theirs);
    bm_fail(
        err, BM_EXIT_USAGE,
        "the ranks of a job share one sweep, but rank 0 got '%.300s' and rank %d '%.300s': start "
        "all with the same arguments (--only runs one point in each)",
        (const char *)a.data, rank, (const char *)b.data);
    bm_bytes_fini(&a);
    bm_bytes_fini(&b);
    return -1;
}

static bool equal(const struct bm_bytes *a, const struct bm_bytes *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static int compare(int rank, struct bm_bytes *hello, const struct bm_bytes *ours,
                   struct bm_err *err)
{
    const struct bm_id build = bm_schemas_digest();
    if (hello->size < sizeof build || memcmp(hello->data, &build, sizeof build) != 0)
        return bm_fail(err, BM_EXIT_USAGE,
                       "rank %d runs another version of bm-sweep than rank 0: install the same one "
                       "on all machines of the job",
                       rank);
    bm_bytes_drop(hello, sizeof build);
    return equal(hello, ours) ? 0 : refuse(rank, hello, ours, err);
}

int bm_hello_gather(const struct bm_link *link, int argc, char *const *argv, struct bm_err *err)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    struct bm_bytes ours = text_of(argc, argv), message = {0};
    int status = 0;
    for (int waiting = link->ranks - 1, from; waiting > 0;) {
        if (!link->poll(link->context, &from, &message)) {
            nanosleep(&nap, NULL);
            continue;
        }
        if (message.data[0] == BM_MESSAGE_SIGNAL && message.size > 1)
            raise(message.data[1]); /* seen when the loop begins */
        if (message.data[0] != BM_MESSAGE_HELLO)
            continue;
        waiting--;
        bm_bytes_drop(&message, 1);
        if (compare(from, &message, &ours, err) != 0)
            status = -1;
    }
    bm_bytes_fini(&ours);
    bm_bytes_fini(&message);
    return status;
}
