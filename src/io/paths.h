/* Where the parts of one results file are. */
#ifndef BM_IO_PATHS_H
#define BM_IO_PATHS_H

#include "bm/err.h"
#include "bm/file.h"

struct bm_paths {
    char snapshot[BM_PATH_SIZE]; /* RESULTS.h5, at the end of a user's links */
    char folder[BM_PATH_SIZE];   /* RESULTS.h5.d */
    char journal[BM_PATH_SIZE], lock[BM_PATH_SIZE], sum[BM_PATH_SIZE];
    char shards[BM_PATH_SIZE];    /* a folder: journals of jobs that are not the keeper */
    char elsewhere[BM_PATH_SIZE]; /* the folder that is used instead; "": none */
};

/* Finds the parts of the results file `path`. A link in its place is followed, so that two names of
 * one file have one folder, one journal and one lock: the folder lies beside the file itself. Where
 * a link was put in the place of a file whose folder stayed behind, that one is used (`elsewhere`),
 * until bm_paths_join. Fails (BM_EXIT_IO) for names that cannot be, links that lead nowhere, and
 * two folders with a journal each. Changes nothing. */
int bm_paths_find(const char *path, struct bm_paths *paths, struct bm_err *err);
/* Where the part `name` of the results file's folder is: "RESULTS.h5.d/name". */
int bm_paths_part(const char *results, const char *name, char path[BM_PATH_SIZE],
                  struct bm_err *err);
/* Makes a folder elsewhere that of the file itself, by a link beside the file. */
int bm_paths_join(const struct bm_paths *paths, struct bm_err *err);

#endif
