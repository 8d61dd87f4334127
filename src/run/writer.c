#include "writer.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "bm/clock.h"

static double thread_seconds(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void end(struct bm_writer *writer)
{
    __atomic_store_n(&writer->has_ended, true, __ATOMIC_RELEASE);
}

static void *write_copy(void *context)
{
    struct bm_writer *writer = context;
    struct bm_written *written = &writer->written;
    written->status = bm_checkpoint_write(&writer->of, written->step, writer->spans, writer->n,
                                          &writer->records, &written->err);
    written->wall_s = bm_seconds() - writer->began;
    written->cpu_s = thread_seconds();
    end(writer);
    return NULL;
}

static void *touch_copy(void *context)
{
    struct bm_writer *writer = context;
    memset(writer->copy.base, 0, writer->copy.size);
    end(writer);
    return NULL;
}

/* Signals are for the thread that trains. */
static int start(struct bm_writer *writer, void *(*work)(void *), struct bm_err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    writer->has_ended = false;
    pthread_sigmask(SIG_SETMASK, &all, &before);
    errno = pthread_create(&writer->thread, NULL, work, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    writer->is_busy = errno == 0;
    writer->writes = work == write_copy;
    return writer->is_busy ? 0 : bm_fail_errno(err, "a thread cannot be started");
}

int bm_writer_prepare(struct bm_writer *writer, const struct bm_span *spans, size_t n,
                      struct bm_err *err)
{
    size_t size = 0;
    assert(!writer->is_busy && !bm_writer_is_prepared(writer));
    for (size_t i = 0; i < n; i++)
        size += bm_arena_need(spans[i].size);
    if (bm_arena_init(&writer->copy, size, "the copy of a checkpoint", err) != 0)
        return -1;
    if (start(writer, touch_copy, err) == 0)
        return 0;
    bm_arena_fini(&writer->copy);
    return -1;
}

bool bm_writer_is_prepared(const struct bm_writer *writer)
{
    return writer->copy.base != NULL;
}

static void copy(struct bm_writer *writer, const struct bm_span *spans, size_t n,
                 const struct bm_bytes *records)
{
    writer->copy.used = 0;
    writer->n = n;
    for (size_t i = 0; i < n; i++) {
        void *place = bm_arena_take(&writer->copy, spans[i].size);
        writer->spans[i] = (struct bm_span){place, spans[i].size};
        if (spans[i].size > 0)
            memcpy(place, spans[i].data, spans[i].size);
    }
    writer->records.size = 0;
    bm_bytes_add(&writer->records, records->data, records->size);
}

int bm_writer_begin(struct bm_writer *writer, const struct bm_checkpoint_of *of, int64_t step,
                    const struct bm_span *spans, size_t n, const struct bm_bytes *records,
                    struct bm_err *err)
{
    assert(!writer->is_busy && bm_writer_is_prepared(writer));
    writer->of = *of;
    writer->written = (struct bm_written){.step = step};
    writer->began = bm_seconds();
    copy(writer, spans, n, records);
    return start(writer, write_copy, err);
}

const struct bm_written *bm_writer_collect(struct bm_writer *writer, bool waits)
{
    if (!writer->is_busy || (!waits && !__atomic_load_n(&writer->has_ended, __ATOMIC_ACQUIRE)))
        return NULL;
    pthread_join(writer->thread, NULL);
    writer->is_busy = false;
    return writer->writes ? &writer->written : NULL;
}

void bm_writer_fini(struct bm_writer *writer)
{
    bm_writer_collect(writer, true);
    bm_arena_fini(&writer->copy);
    bm_bytes_fini(&writer->records);
}
