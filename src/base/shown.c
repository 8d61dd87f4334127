/* Streams between a program and its standard files. */
#include "bm/shown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/text.h"

enum { ROOM = 4096 };

struct shown {
    int file;
    char rest[4]; /* the beginning of a character whose end has not come yet */
    size_t n_rest, n;
    char bytes[ROOM]; /* that are to be written */
};

/* False: it failed, and errno says why. */
static bool flush(struct shown *shown)
{
    for (size_t done = 0; done < shown->n;) {
        ssize_t n = write(shown->file, shown->bytes + done, shown->n - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    shown->n = 0;
    return true;
}

static bool put(struct shown *shown, const char *bytes, size_t n)
{
    if (shown->n + n > ROOM && !flush(shown))
        return false;
    memcpy(shown->bytes + shown->n, bytes, n);
    shown->n += n;
    return true;
}

/* What there is of `text` but for the beginning of a character at its end, which is kept. */
static bool put_all(struct shown *shown, const char *text, size_t size)
{
    char words[BM_SHOWN_SIZE];
    const char *piece;
    for (size_t n, length; size > 0; text += length, size -= length) {
        if (size < sizeof shown->rest && bm_text_lacks(text, size) > 0) {
            memcpy(shown->rest, text, size);
            shown->n_rest = size;
            break;
        }
        length = bm_text_next_shown(text, size < ROOM ? size : ROOM, words, &piece, &n);
        if (!put(shown, piece, n))
            return false;
    }
    return true;
}

static ssize_t write_shown(void *cookie, const char *text, size_t size)
{
    struct shown *shown = cookie;
    size_t taken = 0;
    while (shown->n_rest > 0 && taken < size) {
        char joined[sizeof shown->rest + 1];
        size_t n = shown->n_rest;
        memcpy(joined, shown->rest, n);
        joined[n++] = text[taken++];
        shown->n_rest = 0;
        if (!put_all(shown, joined, n))
            return 0;
    }
    if (!put_all(shown, text + taken, size - taken) || !flush(shown))
        return 0;
    return (ssize_t)size;
}

/* The stream in place of `standard`; `standard` itself where there is no memory. */
static FILE *show(FILE *standard, int buffering, struct shown *shown)
{
    FILE *stream = fopencookie(shown, "w", (cookie_io_functions_t){.write = write_shown});
    if (stream == NULL)
        return standard;
    shown->file = fileno(standard);
    setvbuf(stream, NULL, buffering, 1 << 16);
    return stream;
}

void bm_show_safely(bool is_data)
{
    static struct shown out, err; /* until the program ends */
    bool is_terminal = isatty(STDOUT_FILENO);
    if (is_terminal || !is_data)
        stdout = show(stdout, is_terminal ? _IOLBF : _IOFBF, &out);
    stderr = show(stderr, _IONBF, &err);
}

bool bm_shown_is_obeyed(void)
{
    const char *type = getenv("TERM");
    return isatty(STDOUT_FILENO) && type != NULL && type[0] != '\0' && strcmp(type, "dumb") != 0;
}
