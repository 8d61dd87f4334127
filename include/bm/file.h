/* Whole files and folders, durably. Errors are sentences with BM_EXIT_IO. */
#ifndef BM_FILE_H
#define BM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "bm/digest.h"
#include "bm/bytes.h"
#include "bm/err.h"

enum { BM_PATH_SIZE = 4096 };

/* Where others can write, a file may have been exchanged for something else. These take plain files
 * only: a link, pipe, device or folder in the place of one is refused by name, and not followed or
 * waited for. */

/* 1: it is there, 0: nothing is, -1: it is something else, or cannot be told. `info` may be NULL.
 */
int bm_file_find(const char *path, struct stat *info, struct bm_err *err);
/* The same of a name that another machine may have made just now: a network file system may say
 * that it is not there until its folder is listed. */
int bm_file_find_anew(const char *path, struct bm_err *err);
/* Whether a call that failed is to be made once more, after `tries` others: network file systems
 * let one fail with ESTALE where another machine has replaced something. */
bool bm_file_is_stale(int tries);
/* Opens as open(2) does; returns the descriptor or -1. */
int bm_file_open(const char *path, int flags, struct bm_err *err);
/* The same without a look before: in a folder where only plain files were found, again and again.
 */
int bm_file_reopen(const char *path, int flags, struct bm_err *err);
/* Opens a new file for writing; one that was left there by somebody who died is removed. */
int bm_file_create(const char *path, struct bm_err *err);
/* Reads the whole file; `*data` is the caller's to free, and one byte longer. */
int bm_file_read(const char *path, unsigned char **data, size_t *size, struct bm_err *err);
/* The digest of the whole file, without its contents in memory. `head`: its first `n_head` bytes,
 * fewer where the file is shorter. */
int bm_file_digest(const char *path, struct bm_id *digest, size_t *size, unsigned char *head,
                   size_t n_head, struct bm_err *err);
/* Replaces the file, or makes it: after a failure, of power too, it is the old or the new one,
 * whole. Permissions and group stay. */
int bm_file_put(const char *path, const void *data, size_t size, struct bm_err *err);
/* The same, of `n` spans, one behind the other. */
int bm_file_put_spans(const char *path, const struct bm_span *spans, size_t n, struct bm_err *err);

/* Puts what is in the file `from` into `to`, as bm_file_put does. */
int bm_file_copy(const char *from, const char *to, struct bm_err *err);

/* Keeps what is there under a name of its own, PATH.kept-N, told in `kept`: whoever replaces the
 * file afterwards destroys nothing. */
int bm_file_keep(const char *path, char kept[BM_PATH_SIZE], struct bm_err *err);

/* The name under which `path` is written before it gets its own: hidden, in the same folder. */
void bm_file_temporary(const char *path, char temporary[BM_PATH_SIZE]);
/* Writes all of `data` at `offset`. */
int bm_file_write_at(int file, const char *path, const void *data, size_t size, uint64_t offset,
                     struct bm_err *err);
/* Renames, and syncs the folder of `to`: after a power failure it is one or the other, whole. */
int bm_file_replace(const char *from, const char *to, struct bm_err *err);
/* Where the links end that begin at `path`: itself where it is none. */
int bm_file_follow(const char *path, char target[BM_PATH_SIZE], struct bm_err *err);
/* Where the link `path` leads, which need not be there: 1; 0 when it is no link, -1 on failure. */
int bm_file_follow_once(const char *path, char target[BM_PATH_SIZE], struct bm_err *err);
/* Removes the file; nothing there is fine. */
int bm_file_remove(const char *path, struct bm_err *err);

/* Makes the folder and those above it; one that is there, or a link to one, is fine. */
int bm_folder_make(const char *path, struct bm_err *err);
/* The folder that `path` lies in: "results/x.h5" gives "results", "x.h5" gives ".". */
void bm_folder_of(const char *path, char folder[BM_PATH_SIZE]);
/* Makes the names in the folder durable, where its file system can. */
int bm_folder_sync(const char *path, struct bm_err *err);
/* Calls `each` for all names in the folder, in no order, until a call does not return 0; returns
 * what that one did. A folder that is not there has no names. */
int bm_folder_each(const char *path,
                   int (*each)(void *context, const char *name, struct bm_err *err), void *context,
                   struct bm_err *err);
/* Lists the folder, so that names are seen that other machines have made: see bm_file_find_anew. */
int bm_folder_refresh(const char *path, struct bm_err *err);

#endif
