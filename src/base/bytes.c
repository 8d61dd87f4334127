#include "bm/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "journals are little-endian");

static void reserve(struct bm_bytes *bytes, size_t more)
{
    if (bytes->capacity - bytes->size >= more)
        return;
    size_t capacity = bytes->capacity ? bytes->capacity : 256;
    while (capacity - bytes->size < more)
        capacity *= 2;
    unsigned char *data = realloc(bytes->data, capacity);
    if (data == NULL)
        abort();
    bytes->data = data;
    bytes->capacity = capacity;
}

void bm_bytes_add(struct bm_bytes *bytes, const void *data, size_t size)
{
    if (size == 0)
        return;
    reserve(bytes, size);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

void bm_bytes_add_u8(struct bm_bytes *bytes, uint8_t value)
{
    bm_bytes_add(bytes, &value, sizeof value);
}

void bm_bytes_add_u32(struct bm_bytes *bytes, uint32_t value)
{
    bm_bytes_add(bytes, &value, sizeof value);
}

void bm_bytes_add_text(struct bm_bytes *bytes, const char *text)
{
    size_t length = strlen(text);
    bm_bytes_add_u32(bytes, (uint32_t)length);
    bm_bytes_add(bytes, text, length);
}

void bm_bytes_printf(struct bm_bytes *bytes, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        abort();
    reserve(bytes, (size_t)length + 1);
    vsnprintf((char *)bytes->data + bytes->size, (size_t)length + 1, format, again);
    va_end(again);
    bytes->size += (size_t)length;
}

void bm_bytes_drop(struct bm_bytes *bytes, size_t from_front)
{
    if (from_front == 0)
        return;
    bytes->size -= from_front;
    memmove(bytes->data, bytes->data + from_front, bytes->size);
}

void bm_bytes_fini(struct bm_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bm_bytes){0};
}

struct bm_cursor bm_cursor_of(const void *data, size_t size)
{
    return (struct bm_cursor){.data = data, .size = size};
}

const unsigned char *bm_cursor_take(struct bm_cursor *cursor, size_t size)
{
    if (cursor->overrun || cursor->size - cursor->at < size) {
        cursor->overrun = true;
        return NULL;
    }
    const unsigned char *data = cursor->data + cursor->at;
    cursor->at += size;
    return data;
}

uint8_t bm_cursor_u8(struct bm_cursor *cursor)
{
    const unsigned char *data = bm_cursor_take(cursor, 1);
    return data ? *data : 0;
}

uint32_t bm_cursor_u32(struct bm_cursor *cursor)
{
    uint32_t value = 0;
    const unsigned char *data = bm_cursor_take(cursor, sizeof value);
    if (data)
        memcpy(&value, data, sizeof value);
    return value;
}

const char *bm_cursor_text(struct bm_cursor *cursor, size_t *length)
{
    *length = bm_cursor_u32(cursor);
    const char *text = (const char *)bm_cursor_take(cursor, *length);
    if (text == NULL)
        *length = 0;
    return text;
}
