/* Provenance. The build's part is in build.h, which the Makefile writes; versions of libraries are
 * told by the files that know the libraries. */
#include "bm/provenance.h"

#include <build.h>

const char *bm_version(void)
{
    return BM_VERSION;
}

const char *bm_revision(void)
{
    return BM_REVISION;
}

const char *bm_compiler(void)
{
    return BM_COMPILER;
}

const char *bm_flags(void)
{
    return BM_FLAGS;
}

const char *bm_build(void)
{
    return BM_BUILD;
}
