#include "wire.h"

#include <assert.h>
#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TAG = 1 };

/* A send that MPI may still be reading from. */
struct pending {
    MPI_Request request;
    struct pending *next;
    unsigned char data[];
};
static struct pending *pending;
static bool has_abandoned;

void bm_wire_init(void)
{
    MPI_Init(NULL, NULL);
}

/* Frees the sends that are complete. */
static void sweep_pending(void)
{
    struct pending **link = &pending;
    while (*link != NULL) {
        struct pending *send = *link;
        int complete;
        MPI_Test(&send->request, &complete, MPI_STATUS_IGNORE);
        if (complete) {
            *link = send->next;
            free(send);
        } else {
            link = &send->next;
        }
    }
}

void bm_wire_fini(int exit_code)
{
    if (has_abandoned)
        MPI_Abort(MPI_COMM_WORLD, exit_code);
    const struct timespec nap = {.tv_nsec = 1000000};
    while (sweep_pending(), pending != NULL)
        nanosleep(&nap, NULL);
    MPI_Finalize();
}

/* "Open MPI v4.1.4", "MPICH Version: 4.0.2" */
static const char *library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(text, &length);
    text[strcspn(text, ",\n")] = '\0';
    for (char *tab = text; (tab = strchr(tab, '\t')) != NULL;)
        *tab = ' ';
    return text;
}

static void send(void *context, int to, const void *data, size_t size)
{
    (void)context;
    assert(size <= INT_MAX);
    struct pending *copy = malloc(sizeof *copy + size);
    if (copy == NULL)
        abort();
    memcpy(copy->data, data, size);
    copy->next = pending;
    pending = copy;
    MPI_Isend(copy->data, (int)size, MPI_BYTE, to, TAG, MPI_COMM_WORLD, &copy->request);
}

static bool poll(void *context, int *from, struct bm_bytes *message)
{
    (void)context;
    int there, size;
    MPI_Status status;
    sweep_pending();
    MPI_Iprobe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &there, &status);
    if (!there)
        return false;
    MPI_Get_count(&status, MPI_BYTE, &size);
    unsigned char *data = malloc((size_t)size + 1);
    if (data == NULL)
        abort();
    MPI_Recv(data, size, MPI_BYTE, status.MPI_SOURCE, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    message->size = 0;
    bm_bytes_add(message, data, (size_t)size);
    free(data);
    *from = status.MPI_SOURCE;
    return true;
}

static void abandon(void *context, int rank)
{
    (void)context;
    (void)rank;
    has_abandoned = true;
}

struct bm_link bm_wire_link(void)
{
    struct bm_link link = {.send = send, .poll = poll, .abandon = abandon};
    MPI_Comm_rank(MPI_COMM_WORLD, &link.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &link.ranks);
    link.library = library();
    return link;
}
