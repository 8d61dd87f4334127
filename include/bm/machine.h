/* The machine that a program runs on. */
#ifndef BM_MACHINE_H
#define BM_MACHINE_H

#include <stddef.h>

/* Each writes a text to `text` and returns it; "unknown" where the system does not tell. */
char *bm_host(char *text, size_t size);
char *bm_cpu(char *text, size_t size); /* model */

#endif
