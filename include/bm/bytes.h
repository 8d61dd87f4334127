/* A growing byte buffer, and a cursor that reads one back without ever leaving it. Integers and
 * doubles are stored in the machine's byte order (little-endian; checked at build time). */
#ifndef BM_BYTES_H
#define BM_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory of somebody else's. */
struct bm_span {
    void *data;
    size_t size; /* bytes */
};
enum { BM_MOST_SPANS = 16 };

struct bm_bytes {
    unsigned char *data; /* owned; NULL while empty */
    size_t size, capacity;
};

/* All of these abort when memory runs out: buffers hold messages of a few kilobytes. */
void bm_bytes_add(struct bm_bytes *bytes, const void *data, size_t size);
void bm_bytes_add_u8(struct bm_bytes *bytes, uint8_t value);
void bm_bytes_add_u32(struct bm_bytes *bytes, uint32_t value);
/* u32 length, then the bytes without the closing NUL. */
void bm_bytes_add_text(struct bm_bytes *bytes, const char *text);
/* printf at the end, without a closing NUL in the size (one is kept behind it). */
void bm_bytes_printf(struct bm_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bm_bytes_drop(struct bm_bytes *bytes, size_t from_front);
void bm_bytes_fini(struct bm_bytes *bytes);

struct bm_cursor {
    const unsigned char *data; /* borrowed */
    size_t size, at;
    bool overrun; /* set once a read asked for more than there is; reads then give zeros */
};

struct bm_cursor bm_cursor_of(const void *data, size_t size);
const unsigned char *bm_cursor_take(struct bm_cursor *cursor, size_t size); /* NULL on overrun */
uint8_t bm_cursor_u8(struct bm_cursor *cursor);
uint32_t bm_cursor_u32(struct bm_cursor *cursor);
/* The text's bytes (borrowed, not NUL-terminated) and its length. */
const char *bm_cursor_text(struct bm_cursor *cursor, size_t *length);

#endif
