#include "bm/md5.h"

#include <md5.h>
#include <stddef.h>

_Static_assert(BM_MD5_TEXT == MD5_DIGEST_STRING_LENGTH, "128 bits");

int bm_md5_file(const char *path, char text[BM_MD5_TEXT], struct bm_err *err)
{
    return MD5File(path, text) != NULL ? 0 : bm_fail_errno(err, "cannot read %s", path);
}
