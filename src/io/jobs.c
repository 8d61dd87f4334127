/* The files of jobs: each is written in place, by its job alone, and read whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bm/job_status.h"
#include "bm/lock.h"
#include "bm/machine.h"
#include "jobs.h"
#include "paths.h"

enum { MOST_BYTES = 1 << 24 };

int bm_jobs_folder(const char *results, char folder[BM_PATH_SIZE], struct bm_err *err)
{
    return bm_paths_part(results, "jobs", folder, err);
}

void bm_boot_read(char *boot, size_t size)
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    boot[0] = '\0';
    if (file == NULL)
        return;
    if (fgets(boot, (int)size, file) == NULL)
        boot[0] = '\0';
    boot[strcspn(boot, "\n")] = '\0';
    fclose(file);
}

/* ---- writing ---- */

static void name_batch(char *batch, size_t size)
{
    const char *job = getenv("SLURM_JOB_ID"), *array = getenv("SLURM_ARRAY_JOB_ID"),
               *task = getenv("SLURM_ARRAY_TASK_ID");
    if (array != NULL && task != NULL)
        snprintf(batch, size, "%.40s_%.20s", array, task);
    else
        snprintf(batch, size, "%.60s", job != NULL ? job : "");
}

/* The folder is there only while jobs are: the last one of others may just take it away. */
static int create_file(struct bm_job_file *file, const char *folder, struct bm_err *err)
{
    for (int i = 0; i < 5 && file->lock < 0; i++) {
        if (bm_folder_make(folder, err) != 0)
            return -1;
        file->lock = bm_file_create(file->path, NULL);
    }
    return file->lock >= 0 ? 0 : bm_fail_errno(err, "cannot create %s", file->path);
}

int bm_job_file_open(const char *results, struct bm_job_status *status, struct bm_job_file *file,
                     struct bm_err *err)
{
    char folder[BM_PATH_SIZE];
    *file = (struct bm_job_file){.lock = BM_NO_LOCK};
    if (status->name[0] == '\0')
        bm_job_name(status->name);
    if (bm_jobs_folder(results, folder, err) != 0)
        return -1;
    snprintf(file->path, BM_PATH_SIZE, "%s/%s", folder, status->name);
    bm_host(status->host, sizeof status->host);
    name_batch(status->batch, sizeof status->batch);
    status->pid = getpid();
    if (create_file(file, folder, err) != 0)
        return -1;
    if (flock(file->lock, LOCK_EX | LOCK_NB) == 0)
        bm_boot_read(status->boot, sizeof status->boot);
    enum { TRIES = 5 }; /* of a network file system that fails once */
    for (int i = 1; i < TRIES; i++)
        if (bm_job_file_write(file, status, NULL) == 0)
            return 0;
    return bm_job_file_write(file, status, err);
}

/* Who was taken for dead has no file any more. Where all of the results are gone, so is this. */
static void make_anew(struct bm_job_file *file, struct bm_job_status *status)
{
    char folder[BM_PATH_SIZE], above[BM_PATH_SIZE];
    bm_folder_of(file->path, folder);
    bm_folder_of(folder, above);
    if (bm_file_find(file->path, NULL, NULL) != 0 || access(above, F_OK) != 0)
        return;
    bm_lock_release(file->lock);
    file->lock = BM_NO_LOCK;
    status->boot[0] = '\0';
    if (create_file(file, folder, NULL) == 0 && flock(file->lock, LOCK_EX | LOCK_NB) == 0)
        bm_boot_read(status->boot, sizeof status->boot);
}

/* By a descriptor of its own: network file systems hand on what was written when it is closed. What
 * is shorter than before is filled up. */
static int write_text(struct bm_job_file *file, const struct bm_bytes *text, struct bm_err *err)
{
    int out = bm_file_open(file->path, O_WRONLY, err);
    if (out < 0)
        return -1;
    int status = bm_file_write_at(out, file->path, text->data, text->size, 0, err);
    if (close(out) != 0 && status == 0)
        status = bm_fail_errno(err, "cannot write to %s", file->path);
    if (status == 0)
        file->size = text->size;
    return status;
}

