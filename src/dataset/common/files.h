/* The files of data sets that are files, by their lists (bm_dataset.files). */
#ifndef BM_DATASET_FILES_H
#define BM_DATASET_FILES_H

#include "bm/data.h"
#include "bm/file.h"

/* Path of one of the set's files: of NAME.gz the unpacked one where only that is there. */
int bm_files_path(const struct bm_dataset *dataset, const char *data_dir,
                  const struct bm_data_file *file, char path[BM_PATH_SIZE], struct bm_err *err);

/* Looks at all files without opening them: each has to be there with its size (BM_EXIT_DATA, and
 * what to do). The stamp is of sizes and times of change; 0 for generated sets. */
int bm_files_stamp(const struct bm_dataset *dataset, const char *data_dir, uint64_t *stamp,
                   struct bm_err *err);

/* Fails: `path` of the data set is not there, and why (errno), or what is there instead. */
int bm_files_missing(const struct bm_dataset *dataset, const char *data_dir, const char *path,
                     struct bm_err *err);

/* bm_file_read at the end of links: data may be links to where a cluster keeps them. What cannot be
 * read is the user's to mend (BM_EXIT_DATA). */
int bm_files_read(const char *path, unsigned char **data, size_t *size, struct bm_err *err);

#endif
