#include "bm/beat.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

struct bm_pulse_page {
    uint64_t count, worked_ms;
};

static struct bm_pulse_page own, *shared = &own;

void bm_beat(void)
{
    __atomic_fetch_add(&shared->count, 1, __ATOMIC_RELAXED);
}

double bm_beat_worked(void)
{
    return 1e-3 * (double)__atomic_load_n(&shared->worked_ms, __ATOMIC_RELAXED);
}

static struct bm_pulse_page *map_page(int fd)
{
    void *memory =
        mmap(NULL, sizeof(struct bm_pulse_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

int bm_beat_share(int fd)
{
    struct bm_pulse_page *page = map_page(fd);
    int error = errno;
    close(fd);
    if (page == NULL)
        return error;
    shared = page;
    return 0;
}

int bm_pulse_init(struct bm_pulse *pulse)
{
    *pulse = (struct bm_pulse){.fd = memfd_create("beats", MFD_CLOEXEC)};
    if (pulse->fd < 0 || ftruncate(pulse->fd, sizeof *pulse->page) != 0)
        return errno;
    pulse->page = map_page(pulse->fd);
    return pulse->page == NULL ? errno : 0;
}

void bm_pulse_fini(struct bm_pulse *pulse)
{
    if (pulse->fd > 0)
        close(pulse->fd);
    if (pulse->page != NULL)
        munmap(pulse->page, sizeof *pulse->page);
    *pulse = (struct bm_pulse){0};
}

uint64_t bm_pulse_read(const struct bm_pulse *pulse)
{
    return pulse->page != NULL ? __atomic_load_n(&pulse->page->count, __ATOMIC_RELAXED) : 0;
}

void bm_pulse_tell(const struct bm_pulse *pulse, double worked_s)
{
    if (pulse->page != NULL)
        __atomic_store_n(&pulse->page->worked_ms, (uint64_t)(1e3 * worked_s), __ATOMIC_RELAXED);
}
