/* Where the files of jobs are, and on which system. */
#ifndef BM_IO_JOBS_H
#define BM_IO_JOBS_H

#include "bm/file.h"

int bm_jobs_folder(const char *results, char folder[BM_PATH_SIZE], struct bm_err *err);
/* The system that runs now: the same one in all containers of a machine, another one after a
 * restart. "": not known. */
void bm_boot_read(char *boot, size_t size);

#endif
