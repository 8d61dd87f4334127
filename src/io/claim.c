/* Claims are second names of one file, which has the job's name in it: so a claim is whole as soon
 * as it is there, and a network file system that says of an exclusive creation of one's own that
 * the file is there already is found out by reading it. */
#include "bm/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

/* ---- names ---- */

static const char part[] = "claims"; /* of the results file's folder */

static void name_claim(const char *folder, const char *what, char path[BM_PATH_SIZE])
{
    snprintf(path, BM_PATH_SIZE, "%s/%s", folder, what);
}

/* The file itself. */
static void name_token(const char *folder, const char *name, char path[BM_PATH_SIZE])
{
    snprintf(path, BM_PATH_SIZE, "%s/.%s", folder, name);
}

/* ---- reading ---- */

/* Who has it: 1, 0: nobody, -1: that cannot be told, and `name` says as much of it as there is. A
 * failure of a network file system that comes once is none. */
static int read_owner(const char *path, char name[BM_JOB_NAME])
{
    char text[BM_JOB_NAME + 1] = "";
    enum { TRIES = 3 };
    int status = -1;
    for (int i = 0; status < 0 && (i < TRIES || bm_file_is_stale(i)); i++) {
        errno = 0;
        int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (file < 0 && errno == ENOENT)
            return 0;
        ssize_t n = file >= 0 ? read(file, text, sizeof text - 1) : -1;
        if (file >= 0)
            close(file);
        if (n == BM_JOB_NAME && text[BM_JOB_NAME - 1] == '\n') {
            text[BM_JOB_NAME - 1] = '\0';
            status = bm_job_is_name(text) ? 1 : -1;
        }
    }
    snprintf(name, BM_JOB_NAME, "%.*s", BM_JOB_NAME - 1, text);
    return status;
}

static bool is_of(const char *path, const char *name)
{
    char owner[BM_JOB_NAME];
    return read_owner(path, owner) > 0 && strcmp(owner, name) == 0;
}

/* ---- taking and giving back ---- */

static int put_name(int file, const char *name)
{
    char text[BM_JOB_NAME + 1];
    int length = snprintf(text, sizeof text, "%s\n", name);
    bool is_whole = write(file, text, (size_t)length) == length;
    return close(file) == 0 && is_whole ? 0 : -1;
}

/* The folder is there only while jobs are: the last one of others may just take it away. */
static int make_token(const char *folder, const char *name, struct bm_err *err)
{
    char token[BM_PATH_SIZE];
    name_token(folder, name, token);
    for (int i = 0; i < 5; i++) {
        if (bm_folder_make(folder, err) != 0)
            return -1;
        int file = bm_file_create(token, NULL);
        if (file >= 0 && put_name(file, name) == 0)
            return 0;
        if (file >= 0)
            unlink(token); /* claims of it would be nobody's */
    }
    return bm_fail_errno(err, "cannot write to %s", token);
}

/* For file systems where a file has but one name. */
static bool create(const char *path, const char *name)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return false;
    bool is_whole = put_name(file, name) == 0;
    if (!is_whole)
        unlink(path);
    return is_whole;
}

/* Whether it is another job's for certain. */
static bool is_of_another(const char *path, const char *name)
{
    char owner[BM_JOB_NAME];
    return read_owner(path, owner) > 0 && strcmp(owner, name) != 0;
}

/* A claim is a hint: where a disk takes none, and shows none of another job, there is no reason not
 * to go on. */
static bool take(const char *folder, const char *what, const char *name)
{
    char path[BM_PATH_SIZE], token[BM_PATH_SIZE];
    name_claim(folder, what, path);
    name_token(folder, name, token);
    for (int i = 0; i < 2; i++) {
        if (link(token, path) == 0)
            return true;
        if (errno == EEXIST)
            return is_of(path, name);
        if (errno != ENOENT) {
            if (create(path, name))
                return true;
            break;
        }
        if (make_token(folder, name, NULL) != 0)
            break;
    }
    return !is_of_another(path, name);
}

bool bm_claim_take(struct bm_claims *claims, const char *what)
{
    return take(claims->folder, what, claims->name);
}

void bm_claim_release(struct bm_claims *claims, const char *what)
{
    char path[BM_PATH_SIZE];
    name_claim(claims->folder, what, path);
    if (is_of(path, claims->name))
        unlink(path);
}

