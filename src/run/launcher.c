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

/* Tasks of the step that srun started this process in. Under mpirun the number is that of mpirun's
 * own daemons. */
static int step_tasks(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") != NULL ? 1 : number("SLURM_STEP_NUM_TASKS", 1);
}

static int refuse_singletons(int tasks, struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_USAGE,
                   "this is one of %d tasks of a job step, but MPI does not see the others: start "
                   "it with 'srun --mpi=pmix' or with mpirun",
                   tasks);
}

int bm_launcher_find(bool *is_there, struct bm_err *err)
{
    *is_there = getenv("OMPI_COMM_WORLD_SIZE") != NULL || getenv("PMIX_RANK") != NULL;
    int tasks = step_tasks();
    return tasks > 1 && !*is_there ? refuse_singletons(tasks, err) : 0;
}

int bm_launcher_check(int ranks, struct bm_err *err)
{
    int tasks = step_tasks();
    return tasks > 1 && ranks == 1 ? refuse_singletons(tasks, err) : 0;
}

int bm_launcher_rank(void)
{
    bool is_there;
    bm_launcher_find(&is_there, NULL);
    return is_there ? number("OMPI_COMM_WORLD_RANK", number("PMIX_RANK", 0)) : 0;
}

int bm_launcher_company(void)
{
    return number("OMPI_COMM_WORLD_SIZE", step_tasks());
}

int bm_launcher_local_ranks(void)
{
    return number("OMPI_COMM_WORLD_LOCAL_SIZE", 1);
}

int bm_launcher_pid(void)
{
    static const char *const names[] = {"mpirun", "mpiexec", "orterun",
                                        "orted",  "prterun", "prted"};
    for (int pid = getppid(), parent; pid > 1; pid = parent) {
        char path[64], name[64];
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *file = fopen(path, "re");
        /* "123 (name) S 45 …" */
        int n = file != NULL ? fscanf(file, "%*d (%63[^)]) %*c %d", name, &parent) : 0;
        if (file != NULL)
            fclose(file);
        if (n != 2)
            return -1;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strcmp(name, names[i]) == 0)
                return pid;
    }
    return -1;
}
