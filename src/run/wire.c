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

void bm_wire_fini(void)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    while (sweep_pending(), pending != NULL)
        nanosleep(&nap, NULL);
    MPI_Finalize();
}

int bm_wire_rank(void)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

int bm_wire_size(void)
{
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

const char *bm_wire_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(text, &length);
    text[strcspn(text, ",\n")] = '\0';
    return text;
}

void bm_wire_send(int rank, const void *data, size_t size)
{
    assert(size <= INT_MAX);
    struct pending *send = malloc(sizeof *send + size);
    if (send == NULL)
        abort();
    memcpy(send->data, data, size);
    send->next = pending;
    pending = send;
    MPI_Isend(send->data, (int)size, MPI_BYTE, rank, TAG, MPI_COMM_WORLD, &send->request);
}

bool bm_wire_poll(int *from, struct bm_bytes *message)
{
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
