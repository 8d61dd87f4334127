/* Where results come from: what was built, and from what. */
#ifndef BM_PROVENANCE_H
#define BM_PROVENANCE_H

const char *bm_version(void);  /* "0.1.0" */
const char *bm_revision(void); /* of the source: "a86e01f3c2d4-dirty", or "unknown" */
const char *bm_compiler(void);
const char *bm_flags(void);
/* The compiler and those of its flags that last digits of results depend on. */
const char *bm_build(void);

#endif
