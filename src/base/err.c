#include "bm/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int bm_fail(struct bm_err *err, enum bm_exit code, const char *format, ...)
{
    if (err == NULL || err->code != BM_EXIT_DONE)
        return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->code = code;
    return -1;
}

int bm_fail_errno(struct bm_err *err, const char *format, ...)
{
    enum bm_exit code = errno == ENOMEM ? BM_EXIT_MEMORY : BM_EXIT_IO;
    const char *reason = strerror(errno);
    if (err == NULL || err->code != BM_EXIT_DONE)
        return -1;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof err->text)
        snprintf(err->text + length, sizeof err->text - (size_t)length, ": %s", reason);
    err->code = code;
    return -1;
}

int bm_fail_at(struct bm_err *err, const char *format, ...)
{
    if (err == NULL || err->code == BM_EXIT_DONE)
        return -1;
    char where[sizeof err->text];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(where, sizeof where, format, args);
    va_end(args);
    size_t used = length < 0 ? 0 : strlen(where);
    snprintf(where + used, sizeof where - used, ": %s", err->text);
    memcpy(err->text, where, sizeof where);
    return -1;
}

int bm_fail_hint(struct bm_err *err, const char *format, ...)
{
    if (err == NULL || err->code == BM_EXIT_DONE)
        return -1;
    char hint[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(hint, sizeof hint, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, " (%s)", hint);
    return -1;
}