bool bm_claim_holds(const char *results, const char *what, const char *name)
{
    char folder[BM_PATH_SIZE], path[BM_PATH_SIZE], owner[BM_JOB_NAME];
    if (bm_paths_part(results, part, folder, NULL) != 0)
        return true;
    name_claim(folder, what, path);
    int status = read_owner(path, owner);
    if (status == 0)
        status = bm_folder_refresh(folder, NULL) == 0 ? read_owner(path, owner) : -1;
    if (status == 0) /* somebody took it away, and nobody has it */
        return take(folder, what, name) || !is_of_another(path, name);
    return status < 0 || strcmp(owner, name) == 0;
}

/* ---- those of others ---- */

void bm_claims_refresh(const struct bm_claims *claims)
{
    bm_folder_refresh(claims->folder, NULL);
}

enum bm_claim_state bm_claim_look(struct bm_claims *claims, const char *what)
{
    char path[BM_PATH_SIZE], owner[BM_JOB_NAME];
    name_claim(claims->folder, what, path);
    int status = read_owner(path, owner);
    if (status == 0)
        return BM_CLAIM_FREE;
    if (status > 0 && strcmp(owner, claims->name) == 0)
        return BM_CLAIM_OURS;
    /* What makes no sense is nobody's once it has stayed so for long. */
    switch (status > 0 ? bm_job_life(&claims->sights, owner)
                       : bm_job_sight(&claims->sights, what, owner, strlen(owner))) {
    case BM_JOB_ALIVE:
        return BM_CLAIM_ALIVE;
    case BM_JOB_UNSURE:
        return BM_CLAIM_UNSURE;
    case BM_JOB_ENDED:
    case BM_JOB_DEAD:
        return BM_CLAIM_DEAD;
    case BM_JOB_SILENT:
        break;
    }
    return BM_CLAIM_STALE;
}

/* A token, or the right to clear a claim: whoever has left it needs it no more. */
static void clear_hidden(struct bm_claims *claims, const char *name)
{
    char path[BM_PATH_SIZE];
    name_claim(claims->folder, name, path);
    if (bm_claim_look(claims, name) >= BM_CLAIM_DEAD)
        unlink(path);
}

/* Of two that clear the same claim one has the right to, which is a claim as well, of what the
 * owner had: only under it is the claim removed, if it is still that owner's. So nobody ever
 * removes, or moves, what a third one has taken meanwhile. */
bool bm_claim_clear(struct bm_claims *claims, const char *what)
{
    char path[BM_PATH_SIZE], right[BM_PATH_SIZE], before[BM_JOB_NAME], owner[BM_JOB_NAME];
    name_claim(claims->folder, what, path);
    int was = read_owner(path, before);
    if (was == 0)
        return true;
    if (bm_claim_look(claims, what) < BM_CLAIM_DEAD)
        return false;
    snprintf(right, sizeof right, ".%s-%s", what, was > 0 ? before : "torn");
    if (!take(claims->folder, right, claims->name)) {
        clear_hidden(claims, right);
        return false;
    }
    bool is_cleared =
        read_owner(path, owner) == was && strcmp(owner, before) == 0 && unlink(path) == 0;
    bm_claim_release(claims, right);
    return is_cleared;
}

static int clear_dead(void *context, const char *name, struct bm_err *err)
{
    struct bm_claims *claims = context;
    (void)err;
    if (name[0] != '.')
        bm_claim_clear(claims, name);
    else
        clear_hidden(claims, name);
    return 0;
}

void bm_claims_clear_dead(struct bm_claims *claims)
{
    bm_folder_each(claims->folder, clear_dead, claims, NULL);
}

/* ---- life ---- */

int bm_claims_init(struct bm_claims *claims, const char *results, const char *name,
                   double timeout_s, struct bm_err *err)
{
    *claims = (struct bm_claims){.name = ""};
    snprintf(claims->name, sizeof claims->name, "%s", name);
    if (bm_paths_part(results, part, claims->folder, err) != 0 ||
        bm_job_sights_init(&claims->sights, results, timeout_s, err) != 0)
        return -1;
    return make_token(claims->folder, claims->name, err);
}

static int release_own(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    if (name[0] != '.')
        bm_claim_release(context, name);
    return 0;
}

void bm_claims_fini(struct bm_claims *claims)
{
    char token[BM_PATH_SIZE];
    if (claims->name[0] == '\0')
        return;
    bm_folder_each(claims->folder, release_own, claims, NULL);
    name_token(claims->folder, claims->name, token);
    unlink(token);
    rmdir(claims->folder); /* unless there are others */
    bm_job_sights_fini(&claims->sights);
    *claims = (struct bm_claims){.name = ""};
}
