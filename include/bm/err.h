/* Errors: a function that can fail returns 0 or -1 and takes a `struct bm_err *`, which carries one
 * sentence for the user (what, where, the valid choice) and the exit code that it deserves.
 *
 * The first error wins: a later bm_fail on the same struct changes nothing, so clean-up code may
 * fail without hiding the cause. A programmer's mistake is an assert, not an error. */
#ifndef BM_ERR_H
#define BM_ERR_H

#include <stdarg.h>

/* All exit codes of all programs: name, code, meaning (printed by --help). */
#define BM_EXITS(X)                                                           \
    X(DONE, 0, "all runs are done")                                           \
    X(FAILED, 1, "some runs failed, or time was over and nothing came of it") \
    X(USAGE, 2, "wrong use of the command line")                              \
    X(DATA, 65, "wrong sweep file or data")                                   \
    X(MEMORY, 71, "not enough memory")                                        \
    X(IO, 74, "input or output failed")                                       \
    X(AGAIN, 75, "stopped early: run the same command again")                 \
    X(INT, 130, "interrupted: run the same command again")                    \
    X(TERM, 143, "terminated: run the same command again")

enum bm_exit {
#define BM_EXIT_ENUM(name, code, text) BM_EXIT_##name = code,
    BM_EXITS(BM_EXIT_ENUM)
#undef BM_EXIT_ENUM
};

struct bm_err {
    enum bm_exit code; /* BM_EXIT_DONE (0): no error yet */
    char text[1000];
};

/* Records the first error and returns -1. `err` may be NULL: then only the -1 remains. */
int bm_fail(struct bm_err *err, enum bm_exit code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* bm_fail with BM_EXIT_IO, or BM_EXIT_MEMORY for ENOMEM, and ": strerror(errno)" behind the text.
 */
int bm_fail_errno(struct bm_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "where: " before the text of an error that is there; returns -1. */
int bm_fail_at(struct bm_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts " (hint)" behind the text of an error that is there: what would help; returns -1. */
int bm_fail_hint(struct bm_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