int bm_job_file_write(struct bm_job_file *file, struct bm_job_status *status, struct bm_err *err)
{
    struct bm_bytes text = {0};
    status->beat++;
    make_anew(file, status);
    bm_job_status_print(status, &text);
    while (text.size < file->size)
        bm_bytes_add_u8(&text, '\n');
    int result = write_text(file, &text, err);
    bm_bytes_fini(&text);
    return result;
}

void bm_job_file_close(struct bm_job_file *file)
{
    char folder[BM_PATH_SIZE];
    if (file->path[0] != '\0') {
        unlink(file->path);
        bm_folder_of(file->path, folder);
        rmdir(folder); /* unless there are others */
    }
    bm_lock_release(file->lock);
    file->lock = BM_NO_LOCK;
    file->path[0] = '\0';
}

/* ---- reading ---- */

struct reading {
    struct bm_jobs *jobs;
    char folder[BM_PATH_SIZE];
};

static bool read_status(const char *path, struct bm_job_status *status)
{
    unsigned char *data;
    size_t size;
    struct stat info;
    if (bm_file_find(path, &info, NULL) <= 0 || info.st_size > MOST_BYTES ||
        bm_file_read(path, &data, &size, NULL) != 0)
        return false;
    data[size] = '\0'; /* there is room for it */
    bool is_whole = bm_job_status_parse((const char *)data, status);
    free(data);
    return is_whole;
}

/* A file that is being written is whole a moment later. */
static int take_job(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    struct reading *reading = context;
    struct bm_jobs *jobs = reading->jobs;
    struct bm_job_status status;
    char path[BM_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", reading->folder, name);
    bool is_there = false;
    for (int i = 0; i < 3 && !is_there; i++)
        is_there = read_status(path, &status);
    if (!is_there)
        return 0;
    if (strcmp(status.name, name) != 0) {
        bm_job_status_fini(&status);
        return 0;
    }
    jobs->jobs = reallocarray(jobs->jobs, jobs->n + 1, sizeof *jobs->jobs);
    if (jobs->jobs == NULL)
        abort();
    jobs->jobs[jobs->n++] = status;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct bm_job_status *x = a, *y = b;
    return strcmp(x->name, y->name);
}

int bm_jobs_read(const char *results, struct bm_jobs *jobs, struct bm_err *err)
{
    struct reading reading = {.jobs = jobs};
    *jobs = (struct bm_jobs){0};
    if (bm_jobs_folder(results, reading.folder, err) != 0)
        return -1;
    int status = bm_folder_each(reading.folder, take_job, &reading, err);
    if (status != 0)
        bm_jobs_fini(jobs); /* those before the folder could not be read any further */
    if (jobs->n > 0)
        qsort(jobs->jobs, jobs->n, sizeof *jobs->jobs, by_name);
    return status;
}

void bm_jobs_fini(struct bm_jobs *jobs)
{
    for (size_t i = 0; i < jobs->n; i++)
        bm_job_status_fini(&jobs->jobs[i]);
    free(jobs->jobs);
    *jobs = (struct bm_jobs){0};
}

void bm_jobs_clear(const char *results)
{
    struct bm_jobs jobs;
    char folder[BM_PATH_SIZE], boot[40], path[BM_PATH_SIZE];
    bm_boot_read(boot, sizeof boot);
    if (boot[0] == '\0' || bm_jobs_folder(results, folder, NULL) != 0 ||
        bm_jobs_read(results, &jobs, NULL) != 0)
        return;
    for (size_t i = 0; i < jobs.n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, jobs.jobs[i].name);
        if (strcmp(jobs.jobs[i].boot, boot) == 0 && bm_lock_is_free(path) > 0)
            bm_file_remove(path, NULL);
    }
    bm_jobs_fini(&jobs);
}
