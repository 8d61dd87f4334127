/* Where results come from: what was built, from what, and where and when it runs. */
#ifndef BM_PROVENANCE_H
#define BM_PROVENANCE_H

#include <stddef.h>

const char *bm_version(void);  /* "0.1.0" */
const char *bm_revision(void); /* of the source: "a86e01f3c2d4-dirty", or "unknown" */
const char *bm_compiler(void);
const char *bm_flags(void);

/* Each writes a text to `text` and returns it. */
char *bm_host(char *text, size_t size);
char *bm_cpu(char *text, size_t size); /* model, or "unknown" */
char *bm_utc(char *text, size_t size); /* now: "2026-01-31T23:59:59Z" */

#endif
