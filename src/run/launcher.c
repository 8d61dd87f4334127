#include "launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int number(const char *variable, int otherwise)
{
    const char *text = getenv(variable);
    return text != NULL && text[0] != '\0' ? (int)strtol(text, NULL, 10) : otherwise;
}

/* What the launchers tell their processes. A variable that one does not set is NULL; those of the
 * first that has its size and rank count. */
struct launcher {
    const char *name, *size, *rank, *local_size;
};
static const struct launcher launchers[] = {
    {"Open MPI's mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE"},
    {"the mpiexec of MPICH or Intel MPI", "PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS"},
    {"PMIx", NULL, "PMIX_RANK", NULL},
};

static bool is_set(const char *variable)
{
    return variable == NULL || getenv(variable) != NULL;
}

static const struct launcher *find_launcher(void)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
        if (is_set(launchers[i].size) && is_set(launchers[i].rank))
            return &launchers[i];
    return NULL;
}

/* Those of the job step where the launcher does not say: srun. Under mpirun the number is that of
 * mpirun's own daemons. */
static int count_company(const struct launcher *launcher)
{
    return number(
        launcher != NULL && launcher->size != NULL ? launcher->size : "SLURM_STEP_NUM_TASKS", 1);
}

static int refuse_tasks(int tasks, struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_USAGE,
                   "this is one of %d tasks of a job step, but MPI does not see the others: start "
                   "it with 'srun --mpi=pmix' or with mpirun",
                   tasks);
}

int bm_launcher_find(bool *is_there, struct bm_err *err)
{
    const struct launcher *launcher = find_launcher();
    *is_there = launcher != NULL;
    int tasks = count_company(launcher);
    return tasks > 1 && launcher == NULL ? refuse_tasks(tasks, err) : 0;
}

int bm_launcher_check(int ranks, const char *library, struct bm_err *err)
{
    const struct launcher *launcher = find_launcher();
    int company = count_company(launcher);
    if (ranks > 1 || company <= 1)
        return 0;
    if (launcher == NULL || launcher->size == NULL)
        return refuse_tasks(company, err);
    return bm_fail(err, BM_EXIT_USAGE,
                   "this is one of %d processes that %s started, but the MPI that this program is "
                   "built with, %s, does not see the others: start it with the mpirun of that MPI",
                   company, launcher->name, library);
}

int bm_launcher_rank(void)
{
    const struct launcher *launcher = find_launcher();
    return launcher != NULL ? number(launcher->rank, 0) : 0;
}

int bm_launcher_local_ranks(void)
{
    const struct launcher *launcher = find_launcher();
    return launcher != NULL && launcher->local_size != NULL ? number(launcher->local_size, 1) : 1;
}

/* Reads the name and the parent of a process. */
static bool look_up(int pid, char name[static 64], int *parent)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    /* "123 (name) S 45 …" */
    int n = file != NULL ? fscanf(file, "%*d (%63[^)]) %*c %d", name, parent) : 0;
    if (file != NULL)
        fclose(file);
    return n == 2;
}

/* mpirun may be called mpirun.openmpi, and mpiexec mpiexec.hydra. */
static bool is_launcher(const char *name)
{
    static const char *const beginnings[] = {"mpirun",  "mpiexec", "orterun", "orted",
                                             "prterun", "prted",   "hydra_"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

int bm_launcher_pid(void)
{
    char name[64];
    int found = -1;
    for (int pid = getppid(), parent; pid > 1 && look_up(pid, name, &parent); pid = parent) {
        if (is_launcher(name))
            found = pid;
        else if (found > 0)
            break; /* what started the launcher */
    }
    return found;
}
