#include "bm/beat.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t own;
static uint64_t *counter = &own;

void bm_beat(void)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

int bm_beat_share(int fd)
{
    void *memory = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int error = errno;
    close(fd);
    if (memory == MAP_FAILED)
        return error;
    counter = memory;
    return 0;
}

int bm_pulse_init(struct bm_pulse *pulse)
{
    *pulse = (struct bm_pulse){.fd = memfd_create("beats", MFD_CLOEXEC)};
    if (pulse->fd < 0 || ftruncate(pulse->fd, sizeof *pulse->count) != 0)
        return errno;
    void *memory = mmap(NULL, sizeof *pulse->count, PROT_READ, MAP_SHARED, pulse->fd, 0);
    if (memory == MAP_FAILED)
        return errno;
    pulse->count = memory;
    return 0;
}

void bm_pulse_fini(struct bm_pulse *pulse)
{
    if (pulse->fd > 0)
        close(pulse->fd);
    if (pulse->count != NULL)
        munmap((void *)pulse->count, sizeof *pulse->count);
    *pulse = (struct bm_pulse){0};
}

uint64_t bm_pulse_read(const struct bm_pulse *pulse)
{
    return pulse->count != NULL ? __atomic_load_n(pulse->count, __ATOMIC_RELAXED) : 0;
}
