#include "wire.h"

#include <assert.h>
#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bm/digest.h"
#include "bm/isa.h"
#include "bm/machine.h"

enum { TAG = 1, TAG_OF_LAST = 2 };

/* A send that MPI may still be reading from. */
struct pending {
    MPI_Request request;
    struct pending *next;
    unsigned char data[];
};
static struct pending *pending;
/* By rank. */
static struct process {
    uint64_t host; /* a digest of its name */
    bool has_bf16, abandoned;
} * processes;
static int own_rank, n_ranks;

void bm_wire_init(void)
{
    char host[256];
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &own_rank);
    MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
    processes = calloc((size_t)n_ranks, sizeof *processes);
    if (processes == NULL)
        abort();
    bm_host(host, sizeof host);
    struct process own = {.host = bm_checksum(host, strlen(host)), .has_bf16 = bm_isa_has_bf16()};
    MPI_Allgather(&own, sizeof own, MPI_BYTE, processes, sizeof own, MPI_BYTE, MPI_COMM_WORLD);
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

/* MPI reads from a copy. */
static void post(int tag, int to, const void *data, size_t size)
{
    assert(size <= INT_MAX);
    struct pending *copy = malloc(sizeof *copy + size);
    if (copy == NULL)
        abort();
    memcpy(copy->data, data, size);
    copy->next = pending;
    pending = copy;
    MPI_Isend(copy->data, (int)size, MPI_BYTE, to, tag, MPI_COMM_WORLD, &copy->request);
}

static void nap(void)
{
    nanosleep(&(const struct timespec){.tv_nsec = 1000000}, NULL);
}

/* ---- the end ---- */

static bool has_abandoned(void)
{
    bool any = false;
    for (int rank = 0; rank < n_ranks; rank++)
        any = any || processes[rank].abandoned;
    return any;
}

/* Rank 0's last word: who is not there any more. */
static void receive_last(void)
{
    int there = 0;
    while (MPI_Iprobe(0, TAG_OF_LAST, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE), !there)
        nap();
    MPI_Recv(processes, (int)sizeof *processes * n_ranks, MPI_BYTE, 0, TAG_OF_LAST, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
}

/* Nobody waits in MPI_Finalize for those who do not come. MPI_Abort ends all, but where mpirun was
 * told to go on without ranks that are lost: there each goes by itself. */
static void leave(int exit_code)
{
    const struct timespec ends_all = {.tv_sec = 2};
    if (own_rank == 0)
        MPI_Abort(MPI_COMM_WORLD, exit_code);
    nanosleep(&ends_all, NULL);
    _exit(exit_code);
}

void bm_wire_fini(int exit_code)
{
    const int longest = 1000; /* naps, for what goes to ranks that may not be there */
    for (int rank = 1; own_rank == 0 && rank < n_ranks; rank++)
        post(TAG_OF_LAST, rank, processes, sizeof *processes * (size_t)n_ranks);
    if (own_rank > 0)
        receive_last();
    for (int i = 0; sweep_pending(), pending != NULL && (i < longest || !has_abandoned()); i++)
        nap();
    if (has_abandoned())
        leave(exit_code);
    MPI_Finalize();
    free(processes);
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
    post(TAG, to, data, size);
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
    processes[rank].abandoned = true;
}

/* The caller's for the rest of the program. */
static const uint64_t *hosts(void)
{
    static uint64_t *hosts;
    hosts = realloc(hosts, (size_t)n_ranks * sizeof *hosts);
    if (hosts == NULL)
        abort();
    for (int rank = 0; rank < n_ranks; rank++)
        hosts[rank] = processes[rank].host;
    return hosts;
}

static const bool *has_bf16(void)
{
    static bool *has;
    has = realloc(has, (size_t)n_ranks * sizeof *has);
    if (has == NULL)
        abort();
    for (int rank = 0; rank < n_ranks; rank++)
        has[rank] = processes[rank].has_bf16;
    return has;
}

struct bm_link bm_wire_link(void)
{
    struct bm_link link = {
        .rank = own_rank, .ranks = n_ranks, .send = send, .poll = poll, .abandon = abandon};
    link.library = library();
    link.hosts = hosts();
    link.has_bf16 = has_bf16();
    return link;
}
